! The land domain of this rank.
module domainMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use array_mod, only: new_array
  implicit none (type, external)
  private

  type, public :: domain_type
     real(r8), pointer, contiguous :: area(:) => null()  ! [km2] area of the gridcell
     real(r8), pointer, contiguous :: frac(:) => null()  ! [1] land fraction of the gridcell
     real(r8), pointer, contiguous :: latc(:) => null()  ! [degrees] latitude of the centre
     real(r8), pointer, contiguous :: lonc(:) => null()  ! [degrees] longitude of the centre
     real(r8), pointer, contiguous :: pctnatveg(:) => null()  ! [%] naturally vegetated part of the land
   contains
     procedure, public :: Init => init_domain
  end type domain_type

  type(domain_type), public, target :: ldomain

contains

  subroutine init_domain(this, bounds)
    class(domain_type), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    call new_array(this%area, bounds%begg, bounds%endg)
    call new_array(this%frac, bounds%begg, bounds%endg)
    call new_array(this%latc, bounds%begg, bounds%endg)
    call new_array(this%lonc, bounds%begg, bounds%endg)
    call new_array(this%pctnatveg, bounds%begg, bounds%endg)
  end subroutine init_domain

end module domainMod

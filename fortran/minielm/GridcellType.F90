! Gridcell geometry and day length, with the member names of ELM.
module GridcellType
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use array_mod, only: new_array
  implicit none (type, external)
  private

  ! Gridcells of this process.
  type, public :: gridcell_physical_properties_type
     integer, pointer, contiguous :: gindex(:) => null()  ! [1] global index of the gridcell, 1-based
     real(r8), pointer, contiguous :: latdeg(:) => null()  ! [degrees] latitude
     real(r8), pointer, contiguous :: londeg(:) => null()  ! [degrees] longitude
     real(r8), pointer, contiguous :: lat(:) => null()  ! [radian] latitude
     real(r8), pointer, contiguous :: lon(:) => null()  ! [radian] longitude
     real(r8), pointer, contiguous :: area(:) => null()  ! [km2] area of the gridcell
     real(r8), pointer, contiguous :: dayl(:) => null()  ! [s] day length
     real(r8), pointer, contiguous :: prev_dayl(:) => null()  ! [s] day length of the previous step
     real(r8), pointer, contiguous :: max_dayl(:) => null()  ! [s] longest day of the year
   contains
     procedure, public :: Init => init_gridcell_physical_properties_type
  end type gridcell_physical_properties_type

  type(gridcell_physical_properties_type), public, target :: grc_pp

contains

  subroutine init_gridcell_physical_properties_type(this, bounds)
    class(gridcell_physical_properties_type), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begg, endg

    begg = bounds%begg; endg = bounds%endg
    call new_array(this%gindex, begg, endg)
    call new_array(this%latdeg, begg, endg)
    call new_array(this%londeg, begg, endg)
    call new_array(this%lat, begg, endg)
    call new_array(this%lon, begg, endg)
    call new_array(this%area, begg, endg)
    call new_array(this%dayl, begg, endg)
    call new_array(this%prev_dayl, begg, endg)
    call new_array(this%max_dayl, begg, endg)
  end subroutine init_gridcell_physical_properties_type

end module GridcellType

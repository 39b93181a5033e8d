! Patches (all natural plant types on every column), with the member names of ELM.
module VegetationType
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use array_mod, only: new_array
  implicit none (type, external)
  private

  ! Patches of this process.
  type, public :: vegetation_physical_properties_type
     integer, pointer, contiguous :: gridcell(:) => null()  ! [1] gridcell of the patch
     integer, pointer, contiguous :: topounit(:) => null()  ! [1] topographic unit
     integer, pointer, contiguous :: landunit(:) => null()  ! [1] land unit
     integer, pointer, contiguous :: column(:) => null()  ! [1] column
     integer, pointer, contiguous :: itype(:) => null()  ! [1] plant functional type, 0 is bare ground
     logical, pointer, contiguous :: active(:) => null()  ! [1] true where the weight is above zero
     real(r8), pointer, contiguous :: wtgcell(:) => null()  ! [1] weight in the gridcell
     real(r8), pointer, contiguous :: wttopounit(:) => null()  ! [1] weight in the topographic unit
     real(r8), pointer, contiguous :: wtlunit(:) => null()  ! [1] weight in the land unit
     real(r8), pointer, contiguous :: wtcol(:) => null()  ! [1] weight in the column
   contains
     procedure, public :: Init => init_vegetation_physical_properties_type
  end type vegetation_physical_properties_type

  type(vegetation_physical_properties_type), public, target :: veg_pp

contains

  subroutine init_vegetation_physical_properties_type(this, bounds)
    class(vegetation_physical_properties_type), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begp, endp

    begp = bounds%begp; endp = bounds%endp
    call new_array(this%gridcell, begp, endp)
    call new_array(this%topounit, begp, endp)
    call new_array(this%landunit, begp, endp)
    call new_array(this%column, begp, endp)
    call new_array(this%itype, begp, endp)
    call new_array(this%active, begp, endp)
    call new_array(this%wtgcell, begp, endp)
    call new_array(this%wttopounit, begp, endp)
    call new_array(this%wtlunit, begp, endp)
    call new_array(this%wtcol, begp, endp)
  end subroutine init_vegetation_physical_properties_type

end module VegetationType

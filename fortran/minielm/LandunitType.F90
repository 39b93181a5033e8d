! Land units (one soil unit per gridcell in minielm), with the member names of ELM.
module LandunitType
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use array_mod, only: new_array
  implicit none (type, external)
  private

  ! Land units of this process.
  type, public :: landunit_physical_properties_type
     integer, pointer, contiguous :: gridcell(:) => null()  ! [1] gridcell of the unit
     integer, pointer, contiguous :: topounit(:) => null()  ! [1] topographic unit
     integer, pointer, contiguous :: itype(:) => null()  ! [1] kind of land unit
     logical, pointer, contiguous :: active(:) => null()  ! [1] true where the unit takes part in the run
     real(r8), pointer, contiguous :: wtgcell(:) => null()  ! [1] weight in the gridcell
     real(r8), pointer, contiguous :: wttopounit(:) => null()  ! [1] weight in the topographic unit
   contains
     procedure, public :: Init => init_landunit_physical_properties_type
  end type landunit_physical_properties_type

  type(landunit_physical_properties_type), public, target :: lun_pp

contains

  subroutine init_landunit_physical_properties_type(this, bounds)
    class(landunit_physical_properties_type), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begl, endl

    begl = bounds%begl; endl = bounds%endl
    call new_array(this%gridcell, begl, endl)
    call new_array(this%topounit, begl, endl)
    call new_array(this%itype, begl, endl)
    call new_array(this%active, begl, endl)
    call new_array(this%wtgcell, begl, endl)
    call new_array(this%wttopounit, begl, endl)
  end subroutine init_landunit_physical_properties_type

end module LandunitType

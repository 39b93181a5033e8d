! Topographic units (one per gridcell in minielm), with the member names of ELM.
module TopounitType
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use array_mod, only: new_array
  implicit none (type, external)
  private

  ! Topographic units of this process.
  type, public :: topounit_physical_properties_type
     integer, pointer, contiguous :: gridcell(:) => null()  ! [1] gridcell of the unit
     real(r8), pointer, contiguous :: wtgcell(:) => null()  ! [1] weight in the gridcell
   contains
     procedure, public :: Init => init_topounit_physical_properties_type
  end type topounit_physical_properties_type

  type(topounit_physical_properties_type), public, target :: top_pp

contains

  subroutine init_topounit_physical_properties_type(this, bounds)
    class(topounit_physical_properties_type), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begt, endt

    begt = bounds%begt; endt = bounds%endt
    call new_array(this%gridcell, begt, endt)
    call new_array(this%wtgcell, begt, endt)
  end subroutine init_topounit_physical_properties_type

end module TopounitType

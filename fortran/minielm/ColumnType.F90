! Columns (one per gridcell in minielm), with the member names of ELM.
module ColumnType
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use array_mod, only: new_array
  implicit none (type, external)
  private

  ! Columns of this process.
  type, public :: column_physical_properties_type
     integer, pointer, contiguous :: gridcell(:) => null()  ! [1] gridcell of the column
     integer, pointer, contiguous :: topounit(:) => null()  ! [1] topographic unit
     integer, pointer, contiguous :: landunit(:) => null()  ! [1] land unit
     integer, pointer, contiguous :: pfti(:) => null()  ! [1] first patch
     integer, pointer, contiguous :: pftf(:) => null()  ! [1] last patch
     integer, pointer, contiguous :: npfts(:) => null()  ! [1] number of patches
     integer, pointer, contiguous :: itype(:) => null()  ! [1] kind of column
     logical, pointer, contiguous :: active(:) => null()  ! [1] true where the column takes part in the run
     real(r8), pointer, contiguous :: wtgcell(:) => null()  ! [1] weight in the gridcell
     real(r8), pointer, contiguous :: wttopounit(:) => null()  ! [1] weight in the topographic unit
     real(r8), pointer, contiguous :: wtlunit(:) => null()  ! [1] weight in the land unit
   contains
     procedure, public :: Init => init_column_physical_properties_type
  end type column_physical_properties_type

  type(column_physical_properties_type), public, target :: col_pp

contains

  subroutine init_column_physical_properties_type(this, bounds)
    class(column_physical_properties_type), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begc, endc

    begc = bounds%begc; endc = bounds%endc
    call new_array(this%gridcell, begc, endc)
    call new_array(this%topounit, begc, endc)
    call new_array(this%landunit, begc, endc)
    call new_array(this%pfti, begc, endc)
    call new_array(this%pftf, begc, endc)
    call new_array(this%npfts, begc, endc)
    call new_array(this%itype, begc, endc)
    call new_array(this%active, begc, endc)
    call new_array(this%wtgcell, begc, endc)
    call new_array(this%wttopounit, begc, endc)
    call new_array(this%wtlunit, begc, endc)
  end subroutine init_column_physical_properties_type

end module ColumnType

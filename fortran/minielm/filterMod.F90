! Lists of the columns and patches that the science works on.
module filterMod
  use decompMod, only: bounds_type
  use ColumnType, only: col_pp
  use VegetationType, only: veg_pp
  implicit none (type, external)
  private

  public :: filter_init

  type, public :: clumpfilter
     integer :: num_soilc = 0                       ! number of active soil columns
     integer, allocatable :: soilc(:)               ! their indices
     integer :: num_soilp = 0                       ! number of active patches on them, bare ground included
     integer, allocatable :: soilp(:)               ! their indices
  end type clumpfilter

  type(clumpfilter), allocatable, public, target :: filter(:)  ! one per clump

contains

  subroutine filter_init(bounds)
    type(bounds_type), intent(in) :: bounds

    integer :: i

    if (allocated(filter)) deallocate(filter)
    allocate(filter(1))
    filter(1)%soilc = pack([(i, i = bounds%begc, bounds%endc)], col_pp%active)
    filter(1)%soilp = pack([(i, i = bounds%begp, bounds%endp)], veg_pp%active)
    filter(1)%num_soilc = size(filter(1)%soilc)
    filter(1)%num_soilp = size(filter(1)%soilp)
  end subroutine filter_init

end module filterMod

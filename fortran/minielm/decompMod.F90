! Domain decomposition: contiguous blocks of gridcells, one topographic unit, land unit and column per gridcell and
! natpft_size patches per column. Local indices are the global ones (1-based), as in ELM run without clumps.
module decompMod
  use elm_varpar, only: natpft_size
  use abortutils, only: endrun
  use spmdMod, only: iam, npes
  implicit none (type, external)
  private

  public :: decomp_init, get_proc_bounds, get_proc_clumps, get_clump_bounds, get_block

  type, public :: bounds_type
     integer :: begg, endg  ! gridcells
     integer :: begt, endt  ! topographic units
     integer :: begl, endl  ! land units
     integer :: begc, endc  ! columns
     integer :: begp, endp  ! patches
  end type bounds_type

  integer, public, protected :: numg = 0  ! gridcells of all ranks
  integer, public, protected :: numc = 0  ! columns of all ranks
  integer, public, protected :: nump = 0  ! patches of all ranks

contains

  ! Share ncells gridcells among the ranks.
  subroutine decomp_init(ncells)
    integer, intent(in) :: ncells  ! gridcells of the world

    character(len=160) :: msg

    numg = ncells
    numc = ncells
    nump = ncells*natpft_size
    if (npes > ncells) then
       write(msg, '(a,i0,a,i0,a,i0,a)') 'decomp_init: ', npes, ' MPI ranks for ', ncells, &
            ' gridcells; each rank needs at least one cell, start at most ', ncells, ' ranks'
       call endrun(msg, on_all_ranks=.true.)
    end if
  end subroutine decomp_init

  ! First gridcell and number of gridcells of a rank.
  pure subroutine get_block(rank, first, count)
    integer, intent(in) :: rank    ! 0-based
    integer, intent(out) :: first  ! 1-based global index
    integer, intent(out) :: count

    integer :: share, rest

    share = numg/npes
    rest = mod(numg, npes)
    count = share + merge(1, 0, rank < rest)
    first = rank*share + min(rank, rest) + 1
  end subroutine get_block

  subroutine get_proc_bounds(bounds)
    type(bounds_type), intent(out) :: bounds  ! of this rank

    integer :: first, count

    call get_block(iam, first, count)
    bounds%begg = first
    bounds%endg = first + count - 1
    bounds%begt = bounds%begg; bounds%endt = bounds%endg
    bounds%begl = bounds%begg; bounds%endl = bounds%endg
    bounds%begc = bounds%begg; bounds%endc = bounds%endg
    bounds%begp = (bounds%begc - 1)*natpft_size + 1
    bounds%endp = bounds%endc*natpft_size
  end subroutine get_proc_bounds

  ! minielm runs one clump per rank.
  pure integer function get_proc_clumps()
    get_proc_clumps = 1
  end function get_proc_clumps

  subroutine get_clump_bounds(clump, bounds)
    integer, intent(in) :: clump               ! always 1
    type(bounds_type), intent(out) :: bounds

    if (clump /= 1) call endrun('get_clump_bounds: minielm has one clump per rank')
    call get_proc_bounds(bounds)
  end subroutine get_clump_bounds

end module decompMod

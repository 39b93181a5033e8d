module phase_runs_mod
  !! Where the handled columns or patches lie in a host's array, and a sum along them. Positions that
  !! follow each other make a run, which is a plain loop over contiguous memory.
  use phase_kinds_mod, only: r8
  implicit none (type, external)
  private

  public :: phase_runs_type

  integer, parameter :: worthwhile = 8  !! positions a run has on average; shorter ones are taken one by one

  type :: phase_runs_type
    integer :: n = 0                    !! positions
    logical :: long = .false.           !! the runs are worth it
    integer, allocatable :: at(:)       !! (n) position in the host's array, from 1
    integer, allocatable :: first(:)    !! (run) position of its first element in the host's array
    integer, allocatable :: from(:)     !! (run) its place among the n
    integer, allocatable :: length(:)   !! (run)
  contains
    procedure :: init => runs_init
    procedure :: add => runs_add
  end type phase_runs_type

contains

  subroutine runs_init(self, at)
    class(phase_runs_type), intent(out) :: self
    integer, intent(in) :: at(:) !! positions in the host's array, in the order of the sums
    integer :: k, r

    self%n = size(at)
    self%at = at
    r = 0
    do k = 1, self%n
      if (starts_run(k)) r = r + 1
    end do
    allocate (self%first(r), self%from(r), self%length(r), source=0)
    r = 0
    do k = 1, self%n
      if (starts_run(k)) then
        r = r + 1
        self%first(r) = at(k)
        self%from(r) = k
      end if
      self%length(r) = self%length(r) + 1
    end do
    self%long = self%n >= worthwhile*r

  contains

    logical function starts_run(k)
      integer, intent(in) :: k
      starts_run = k == 1
      if (k > 1) starts_run = at(k) /= at(k - 1) + 1
    end function starts_run

  end subroutine runs_init

  subroutine runs_add(self, weight, source, total)
    !! total = total + weight*source. The arithmetic of an element is the same in a run and alone.
    class(phase_runs_type), intent(in) :: self
    real(r8), intent(in) :: weight
    real(r8), intent(in), contiguous :: source(:)    !! the host's array
    real(r8), intent(inout), contiguous :: total(:)  !! (n)
    integer :: k, r, shift

    if (self%long) then
      do r = 1, size(self%first)
        shift = self%first(r) - self%from(r)
        do k = self%from(r), self%from(r) + self%length(r) - 1
          total(k) = total(k) + weight*source(k + shift)
        end do
      end do
    else
      do k = 1, self%n
        total(k) = total(k) + weight*source(self%at(k))
      end do
    end if
  end subroutine runs_add

end module phase_runs_mod

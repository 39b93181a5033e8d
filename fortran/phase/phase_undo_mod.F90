module phase_undo_mod
  !! Every jump is judged at the next decision, column by column, by the drift before and after it.
  !!
  !! Rollback: where a column drifts clearly faster than before, the jump is taken back. The column goes on from
  !! the pools it had before that jump: it has lost the years in between, but stands where the model itself had
  !! shown a smaller drift. Clearly, since a drift that changes sign passes through zero, and a somewhat faster
  !! one is mended by the next jump. Its next jump goes half as far (on a logarithmic scale).
  !!
  !! Swing: where the drift has come out with the other sign and not much smaller, the jump went too far. It stays,
  !! and the next one goes half as far. Any other jump doubles the step again, up to the whole.
  !!
  !! Everything that decides is here and travels with the restart.
  use phase_domain_mod, only: phase_domain_type
  use phase_finite_mod, only: is_finite
  use phase_kinds_mod, only: r8, phase_unset
  use phase_parallel_mod, only: phase_parallel_type
  implicit none (type, external)
  private

  public :: phase_undo_type

  !> of a column taken back: year, year of the jump, gid, lat, lon, area (km2), drift before and after (gC/m2/yr)
  integer, parameter, public :: undo_record_size = 8
  integer, parameter, public :: undo_list_max = 50    !! columns told of one rollback, the worst first
  real(r8), parameter :: smallest_step = 0.125_r8     !! share of the way
  real(r8), parameter :: overshoot = 0.5_r8           !! a jump goes too far that turns a drift round and leaves more of it

  type :: undo_pool_type
    real(r8), allocatable :: values(:, :)  !! (nfeature, ncol)
  end type undo_pool_type

  type :: phase_undo_type
    integer :: jump_year = 0              !! of the jump that may be taken back
    logical, allocatable :: armed(:)      !! (ncol) written by that jump, not judged yet
    real(r8), allocatable :: before(:)    !! (ncol) drift over the cycle before it (gC/m2/yr); phase_unset: not measured
    real(r8), allocatable :: step(:)      !! (ncol) share of the way that the next jump goes
    integer, allocatable :: times(:)      !! (ncol) jumps taken back so far
    type(undo_pool_type), allocatable :: pools(:)  !! by output of the artifact, what it held before the jump
    real(r8), allocatable :: cells(:, :)  !! (undo_record_size, n) columns taken back, told in the report; rank 0
  contains
    procedure :: init => undo_init
    procedure :: decide => undo_decide
    procedure :: arm => undo_arm
    procedure :: record => undo_record
  end type phase_undo_type

contains

  subroutine undo_init(self, nfeatures, ncol)
    class(phase_undo_type), intent(inout) :: self
    integer, intent(in) :: nfeatures(:)  !! of every output; 0: not written into the host
    integer, intent(in) :: ncol
    integer :: k
    allocate (self%armed(ncol), source=.false.)
    allocate (self%before(ncol), source=phase_unset)
    allocate (self%step(ncol), source=1.0_r8)
    allocate (self%times(ncol), source=0)
    allocate (self%pools(size(nfeatures)))
    do k = 1, size(nfeatures)
      allocate (self%pools(k)%values(nfeatures(k), ncol), source=0.0_r8)
    end do
    allocate (self%cells(undo_record_size, 0))
  end subroutine undo_init

  function undo_decide(self, drift, factor, limit) result(taken_back)
    !! Columns whose jump has made things worse, and how far the next jump of each may go; afterwards no jump is open to
    !! judgement any more.
    class(phase_undo_type), intent(inout) :: self
    real(r8), intent(in) :: drift(:)  !! (ncol) over the cycle after the jump (gC/m2/yr)
    real(r8), intent(in) :: factor    !! worse is faster than before by more than this
    real(r8), intent(in) :: limit     !! a column that drifts no more stays, whatever it did before
    logical :: taken_back(size(drift))
    integer :: i

    taken_back(:) = .false.
    do i = 1, size(drift)
      if (.not. self%armed(i)) cycle
      if (self%before(i) >= phase_unset) cycle
      if (is_finite(drift(i))) then
        if (drift(i) >= phase_unset) cycle
        taken_back(i) = abs(drift(i)) > max(limit, factor*abs(self%before(i)))
      else
        taken_back(i) = .true.
      end if
      if (taken_back(i)) self%times(i) = self%times(i) + 1
      if (taken_back(i) .or. too_far(self%before(i), drift(i))) then
        self%step(i) = max(smallest_step, 0.5_r8*self%step(i))
      else
        self%step(i) = min(1.0_r8, 2.0_r8*self%step(i))
      end if
    end do
    self%armed(:) = .false.
  end function undo_decide

  elemental logical function too_far(before, after)
    !! The drift has been turned round and not much of it is gone.
    real(r8), intent(in) :: before  !! (gC/m2/yr)
    real(r8), intent(in) :: after   !! (gC/m2/yr)
    too_far = before*after < 0.0_r8 .and. abs(after) > overshoot*abs(before)
  end function too_far

  subroutine undo_arm(self, year, applied, drift)
    !! A jump has been made; the pools it replaced are in place already.
    class(phase_undo_type), intent(inout) :: self
    integer, intent(in) :: year
    logical, intent(in) :: applied(:)  !! (ncol) columns that were written
    real(r8), intent(in) :: drift(:)   !! (ncol) over the cycle before the jump
    self%jump_year = year
    self%armed(:) = applied
    where (is_finite(drift))
      self%before = drift
    elsewhere
      self%before = phase_unset
    end where
  end subroutine undo_arm

  subroutine undo_record(self, year, taken_back, drift, domain, parallel)
    !! Collective. Keep the worst of the columns for the report: those whose drift is not finite, then the fastest.
    class(phase_undo_type), intent(inout) :: self
    integer, intent(in) :: year              !! of the rollback
    logical, intent(in) :: taken_back(:)     !! (ncol)
    real(r8), intent(in) :: drift(:)         !! (ncol) after the jump
    type(phase_domain_type), intent(in) :: domain
    type(phase_parallel_type), intent(in) :: parallel
    real(r8) :: local(undo_record_size, domain%ncol)
    real(r8), allocatable :: global(:, :), longer(:, :), speed(:)
    logical, allocatable :: left(:)
    integer :: c, k, n, old

    local(1, :) = merge(1.0_r8, 0.0_r8, taken_back)
    local(2, :) = real(self%jump_year, r8)
    local(3, :) = 0.0_r8
    local(4, :) = domain%lat
    local(5, :) = domain%lon
    local(6, :) = merge(domain%area_weight, 0.0_r8, domain%vegetated)
    local(7, :) = self%before
    local(8, :) = drift
    call parallel%gather(local, global)
    allocate (left(size(global, 2)), speed(size(global, 2)))
    left(:) = global(1, :) > 0.5_r8
    speed(:) = phase_unset
    where (is_finite(global(8, :))) speed = abs(global(8, :))
    n = min(undo_list_max, count(left))
    old = size(self%cells, 2)
    allocate (longer(undo_record_size, old + n))
    longer(:, 1:old) = self%cells
    do k = old + 1, old + n
      c = maxloc(speed, mask=left, dim=1)
      left(c) = .false.
      longer(:, k) = global(:, c)
      longer(1, k) = real(year, r8)
      longer(3, k) = real(parallel%gids(c), r8)
    end do
    call move_alloc(longer, self%cells)
  end subroutine undo_record

end module phase_undo_mod

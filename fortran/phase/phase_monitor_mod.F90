module phase_monitor_mod
  !! The certificate: drift of the model's own state over exactly one forcing cycle.
  !! Stocks are taken when a year begins (after the jump, where one happens then), GPP, TLAI and
  !! water as sums and means of whole years of the same phase of the cycle. A drift is the difference
  !! over one cycle divided by its years, valid only when no jump lies inside. Losing counts as
  !! much as gaining. A column whose values are not finite is left out of totals and is not at rest.
  !! Totals are summed on rank 0 in the order of the global column ids, so the
  !! number of ranks does not change a bit.
  use phase_accum_mod, only: phase_accum_type
  use phase_config_mod, only: phase_config_type
  use phase_domain_mod, only: phase_domain_type
  use phase_fields_mod, only: phase_fields_type
  use phase_finite_mod, only: is_finite
  use phase_kinds_mod, only: r8, phase_unset
  use phase_parallel_mod, only: phase_parallel_type
  use phase_stock_mod, only: phase_stocks_type, phase_column_total
  implicit none (type, external)
  private

  public :: phase_monitor_type, monitor_columns, monitor_counts

  !> variables derived from whole years
  integer, parameter :: n_annual = 4
  character(len=8), parameter :: annual_names(n_annual) = ['GPP     ', 'TLAI    ', 'H2OSNO  ', 'TWS     ']
  character(len=8), parameter :: annual_fields(n_annual) = ['GPP     ', 'PFT_TLAI', 'H2OSNO  ', 'TWS     ']
  logical, parameter :: annual_sum(n_annual) = [.true., .false., .false., .false.]  !! over the year, or its mean
  !> what the criterion asks of global drifts; water and snow have limits of their own that it does not ask for
  character(len=10), parameter :: criterion(*) = [character(len=10) :: 'TOTECOSYSC', 'TOTSOMC', 'TOTVEGC', 'GPP', 'TLAI']
  real(r8), parameter :: water_limit = 1.0_r8  !! mm/yr
  real(r8), parameter :: pg_per_g_km2 = 1.0e6_r8*1.0e-15_r8 !! g/m2 * km2 -> Pg
  !> a history record: year, epoch, share at rest and number of lost columns lead, totals and drifts follow
  integer, parameter, public :: history_head = 4, history_share = 3, history_lost = 4

  type :: phase_monitor_type
    integer :: nvar = 0                         !! stocks, then GPP, TLAI, H2OSNO, TWS
    integer :: cycle_years = 0
    integer :: epoch = 0                        !! jumps and rollbacks so far; values of different epochs are never compared
    character(len=16), allocatable :: names(:)  !! (nvar)
    real(r8), allocatable :: ring(:, :, :)      !! (nvar, ncol, 0:cycle) value at the start of year y in slot mod(y, cycle+1)
    integer, allocatable :: ring_year(:, :)     !! (nvar, 0:cycle) that year, 0: empty
    integer, allocatable :: ring_epoch(:, :)    !! (nvar, 0:cycle)
    type(phase_accum_type) :: annual            !! sums of the running year
    integer :: annual_item(n_annual) = 0        !! position among them, 0: not registered
    character(len=16) :: annual_on(n_annual) = ' '  !! column or patch
    integer :: annual_year = 0                  !! year the sums belong to
    real(r8), allocatable :: drift(:, :)        !! (nvar, ncol) latest, per year; phase_unset where not measured
    real(r8), allocatable :: drift_before(:)    !! (ncol) TOTECOSYSC before the first jump (g/m2/yr)
    real(r8), allocatable :: drift_after(:)     !! (ncol) after the last jump
    real(r8), allocatable :: history(:, :)      !! (history_head + 2 nvar, years): year, epoch, share, totals, drifts; on rank 0
    integer :: nhistory = 0
    integer :: met_year = 0                     !! first year after the last jump in which the criterion held
    logical :: met = .false.                    !! it holds now, as far as measured
    logical :: complete = .false.               !! every part of it has been measured
    real(r8), allocatable :: gid_area(:)        !! (nglobal) km2, 0 where not vegetated, on rank 0
    real(r8) :: total_area = 0.0_r8             !! km2, on rank 0
  contains
    procedure :: init => monitor_init
    procedure :: sample => monitor_sample
    procedure :: capture => monitor_capture
    procedure :: begin_epoch => monitor_begin_epoch
    procedure :: limit => monitor_limit
    procedure :: find => monitor_find
  end type phase_monitor_type

contains

  subroutine monitor_init(self, config, fields, domain, stocks, parallel)
    class(phase_monitor_type), intent(inout) :: self
    type(phase_config_type), intent(in) :: config
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    type(phase_stocks_type), intent(in) :: stocks
    type(phase_parallel_type), intent(in) :: parallel
    real(r8), allocatable :: global(:, :)
    real(r8) :: area(1, domain%ncol)
    integer :: f, k

    self%nvar = stocks%n + n_annual
    self%cycle_years = config%phase_cycle_years
    allocate (self%names(self%nvar))
    self%names(1:stocks%n) = stocks%names
    self%names(stocks%n + 1:) = annual_names
    call self%annual%init(n_annual, domain)
    do k = 1, n_annual
      f = fields%find(trim(annual_fields(k)))
      if (f == 0) cycle
      call self%annual%add(annual_names(k), fields%list(f), domain, 'mean', 1)
      self%annual_item(k) = self%annual%n
      self%annual_on(k) = fields%list(f)%on
    end do
    associate (last => self%cycle_years)
      allocate (self%ring(self%nvar, domain%ncol, 0:last), source=phase_unset)
      allocate (self%ring_year(self%nvar, 0:last), self%ring_epoch(self%nvar, 0:last), source=0)
    end associate
    allocate (self%drift(self%nvar, domain%ncol), self%drift_before(domain%ncol), self%drift_after(domain%ncol), &
      source=phase_unset)
    allocate (self%history(history_head + 2*self%nvar, 64), source=phase_unset)
    area(1, :) = merge(domain%area_weight, 0.0_r8, domain%vegetated)
    call parallel%gather(area, global)
    allocate (self%gid_area(size(global, 2)), source=global(1, :))
    self%total_area = ordered_sum(self%gid_area)
  end subroutine monitor_init

  subroutine monitor_sample(self, date, dt)
    !! Add one step to the running year.
    class(phase_monitor_type), intent(inout) :: self
    integer, intent(in) :: date(4)  !! year, month, day, second of the start of the step
    real(r8), intent(in) :: dt      !! length of the step (s)

    if (date(1) /= self%annual_year) then
      self%annual_year = date(1)
      call self%annual%reset()
    end if
    call self%annual%sample(date, dt, date(1) + 1)
  end subroutine monitor_sample

  subroutine monitor_capture(self, year, stocks, domain, config, parallel)
    !! A year begins: keep its values, measure the drift over the cycle that ends here.
    class(phase_monitor_type), intent(inout) :: self
    integer, intent(in) :: year  !! the year that begins
    type(phase_stocks_type), intent(in) :: stocks
    type(phase_domain_type), intent(in) :: domain
    type(phase_config_type), intent(in) :: config
    type(phase_parallel_type), intent(in) :: parallel
    real(r8) :: record(history_head + 2*self%nvar), seconds
    integer :: v, slot, ns

    ns = stocks%n
    slot = mod(year, self%cycle_years + 1)
    self%ring(1:ns, :, slot) = stocks%values
    self%ring_year(1:ns, slot) = year
    self%ring_epoch(:, slot) = self%epoch
    self%ring_year(ns + 1:, slot) = 0
    ! a year that was not seen from its first day is no year
    if (self%annual_year == year - 1) then
      do v = 1, n_annual
        if (self%annual_item(v) == 0) cycle
        seconds = self%annual%seconds(self%annual_item(v))
        if (seconds <= 364.5_r8*86400.0_r8) cycle
        self%ring(ns + v, :, slot) = phase_column_total(self%annual_on(v), domain, self%annual%sums(self%annual_item(v)))
        if (.not. annual_sum(v)) self%ring(ns + v, :, slot) = self%ring(ns + v, :, slot)/seconds
        self%ring_year(ns + v, slot) = year
      end do
    end if

    do v = 1, self%nvar
      self%drift(v, :) = monitor_drift(self, v, year)
    end do
    v = self%find('TOTECOSYSC')
    if (v > 0) then
      if (self%epoch == 0) then
        self%drift_before(:) = self%drift(v, :)
      else if (drift_known(self, v, year)) then
        self%drift_after(:) = self%drift(v, :)
      end if
    end if
    record = global_record(self, year, config, parallel)
    call judge(self, year, record, config, parallel)
    if (parallel%master()) call append(self, record)
  end subroutine monitor_capture

  subroutine monitor_begin_epoch(self, year, stocks)
    !! A jump or a rollback, or both, have replaced the stocks of this very moment: later drifts start from the new ones.
    class(phase_monitor_type), intent(inout) :: self
    integer, intent(in) :: year
    type(phase_stocks_type), intent(in) :: stocks
    integer :: slot

    self%epoch = self%epoch + 1
    slot = mod(year, self%cycle_years + 1)
    self%ring(1:stocks%n, :, slot) = stocks%values
    self%ring_year(1:stocks%n, slot) = year
    self%ring_epoch(1:stocks%n, slot) = self%epoch
    self%met = .false.
    self%complete = .false.
    self%met_year = 0
    self%drift_after(:) = phase_unset
  end subroutine monitor_begin_epoch

  pure logical function drift_known(self, v, year)
    !! Both ends of the cycle are there and no jump lies between them.
    class(phase_monitor_type), intent(in) :: self
    integer, intent(in) :: v     !! variable
    integer, intent(in) :: year  !! the cycle ends when this year begins
    integer :: now, then_
    now = mod(year, self%cycle_years + 1)
    then_ = mod(year - self%cycle_years, self%cycle_years + 1)
    drift_known = .false.
    if (year <= self%cycle_years) return
    if (self%ring_year(v, now) /= year .or. self%ring_year(v, then_) /= year - self%cycle_years) return
    drift_known = self%ring_epoch(v, now) == self%ring_epoch(v, then_)
  end function drift_known

  pure function monitor_drift(self, v, year) result(drift)
    !! (X(y) - X(y - cycle))/cycle per column; phase_unset where not known.
    class(phase_monitor_type), intent(in) :: self
    integer, intent(in) :: v, year
    real(r8) :: drift(size(self%ring, 2))
    integer :: n
    drift(:) = phase_unset
    if (.not. drift_known(self, v, year)) return
    n = self%cycle_years + 1
    drift(:) = (self%ring(v, :, mod(year, n)) - self%ring(v, :, mod(year - self%cycle_years, n)))/real(self%cycle_years, r8)
  end function monitor_drift

  function global_record(self, year, config, parallel) result(record)
    !! Totals and drifts of all columns; collective, the result is valid on rank 0.
    class(phase_monitor_type), intent(in) :: self
    integer, intent(in) :: year
    type(phase_config_type), intent(in) :: config
    type(phase_parallel_type), intent(in) :: parallel
    real(r8) :: record(history_head + 2*self%nvar)
    real(r8), allocatable :: now(:, :), drift(:, :)
    real(r8) :: scale, resting
    integer :: c, v, slot, total

    record(:) = phase_unset
    record(1) = real(year, r8)
    record(2) = real(self%epoch, r8)
    slot = mod(year, self%cycle_years + 1)
    call parallel%gather(self%ring(:, :, slot), now)
    call parallel%gather(self%drift, drift)
    if (.not. parallel%master() .or. self%total_area <= 0.0_r8) return
    do v = 1, self%nvar
      scale = merge(1.0_r8/self%total_area, pg_per_g_km2, is_mean(self%names(v)))
      if (self%ring_year(v, slot) == year) record(history_head + v) = scale*finite_sum(self%gid_area, now(v, :))
      if (drift_known(self, v, year)) record(history_head + self%nvar + v) = scale*finite_sum(self%gid_area, drift(v, :))
    end do
    total = size(self%names) - n_annual
    record(history_lost) = real(count([(.not. all(is_finite(now(1:total, c))), c=1, size(now, 2))]), r8)
    v = self%find('TOTECOSYSC')
    if (v == 0) return
    if (.not. drift_known(self, v, year)) return
    resting = 0.0_r8
    do c = 1, size(self%gid_area)
      if (.not. is_finite(drift(v, c))) cycle
      if (abs(drift(v, c)) <= config%phase_crit_totecosysc) resting = resting + self%gid_area(c)
    end do
    record(history_share) = resting/self%total_area
  end function global_record

  subroutine judge(self, year, record, config, parallel)
    !! Does the criterion hold? Known on every rank, since it decides whether to jump again.
    class(phase_monitor_type), intent(inout) :: self
    integer, intent(in) :: year
    real(r8), intent(in) :: record(:)
    type(phase_config_type), intent(in) :: config
    type(phase_parallel_type), intent(in) :: parallel
    real(r8) :: verdict(2), drift, limit
    integer :: v

    verdict(:) = [0.0_r8, 1.0_r8]
    if (parallel%master() .and. record(history_share) < phase_unset) then
      verdict(1) = merge(1.0_r8, 0.0_r8, record(history_share) >= config%phase_crit_area)
      do v = 1, self%nvar
        if (.not. monitor_counts(self%names(v))) cycle
        limit = self%limit(v, config)
        drift = record(history_head + self%nvar + v)
        if (drift >= phase_unset) then
          verdict(2) = 0.0_r8
        else if (.not. abs(drift) <= limit) then ! a NaN fails too
          verdict(1) = 0.0_r8
        end if
      end do
    end if
    call parallel%bcast_real(verdict, 0)
    self%met = verdict(1) > 0.5_r8
    self%complete = self%met .and. verdict(2) > 0.5_r8
    if (self%met .and. self%met_year == 0) self%met_year = year
  end subroutine judge

  pure real(r8) function monitor_limit(self, v, config) result(limit)
    !! Limit of a global drift: those of the globe, scaled down to the simulated area; phase_unset where there is none.
    class(phase_monitor_type), intent(in) :: self
    integer, intent(in) :: v
    type(phase_config_type), intent(in) :: config
    limit = phase_unset
    select case (self%names(v))
    case ('TOTECOSYSC', 'TOTSOMC', 'TOTVEGC', 'GPP')
      limit = config%phase_crit_global*min(1.0_r8, self%total_area/config%phase_crit_land_area)
    case ('TLAI')
      limit = config%phase_crit_tlai
    case ('TWS', 'H2OSNO')
      limit = water_limit
    end select
  end function monitor_limit

  pure logical function monitor_counts(name) result(counts)
    !! Does the criterion ask for this variable's global drift?
    character(len=*), intent(in) :: name
    counts = any(criterion == name)
  end function monitor_counts

  pure logical function is_mean(name)
    !! Reported as a mean over the area, not as a total.
    character(len=*), intent(in) :: name
    is_mean = any(name == ['TLAI  ', 'TWS   ', 'H2OSNO'])
  end function is_mean

  pure real(r8) function finite_sum(area, values) result(total)
    !! Without the columns the host has lost.
    real(r8), intent(in) :: area(:), values(:)
    integer :: k
    total = 0.0_r8
    do k = 1, size(values)
      if (is_finite(values(k))) total = total + area(k)*values(k)
    end do
  end function finite_sum

  subroutine append(self, record)
    class(phase_monitor_type), intent(inout) :: self
    real(r8), intent(in) :: record(:)
    real(r8), allocatable :: longer(:, :)
    if (self%nhistory == size(self%history, 2)) then
      allocate (longer(size(record), 2*self%nhistory), source=phase_unset)
      longer(:, 1:self%nhistory) = self%history
      call move_alloc(longer, self%history)
    end if
    self%nhistory = self%nhistory + 1
    self%history(:, self%nhistory) = record
  end subroutine append

  pure integer function monitor_find(self, name) result(k)
    class(phase_monitor_type), intent(in) :: self
    character(len=*), intent(in) :: name
    do k = self%nvar, 1, -1
      if (self%names(k) == name) return
    end do
    k = 0
  end function monitor_find

  pure real(r8) function ordered_sum(values) result(total)
    !! First to last, so that the bits do not depend on how a library arranges a sum.
    real(r8), intent(in) :: values(:)
    integer :: k
    total = 0.0_r8
    do k = 1, size(values)
      total = total + values(k)
    end do
  end function ordered_sum

  pure subroutine monitor_columns(record, nvar, year, epoch, share, totals, drifts)
    !! Take a history record apart.
    real(r8), intent(in) :: record(:)
    integer, intent(in) :: nvar
    integer, intent(out) :: year, epoch
    real(r8), intent(out) :: share, totals(nvar), drifts(nvar)
    year = nint(record(1))
    epoch = nint(record(2))
    share = record(history_share)
    totals(:) = record(history_head + 1:history_head + nvar)
    drifts(:) = record(history_head + nvar + 1:)
  end subroutine monitor_columns

end module phase_monitor_mod

! Drift, area share, limits and ledger against figures worked out by hand; the same bits on any number of ranks.
module phase_monitor_cases
  use mpi, only: MPI_COMM_SELF, MPI_COMM_WORLD
  use phase_config_mod, only: phase_config_type
  use phase_fixture, only: check, test_host_type, month_days, host_nlev
  use phase_kinds_mod, only: r8, phase_unset
  use phase_ledger_mod, only: phase_ledger_type
  use phase_monitor_mod, only: phase_monitor_type, monitor_columns
  use phase_parallel_mod, only: phase_parallel_type
  use phase_stock_mod, only: phase_stocks_type
  implicit none (type, external)
  private

  public :: world, test_stocks, test_drift, test_ledger, test_ranks

  type(phase_parallel_type) :: world

contains

  subroutine test_stocks()
    type(test_host_type), target :: host
    type(phase_stocks_type) :: stocks
    real(r8) :: expected
    real(r8), allocatable :: totals(:, :)

    call host%build([1, 2], [0.0_r8, 0.0_r8])
    call stocks%init(host%fields, host%domain)
    call stocks%compute(host%fields, host%domain)
    ! column 1: slots 2, 3, 4 of weight 0.25 hold 102, 103, 104
    call check('vegetation_by_weight', abs(stocks%values(stocks%find('TOTVEGC'), 1) - 0.25_r8*309) < 1.0e-12_r8)
    expected = 0.1_r8*1001 + 0.2_r8*1002 + 0.7_r8*1003
    call check('soil_by_thickness', abs(stocks%values(stocks%find('TOTSOMC'), 1) - expected) < 1.0e-10_r8)
    call check('ecosystem_is_the_sum', abs(stocks%values(stocks%find('TOTECOSYSC'), 1) - expected - 77.25_r8) < 1.0e-10_r8)
    allocate (totals, source=stocks%element_totals())
    call check('elements', abs(totals(1, 1) - expected - 77.25_r8) < 1.0e-10_r8 .and. &
      abs(totals(2, 1) - 0.1_r8*expected) < 1.0e-10_r8 .and. totals(3, 1) == 0.0_r8)
  end subroutine test_stocks

  subroutine test_drift()
    !! Cycle of two years. Areas are 101, 102 and 105 km2 (global ids 1, 2, 5), layers add up to 1 m.
    type(test_host_type), target :: host
    type(phase_stocks_type) :: stocks
    type(phase_monitor_type) :: monitor
    type(phase_config_type) :: config
    type(phase_parallel_type) :: alone
    real(r8) :: share, limit
    real(r8), allocatable :: totals(:), drifts(:)
    integer :: epoch, month, v, year

    call host%build([1, 2, 5], [0.0_r8, 0.0_r8, 0.0_r8])
    host%leafc(:) = 0.0_r8
    config%phase_cycle_years = 2
    config%phase_crit_area = 0.66_r8
    call alone%init(MPI_COMM_SELF)
    call alone%init_order(host%domain%gid)
    call stocks%init(host%fields, host%domain)
    call monitor%init(config, host%fields, host%domain, stocks, alone)
    allocate (totals(monitor%nvar), drifts(monitor%nvar))
    v = monitor%find('TOTECOSYSC')

    call begin_year(1, [100.0_r8, 200.0_r8, 300.0_r8])
    call check('no_drift_before_a_cycle', all(monitor%drift(v, :) >= phase_unset))
    call sample_year(1, 1.0e-5_r8)
    call begin_year(2, [120.0_r8, 180.0_r8, 310.0_r8])
    call sample_year(2, 2.0e-5_r8)
    call begin_year(3, [101.0_r8, 197.0_r8, 300.0_r8])
    call monitor_columns(monitor%history(:, monitor%nhistory), monitor%nvar, year, epoch, share, totals, drifts)
    call check('drift_of_a_column', all(abs(monitor%drift(v, :) - [0.5_r8, -1.5_r8, 0.0_r8]) < 1.0e-12_r8))
    call check('losing_counts_like_gaining', abs(share - 206.0_r8/308.0_r8) < 1.0e-14_r8)
    call check('global_drift', abs(drifts(v) - (101*0.5_r8 - 102*1.5_r8)*1.0e-9_r8) < 1.0e-20_r8)
    call check('global_total', abs(totals(v) - (101*101 + 102*197 + 105*300)*1.0e-9_r8) < 1.0e-15_r8)
    limit = 0.02_r8*308.0_r8/1.30e8_r8
    call check('limit_is_scaled', abs(monitor%limit(v, config) - limit) < 1.0e-20_r8 .and. &
      monitor%limit(monitor%find('TLAI'), config) == 0.02_r8 .and. monitor%limit(monitor%find('TOTSOMN'), config) >= phase_unset)
    ! the share suffices, the total drift of -1.0e-7 PgC/yr is above the limit of 4.7e-8
    call check('total_drift_fails', .not. monitor%met)
    call check('drift_before_is_kept', all(abs(monitor%drift_before - [0.5_r8, -1.5_r8, 0.0_r8]) < 1.0e-12_r8))
    v = monitor%find('GPP')
    call check('gpp_needs_a_year_more', drifts(v) >= phase_unset)
    ! GPP of a year in PgC: (gC/m2/s)*s*km2
    call check('gpp_of_the_year', abs(totals(v)/(2.0e-5_r8*365*86400*308*1.0e-9_r8) - 1.0_r8) < 1.0e-12_r8)
    call sample_year(3, 3.0e-5_r8)
    call begin_year(4, [120.0_r8, 180.0_r8, 310.0_r8])
    call monitor_columns(monitor%history(:, monitor%nhistory), monitor%nvar, year, epoch, share, totals, drifts)
    call check('gpp_drift_of_equal_phases', &
      abs(drifts(v)/(0.5_r8*2.0e-5_r8*365*86400*308*1.0e-9_r8) - 1.0_r8) < 1.0e-12_r8)
    call check('met_at_rest', monitor%met .eqv. .false.) ! GPP still grows

    ! a jump when year 5 begins: nothing is compared across it
    call sample_year(4, 3.0e-5_r8)
    call begin_year(5, [105.0_r8, 197.0_r8, 300.0_r8])
    call set_stocks([500.0_r8, 500.0_r8, 500.0_r8])
    call monitor%begin_epoch(5, stocks)
    v = monitor%find('TOTECOSYSC')
    do year = 6, 7
      call sample_year(year - 1, 3.0e-5_r8)
      call begin_year(year, [500.1_r8, 499.9_r8, 500.0_r8])
      if (year == 6) call check('no_drift_across_a_jump', all(monitor%drift(v, :) >= phase_unset) .and. .not. monitor%met)
    end do
    call check('drift_after_the_jump', all(abs(monitor%drift_after - [0.05_r8, -0.05_r8, 0.0_r8]) < 1.0e-12_r8))
    call check('drift_before_stays', abs(monitor%drift_before(1) - 2.0_r8) < 2.5_r8)
    call check('criterion_met', monitor%met .and. monitor%met_year == 7 .and. .not. monitor%complete)
    call sample_year(7, 3.0e-5_r8)
    call begin_year(8, [500.1_r8, 499.9_r8, 500.0_r8])
    call check('certificate_complete', monitor%met .and. monitor%complete .and. monitor%met_year == 7)

  contains

    subroutine set_stocks(values)
      real(r8), intent(in) :: values(3)
      integer :: i
      do i = 1, 3
        host%soil1c(i + 1, 1:host_nlev) = values(i)
      end do
      call stocks%compute(host%fields, host%domain)
    end subroutine set_stocks

    subroutine begin_year(y, values)
      integer, intent(in) :: y
      real(r8), intent(in) :: values(3)
      call set_stocks(values)
      call monitor%capture(y, stocks, host%domain, config, alone)
    end subroutine begin_year

    subroutine sample_year(y, gpp)
      integer, intent(in) :: y
      real(r8), intent(in) :: gpp
      host%gpp(:) = gpp
      do month = 1, 12
        call monitor%sample([y, month, 1, 0], 86400.0_r8*month_days(month))
      end do
    end subroutine sample_year

  end subroutine test_drift

  subroutine test_ledger()
    type(test_host_type), target :: host
    type(phase_ledger_type) :: ledger
    type(phase_parallel_type) :: alone

    call host%build([1, 2], [0.0_r8, 0.0_r8])
    call alone%init(MPI_COMM_SELF)
    call alone%init_order(host%domain%gid)
    allocate (ledger%before(3, 2), source=reshape([100.0_r8, 10.0_r8, 1.0_r8, 200.0_r8, 20.0_r8, 2.0_r8], [3, 2]))
    allocate (ledger%expected, source=ledger%before)
    allocate (ledger%written, source=ledger%before)
    allocate (ledger%after, source=ledger%before)
    ledger%expected(1, 2) = 260.0_r8
    ledger%written(1, 2) = 260.25_r8
    ledger%after(1, 2) = 261.0_r8
    ledger%after(2, 1) = 9.0_r8
    call ledger%close(host%domain, alone)
    call check('ledger_totals', abs(ledger%before_pg(1) - (101*100 + 102*200)*1.0e-9_r8) < 1.0e-18_r8 .and. &
      abs(ledger%after_pg(1) - (101*100 + 102*261)*1.0e-9_r8) < 1.0e-18_r8)
    call check('ledger_area_mean', abs(ledger%before_gm2(1) - (101*100 + 102*200)/203.0_r8) < 1.0e-12_r8)
    call check('ledger_largest_change', ledger%max_change(1) == 61.0_r8 .and. ledger%max_change_gid(1) == 2 .and. &
      ledger%max_change(2) == 1.0_r8 .and. ledger%max_change_gid(2) == 1)
    call check('ledger_error_of_the_scatter', ledger%max_error(1) == 0.25_r8 .and. ledger%max_error(3) == 0.0_r8)
  end subroutine test_ledger

  subroutine test_ranks()
    !! Twelve columns dealt to all ranks give the same bits as all of them on one.
    integer, parameter :: n = 12
    type(test_host_type), target :: all_columns, mine
    type(phase_monitor_type) :: whole, shared
    type(phase_parallel_type) :: alone, together
    integer :: gids(n), k

    ! numbers that do not ascend along the ranks
    gids = [(mod(5*k, n) + 1, k=1, n)]
    call together%init(MPI_COMM_WORLD)
    call run(mine, gids(world%rank*n/world%nranks + 1:(world%rank + 1)*n/world%nranks), together, shared)
    if (.not. world%master()) return
    call alone%init(MPI_COMM_SELF)
    call run(all_columns, gids, alone, whole)
    call check('ranks_give_the_same_bits', all(whole%history(:, 1:3) == shared%history(:, 1:3)) .and. &
      whole%total_area == shared%total_area)
  end subroutine test_ranks

  subroutine run(host, gids, parallel, monitor)
    type(test_host_type), intent(inout), target :: host
    integer, intent(in) :: gids(:)
    type(phase_parallel_type), intent(inout) :: parallel
    type(phase_monitor_type), intent(inout) :: monitor
    type(phase_stocks_type) :: stocks
    type(phase_config_type) :: config
    integer :: year
    integer :: i

    call host%build(gids, [(0.0_r8, i=1, size(gids))])
    call parallel%init_order(host%domain%gid)
    config%phase_cycle_years = 2
    call stocks%init(host%fields, host%domain)
    call monitor%init(config, host%fields, host%domain, stocks, parallel)
    do year = 1, 3
      host%soil1c(:, :) = host%soil1c*1.0000001_r8
      call stocks%compute(host%fields, host%domain)
      call monitor%capture(year, stocks, host%domain, config, parallel)
    end do
  end subroutine run

end module phase_monitor_cases

program test_phase_monitor
  use mpi, only: MPI_COMM_WORLD, MPI_FINALIZE, MPI_INIT
  use phase_fixture, only: wanted, finish_tests
  use phase_monitor_cases, only: world, test_stocks, test_drift, test_ledger, test_ranks
  implicit none (type, external)
  integer :: ierr

  call MPI_INIT(ierr)
  call world%init(MPI_COMM_WORLD)
  if (world%master()) then
    if (wanted('stocks')) call test_stocks()
    if (wanted('drift')) call test_drift()
    if (wanted('ledger')) call test_ledger()
  end if
  if (wanted('ranks')) call test_ranks()
  call MPI_FINALIZE(ierr)
  call finish_tests()
end program test_phase_monitor

! Monthly series and window means: exact values, windows, and incomplete windows.
program test_phase_accum
  use phase_accum_mod, only: phase_accum_type
  use phase_fixture, only: check, check_message, wanted, finish_tests, test_host_type, month_days, host_npft, host_nlev
  use phase_kinds_mod, only: r8
  use phase_runs_mod, only: phase_runs_type
  use phase_status_mod, only: phase_status_type, PHASE_ERR_STATE
  implicit none (type, external)
  type(test_host_type), target :: host
  type(phase_accum_type) :: accum
  type(phase_status_type) :: status
  real(r8) :: series(24, 2), patches(host_npft, 2), levels(host_nlev, 2), mean(1, 2), expected, weight
  integer :: f, month, year, step

  call host%build([1, 2], [0.0_r8, 0.0_r8])
  if (wanted('slow_pools')) call test_slow_pools()
  if (wanted('runs')) call test_runs()
  call accum%init(4, host%domain)
  f = host%fields%find('TBOT')
  call accum%add('TBOT', host%fields%list(f), host%domain, 'monthly', 2)
  call accum%add('TBOT_MEAN', host%fields%list(f), host%domain, 'mean', 1)
  f = host%fields%find('PFT_TLAI')
  call accum%add('PFT_TLAI', host%fields%list(f), host%domain, 'mean', 2)
  f = host%fields%find('soil1c_vr')
  call accum%add('soil1c_vr', host%fields%list(f), host%domain, 'mean', 1)

  ! years 3 and 4 are observed, the jump is in year 5; year 2 and year 5 have to leave no trace
  do year = 2, 5
    do month = 1, 12
      do step = 1, 2
        call host%physics(year, month)
        call accum%sample([year, month, merge(1, 16, step == 1), 0], 43200.0_r8*month_days(month), 5)
      end do
      if (year == 3 .and. month == 5) then
        call accum%pack(1, series, status)
        call check_message('incomplete_window_is_an_error', status, [character(len=16) :: 'TBOT', '19 of 24 months'])
        call check('incomplete_window_code', status%code == PHASE_ERR_STATE)
        call status%clear()
      end if
    end do
  end do

  if (wanted('monthly_series')) then
    call accum%pack(1, series)
    call check('monthly_series', abs(series(1, 1) - 3.11_r8) < 1.0e-13_r8 .and. abs(series(12, 2) - 3.32_r8) < 1.0e-13_r8 &
      .and. abs(series(24, 1) - 4.22_r8) < 1.0e-13_r8)
  end if

  if (wanted('mean_of_the_last_years')) then
    call accum%pack(2, mean)
    expected = 0.0_r8
    weight = 0.0_r8
    do month = 1, 12
      expected = expected + month_days(month)*(4.0_r8 + 0.01_r8*month + 0.1_r8)
      weight = weight + month_days(month)
    end do
    call check('mean_of_the_last_years', abs(mean(1, 1) - expected/weight) < 1.0e-13_r8)
  end if

  if (wanted('patch_means')) then
    call accum%pack(3, patches)
    call check('patch_means', patches(1, 1) == 0.0_r8 .and. abs(patches(2, 1) - 0.12_r8) < 1.0e-15_r8 .and. &
      patches(4, 2) == 0.0_r8 .and. abs(patches(4, 1) - 0.14_r8) < 1.0e-15_r8)
  end if

  if (wanted('level_means')) then
    call accum%pack(4, levels)
    call check('level_means', maxval(abs(levels(:, 2) - [2001.0_r8, 2002.0_r8, 2003.0_r8])) < 1.0e-11_r8)
  end if

  if (wanted('reset')) then
    call accum%reset()
    call accum%pack(2, mean, status)
    call check('reset', status%error())
  end if

  call finish_tests()

contains

  subroutine test_slow_pools()
    !! A year of days: a slow pool enters with every fifth day's value, all else with every day's. A trend does
    !! not shift the mean. Half-hour steps take the same days, and a step longer than the stride counts in full.
    type(phase_accum_type) :: days
    type(test_host_type), target :: other
    real(r8) :: slow(host_nlev, 2), all_days(host_nlev, 2)
    integer :: day, f, half_hours, m

    call other%build([1, 2], [0.0_r8, 0.0_r8])
    f = other%fields%find('soil1c_vr')
    call days%init(2, other%domain)
    call days%add('ALL', other%fields%list(f), other%domain, 'mean', 1)
    other%fields%list(f)%slow = .true.
    call days%add('SLOW', other%fields%list(f), other%domain, 'mean', 1)
    day = 0
    do m = 1, 12
      do step = 1, month_days(m)
        day = day + 1
        other%soil1c(:, :) = real(day, r8)
        call days%sample([1, m, step, 0], 86400.0_r8, 2)
      end do
    end do
    call days%pack(1, all_days)
    call days%pack(2, slow)
    call check('trend_does_not_shift_a_slow_mean', all(all_days == 183.0_r8) .and. all(slow == 183.0_r8))
    call check('a_slow_pool_has_the_weight_of_its_days', days%items(2)%weight(1) == 365.0_r8*86400.0_r8)

    call days%reset()
    do step = 0, 5*48 - 1
      half_hours = mod(step, 48)
      other%soil1c(:, :) = real(step, r8)
      call days%sample([1, 1, 1 + step/48, 1800*half_hours], 1800.0_r8, 2)
    end do
    call days%pack(1, all_days)
    call days%pack(2, slow)
    call check('first_step_of_the_third_day', all(slow == 96.0_r8) .and. all(all_days == 119.5_r8))

    call days%reset()
    do m = 1, 12
      other%soil1c(:, :) = real(m, r8)
      call days%sample([1, m, 1, 0], 86400.0_r8*month_days(m), 2)
    end do
    call days%pack(1, all_days)
    call days%pack(2, slow)
    call check('long_steps_count_in_full', all(slow == all_days))
  end subroutine test_slow_pools

  subroutine test_runs()
    !! Positions in long runs and scattered ones give the same sums.
    type(phase_runs_type) :: dense, sparse
    real(r8) :: array(40), sums(40), every_other(20)
    integer :: k

    array(:) = [(1.0_r8/k, k=1, 40)]
    sums(:) = 0.0_r8
    every_other(:) = 1.0_r8
    call dense%init([(k, k=21, 40), (k, k=1, 20)])
    call sparse%init([(k, k=1, 39, 2)])
    call check('runs_are_found', dense%long .and. size(dense%first) == 2 .and. .not. sparse%long)
    call dense%add(3.0_r8, array, sums)
    call sparse%add(3.0_r8, array, every_other)
    call check('runs_add', all(sums == 3.0_r8*[array(21:40), array(1:20)]) .and. &
      all(every_other == 1.0_r8 + 3.0_r8*array(1:39:2)))
    call dense%init([integer ::])
    call dense%add(3.0_r8, array, sums(1:0))
    call check('no_positions', dense%n == 0)
  end subroutine test_runs

end program test_phase_accum

! Monthly series and window means: exact values, windows, and incomplete windows.
program test_phase_accum
  use phase_accum_mod, only: phase_accum_type
  use phase_fixture, only: check, check_message, wanted, finish_tests, test_host_type, month_days, host_npft, host_nlev
  use phase_kinds_mod, only: r8
  use phase_pace_mod, only: phase_pace_named, pace_step, pace_five_days, pace_slow
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
  if (wanted('paces')) call test_paces()
  if (wanted('mixed_parts')) call test_mixed_parts()
  if (wanted('proportion')) call test_proportion()
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
    other%fields%list(f)%parts(1)%pace = pace_slow
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
    call check('a_slow_pool_has_the_weight_of_its_days', days%seconds(2) == 365.0_r8*86400.0_r8)

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

  subroutine test_paces()
    !! Two years of days whose values are their numbers, layer 3 deep: every pace takes its days, and a year weighs the
    !! same at each. With half-hour steps all steps of a day that is taken enter, of a slow pool the first one.
    type(phase_accum_type) :: all_layers
    type(test_host_type), target :: other
    character(len=9), parameter :: names(5) = [character(len=9) :: 'pulse', 'step', 'two_days', 'five_days', 'slow']
    !> means of days 1 to 365: of all, of the odd numbers (their sum below 365 is 182^2; the last one counts once), of every fifth
    real(r8), parameter :: every = 183.0_r8, second = (2.0_r8*182.0_r8**2 + 365.0_r8)/365.0_r8, fifth = 183.0_r8
    real(r8), parameter :: expected(2, 5) = reshape([every, every, every, fifth, second, fifth, fifth, fifth, fifth, fifth], [2, 5])
    real(r8) :: levels(host_nlev, 2)
    integer :: f, k, half_hour

    call other%build([1, 2], [0.0_r8, 0.0_r8])
    other%domain%dz(:) = [0.5_r8, 0.5_r8, 1.0_r8]
    f = other%fields%find('soil1c_vr')
    call all_layers%init(5, other%domain)
    do k = 1, 5
      other%fields%list(f)%parts(1)%pace = phase_pace_named(trim(names(k)))
      call all_layers%add(names(k), other%fields%list(f), other%domain, 'mean', 2)
    end do
    call sample_days(all_layers, other, 2)
    do k = 1, 5
      call all_layers%pack(k, levels)
      call check('days_of_'//trim(names(k)), all(abs(levels(1:2, :) - expected(1, k)) < 1.0e-12_r8) .and. &
        all(abs(levels(3, :) - expected(2, k)) < 1.0e-12_r8) .and. all_layers%seconds(k) == 730.0_r8*86400.0_r8)
    end do

    call all_layers%reset()
    do k = 0, 5*48 - 1
      half_hour = mod(k, 48)
      other%soil1c(:, :) = real(k, r8)
      call all_layers%sample([2, 1, 1 + k/48, 1800*half_hour], 1800.0_r8, 3)
    end do
    call all_layers%pack(3, levels)
    call check('all_steps_of_every_second_day', all(abs(levels(1:2, :) - (23.5_r8 + 96.0_r8)) < 1.0e-12_r8))
    call all_layers%pack(4, levels)
    call check('all_steps_of_the_third_day', all(abs(levels - (23.5_r8 + 96.0_r8)) < 1.0e-12_r8))
    call check('no_such_pace', phase_pace_named('weekly') == 0)
  end subroutine test_paces

  subroutine test_mixed_parts()
    !! A flux of two parts with paces of their own is the sum of their means.
    type(phase_accum_type) :: sums
    type(test_host_type), target :: other
    real(r8), target :: fast(3), steady(3)
    real(r8) :: mean(1, 2)
    integer :: f, day, month

    call other%build([1, 2], [0.0_r8, 0.0_r8])
    call other%fields%add('FLUX', fast, 'g', 'column')
    call other%fields%add('FLUX', steady, 'g', 'column', pace='five_days')
    f = other%fields%find('FLUX')
    call check('parts_keep_their_paces', all(other%fields%list(f)%parts%pace == [pace_step, pace_five_days]))
    call sums%init(1, other%domain)
    call sums%add('FLUX', other%fields%list(f), other%domain, 'mean', 1)
    do month = 1, 12
      do day = 1, month_days(month)
        fast(:) = merge(365.0_r8, 0.0_r8, month == 7 .and. day == 4)
        steady(:) = 2.0_r8
        call sums%sample([1, month, day, 0], 86400.0_r8, 2)
      end do
    end do
    call sums%pack(1, mean)
    call check('sum_of_the_means', all(abs(mean - 3.0_r8) < 1.0e-12_r8))
  end subroutine test_mixed_parts

  subroutine test_proportion()
    !! What is always in proportion to another variable follows it without being read; alone it is read.
    type(phase_accum_type) :: both, alone
    type(test_host_type), target :: other
    real(r8), target :: never(3, host_nlev)
    real(r8) :: levels(host_nlev, 2), base(host_nlev, 2)
    integer :: b, f

    call other%build([1, 2], [0.0_r8, 0.0_r8])
    never(:, :) = -1.0_r8
    call other%fields%add('PASSED', never, 'gC/m3', 'column_level', share_of='soil1c_vr', share=0.25_r8)
    f = other%fields%find('PASSED')
    b = other%fields%find('soil1c_vr')
    call both%init(2, other%domain)
    call both%add('PASSED', other%fields%list(f), other%domain, 'mean', 1)
    call both%add('soil1c_vr', other%fields%list(b), other%domain, 'mean', 1)
    call both%link()
    call sample_days(both, other, 1)
    call both%pack(1, levels)
    call both%pack(2, base)
    call check('follows_its_base', both%derived(1) .and. .not. both%derived(2) .and. all(levels == 0.25_r8*base))
    call alone%init(1, other%domain)
    call alone%add('PASSED', other%fields%list(f), other%domain, 'mean', 1)
    call alone%link()
    call sample_days(alone, other, 1)
    call alone%pack(1, levels)
    call check('alone_it_is_read', .not. alone%derived(1) .and. all(levels == -1.0_r8))
  end subroutine test_proportion

  subroutine sample_days(accum, other, years)
    !! Whole years of days; soil1c is the number of the day in its year.
    type(phase_accum_type), intent(inout) :: accum
    type(test_host_type), intent(inout) :: other
    integer, intent(in) :: years
    integer :: day, m, of_month, y
    do y = 1, years
      day = 0
      do m = 1, 12
        do of_month = 1, month_days(m)
          day = day + 1
          other%soil1c(:, :) = real(day, r8)
          call accum%sample([y, m, of_month, 0], 86400.0_r8, years + 1)
        end do
      end do
    end do
  end subroutine sample_days

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

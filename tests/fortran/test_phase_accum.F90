! Monthly series and window means: exact values, windows, and incomplete windows.
program test_phase_accum
  use phase_accum_mod, only: phase_accum_type
  use phase_fixture, only: check, check_message, wanted, finish_tests, test_host_type, month_days, host_npft, host_nlev
  use phase_kinds_mod, only: r8
  use phase_status_mod, only: phase_status_type, PHASE_ERR_STATE
  implicit none (type, external)
  type(test_host_type), target :: host
  type(phase_accum_type) :: accum
  type(phase_status_type) :: status
  real(r8) :: series(24, 2), patches(host_npft, 2), levels(host_nlev, 2), mean(1, 2), expected, weight
  integer :: f, month, year, step

  call host%build([1, 2], [0.0_r8, 0.0_r8])
  call accum%init(4, host%domain)
  f = host%fields%find('TBOT')
  call accum%add('TBOT', f, host%fields%list(f), host%domain, 'monthly', 2)
  call accum%add('TBOT_MEAN', f, host%fields%list(f), host%domain, 'mean', 1)
  f = host%fields%find('PFT_TLAI')
  call accum%add('PFT_TLAI', f, host%fields%list(f), host%domain, 'mean', 2)
  f = host%fields%find('soil1c_vr')
  call accum%add('soil1c_vr', f, host%fields%list(f), host%domain, 'mean', 1)

  ! years 3 and 4 are observed, the jump is in year 5; year 2 and year 5 have to leave no trace
  do year = 2, 5
    do month = 1, 12
      do step = 1, 2
        call host%physics(year, month)
        call accum%sample(host%fields, host%domain, year, month, 43200.0_r8*month_days(month), 5)
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
end program test_phase_accum

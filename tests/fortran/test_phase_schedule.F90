! Date logic: when a jump is due, and that it comes exactly once wherever the run is cut.
program test_phase_schedule
  use phase_fixture, only: check, check_message, wanted, finish_tests, next_step
  use phase_kinds_mod, only: r8
  use phase_schedule_mod, only: phase_schedule_type, schedule_state_size
  use phase_status_mod, only: phase_status_type
  implicit none (type, external)
  type(phase_schedule_type) :: schedule
  type(phase_status_type) :: status
  real(r8) :: state(schedule_state_size)
  integer :: cut, njumps, jump_year

  if (wanted('first_full_year')) then
    call schedule%first_step([1, 1, 1, 0], 0, 20)
    call check('first_full_year', schedule%start_year == 1 .and. schedule%next_jump_year == 21)
    schedule = phase_schedule_type()
    call schedule%first_step([1, 3, 1, 0], 0, 20)
    call check('first_full_year_midyear', schedule%start_year == 2 .and. schedule%next_jump_year == 22)
    schedule = phase_schedule_type()
    call schedule%first_step([1, 1, 1, 1800], 0, 20)
    call check('first_full_year_second_step', schedule%start_year == 2)
  end if

  if (wanted('start_year_of_the_namelist')) then
    schedule = phase_schedule_type()
    call schedule%first_step([1, 1, 1, 0], 5, 20)
    call check('start_year_of_the_namelist', schedule%start_year == 5 .and. schedule%next_jump_year == 25)
    schedule = phase_schedule_type()
    call schedule%first_step([7, 1, 1, 0], 5, 20, status)
    call check_message('start_year_too_early', status, [character(len=24) :: 'phase_start_year is 5', '0007-01-01'])
    call status%clear()
  end if

  if (wanted('no_jump_before_a_step')) then
    schedule = phase_schedule_type()
    schedule%start_year = 1
    schedule%next_jump_year = 21
    call check('no_jump_before_a_step', .not. schedule%jump_is_due([21, 1, 1, 0]))
    schedule%nsteps = 1
    call check('jump_at_new_year', schedule%jump_is_due([21, 1, 1, 0]))
    call check('no_jump_later_that_day', .not. schedule%jump_is_due([21, 1, 1, 1800]))
    call check('no_jump_in_other_years', .not. schedule%jump_is_due([20, 1, 1, 0]) .and. &
      .not. schedule%jump_is_due([22, 1, 1, 0]))
  end if

  if (wanted('repeated_first_step')) then
    schedule = phase_schedule_type()
    call check('first_is_no_repeat', .not. schedule%is_repeat([1, 1, 1, 0]))
    call schedule%begin_step([1, 1, 1, 0], 1800.0_r8)
    call check('repeated_first_step', schedule%is_repeat([1, 1, 1, 0]))
  end if

  if (wanted('cut_anywhere_jumps_once')) then
    ! monthly steps of four years, two observed; the run is cut in front of step number cut
    do cut = 0, 48
      call run_with_cut(cut, 1, njumps, jump_year)
      if (njumps /= 1 .or. jump_year /= 3) exit
    end do
    call check('cut_anywhere_jumps_once', cut == 49)
  end if

  if (wanted('further_jumps')) then
    call run_with_cut(30, 2, njumps, jump_year)
    call check('further_jumps', njumps == 2 .and. jump_year == 5)
  end if

  if (wanted('state_of_another_date')) then
    schedule = phase_schedule_type()
    schedule%saved_date = [21, 1, 1, 0]
    call schedule%check_saved_date([20, 1, 1, 0], status)
    call check_message('state_of_another_date', status, [character(len=16) :: '0021-01-01-00000', '0020-01-01-00000'])
    call status%clear()
    call schedule%check_saved_date([21, 1, 1, 0], status)
    call check('state_of_the_date', status%ok())
  end if

  if (wanted('state_is_exact')) then
    schedule%date = [20, 12, 31, 84600]
    schedule%dt = 1800.0_r8
    schedule%pending = .true.
    schedule%jump_years(2) = 41
    schedule%begun_year = 21
    state = schedule%to_state()
    schedule = phase_schedule_type()
    call schedule%from_state(state)
    call check('state_is_exact', all(schedule%to_state() == state) .and. schedule%pending .and. schedule%jump_years(2) == 41)
  end if

  call finish_tests()

contains

  subroutine run_with_cut(cut, max_jumps, njumps, last)
    integer, intent(in) :: cut, max_jumps
    integer, intent(out) :: njumps, last
    type(phase_schedule_type) :: s
    integer :: month, step, year

    njumps = 0
    last = 0
    year = 1
    month = 1
    do step = 1, 60
      if (step == cut) then
        state = s%to_state()
        s = phase_schedule_type()
        call s%from_state(state)
      end if
      call s%first_step([year, month, 1, 0], 0, 2)
      if (s%jump_is_due([year, month, 1, 0])) then
        njumps = njumps + 1
        last = year
        call s%jumped(year, 2, 2, max_jumps)
      end if
      call s%begin_step([year, month, 1, 0], 86400.0_r8)
      call next_step(year, month)
    end do
  end subroutine run_with_cut

end program test_phase_schedule

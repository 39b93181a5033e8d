! What the plugin does with a sequence of jumps, on a synthetic host: methods, rollback, columns that swing, limits of a
! step, acceleration.
module phase_sequence_cases
  use, intrinsic :: ieee_arithmetic, only: ieee_is_finite, ieee_quiet_nan, ieee_value
  use mpi, only: MPI_COMM_WORLD
  use phase_fixture, only: check, check_message, test_host_type, test_rules_type
  use phase_kinds_mod, only: r8
  use phase_gate_mod, only: gate_open, gate_undone
  use phase_run_fixture, only: log_unit, nml, settings, build, run_steps, result_of, same, trap
  use phase_spinup_mod, only: phase_init, phase_final, phase_packed, phase_report, phase_state_save, phase_state_load, &
    phase_state_type, phase_status_type
  implicit none (type, external)
  private

  public :: test_methods, test_rollback, test_margin, test_swing, test_lost, test_last_check, test_max_step, &
    test_restart

  !> every jump after which a column drifts faster is taken back
  character(len=*), parameter :: any_worse = 'phase_rollback_factor = 1, phase_rollback_drift = 0'

contains

  subroutine start(host, rules, status)
    type(test_host_type), intent(inout), target :: host
    type(test_rules_type), intent(inout) :: rules
    type(phase_status_type), intent(inout) :: status
    call build(host)
    rules%host => host
    call phase_init(host%domain, host%fields, host%facts, MPI_COMM_WORLD, log_unit, nml, '.', status)
  end subroutine start

  subroutine test_methods()
    call method('hybrid', 0)
    call method('surrogate', 1)
    call method('steady_state', 2)
    call refused('surrogate', 'phase_rules', [character(len=40) :: 'no input jump_method', 'hybrid'])
    call refused('surrogate', 'phase_no_network', [character(len=40) :: 'offers hybrid steady_state'])
  end subroutine test_methods

  subroutine method(name, code)
    !! The artifact is told the method and multiplies leaf carbon by 2 plus its number.
    character(len=*), intent(in) :: name
    integer, intent(in) :: code
    type(test_host_type), target :: host
    type(test_rules_type) :: rules
    type(phase_status_type) :: status
    real(r8), allocatable :: leafc(:)
    real(r8) :: packed(1, 4)
    character(len=60) :: line(1)
    integer :: month, year

    line(1) = "phase_method = '"//name//"'"
    call settings(line, 'phase_methods')
    call start(host, rules, status)
    allocate (leafc, source=host%leafc)
    year = 1
    month = 1
    call run_steps(host, rules, year, month, 25, status)
    call check(name//'_jumps', status%ok() .and. all(abs(host%leafc(5:6) - (2 + code)*leafc(5:6)) < 1.0e-12_r8))
    call phase_packed('jump_method', packed, status)
    call check(name//'_is_told', status%ok() .and. all(packed == real(code, r8)))
    call phase_final()
  end subroutine method

  subroutine refused(name, artifact, pieces)
    character(len=*), intent(in) :: name, artifact, pieces(:)
    type(test_host_type), target :: host
    type(test_rules_type) :: rules
    type(phase_status_type) :: status
    character(len=60) :: line(1)
    line(1) = "phase_method = '"//name//"'"
    call settings(line, artifact)
    call start(host, rules, status)
    call check_message(artifact//'_refuses_'//name, status, pieces)
    call phase_final()
  end subroutine refused

  subroutine test_rollback()
    !! After the jump of year 3 column 1 drifts twice as fast as before, column 2 half as fast. In year 5 column 1
    !! gets its pools back and column 2 jumps again; in year 7 column 1 goes half of the way.
    type(test_host_type), target :: host
    type(test_rules_type) :: rules
    type(phase_status_type) :: status
    real(r8), allocatable :: leafc(:), soil1c(:, :)
    integer :: month, year

    call settings([character(len=60) :: 'phase_max_jumps = 3, phase_crit_totecosysc = 1.e-3', any_worse, &
      "phase_report_file = 'phase_report_rollback.json'"])
    call start(host, rules, status)
    host%growth(1:2) = 1.0e-3_r8
    year = 1
    month = 1
    call run_steps(host, rules, year, month, 24, status)
    allocate (leafc, source=host%leafc)
    allocate (soil1c, source=host%soil1c)
    call run_steps(host, rules, year, month, 1, status)
    host%growth(1:2) = [2.0e-3_r8, 0.5e-3_r8]
    call run_steps(host, rules, year, month, 23, status)
    call check('both_columns_have_jumped', status%ok() .and. all(abs(host%leafc([5, 6, 9, 10]) - 2*leafc([5, 6, 9, 10])) < &
      1.0e-9_r8))
    host%growth(1) = 0.0_r8
    call run_steps(host, rules, year, month, 1, status)
    call check('worse_column_gets_its_plants_back', all(host%leafc(5:6) == leafc(5:6)))
    call check('worse_column_gets_its_soil_back', all(host%soil1c(2, 1:3) == soil1c(2, 1:3)))
    call check('host_rules_follow', all(host%soil1n(2, 1:3) == 0.1_r8*host%soil1c(2, 1:3)))
    call check('better_column_jumps_again', all(host%leafc(9:10) == 4.0_r8*leafc(9:10)))
    call check('status_of_both', all(nint(first_two('status')) == [gate_undone, gate_open]) .and. status%ok())
    call check('times', all(nint(first_two('rolled_back')) == [1, 0]))
    call run_steps(host, rules, year, month, 24, status)
    call check('next_step_is_half', all(abs(host%leafc(5:6)/leafc(5:6) - sqrt(2.0_r8)) < 1.0e-12_r8) .and. status%ok())
    call phase_report()
    call phase_final()

    call settings([character(len=60) :: 'phase_max_jumps = 3, phase_crit_totecosysc = 1.e-3', 'phase_rollback = .false.'])
    call start(host, rules, status)
    host%growth(1:2) = 1.0e-3_r8
    year = 1
    month = 1
    call run_steps(host, rules, year, month, 25, status)
    host%growth(1) = 2.0e-3_r8
    call run_steps(host, rules, year, month, 24, status)
    call check('rollback_can_be_off', all(host%leafc(5:6) == 4.0_r8*leafc(5:6)) .and. status%ok())
    call phase_final()
  end subroutine test_rollback

  subroutine test_margin()
    !! Drift has to grow by more than the factor, and beyond the limit. Column 1 drifts five times as fast as before its
    !! jump, column 2 twice.
    call margin('factor_3', 'phase_rollback_factor = 3, phase_rollback_drift = 0', [1, 0])
    call margin('factor_6', 'phase_rollback_factor = 6, phase_rollback_drift = 0', [0, 0])
    call margin('limit_above_both', 'phase_rollback_factor = 1, phase_rollback_drift = 100', [0, 0])
    call margin('default', ' ', [0, 0])
  end subroutine test_margin

  subroutine margin(name, line, expected)
    character(len=*), intent(in) :: name, line
    integer, intent(in) :: expected(2)  !! jumps taken back
    type(test_host_type), target :: host
    type(test_rules_type) :: rules
    type(phase_status_type) :: status
    integer :: month, year

    call settings([character(len=60) :: 'phase_max_jumps = 2, phase_crit_totecosysc = 1.e-3', line])
    call start(host, rules, status)
    host%growth(1:2) = 1.0e-3_r8
    year = 1
    month = 1
    call run_steps(host, rules, year, month, 25, status)
    host%growth(1:2) = [5.0e-3_r8, 2.0e-3_r8]
    call run_steps(host, rules, year, month, 24, status)
    call check('margin_'//name, all(nint(first_two('rolled_back')) == expected) .and. status%ok())
    call phase_final()
  end subroutine margin

  subroutine test_swing()
    !! A jump is meant to end a drift. One after which column 1 drifts the other way, by the share given, was too long.
    call swing('nearly_as_fast_the_other_way', ' ', -0.8_r8, 0.5_r8)
    call swing('slower_the_other_way', ' ', -0.4_r8, 1.0_r8)
    call swing('nearly_as_fast_the_same_way', ' ', 0.8_r8, 1.0_r8)
    call swing('without_rollback', 'phase_rollback = .false.', -0.8_r8, 1.0_r8)
  end subroutine test_swing

  subroutine swing(name, line, turned, share)
    !! After the first jump column 1 drifts by turned times what it did before, column 2 as before; after the second jump
    !! both come to rest. The artifact doubles leaves, so a jump of a share of the way multiplies them by 2**share.
    character(len=*), intent(in) :: name, line
    real(r8), intent(in) :: turned, share
    type(test_host_type), target :: host
    type(test_rules_type) :: rules
    type(phase_status_type) :: status
    real(r8), allocatable :: leafc(:)
    integer :: month, year

    call settings([character(len=60) :: 'phase_max_jumps = 3, phase_crit_totecosysc = 1.e-3', line])
    call start(host, rules, status)
    allocate (leafc, source=host%leafc)
    host%growth(1:2) = 1.0e-3_r8
    year = 1
    month = 1
    call run_steps(host, rules, year, month, 25, status)
    call check(name//'_first_jump_is_whole', all(host%leafc([5, 6, 9, 10]) == 2.0_r8*leafc([5, 6, 9, 10])))
    host%growth(1) = turned*1.0e-3_r8
    call run_steps(host, rules, year, month, 24, status)
    call check(name//'_next_step', all(abs(host%leafc(5:6)/leafc(5:6) - 2.0_r8**(1.0_r8 + share)) < 1.0e-12_r8) .and. &
      status%ok())
    call check(name//'_is_no_rollback', all(nint(first_two('rolled_back')) == 0))
    host%growth(1) = 0.0_r8
    call run_steps(host, rules, year, month, 24, status)
    call check(name//'_whole_again_at_rest', all(abs(host%leafc(5:6)/leafc(5:6) - 2.0_r8**(2.0_r8 + share)) < 1.0e-12_r8) &
      .and. all(host%leafc(9:10) == 8.0_r8*leafc(9:10)) .and. status%ok())
    call phase_final()
  end subroutine swing

  subroutine test_lost()
    !! A column that loses its numbers after a jump gets those from before it, in a host that traps invalid operations too.
    type(test_host_type), target :: host
    type(test_rules_type) :: rules
    type(phase_status_type) :: status
    type(phase_state_type) :: state
    real(r8), allocatable :: leafc(:), soil1c(:, :)
    integer :: month, year

    call settings([character(len=90) :: 'phase_max_jumps = 3, phase_crit_totecosysc = 1.e-3, phase_max_step = 8', &
      "phase_accelerate = 'anderson', phase_report_file = 'phase_report_lost.json'"])
    call start(host, rules, status)
    call trap(.true.)
    host%growth(1:2) = 1.0e-3_r8
    year = 1
    month = 1
    call run_steps(host, rules, year, month, 24, status)
    allocate (leafc, source=host%leafc)
    allocate (soil1c, source=host%soil1c)
    call run_steps(host, rules, year, month, 2, status)
    host%soil1c(2, 2) = ieee_value(1.0_r8, ieee_quiet_nan)
    call run_steps(host, rules, year, month, 22, status)
    call phase_report()
    call phase_state_save([year, month, 1, 0], state)
    host%growth(1) = 0.0_r8
    call run_steps(host, rules, year, month, 1, status)
    call check('lost_column_gets_its_pools_back', all(ieee_is_finite(host%soil1c(2, 1:3))) .and. status%ok())
    call check('as_they_were', all(host%soil1c(2, 1:3) == soil1c(2, 1:3)) .and. all(host%leafc(5:6) == leafc(5:6)))
    call check('status_of_the_lost', all(nint(first_two('status')) == [gate_undone, gate_open]))
    call run_steps(host, rules, year, month, 24, status)
    call check('and_jumps_again', all(nint(first_two('status')) == gate_open) .and. status%ok())
    call phase_report()
    call trap(.false.)
    call phase_final()
  end subroutine test_lost

  subroutine test_last_check()
    !! The last jump is judged too, one year after its cycle; a column at rest stays where it is.
    type(test_host_type), target :: host
    type(test_rules_type) :: rules
    type(phase_status_type) :: status
    real(r8), allocatable :: leafc(:)
    integer :: month, year

    call settings([character(len=60) :: 'phase_crit_totecosysc = 0.5', any_worse])
    call start(host, rules, status)
    allocate (leafc, source=host%leafc)
    host%growth(1:2) = 1.0e-3_r8
    year = 1
    month = 1
    call run_steps(host, rules, year, month, 25, status)
    host%growth(1:2) = [2.0e-3_r8, 1.2e-3_r8]
    call run_steps(host, rules, year, month, 35, status)
    call check('not_before_its_year', all(host%leafc(5:6) == 2.0_r8*leafc(5:6)))
    call run_steps(host, rules, year, month, 1, status)
    call check('last_jump_is_taken_back', all(host%leafc(5:6) == leafc(5:6)) .and. status%ok())
    call check('faster_but_at_rest_stays', all(host%leafc(9:10) == 2.0_r8*leafc(9:10)))
    call run_steps(host, rules, year, month, 60, status)
    call check('once', all(nint(first_two('rolled_back')) == [1, 0]) .and. status%ok())
    call phase_final()
  end subroutine test_last_check

  subroutine test_max_step()
    type(test_host_type), target :: host
    type(test_rules_type) :: rules
    type(phase_status_type) :: status
    real(r8), allocatable :: leafc(:)
    integer :: month, year

    call settings([character(len=60) :: 'phase_max_step = 1.5'])
    call start(host, rules, status)
    allocate (leafc, source=host%leafc)
    year = 1
    month = 1
    call run_steps(host, rules, year, month, 25, status)
    call check('step_is_limited', status%ok() .and. all(abs(host%leafc(5:6) - 1.5_r8*leafc(5:6)) < 1.0e-9_r8))
    call phase_final()
  end subroutine test_max_step

  subroutine test_restart()
    !! Ten years with four jumps, a rollback and acceleration, in one piece and cut in two.
    integer, parameter :: cuts(6) = [24, 30, 48, 60, 72, 100]
    type(phase_state_type) :: whole, pieces
    real(r8), allocatable :: whole_soil(:, :), pieces_soil(:, :)
    character(len=32) :: name
    logical :: equal
    integer :: k

    call settings([character(len=60) :: 'phase_max_jumps = 4, phase_crit_totecosysc = 1.e-3', any_worse, &
      "phase_accelerate = 'anderson', phase_anderson_damping = 0.7"])
    call run(0, whole, whole_soil)
    do k = 1, size(cuts)
      call run(cuts(k), pieces, pieces_soil)
      write (name, '(a,i0)') 'restart_after_step_', cuts(k)
      equal = same(whole, pieces)
      call check(trim(name), equal .and. all(whole_soil == pieces_soil))
    end do
  end subroutine test_restart

  subroutine run(cut, state, soil)
    integer, intent(in) :: cut  !! steps of the first piece, 0: one piece
    type(phase_state_type), intent(out) :: state
    real(r8), allocatable, intent(out) :: soil(:, :)
    type(test_host_type), target :: host, second
    type(test_rules_type) :: rules
    type(phase_state_type) :: saved
    type(phase_status_type) :: status
    integer :: month, step, year

    year = 1
    month = 1
    call start(host, rules, status)
    do step = 1, merge(120, cut, cut == 0)
      host%growth(1:2) = growth_of(year)
      call run_steps(host, rules, year, month, 1, status)
    end do
    soil = host%soil1c
    if (cut > 0) then
      call phase_state_save([year, month, 1, 0], saved)
      call phase_final()
      call start(second, rules, status)
      call second%copy_state(host)
      call phase_state_load(saved, status)
      do step = cut + 1, 120
        second%growth(1:2) = growth_of(year)
        call run_steps(second, rules, year, month, 1, status)
      end do
      soil = second%soil1c
    end if
    if (status%error()) call status%print(log_unit)
    call phase_state_save([year, month, 1, 0], state)
    call phase_final()
  end subroutine run

  function first_two(name) result(values)
    character(len=*), intent(in) :: name
    real(r8) :: values(2), all_four(4)
    all_four(:) = result_of(name, 4)
    values(:) = all_four(1:2)
  end function first_two

  pure function growth_of(year) result(growth)
    !! Column 1 does worse after the first jump.
    integer, intent(in) :: year
    real(r8) :: growth(2)
    growth(:) = [1.0e-3_r8/year, 2.0e-3_r8/year**2]
    if (year == 3 .or. year == 4) growth(1) = 5.0e-3_r8
  end function growth_of

end module phase_sequence_cases

program test_phase_sequence
  use mpi, only: MPI_COMM_WORLD, MPI_FINALIZE, MPI_INIT
  use phase_fixture, only: wanted, finish_tests
  use phase_run_fixture, only: world
  use phase_sequence_cases, only: test_methods, test_rollback, test_margin, test_swing, test_lost, test_last_check, &
    test_max_step, test_restart
  implicit none (type, external)
  integer :: ierr

  call MPI_INIT(ierr)
  call world%init(MPI_COMM_WORLD)
  if (wanted('methods')) call test_methods()
  if (wanted('rollback')) call test_rollback()
  if (wanted('margin')) call test_margin()
  if (wanted('swing')) call test_swing()
  if (wanted('lost')) call test_lost()
  if (wanted('last_check')) call test_last_check()
  if (wanted('max_step')) call test_max_step()
  if (wanted('restart')) call test_restart()
  call MPI_FINALIZE(ierr)
  call finish_tests()
end program test_phase_sequence

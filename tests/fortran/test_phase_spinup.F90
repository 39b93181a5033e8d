! The plugin through its public door, on a synthetic host with the artifact of make_phase_artifacts.py.
module phase_spinup_cases
  use, intrinsic :: ieee_arithmetic, only: ieee_value, ieee_quiet_nan
  use mpi, only: MPI_COMM_WORLD
  use phase_fixture, only: check, check_message, test_host_type, test_rules_type
  use phase_gate_mod, only: gate_open, gate_trust, gate_bounds, gate_input, gate_negative, gate_output
  use phase_kinds_mod, only: r8
  use phase_run_fixture, only: world, log_unit, nml, settings, build, run_steps, result_of, same
  use phase_spinup_mod, only: phase_init, phase_final, phase_is_on, phase_packed, phase_report, &
    phase_state_save, phase_state_load, phase_state_type, phase_status_type, phase_jump_now, phase_artifact_checksum
  use phase_status_mod, only: PHASE_ERR_STARTUP, PHASE_ERR_FILE, PHASE_ERR_ARGUMENT
  implicit none (type, external)
  private

  public :: test_startup, test_mismatches, test_jump, test_dry_run, test_nan_input, test_nan_output, &
    test_restart, test_polish, test_jump_now, test_report

contains

  subroutine test_startup()
    type(test_host_type), target :: host
    type(phase_status_type) :: status

    call build(host)
    call settings([character(len=40) :: 'use_phase_spinup = .false.'])
    call phase_init(host%domain, host%fields, host%facts, MPI_COMM_WORLD, log_unit, nml, '.', status)
    call check('off_stays_off', status%ok() .and. .not. phase_is_on())
    call settings([character(len=1) :: ' '])
    call phase_init(host%domain, host%fields, host%facts, MPI_COMM_WORLD, log_unit, nml, '.', status)
    call check('starts', status%ok() .and. phase_is_on() .and. len(phase_artifact_checksum()) == 64)
    call phase_final()
    call settings([character(len=60) :: "phase_model_file = 'no_such_artifact.pt'"])
    call phase_init(host%domain, host%fields, host%facts, MPI_COMM_WORLD, log_unit, nml, '.', status)
    call check_message('missing_artifact_is_named', status, ['no_such_artifact.pt'])
    call check('missing_artifact_code', status%code == PHASE_ERR_FILE .and. .not. phase_is_on())
  end subroutine test_startup

  subroutine test_mismatches()
    type(test_host_type), target :: host
    type(phase_status_type) :: status
    integer :: k

    call mismatch_facts('pool_space', 'accelerated')
    call mismatch_facts('nu_com', 'ECA')
    call mismatch_facts('decomp_cascade', 'CENTURY')
    call mismatch_facts('protocol', 'accelerated')

    call fresh()
    call host%facts%set('protocol', 'accelerated')
    call settings([character(len=50) :: 'phase_allow_protocol_mismatch = .true.'])
    call start()
    call check('protocol_may_be_overridden', status%ok())

    call fresh()
    call settings([character(len=40) :: 'phase_observe_years = 3'])
    call start()
    call check_message('observe_years', status, [character(len=40) :: 'observe_years: the artifact expects 2', &
      'dims.month', 'TBOT'])

    call fresh()
    call settings([character(len=1) :: ' '])
    k = host%fields%find('GPP')
    host%fields%list(k)%name = 'GPP_OF_ANOTHER_HOST'
    call start()
    call check_message('missing_variable', status, ['GPP: the host has no such variable'])

    call fresh()
    k = host%fields%find('leafc')
    host%fields%list(k)%units = 'kgC/m2'
    call start()
    call check_message('units', status, [character(len=16) :: 'input leafc', 'output leafc', 'gC/m2', 'kgC/m2'])

    call fresh()
    k = host%fields%find('lat')
    host%fields%list(k)%on = 'pft'
    call start()
    call check_message('place', status, [character(len=20) :: 'lat', 'column', 'the host on pft'])

    call fresh()
    host%domain%nlev = 2
    call start()
    call check_message('layers', status, [character(len=40) :: 'dims.level: the artifact expects 3', 'soil1c_vr: 3 values'])

    call fresh()
    host%domain%npft = 3
    call start()
    call check_message('pfts', status, ['dims.pft: the artifact expects 4'])

    call fresh()
    call host%fields%add('leafc', host%leafc, 'gC/m2', 'patch')
    call start()
    call check_message('sum_as_output', status, ['output leafc: the host registered a sum'])

    call fresh()
    host%domain%col(1) = 99
    call start()
    call check_message('positions', status, [character(len=20) :: 'TBOT', 'the domain needs 99'])

    call fresh()
    call settings([character(len=1) :: ' '], 'phase_no_numbers')
    call start()
    call check_message('numbers_of_the_schema', status, [character(len=60) :: &
      'trust_threshold: expected a number, found ''high''', 'outputs.1.upper: expected a number, found ''much'''])
    call settings([character(len=1) :: ' '])

    call fresh()
    call host%facts%set('pool_space', 'accelerated')
    call host%facts%set('nu_com', 'ECA')
    host%domain%nlev = 2
    k = host%fields%find('GPP')
    host%fields%list(k)%name = 'X'
    call start()
    call check_message('all_at_once', status, [character(len=16) :: 'pool_space', 'nu_com', 'dims.level', 'GPP', &
      'phase_rules.pt'])
    call check('mismatch_code', status%code == PHASE_ERR_STARTUP .and. .not. phase_is_on())

  contains

    subroutine fresh()
      call build(host)
    end subroutine fresh

    subroutine start()
      call status%clear()
      call phase_init(host%domain, host%fields, host%facts, MPI_COMM_WORLD, log_unit, nml, '.', status)
    end subroutine start

    subroutine mismatch_facts(key, value)
      character(len=*), intent(in) :: key, value
      character(len=16) :: pieces(2)
      call fresh()
      call settings([character(len=1) :: ' '])
      call host%facts%set(key, value)
      call start()
      pieces(1) = key//':'
      pieces(2) = value
      call check_message(key, status, pieces)
    end subroutine mismatch_facts

  end subroutine test_mismatches

  subroutine test_jump()
    type(test_host_type), target :: host
    type(test_rules_type) :: rules
    type(phase_status_type) :: status
    real(r8), allocatable :: leafc(:), soil1c(:, :), packed(:, :)
    real(r8) :: mean_t, series(24), trust(4)
    integer :: j, month, year

    call build(host)
    rules%host => host
    call settings([character(len=1) :: ' '])
    call phase_init(host%domain, host%fields, host%facts, MPI_COMM_WORLD, log_unit, nml, '.', status)
    allocate (leafc, source=host%leafc)
    allocate (soil1c, source=host%soil1c)
    year = 1
    month = 1
    call run_steps(host, rules, year, month, 24, status)
    call check('nothing_is_written_while_observing', status%ok() .and. all(host%leafc == leafc) .and. &
      all(host%soil1c == soil1c) .and. rules%nafter == 0)
    allocate (packed(24, 4))
    call phase_packed('TBOT', packed, status)
    series(:) = [(1.0_r8 + 0.01_r8*j, j=1, 12), (2.0_r8 + 0.01_r8*j, j=1, 12)]
    call check('packed_series', status%ok() .and. &
      maxval(abs(packed(:, 1) - series - 0.1_r8*host%domain%gid(1))) < 1.0e-13_r8)

    call run_steps(host, rules, year, month, 1, status)
    mean_t = 1.565_r8 + 0.1_r8*host%domain%gid(1)
    call check('jump_writes_layers', maxval(abs(host%soil1c(2, 1:3) - soil1c(2, 1:3) - mean_t*[1, 2, 3])) < 1.0e-9_r8)
    call check('jump_writes_patches', all(host%leafc(5:6) == 2.0_r8*leafc(5:6)))
    call check('inactive_patches_stay', host%leafc(4) == leafc(4) .and. all(host%leafc(1:3) == -7.0_r8))
    call check('layers_below_stay', all(host%soil1c(:, 4:5) == -7.0_r8))
    call check('untrusted_column_stays', all(host%leafc(12:15) == leafc(12:15)) .and. all(host%soil1c(4, :) == soil1c(4, :)))
    call check('column_out_of_bounds_stays', all(host%leafc(16:19) == leafc(16:19)) .and. &
      all(host%soil1c(5, :) == soil1c(5, :)))
    call check('host_rules_are_called', rules%nbefore == 2 .and. rules%nafter == 2 .and. &
      all(host%soil1n(2, 1:3) == 0.1_r8*host%soil1c(2, 1:3)))
    trust(:) = result_of('trust', 4)
    call check('results_per_column', all(nint(result_of('jumped', 4)) == [1, 1, 0, 0]) .and. trust(3) == 0.1_r8 .and. &
      trust(1) == 1.0_r8)
    call check('status_per_column', all(nint(result_of('status', 4)) == [gate_open, gate_open, gate_trust, gate_bounds]))
    call run_steps(host, rules, year, month, 36, status)
    call check('one_jump_only', status%ok() .and. rules%nafter == 2)
    call phase_final()
  end subroutine test_jump

  subroutine test_dry_run()
    type(test_host_type), target :: host
    type(test_rules_type) :: rules
    type(phase_status_type) :: status
    real(r8), allocatable :: leafc(:), soil1c(:, :), soil1n(:, :)
    real(r8) :: trust(4)
    integer :: month, year

    call build(host)
    rules%host => host
    call settings([character(len=40) :: 'phase_dry_run = .true.'])
    call phase_init(host%domain, host%fields, host%facts, MPI_COMM_WORLD, log_unit, nml, '.', status)
    allocate (leafc, source=host%leafc)
    allocate (soil1c, source=host%soil1c)
    allocate (soil1n, source=host%soil1n)
    year = 1
    month = 1
    call run_steps(host, rules, year, month, 30, status)
    trust(:) = result_of('trust', 4)
    call check('dry_run_writes_nothing', status%ok() .and. all(host%leafc == leafc) .and. all(host%soil1c == soil1c) .and. &
      all(host%soil1n == soil1n) .and. rules%nafter == 0)
    call check('dry_run_predicts', all(result_of('jumped', 4) == 0.0_r8) .and. trust(1) == 1.0_r8)
    call phase_final()
  end subroutine test_dry_run

  subroutine test_nan_input()
    !! A bad value of one column, in a pool or in what was observed, costs that column its jump. The column is named.
    type(test_host_type), target :: host
    type(test_rules_type) :: rules
    type(phase_status_type) :: status
    real(r8), allocatable :: leafc(:)
    real(r8) :: nan
    integer :: month, year

    nan = ieee_value(1.0_r8, ieee_quiet_nan)
    call build(host)
    rules%host => host
    call settings([character(len=60) :: "phase_report_file = 'phase_report_gated.json'"])
    call phase_init(host%domain, host%fields, host%facts, MPI_COMM_WORLD, log_unit, nml, '.', status)
    allocate (leafc, source=host%leafc)
    year = 1
    month = 1
    call run_steps(host, rules, year, month, 24, status)
    if (world%rank == world%nranks - 1) host%soil1c(3, 2) = nan
    call run_steps(host, rules, year, month, 1, status)
    if (world%rank == world%nranks - 1) then
      call check('nan_pool_gates_its_column', all(nint(result_of('status', 4)) == [gate_open, gate_input, gate_trust, &
        gate_bounds]) .and. all(host%leafc(8:11) == leafc(8:11)))
    end if
    call check('nan_pool_leaves_others_alone', status%ok() .and. all(host%leafc(5:6) == 2.0_r8*leafc(5:6)))
    call run_steps(host, rules, year, month, 36, status)
    call check('the_run_goes_on_with_a_lost_column', status%ok())
    call phase_report()
    call phase_final()

    call build(host)
    host%soil1c(2, 3) = -1.0e-3_r8
    call phase_init(host%domain, host%fields, host%facts, MPI_COMM_WORLD, log_unit, nml, '.', status)
    year = 1
    month = 1
    call run_steps(host, rules, year, month, 12, status)
    host%gpp(3) = nan
    call run_steps(host, rules, year, month, 1, status)
    host%gpp(3) = 1.0e-5_r8
    call run_steps(host, rules, year, month, 12, status)
    call check('negative_pool_and_nan_forcing', all(nint(result_of('status', 4)) == [gate_negative, gate_input, gate_trust, &
      gate_bounds]) .and. status%ok())
    call phase_final()
  end subroutine test_nan_input

  subroutine test_nan_output()
    !! The artifact says NaN for one column of a chunk.
    type(test_host_type), target :: host
    type(test_rules_type) :: rules
    type(phase_status_type) :: status
    real(r8), allocatable :: leafc(:), soil1c(:, :)
    integer :: month, year

    call build(host)
    rules%host => host
    host%gpp(2) = 2000.0_r8
    call settings([character(len=1) :: ' '])
    call phase_init(host%domain, host%fields, host%facts, MPI_COMM_WORLD, log_unit, nml, '.', status)
    allocate (leafc, source=host%leafc)
    allocate (soil1c, source=host%soil1c)
    year = 1
    month = 1
    call run_steps(host, rules, year, month, 25, status)
    call check('nan_output_gates_its_column', status%ok() .and. all(host%leafc(4:7) == leafc(4:7)) .and. &
      all(host%soil1c(2, :) == soil1c(2, :)) .and. all(host%leafc(9:10) == 2.0_r8*leafc(9:10)) .and. rules%nafter == 1)
    call check('nan_output_status', all(nint(result_of('status', 4)) == [gate_output, gate_open, gate_trust, gate_bounds]))
    call phase_final()
  end subroutine test_nan_output

  subroutine test_restart()
    !! A run of six years in one piece against the same run cut in two, at every kind of place: within a
    !! year, one step before the jump, at the jump, one step after it, at a later new year.
    integer, parameter :: cuts(6) = [7, 23, 24, 25, 36, 50]
    type(phase_state_type) :: whole, pieces
    real(r8), allocatable :: whole_soil(:, :), pieces_soil(:, :)
    character(len=32) :: name
    logical :: equal
    integer :: k

    call settings([character(len=40) :: 'phase_crit_global = 1.e3'])
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
    integer :: month, year

    year = 1
    month = 1
    call build(host)
    host%growth(:) = 1.0e-3_r8
    rules%host => host
    call phase_init(host%domain, host%fields, host%facts, MPI_COMM_WORLD, log_unit, nml, '.', status)
    if (cut == 0) then
      call run_steps(host, rules, year, month, 72, status)
      soil = host%soil1c
    else
      call run_steps(host, rules, year, month, cut, status)
      call phase_state_save([year, month, 1, 0], saved)
      call phase_final()
      call build(second)
      call second%copy_state(host)
      second%tbot(:) = -1.0e30_r8 ! a host's fluxes need not be in its restart
      rules%host => second
      call phase_init(second%domain, second%fields, second%facts, MPI_COMM_WORLD, log_unit, nml, '.', status)
      call phase_state_load(saved, status)
      call run_steps(second, rules, year, month, 72 - cut, status)
      soil = second%soil1c
    end if
    if (status%error()) call status%print(log_unit)
    call phase_state_save([year, month, 1, 0], state)
    call phase_final()
  end subroutine run

  subroutine test_polish()
    type(test_host_type), target :: drifting, resting
    type(test_rules_type) :: rules
    type(phase_status_type) :: status
    integer :: month, year

    call settings([character(len=60) :: 'phase_max_jumps = 3, phase_crit_global = 1.e3'])
    call build(drifting)
    drifting%growth(:) = 1.0_r8
    rules%host => drifting
    call phase_init(drifting%domain, drifting%fields, drifting%facts, MPI_COMM_WORLD, log_unit, nml, '.', status)
    year = 1
    month = 1
    call run_steps(drifting, rules, year, month, 96, status)
    call check('jumps_again_while_drifting', status%ok() .and. rules%nafter == 6)
    call phase_final()

    call build(resting)
    rules%host => resting
    rules%nafter = 0
    call phase_init(resting%domain, resting%fields, resting%facts, MPI_COMM_WORLD, log_unit, nml, '.', status)
    year = 1
    month = 1
    call run_steps(resting, rules, year, month, 96, status)
    call check('no_further_jump_at_rest', status%ok() .and. rules%nafter == 2)
    call phase_final()
  end subroutine test_polish

  subroutine test_jump_now()
    type(test_host_type), target :: host
    type(test_rules_type) :: rules
    type(phase_status_type) :: status
    real(r8), allocatable :: leafc(:)
    integer :: month, year

    call settings([character(len=1) :: ' '])
    call build(host)
    rules%host => host
    call phase_init(host%domain, host%fields, host%facts, MPI_COMM_WORLD, log_unit, nml, '.', status)
    year = 1
    month = 1
    call run_steps(host, rules, year, month, 12, status)
    call phase_jump_now(rules, status)
    call check('no_jump_now_without_a_window', status%code == PHASE_ERR_ARGUMENT)
    call status%clear()
    call run_steps(host, rules, year, month, 12, status)
    call phase_jump_now(rules, status)
    call check('jump_now', status%ok() .and. rules%nafter == 2)
    allocate (leafc, source=host%leafc)
    call run_steps(host, rules, year, month, 24, status)
    call check('jump_now_is_not_repeated', status%ok() .and. all(host%leafc == leafc) .and. rules%nafter == 2)
    call phase_final()
  end subroutine test_jump_now

  subroutine test_report()
    !! Leaves phase_report_test.json for a reader of JSON; a path that cannot be written is no error.
    type(test_host_type), target :: host
    type(test_rules_type) :: rules
    type(phase_status_type) :: status
    integer :: month, year
    logical :: exists

    call settings([character(len=60) :: "phase_report_file = 'phase_report_test.json'", 'phase_crit_global = 1.e3'])
    call build(host)
    host%growth(:) = 1.0e-4_r8
    rules%host => host
    call phase_init(host%domain, host%fields, host%facts, MPI_COMM_WORLD, log_unit, nml, '.', status)
    year = 1
    month = 1
    ! six years to the day: the last new year is measured though no step of it is taken
    call run_steps(host, rules, year, month, 72, status)
    call phase_report()
    if (world%master()) then ! who writes it
      inquire (file='phase_report_test.json', exist=exists)
      call check('report_is_written', status%ok() .and. exists)
      inquire (file='phase_report_test.json.tmp', exist=exists)
      call check('no_temporary_file_is_left', .not. exists)
    end if
    call phase_final()

    call settings([character(len=60) :: "phase_report_file = 'no_such_folder/report.json'"])
    call phase_init(host%domain, host%fields, host%facts, MPI_COMM_WORLD, log_unit, nml, '.', status)
    call phase_report()
    call check('unwritable_report_is_no_error', status%ok() .and. phase_is_on())
    call phase_final()
  end subroutine test_report

end module phase_spinup_cases

program test_phase_spinup
  use mpi, only: MPI_COMM_WORLD, MPI_FINALIZE, MPI_INIT
  use phase_fixture, only: wanted, finish_tests
  use phase_run_fixture, only: world, trap
  use phase_spinup_cases, only: test_startup, test_mismatches, test_jump, test_dry_run, test_nan_input, &
    test_nan_output, test_restart, test_polish, test_jump_now, test_report
  use phase_spinup_mod, only: phase_final
  implicit none (type, external)
  integer :: ierr

  call MPI_INIT(ierr)
  call world%init(MPI_COMM_WORLD)
  if (wanted('startup')) call test_startup()
  if (wanted('mismatches')) call test_mismatches()
  if (wanted('jump')) call test_jump()
  if (wanted('dry_run')) call test_dry_run()
  if (wanted('nan_input')) call test_nan_input()
  if (wanted('nan_output')) call test_nan_output()
  if (wanted('traps')) then
    call trap(.true.)
    call test_nan_input()
    call test_nan_output()
    call trap(.false.)
  end if
  if (wanted('restart')) call test_restart()
  if (wanted('polish')) call test_polish()
  if (wanted('jump_now')) call test_jump_now()
  if (wanted('report')) call test_report()
  call phase_final()
  call MPI_FINALIZE(ierr)
  call finish_tests()
end program test_phase_spinup

! A process without soil columns (ELM allows that) takes part in everything collective and holds up nobody.
program test_phase_empty_rank
  use mpi, only: MPI_COMM_WORLD, MPI_FINALIZE, MPI_INIT
  use phase_fixture, only: check, finish_tests, test_host_type, test_rules_type
  use phase_kinds_mod, only: r8
  use phase_run_fixture, only: world, log_unit, nml, settings, run_steps
  use phase_spinup_mod, only: phase_init, phase_final, phase_report, phase_state_save, phase_state_load, phase_state_type, &
    phase_status_type
  implicit none (type, external)

  type(test_host_type), target :: host
  type(test_rules_type) :: rules
  type(phase_state_type) :: state
  type(phase_status_type) :: status
  real(r8), allocatable :: leafc(:)
  integer, allocatable :: gids(:)
  integer :: ierr, year, month

  call MPI_INIT(ierr)
  call world%init(MPI_COMM_WORLD)
  allocate (gids(0))
  if (world%master()) gids = [1, 2]
  call host%build(gids, 10.0_r8*gids)
  rules%host => host
  allocate (leafc, source=host%leafc)
  call settings([character(len=1) :: ' '])
  call phase_init(host%domain, host%fields, host%facts, MPI_COMM_WORLD, log_unit, nml, '.', status)
  call check('starts', status%ok(), status%message)
  year = 1
  month = 1
  call run_steps(host, rules, year, month, 25, status)
  call check('no_error_at_the_jump', status%ok(), status%message)
  if (world%master()) call check('jumps', all(host%leafc(5:6) == 2.0_r8*leafc(5:6)))
  call run_steps(host, rules, year, month, 30, status)
  call check('measures_drift', status%ok(), status%message)
  call phase_state_save([year, month, 1, 0], state)
  call phase_state_load(state, status)
  call check('goes_on_from_its_state', status%ok())
  call phase_report()
  call phase_final()
  call MPI_FINALIZE(ierr)
  call finish_tests()
end program test_phase_empty_rank

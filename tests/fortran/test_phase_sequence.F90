! What the plugin does with a sequence of jumps, on a synthetic host: methods.
module phase_sequence_cases
  use mpi, only: MPI_COMM_WORLD
  use phase_fixture, only: check, check_message, test_host_type, test_rules_type
  use phase_kinds_mod, only: r8
  use phase_run_fixture, only: log_unit, nml, settings, build, run_steps
  use phase_spinup_mod, only: phase_init, phase_final, phase_packed, phase_status_type
  implicit none (type, external)
  private

  public :: test_methods

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

end module phase_sequence_cases

program test_phase_sequence
  use mpi, only: MPI_COMM_WORLD, MPI_FINALIZE, MPI_INIT
  use phase_fixture, only: wanted, finish_tests
  use phase_run_fixture, only: world
  use phase_sequence_cases, only: test_methods
  implicit none (type, external)
  integer :: ierr

  call MPI_INIT(ierr)
  call world%init(MPI_COMM_WORLD)
  if (wanted('methods')) call test_methods()
  call MPI_FINALIZE(ierr)
  call finish_tests()
end program test_phase_sequence

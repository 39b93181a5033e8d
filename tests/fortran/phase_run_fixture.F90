! The plugin run on the synthetic host: its namelist and its monthly steps.
module phase_run_fixture
  use, intrinsic :: ieee_exceptions, only: ieee_set_halting_mode, ieee_usual
  use phase_fixture, only: artifact_path, write_namelist, test_host_type, test_rules_type, next_step, month_days
  use phase_kinds_mod, only: r8, phase_text_len
  use phase_parallel_mod, only: phase_parallel_type
  use phase_spinup_mod, only: phase_step, phase_column_results, phase_state_type, phase_status_type
  implicit none (type, external)
  private

  public :: world, settings, build, run_steps, result_of, same, trap

  integer, parameter, public :: log_unit = 6
  character(len=*), parameter, public :: nml = 'test_phase_run.nml'
  type(phase_parallel_type) :: world

contains

  subroutine settings(lines, artifact)
    !! Namelist of a two-year observation; every rank may read the same file, rank 0 writes it.
    character(len=*), intent(in) :: lines(:)
    character(len=*), intent(in), optional :: artifact !! phase_rules where absent
    character(len=600) :: basis(4)
    integer :: dummy
    basis(1) = 'use_phase_spinup = .true.'
    basis(2) = "phase_model_file = '"//artifact_path(artifact)//"'"
    basis(3) = 'phase_observe_years = 2, phase_relax_years = 2, phase_cycle_years = 2, phase_chunk = 2'
    basis(4) = "phase_device = 'cpu', phase_threads = 1"
    if (world%master()) call write_namelist(nml, [character(len=600) :: basis, lines])
    dummy = world%sum_int(0) ! nobody reads before it is written
  end subroutine settings

  subroutine build(host)
    !! Four columns a rank: two ordinary ones, one beyond the trust, one with a prediction out of bounds.
    type(test_host_type), intent(inout), target :: host
    integer :: base
    base = 4*world%rank
    call host%build(base + [1, 2, 3, 4], [10.0_r8, 20.0_r8, 70.0_r8, -70.0_r8])
  end subroutine build

  subroutine run_steps(host, rules, year, month, nsteps, status)
    !! Monthly steps from a date on, which is moved.
    type(test_host_type), intent(inout), target :: host
    type(test_rules_type), intent(inout) :: rules
    integer, intent(inout) :: year, month
    integer, intent(in) :: nsteps
    type(phase_status_type), intent(inout) :: status
    integer :: step
    do step = 1, nsteps
      call phase_step(year, month, 1, 0, 86400.0_r8*month_days(month), rules, status)
      if (status%error()) return
      call host%physics(year, month)
      call next_step(year, month)
    end do
  end subroutine run_steps

  function result_of(name, ncol) result(values)
    !! One of the results per column.
    character(len=*), intent(in) :: name
    integer, intent(in) :: ncol
    real(r8) :: values(ncol)
    character(len=phase_text_len), allocatable :: names(:), units(:), long_names(:)
    real(r8), allocatable :: table(:, :)
    call phase_column_results(names, units, long_names, table)
    values(:) = table(findloc(names == name, .true., dim=1), :)
  end function result_of

  subroutine trap(on)
    !! A host built for debugging ends at an invalid operation, a division by zero, an overflow; a comparison with NaN is
    !! an invalid operation.
    logical, intent(in) :: on
    call ieee_set_halting_mode(ieee_usual, on)
  end subroutine trap

  logical function same(a, b)
    !! Bit by bit.
    type(phase_state_type), intent(in) :: a, b
    integer :: k
    same = a%n == b%n
    if (.not. same) return
    do k = 1, a%n
      if (any(shape(a%items(k)%values) /= shape(b%items(k)%values))) same = .false.
      if (same) same = all(a%items(k)%values == b%items(k)%values)
      if (.not. same) then
        write (log_unit, '(a)') '  differs: '//trim(a%items(k)%name)
        return
      end if
    end do
  end function same

end module phase_run_fixture

module phase_clock_mod
  !! Wall clock of this process: time inside the plugin and all else, of the whole run and year by year.
  use mpi, only: MPI_WTIME
  use phase_kinds_mod, only: r8
  implicit none (type, external)
  private

  public :: phase_clock_type

  type :: phase_clock_type
    real(r8) :: plugin = 0.0_r8           !! s inside the plugin since start
    real(r8), allocatable :: years(:, :)  !! (3, n) a whole year, s inside the plugin, s of all else
    real(r8), private :: started = 0.0_r8, entered = 0.0_r8
    real(r8), private :: year_started = 0.0_r8, plugin_before = 0.0_r8
    integer, private :: year = 0          !! that is running, 0: none from its beginning
  contains
    procedure :: start => clock_start
    procedure :: enter => clock_enter
    procedure :: leave => clock_leave
    procedure :: elapsed => clock_elapsed
    procedure :: begin_year => clock_begin_year
    procedure :: end_year => clock_end_year
  end type phase_clock_type

contains

  subroutine clock_start(self)
    class(phase_clock_type), intent(out) :: self
    self%started = MPI_WTIME()
    self%entered = self%started
    allocate (self%years(3, 0))
  end subroutine clock_start

  subroutine clock_enter(self)
    class(phase_clock_type), intent(inout) :: self
    self%entered = MPI_WTIME()
  end subroutine clock_enter

  subroutine clock_leave(self)
    class(phase_clock_type), intent(inout) :: self
    self%plugin = self%plugin + (MPI_WTIME() - self%entered)
  end subroutine clock_leave

  real(r8) function clock_elapsed(self)
    !! Since start (s).
    class(phase_clock_type), intent(in) :: self
    clock_elapsed = MPI_WTIME() - self%started
  end function clock_elapsed

  subroutine clock_begin_year(self, year)
    !! Right after enter, when the first step of a year begins.
    class(phase_clock_type), intent(inout) :: self
    integer, intent(in) :: year
    call self%end_year()
    self%year = year
    self%year_started = self%entered
    self%plugin_before = self%plugin
  end subroutine clock_begin_year

  subroutine clock_end_year(self)
    !! Book the year that has just ended.
    class(phase_clock_type), intent(inout) :: self
    real(r8) :: inside
    if (self%year == 0) return
    inside = self%plugin - self%plugin_before
    self%years = reshape([self%years, real(self%year, r8), inside, MPI_WTIME() - self%year_started - inside], &
      [3, size(self%years, 2) + 1])
    self%year = 0
  end subroutine clock_end_year

end module phase_clock_mod

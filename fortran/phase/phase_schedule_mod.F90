module phase_schedule_mod
  !! Date logic: which step starts a year, and in which year a jump is due.
  !! Everything that decides is in this small object and goes into the restart, so that a run
  !! cut anywhere, at the jump too, jumps exactly once.
  use phase_kinds_mod, only: r8, phase_jumps_max
  use phase_status_mod, only: phase_status_type, phase_raise, phase_int_to_text, PHASE_ERR_CONFIG, PHASE_ERR_STATE
  implicit none (type, external)
  private

  public :: phase_schedule_type, phase_date_text

  integer, parameter, public :: schedule_state_size = 16 + phase_jumps_max

  type :: phase_schedule_type
    integer :: start_year = 0      !! first observed year; 0: not known yet
    integer :: next_jump_year = 0  !! a jump is due when this year begins; 0: no further jump
    integer :: check_year = 0      !! the last jump is judged, and perhaps taken back, when this year begins; 0: nothing to judge
    integer :: njumps = 0          !! jumps done
    integer :: jump_years(phase_jumps_max) = 0  !! at the beginning of which
    integer :: nsteps = 0          !! steps begun since the plugin was switched on
    integer :: date(4) = 0         !! year, month, day, second of the START of the last step
    real(r8) :: dt = 0.0_r8        !! its length (s)
    logical :: pending = .false.   !! its results have not been sampled yet
    integer :: begun_year = 0      !! last year whose beginning has been dealt with
    integer :: saved_date(4) = 0   !! date of the restart the state belongs to; zeros: none
  contains
    procedure :: is_repeat => schedule_is_repeat
    procedure :: first_step => schedule_first_step
    procedure :: check_saved_date => schedule_check_saved_date
    procedure :: jump_is_due => schedule_jump_is_due
    procedure :: check_is_due => schedule_check_is_due
    procedure :: jumped => schedule_jumped
    procedure :: begin_step => schedule_begin_step
    procedure :: new_year => schedule_new_year
    procedure :: years_integrated => schedule_years_integrated
    procedure :: to_state => schedule_to_state
    procedure :: from_state => schedule_from_state
  end type phase_schedule_type

contains

  pure logical function schedule_is_repeat(self, date)
    !! Hosts may run the first interval twice (ELM: steps 0 and 1 start at the same date).
    class(phase_schedule_type), intent(in) :: self
    integer, intent(in) :: date(4)
    schedule_is_repeat = self%nsteps > 0 .and. all(self%date == date)
  end function schedule_is_repeat

  subroutine schedule_first_step(self, date, start_year, observe_years, status)
    !! Fix the first observed year when the first step of all begins.
    class(phase_schedule_type), intent(inout) :: self
    integer, intent(in) :: date(4)         !! year, month, day, second of the start of the step
    integer, intent(in) :: start_year      !! phase_start_year, 0: first full year
    integer, intent(in) :: observe_years
    type(phase_status_type), intent(inout), optional :: status
    integer :: first_full_year

    if (self%start_year > 0) return
    first_full_year = date(1)
    if (any(date(2:4) /= [1, 1, 0])) first_full_year = date(1) + 1
    if (start_year > 0 .and. start_year < first_full_year) then
      call phase_raise(status, PHASE_ERR_CONFIG, 'phase_schedule', 'phase_start_year is '//phase_int_to_text(start_year)// &
        ', but the run began at '//phase_date_text(date)//'; expected a year from '//phase_int_to_text(first_full_year)// &
        ' on, or 0 for the first full year')
      return
    end if
    self%start_year = max(start_year, first_full_year)
    self%next_jump_year = self%start_year + observe_years
  end subroutine schedule_first_step

  subroutine schedule_check_saved_date(self, date, status)
    !! The state read at a restart has to be of the date at which the host goes on.
    class(phase_schedule_type), intent(inout) :: self
    integer, intent(in) :: date(4)
    type(phase_status_type), intent(inout), optional :: status
    if (all(self%saved_date == 0)) return
    if (any(self%saved_date /= date)) then
      call phase_raise(status, PHASE_ERR_STATE, 'phase_schedule', 'the plugin''s restart state is of '// &
        phase_date_text(self%saved_date)//', the host goes on at '//phase_date_text(date)// &
        '; use the state file written with the host''s restart file')
      return
    end if
    self%saved_date(:) = 0
  end subroutine schedule_check_saved_date

  pure logical function schedule_jump_is_due(self, date)
    !! Only at the first step of a year, and never before a step has been taken.
    class(phase_schedule_type), intent(in) :: self
    integer, intent(in) :: date(4)
    schedule_jump_is_due = self%nsteps > 0 .and. self%next_jump_year > 0 .and. date(1) == self%next_jump_year &
      .and. all(date(2:4) == [1, 1, 0])
  end function schedule_jump_is_due

  pure logical function schedule_check_is_due(self, date)
    !! The last jump of all is judged one year after its cycle, so that a run that ends with the certificate's
    !! last year is not changed before that year is measured.
    class(phase_schedule_type), intent(in) :: self
    integer, intent(in) :: date(4)
    schedule_check_is_due = self%nsteps > 0 .and. self%check_year > 0 .and. date(1) == self%check_year &
      .and. all(date(2:4) == [1, 1, 0])
  end function schedule_check_is_due

  pure subroutine schedule_jumped(self, year, relax_years, cycle_years, max_jumps)
    class(phase_schedule_type), intent(inout) :: self
    integer, intent(in) :: year, relax_years, cycle_years, max_jumps
    self%njumps = self%njumps + 1
    self%jump_years(min(self%njumps, phase_jumps_max)) = year
    self%next_jump_year = 0
    self%check_year = 0
    if (self%njumps < min(max_jumps, phase_jumps_max)) then
      self%next_jump_year = year + relax_years
    else
      self%check_year = year + cycle_years + 1
    end if
  end subroutine schedule_jumped

  pure subroutine schedule_begin_step(self, date, dt)
    class(phase_schedule_type), intent(inout) :: self
    integer, intent(in) :: date(4)
    real(r8), intent(in) :: dt !! length of the step that begins (s)
    self%date(:) = date
    self%dt = dt
    self%pending = .true.
    self%nsteps = self%nsteps + 1
  end subroutine schedule_begin_step

  pure integer function schedule_new_year(self) result(year)
    !! The year that begins where the last step ends, 0 when it ends within a year.
    class(phase_schedule_type), intent(in) :: self
    year = 0
    if (self%date(2) /= 12) return
    if (86400.0_r8*(self%date(3) - 1) + self%date(4) + self%dt >= 31*86400.0_r8) year = self%date(1) + 1
  end function schedule_new_year

  pure integer function schedule_years_integrated(self) result(years)
    !! Full years since the first observed year began, all jumps and relaxation included.
    class(phase_schedule_type), intent(in) :: self
    years = 0
    if (self%start_year > 0) years = max(0, max(self%date(1), self%new_year()) - self%start_year)
  end function schedule_years_integrated

  pure function schedule_to_state(self) result(state)
    class(phase_schedule_type), intent(in) :: self
    real(r8) :: state(schedule_state_size)
    state(1:4) = real([self%start_year, self%next_jump_year, self%njumps, self%nsteps], r8)
    state(5:8) = real(self%date, r8)
    state(9) = self%dt
    state(10) = merge(1.0_r8, 0.0_r8, self%pending)
    state(11:14) = real(self%saved_date, r8)
    state(15) = real(self%begun_year, r8)
    state(16) = real(self%check_year, r8)
    state(17:) = real(self%jump_years, r8)
  end function schedule_to_state

  pure subroutine schedule_from_state(self, state)
    class(phase_schedule_type), intent(inout) :: self
    real(r8), intent(in) :: state(schedule_state_size)
    self%start_year = nint(state(1))
    self%next_jump_year = nint(state(2))
    self%njumps = nint(state(3))
    self%nsteps = nint(state(4))
    self%date(:) = nint(state(5:8))
    self%dt = state(9)
    self%pending = state(10) > 0.5_r8
    self%saved_date(:) = nint(state(11:14))
    self%begun_year = nint(state(15))
    self%check_year = nint(state(16))
    self%jump_years(:) = nint(state(17:))
  end subroutine schedule_from_state

  pure function phase_date_text(date) result(text)
    integer, intent(in) :: date(4) !! year, month, day, second
    character(len=16) :: text
    write (text, '(i4.4,"-",i2.2,"-",i2.2,"-",i5.5)') date
  end function phase_date_text

end module phase_schedule_mod

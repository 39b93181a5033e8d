! The clock: daily steps of the noleap calendar. As in ELM the current date is the END of the step and the previous
! date its START.
module elm_time_manager
  use shr_kind_mod, only: r8 => shr_kind_r8
  implicit none (type, external)
  private

  public :: timemgr_init, advance_timestep, get_nstep, get_step_size, get_step_size_real, get_curr_date, get_prev_date
  public :: get_curr_calday, get_prev_calday, get_days_per_year, is_beg_curr_year, is_end_curr_year, is_end_curr_month

  integer, parameter :: dtime = 86400                      ! step (s)
  integer, parameter, public :: days_a_year = 365
  integer, parameter :: month_days(12) = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

  integer :: nstep = 0  ! steps since 0001-01-01, that is the date at the END of the step in days

contains

  ! Start the clock after nstep_done steps (0 is 0001-01-01).
  subroutine timemgr_init(nstep_done)
    integer, intent(in) :: nstep_done

    nstep = nstep_done
  end subroutine timemgr_init

  subroutine advance_timestep()
    nstep = nstep + 1
  end subroutine advance_timestep

  integer function get_nstep()
    get_nstep = nstep
  end function get_nstep

  integer function get_step_size()
    get_step_size = dtime
  end function get_step_size

  real(r8) function get_step_size_real()
    get_step_size_real = real(dtime, r8)
  end function get_step_size_real

  ! Date of the end of the step.
  subroutine get_curr_date(yr, mon, day, tod)
    integer, intent(out) :: yr, mon, day, tod  ! tod: seconds of the day

    call date_of(nstep, yr, mon, day)
    tod = 0
  end subroutine get_curr_date

  ! Date of the start of the step.
  subroutine get_prev_date(yr, mon, day, tod)
    integer, intent(out) :: yr, mon, day, tod

    call date_of(max(nstep - 1, 0), yr, mon, day)
    tod = 0
  end subroutine get_prev_date

  ! Day of the year at the end of the step, 1.0 is 1 January 0:00.
  real(r8) function get_curr_calday()
    get_curr_calday = real(mod(nstep, days_a_year) + 1, r8)
  end function get_curr_calday

  ! Day of the year at the start of the step.
  real(r8) function get_prev_calday()
    get_prev_calday = real(mod(max(nstep - 1, 0), days_a_year) + 1, r8)
  end function get_prev_calday

  real(r8) function get_days_per_year()
    get_days_per_year = real(days_a_year, r8)
  end function get_days_per_year

  ! True in the first step of a year.
  logical function is_beg_curr_year()
    is_beg_curr_year = nstep > 0 .and. mod(nstep - 1, days_a_year) == 0
  end function is_beg_curr_year

  ! True in the last step of a year.
  logical function is_end_curr_year()
    is_end_curr_year = nstep > 0 .and. mod(nstep, days_a_year) == 0
  end function is_end_curr_year

  ! True in the last step of a month.
  logical function is_end_curr_month()
    integer :: yr, mon, day

    call date_of(nstep, yr, mon, day)
    is_end_curr_month = nstep > 0 .and. day == 1
  end function is_end_curr_month

  pure subroutine date_of(days, yr, mon, day)
    integer, intent(in) :: days  ! whole days since 0001-01-01
    integer, intent(out) :: yr, mon, day

    yr = days/days_a_year + 1
    day = mod(days, days_a_year) + 1
    do mon = 1, 11
       if (day <= month_days(mon)) return
       day = day - month_days(mon)
    end do
  end subroutine date_of

end module elm_time_manager

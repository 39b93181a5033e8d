! The time axis that the history files of a year share: when each mean began and ended.
module histTimeMod
  use netcdf, only: nf90_double, nf90_int, nf90_unlimited
  use shr_kind_mod, only: r8 => shr_kind_r8, cl => shr_kind_cl
  use elm_varctl, only: caseid, rundir
  use elm_time_manager, only: get_curr_date, get_nstep
  use ncdio_mod, only: ncd_file_type, ncd_def_dim, ncd_def_var, ncd_put_att, ncd_put_replicated, ncd_put_global_att
  implicit none (type, external)
  private

  public :: hist_time_init, hist_time_close_mean, hist_time_begin_year, hist_path, hist_define_time, hist_put_time

  integer, parameter, public :: months = 12
  integer, public, protected :: nrecords = 0     ! finished means of the year
  integer :: first_record_date(3) = 0            ! date at the end of the first mean of the year
  integer :: interval_start = 0                  ! step at the start of the running mean
  integer :: record_bounds(2, months) = 0        ! steps at the start and end of each mean
  integer :: record_date(months) = 0             ! YYYYMMDD at the end of each mean

contains

  subroutine hist_time_init()
    nrecords = 0
    interval_start = get_nstep()
  end subroutine hist_time_init

  ! A mean ends with the present step.
  subroutine hist_time_close_mean()
    integer :: yr, mon, day, tod

    call get_curr_date(yr, mon, day, tod)
    nrecords = nrecords + 1
    if (nrecords == 1) first_record_date = [yr, mon, day]
    record_bounds(:,nrecords) = [interval_start, get_nstep()]
    record_date(nrecords) = yr*10000 + mon*100 + day
    interval_start = get_nstep()
  end subroutine hist_time_close_mean

  subroutine hist_time_begin_year()
    nrecords = 0
  end subroutine hist_time_begin_year

  ! As in ELM a file bears the date at the end of its first mean.
  function hist_path(tape) result(path)
    character(len=*), intent(in) :: tape   ! h0, h1
    character(len=cl) :: path

    write(path, '(6a,i4.4,2(a,i2.2),a)') trim(rundir), '/', trim(caseid), '.elm.', tape, '.', first_record_date(1), '-', &
         first_record_date(2), '-', first_record_date(3), '-00000.nc'
  end function hist_path

  subroutine hist_define_time(file)
    type(ncd_file_type), intent(in) :: file

    call ncd_def_dim(file, 'hist_interval', 2)
    call ncd_def_dim(file, 'time', nf90_unlimited)
    call ncd_put_global_att(file, 'title', 'minielm history, names and units of ELM')
    call ncd_put_global_att(file, 'case', trim(caseid))
    call ncd_put_global_att(file, 'Conventions', 'CF-1.0')
    call ncd_def_var(file, 'time', nf90_double, ['time'], 'time', 'days since 0001-01-01 00:00:00')
    call ncd_put_att(file, 'time', 'calendar', 'noleap')
    call ncd_put_att(file, 'time', 'bounds', 'time_bounds')
    call ncd_def_var(file, 'time_bounds', nf90_double, [character(len=13) :: 'hist_interval', 'time'], &
         'history time interval endpoints')
    call ncd_def_var(file, 'mcdate', nf90_int, ['time'], 'current date (YYYYMMDD)')
  end subroutine hist_define_time

  subroutine hist_put_time(file)
    type(ncd_file_type), intent(in) :: file

    call ncd_put_replicated(file, 'time', real(record_bounds(2, 1:nrecords), r8))
    call ncd_put_replicated(file, 'time_bounds', real(record_bounds(:, 1:nrecords), r8))
    call ncd_put_replicated(file, 'mcdate', record_date(1:nrecords))
  end subroutine hist_put_time

end module histTimeMod

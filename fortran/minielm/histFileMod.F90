! History: monthly or yearly means of the fields of histFieldsMod, one file per year.
module histFileMod
  use netcdf, only: nf90_float, nf90_double, nf90_int, nf90_unlimited
  use shr_kind_mod, only: r8 => shr_kind_r8, r4 => shr_kind_r4, cl => shr_kind_cl
  use elm_varpar, only: nlevgrnd, nlevdecomp
  use elm_varcon, only: zsoi, spval
  use elm_varctl, only: caseid, rundir, hist_nhtfrq
  use decompMod, only: bounds_type, numg
  use elm_time_manager, only: get_curr_date, get_nstep, is_end_curr_month, is_end_curr_year
  use ncdio_mod, only: ncd_file_type, ncd_create, ncd_close, ncd_enddef, ncd_def_dim, ncd_def_var, ncd_put_att, &
       ncd_put_fill_att, ncd_put_global_att, ncd_put, ncd_put_replicated, ncd_put_record
  use domainMod, only: ldomain
  use histFieldsMod, only: fields, nfields, list_fields, hist_values
  implicit none (type, external)
  private

  public :: hist_init, hist_update_hbuf, hist_htapes_wrapup

  integer, parameter :: months = 12
  integer :: nlevels = 0                         ! levels of all fields together
  integer :: nsamples = 0                        ! steps in the sums
  integer :: nrecords = 0                        ! finished means of the year
  integer :: first_record_date(3) = 0            ! date at the end of the first mean of the year
  integer :: interval_start = 0                  ! step at the start of the running mean
  integer :: record_bounds(2, months) = 0        ! steps at the start and end of each mean
  integer :: record_date(months) = 0             ! YYYYMMDD at the end of each mean
  real(r8), allocatable :: hbuf(:,:)             ! (gridcell, level of all fields) running sums
  real(r4), allocatable :: records(:,:,:)        ! (gridcell, level of all fields, record) means

contains

  subroutine hist_init(bounds)
    type(bounds_type), intent(in) :: bounds

    integer :: i

    call list_fields()
    nlevels = 0
    do i = 1, nfields
       fields(i)%first = nlevels + 1
       nlevels = nlevels + fields(i)%nlev
    end do
    if (allocated(hbuf)) deallocate(hbuf, records)
    allocate(hbuf(bounds%begg:bounds%endg, nlevels))
    allocate(records(bounds%begg:bounds%endg, nlevels, months))
    hbuf = 0._r8
    nsamples = 0
    nrecords = 0
    interval_start = get_nstep()
  end subroutine hist_init

  ! Add the step to the sums.
  subroutine hist_update_hbuf(bounds)
    type(bounds_type), intent(in) :: bounds

    integer :: i, j

    if (hist_nhtfrq == 'none') return
    do i = 1, nfields
       do j = 1, fields(i)%nlev
          call hist_values(bounds, fields(i), j, hbuf(:, fields(i)%first + j - 1))
       end do
    end do
    nsamples = nsamples + 1
  end subroutine hist_update_hbuf

  ! Finish a mean at the end of its interval, and write the file at the end of the year.
  subroutine hist_htapes_wrapup(bounds)
    type(bounds_type), intent(in) :: bounds

    integer :: yr, mon, day, tod

    if (hist_nhtfrq == 'none') return
    if (is_end_curr_year() .or. (hist_nhtfrq == 'month' .and. is_end_curr_month())) then
       call get_curr_date(yr, mon, day, tod)
       nrecords = nrecords + 1
       if (nrecords == 1) first_record_date = [yr, mon, day]
       records(:,:,nrecords) = real(hbuf/real(nsamples, r8), r4)
       record_bounds(:,nrecords) = [interval_start, get_nstep()]
       record_date(nrecords) = yr*10000 + mon*100 + day
       hbuf = 0._r8
       nsamples = 0
       interval_start = get_nstep()
    end if
    if (is_end_curr_year()) then
       call write_file(bounds)
       nrecords = 0
    end if
  end subroutine hist_htapes_wrapup

  subroutine write_file(bounds)
    type(bounds_type), intent(in) :: bounds

    type(ncd_file_type) :: file
    character(len=cl) :: path
    integer :: i, r, last

    ! As in ELM the file bears the date at the end of its first mean.
    write(path, '(4a,i4.4,2(a,i2.2),a)') trim(rundir), '/', trim(caseid), '.elm.h0.', first_record_date(1), '-', &
         first_record_date(2), '-', first_record_date(3), '-00000.nc'
    call ncd_create(file, path)
    call define(file)
    call put_coordinates(file, bounds)
    do i = 1, nfields
       last = fields(i)%first + fields(i)%nlev - 1
       do r = 1, nrecords
          call ncd_put_record(file, trim(fields(i)%name), r, records(:, fields(i)%first:last, r), fields(i)%nlev > 1)
       end do
    end do
    call ncd_close(file)
  end subroutine write_file

  subroutine define(file)
    type(ncd_file_type), intent(in) :: file

    integer :: i

    call ncd_def_dim(file, 'lndgrid', numg)
    call ncd_def_dim(file, 'levgrnd', nlevgrnd)
    call ncd_def_dim(file, 'levdcmp', nlevdecomp)
    call ncd_def_dim(file, 'hist_interval', 2)
    call ncd_def_dim(file, 'time', nf90_unlimited)
    call ncd_put_global_att(file, 'title', 'minielm history, names and units of ELM')
    call ncd_put_global_att(file, 'case', trim(caseid))
    call ncd_put_global_att(file, 'Conventions', 'CF-1.0')
    call ncd_def_var(file, 'levgrnd', nf90_float, ['levgrnd'], 'coordinate soil levels', 'm')
    call ncd_def_var(file, 'levdcmp', nf90_float, ['levdcmp'], 'coordinate soil levels', 'm')
    call ncd_def_var(file, 'time', nf90_double, ['time'], 'time', 'days since 0001-01-01 00:00:00')
    call ncd_put_att(file, 'time', 'calendar', 'noleap')
    call ncd_put_att(file, 'time', 'bounds', 'time_bounds')
    call ncd_def_var(file, 'time_bounds', nf90_double, [character(len=13) :: 'hist_interval', 'time'], &
         'history time interval endpoints')
    call ncd_def_var(file, 'mcdate', nf90_int, ['time'], 'current date (YYYYMMDD)')
    call ncd_def_var(file, 'lon', nf90_double, ['lndgrid'], 'coordinate longitude', 'degrees_east')
    call ncd_def_var(file, 'lat', nf90_double, ['lndgrid'], 'coordinate latitude', 'degrees_north')
    call ncd_def_var(file, 'area', nf90_double, ['lndgrid'], 'grid cell areas', 'km^2')
    call ncd_def_var(file, 'landfrac', nf90_double, ['lndgrid'], 'land fraction')
    call ncd_def_var(file, 'landmask', nf90_int, ['lndgrid'], 'land/ocean mask (0.=ocean and 1.=land)')
    do i = 1, nfields
       associate (field => fields(i))
         if (field%nlev == 1) then
            call ncd_def_var(file, trim(field%name), nf90_float, [character(len=7) :: 'lndgrid', 'time'], &
                 trim(field%long_name), trim(field%units))
         else
            call ncd_def_var(file, trim(field%name), nf90_float, [character(len=7) :: 'lndgrid', &
                 merge('levgrnd', 'levdcmp', field%nlev == nlevgrnd), 'time'], trim(field%long_name), trim(field%units))
         end if
         call ncd_put_att(file, trim(field%name), 'cell_methods', 'time: mean')
         call ncd_put_fill_att(file, trim(field%name), real(spval, r4))
       end associate
    end do
    call ncd_enddef(file)
  end subroutine define

  subroutine put_coordinates(file, bounds)
    type(ncd_file_type), intent(in) :: file
    type(bounds_type), intent(in) :: bounds

    integer :: land(bounds%begg:bounds%endg)

    land = 1
    call ncd_put_replicated(file, 'levgrnd', zsoi)
    call ncd_put_replicated(file, 'levdcmp', zsoi(1:nlevdecomp))
    call ncd_put_replicated(file, 'time', real(record_bounds(2, 1:nrecords), r8))
    call ncd_put_replicated(file, 'time_bounds', real(record_bounds(:, 1:nrecords), r8))
    call ncd_put_replicated(file, 'mcdate', record_date(1:nrecords))
    call ncd_put(file, 'lon', ldomain%lonc, 1)
    call ncd_put(file, 'lat', ldomain%latc, 1)
    call ncd_put(file, 'area', ldomain%area, 1)
    call ncd_put(file, 'landfrac', ldomain%frac, 1)
    call ncd_put(file, 'landmask', land, 1)
  end subroutine put_coordinates

end module histFileMod

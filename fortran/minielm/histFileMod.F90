! History: monthly or yearly means, one file per year and tape: the fields of histFieldsMod by gridcell (h0), those of
! histPatchMod by patch (h1).
module histFileMod
  use netcdf, only: nf90_float, nf90_double, nf90_int
  use shr_kind_mod, only: r8 => shr_kind_r8, r4 => shr_kind_r4
  use elm_varpar, only: nlevgrnd, nlevdecomp
  use elm_varcon, only: zsoi, spval
  use elm_varctl, only: hist_nhtfrq
  use decompMod, only: bounds_type, numg
  use elm_time_manager, only: is_end_curr_month, is_end_curr_year
  use ncdio_mod, only: ncd_file_type, ncd_create, ncd_close, ncd_enddef, ncd_def_dim, ncd_def_var, ncd_put_att, &
       ncd_put_fill_att, ncd_put, ncd_put_replicated, ncd_put_record
  use domainMod, only: ldomain
  use histFieldsMod, only: fields, nfields, list_fields, hist_values
  use histPatchMod, only: hist_patch_init, hist_patch_add, hist_patch_close_mean, hist_patch_write
  use histTimeMod, only: months, nrecords, hist_time_init, hist_time_close_mean, hist_time_begin_year, hist_path, &
       hist_define_time, hist_put_time
  implicit none (type, external)
  private

  public :: hist_init, hist_update_hbuf, hist_htapes_wrapup

  integer :: nlevels = 0                         ! levels of all fields together
  integer :: nsamples = 0                        ! steps in the sums
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
    call hist_time_init()
    call hist_patch_init(bounds)
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
    call hist_patch_add()
    nsamples = nsamples + 1
  end subroutine hist_update_hbuf

  ! Finish a mean at the end of its interval, and write the file at the end of the year.
  subroutine hist_htapes_wrapup(bounds)
    type(bounds_type), intent(in) :: bounds

    if (hist_nhtfrq == 'none') return
    if (is_end_curr_year() .or. (hist_nhtfrq == 'month' .and. is_end_curr_month())) then
       call hist_time_close_mean()
       records(:,:,nrecords) = real(hbuf/real(nsamples, r8), r4)
       call hist_patch_close_mean(nsamples)
       hbuf = 0._r8
       nsamples = 0
    end if
    if (is_end_curr_year()) then
       call write_file(bounds)
       call hist_patch_write(bounds)
       call hist_time_begin_year()
    end if
  end subroutine hist_htapes_wrapup

  subroutine write_file(bounds)
    type(bounds_type), intent(in) :: bounds

    type(ncd_file_type) :: file
    integer :: i, r, last

    call ncd_create(file, hist_path('h0'))
    call define(file)
    call put_coordinates(file, bounds)
    do i = 1, nfields
       last = fields(i)%first + fields(i)%nlev - 1
       do r = 1, nrecords
          call ncd_put_record(file, trim(fields(i)%name), r, records(:, fields(i)%first:last, r), fields(i)%nlev > 1, &
               1)
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
    call hist_define_time(file)
    call ncd_def_var(file, 'levgrnd', nf90_float, ['levgrnd'], 'coordinate soil levels', 'm')
    call ncd_def_var(file, 'levdcmp', nf90_float, ['levdcmp'], 'coordinate soil levels', 'm')
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
    call hist_put_time(file)
    call ncd_put(file, 'lon', ldomain%lonc, 1)
    call ncd_put(file, 'lat', ldomain%latc, 1)
    call ncd_put(file, 'area', ldomain%area, 1)
    call ncd_put(file, 'landfrac', ldomain%frac, 1)
    call ncd_put(file, 'landmask', land, 1)
  end subroutine put_coordinates

end module histFileMod

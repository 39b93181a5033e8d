! The second history tape: patch values as they are, by patch, as ELM writes a tape with hist_dov2xy=.false.
module histPatchMod
  use netcdf, only: nf90_float, nf90_double, nf90_int
  use shr_kind_mod, only: r8 => shr_kind_r8, r4 => shr_kind_r4
  use elm_varpar, only: natpft_size
  use elm_varcon, only: spval
  use decompMod, only: bounds_type, nump
  use GridcellType, only: grc_pp
  use VegetationType, only: veg_pp
  use VegetationDataType, only: veg_cs, veg_cf
  use elm_instMod, only: canopystate_vars
  use ncdio_mod, only: ncd_file_type, ncd_create, ncd_close, ncd_enddef, ncd_def_dim, ncd_def_var, ncd_put_att, &
       ncd_put_fill_att, ncd_put, ncd_put_record
  use histTimeMod, only: months, nrecords, hist_path, hist_define_time, hist_put_time
  implicit none (type, external)
  private

  public :: hist_patch_init, hist_patch_add, hist_patch_close_mean, hist_patch_write

  type :: patch_field_type
     character(len=16) :: name = ' '
     character(len=48) :: long_name = ' '
     character(len=16) :: units = ' '
     real(r8), pointer :: values(:) => null()   ! (patch)
  end type patch_field_type

  integer, parameter :: max_fields = 20
  type(patch_field_type) :: fields(max_fields)
  integer :: nfields = 0
  real(r8), allocatable :: sums(:,:)        ! (patch, field)
  real(r4), allocatable :: records(:,:,:)   ! (patch, field, record) means

contains

  ! To add a field, add a line.
  subroutine hist_patch_init(bounds)
    type(bounds_type), intent(in) :: bounds

    nfields = 0
    call add('GPP', 'gC/m^2/s', 'gross primary production', veg_cf%gpp)
    call add('NPP', 'gC/m^2/s', 'net primary production', veg_cf%npp)
    call add('PFT_FIRE_CLOSS', 'gC/m^2/s', 'total patch-level fire C loss', veg_cf%fire_closs)
    call add('TLAI', '1', 'total projected leaf area index', canopystate_vars%tlai_patch)
    call add('LEAFC', 'gC/m^2', 'leaf C', veg_cs%leafc)
    call add('FROOTC', 'gC/m^2', 'fine root C', veg_cs%frootc)
    call add('LIVESTEMC', 'gC/m^2', 'live stem C', veg_cs%livestemc)
    call add('DEADSTEMC', 'gC/m^2', 'dead stem C', veg_cs%deadstemc)
    call add('LIVECROOTC', 'gC/m^2', 'live coarse root C', veg_cs%livecrootc)
    call add('DEADCROOTC', 'gC/m^2', 'dead coarse root C', veg_cs%deadcrootc)
    if (allocated(sums)) deallocate(sums, records)
    allocate(sums(bounds%begp:bounds%endp, nfields), records(bounds%begp:bounds%endp, nfields, months))
    sums = 0._r8
  end subroutine hist_patch_init

  subroutine add(name, units, long_name, values)
    character(len=*), intent(in) :: name, units, long_name
    real(r8), target, intent(in) :: values(:)

    nfields = nfields + 1
    fields(nfields) = patch_field_type(name=name, long_name=long_name, units=units)
    fields(nfields)%values => values
  end subroutine add

  ! Add the step to the sums.
  subroutine hist_patch_add()
    integer :: i

    do i = 1, nfields
       sums(:,i) = sums(:,i) + fields(i)%values
    end do
  end subroutine hist_patch_add

  subroutine hist_patch_close_mean(nsamples)
    integer, intent(in) :: nsamples   ! steps in the sums

    records(:,:,nrecords) = real(sums/real(nsamples, r8), r4)
    sums = 0._r8
  end subroutine hist_patch_close_mean

  subroutine hist_patch_write(bounds)
    type(bounds_type), intent(in) :: bounds

    type(ncd_file_type) :: file
    integer :: i, r

    call ncd_create(file, hist_path('h1'))
    call define(file)
    call hist_put_time(file)
    call put_index_variables(file, bounds)
    do i = 1, nfields
       do r = 1, nrecords
          call ncd_put_record(file, trim(fields(i)%name), r, records(:, i:i, r), .false., natpft_size)
       end do
    end do
    call ncd_close(file)
  end subroutine hist_patch_write

  subroutine define(file)
    type(ncd_file_type), intent(in) :: file

    integer :: i

    call ncd_def_dim(file, 'pft', nump)
    call hist_define_time(file)
    call ncd_def_var(file, 'pfts1d_lon', nf90_double, ['pft'], 'pft longitude', 'degrees_east')
    call ncd_def_var(file, 'pfts1d_lat', nf90_double, ['pft'], 'pft latitude', 'degrees_north')
    call ncd_def_var(file, 'pfts1d_ixy', nf90_int, ['pft'], '2d longitude index of corresponding pft')
    call ncd_def_var(file, 'pfts1d_jxy', nf90_int, ['pft'], '2d latitude index of corresponding pft')
    call ncd_def_var(file, 'pfts1d_wtcol', nf90_double, ['pft'], 'pft weight relative to corresponding column')
    call ncd_def_var(file, 'pfts1d_itype_veg', nf90_int, ['pft'], 'pft vegetation type')
    call ncd_def_var(file, 'pfts1d_itype_lunit', nf90_int, ['pft'], 'pft landunit type')
    call ncd_def_var(file, 'pfts1d_active', nf90_int, ['pft'], 'true => do computations on this pft')
    do i = 1, nfields
       call ncd_def_var(file, trim(fields(i)%name), nf90_float, [character(len=4) :: 'pft', 'time'], &
            trim(fields(i)%long_name), trim(fields(i)%units))
       call ncd_put_att(file, trim(fields(i)%name), 'cell_methods', 'time: mean')
       call ncd_put_fill_att(file, trim(fields(i)%name), real(spval, r4))
    end do
    call ncd_enddef(file)
  end subroutine define

  ! The place of each patch; the grid is unstructured (ixy is the gridcell, jxy is 1).
  subroutine put_index_variables(file, bounds)
    type(ncd_file_type), intent(in) :: file
    type(bounds_type), intent(in) :: bounds

    integer :: p, one(bounds%begp:bounds%endp)

    one = 1
    associate (g => veg_pp%gridcell(bounds%begp:bounds%endp))
      call ncd_put(file, 'pfts1d_lon', [(grc_pp%londeg(veg_pp%gridcell(p)), p = bounds%begp, bounds%endp)], natpft_size)
      call ncd_put(file, 'pfts1d_lat', [(grc_pp%latdeg(veg_pp%gridcell(p)), p = bounds%begp, bounds%endp)], natpft_size)
      call ncd_put(file, 'pfts1d_ixy', g, natpft_size)
      call ncd_put(file, 'pfts1d_jxy', one, natpft_size)
      call ncd_put(file, 'pfts1d_wtcol', veg_pp%wtcol, natpft_size)
      call ncd_put(file, 'pfts1d_itype_veg', veg_pp%itype, natpft_size)
      call ncd_put(file, 'pfts1d_itype_lunit', one, natpft_size)
      call ncd_put(file, 'pfts1d_active', merge(1, 0, veg_pp%active), natpft_size)
    end associate
  end subroutine put_index_variables

end module histPatchMod

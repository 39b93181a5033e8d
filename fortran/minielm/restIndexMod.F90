! The 1-D index variables of restart files, which tell where each column and patch belongs (ELM's names; indices are
! 1-based and global, which in minielm are the local ones).
module restIndexMod
  use netcdf, only: nf90_double, nf90_int
  use elm_varpar, only: natpft_size
  use decompMod, only: bounds_type
  use ncdio_mod, only: ncd_file_type, ncd_def_var, ncd_put
  use GridcellType, only: grc_pp
  use LandunitType, only: lun_pp
  use ColumnType, only: col_pp
  use VegetationType, only: veg_pp
  implicit none (type, external)
  private

  public :: def_index_variables, put_index_variables

contains

  subroutine def_index_variables(file)
    type(ncd_file_type), intent(in) :: file

    call def_place(file, 'grid1d', 'gridcell')
    call def_place(file, 'topo1d', 'topounit')
    call def_int(file, 'topo1d_gridcell_index', 'topounit', 'gridcell index of the topounit')
    call def_place(file, 'land1d', 'landunit')
    call def_int(file, 'land1d_gridcell_index', 'landunit', 'gridcell index of the landunit')
    call def_int(file, 'land1d_topounit_index', 'landunit', 'topounit index of the landunit')
    call def_int(file, 'land1d_ityplun', 'landunit', 'landunit type')
    call def_int(file, 'land1d_active', 'landunit', 'landunit active flag')
    call def_real(file, 'land1d_wtxy', 'landunit', 'landunit weight in the gridcell')
    call def_place(file, 'cols1d', 'column')
    call def_int(file, 'cols1d_gridcell_index', 'column', 'gridcell index of the column')
    call def_int(file, 'cols1d_topounit_index', 'column', 'topounit index of the column')
    call def_int(file, 'cols1d_landunit_index', 'column', 'landunit index of the column')
    call def_int(file, 'cols1d_ityplun', 'column', 'landunit type of the column')
    call def_int(file, 'cols1d_ityp', 'column', 'column type')
    call def_int(file, 'cols1d_active', 'column', 'column active flag')
    call def_real(file, 'cols1d_wtxy', 'column', 'column weight in the gridcell')
    call def_real(file, 'cols1d_wtlnd', 'column', 'column weight in the landunit')
    call def_place(file, 'pfts1d', 'pft')
    call def_int(file, 'pfts1d_gridcell_index', 'pft', 'gridcell index of the patch')
    call def_int(file, 'pfts1d_topounit_index', 'pft', 'topounit index of the patch')
    call def_int(file, 'pfts1d_landunit_index', 'pft', 'landunit index of the patch')
    call def_int(file, 'pfts1d_column_index', 'pft', 'column index of the patch')
    call def_int(file, 'pfts1d_itypveg', 'pft', 'vegetation type')
    call def_int(file, 'pfts1d_itypcol', 'pft', 'column type of the patch')
    call def_int(file, 'pfts1d_ityplun', 'pft', 'landunit type of the patch')
    call def_int(file, 'pfts1d_active', 'pft', 'patch active flag')
    call def_real(file, 'pfts1d_wtxy', 'pft', 'patch weight in the gridcell')
    call def_real(file, 'pfts1d_wtlnd', 'pft', 'patch weight in the landunit')
    call def_real(file, 'pfts1d_wtcol', 'pft', 'patch weight in the column')
  end subroutine def_index_variables

  subroutine put_index_variables(file, bounds)
    type(ncd_file_type), intent(in) :: file
    type(bounds_type), intent(in) :: bounds

    call put_place(file, 'grid1d', 1, bounds%begg, bounds%endg)
    call put_place(file, 'topo1d', 1, bounds%begg, bounds%endg)
    call ncd_put(file, 'topo1d_gridcell_index', grc_pp%gindex, 1)
    call put_place(file, 'land1d', 1, bounds%begg, bounds%endg)
    call ncd_put(file, 'land1d_gridcell_index', lun_pp%gridcell, 1)
    call ncd_put(file, 'land1d_topounit_index', lun_pp%topounit, 1)
    call ncd_put(file, 'land1d_ityplun', lun_pp%itype, 1)
    call ncd_put(file, 'land1d_active', merge(1, 0, lun_pp%active), 1)
    call ncd_put(file, 'land1d_wtxy', lun_pp%wtgcell, 1)
    call put_place(file, 'cols1d', 1, bounds%begc, bounds%endc)
    call ncd_put(file, 'cols1d_gridcell_index', col_pp%gridcell, 1)
    call ncd_put(file, 'cols1d_topounit_index', col_pp%topounit, 1)
    call ncd_put(file, 'cols1d_landunit_index', col_pp%landunit, 1)
    call ncd_put(file, 'cols1d_ityplun', col_pp%itype, 1)
    call ncd_put(file, 'cols1d_ityp', col_pp%itype, 1)
    call ncd_put(file, 'cols1d_active', merge(1, 0, col_pp%active), 1)
    call ncd_put(file, 'cols1d_wtxy', col_pp%wtgcell, 1)
    call ncd_put(file, 'cols1d_wtlnd', col_pp%wtlunit, 1)
    call put_place(file, 'pfts1d', natpft_size, bounds%begp, bounds%endp)
    call ncd_put(file, 'pfts1d_gridcell_index', veg_pp%gridcell, natpft_size)
    call ncd_put(file, 'pfts1d_topounit_index', veg_pp%topounit, natpft_size)
    call ncd_put(file, 'pfts1d_landunit_index', veg_pp%landunit, natpft_size)
    call ncd_put(file, 'pfts1d_column_index', veg_pp%column, natpft_size)
    call ncd_put(file, 'pfts1d_itypveg', veg_pp%itype, natpft_size)
    call ncd_put(file, 'pfts1d_itypcol', spread(1, 1, size(veg_pp%itype)), natpft_size)
    call ncd_put(file, 'pfts1d_ityplun', spread(1, 1, size(veg_pp%itype)), natpft_size)
    call ncd_put(file, 'pfts1d_active', merge(1, 0, veg_pp%active), natpft_size)
    call ncd_put(file, 'pfts1d_wtxy', veg_pp%wtgcell, natpft_size)
    call ncd_put(file, 'pfts1d_wtlnd', veg_pp%wtlunit, natpft_size)
    call ncd_put(file, 'pfts1d_wtcol', veg_pp%wtcol, natpft_size)
  end subroutine put_index_variables

  subroutine def_place(file, prefix, dim)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: prefix, dim

    call ncd_def_var(file, prefix//'_lon', nf90_double, [dim], dim//' longitude', 'degrees_east')
    call ncd_def_var(file, prefix//'_lat', nf90_double, [dim], dim//' latitude', 'degrees_north')
    call def_int(file, prefix//'_ixy', dim, '2d longitude index of the '//dim)
    call def_int(file, prefix//'_jxy', dim, '2d latitude index of the '//dim)
  end subroutine def_place

  ! Longitude, latitude and the indices in the unstructured grid (ixy is the gridcell, jxy is 1).
  subroutine put_place(file, prefix, per, first, last)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: prefix
    integer, intent(in) :: per          ! elements per gridcell
    integer, intent(in) :: first, last  ! elements of this rank

    integer :: i, cell(first:last)

    cell = [((i - 1)/per + 1, i = first, last)]
    call ncd_put(file, prefix//'_lon', [(grc_pp%londeg(cell(i)), i = first, last)], per)
    call ncd_put(file, prefix//'_lat', [(grc_pp%latdeg(cell(i)), i = first, last)], per)
    call ncd_put(file, prefix//'_ixy', cell, per)
    call ncd_put(file, prefix//'_jxy', [(1, i = first, last)], per)
  end subroutine put_place

  subroutine def_int(file, name, dim, long_name)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name, dim, long_name

    call ncd_def_var(file, name, nf90_int, [dim], long_name)
  end subroutine def_int

  subroutine def_real(file, name, dim, long_name)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name, dim, long_name

    call ncd_def_var(file, name, nf90_double, [dim], long_name)
  end subroutine def_real

end module restIndexMod

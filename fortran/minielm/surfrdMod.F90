! Reads the domain and the surface data, and sets up the grid hierarchy and the prescribed inputs of the columns.
module surfrdMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: natpft_lb, natpft_size, nlevsoi, nlevgrnd, nsoilorder
  use elm_varcon, only: rpi, re, secspday, dayspyr
  use elm_varctl, only: fatmlndfrc, fsurdat, iulog
  use spmdMod, only: masterproc
  use abortutils, only: endrun
  use decompMod, only: bounds_type, decomp_init, get_proc_bounds, numg
  use ncdio_mod, only: ncd_file_type, ncd_open, ncd_close, ncd_dim_len, ncd_has_var, ncd_get
  use inputCheckMod, only: check_range
  use landunit_varcon, only: istsoil
  use domainMod, only: ldomain
  use GridcellType, only: grc_pp
  use TopounitType, only: top_pp
  use LandunitType, only: lun_pp
  use ColumnType, only: col_pp
  use VegetationType, only: veg_pp
  use elm_instMod, only: cnstate_vars, soilstate_vars
  implicit none (type, external)
  private

  public :: surfrd_decomp, surfrd_get_grid, surfrd_get_data

  ! Inputs of minielm that ELM's surface data do not have, and what holds where the file lacks them.
  real(r8), parameter :: default_ndep = 0.5_r8     ! [gN/m2/yr] nitrogen deposition
  real(r8), parameter :: default_pdep = 0.005_r8   ! [gP/m2/yr] phosphorus deposition
  real(r8), parameter :: default_fire = 0.005_r8   ! [1/yr] burned fraction of vegetated patches

contains

  ! Read the number of gridcells and share them among the ranks.
  subroutine surfrd_decomp(bounds)
    type(bounds_type), intent(out) :: bounds

    type(ncd_file_type) :: file
    integer :: ncells

    call ncd_open(file, fatmlndfrc)
    ncells = ncd_dim_len(file, 'ni')*ncd_dim_len(file, 'nj')
    call ncd_close(file)
    call ncd_open(file, fsurdat)
    call require_length('gridcell', ncells)
    call require_length('natpft', natpft_size)
    call ncd_close(file)
    call decomp_init(ncells)
    call get_proc_bounds(bounds)

  contains

    subroutine require_length(dim, expected)
      character(len=*), intent(in) :: dim
      integer, intent(in) :: expected

      integer :: found
      character(len=400) :: msg

      found = ncd_dim_len(file, dim)
      if (found == expected) return
      write(msg, '(4a,2(a,i0))') "surfrd_decomp: the dimension ", dim, " of '", trim(fsurdat), "' is ", found, &
           ', expected ', expected
      call endrun(msg, on_all_ranks=.true.)
    end subroutine require_length

  end subroutine surfrd_decomp

  ! Read the domain file into ldomain and grc_pp.
  subroutine surfrd_get_grid(bounds)
    type(bounds_type), intent(in) :: bounds

    type(ncd_file_type) :: file
    real(r8) :: area(bounds%begg:bounds%endg)  ! [radian2]
    integer :: mask(bounds%begg:bounds%endg)
    integer :: g

    call ncd_open(file, fatmlndfrc)
    call ncd_get(file, 'xc', ldomain%lonc, 1)
    call ncd_get(file, 'yc', ldomain%latc, 1)
    call ncd_get(file, 'frac', ldomain%frac, 1)
    call ncd_get(file, 'mask', mask, 1)
    call ncd_get(file, 'area', area, 1)
    call ncd_close(file)
    if (any(mask /= 1)) call endrun("surfrd_get_grid: every cell of '"//trim(fatmlndfrc)//"' must be land (mask 1)")

    ldomain%area = area*re**2
    do g = bounds%begg, bounds%endg
       grc_pp%gindex(g) = g
       grc_pp%latdeg(g) = ldomain%latc(g)
       grc_pp%londeg(g) = ldomain%lonc(g)
       grc_pp%lat(g) = ldomain%latc(g)*rpi/180._r8
       grc_pp%lon(g) = ldomain%lonc(g)*rpi/180._r8
       grc_pp%area(g) = ldomain%area(g)
    end do
    associate (first => bounds%begg)
      call check_range(fatmlndfrc, 'yc', first, ldomain%latc, -90._r8, 90._r8)
      call check_range(fatmlndfrc, 'xc', first, ldomain%lonc, -180._r8, 360._r8)
      call check_range(fatmlndfrc, 'frac', first, ldomain%frac, tiny(1._r8), 1._r8 + 1.e-6_r8)
      call check_range(fatmlndfrc, 'area', first, area, tiny(1._r8), 1._r8)
    end associate
  end subroutine surfrd_get_grid

  ! Read the surface data: weights, soil, phosphorus maps and prescribed inputs.
  subroutine surfrd_get_data(bounds)
    type(bounds_type), intent(in) :: bounds

    type(ncd_file_type) :: file
    real(r8) :: wt_nat_patch(bounds%begg:bounds%endg, natpft_size)  ! [%] share of the natural vegetation by type
    real(r8) :: fire_frac(bounds%begg:bounds%endg, natpft_size)     ! [1/yr] burned fraction by type
    real(r8) :: texture(bounds%begg:bounds%endg, nlevsoi)           ! [%] sand or clay, [kg/m3] organic matter by layer

    call ncd_open(file, fsurdat)
    ! The area of the surface data, where given, is the one the budgets use.
    if (ncd_has_var(file, 'AREA')) then
       call ncd_get(file, 'AREA', ldomain%area, 1)
       grc_pp%area = ldomain%area
    end if
    call ncd_get(file, 'PCT_NATVEG', ldomain%pctnatveg, 1)
    call ncd_get(file, 'PCT_NAT_PFT', wt_nat_patch, 1)
    call check_weights(bounds, wt_nat_patch)

    call ncd_get(file, 'SOIL_COLOR', soilstate_vars%isoicol, 1)
    call ncd_get(file, 'PCT_SAND', texture, 1)
    call fill_layers(bounds, texture, soilstate_vars%cellsand_col)
    call ncd_get(file, 'PCT_CLAY', texture, 1)
    call fill_layers(bounds, texture, soilstate_vars%cellclay_col)
    if (ncd_has_var(file, 'ORGANIC')) then
       call ncd_get(file, 'ORGANIC', texture, 1)
       soilstate_vars%cellorg_col(:, 1:nlevsoi) = texture
    else if (masterproc) then
       write(iulog, '(a)') " '"//trim(fsurdat)//"' has no ORGANIC: mineral soil is used"
    end if

    call ncd_get(file, 'SOIL_ORDER', cnstate_vars%isoilorder, 1)
    call ncd_get(file, 'LABILE_P', cnstate_vars%labp_col, 1)
    call ncd_get(file, 'SECONDARY_P', cnstate_vars%secp_col, 1)
    call ncd_get(file, 'OCCLUDED_P', cnstate_vars%occp_col, 1)
    call ncd_get(file, 'APATITE_P', cnstate_vars%prip_col, 1)

    call get_or_default(file, 'NDEP', default_ndep, cnstate_vars%ndep_col)
    call get_or_default(file, 'PDEP', default_pdep, cnstate_vars%pdep_col)
    cnstate_vars%ndep_col = cnstate_vars%ndep_col/(secspday*dayspyr)
    cnstate_vars%pdep_col = cnstate_vars%pdep_col/(secspday*dayspyr)
    if (ncd_has_var(file, 'FIRE_FRAC')) then
       call ncd_get(file, 'FIRE_FRAC', fire_frac, 1)
    else
       fire_frac = default_fire
       if (masterproc) write(iulog, '(a,g0.4,a)') " '"//trim(fsurdat)//"' has no FIRE_FRAC: ", default_fire, ' 1/yr is used'
    end if
    fire_frac(:, 1) = 0._r8  ! bare ground does not burn
    call ncd_close(file)
    call check_values(bounds, fire_frac)

    call set_hierarchy(bounds, wt_nat_patch, fire_frac)
  end subroutine surfrd_get_data

  subroutine check_values(bounds, fire_frac)
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(in) :: fire_frac(bounds%begg:, :)  ! (gridcell, type) [1/yr]

    real(r8), parameter :: most_p = 1.e5_r8   ! [gP/m2]

    associate (first => bounds%begg)
      call check_range(fsurdat, 'AREA', first, ldomain%area, tiny(1._r8), 1.e7_r8)
      call check_range(fsurdat, 'PCT_NATVEG', first, ldomain%pctnatveg, 0._r8, 100._r8 + 1.e-6_r8)
      call check_range(fsurdat, 'SOIL_COLOR', first, real(soilstate_vars%isoicol, r8), 1._r8, 20._r8)
      call check_range(fsurdat, 'PCT_SAND', first, soilstate_vars%cellsand_col, 0._r8, 100._r8)
      call check_range(fsurdat, 'PCT_CLAY', first, soilstate_vars%cellclay_col, 0._r8, 100._r8)
      call check_range(fsurdat, 'SOIL_ORDER', first, real(cnstate_vars%isoilorder, r8), 0._r8, real(nsoilorder, r8))
      call check_range(fsurdat, 'LABILE_P', first, cnstate_vars%labp_col, 0._r8, most_p)
      call check_range(fsurdat, 'SECONDARY_P', first, cnstate_vars%secp_col, 0._r8, most_p)
      call check_range(fsurdat, 'OCCLUDED_P', first, cnstate_vars%occp_col, 0._r8, most_p)
      call check_range(fsurdat, 'APATITE_P', first, cnstate_vars%prip_col, 0._r8, most_p)
      call check_range(fsurdat, 'NDEP', first, cnstate_vars%ndep_col*secspday*dayspyr, 0._r8, 100._r8)
      call check_range(fsurdat, 'PDEP', first, cnstate_vars%pdep_col*secspday*dayspyr, 0._r8, 100._r8)
      call check_range(fsurdat, 'FIRE_FRAC', first, fire_frac, 0._r8, 1._r8)
    end associate
  end subroutine check_values

  subroutine get_or_default(file, name, default, values)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    real(r8), intent(in) :: default
    real(r8), intent(inout) :: values(:)

    if (ncd_has_var(file, name)) then
       call ncd_get(file, name, values, 1)
    else
       values = default
       if (masterproc) write(iulog, '(a,g0.4,a)') " '"//trim(fsurdat)//"' has no "//name//': ', default, ' g/m2/yr is used'
    end if
  end subroutine get_or_default

  subroutine check_weights(bounds, wt_nat_patch)
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(in) :: wt_nat_patch(bounds%begg:, :)  ! (gridcell, type) [%]

    integer :: g
    character(len=160) :: msg

    do g = bounds%begg, bounds%endg
       if (abs(sum(wt_nat_patch(g,:)) - 100._r8) < 1.e-6_r8 .and. all(wt_nat_patch(g,:) >= 0._r8)) cycle
       write(msg, '(a,i0,a,g0)') "surfrd_get_data: PCT_NAT_PFT must be positive and sum to 100, at gridcell ", g, &
            ' the sum is ', sum(wt_nat_patch(g,:))
       call endrun(msg)
    end do
  end subroutine check_weights

  ! The texture of the deepest soil layer holds for the layers below.
  subroutine fill_layers(bounds, texture, layers)
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(in) :: texture(bounds%begg:, :)     ! (gridcell, nlevsoi) [%]
    real(r8), intent(inout) :: layers(bounds%begc:, :)   ! (column, nlevgrnd) [%]

    integer :: j

    do j = 1, nlevgrnd
       layers(:, j) = texture(:, min(j, nlevsoi))
    end do
  end subroutine fill_layers

  ! One topographic unit, land unit and column per gridcell and all natural plant types on the column.
  subroutine set_hierarchy(bounds, wt_nat_patch, fire_frac)
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(in) :: wt_nat_patch(bounds%begg:, :)  ! (gridcell, type) [%]
    real(r8), intent(in) :: fire_frac(bounds%begg:, :)     ! (gridcell, type) [1/yr]

    integer :: g, m, p

    p = bounds%begp
    do g = bounds%begg, bounds%endg
       top_pp%gridcell(g) = g
       top_pp%wtgcell(g) = 1._r8

       lun_pp%gridcell(g) = g
       lun_pp%topounit(g) = g
       lun_pp%itype(g) = istsoil
       lun_pp%active(g) = .true.
       lun_pp%wtgcell(g) = ldomain%pctnatveg(g)/100._r8
       lun_pp%wttopounit(g) = lun_pp%wtgcell(g)

       col_pp%gridcell(g) = g
       col_pp%topounit(g) = g
       col_pp%landunit(g) = g
       col_pp%itype(g) = istsoil
       col_pp%active(g) = .true.
       col_pp%wtgcell(g) = lun_pp%wtgcell(g)
       col_pp%wttopounit(g) = lun_pp%wtgcell(g)
       col_pp%wtlunit(g) = 1._r8
       col_pp%npfts(g) = natpft_size
       col_pp%pfti(g) = p
       col_pp%pftf(g) = p + natpft_size - 1

       do m = 1, natpft_size
          veg_pp%gridcell(p) = g
          veg_pp%topounit(p) = g
          veg_pp%landunit(p) = g
          veg_pp%column(p) = g
          veg_pp%itype(p) = natpft_lb + m - 1
          veg_pp%wtcol(p) = wt_nat_patch(g, m)/100._r8
          veg_pp%wtlunit(p) = veg_pp%wtcol(p)
          veg_pp%wttopounit(p) = veg_pp%wtcol(p)*col_pp%wttopounit(g)
          veg_pp%wtgcell(p) = veg_pp%wtcol(p)*col_pp%wtgcell(g)
          veg_pp%active(p) = veg_pp%wtcol(p) > 0._r8
          cnstate_vars%fire_frac_patch(p) = fire_frac(g, m)
          p = p + 1
       end do
    end do
  end subroutine set_hierarchy

end module surfrdMod

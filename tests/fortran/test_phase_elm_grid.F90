! The adapter on a grid that is not one column a gridcell: topographic units, a crop landunit, a lake, patches in any
! order, a process without soil.
program test_phase_elm_grid
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: numpft
  use elm_varcon, only: init_vertical, spval
  use decompMod, only: bounds_type
  use domainMod, only: ldomain
  use filterMod, only: filter, filter_init
  use GridcellType, only: grc_pp
  use ColumnType, only: col_pp
  use VegetationType, only: veg_pp
  use TopounitDataType, only: top_as, top_af
  use ColumnDataType, only: col_es, col_ws, col_cs, col_ns, col_ps, col_cf, col_nf, col_pf
  use VegetationDataType, only: veg_cs, veg_ns, veg_ps, veg_cf
  use elm_instMod, only: cnstate_vars, canopystate_vars, soilstate_vars
  use DecompCascadeCNMod, only: decomp_cascade_init
  use elm_phase_fields_mod, only: elm_phase_domain, elm_phase_register, elm_phase_refresh_forcing
  use elm_phase_space_mod, only: elm_phase_space_init
  use phase_domain_mod, only: phase_domain_type
  use phase_fields_mod, only: phase_fields_type
  use phase_pack_mod, only: phase_pack, phase_check_extent
  use phase_status_mod, only: phase_status_type
  use phase_fixture, only: check, finish_tests
  implicit none (type, external)

  ! Gridcell 5 has topographic units 7 and 8, with a natural column each (11 and 14), a lake (12) and a crop column (13);
  ! gridcell 6 has a natural column (15) on unit 9.
  integer, parameter :: begc = 11, endc = 15, begp = 101, endp = 112
  integer, parameter :: pft_of(begp:endp) = [4, 0, 1, -9, 16, 15, 0, 4, 7, 0, 12, 13]
  integer, parameter :: column_of(begp:endp) = [11, 11, 11, 12, 13, 13, 14, 14, 14, 15, 15, 15]
  real(r8), parameter :: weight_of(begp:endp) = [.5_r8, .2_r8, .3_r8, 1._r8, .6_r8, .4_r8, .1_r8, .9_r8, 0._r8, .4_r8, &
    .6_r8, 0._r8]
  type(bounds_type) :: bounds
  type(phase_domain_type) :: domain, empty
  type(phase_fields_type) :: fields, none
  type(phase_status_type) :: status
  real(r8), allocatable :: packed(:, :)
  integer :: k

  bounds = bounds_type(5, 6, 7, 9, 1, 5, begc, endc, begp, endp)
  call build()
  call elm_phase_domain(bounds, domain)
  call check('lakes_are_left_out', domain%ncol == 4 .and. all(domain%col == [1, 3, 4, 5]))
  call check('slots_are_plant_types', domain%npft == numpft + 1 .and. domain%patch(4 + 1, 1) == 1 .and. &
    domain%patch(0 + 1, 1) == 2 .and. domain%patch(1 + 1, 1) == 3 .and. count(domain%patch(:, 1) > 0) == 3)
  call check('crop_landunit_has_its_generic_crops', domain%patch(16 + 1, 2) == 5 .and. domain%patch(15 + 1, 2) == 6 .and. &
    domain%wtcol(16 + 1, 2) == 0.6_r8 .and. domain%vegetated(2))
  call check('inactive_patches_are_absent', domain%patch(7 + 1, 3) == 0 .and. domain%patch(13 + 1, 4) == 0 .and. &
    domain%wtcol(7 + 1, 3) == 0._r8)
  call check('columns_of_a_gridcell_share_its_area', abs(domain%area_weight(1) - 1000._r8*0.8_r8*0.4_r8) < 1.e-9_r8 .and. &
    abs(domain%area_weight(3) - 1000._r8*0.8_r8*0.3_r8) < 1.e-9_r8)
  call check('place_is_the_gridcells', domain%lat(1) == domain%lat(3) .and. domain%lat(4) == -20._r8)

  call elm_phase_space_init(domain)
  call elm_phase_register(bounds, fields)
  do k = 1, fields%n
    if (fields%list(k)%on /= 'pft') call phase_check_extent(fields%list(k), domain, status)
  end do
  call check('every_array_reaches_every_position', status%ok(), status%message)
  top_as%tbot(7:9) = [271._r8, 272._r8, 273._r8]
  call elm_phase_refresh_forcing(bounds)
  call pack_named('TBOT')
  call check('forcing_is_the_topographic_units', all(packed(1, :) == [271._r8, 271._r8, 272._r8, 273._r8]))
  call pack_named('leafc')
  call check('patches_are_read_by_plant_type', packed(4 + 1, 1) == 101._r8 .and. packed(0 + 1, 1) == 102._r8 .and. &
    packed(15 + 1, 2) == 106._r8 .and. packed(7 + 1, 3) == 0._r8)
  call check('undefined_numbers_of_lakes_are_not_read', all(packed < 1.e30_r8))

  ! a process without a soil column, as ELM allows
  filter(1)%num_soilc = 0
  call elm_phase_domain(bounds, empty)
  call elm_phase_space_init(empty)
  call elm_phase_register(bounds, none)
  status = phase_status_type()
  do k = 1, none%n
    if (none%list(k)%on /= 'pft') call phase_check_extent(none%list(k), empty, status)
  end do
  call check('a_process_without_soil_has_no_columns', empty%ncol == 0 .and. status%ok())
  call finish_tests()

contains

  subroutine pack_named(name)
    character(len=*), intent(in) :: name
    if (allocated(packed)) deallocate (packed)
    allocate (packed(merge(1, domain%npft, name == 'TBOT'), domain%ncol))
    call phase_pack(fields%list(fields%find(name)), domain, packed)
  end subroutine pack_named

  subroutine build()
    integer :: c, p
    call init_vertical()
    call ldomain%Init(bounds)
    call grc_pp%Init(bounds); call col_pp%Init(bounds); call veg_pp%Init(bounds)
    call top_as%Init(bounds); call top_af%Init(bounds)
    call col_es%Init(bounds); call col_ws%Init(bounds)
    call col_cs%Init(bounds); call col_ns%Init(bounds); call col_ps%Init(bounds)
    call col_cf%Init(bounds); call col_nf%Init(bounds); call col_pf%Init(bounds)
    call veg_cs%Init(bounds); call veg_ns%Init(bounds); call veg_ps%Init(bounds); call veg_cf%Init(bounds)
    call cnstate_vars%Init(bounds); call canopystate_vars%Init(bounds); call soilstate_vars%Init(bounds)
    call decomp_cascade_init(bounds)
    ldomain%area = 1000._r8
    ldomain%frac = 0.8_r8
    grc_pp%latdeg(5:6) = [50._r8, -20._r8]
    col_pp%gridcell(begc:endc) = [5, 5, 5, 5, 6]
    col_pp%topounit(begc:endc) = [7, 7, 7, 8, 9]
    col_pp%wtgcell(begc:endc) = [0.4_r8, 0.1_r8, 0.2_r8, 0.3_r8, 1._r8]
    col_pp%active(begc:endc) = [.true., .false., .true., .true., .true.] ! minielm's filter takes the active columns
    do p = begp, endp
      veg_pp%itype(p) = pft_of(p)
      veg_pp%column(p) = column_of(p)
      veg_pp%wtcol(p) = weight_of(p)
      veg_pp%active(p) = weight_of(p) > 0._r8
      veg_cs%leafc(p) = merge(spval, real(p, r8), pft_of(p) < 0 .or. .not. veg_pp%active(p))
    end do
    do c = begc, endc
      col_pp%pfti(c) = findloc(column_of, c, dim=1) + begp - 1
      col_pp%pftf(c) = findloc(column_of, c, dim=1, back=.true.) + begp - 1
    end do
    call filter_init(bounds)
  end subroutine build

end program test_phase_elm_grid

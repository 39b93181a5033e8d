module elm_phase_fields_mod
  !! Binds ELM's arrays to the plugin's registry, by the names of the schema. Adding a variable is one
  !! line here. Where ELM has no array of the right shape the adapter keeps one.
  use CNDecompCascadeConType, only: decomp_cascade_con
  use ColumnDataType, only: col_es, col_ws, col_cs, col_ns, col_ps, col_cf, col_nf, col_pf
  use ColumnType, only: col_pp
  use decompMod, only: bounds_type, get_proc_clumps
  use domainMod, only: ldomain
  use elm_instMod, only: cnstate_vars, canopystate_vars, soilstate_vars
  use elm_phase_space_mod, only: elm_phase_normal_layers, elm_phase_normal_wood
  use elm_phase_site_mod, only: site_column_ids, site_soil_colour, site_growth_respiration, site_total_water
  use elm_varcon, only: dzsoi_decomp
  use elm_varpar, only: nlevdecomp, nlevgrnd, ndecomp_pools, numpft, i_met_lit, i_cel_lit, i_lig_lit, i_cwd
  use filterMod, only: filter
  use GridcellType, only: grc_pp
  use phase_spinup_mod, only: phase_domain_type, phase_fields_type
  use shr_kind_mod, only: r8 => shr_kind_r8
  use TopounitDataType, only: top_as, top_af
  use VegetationDataType, only: veg_cs, veg_ns, veg_ps, veg_cf
  use VegetationPropertiesType, only: veg_vp
  use VegetationType, only: veg_pp
  implicit none
  private

  public :: elm_phase_register, elm_phase_domain, elm_phase_refresh_forcing, elm_phase_refresh_state

  ! The forcing of the step that has just been made, per column. ELM reads a step's forcing before it
  ! calls the plugin, so these are filled after the plugin has looked, for its next look.
  real(r8), allocatable, target :: tbot(:), psrf(:), qbot(:), prec(:), fsds(:), flds(:)
  ! Total water storage after the step that has just been made; ELM keeps it per gridcell.
  real(r8), allocatable, target :: tws(:)
  ! Facts that ELM keeps per gridcell, as integers or elsewhere, per column.
  real(r8), allocatable, target :: lat(:), lon(:), area(:), landfrac(:), soil_colour(:), soil_order(:)
  real(r8), allocatable, target :: growth_respiration(:)

contains

  subroutine elm_phase_domain(bounds, domain)
    !! The columns the plugin handles: ELM's soil filter, all clumps. A patch's slot is its plant type, so that the
    !! two generic crops have theirs whether they stand on a landunit of their own (another column) or not.
    type(bounds_type), intent(in) :: bounds           !! of the process
    type(phase_domain_type), intent(inout) :: domain
    integer :: c, fc, i, nc, p, slot
    integer :: ids(bounds%begc:bounds%endc)

    i = 0
    do nc = 1, get_proc_clumps()
      i = i + filter(nc)%num_soilc
    end do
    call domain%init(i, numpft + 1, dzsoi_decomp(1:nlevdecomp))
    ids = site_column_ids(bounds)
    i = 0
    do nc = 1, get_proc_clumps()
      do fc = 1, filter(nc)%num_soilc
        c = filter(nc)%soilc(fc)
        i = i + 1
        domain%col(i) = c - bounds%begc + 1
        domain%gid(i) = ids(c)
        domain%lat(i) = grc_pp%latdeg(col_pp%gridcell(c))
        domain%lon(i) = grc_pp%londeg(col_pp%gridcell(c))
        domain%area_weight(i) = ldomain%area(col_pp%gridcell(c))*ldomain%frac(col_pp%gridcell(c))*col_pp%wtgcell(c)
        domain%vegetated(i) = .false.
        do p = col_pp%pfti(c), col_pp%pftf(c)
          if (.not. veg_pp%active(p)) cycle
          slot = veg_pp%itype(p) + 1
          if (slot < 1 .or. slot > numpft + 1) cycle
          domain%patch(slot, i) = p - bounds%begp + 1
          domain%wtcol(slot, i) = veg_pp%wtcol(p)
          if (veg_pp%itype(p) > 0) domain%vegetated(i) = .true.
        end do
      end do
    end do
  end subroutine elm_phase_domain

  subroutine elm_phase_register(bounds, fields)
    !! All variables of the schema. Element 1 of every array is the first column or patch of the process.
    type(bounds_type), intent(in) :: bounds
    type(phase_fields_type), intent(inout) :: fields

    call fill_helpers(bounds)
    call elm_phase_refresh_forcing(bounds)
    call register_forcing_and_surface(fields)
    call register_pft_parameters(fields)
    call register_column_means(fields)
    call register_layer_means(fields)
    call register_patch_means(fields)
    call register_patch_state(fields)
    call register_column_state(fields)
  end subroutine elm_phase_register

  subroutine elm_phase_refresh_state(bounds)
    !! Before the plugin looks: what the adapter derives from the state as the last step has left it.
    type(bounds_type), intent(in) :: bounds
    call site_total_water(bounds, tws)
  end subroutine elm_phase_refresh_state

  subroutine elm_phase_refresh_forcing(bounds)
    !! Copy the forcing of the present step to the columns.
    type(bounds_type), intent(in) :: bounds
    integer :: c, t

    do c = bounds%begc, bounds%endc
      t = col_pp%topounit(c)
      tbot(c) = top_as%tbot(t)
      psrf(c) = top_as%pbot(t)
      qbot(c) = top_as%qbot(t)
      prec(c) = top_af%rain(t) + top_af%snow(t)
      fsds(c) = top_af%solar(t)
      flds(c) = top_af%lwrad(t)
    end do
  end subroutine elm_phase_refresh_forcing

  subroutine fill_helpers(bounds)
    type(bounds_type), intent(in) :: bounds
    integer :: c, g

    if (allocated(tbot)) then ! a model that is initialised anew in one process
      deallocate (tbot, psrf, qbot, prec, fsds, flds, tws)
      deallocate (lat, lon, area, landfrac, soil_colour, soil_order, growth_respiration)
    end if
    associate (b => bounds%begc, e => bounds%endc)
      allocate (tbot(b:e), psrf(b:e), qbot(b:e), prec(b:e), fsds(b:e), flds(b:e), tws(b:e), source=0._r8)
      allocate (lat(b:e), lon(b:e), area(b:e), landfrac(b:e), soil_colour(b:e), soil_order(b:e), source=0._r8)
    end associate
    allocate (growth_respiration(numpft + 1), source=0._r8)
    soil_colour(:) = site_soil_colour(bounds)
    growth_respiration(:) = site_growth_respiration(numpft + 1)
    do c = bounds%begc, bounds%endc
      g = col_pp%gridcell(c)
      lat(c) = grc_pp%latdeg(g)
      lon(c) = grc_pp%londeg(g)
      area(c) = ldomain%area(g)
      landfrac(c) = ldomain%frac(g)
      soil_order(c) = real(cnstate_vars%isoilorder(c), r8)
    end do
  end subroutine fill_helpers

  subroutine register_forcing_and_surface(fields)
    type(phase_fields_type), intent(inout) :: fields
    call fields%add('FLDS', flds, 'W/m2', 'column')
    call fields%add('PSRF', psrf, 'Pa', 'column')
    call fields%add('FSDS', fsds, 'W/m2', 'column')
    call fields%add('QBOT', qbot, 'kg/kg', 'column')
    call fields%add('PRECTmms', prec, 'mm/s', 'column')
    call fields%add('TBOT', tbot, 'K', 'column')
    call fields%add('lat', lat, 'degrees_north', 'column')
    call fields%add('lon', lon, 'degrees_east', 'column')
    call fields%add('area', area, 'km2', 'column')
    call fields%add('landfrac', landfrac, '1', 'column')
    call fields%add('SOIL_COLOR', soil_colour, '1', 'column')
    call fields%add('SOIL_ORDER', soil_order, '1', 'column')
    call fields%add('LABILE_P', cnstate_vars%labp_col, 'gP/m2', 'column')
    call fields%add('SECONDARY_P', cnstate_vars%secp_col, 'gP/m2', 'column')
    call fields%add('OCCLUDED_P', cnstate_vars%occp_col, 'gP/m2', 'column')
    call fields%add('APATITE_P', cnstate_vars%prip_col, 'gP/m2', 'column')
    call fields%add('PCT_SAND', soilstate_vars%cellsand_col, 'percent', 'column_level')
    call fields%add('PCT_CLAY', soilstate_vars%cellclay_col, 'percent', 'column_level')
    call fields%add('wtcol', veg_pp%wtcol, '1', 'patch')
  end subroutine register_forcing_and_surface

  subroutine register_pft_parameters(fields)
    type(phase_fields_type), intent(inout) :: fields
    call parameter('leafcn', veg_vp%leafcn(0:numpft), 'gC/gN')
    call parameter('frootcn', veg_vp%frootcn(0:numpft), 'gC/gN')
    call parameter('lflitcn', veg_vp%lflitcn(0:numpft), 'gC/gN')
    call parameter('livewdcn', veg_vp%livewdcn(0:numpft), 'gC/gN')
    call parameter('deadwdcn', veg_vp%deadwdcn(0:numpft), 'gC/gN')
    call parameter('leafcp', veg_vp%leafcp(0:numpft), 'gC/gP')
    call parameter('frootcp', veg_vp%frootcp(0:numpft), 'gC/gP')
    call parameter('livewdcp', veg_vp%livewdcp(0:numpft), 'gC/gP')
    call parameter('deadwdcp', veg_vp%deadwdcp(0:numpft), 'gC/gP')
    call parameter('slatop', veg_vp%slatop(0:numpft), 'm2/gC')
    call parameter('dsladlai', veg_vp%dsladlai(0:numpft), 'm2/gC')
    call parameter('leaf_long', veg_vp%leaf_long(0:numpft), 'yr')
    call parameter('froot_leaf', veg_vp%froot_leaf(0:numpft), '1')
    call parameter('stem_leaf', veg_vp%stem_leaf(0:numpft), '1')
    call parameter('croot_stem', veg_vp%croot_stem(0:numpft), '1')
    call parameter('flivewd', veg_vp%flivewd(0:numpft), '1')
    call parameter('fcur', veg_vp%fcur(0:numpft), '1')
    call parameter('flnr', veg_vp%flnr(0:numpft), '1')
    call parameter('roota_par', veg_vp%roota_par(0:numpft), '1/m')
    call parameter('rootb_par', veg_vp%rootb_par(0:numpft), '1/m')
    call parameter('rootprof_beta', veg_vp%rootprof_beta(0:numpft), '1')
    call parameter('smpso', veg_vp%smpso(0:numpft), 'mm')
    call parameter('smpsc', veg_vp%smpsc(0:numpft), 'mm')
    call parameter('woody', veg_vp%woody(0:numpft), '1')
    call parameter('evergreen', veg_vp%evergreen(0:numpft), '1')
    call parameter('season_decid', veg_vp%season_decid(0:numpft), '1')
    call parameter('stress_decid', veg_vp%stress_decid(0:numpft), '1')
    call parameter('grperc', growth_respiration, '1')
  contains
    subroutine parameter(name, values, units)
      character(len=*), intent(in) :: name, units
      real(r8), intent(in), target :: values(:) !! by PFT, bare ground first
      call fields%add(name, values, units, 'pft')
    end subroutine parameter
  end subroutine register_pft_parameters

  subroutine register_column_means(fields)
    type(phase_fields_type), intent(inout) :: fields
    call fields%add('GPP', col_cf%gpp, 'gC/m2/s', 'column')
    call fields%add('NPP', col_cf%npp, 'gC/m2/s', 'column', may_be_negative=.true.)
    call fields%add('AR', col_cf%ar, 'gC/m2/s', 'column')
    call fields%add('HR', col_cf%hr, 'gC/m2/s', 'column')
    call fields%add('ALTMAX', canopystate_vars%altmax_col, 'm', 'column', pace='five_days')
    call fields%add('altmax', canopystate_vars%altmax_col, 'm', 'column')
    call fields%add('altmax_lastyear', canopystate_vars%altmax_lastyear_col, 'm', 'column')
    call fields%add('NDEP_TO_SMINN', col_nf%ndep_to_sminn, 'gN/m2/s', 'column', pace='five_days')
    call fields%add('NFIX_TO_SMINN', col_nf%nfix_to_sminn, 'gN/m2/s', 'column', pace='five_days')
    call fields%add('SMIN_NO3_LEACHED', col_nf%smin_no3_leached, 'gN/m2/s', 'column')
    call fields%add('DENIT', col_nf%denit, 'gN/m2/s', 'column')
    call fields%add('SUPPLEMENT_TO_SMINN', col_nf%supplement_to_sminn, 'gN/m2/s', 'column')
    call fields%add('SUPPLEMENT_TO_SMINP', col_pf%supplement_to_sminp, 'gP/m2/s', 'column')
    call fields%add('TWS', tws, 'mm', 'column', may_be_negative=.true., pace='slow')
    call fields%add('H2OSNO', col_ws%h2osno, 'mm', 'column', pace='five_days')
    call fields%add('FPG', cnstate_vars%fpg_col, '1', 'column')
    call fields%add('FPG_P', cnstate_vars%fpg_p_col, '1', 'column')
  end subroutine register_column_means

  subroutine register_layer_means(fields)
    type(phase_fields_type), intent(inout) :: fields
    integer :: k, l
    real(r8), pointer :: carbon(:, :)
    character(len=8) :: pool, restart_name
    !> transitions of the CTC cascade by their history names; 7 respires to the air, 8 and 9 leave woody debris
    character(len=19), parameter :: transfers(9) = [character(len=19) :: 'LITR1C_TO_SOIL1C_vr', 'LITR2C_TO_SOIL2C_vr', &
      'LITR3C_TO_SOIL3C_vr', 'SOIL1C_TO_SOIL2C_vr', 'SOIL2C_TO_SOIL3C_vr', 'SOIL3C_TO_SOIL4C_vr', ' ', &
      'CWDC_TO_LITR2C_vr', 'CWDC_TO_LITR3C_vr']
    character(len=11), parameter :: respirations(7) = ['LITR1_HR_vr', 'LITR2_HR_vr', 'LITR3_HR_vr', 'SOIL1_HR_vr', &
      'SOIL2_HR_vr', 'SOIL3_HR_vr', 'SOIL4_HR_vr']

    do l = 1, ndecomp_pools
      pool = decomp_cascade_con%decomp_pool_name_history(l)
      restart_name = decomp_cascade_con%decomp_pool_name_restart(l)
      carbon => elm_phase_normal_layers(col_cs%decomp_cpools_vr(:, :, l))
      call fields%add(trim(pool)//'C_vr', carbon, 'gC/m3', 'column_level', pace=pace_of(l))
      call fields%add(trim(restart_name)//'c_vr_start', carbon, 'gC/m3', 'column_level')
    end do
    do k = 1, size(respirations)
      call fields%add(respirations(k), col_cf%decomp_cascade_hr_vr(:, :, k), 'gC/m3/s', 'column_level')
    end do
    do k = 1, size(transfers)
      if (transfers(k) == ' ') cycle
      call fields%add(trim(transfers(k)), col_cf%decomp_cascade_ctransfer_vr(:, :, k), 'gC/m3/s', 'column_level', &
        share_of=base_of(k), share=share_of(k))
    end do
    call fields%add('M_LITR1C_TO_FIRE_vr', col_cf%m_decomp_cpools_to_fire_vr(:, :, i_met_lit), 'gC/m3/s', &
      'column_level', pace='pulse')
    call fields%add('M_LITR2C_TO_FIRE_vr', col_cf%m_decomp_cpools_to_fire_vr(:, :, i_cel_lit), 'gC/m3/s', &
      'column_level', pace='pulse')
    call fields%add('M_LITR3C_TO_FIRE_vr', col_cf%m_decomp_cpools_to_fire_vr(:, :, i_lig_lit), 'gC/m3/s', &
      'column_level', pace='pulse')
    call fields%add('M_CWDC_TO_FIRE_vr', col_cf%m_decomp_cpools_to_fire_vr(:, :, i_cwd), 'gC/m3/s', &
      'column_level', pace='pulse')
    ! plant carbon that reaches each litter class: litterfall, mortality and fire together
    call fields%add('LITR1C_INPUT_vr', col_cf%phenology_c_to_litr_met_c, 'gC/m3/s', 'column_level', pace='pulse')
    call fields%add('LITR1C_INPUT_vr', col_cf%gap_mortality_c_to_litr_met_c, 'gC/m3/s', 'column_level', pace='five_days')
    call fields%add('LITR1C_INPUT_vr', col_cf%m_c_to_litr_met_fire, 'gC/m3/s', 'column_level', pace='pulse')
    call fields%add('LITR2C_INPUT_vr', col_cf%phenology_c_to_litr_cel_c, 'gC/m3/s', 'column_level', pace='pulse')
    call fields%add('LITR2C_INPUT_vr', col_cf%gap_mortality_c_to_litr_cel_c, 'gC/m3/s', 'column_level', pace='five_days')
    call fields%add('LITR2C_INPUT_vr', col_cf%m_c_to_litr_cel_fire, 'gC/m3/s', 'column_level', pace='pulse')
    call fields%add('LITR3C_INPUT_vr', col_cf%phenology_c_to_litr_lig_c, 'gC/m3/s', 'column_level', pace='pulse')
    call fields%add('LITR3C_INPUT_vr', col_cf%gap_mortality_c_to_litr_lig_c, 'gC/m3/s', 'column_level', pace='five_days')
    call fields%add('LITR3C_INPUT_vr', col_cf%m_c_to_litr_lig_fire, 'gC/m3/s', 'column_level', pace='pulse')
    call fields%add('CWDC_INPUT_vr', col_cf%gap_mortality_c_to_cwdc, 'gC/m3/s', 'column_level', pace='five_days')
    call fields%add('CWDC_INPUT_vr', col_cf%fire_mortality_c_to_cwdc, 'gC/m3/s', 'column_level', pace='pulse')
    call fields%add('TSOI', col_es%t_soisno(:, 1:nlevgrnd), 'K', 'column_level', pace='five_days')
    call fields%add('H2OSOI', col_ws%h2osoi_vol(:, 1:nlevgrnd), 'm3/m3', 'column_level', pace='two_days')
    call fields%add('T_SCALAR', col_cf%t_scalar, '1', 'column_level', pace='two_days')
    call fields%add('W_SCALAR', col_cf%w_scalar, '1', 'column_level')
    call fields%add('O_SCALAR', col_cf%o_scalar, '1', 'column_level', pace='five_days')
    call fields%add('FPI_vr', cnstate_vars%fpi_vr_col, '1', 'column_level')
    call fields%add('FPI_P_vr', cnstate_vars%fpi_p_vr_col, '1', 'column_level')

  contains

    function pace_of(l) result(pace)
      !! Slow is a turnover of months and more; among them are all pools that are mirrored in an accelerated run.
      integer, intent(in) :: l !! decomposing pool
      character(len=:), allocatable :: pace
      pace = 'step'
      if (decomp_cascade_con%decomp_pool_name_history(l) == 'LITR1') pace = 'pulse'
      if (any(decomp_cascade_con%decomp_pool_name_history(l) == ['LITR2', 'SOIL1'])) pace = 'two_days'
      if (decomp_cascade_con%is_cwd(l) .or. decomp_cascade_con%spinup_factor(l) > 1._r8 .or. &
        any(decomp_cascade_con%decomp_pool_name_history(l) == ['LITR3', 'SOIL2', 'SOIL3', 'SOIL4'])) pace = 'slow'
    end function pace_of

    function base_of(k) result(name)
      !! The flux that a transfer is always in proportion to: what the same donor respires, or woody debris' other branch.
      integer, intent(in) :: k !! transition
      character(len=:), allocatable :: name
      name = ''
      if (k < 7) name = respirations(k)
      if (k == 9) name = trim(transfers(8))
    end function base_of

    real(r8) function share_of(k) result(share)
      !! 0 where the cascade's fractions are not the same in all columns and layers.
      integer, intent(in) :: k
      real(r8) :: respired, branch(2)
      share = 0._r8
      if (k < 7) then
        respired = common(cnstate_vars%rf_decomp_cascade_col(:, 1:nlevdecomp, k))
        if (respired > 0._r8) share = (1._r8 - respired)/respired
      else if (k == 9) then
        branch = [common(cnstate_vars%pathfrac_decomp_cascade_col(:, 1:nlevdecomp, 8)), &
          common(cnstate_vars%pathfrac_decomp_cascade_col(:, 1:nlevdecomp, 9))]
        if (branch(1) > 0._r8) share = branch(2)/branch(1)
      end if
    end function share_of

    pure real(r8) function common(fraction)
      !! The one value of an array; 0 where there are several.
      real(r8), intent(in) :: fraction(:, :)
      common = 0._r8
      if (size(fraction) == 0) return
      if (minval(fraction) == maxval(fraction)) common = minval(fraction)
    end function common

  end subroutine register_layer_means

  subroutine register_patch_means(fields)
    type(phase_fields_type), intent(inout) :: fields
    real(r8), pointer :: stem(:), root(:)

    stem => elm_phase_normal_wood(veg_cs%deadstemc)
    root => elm_phase_normal_wood(veg_cs%deadcrootc)
    call fields%add('PFT_GPP', veg_cf%gpp, 'gC/m2/s', 'patch')
    call fields%add('PFT_NPP', veg_cf%npp, 'gC/m2/s', 'patch', may_be_negative=.true.)
    call fields%add('PFT_TLAI', canopystate_vars%tlai_patch, 'm2/m2', 'patch', pace='two_days')
    call fields%add('PFT_FIRE_CLOSS', veg_cf%fire_closs, 'gC/m2/s', 'patch')
    call fields%add('LEAFC', veg_cs%leafc, 'gC/m2', 'patch', pace='two_days')
    call fields%add('FROOTC', veg_cs%frootc, 'gC/m2', 'patch', pace='two_days')
    call fields%add('LIVESTEMC', veg_cs%livestemc, 'gC/m2', 'patch', pace='slow')
    call fields%add('DEADSTEMC', stem, 'gC/m2', 'patch', pace='slow')
    call fields%add('deadstemc_start', stem, 'gC/m2', 'patch')
    call fields%add('deadcrootc_start', root, 'gC/m2', 'patch')
    call fields%add('LIVECROOTC', veg_cs%livecrootc, 'gC/m2', 'patch', pace='slow')
    call fields%add('DEADCROOTC', root, 'gC/m2', 'patch', pace='slow')
  end subroutine register_patch_means

  subroutine register_patch_state(fields)
    type(phase_fields_type), intent(inout) :: fields
    character(len=*), parameter :: c = 'gC/m2', n = 'gN/m2', p = 'gP/m2'

    call organ('leafc', veg_cs%leafc, veg_cs%leafc_storage, veg_cs%leafc_xfer, c, 'TOTVEGC')
    call organ('frootc', veg_cs%frootc, veg_cs%frootc_storage, veg_cs%frootc_xfer, c, 'TOTVEGC')
    call organ('livestemc', veg_cs%livestemc, veg_cs%livestemc_storage, veg_cs%livestemc_xfer, c, 'TOTVEGC')
    call organ('deadstemc', veg_cs%deadstemc, veg_cs%deadstemc_storage, veg_cs%deadstemc_xfer, c, 'TOTVEGC')
    call organ('livecrootc', veg_cs%livecrootc, veg_cs%livecrootc_storage, veg_cs%livecrootc_xfer, c, 'TOTVEGC')
    call organ('deadcrootc', veg_cs%deadcrootc, veg_cs%deadcrootc_storage, veg_cs%deadcrootc_xfer, c, 'TOTVEGC')
    call organ('leafn', veg_ns%leafn, veg_ns%leafn_storage, veg_ns%leafn_xfer, n, 'TOTVEGN')
    call organ('frootn', veg_ns%frootn, veg_ns%frootn_storage, veg_ns%frootn_xfer, n, 'TOTVEGN')
    call organ('livestemn', veg_ns%livestemn, veg_ns%livestemn_storage, veg_ns%livestemn_xfer, n, 'TOTVEGN')
    call organ('deadstemn', veg_ns%deadstemn, veg_ns%deadstemn_storage, veg_ns%deadstemn_xfer, n, 'TOTVEGN')
    call organ('livecrootn', veg_ns%livecrootn, veg_ns%livecrootn_storage, veg_ns%livecrootn_xfer, n, 'TOTVEGN')
    call organ('deadcrootn', veg_ns%deadcrootn, veg_ns%deadcrootn_storage, veg_ns%deadcrootn_xfer, n, 'TOTVEGN')
    call organ('leafp', veg_ps%leafp, veg_ps%leafp_storage, veg_ps%leafp_xfer, p, 'TOTVEGP')
    call organ('frootp', veg_ps%frootp, veg_ps%frootp_storage, veg_ps%frootp_xfer, p, 'TOTVEGP')
    call organ('livestemp', veg_ps%livestemp, veg_ps%livestemp_storage, veg_ps%livestemp_xfer, p, 'TOTVEGP')
    call organ('deadstemp', veg_ps%deadstemp, veg_ps%deadstemp_storage, veg_ps%deadstemp_xfer, p, 'TOTVEGP')
    call organ('livecrootp', veg_ps%livecrootp, veg_ps%livecrootp_storage, veg_ps%livecrootp_xfer, p, 'TOTVEGP')
    call organ('deadcrootp', veg_ps%deadcrootp, veg_ps%deadcrootp_storage, veg_ps%deadcrootp_xfer, p, 'TOTVEGP')

    ! ELM's TOTVEGC holds cpool and not xsmrpool, and so does TOTECOSYSC
    call fields%add('gresp_storage', veg_cs%gresp_storage, c, 'patch', stock='TOTVEGC')
    call fields%add('gresp_xfer', veg_cs%gresp_xfer, c, 'patch', stock='TOTVEGC')
    call fields%add('cpool', veg_cs%cpool, c, 'patch', stock='TOTVEGC', may_be_negative=.true.)
    call fields%add('xsmrpool', veg_cs%xsmrpool, c, 'patch', stock='XSMRPOOLC', may_be_negative=.true.)
    call fields%add('npool', veg_ns%npool, n, 'patch', stock='TOTVEGN')
    call fields%add('retransn', veg_ns%retransn, n, 'patch', stock='TOTVEGN')
    call fields%add('ppool', veg_ps%ppool, p, 'patch', stock='TOTVEGP')
    call fields%add('retransp', veg_ps%retransp, p, 'patch', stock='TOTVEGP')
    call fields%add('annsum_npp', veg_cf%annsum_npp, 'gC/m2/yr', 'patch', may_be_negative=.true.)

  contains

    subroutine organ(name, display, storage, xfer, units, stock)
      !! An organ's displayed, stored and transferred part.
      character(len=*), intent(in) :: name, units, stock
      real(r8), intent(in), target :: display(:), storage(:), xfer(:)
      real(r8), pointer :: normal(:)
      normal => elm_phase_normal_wood(display)
      call fields%add(name, normal, units, 'patch', stock=stock)
      call fields%add(name//'_storage', storage, units, 'patch', stock=stock)
      call fields%add(name//'_xfer', xfer, units, 'patch', stock=stock)
    end subroutine organ

  end subroutine register_patch_state

  subroutine register_column_state(fields)
    type(phase_fields_type), intent(inout) :: fields
    integer :: l
    real(r8), pointer :: array(:, :)
    character(len=8) :: pool
    character(len=6) :: total

    do l = 1, ndecomp_pools
      pool = decomp_cascade_con%decomp_pool_name_restart(l)
      total = 'TOTSOM'
      if (decomp_cascade_con%is_litter(l)) total = 'TOTLIT'
      if (decomp_cascade_con%is_cwd(l)) total = 'CWD'
      array => elm_phase_normal_layers(col_cs%decomp_cpools_vr(:, :, l))
      call fields%add(trim(pool)//'c_vr', array, 'gC/m3', 'column_level', stock=trim(total)//'C')
      array => elm_phase_normal_layers(col_ns%decomp_npools_vr(:, :, l))
      call fields%add(trim(pool)//'n_vr', array, 'gN/m3', 'column_level', stock=trim(total)//'N')
      array => elm_phase_normal_layers(col_ps%decomp_ppools_vr(:, :, l))
      call fields%add(trim(pool)//'p_vr', array, 'gP/m3', 'column_level', stock=trim(total)//'P')
    end do
    call fields%add('smin_no3_vr', col_ns%smin_no3_vr, 'gN/m3', 'column_level', stock='SMINN')
    call fields%add('smin_nh4_vr', col_ns%smin_nh4_vr, 'gN/m3', 'column_level', stock='SMINN')
    call fields%add('solutionp_vr', col_ps%solutionp_vr, 'gP/m3', 'column_level', stock='SMINP')
    call fields%add('labilep_vr', col_ps%labilep_vr, 'gP/m3', 'column_level', stock='SMINP')
    call fields%add('secondp_vr', col_ps%secondp_vr, 'gP/m3', 'column_level', stock='SMINP')
    ! ELM's own totals leave occluded and primary P out; the ledger counts them
    call fields%add('occlp_vr', col_ps%occlp_vr, 'gP/m3', 'column_level', stock='MINERALP')
    call fields%add('primp_vr', col_ps%primp_vr, 'gP/m3', 'column_level', stock='MINERALP')
  end subroutine register_column_state

end module elm_phase_fields_mod

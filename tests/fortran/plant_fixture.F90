! A few columns with one plant type each and an idealised seasonal climate, for tests of the plant modules without soil,
! files or MPI.
module plant_fixture
  use, intrinsic :: iso_fortran_env, only: error_unit
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: natpft_size, nlevdecomp, nlevgrnd
  use elm_varcon, only: init_vertical, tfrz, rpi, dzsoi_decomp
  use elm_time_manager, only: timemgr_init, advance_timestep, get_prev_calday, is_beg_curr_year
  use decompMod, only: bounds_type
  use filterMod, only: filter, filter_init
  use GridcellType, only: grc_pp
  use TopounitType, only: top_pp
  use LandunitType, only: lun_pp
  use ColumnType, only: col_pp
  use VegetationType, only: veg_pp
  use TopounitDataType, only: top_as, top_af
  use ColumnDataType, only: col_es, col_ws, col_wf, col_cs, col_cf, col_ns, col_nf, col_ps, col_pf
  use VegetationDataType, only: veg_es, veg_cs, veg_cf, veg_ns, veg_nf, veg_ps, veg_pf
  use VegetationPropertiesType, only: veg_vp
  use CNDecompCascadeConType, only: decomp_cascade_con
  use soilorder_varcon, only: smax, ks_sorption
  use elm_instMod, only: cnstate_vars, canopystate_vars, soilstate_vars
  use DaylengthMod, only: InitDaylength, UpdateDaylength
  use VerticalProfileMod, only: VerticalProfileInit, VerticalProfile
  use PlantPoolsMod, only: PlantPoolsInit
  use LitterInputMod, only: LitterInputInit
  use PhotosynthesisMod, only: PhotosynthesisInit, Photosynthesis
  use MaintenanceRespMod, only: MaintenanceResp
  use AllocationMod, only: AllocationInit, Allocation1, Allocation2
  use PhenologyMod, only: PhenologyInit, Phenology
  use GrowthRespMod, only: GrowthResp
  use GapMortalityMod, only: GapMortality
  use FireMod, only: FireInit, Fire
  use VegStructUpdateMod, only: VegStructUpdate
  use AnnualUpdateMod, only: AnnualUpdate
  use VegSummaryMod, only: VegSummary
  use coldStartMod, only: coldStart
  implicit none (type, external)
  private

  public :: plants_init, plants_step, patch_of, check, finish, litter_of, set_wood_and_plants

  ! Climate of one column.
  type, public :: climate_type
     real(r8) :: lat = 0._r8           ! degrees
     real(r8) :: t_mean = 298._r8      ! annual mean air temperature (K)
     real(r8) :: t_range = 0._r8       ! half the annual range (K)
     real(r8) :: solar = 200._r8       ! annual mean solar radiation (W/m2)
     real(r8) :: rh = 0.7_r8           ! relative humidity
     real(r8) :: psi_wet = -0.02_r8    ! soil water potential of the wet season (MPa)
     real(r8) :: psi_dry = -0.02_r8    ! soil water potential of the dry season (MPa)
     integer :: dry_from = 0           ! first day of the dry season, 0 is none
     integer :: dry_to = 0             ! last day of the dry season
     integer :: pft = 4                ! plant type
     real(r8) :: fire = 0._r8          ! burned fraction (1/yr)
     real(r8) :: fpg = 1._r8           ! share of the nutrient demand that the soil meets
  end type climate_type

  type(bounds_type), public :: bounds
  type(climate_type), allocatable, public :: climates(:)
  integer, public :: num_failed = 0

contains

  ! Cold start of one column a climate.
  subroutine plants_init(list)
    type(climate_type), intent(in) :: list(:)

    integer :: n, c, p, k

    climates = list
    n = size(list)
    bounds = bounds_type(1, n, 1, n, 1, n, 1, n, 1, n*natpft_size)
    call init_vertical()
    call grc_pp%Init(bounds); call top_pp%Init(bounds); call lun_pp%Init(bounds); call col_pp%Init(bounds)
    call veg_pp%Init(bounds); call top_as%Init(bounds); call top_af%Init(bounds)
    call col_es%Init(bounds); call col_ws%Init(bounds); call col_wf%Init(bounds)
    call col_cs%Init(bounds); call col_cf%Init(bounds); call col_ns%Init(bounds); call col_nf%Init(bounds)
    call col_ps%Init(bounds); call col_pf%Init(bounds); call veg_es%Init(bounds)
    call veg_cs%Init(bounds); call veg_cf%Init(bounds); call veg_ns%Init(bounds); call veg_nf%Init(bounds)
    call veg_ps%Init(bounds); call veg_pf%Init(bounds)
    call cnstate_vars%Init(bounds); call canopystate_vars%Init(bounds); call soilstate_vars%Init(bounds)
    call set_parameters()
    do c = 1, n
       grc_pp%latdeg(c) = climates(c)%lat
       grc_pp%lat(c) = climates(c)%lat*rpi/180._r8
       col_pp%gridcell(c) = c; col_pp%topounit(c) = c; col_pp%active(c) = .true.
       col_pp%pfti(c) = (c - 1)*natpft_size + 1; col_pp%pftf(c) = c*natpft_size
       cnstate_vars%isoilorder(c) = 1
       canopystate_vars%altmax_lastyear_indx_col(c) = nlevdecomp
       do k = 1, natpft_size
          p = (c - 1)*natpft_size + k
          veg_pp%gridcell(p) = c; veg_pp%topounit(p) = c; veg_pp%column(p) = c
          veg_pp%itype(p) = k - 1
          veg_pp%active(p) = k - 1 == climates(c)%pft
          veg_pp%wtcol(p) = merge(1._r8, 0._r8, veg_pp%active(p))
          cnstate_vars%fire_frac_patch(p) = merge(climates(c)%fire, 0._r8, veg_pp%active(p))
       end do
    end do
    call filter_init(bounds)
    call timemgr_init(0)
    call InitDaylength(bounds)
    call coldStart(bounds)
    call PlantPoolsInit()
    call VerticalProfileInit()
    call PhotosynthesisInit(bounds)
    call AllocationInit()
    call LitterInputInit(filter(1)%num_soilp)
    call PhenologyInit(filter(1)%num_soilp)
    call FireInit(bounds, filter(1)%num_soilp, filter(1)%soilp)
    associate(f => filter(1))
      call VerticalProfile(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
      call VegSummary(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
    end associate
  end subroutine plants_init

  ! One day of weather and of everything the plants do.
  subroutine plants_step()
    integer :: c

    call advance_timestep()
    call UpdateDaylength(bounds)
    do c = bounds%begc, bounds%endc
       call set_weather(c, climates(c))
    end do
    associate(f => filter(1))
      call Photosynthesis(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
      call MaintenanceResp(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
      call Allocation1(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
      do c = bounds%begc, bounds%endc
         cnstate_vars%fpg_col(c) = climates(c)%fpg
         cnstate_vars%fpg_p_col(c) = climates(c)%fpg
      end do
      call Allocation2(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
      call Phenology(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
      call GrowthResp(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
      call GapMortality(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
      call Fire(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
      call VegStructUpdate(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
      call AnnualUpdate(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
      call VegSummary(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
    end associate
  end subroutine plants_step

  ! A sine for air temperature and light, soil temperature a week behind at 85 % of the range.
  subroutine set_weather(c, clim)
    integer, intent(in) :: c
    type(climate_type), intent(in) :: clim

    real(r8) :: day, air, soil, psi, saturation, season
    integer :: j

    day = get_prev_calday()
    season = sign(1._r8, clim%lat)
    air = clim%t_mean - season*clim%t_range*cos(2._r8*rpi*(day - 15._r8)/365._r8)
    soil = clim%t_mean - 0.85_r8*season*clim%t_range*cos(2._r8*rpi*(day - 22._r8)/365._r8)
    psi = clim%psi_wet
    if (clim%dry_from > 0 .and. day >= clim%dry_from .and. day <= clim%dry_to) psi = clim%psi_dry
    saturation = 610.8_r8*exp(17.27_r8*(air - tfrz)/(air - tfrz + 237.3_r8))
    top_as%tbot(c) = air
    top_as%pbot(c) = 1.e5_r8
    top_as%qbot(c) = 0.622_r8*clim%rh*saturation/1.e5_r8
    top_af%solar(c) = clim%solar*grc_pp%dayl(c)/43200._r8
    top_af%rain(c) = merge(0._r8, 5._r8/86400._r8, psi < -1._r8)
    do j = 1, nlevgrnd
       col_es%t_soisno(c, j) = soil
       soilstate_vars%soilpsi_col(c, j) = psi
    end do
  end subroutine set_weather

  ! Patch of the vegetated plant type of a column.
  pure integer function patch_of(c)
    integer, intent(in) :: c

    patch_of = col_pp%pfti(c) + climates(c)%pft
  end function patch_of

  ! Litter and debris that the three processes gave to a column in the last step (g/m2/s), carbon (1), nitrogen (2) or
  ! phosphorus (3).
  function litter_of(c, element) result(total)
    integer, intent(in) :: c
    integer, intent(in) :: element
    real(r8) :: total

    integer :: j

    total = 0._r8
    do j = 1, nlevdecomp
       select case (element)
       case (1)
          total = total + dzsoi_decomp(j)*(col_cf%phenology_c_to_litr_met_c(c, j) + col_cf%phenology_c_to_litr_cel_c(c, j) &
               + col_cf%phenology_c_to_litr_lig_c(c, j) + col_cf%gap_mortality_c_to_litr_met_c(c, j) &
               + col_cf%gap_mortality_c_to_litr_cel_c(c, j) + col_cf%gap_mortality_c_to_litr_lig_c(c, j) &
               + col_cf%gap_mortality_c_to_cwdc(c, j) + col_cf%m_c_to_litr_met_fire(c, j) &
               + col_cf%m_c_to_litr_cel_fire(c, j) + col_cf%m_c_to_litr_lig_fire(c, j) + col_cf%fire_mortality_c_to_cwdc(c, j))
       case (2)
          total = total + dzsoi_decomp(j)*(col_nf%phenology_n_to_litr_met_n(c, j) + col_nf%phenology_n_to_litr_cel_n(c, j) &
               + col_nf%phenology_n_to_litr_lig_n(c, j) + col_nf%gap_mortality_n_to_litr_met_n(c, j) &
               + col_nf%gap_mortality_n_to_litr_cel_n(c, j) + col_nf%gap_mortality_n_to_litr_lig_n(c, j) &
               + col_nf%gap_mortality_n_to_cwdn(c, j) + col_nf%m_n_to_litr_met_fire(c, j) &
               + col_nf%m_n_to_litr_cel_fire(c, j) + col_nf%m_n_to_litr_lig_fire(c, j) + col_nf%fire_mortality_n_to_cwdn(c, j))
       case default
          total = total + dzsoi_decomp(j)*(col_pf%phenology_p_to_litr_met_p(c, j) + col_pf%phenology_p_to_litr_cel_p(c, j) &
               + col_pf%phenology_p_to_litr_lig_p(c, j) + col_pf%gap_mortality_p_to_litr_met_p(c, j) &
               + col_pf%gap_mortality_p_to_litr_cel_p(c, j) + col_pf%gap_mortality_p_to_litr_lig_p(c, j) &
               + col_pf%gap_mortality_p_to_cwdp(c, j) + col_pf%m_p_to_litr_met_fire(c, j) &
               + col_pf%m_p_to_litr_cel_fire(c, j) + col_pf%m_p_to_litr_lig_fire(c, j) + col_pf%fire_mortality_p_to_cwdp(c, j))
       end select
    end do
  end function litter_of

  ! Reports one expectation.
  subroutine check(name, passed)
    character(len=*), intent(in) :: name
    logical, intent(in) :: passed

    if (passed) then
       write(*, '(2a)') 'ok ', name
    else
       write(*, '(2a)') 'FAIL ', name
       num_failed = num_failed + 1
    end if
  end subroutine check

  ! Ends the program with the verdict.
  subroutine finish()
    if (num_failed > 0) then
       write(error_unit, '(i0,a)') num_failed, ' expectations failed'
       error stop 1
    end if
  end subroutine finish

  ! Gives an evergreen tree every displayed pool, so that a test need not grow it.
  subroutine set_wood_and_plants(p, leafc)
    integer, intent(in) :: p
    real(r8), intent(in) :: leafc  ! gC/m2

    integer :: ivt

    ivt = veg_pp%itype(p)
    veg_cs%leafc(p) = leafc
    veg_cs%frootc(p) = leafc
    veg_cs%livestemc(p) = 0.5_r8*leafc
    veg_cs%deadstemc(p) = 20._r8*leafc
    veg_cs%livecrootc(p) = 0.1_r8*leafc
    veg_cs%deadcrootc(p) = 5._r8*leafc
    veg_ns%leafn(p) = veg_cs%leafc(p)/veg_vp%leafcn(ivt)
    veg_ns%frootn(p) = veg_cs%frootc(p)/veg_vp%frootcn(ivt)
    veg_ns%livestemn(p) = veg_cs%livestemc(p)/veg_vp%livewdcn(ivt)
    veg_ns%deadstemn(p) = veg_cs%deadstemc(p)/veg_vp%deadwdcn(ivt)
    veg_ns%livecrootn(p) = veg_cs%livecrootc(p)/veg_vp%livewdcn(ivt)
    veg_ns%deadcrootn(p) = veg_cs%deadcrootc(p)/veg_vp%deadwdcn(ivt)
    veg_ps%leafp(p) = veg_cs%leafc(p)/veg_vp%leafcp(ivt)
    veg_ps%frootp(p) = veg_cs%frootc(p)/veg_vp%frootcp(ivt)
    veg_ps%livestemp(p) = veg_cs%livestemc(p)/veg_vp%livewdcp(ivt)
    veg_ps%deadstemp(p) = veg_cs%deadstemc(p)/veg_vp%deadwdcp(ivt)
    veg_ps%livecrootp(p) = veg_cs%livecrootc(p)/veg_vp%livewdcp(ivt)
    veg_ps%deadcrootp(p) = veg_cs%deadcrootc(p)/veg_vp%deadwdcp(ivt)
    veg_cf%annsum_npp(p) = 600._r8
    canopystate_vars%tlai_patch(p) = veg_vp%slatop(ivt)*leafc
  end subroutine set_wood_and_plants

  ! ELM's parameters of the sixteen plant types.
  subroutine set_parameters()
    real(r8), parameter :: tree(16) = [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 0, 0, 0, 0, 0]*1._r8

    veg_vp%roota_par(1:) = [3., 7., 7., 3., 7., 6., 6., 6., 7., 7., 7., 11., 11., 11., 6., 6.]
    veg_vp%rootb_par(1:) = [1.25, 2., 2., 1.25, 1., 2., 2., 2., 1.5, 1.5, 1.5, 2., 2., 2., 3., 3.]
    veg_vp%rootprof_beta(1:) = [.976_r8, .943_r8, .943_r8, .962_r8, .966_r8, .961_r8, .966_r8, .943_r8, .964_r8, .964_r8, &
         .914_r8, .914_r8, .943_r8, .943_r8, .961_r8, .961_r8]
    veg_vp%smpso(1:) = -1000._r8*[66, 66, 66, 66, 66, 35, 35, 35, 83, 83, 83, 74, 74, 74, 74, 74]
    veg_vp%smpsc(1:) = -1000._r8*[255, 255, 255, 255, 255, 224, 224, 224, 428, 428, 428, 275, 275, 275, 275, 275]
    veg_vp%c3psn(1:) = 1._r8; veg_vp%c3psn(14) = 0._r8
    veg_vp%slatop(1:) = [.01_r8, .008_r8, .024_r8, .012_r8, .012_r8, .03_r8, .03_r8, .03_r8, .012_r8, .03_r8, .03_r8, &
         .03_r8, .03_r8, .03_r8, .03_r8, .03_r8]
    veg_vp%dsladlai(1:) = 1.e-4_r8*[6, 6, 15, 8, 8, 20, 20, 20, 0, 0, 0, 0, 0, 0, 0, 0]
    veg_vp%flnr(1:) = [.0509_r8, .042_r8, .07_r8, .058_r8, .0515_r8, .0716_r8, .1007_r8, .1007_r8, .0517_r8, .12_r8, &
         .1365_r8, .1365_r8, .1_r8, .058_r8, .1_r8, .1758_r8]
    veg_vp%fnr(1:) = 7.16_r8
    veg_vp%act25(1:) = 3.6_r8
    veg_vp%qe(14) = 0.05_r8
    veg_vp%woody(1:) = tree
    veg_vp%evergreen([1, 2, 4, 5, 9]) = 1._r8
    veg_vp%season_decid([3, 7, 8, 11, 12]) = 1._r8
    veg_vp%stress_decid([6, 10, 13, 14, 15, 16]) = 1._r8
    veg_vp%leafcn(1:) = [35, 40, 25, 30, 30, 25, 25, 25, 30, 25, 25, 25, 25, 25, 25, 25]
    veg_vp%lflitcn = 2._r8*veg_vp%leafcn
    veg_vp%frootcn(1:) = 42._r8
    veg_vp%livewdcn(1:11) = 50._r8
    veg_vp%deadwdcn(1:11) = 500._r8
    veg_vp%leafcp(1:) = [525, 400, 250, 600, 450, 500, 375, 250, 450, 375, 250, 250, 375, 375, 275, 275]
    veg_vp%lflitcp = 2._r8*veg_vp%leafcp
    veg_vp%frootcp(1:) = 1000._r8
    veg_vp%livewdcp(1:) = 3000._r8
    veg_vp%deadwdcp(1:) = 3000._r8
    veg_vp%froot_leaf(1:) = [1._r8, 1._r8, .5_r8, .794_r8, 1._r8, 1._r8, 1._r8, 1._r8, 2._r8, 1._r8, 2._r8, 2._r8, 2._r8, &
         2._r8, 2._r8, 2._r8]
    veg_vp%stem_leaf(1:) = [-1._r8, -1._r8, -1.3_r8, -.55_r8, -1._r8, -1._r8, -1._r8, -1._r8, .2_r8, .2_r8, .2_r8, 0._r8, &
         0._r8, 0._r8, 0._r8, 0._r8]
    veg_vp%croot_stem(1:11) = .3_r8; veg_vp%croot_stem(3) = .2_r8
    veg_vp%flivewd(1:8) = .1_r8; veg_vp%flivewd(9:11) = [.5_r8, .5_r8, .1_r8]
    veg_vp%fcur([1, 2, 4, 5, 9]) = 1._r8
    veg_vp%grperc(1:) = .3_r8
    veg_vp%lf_flab(1:) = .25_r8; veg_vp%lf_fcel(1:) = .5_r8
    veg_vp%fr_flab(1:) = .25_r8; veg_vp%fr_fcel(1:) = .5_r8
    veg_vp%leaf_long(1:) = [1.5, 3.5, 1., 1., 1., 1., 1., 1., 1.5, 1., 1., 1., 1., 1., 1., 1.]
    veg_vp%froot_long = veg_vp%leaf_long
    veg_vp%nstor(1:) = 3._r8
    veg_vp%br_xr(1:) = 1.e-8_r8
    veg_vp%cc_leaf(1:) = .8_r8; veg_vp%fm_leaf(1:) = .8_r8
    veg_vp%cc_lstem(1:) = .25_r8; veg_vp%cc_dstem(1:) = .25_r8; veg_vp%cc_other(1:) = .5_r8
    veg_vp%fm_lstem(1:) = .45_r8; veg_vp%fm_other(1:) = .45_r8
    veg_vp%fm_root(1:) = .13_r8; veg_vp%fm_lroot(1:) = .13_r8; veg_vp%fm_droot(1:) = .13_r8
    smax = 75._r8
    ks_sorption = 60._r8
    decomp_cascade_con%initial_cn_ratio = 10._r8
    decomp_cascade_con%initial_cp_ratio = 500._r8
  end subroutine set_parameters

end module plant_fixture

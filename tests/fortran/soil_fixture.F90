! A few soil columns without plants, files or MPI, for tests of the soil modules. Column c has climate(c); the plants are
! what a test writes into the demand and litter arrays.
module soil_fixture
  use, intrinsic :: iso_fortran_env, only: error_unit
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: natpft_size, nlevdecomp
  use elm_varcon, only: init_vertical, tfrz, rpi, secspday, dayspyr, sb, dzsoi_decomp
  use elm_varctl, only: spinup_state, supplement_n, supplement_p
  use elm_time_manager, only: timemgr_init
  use decompMod, only: bounds_type
  use filterMod, only: filter, filter_init
  use GridcellType, only: grc_pp
  use ColumnType, only: col_pp
  use VegetationType, only: veg_pp
  use TopounitDataType, only: top_as, top_af
  use ColumnDataType, only: col_es, col_ws, col_wf, col_cs, col_cf, col_ns, col_nf, col_ps, col_pf
  use VegetationPropertiesType, only: veg_vp
  use soilorder_varcon, only: smax, ks_sorption, r_weather, r_adsorp, r_desorp, r_occlude, k_s1_biochem
  use elm_instMod, only: cnstate_vars, canopystate_vars, soilstate_vars
  use DecompCascadeCNMod, only: decomp_cascade_init
  use SoilPropertiesMod, only: SoilPropertiesInit
  use SoilTemperatureMod, only: SoilTemperatureInit
  use SoilHydrologyMod, only: SoilHydrologyInit
  use ActiveLayerMod, only: ActiveLayerInit
  use VerticalProfileMod, only: VerticalProfileInit, VerticalProfile
  implicit none (type, external)
  private

  public :: soil_init, set_weather, check, finish, column_sum

  real(r8), parameter, public :: year = secspday*dayspyr

  ! Climate of one column.
  type, public :: climate_type
     real(r8) :: lat = 45._r8        ! degrees
     real(r8) :: t_mean = 283._r8    ! annual mean air temperature (K)
     real(r8) :: t_range = 10._r8    ! half of the annual range (K)
     real(r8) :: rain = 900._r8      ! precipitation (mm/yr)
     real(r8) :: solar = 170._r8     ! annual mean solar radiation (W/m2)
     real(r8) :: lai = 3._r8         ! leaf area index
  end type climate_type

  integer, parameter :: vegetated = 4      ! the plant type that covers the columns

  type(bounds_type), public :: bounds
  type(climate_type), allocatable, public :: climates(:)
  integer, public :: num_failed = 0

contains

  ! Allocate and start cold, with the stand-in phosphorus parameters of the project's specification sheet.
  subroutine soil_init(list)
    type(climate_type), intent(in) :: list(:)

    integer :: n, c, p

    climates = list
    n = size(list)
    bounds = bounds_type(1, n, 1, n, 1, n, 1, n, 1, n*natpft_size)
    spinup_state = 0
    supplement_n = .false.
    supplement_p = .false.
    call init_vertical()
    call timemgr_init(0)
    call grc_pp%Init(bounds); call col_pp%Init(bounds); call veg_pp%Init(bounds)
    call top_as%Init(bounds); call top_af%Init(bounds)
    call col_es%Init(bounds); call col_ws%Init(bounds); call col_wf%Init(bounds)
    call col_cs%Init(bounds); call col_cf%Init(bounds); call col_ns%Init(bounds); call col_nf%Init(bounds)
    call col_ps%Init(bounds); call col_pf%Init(bounds)
    call cnstate_vars%Init(bounds); call canopystate_vars%Init(bounds); call soilstate_vars%Init(bounds)

    veg_vp%roota_par(:) = 6._r8
    veg_vp%rootb_par(:) = 2._r8
    veg_vp%rootprof_beta(:) = 0.96_r8
    smax(:) = 80._r8
    ks_sorption(:) = 60._r8
    r_weather(:) = 2.e-5_r8
    r_adsorp(:) = 0.014_r8
    r_desorp(:) = 0.0022_r8
    r_occlude(:) = 1.e-6_r8
    k_s1_biochem(:) = 1.e-3_r8

    do c = 1, n
       grc_pp%latdeg(c) = climates(c)%lat
       grc_pp%dayl(c) = 0.5_r8*secspday
       col_pp%gridcell(c) = c
       col_pp%topounit(c) = c
       col_pp%active(c) = .true.
       top_as%tbot_mean(c) = climates(c)%t_mean
       soilstate_vars%cellsand_col(c,:) = 40._r8
       soilstate_vars%cellclay_col(c,:) = 20._r8
       cnstate_vars%isoilorder(c) = 12
       p = (c - 1)*natpft_size + vegetated + 1
       veg_pp%itype(p) = vegetated
       veg_pp%column(p) = c
       veg_pp%wtcol(p) = 1._r8
       veg_pp%active(p) = .true.
       canopystate_vars%tlai_patch(p) = climates(c)%lai
    end do
    call filter_init(bounds)
    call decomp_cascade_init(bounds)
    call SoilPropertiesInit(bounds)
    call SoilTemperatureInit(bounds)
    call SoilHydrologyInit(bounds)
    call ActiveLayerInit(bounds)
    call VerticalProfileInit()
    associate(f => filter(1))
      call VerticalProfile(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
    end associate
  end subroutine soil_init

  ! Seasonal weather with rain every third day.
  subroutine set_weather(day)
    integer, intent(in) :: day   ! day of the run, 1 is 1 January

    real(r8) :: season, prec, rain_share
    integer :: c

    do c = bounds%begc, bounds%endc
       season = -cos(2._r8*rpi*(real(day, r8) - 15._r8)/dayspyr)
       top_as%tbot(c) = climates(c)%t_mean + climates(c)%t_range*season + 3._r8*sin(0.9_r8*real(day, r8))
       top_as%pbot(c) = 1.e5_r8
       top_as%qbot(c) = 8.e-3_r8
       top_af%solar(c) = climates(c)%solar*(1._r8 + 0.7_r8*season)
       top_af%lwrad(c) = 0.85_r8*sb*top_as%tbot(c)**4
       prec = merge(3._r8*climates(c)%rain/year, 0._r8, mod(day, 3) == 0)
       rain_share = min(1._r8, max(0._r8, 0.5_r8 + (top_as%tbot(c) - tfrz)/2._r8))
       top_af%rain(c) = prec*rain_share
       top_af%snow(c) = prec - top_af%rain(c)
       grc_pp%dayl(c) = 0.5_r8*secspday*(1._r8 + 0.3_r8*season)
    end do
  end subroutine set_weather

  ! Sum over depth of a layered array (x/m3 to x/m2) in one column.
  pure function column_sum(layers) result(total)
    real(r8), intent(in) :: layers(:)   ! layers 1..nlevdecomp at least
    real(r8) :: total

    total = sum(layers(1:nlevdecomp)*dzsoi_decomp(1:nlevdecomp))
  end function column_sum

  ! Report one finding.
  subroutine check(name, passed, found, expected)
    character(len=*), intent(in) :: name
    logical, intent(in) :: passed
    real(r8), intent(in), optional :: found, expected

    if (passed) then
       print '(2a)', 'ok ', name
       return
    end if
    num_failed = num_failed + 1
    if (present(found) .and. present(expected)) then
       print '(3a,g0,a,g0)', 'FAIL ', name, ': found ', found, ', expected ', expected
    else
       print '(2a)', 'FAIL ', name
    end if
  end subroutine check

  ! End the program, with an error if anything failed.
  subroutine finish()
    if (num_failed == 0) stop
    write(error_unit, '(i0,a)') num_failed, ' finding(s) failed'
    error stop 1
  end subroutine finish

end module soil_fixture

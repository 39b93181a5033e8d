! Water of snow and ten soil layers in daily steps: melt, infiltration, evaporation, transpiration, percolation, capillary
! exchange, drainage, and the water potential that roots and microbes see. Water is conserved.
module SoilHydrologyMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use elm_varpar, only: nlevsoi, nlevgrnd
  use elm_varcon, only: zsoi, dzsoi, tfrz, hfus, hvap, sb, rpi, denh2o
  use elm_time_manager, only: get_step_size_real
  use ColumnType, only: col_pp
  use VegetationType, only: veg_pp
  use VegetationPropertiesType, only: veg_vp
  use TopounitDataType, only: top_as, top_af
  use ColumnDataType, only: col_es, col_ws, col_wf
  use SoilPropertiesMod, only: head_to_mpa
  use elm_instMod, only: canopystate_vars, soilstate_vars
  implicit none (type, external)
  private

  public :: SoilHydrologyInit
  public :: SoilHydrology

  real(r8), parameter :: melt_exchange = 10._r8     ! exchange of melting snow with warmer, stable air (W/m2/K)
  real(r8), parameter :: stomata = 0.95_r8          ! transpiration of well watered plants over that of a wet surface (1)
  real(r8), parameter :: drying = 0.0744_r8         ! drying of a wet surface by air at rest after Penman (W/m2/Pa)
  real(r8), parameter :: wind_drying = 0.35_r8      ! its increase with the wind, of which two thirds reach 2 m (s/m)
  real(r8), parameter :: psychrometric = 66.5_r8    ! psychrometric constant (Pa/K)
  real(r8), parameter :: emissivity = 0.97_r8       ! of the surface (1)
  real(r8), parameter, public :: snow_density = 180._r8   ! mean of a settled snow cover (kg/m3)
  integer, parameter :: ncolours = 20               ! colour classes of ELM's surface data
  real(r8), parameter :: albedo_wet(ncolours) = [0.375_r8, 0.345_r8, 0.315_r8, 0.30_r8, 0.285_r8, 0.27_r8, 0.255_r8, &
       0.24_r8, 0.225_r8, 0.21_r8, 0.195_r8, 0.18_r8, 0.165_r8, 0.15_r8, 0.135_r8, 0.12_r8, 0.105_r8, 0.09_r8, 0.075_r8, &
       0.06_r8]                                     ! of wet soil by colour, mean of ELM's visible and infrared values (1)
  real(r8), parameter :: albedo_dry(ncolours) = [0.485_r8, 0.455_r8, 0.425_r8, 0.41_r8, 0.395_r8, 0.385_r8, 0.365_r8, &
       0.35_r8, 0.335_r8, 0.32_r8, 0.305_r8, 0.29_r8, 0.275_r8, 0.255_r8, 0.235_r8, 0.215_r8, 0.195_r8, 0.175_r8, 0.155_r8, &
       0.12_r8]                                     ! of dry soil (1)
  real(r8), parameter :: albedo_canopy = 0.18_r8    ! of leaves (1)
  real(r8), parameter :: albedo_snow = 0.70_r8      ! of settled snow (1)
  real(r8), parameter :: albedo_snowy_canopy = 0.25_r8   ! of trees above snow (1)
  real(r8), parameter :: snow_half = 20._r8         ! snow that covers half of the ground (kg/m2)
  real(r8), parameter :: interception = 0.25_r8     ! share of the rain on leaves that evaporates from them (1)
  real(r8), parameter :: k_canopy = 0.35_r8          ! light extinction of the canopy (1)
  real(r8), parameter :: evap_depth = 0.015_r8      ! e-folding depth of soil evaporation (m)
  integer, parameter :: nlev_evap = 5               ! layers that evaporate to the air
  real(r8), parameter :: runoff_exponent = 5._r8    ! saturated area = filled part of the upper soil to this power
  integer, parameter :: nlev_runoff = 6             ! layers that decide the saturated area
  real(r8), parameter :: ice_impedance = 13.8_r8    ! ice in all pores lowers the conductivity by a factor exp(13.8) = 10^6
  real(r8), parameter :: freezing_psi = denh2o*hfus/tfrz*1.e-6_r8   ! potential of freezing water (MPa/K)
  real(r8), parameter :: psi_min = -15._r8          ! driest potential (MPa)
  real(r8), parameter :: driest = 1.e-3_r8          ! smallest relative water content in the potential (1)

contains

  ! Cold start: soil at field capacity, no snow. After the soil properties and temperatures are set.
  subroutine SoilHydrologyInit(bounds)
    type(bounds_type), intent(in) :: bounds

    integer :: c, j

    do c = bounds%begc, bounds%endc
       col_ws%h2osno(c) = 0._r8
    end do
    col_ws%h2osoi_liq(bounds%begc:bounds%endc, :) = 0._r8
    col_ws%h2osoi_ice(bounds%begc:bounds%endc, :) = 0._r8
    do j = 1, nlevsoi
       do c = bounds%begc, bounds%endc
          col_ws%h2osoi_liq(c,j) = soilstate_vars%watfc_col(c,j)*dzsoi(j)*denh2o
       end do
    end do
    call freeze_and_potential(bounds)
    call total_water(bounds)
  end subroutine SoilHydrologyInit

  subroutine SoilHydrology(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc        ! number of soil columns in the filter
    integer, intent(in) :: filter_soilc(:)  ! filter for soil columns
    integer, intent(in) :: num_soilp        ! number of soil patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! filter for soil patches

    real(r8) :: shaded(bounds%begc:bounds%endc)      ! [1] share of the ground below what stands out of snow
    real(r8) :: pet(bounds%begc:bounds%endc)         ! [kg/m2] potential transpiration of the step
    real(r8) :: pet_soil(bounds%begc:bounds%endc)    ! [kg/m2] potential evaporation of the soil
    real(r8) :: water_in(bounds%begc:bounds%endc)    ! [kg/m2] rain and melt of the step

    call freeze_and_potential(bounds)
    call canopy_cover(bounds, num_soilp, filter_soilp, shaded)
    call snow_and_demand(bounds, pet, pet_soil, shaded, water_in)
    call infiltrate_and_percolate(bounds, water_in)
    call evapotranspire(bounds, pet, pet_soil)
    call capillary_exchange(bounds)
    call total_water(bounds)
  end subroutine SoilHydrology

  ! Shares of the ground below leaves and below what stands out of the snow: leaves and stems of woody plants.
  subroutine canopy_cover(bounds, num_soilp, filter_soilp, shaded)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilp        ! number of soil patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! filter for soil patches
    real(r8), intent(out) :: shaded(bounds%begc:bounds%endc)    ! [1]

    integer :: c, fp, p

    associate(covered => col_ws%covered)   ! Output: [real(r8) (:)] (1)
      do c = bounds%begc, bounds%endc
         covered(c) = 0._r8
         shaded(c) = 0._r8
      end do
      do fp = 1, num_soilp
         p = filter_soilp(fp)
         c = veg_pp%column(p)
         covered(c) = covered(c) + veg_pp%wtcol(p)*canopystate_vars%tlai_patch(p)
         if (veg_vp%woody(veg_pp%itype(p)) >= 1._r8) shaded(c) = shaded(c) &
              + veg_pp%wtcol(p)*(canopystate_vars%tlai_patch(p) + canopystate_vars%tsai_patch(p))
      end do
      !GCC$ novector
      do c = bounds%begc, bounds%endc
         covered(c) = 1._r8 - exp(-k_canopy*covered(c))
         shaded(c) = 1._r8 - exp(-k_canopy*shaded(c))
      end do
    end associate
  end subroutine canopy_cover

  ! Net radiation of the column with its surface at the temperature of the air (W/m2). Dry soil is brighter.
  function net_radiation(c, shaded) result(net)
    integer, intent(in) :: c                 ! column
    real(r8), intent(in) :: shaded           ! [1] share of the ground below what stands out of snow
    real(r8) :: net

    integer :: t
    real(r8) :: wetness, albedo, snow

    t = col_pp%topounit(c)
    wetness = (col_ws%h2osoi_liq(c,1) + col_ws%h2osoi_ice(c,1))/(dzsoi(1)*denh2o)
    associate(colour => max(1, min(ncolours, soilstate_vars%isoicol(c))))
      albedo = min(albedo_wet(colour) + max(0.11_r8 - 0.40_r8*wetness, 0._r8), albedo_dry(colour))
    end associate
    albedo = albedo + col_ws%covered(c)*(albedo_canopy - albedo)
    snow = albedo_snow + shaded*(albedo_snowy_canopy - albedo_snow)
    albedo = albedo + col_ws%frac_sno(c)*(snow - albedo)
    net = (1._r8 - albedo)*top_af%solar(t) + emissivity*(top_af%lwrad(t) - sb*top_as%tbot(t)**4)
  end function net_radiation

  ! Snow: fall, melt by the energy that a surface at the melting point receives, sublimation. Demand of transpiration and
  ! of evaporation from the soil after Penman: light and wind fade in the canopy, and rain on the leaves evaporates first.
  subroutine snow_and_demand(bounds, pet, pet_soil, shaded, water_in)
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(out) :: pet(bounds%begc:bounds%endc)        ! [kg/m2]
    real(r8), intent(out) :: pet_soil(bounds%begc:bounds%endc)   ! [kg/m2]
    real(r8), intent(in) :: shaded(bounds%begc:bounds%endc)      ! [1]
    real(r8), intent(out) :: water_in(bounds%begc:bounds%endc)   ! [kg/m2]

    real(r8) :: dt, t_air, e_sat, slope, deficit, drying_power, open_sky, intercepted, melt, sublimation, demand
    integer :: c, t

    dt = get_step_size_real()
    associate( &
         h2osno => col_ws%h2osno, &         ! InOut:  [real(r8) (:)] (kg/m2)
         frac_sno => col_ws%frac_sno, &     ! Output: [real(r8) (:)] (1)
         covered => col_ws%covered, &       ! Input:  [real(r8) (:)] (1)
         net => col_wf%net_rad, &           ! Output: [real(r8) (:)] (W/m2)
         canopy_evap => col_wf%qflx_evap_can, &  ! Output: [real(r8) (:)] (mm/s)
         evap_tot => col_wf%qflx_evap_tot)  ! Output: [real(r8) (:)] (mm/s)
      !GCC$ novector
      do c = bounds%begc, bounds%endc
         t = col_pp%topounit(c)
         t_air = top_as%tbot(t) - tfrz
         h2osno(c) = h2osno(c) + top_af%snow(t)*dt
         frac_sno(c) = h2osno(c)/(h2osno(c) + snow_half)

         e_sat = 611._r8*exp(17.27_r8*t_air/(t_air + 237.3_r8))
         slope = e_sat*4098._r8/(t_air + 237.3_r8)**2
         net(c) = net_radiation(c, shaded(c))
         deficit = max(e_sat - top_as%qbot(t)*top_as%pbot(t)/(0.622_r8 + 0.378_r8*top_as%qbot(t)), 0._r8)
         drying_power = psychrometric*drying*(1._r8 + wind_drying*top_as%windbot(t))*deficit
         pet(c) = stomata*(slope*max(net(c), 0._r8) + drying_power)/(slope + psychrometric)*dt/hvap
         open_sky = 1._r8 - covered(c)
         pet_soil(c) = (slope*max(net(c), 0._r8) + open_sky*drying_power) &
              *open_sky/(slope + psychrometric)*dt/hvap
         intercepted = min(interception*covered(c)*top_af%rain(t)*dt, pet(c))
         pet(c) = pet(c) - intercepted

         ! What is wanted and what there is approach each other without a corner. Round-off must not take
         ! more than there is: a store below zero would blow up here in the next step.
         melt = max(net(c) + melt_exchange*t_air, 0._r8)*dt/hfus
         melt = min(h2osno(c), h2osno(c)*melt/max(h2osno(c) + melt, tiny(1._r8)))
         h2osno(c) = h2osno(c) - melt
         demand = frac_sno(c)*(1._r8 - covered(c))*pet(c)
         sublimation = min(h2osno(c), h2osno(c)*demand/max(h2osno(c) + demand, tiny(1._r8)))
         h2osno(c) = h2osno(c) - sublimation
         water_in(c) = melt + top_af%rain(t)*dt - intercepted

         col_ws%snow_depth(c) = h2osno(c)/snow_density
         col_wf%qflx_snomelt(c) = melt/dt
         col_wf%qflx_rain_grnd(c) = top_af%rain(t)
         col_wf%qflx_snow_grnd(c) = top_af%snow(t)
         evap_tot(c) = (sublimation + intercepted)/dt
         canopy_evap(c) = intercepted/dt
      end do
    end associate
  end subroutine snow_and_demand

  ! Runoff from the saturated area, the rest enters. Water moves down by gravity with the conductivity of Clapp and
  ! Hornberger, k = hksat s**(2b+3), which for a layer without inflow has an exact solution over the step; ice impedes it.
  ! It leaves the last layer as drainage. A layer never holds more than its pores.
  subroutine infiltrate_and_percolate(bounds, water_in)
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(in) :: water_in(bounds%begc:bounds%endc)   ! [kg/m2]

    real(r8) :: flow(bounds%begc:bounds%endc)                   ! [kg/m2] water on its way down
    real(r8) :: held(bounds%begc:bounds%endc), room(bounds%begc:bounds%endc)   ! [kg/m2] of the upper soil
    real(r8) :: dt, pores, moved, saturated, exponent, log_s, rate
    integer :: c, j

    dt = get_step_size_real()
    associate( &
         watsat => soilstate_vars%watsat_col, &   ! Input: [real(r8) (:,:)] (m3/m3)
         hksat => soilstate_vars%hksat_col, &     ! Input: [real(r8) (:,:)] (mm/s)
         bsw => soilstate_vars%bsw_col, &         ! Input: [real(r8) (:,:)] (1)
         liq => col_ws%h2osoi_liq, &              ! InOut: [real(r8) (:,:)] (kg/m2)
         ice => col_ws%h2osoi_ice)                ! Input: [real(r8) (:,:)] (kg/m2)

      held(:) = 0._r8
      room(:) = 0._r8
      do j = 1, nlev_runoff
         do c = bounds%begc, bounds%endc
            held(c) = held(c) + liq(c,j) + ice(c,j)
            room(c) = room(c) + watsat(c,j)*dzsoi(j)*denh2o
         end do
      end do
      !GCC$ novector
      do c = bounds%begc, bounds%endc
         saturated = min(held(c)/room(c), 1._r8)**runoff_exponent
         col_wf%qflx_surf(c) = water_in(c)*saturated/dt
         flow(c) = water_in(c)*(1._r8 - saturated)
         col_wf%qflx_infl(c) = flow(c)/dt
      end do

      do j = 1, nlevsoi
         !GCC$ novector
         do c = bounds%begc, bounds%endc
            pores = watsat(c,j)*dzsoi(j)*denh2o
            liq(c,j) = liq(c,j) + flow(c)
            exponent = 2._r8*bsw(c,j) + 2._r8
            log_s = log(max(liq(c,j)/pores, driest))
            rate = exponent*hksat(c,j)*dt/pores*exp(exponent*log_s - ice_impedance*ice(c,j)/pores)
            moved = liq(c,j)*(1._r8 - exp(-log(1._r8 + rate)/exponent))
            moved = max(moved, liq(c,j) + ice(c,j) - pores)
            moved = min(moved, liq(c,j))
            liq(c,j) = liq(c,j) - moved
            flow(c) = moved
         end do
      end do
      do c = bounds%begc, bounds%endc
         col_wf%qflx_drain(c) = flow(c)/dt
      end do
    end associate
  end subroutine infiltrate_and_percolate

  ! Transpiration by the roots and evaporation of the bare ground share the demand. Roots work less between the two
  ! potentials of the plants. Where light limits a canopy stomata may close without harm, and roots in wet layers stand
  ! in for those in dry ones: transpiration falls less than the ability b of the roots, as b (2 - b).
  subroutine evapotranspire(bounds, pet, pet_soil)
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(in) :: pet(bounds%begc:bounds%endc)       ! [kg/m2]
    real(r8), intent(in) :: pet_soil(bounds%begc:bounds%endc)  ! [kg/m2]

    real(r8) :: weight(nlev_evap)
    real(r8) :: btran(bounds%begc:bounds%endc)              ! [1] mean ability of the roots
    real(r8) :: ability(bounds%begc:bounds%endc, nlevsoi)   ! [1] of a layer's roots, times their share
    real(r8) :: dt, available, filled, stress, demand, uptake, evaporation
    integer :: c, j

    dt = get_step_size_real()
    weight = exp(-zsoi(1:nlev_evap)/evap_depth)*dzsoi(1:nlev_evap)
    weight = weight/sum(weight)

    associate( &
         watfc => soilstate_vars%watfc_col, &     ! Input:  [real(r8) (:,:)] (m3/m3)
         watdry => soilstate_vars%watdry_col, &   ! Input:  [real(r8) (:,:)] (m3/m3)
         soilpsi => soilstate_vars%soilpsi_col, & ! Input:  [real(r8) (:,:)] (MPa)
         psi_open => soilstate_vars%psi_open_col, &     ! Input:  [real(r8) (:)] (MPa)
         psi_close => soilstate_vars%psi_close_col, &   ! Input:  [real(r8) (:)] (MPa)
         rootfr => soilstate_vars%rootfr_col, &   ! Input:  [real(r8) (:,:)] (1)
         frac_sno => col_ws%frac_sno, &           ! Input:  [real(r8) (:)] (1)
         covered => col_ws%covered, &             ! Input:  [real(r8) (:)] (1)
         liq => col_ws%h2osoi_liq, &              ! InOut:  [real(r8) (:,:)] (kg/m2)
         tran_veg => col_wf%qflx_tran_veg, &      ! Output: [real(r8) (:)] (mm/s)
         evap_tot => col_wf%qflx_evap_tot)        ! InOut:  [real(r8) (:)] (mm/s)
      do c = bounds%begc, bounds%endc
         tran_veg(c) = 0._r8
         btran(c) = 0._r8
      end do
      do j = 1, nlevsoi
         do c = bounds%begc, bounds%endc
            ability(c,j) = rootfr(c,j) &
                 *max(0._r8, min(1._r8, (soilpsi(c,j) - psi_close(c))/max(psi_open(c) - psi_close(c), 0.1_r8)))
            btran(c) = btran(c) + ability(c,j)
         end do
      end do
      do j = 1, nlevsoi
         !GCC$ ivdep
         do c = bounds%begc, bounds%endc
            available = max(liq(c,j) - watdry(c,j)*dzsoi(j)*denh2o, 0._r8)
            demand = pet(c)*covered(c)*ability(c,j)*(2._r8 - btran(c))
            uptake = available*demand/max(available + demand, tiny(1._r8))
            liq(c,j) = liq(c,j) - uptake
            tran_veg(c) = tran_veg(c) + uptake/dt
         end do
      end do
      do c = bounds%begc, bounds%endc
         evap_tot(c) = evap_tot(c) + tran_veg(c)
      end do
      do j = 1, nlev_evap
         !GCC$ novector
         do c = bounds%begc, bounds%endc
            ! The ground dries to half of the wilting point, ever more slowly (Lee and Pielke 1992, as in ELM).
            available = max(liq(c,j) - 0.5_r8*watdry(c,j)*dzsoi(j)*denh2o, 0._r8)
            filled = min(liq(c,j)/(watfc(c,j)*dzsoi(j)*denh2o), 1._r8)
            stress = 0.25_r8*(1._r8 - cos(rpi*filled))**2
            demand = pet_soil(c)*(1._r8 - frac_sno(c))*weight(j)*stress
            evaporation = available*demand/max(available + demand, tiny(1._r8))
            liq(c,j) = liq(c,j) - evaporation
            evap_tot(c) = evap_tot(c) + evaporation/dt
         end do
      end do
    end associate
  end subroutine evapotranspire

  ! Liquid water moves from fuller to emptier layers, implicit in time, with the diffusivity of Clapp and Hornberger,
  ! hksat b sucsat/watsat s**(b+2). Dry and frozen soil conducts little.
  subroutine capillary_exchange(bounds)
    type(bounds_type), intent(in) :: bounds

    real(r8) :: exchange(bounds%begc:bounds%endc, nlevsoi)   ! [kg/m2] per unit difference of saturation and step
    real(r8) :: upper(bounds%begc:bounds%endc, nlevsoi)      ! [1]
    real(r8) :: saturation(bounds%begc:bounds%endc, nlevsoi) ! [1] liquid water over pores
    real(r8) :: pores, inv_pivot, scale
    integer :: c, j

    associate( &
         watsat => soilstate_vars%watsat_col, &   ! Input: [real(r8) (:,:)] (m3/m3)
         hksat => soilstate_vars%hksat_col, &     ! Input: [real(r8) (:,:)] (mm/s)
         sucsat => soilstate_vars%sucsat_col, &   ! Input: [real(r8) (:,:)] (mm)
         bsw => soilstate_vars%bsw_col, &         ! Input: [real(r8) (:,:)] (1)
         liq => col_ws%h2osoi_liq, &              ! InOut: [real(r8) (:,:)] (kg/m2)
         ice => col_ws%h2osoi_ice)                ! Input: [real(r8) (:,:)] (kg/m2)
      ! diffusivity times porosity (mm2/s)
      do j = 1, nlevsoi
         !GCC$ novector
         do c = bounds%begc, bounds%endc
            pores = watsat(c,j)*dzsoi(j)*denh2o
            upper(c,j) = hksat(c,j)*bsw(c,j)*sucsat(c,j) &
                 *exp((bsw(c,j) + 2._r8)*log(max(liq(c,j)/pores, driest)) - ice_impedance*ice(c,j)/pores)
         end do
      end do
      do j = 1, nlevsoi - 1
         scale = 1.e-6_r8*get_step_size_real()/(zsoi(j+1) - zsoi(j))*denh2o
         do c = bounds%begc, bounds%endc
            exchange(c,j) = scale*sqrt(upper(c,j)*upper(c,j+1))
         end do
      end do
      exchange(:, nlevsoi) = 0._r8

      do c = bounds%begc, bounds%endc
         pores = watsat(c,1)*dzsoi(1)*denh2o
         inv_pivot = 1._r8/(pores + exchange(c,1))
         upper(c,1) = exchange(c,1)*inv_pivot
         saturation(c,1) = liq(c,1)*inv_pivot
      end do
      do j = 2, nlevsoi
         do c = bounds%begc, bounds%endc
            pores = watsat(c,j)*dzsoi(j)*denh2o
            inv_pivot = 1._r8/(pores + exchange(c,j) + exchange(c,j-1)*(1._r8 - upper(c,j-1)))
            upper(c,j) = exchange(c,j)*inv_pivot
            saturation(c,j) = (liq(c,j) + exchange(c,j-1)*saturation(c,j-1))*inv_pivot
         end do
      end do
      do j = nlevsoi - 1, 1, -1
         do c = bounds%begc, bounds%endc
            saturation(c,j) = saturation(c,j) + upper(c,j)*saturation(c,j+1)
         end do
      end do
      do j = 1, nlevsoi
         do c = bounds%begc, bounds%endc
            liq(c,j) = saturation(c,j)*watsat(c,j)*dzsoi(j)*denh2o
         end do
      end do
    end associate
  end subroutine capillary_exchange

  ! Split the water into liquid and ice by temperature: the liquid that stays is what soil holds at the potential of
  ! freezing water. Set the water potential. Everything follows from what restart files hold.
  subroutine freeze_and_potential(bounds)
    type(bounds_type), intent(in) :: bounds

    real(r8) :: total, pores, below_freezing, psi_sat, liquid_max
    integer :: c, j

    associate( &
         watsat => soilstate_vars%watsat_col, &     ! Input:  [real(r8) (:,:)] (m3/m3)
         bsw => soilstate_vars%bsw_col, &           ! Input:  [real(r8) (:,:)] (1)
         sucsat => soilstate_vars%sucsat_col, &     ! Input:  [real(r8) (:,:)] (mm)
         t_soisno => col_es%t_soisno, &             ! Input:  [real(r8) (:,:)] (K)
         liq => col_ws%h2osoi_liq, &                ! InOut:  [real(r8) (:,:)] (kg/m2)
         ice => col_ws%h2osoi_ice, &                ! InOut:  [real(r8) (:,:)] (kg/m2)
         soilpsi => soilstate_vars%soilpsi_col)     ! Output: [real(r8) (:,:)] (MPa)
      do j = 1, nlevsoi
         !GCC$ novector
         do c = bounds%begc, bounds%endc
            total = liq(c,j) + ice(c,j)
            pores = watsat(c,j)*dzsoi(j)*denh2o
            psi_sat = head_to_mpa*sucsat(c,j)
            liq(c,j) = total
            below_freezing = (t_soisno(c,j) - tfrz)*freezing_psi
            if (below_freezing < psi_sat) then
               liquid_max = pores*(below_freezing/psi_sat)**(-1._r8/bsw(c,j))
               liq(c,j) = min(total, liquid_max)
            end if
            ice(c,j) = total - liq(c,j)
            soilpsi(c,j) = max(psi_sat*min(max(liq(c,j)/pores, driest), 1._r8)**(-bsw(c,j)), psi_min)
         end do
      end do
      do j = nlevsoi + 1, nlevgrnd
         do c = bounds%begc, bounds%endc
            soilpsi(c,j) = psi_min
         end do
      end do
    end associate
  end subroutine freeze_and_potential

  ! Water content and water of the column at the end of the step.
  subroutine total_water(bounds)
    type(bounds_type), intent(in) :: bounds

    real(r8) :: total
    integer :: c, j

    do c = bounds%begc, bounds%endc
       col_ws%tws(c) = col_ws%h2osno(c)
    end do
    do j = 1, nlevsoi
       do c = bounds%begc, bounds%endc
          total = col_ws%h2osoi_liq(c,j) + col_ws%h2osoi_ice(c,j)
          col_ws%h2osoi_vol(c,j) = total/(dzsoi(j)*denh2o)
          col_ws%tws(c) = col_ws%tws(c) + total
       end do
    end do
    do j = nlevsoi + 1, nlevgrnd
       do c = bounds%begc, bounds%endc
          col_ws%h2osoi_vol(c,j) = 0._r8
       end do
    end do
  end subroutine total_water

end module SoilHydrologyMod

! Water of snow and ten soil layers in daily steps: melt, infiltration, evaporation, transpiration, percolation, capillary
! exchange, drainage, and the water potential that roots and microbes see. Water is conserved.
module SoilHydrologyMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use elm_varpar, only: nlevsoi, nlevgrnd
  use elm_varcon, only: zsoi, dzsoi, tfrz, hfus, hvap, sb, denh2o, secspday
  use elm_time_manager, only: get_step_size_real
  use ColumnType, only: col_pp
  use VegetationType, only: veg_pp
  use TopounitDataType, only: top_as, top_af
  use ColumnDataType, only: col_es, col_ws, col_wf
  use SoilPropertiesMod, only: head_to_mpa
  use elm_instMod, only: canopystate_vars, soilstate_vars
  implicit none (type, external)
  private

  public :: SoilHydrologyInit
  public :: SoilHydrology

  real(r8), parameter, public :: snow_density = 250._r8   ! (kg/m3)

  real(r8), parameter :: degree_day = 4._r8         ! snow melt per degree above freezing (kg/m2/K/day)
  real(r8), parameter :: priestley_taylor = 1.26_r8 ! evaporation of a wet surface over its equilibrium value (1)
  real(r8), parameter :: psychrometric = 66.5_r8    ! psychrometric constant (Pa/K)
  real(r8), parameter :: emissivity = 0.97_r8       ! of the surface (1)
  real(r8), parameter :: albedo_ground = 0.18_r8    ! without snow (1)
  real(r8), parameter :: albedo_snow = 0.5_r8       ! full snow cover, partly below the canopy (1)
  real(r8), parameter :: snow_half = 20._r8         ! snow that covers half of the ground (kg/m2)
  real(r8), parameter :: k_canopy = 0.5_r8          ! light extinction of the canopy (1)
  real(r8), parameter :: evap_depth = 0.05_r8       ! e-folding depth of soil evaporation (m)
  real(r8), parameter :: readily_available = 0.5_r8 ! share of the plant-available water that roots take without effort (1)
  integer, parameter :: nlev_evap = 5               ! layers that evaporate to the air
  real(r8), parameter :: runoff_exponent = 5._r8    ! saturated area = filled part of the upper soil to this power
  integer, parameter :: nlev_runoff = 6             ! layers that decide the saturated area
  real(r8), parameter :: capillary = 3.e-7_r8       ! moisture diffusivity at saturation (m2/s)
  real(r8), parameter :: baseflow_time = 20._r8     ! residence of drainable water in the last layer (days)
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
  end subroutine SoilHydrologyInit

  subroutine SoilHydrology(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc        ! number of soil columns in the filter
    integer, intent(in) :: filter_soilc(:)  ! filter for soil columns
    integer, intent(in) :: num_soilp        ! number of soil patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! filter for soil patches

    real(r8) :: covered(bounds%begc:bounds%endc)     ! [1] share of the ground below leaves
    real(r8) :: pet(bounds%begc:bounds%endc)         ! [kg/m2] potential evaporation of the step
    real(r8) :: water_in(bounds%begc:bounds%endc)    ! [kg/m2] rain and melt of the step

    call canopy_cover(bounds, num_soilp, filter_soilp, covered)
    call snow_and_demand(bounds, pet, covered, water_in)
    call infiltrate_and_percolate(bounds, water_in)
    call evapotranspire(bounds, pet, covered)
    call capillary_exchange(bounds)
    call freeze_and_potential(bounds)
  end subroutine SoilHydrology

  ! Leaf cover of the column.
  subroutine canopy_cover(bounds, num_soilp, filter_soilp, covered)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilp        ! number of soil patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! filter for soil patches
    real(r8), intent(out) :: covered(bounds%begc:bounds%endc)   ! [1]

    integer :: c, fp, p

    do c = bounds%begc, bounds%endc
       covered(c) = 0._r8
    end do
    do fp = 1, num_soilp
       p = filter_soilp(fp)
       c = veg_pp%column(p)
       covered(c) = covered(c) + veg_pp%wtcol(p)*canopystate_vars%tlai_patch(p)
    end do
    !GCC$ novector
    do c = bounds%begc, bounds%endc
       covered(c) = 1._r8 - exp(-k_canopy*covered(c))
    end do
  end subroutine canopy_cover

  ! Snow: fall, melt by degree-day, sublimation. Evaporation demand after Priestley and Taylor.
  subroutine snow_and_demand(bounds, pet, covered, water_in)
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(out) :: pet(bounds%begc:bounds%endc)        ! [kg/m2]
    real(r8), intent(in) :: covered(bounds%begc:bounds%endc)     ! [1]
    real(r8), intent(out) :: water_in(bounds%begc:bounds%endc)   ! [kg/m2]

    real(r8) :: dt, t_air, e_sat, slope, net_radiation, albedo, melt, sublimation, demand
    integer :: c, t

    dt = get_step_size_real()
    associate( &
         h2osno => col_ws%h2osno, &         ! InOut:  [real(r8) (:)] (kg/m2)
         frac_sno => col_ws%frac_sno, &     ! Output: [real(r8) (:)] (1)
         evap_tot => col_wf%qflx_evap_tot)  ! Output: [real(r8) (:)] (mm/s)
      !GCC$ novector
      do c = bounds%begc, bounds%endc
         t = col_pp%topounit(c)
         t_air = top_as%tbot(t) - tfrz
         h2osno(c) = h2osno(c) + top_af%snow(t)*dt
         frac_sno(c) = h2osno(c)/(h2osno(c) + snow_half)

         e_sat = 611._r8*exp(17.27_r8*t_air/(t_air + 237.3_r8))
         slope = e_sat*4098._r8/(t_air + 237.3_r8)**2
         albedo = albedo_ground + frac_sno(c)*(albedo_snow - albedo_ground)
         net_radiation = (1._r8 - albedo)*top_af%solar(t) + emissivity*(top_af%lwrad(t) - sb*top_as%tbot(t)**4)
         pet(c) = priestley_taylor*slope/(slope + psychrometric)*max(net_radiation, 0._r8)*dt/hvap

         ! What is wanted and what there is approach each other without a corner. Round-off must not take
         ! more than there is: a store below zero would blow up here in the next step.
         melt = degree_day*max(t_air, 0._r8)*dt/secspday
         melt = min(h2osno(c), h2osno(c)*melt/max(h2osno(c) + melt, tiny(1._r8)))
         h2osno(c) = h2osno(c) - melt
         demand = frac_sno(c)*(1._r8 - covered(c))*pet(c)
         sublimation = min(h2osno(c), h2osno(c)*demand/max(h2osno(c) + demand, tiny(1._r8)))
         h2osno(c) = h2osno(c) - sublimation
         water_in(c) = melt + top_af%rain(t)*dt

         col_ws%snow_depth(c) = h2osno(c)/snow_density
         col_wf%qflx_snomelt(c) = melt/dt
         col_wf%qflx_rain_grnd(c) = top_af%rain(t)
         col_wf%qflx_snow_grnd(c) = top_af%snow(t)
         evap_tot(c) = sublimation/dt
      end do
    end associate
  end subroutine snow_and_demand

  ! Runoff from the saturated area, the rest enters; above field capacity water moves on to the next layer and leaves the
  ! last one as drainage. A layer never holds more than its pores.
  subroutine infiltrate_and_percolate(bounds, water_in)
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(in) :: water_in(bounds%begc:bounds%endc)   ! [kg/m2]

    real(r8) :: flow(bounds%begc:bounds%endc)                   ! [kg/m2] water on its way down
    real(r8) :: held(bounds%begc:bounds%endc), room(bounds%begc:bounds%endc)   ! [kg/m2] of the upper soil
    real(r8) :: dt, pores, open_share, drainable, days, moved, saturated
    integer :: c, j

    dt = get_step_size_real()
    associate( &
         watsat => soilstate_vars%watsat_col, &   ! Input: [real(r8) (:,:)] (m3/m3)
         watfc => soilstate_vars%watfc_col, &     ! Input: [real(r8) (:,:)] (m3/m3)
         hksat => soilstate_vars%hksat_col, &     ! Input: [real(r8) (:,:)] (mm/s)
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
         !GCC$ ivdep
         do c = bounds%begc, bounds%endc
            pores = watsat(c,j)*dzsoi(j)*denh2o
            liq(c,j) = liq(c,j) + flow(c)
            open_share = max(1._r8 - ice(c,j)/pores, 0._r8)
            drainable = max(liq(c,j) - watfc(c,j)*dzsoi(j)*denh2o*open_share, 0._r8)
            days = (watsat(c,j) - watfc(c,j))*dzsoi(j)*denh2o/(hksat(c,j)*secspday)
            if (j == nlevsoi) days = days + baseflow_time
            ! implicit in time: the share that leaves in a step of a residence time of `days`
            moved = drainable*(dt/secspday)/(days + dt/secspday)
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

  ! Transpiration by the roots and evaporation of the bare ground share the demand.
  subroutine evapotranspire(bounds, pet, covered)
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(in) :: pet(bounds%begc:bounds%endc)       ! [kg/m2]
    real(r8), intent(in) :: covered(bounds%begc:bounds%endc)   ! [1]

    real(r8) :: weight(nlev_evap)
    real(r8) :: dt, dry, available, stress, demand, uptake, evaporation
    integer :: c, j

    dt = get_step_size_real()
    weight = exp(-zsoi(1:nlev_evap)/evap_depth)*dzsoi(1:nlev_evap)
    weight = weight/sum(weight)

    associate( &
         watfc => soilstate_vars%watfc_col, &     ! Input:  [real(r8) (:,:)] (m3/m3)
         watdry => soilstate_vars%watdry_col, &   ! Input:  [real(r8) (:,:)] (m3/m3)
         rootfr => soilstate_vars%rootfr_col, &   ! Input:  [real(r8) (:,:)] (1)
         frac_sno => col_ws%frac_sno, &           ! Input:  [real(r8) (:)] (1)
         liq => col_ws%h2osoi_liq, &              ! InOut:  [real(r8) (:,:)] (kg/m2)
         tran_veg => col_wf%qflx_tran_veg, &      ! Output: [real(r8) (:)] (mm/s)
         evap_tot => col_wf%qflx_evap_tot)        ! InOut:  [real(r8) (:)] (mm/s)
      do c = bounds%begc, bounds%endc
         tran_veg(c) = 0._r8
      end do
      do j = 1, nlevsoi
         !GCC$ ivdep
         do c = bounds%begc, bounds%endc
            dry = watdry(c,j)*dzsoi(j)*denh2o
            available = max(liq(c,j) - dry, 0._r8)
            stress = min(available/((1._r8 - readily_available)*(watfc(c,j)*dzsoi(j)*denh2o - dry)), 1._r8)
            demand = pet(c)*covered(c)*rootfr(c,j)*stress
            uptake = available*demand/max(available + demand, tiny(1._r8))
            liq(c,j) = liq(c,j) - uptake
            tran_veg(c) = tran_veg(c) + uptake/dt
         end do
      end do
      do c = bounds%begc, bounds%endc
         evap_tot(c) = evap_tot(c) + tran_veg(c)
      end do
      do j = 1, nlev_evap
         !GCC$ ivdep
         do c = bounds%begc, bounds%endc
            ! The ground dries to half of the wilting point, ever more slowly.
            available = max(liq(c,j) - 0.5_r8*watdry(c,j)*dzsoi(j)*denh2o, 0._r8)
            stress = min(available/(watfc(c,j)*dzsoi(j)*denh2o), 1._r8)
            demand = pet(c)*(1._r8 - covered(c))*(1._r8 - frac_sno(c))*weight(j)*stress
            evaporation = available*demand/max(available + demand, tiny(1._r8))
            liq(c,j) = liq(c,j) - evaporation
            evap_tot(c) = evap_tot(c) + evaporation/dt
         end do
      end do
    end associate
  end subroutine evapotranspire

  ! Liquid water moves from fuller to emptier layers, implicit in time. Dry and frozen soil conducts little.
  subroutine capillary_exchange(bounds)
    type(bounds_type), intent(in) :: bounds

    real(r8) :: exchange(bounds%begc:bounds%endc, nlevsoi)   ! [kg/m2] per unit difference of saturation and step
    real(r8) :: upper(bounds%begc:bounds%endc, nlevsoi)      ! [1]
    real(r8) :: saturation(bounds%begc:bounds%endc, nlevsoi) ! [1] liquid water over pores
    real(r8) :: pores, inv_pivot, scale
    integer :: c, j

    associate( &
         watsat => soilstate_vars%watsat_col, &   ! Input: [real(r8) (:,:)] (m3/m3)
         liq => col_ws%h2osoi_liq, &              ! InOut: [real(r8) (:,:)] (kg/m2)
         ice => col_ws%h2osoi_ice)                ! Input: [real(r8) (:,:)] (kg/m2)
      do j = 1, nlevsoi
         do c = bounds%begc, bounds%endc
            saturation(c,j) = liq(c,j)/(watsat(c,j)*dzsoi(j)*denh2o)
            upper(c,j) = saturation(c,j)**3*max(1._r8 - ice(c,j)/(watsat(c,j)*dzsoi(j)*denh2o), 0._r8)**2
         end do
      end do
      do j = 1, nlevsoi - 1
         scale = capillary*get_step_size_real()/(zsoi(j+1) - zsoi(j))*denh2o
         do c = bounds%begc, bounds%endc
            exchange(c,j) = scale*min(watsat(c,j), watsat(c,j+1))*min(upper(c,j), upper(c,j+1))
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
  ! freezing water. Set the water potential and the totals.
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
         vol => col_ws%h2osoi_vol, &                ! Output: [real(r8) (:,:)] (m3/m3)
         tws => col_ws%tws, &                       ! Output: [real(r8) (:)] (kg/m2)
         soilpsi => soilstate_vars%soilpsi_col)     ! Output: [real(r8) (:,:)] (MPa)
      do c = bounds%begc, bounds%endc
         tws(c) = col_ws%h2osno(c)
      end do
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
            vol(c,j) = total/(dzsoi(j)*denh2o)
            soilpsi(c,j) = max(psi_sat*min(max(liq(c,j)/pores, driest), 1._r8)**(-bsw(c,j)), psi_min)
            tws(c) = tws(c) + total
         end do
      end do
      do j = nlevsoi + 1, nlevgrnd
         do c = bounds%begc, bounds%endc
            vol(c,j) = 0._r8
            soilpsi(c,j) = psi_min
         end do
      end do
    end associate
  end subroutine freeze_and_potential

end module SoilHydrologyMod

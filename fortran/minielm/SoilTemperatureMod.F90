! Soil temperature: implicit heat conduction through 15 layers below an insulating snow cover, with the latent heat of soil
! water as an apparent heat capacity. The sun warms the surface above the air by what evaporation leaves of the net
! radiation. One step a day.
module SoilTemperatureMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use elm_varpar, only: nlevgrnd, nlevsoi
  use elm_varcon, only: zsoi, zisoi, dzsoi, tfrz, hfus, hvap, cpliq, cpice, tkwat, denh2o
  use elm_time_manager, only: get_step_size_real
  use ColumnType, only: col_pp
  use TopounitDataType, only: top_as
  use ColumnDataType, only: col_es, col_ws, col_wf
  use SoilHydrologyMod, only: snow_density
  use elm_instMod, only: soilstate_vars
  implicit none (type, external)
  private

  public :: SoilTemperatureInit
  public :: SoilTemperature
  public :: unfrozen_share

  real(r8), parameter :: h_surface = 15._r8        ! exchange between air and ground surface (W/m2/K)
  real(r8), parameter :: h_stable = 8._r8          ! the same when the surface is colder than the air (W/m2/K)
  real(r8), parameter :: h_canopy = 50._r8         ! exchange between the air and a canopy (W/m2/K)
  real(r8), parameter :: tk_snow = 0.2_r8          ! conductivity of a layered snow cover after Sturm et al. (1997) (W/m/K)
  real(r8), parameter :: tk_bedrock = 3._r8        ! conductivity below the soil (W/m/K)
  real(r8), parameter :: csol_bedrock = 2.e6_r8    ! heat capacity below the soil (J/m3/K)
  real(r8), parameter :: frozen_gain = 0.8_r8      ! wet soil conducts that much better when frozen (1)
  real(r8), parameter :: freeze_width = 0.5_r8     ! temperature range over which soil water freezes (K)
  real(r8), parameter :: never_frozen = 0.2_r8     ! share of the water that stays liquid (1)

contains

  ! Cold start: the mean air temperature everywhere.
  subroutine SoilTemperatureInit(bounds)
    type(bounds_type), intent(in) :: bounds

    integer :: c, j

    do j = 1, nlevgrnd
       do c = bounds%begc, bounds%endc
          col_es%t_soisno(c,j) = top_as%tbot_mean(col_pp%topounit(c))
       end do
    end do
  end subroutine SoilTemperatureInit

  ! Share of the soil water that is liquid, for the latent heat. A smooth curve below the freezing point: the heat budget
  ! needs no more, and a smooth one survives a daily step.
  elemental function unfrozen_share(t_soil) result(share)
    real(r8), intent(in) :: t_soil   ! [K]
    real(r8) :: share                ! [1]

    share = 1._r8
    if (t_soil < tfrz) share = never_frozen + (1._r8 - never_frozen)*exp((t_soil - tfrz)/freeze_width)
  end function unfrozen_share

  subroutine SoilTemperature(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc        ! number of soil columns in the filter
    integer, intent(in) :: filter_soilc(:)  ! filter for soil columns
    integer, intent(in) :: num_soilp        ! number of soil patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! filter for soil patches

    real(r8) :: conductance(bounds%begc:bounds%endc, 0:nlevgrnd)   ! [W/m2/K] across the upper (0) and lower interfaces
    real(r8) :: heat_capacity(bounds%begc:bounds%endc, nlevgrnd)   ! [J/m2/K] without latent heat
    real(r8) :: latent(bounds%begc:bounds%endc, nlevgrnd)          ! [J/m2/K] apparent, of freezing
    real(r8) :: liquid_old(bounds%begc:bounds%endc, nlevsoi)       ! [1] unfrozen share at the start
    real(r8) :: t_new(bounds%begc:bounds%endc, nlevgrnd)           ! [K]
    real(r8) :: t_surface(bounds%begc:bounds%endc)                 ! [K] of the air that the ground exchanges heat with
    real(r8) :: slope, change
    integer :: c, j

    call surface_warming(bounds, t_surface)
    call thermal_properties(bounds, conductance, heat_capacity)

    associate( &
         t_soisno => col_es%t_soisno, &       ! InOut:  [real(r8) (:,:)] (K)
         h2osoi_liq => col_ws%h2osoi_liq, &   ! Input:  [real(r8) (:,:)] (kg/m2)
         h2osoi_ice => col_ws%h2osoi_ice)     ! Input:  [real(r8) (:,:)] (kg/m2)

      ! First guess with the slope of the freezing curve at the old temperature, then once more with the slope between
      ! the two temperatures, so that a layer cannot jump across the freezing range without paying for it.
      latent(:, nlevsoi+1:) = 0._r8
      do j = 1, nlevsoi
         !GCC$ novector
         do c = bounds%begc, bounds%endc
            liquid_old(c,j) = unfrozen_share(t_soisno(c,j))
            slope = merge((liquid_old(c,j) - never_frozen)/freeze_width, 0._r8, t_soisno(c,j) < tfrz)
            latent(c,j) = hfus*(h2osoi_liq(c,j) + h2osoi_ice(c,j))*slope
         end do
      end do
      call conduct(bounds, t_surface, conductance, heat_capacity, latent, t_new)
      do j = 1, nlevsoi
         !GCC$ novector
         do c = bounds%begc, bounds%endc
            change = t_new(c,j) - t_soisno(c,j)
            if (abs(change) > 0.01_r8) then
               slope = (unfrozen_share(t_new(c,j)) - liquid_old(c,j))/change
               latent(c,j) = hfus*(h2osoi_liq(c,j) + h2osoi_ice(c,j))*slope
            end if
         end do
      end do
      call conduct(bounds, t_surface, conductance, heat_capacity, latent, t_new)
      do j = 1, nlevgrnd
         do c = bounds%begc, bounds%endc
            t_soisno(c,j) = t_new(c,j)
         end do
      end do
      do c = bounds%begc, bounds%endc
         col_es%t_grnd(c) = t_soisno(c,1) + (t_surface(c) - t_soisno(c,1))*conductance(c,0)/h_surface
      end do
    end associate
  end subroutine SoilTemperature

  ! Temperature that drives the ground: the air's, plus what the radiation that is not spent on evaporation adds at the
  ! ground and in the canopy, each over its exchange coefficient. Snow does not get warmer than melting.
  subroutine surface_warming(bounds, t_surface)
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(out) :: t_surface(bounds%begc:bounds%endc)         ! [K]

    real(r8) :: from_leaves, ground, canopy
    integer :: c, t

    do c = bounds%begc, bounds%endc
       t = col_pp%topounit(c)
       from_leaves = col_wf%qflx_tran_veg(c) + col_wf%qflx_evap_can(c)
       ground = (1._r8 - col_ws%covered(c))*col_wf%net_rad(c) - hvap*(col_wf%qflx_evap_tot(c) - from_leaves)
       canopy = col_ws%covered(c)*col_wf%net_rad(c) - hvap*from_leaves
       t_surface(c) = top_as%tbot(t) + ground/merge(h_surface, h_stable, ground > 0._r8) + canopy/h_canopy
       if (t_surface(c) > tfrz) t_surface(c) = t_surface(c) - col_ws%frac_sno(c)*(t_surface(c) - max(tfrz, top_as%tbot(t)))
    end do
  end subroutine surface_warming

  ! Conductances between the nodes and heat capacities of the layers.
  subroutine thermal_properties(bounds, conductance, heat_capacity)
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(out) :: conductance(bounds%begc:bounds%endc, 0:nlevgrnd)   ! [W/m2/K]
    real(r8), intent(out) :: heat_capacity(bounds%begc:bounds%endc, nlevgrnd)   ! [J/m2/K]

    real(r8) :: tk(bounds%begc:bounds%endc, nlevgrnd)   ! [W/m/K]
    real(r8) :: water, filled, ice_share, tk_sat, kersten
    integer :: c, j

    associate( &
         h2osoi_liq => col_ws%h2osoi_liq, &          ! Input: [real(r8) (:,:)] (kg/m2)
         h2osoi_ice => col_ws%h2osoi_ice, &          ! Input: [real(r8) (:,:)] (kg/m2)
         h2osno => col_ws%h2osno, &                  ! Input: [real(r8) (:)] (kg/m2)
         watsat => soilstate_vars%watsat_col, &      ! Input: [real(r8) (:,:)] (m3/m3)
         tksatu => soilstate_vars%tksatu_col, &      ! Input: [real(r8) (:,:)] (W/m/K)
         tkdry => soilstate_vars%tkdry_col, &        ! Input: [real(r8) (:,:)] (W/m/K)
         csol => soilstate_vars%csol_col)            ! Input: [real(r8) (:,:)] (J/m3/K)
      do j = 1, nlevgrnd
         if (j <= nlevsoi) then
            !GCC$ novector
            do c = bounds%begc, bounds%endc
               water = h2osoi_liq(c,j) + h2osoi_ice(c,j)
               ice_share = h2osoi_ice(c,j)/max(water, 1.e-10_r8)
               filled = min(water/(watsat(c,j)*dzsoi(j)*denh2o), 1._r8)
               tk_sat = tksatu(c,j)*(1._r8 + frozen_gain*ice_share)
               ! Kersten number: logarithmic in unfrozen, linear in frozen soil
               kersten = ice_share*filled + (1._r8 - ice_share)*max(log(max(filled, 0.1_r8))/log(10._r8) + 1._r8, 0._r8)
               tk(c,j) = tkdry(c,j) + kersten*(tk_sat - tkdry(c,j))
               heat_capacity(c,j) = csol(c,j)*(1._r8 - watsat(c,j))*dzsoi(j) + cpliq*h2osoi_liq(c,j) + cpice*h2osoi_ice(c,j)
            end do
         else
            do c = bounds%begc, bounds%endc
               tk(c,j) = tk_bedrock
               heat_capacity(c,j) = csol_bedrock*dzsoi(j)
            end do
         end if
      end do
      do c = bounds%begc, bounds%endc
         conductance(c,0) = 1._r8/(1._r8/h_surface + h2osno(c)/(snow_density*tk_snow) + zsoi(1)/tk(c,1))
         conductance(c,nlevgrnd) = 0._r8
      end do
      do j = 1, nlevgrnd - 1
         do c = bounds%begc, bounds%endc
            conductance(c,j) = 1._r8/((zisoi(j) - zsoi(j))/tk(c,j) + (zsoi(j+1) - zisoi(j))/tk(c,j+1))
         end do
      end do
    end associate
  end subroutine thermal_properties

  ! One implicit step of conduction from the present temperatures; no heat flux at the bottom.
  subroutine conduct(bounds, t_surface, conductance, heat_capacity, latent, t_new)
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(in) :: t_surface(bounds%begc:bounds%endc)                 ! [K]
    real(r8), intent(in) :: conductance(bounds%begc:bounds%endc, 0:nlevgrnd)   ! [W/m2/K]
    real(r8), intent(in) :: heat_capacity(bounds%begc:bounds%endc, nlevgrnd)   ! [J/m2/K]
    real(r8), intent(in) :: latent(bounds%begc:bounds%endc, nlevgrnd)          ! [J/m2/K]
    real(r8), intent(out) :: t_new(bounds%begc:bounds%endc, nlevgrnd)          ! [K]

    real(r8) :: upper(bounds%begc:bounds%endc, nlevgrnd)   ! [1] factor of the next layer's temperature
    real(r8) :: storage, inv_pivot, inv_dt
    integer :: c, j

    inv_dt = 1._r8/get_step_size_real()
    associate(t_soisno => col_es%t_soisno)
      do c = bounds%begc, bounds%endc
         storage = (heat_capacity(c,1) + latent(c,1))*inv_dt
         inv_pivot = 1._r8/(storage + conductance(c,0) + conductance(c,1))
         upper(c,1) = conductance(c,1)*inv_pivot
         t_new(c,1) = (storage*t_soisno(c,1) + conductance(c,0)*t_surface(c))*inv_pivot
      end do
      do j = 2, nlevgrnd
         do c = bounds%begc, bounds%endc
            storage = (heat_capacity(c,j) + latent(c,j))*inv_dt
            inv_pivot = 1._r8/(storage + conductance(c,j) + conductance(c,j-1)*(1._r8 - upper(c,j-1)))
            upper(c,j) = conductance(c,j)*inv_pivot
            t_new(c,j) = (storage*t_soisno(c,j) + conductance(c,j-1)*t_new(c,j-1))*inv_pivot
         end do
      end do
      do j = nlevgrnd - 1, 1, -1
         do c = bounds%begc, bounds%endc
            t_new(c,j) = t_new(c,j) + upper(c,j)*t_new(c,j+1)
         end do
      end do
    end associate
  end subroutine conduct

end module SoilTemperatureMod

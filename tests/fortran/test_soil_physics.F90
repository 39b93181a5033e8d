! Soil temperature and water: damping of the annual wave with depth, insulation by snow, permafrost, water budget,
! and bounds of the water content over years of weather.
program test_soil_physics
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: nlevsoi, nlevgrnd
  use elm_varcon, only: secspday, dzsoi, denh2o, zsoi, rpi
  use elm_time_manager, only: advance_timestep
  use filterMod, only: filter
  use TopounitDataType, only: top_as, top_af
  use ColumnDataType, only: col_es, col_ws, col_wf
  use elm_instMod, only: canopystate_vars, soilstate_vars
  use SoilTemperatureMod, only: SoilTemperature
  use SoilHydrologyMod, only: SoilHydrology
  use ActiveLayerMod, only: ActiveLayer
  use soil_fixture, only: soil_init, climate_type, set_weather, bounds, check, finish
  implicit none (type, external)

  call soil_init([ &
       climate_type(), &
       climate_type(lat=0._r8, t_mean=299._r8, t_range=2._r8, rain=2200._r8, solar=210._r8, lai=5._r8), &
       climate_type(lat=70._r8, t_mean=259._r8, t_range=18._r8, rain=250._r8, solar=110._r8, lai=0.5_r8), &
       climate_type(lat=25._r8, t_mean=297._r8, t_range=8._r8, rain=60._r8, solar=240._r8, lai=0.1_r8)])
  call years_of_weather()
  call annual_wave()
  call finish()

contains

  subroutine years_of_weather()
    integer, parameter :: nyears = 25
    real(r8) :: worst, budget, liquid_share
    real(r8) :: before(4), drained(4), came(4)
    logical :: bounded
    integer :: day, c, j

    worst = 0._r8
    bounded = .true.
    drained = 0._r8
    came = 0._r8
    do day = 1, 365*nyears
       call advance_timestep()
       call set_weather(day)
       before = col_ws%tws(1:4)
       associate(f => filter(1))
         call SoilTemperature(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
         call SoilHydrology(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
         call ActiveLayer(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
       end associate
       do c = bounds%begc, bounds%endc
          budget = col_ws%tws(c) - before(c) - secspday*(top_af%rain(c) + top_af%snow(c) - col_wf%qflx_evap_tot(c) &
               - col_wf%qflx_surf(c) - col_wf%qflx_drain(c))
          worst = max(worst, abs(budget))
          came(c) = came(c) + top_af%rain(c) + top_af%snow(c)
          drained(c) = drained(c) + col_wf%qflx_drain(c) + col_wf%qflx_surf(c)
          do j = 1, nlevsoi
             bounded = bounded .and. col_ws%h2osoi_liq(c,j) >= 0._r8 .and. col_ws%h2osoi_ice(c,j) >= 0._r8 &
                  .and. soilstate_vars%soilpsi_col(c,j) <= 0._r8 .and. soilstate_vars%soilpsi_col(c,j) >= -15._r8
          end do
       end do
    end do
    call check('water is conserved', worst < 1.e-9_r8, worst, 0._r8)
    call check('water and potential stay in bounds', bounded)
    call check('wet climate drains', drained(2) > 0.2_r8*came(2), drained(2)/came(2), 0.2_r8)
    call check('dry climate does not', drained(4) < 0.2_r8*came(4), drained(4)/came(4), 0.2_r8)
    call check('desert soil is dry', soilstate_vars%soilpsi_col(4,2) < -0.5_r8)
    call check('permafrost stays', canopystate_vars%altmax_lastyear_col(3) > 0.1_r8 .and. &
         canopystate_vars%altmax_lastyear_col(3) < 2.5_r8, canopystate_vars%altmax_lastyear_col(3), 1._r8)
    call check('the tropics never freeze', canopystate_vars%altmax_lastyear_col(2) == zsoi(nlevgrnd))
    call check('frozen ground holds ice', col_ws%h2osoi_ice(3,8) > 0._r8)
    liquid_share = col_ws%h2osoi_liq(3,8)/(col_ws%h2osoi_liq(3,8) + col_ws%h2osoi_ice(3,8))
    call check('frozen ground holds some liquid', liquid_share > 0.05_r8 .and. liquid_share < 0.6_r8, liquid_share, 0.3_r8)
    call check('water content counts ice', abs(col_ws%h2osoi_vol(3,8) &
         - (col_ws%h2osoi_liq(3,8) + col_ws%h2osoi_ice(3,8))/(dzsoi(8)*denh2o)) < 1.e-14_r8)
  end subroutine years_of_weather

  ! Below a sinusoidal surface temperature the amplitude falls as exp(-z/d), d = sqrt(2 kappa/omega): the warm column
  ! must damp the wave between two depths as its conductivity and capacity say, and keep the mean.
  subroutine annual_wave()
    real(r8) :: highest(2), lowest(2), mean(2), damping, depth_scale, kappa
    integer, parameter :: upper = 6, lower = 8
    integer :: day

    highest = 0._r8
    lowest = 1000._r8
    mean = 0._r8
    do day = 1, 365*8
       top_as%tbot(1) = 290._r8 + 10._r8*sin(2._r8*rpi*real(day, r8)/365._r8)
       associate(f => filter(1))
         call SoilTemperature(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
       end associate
       if (day > 365*7) then
          highest = max(highest, col_es%t_soisno(1,[upper, lower]))
          lowest = min(lowest, col_es%t_soisno(1,[upper, lower]))
          mean = mean + col_es%t_soisno(1,[upper, lower])/365._r8
       end if
    end do
    damping = (highest(2) - lowest(2))/(highest(1) - lowest(1))
    kappa = mean_diffusivity(upper, lower)
    depth_scale = sqrt(2._r8*kappa*365._r8*secspday/(2._r8*rpi))
    call check('damping of the annual wave', abs(log(damping) + (zsoi(lower) - zsoi(upper))/depth_scale) < 0.1_r8, &
         damping, exp(-(zsoi(lower) - zsoi(upper))/depth_scale))
    call check('the wave keeps its mean', all(abs(mean - 290._r8) < 1._r8), mean(1), 290._r8)
  end subroutine annual_wave

  ! Thermal diffusivity between two layers (m2/s) from the soil properties.
  function mean_diffusivity(first, last) result(kappa)
    integer, intent(in) :: first, last
    real(r8) :: kappa, tk, heat, filled, kersten
    integer :: j

    tk = 0._r8
    heat = 0._r8
    do j = first, last
       associate(ss => soilstate_vars)
         filled = min(col_ws%h2osoi_vol(1,j)/ss%watsat_col(1,j), 1._r8)
         kersten = log10(max(filled, 0.1_r8)) + 1._r8
         tk = tk + dzsoi(j)*(ss%tkdry_col(1,j) + kersten*(ss%tksatu_col(1,j) - ss%tkdry_col(1,j)))
         heat = heat + dzsoi(j)*(ss%csol_col(1,j)*(1._r8 - ss%watsat_col(1,j)) + 4.188e6_r8*col_ws%h2osoi_vol(1,j))
       end associate
    end do
    kappa = tk/heat
  end function mean_diffusivity

end program test_soil_physics

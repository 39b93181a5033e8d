! Daily canopy photosynthesis and leaf respiration of every patch.
!
! Leaf rates follow Farquhar (C3) and a light-use form (C4), with smooth co-limitation by Rubisco, electron transport
! and light; temperature responses are peaked Arrhenius curves that acclimate to the last ten days. The canopy is
! integrated by Gauss points over leaf area (light by Beer's law, nitrogen decreasing downwards) and over the day (the
! sun's course from the daily mean light). Soil water acts on capacity and leaf respiration through roots in soil that
! is not frozen.
module PhotosynthesisMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: nlevdecomp, natpft_lb, natpft_ub
  use elm_varcon, only: secspday, tfrz, zisoi
  use elm_varctl, only: co2_ppmv
  use decompMod, only: bounds_type
  use GridcellType, only: grc_pp
  use ColumnType, only: col_pp
  use VegetationType, only: veg_pp
  use VegetationPropertiesType, only: veg_vp
  use TopounitDataType, only: top_as, top_af
  use ColumnDataType, only: col_es, col_ws
  use VegetationDataType, only: veg_es, veg_cf, veg_ns
  use bgc_paramsMod, only: bgc_params
  use elm_instMod, only: canopystate_vars, soilstate_vars
  implicit none (type, external)
  private

  public :: PhotosynthesisInit
  public :: Photosynthesis

  ! What a column's weather sets for all its patches.
  type :: column_climate_type
     real(r8) :: vcmax_c3, vcmax_c4                  ! [1] temperature responses of Rubisco capacity
     real(r8) :: jmax                                ! [1] of electron transport capacity
     real(r8) :: lmr                                 ! [1] of leaf respiration
     real(r8) :: jmax_per_vcmax                      ! [1] ratio of the capacities at 25 C
     real(r8) :: rubisco_c3, electron_c3             ! [1] limitation by intercellular carbon dioxide
     real(r8) :: par                                 ! [umol photons/m2/s] usable light, mean of the daylight hours
     real(r8) :: daylight                            ! [1] share of the day with light, times the frost response
     real(r8) :: capacity                            ! [1] day length factor of the capacities
     real(r8) :: psi(nlevdecomp)                     ! [mm] soil water potential
     real(r8) :: unfrozen(nlevdecomp)                ! [1] share of the layer's roots that can take up water
  end type column_climate_type

  real(r8), parameter :: rgas_mol = 8.314468_r8      ! gas constant (J/K/mol)
  real(r8), parameter :: t25 = tfrz + 25._r8         ! reference temperature (K)
  real(r8), parameter :: molar_mass_c = 12.011e-6_r8 ! carbon (g/umol)
  real(r8), parameter :: par_per_solar = 0.5_r8*4.6_r8  ! photosynthetic photons per solar energy (umol/J)
  real(r8), parameter :: kb = 0.5_r8                 ! light extinction per leaf area
  real(r8), parameter :: kn = 0.30_r8                ! decrease of leaf nitrogen per leaf area
  real(r8), parameter :: leaf_absorption = 0.85_r8   ! absorbed share of intercepted light
  real(r8), parameter :: psii_share = 0.425_r8       ! electrons per absorbed photon
  real(r8), parameter :: theta_j = 0.7_r8            ! curvature of electron transport against light
  real(r8), parameter :: theta_c3 = 0.95_r8          ! curvature of the C3 co-limitation
  real(r8), parameter :: theta_c4 = 0.8_r8           ! curvature of the C4 co-limitation
  real(r8), parameter :: bbb_slope = 9._r8           ! slope of stomatal conductance (Ball-Berry)
  real(r8), parameter :: canopy_moisture = 0.45_r8   ! share of the air's humidity deficit that a closed canopy fills (1)
  real(r8), parameter :: day_warming = 3._r8         ! daylight hours above the daily mean temperature (K)
  real(r8), parameter :: t_frost = -4._r8            ! no photosynthesis below this daily mean (C)
  real(r8), parameter :: t_free = 4._r8              ! no frost effect above it (C)
  ! Real canopies use less light than Beer's law allows: clumped leaves, and stomata that close at noon.
  real(r8), parameter :: light_efficiency = 0.65_r8
  real(r8), parameter :: mm_per_mpa = 1.e6_r8/9.8_r8 ! water potential (mm/MPa)

  ! three Gauss points on 0..1, and the sun at those points of the half day against its mean
  integer, parameter :: ngauss = 3
  real(r8), parameter :: gauss_x(ngauss) = [0.1127016653792583_r8, 0.5_r8, 0.8872983346207417_r8]
  real(r8), parameter :: gauss_w(ngauss) = [5._r8/18._r8, 8._r8/18._r8, 5._r8/18._r8]
  real(r8), parameter :: sun_course(ngauss) = [0.2766255_r8, 1.1107207_r8, 1.5462667_r8]

  real(r8) :: vcmax25top(natpft_lb:natpft_ub)        ! [umol/m2/s] Rubisco capacity at 25 C, top of the canopy
  real(r8) :: psi_range_inv(natpft_lb:natpft_ub)     ! [1/mm] inverse of the range of stomatal closure

contains

  ! Constants by plant type and root fractions by patch; after the parameters are read.
  subroutine PhotosynthesisInit(bounds)
    type(bounds_type), intent(in) :: bounds

    integer :: ivt, p, j
    real(r8) :: lnc

    vcmax25top = 0._r8
    psi_range_inv = 0._r8
    do ivt = natpft_lb, natpft_ub
       if (veg_vp%slatop(ivt) > 0._r8 .and. veg_vp%leafcn(ivt) > 0._r8) then
          lnc = 1._r8/(veg_vp%slatop(ivt)*veg_vp%leafcn(ivt))
          vcmax25top(ivt) = lnc*veg_vp%flnr(ivt)*veg_vp%fnr(ivt)*veg_vp%act25(ivt)*(1000._r8/60._r8)
       end if
       if (veg_vp%smpso(ivt) > veg_vp%smpsc(ivt)) psi_range_inv(ivt) = 1._r8/(veg_vp%smpso(ivt) - veg_vp%smpsc(ivt))
    end do
    do p = bounds%begp, bounds%endp
       ivt = veg_pp%itype(p)
       do j = 1, nlevdecomp
          soilstate_vars%rootfr_patch(p, j) = roots_below(ivt, zisoi(j-1))
          if (j < nlevdecomp) soilstate_vars%rootfr_patch(p, j) = soilstate_vars%rootfr_patch(p, j) - roots_below(ivt, zisoi(j))
       end do
    end do
  end subroutine PhotosynthesisInit

  ! Share of the roots below a depth (m) after Zeng (2001).
  pure function roots_below(ivt, z) result(share)
    integer, intent(in) :: ivt
    real(r8), intent(in) :: z
    real(r8) :: share

    share = 0.5_r8*(exp(-veg_vp%roota_par(ivt)*z) + exp(-veg_vp%rootb_par(ivt)*z))
  end function roots_below

  subroutine Photosynthesis(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc, filter_soilc(:)  ! columns
    integer, intent(in) :: num_soilp, filter_soilp(:)  ! patches

    integer :: fp, p, c, c_ready, ivt, i, j
    real(r8) :: btran, lai, vc25, canopy_n, depth_n, depth_light
    real(r8) :: ac, aj, light, canopy, jmax
    real(r8) :: column_t10
    logical :: c4
    type(column_climate_type) :: clim

    c_ready = bounds%begc - 1
    do fp = 1, num_soilp
       p = filter_soilp(fp)
       c = veg_pp%column(p)
       ivt = veg_pp%itype(p)
       call accumulate_temperature(p, top_as%tbot(veg_pp%topounit(p)))
       column_t10 = veg_es%t_a10(p)
       if (vcmax25top(ivt) == 0._r8) then  ! bare ground
          veg_cf%gpp(p) = 0._r8
          veg_cf%leaf_mr(p) = 0._r8
          canopystate_vars%btran_patch(p) = 0._r8
          cycle
       end if
       if (c /= c_ready) then
          call column_climate(c, column_t10, clim)
          c_ready = c
       end if

       btran = 0._r8
       do j = 1, nlevdecomp
          btran = btran + soilstate_vars%rootfr_patch(p, j)*clim%unfrozen(j) &
               *max(0._r8, min(1._r8, (clim%psi(j) - veg_vp%smpsc(ivt))*psi_range_inv(ivt)))
       end do
       canopystate_vars%btran_patch(p) = btran

       lai = canopystate_vars%tlai_patch(p)
       canopy_n = decay_mean(kn*lai)
       veg_cf%leaf_mr(p) = bgc_params%br_mr*sqrt(bgc_params%q10_mr)*veg_ns%leafn(p)*canopy_n*clim%lmr*btran

       if (lai <= 0._r8 .or. btran <= 0._r8 .or. clim%daylight <= 0._r8) then
          veg_cf%gpp(p) = 0._r8
          cycle
       end if
       c4 = veg_vp%c3psn(ivt) < 0.5_r8
       vc25 = vcmax25top(ivt)*clim%capacity*btran
       canopy = 0._r8
       do i = 1, ngauss
          depth_n = vc25*exp(-kn*lai*gauss_x(i))
          depth_light = clim%par*kb*leaf_absorption*exp(-kb*lai*gauss_x(i))
          if (c4) then
             ac = depth_n*clim%vcmax_c4
             do j = 1, ngauss
                aj = veg_vp%qe(ivt)*depth_light*sun_course(j)
                canopy = canopy + gauss_w(i)*gauss_w(j)*colimit(theta_c4, ac, aj)
             end do
          else
             ac = depth_n*clim%vcmax_c3*clim%rubisco_c3
             jmax = depth_n*clim%jmax*clim%jmax_per_vcmax
             do j = 1, ngauss
                light = psii_share*depth_light*sun_course(j)
                aj = colimit(theta_j, light, jmax)*clim%electron_c3
                canopy = canopy + gauss_w(i)*gauss_w(j)*colimit(theta_c3, ac, aj)
             end do
          end if
       end do
       veg_cf%gpp(p) = canopy*lai*molar_mass_c*clim%daylight
    end do
  end subroutine Photosynthesis

  ! The weather of the day, and its running mean over ten days that begins with the first day.
  subroutine accumulate_temperature(p, tbot)
    integer, intent(in) :: p
    real(r8), intent(in) :: tbot  ! K

    veg_es%t_ref2m(p) = tbot
    if (veg_es%t_a10(p) == 0._r8) then
       veg_es%t_a10(p) = tbot
    else
       veg_es%t_a10(p) = 0.9_r8*veg_es%t_a10(p) + 0.1_r8*tbot
    end if
  end subroutine accumulate_temperature

  ! Everything that depends on the column's weather alone.
  subroutine column_climate(c, t10, clim)
    integer, intent(in) :: c
    real(r8), intent(in) :: t10                       ! temperature of the last ten days (K)
    type(column_climate_type), intent(out) :: clim

    integer :: g, t
    real(r8) :: tday, tc, pbot, vapour, saturation, rh, ci, oxygen, kc, ko, compensation, t_acclim, frost
    real(r8), parameter :: oxygen_share = 0.209_r8

    g = col_pp%gridcell(c)
    t = col_pp%topounit(c)
    pbot = top_as%pbot(t)
    tday = top_as%tbot(t) + day_warming
    tc = tday - tfrz
    t_acclim = max(11._r8, min(35._r8, t10 - tfrz))

    clim%vcmax_c3 = arrhenius(tday, 72000._r8, 200000._r8, 668.39_r8 - 1.07_r8*t_acclim)
    clim%jmax = arrhenius(tday, 50000._r8, 200000._r8, 659.70_r8 - 0.75_r8*t_acclim)
    clim%jmax_per_vcmax = 2.59_r8 - 0.035_r8*t_acclim
    clim%lmr = arrhenius(top_as%tbot(t), 46390._r8, 150650._r8, 490._r8)
    clim%vcmax_c4 = 2._r8**((tday - t25)/10._r8) &
         /((1._r8 + exp(0.3_r8*(tday - tfrz - 40._r8)))*(1._r8 + exp(0.2_r8*(tfrz + 15._r8 - tday))))

    ! intercellular carbon dioxide from the stomatal slope and the humidity of the daylight hours
    vapour = top_as%qbot(t)*pbot/(0.622_r8 + 0.378_r8*top_as%qbot(t))
    saturation = 610.8_r8*exp(17.27_r8*tc/(tc + 237.3_r8))
    rh = 1._r8 - (1._r8 - canopy_moisture*col_ws%covered(c))*(1._r8 - max(0.1_r8, min(1._r8, vapour/saturation)))
    ci = co2_ppmv*1.e-6_r8*pbot*max(0._r8, 1._r8 - 1.6_r8/(bbb_slope*rh))
    oxygen = oxygen_share*pbot
    kc = 40.49_r8*exp(79430._r8/rgas_mol*(1._r8/t25 - 1._r8/tday))
    ko = 27840._r8*exp(36380._r8/rgas_mol*(1._r8/t25 - 1._r8/tday))
    compensation = 4.275_r8*exp(37830._r8/rgas_mol*(1._r8/t25 - 1._r8/tday))
    clim%rubisco_c3 = max(0._r8, ci - compensation)/(ci + kc*(1._r8 + oxygen/ko))
    clim%electron_c3 = max(0._r8, ci - compensation)/(4._r8*ci + 8._r8*compensation)

    ! no light in polar night: a day of less than half an hour counts as none
    clim%daylight = 0._r8
    clim%par = 0._r8
    if (grc_pp%dayl(g) > 1800._r8) then
       frost = max(0._r8, min(1._r8, (top_as%tbot(t) - tfrz - t_frost)/(t_free - t_frost)))
       clim%daylight = grc_pp%dayl(g)/secspday*frost*frost*(3._r8 - 2._r8*frost)
       clim%par = light_efficiency*par_per_solar*top_af%solar(t)*secspday/grc_pp%dayl(g)
    end if
    clim%capacity = max(0.01_r8, (grc_pp%dayl(g)/grc_pp%max_dayl(g))**2)

    clim%psi = soilstate_vars%soilpsi_col(c, 1:nlevdecomp)*mm_per_mpa
    clim%unfrozen = max(0._r8, min(1._r8, 0.5_r8*(col_es%t_soisno(c, 1:nlevdecomp) - tfrz) + 1._r8))
  end subroutine column_climate

  ! Arrhenius response with a decline at high temperature, 1 at 25 C.
  elemental function arrhenius(temp, ha, hd, se) result(f)
    real(r8), intent(in) :: temp  ! K
    real(r8), intent(in) :: ha    ! activation energy (J/mol)
    real(r8), intent(in) :: hd    ! deactivation energy (J/mol)
    real(r8), intent(in) :: se    ! entropy (J/mol/K)
    real(r8) :: f

    f = exp(ha/(rgas_mol*t25)*(1._r8 - t25/temp)) &
         *(1._r8 + exp((se*t25 - hd)/(rgas_mol*t25)))/(1._r8 + exp((se*temp - hd)/(rgas_mol*temp)))
  end function arrhenius

  ! Smooth minimum of two rates: the smaller root of theta x**2 - (a + b) x + a b = 0.
  elemental function colimit(theta, a, b) result(x)
    real(r8), intent(in) :: theta, a, b
    real(r8) :: x

    x = (a + b - sqrt(max(0._r8, (a + b)**2 - 4._r8*theta*a*b)))/(2._r8*theta)
  end function colimit

  ! Mean of exp(-s) over 0..x.
  elemental function decay_mean(x) result(f)
    real(r8), intent(in) :: x
    real(r8) :: f

    if (x > 1.e-5_r8) then
       f = (1._r8 - exp(-x))/x
    else
       f = 1._r8 - 0.5_r8*x
    end if
  end function decay_mean

end module PhotosynthesisMod

! Hydraulic and thermal properties of the soil from its texture, and the mean root profile of the column.
module SoilPropertiesMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use elm_varpar, only: nlevsoi, nlevgrnd
  use elm_varcon, only: zsoi, zisoi, secspday, tkwat
  use VegetationType, only: veg_pp
  use VegetationPropertiesType, only: veg_vp
  use elm_instMod, only: soilstate_vars
  implicit none (type, external)
  private

  public :: SoilPropertiesInit

  real(r8), parameter, public :: head_to_mpa = -9.8e-6_r8   ! suction (mm) to water potential (MPa)

  real(r8), parameter :: particle_density = 2700._r8   ! of soil solids (kg/m3)
  real(r8), parameter :: organic_max = 130._r8         ! density of peat (kg/m3)
  real(r8), parameter :: sapric_depth = 0.5_r8         ! depth where peat is well decomposed (m)
  real(r8), parameter :: tk_peat = 0.25_r8             ! conductivity of peat solids (W/m/K)
  real(r8), parameter :: tk_dry_peat = 0.05_r8         ! of dry peat (W/m/K)
  real(r8), parameter :: csol_peat = 2.5_r8            ! heat capacity of peat solids (MJ/m3/K)
  real(r8), parameter :: psi_wilt = -1.5_r8            ! wilting point (MPa)
  real(r8), parameter :: drain_fc = 0.1_r8             ! drainage that defines field capacity (mm/day)

contains

  ! At start and restart, after texture, patch weights and plant parameters are known.
  subroutine SoilPropertiesInit(bounds)
    type(bounds_type), intent(in) :: bounds

    call texture_properties(bounds)
    call column_roots(bounds)
  end subroutine SoilPropertiesInit

  ! Mineral soil after Cosby et al. (1984), mixed with peat after Letts et al. (2000) by the square of the organic density
  ! over that of peat; heat conduction after Farouki and de Vries. All as ELM has it.
  subroutine texture_properties(bounds)
    type(bounds_type), intent(in) :: bounds

    real(r8) :: sand, clay, om_frac, mineral, peat_depth, peat_hksat, tk_solid, suction_ratio
    integer :: c, j

    associate(ss => soilstate_vars)
      do j = 1, nlevgrnd
         peat_depth = zsoi(j)/sapric_depth
         peat_hksat = max(0.28_r8 - 0.2799_r8*peat_depth, 1.e-4_r8)
         do c = bounds%begc, bounds%endc
            sand = ss%cellsand_col(c,min(j, nlevsoi))
            clay = ss%cellclay_col(c,min(j, nlevsoi))
            om_frac = min(ss%cellorg_col(c,j)/organic_max, 1._r8)**2
            mineral = 1._r8 - om_frac
            ss%watsat_col(c,j) = 0.489_r8 - 0.00126_r8*sand
            ss%bd_col(c,j) = (1._r8 - ss%watsat_col(c,j))*particle_density
            ss%watsat_col(c,j) = mineral*ss%watsat_col(c,j) + om_frac*max(0.93_r8 - 0.1_r8*peat_depth, 0.83_r8)
            ss%bsw_col(c,j) = mineral*(2.91_r8 + 0.159_r8*clay) + om_frac*min(2.7_r8 + 9.3_r8*peat_depth, 12._r8)
            ss%sucsat_col(c,j) = mineral*10._r8*10._r8**(1.88_r8 - 0.0131_r8*sand) &
                 + om_frac*min(10.3_r8 - 0.2_r8*peat_depth, 10.1_r8)
            ss%hksat_col(c,j) = mixed_conductivity(om_frac, 0.0070556_r8*10._r8**(-0.884_r8 + 0.0153_r8*sand), peat_hksat)
            suction_ratio = psi_wilt/(head_to_mpa*ss%sucsat_col(c,j))
            ss%watfc_col(c,j) = ss%watsat_col(c,j)*(drain_fc/(ss%hksat_col(c,j)*secspday))**(1._r8/(2._r8*ss%bsw_col(c,j) + 3._r8))
            ss%watdry_col(c,j) = ss%watsat_col(c,j)*suction_ratio**(-1._r8/ss%bsw_col(c,j))
            tk_solid = mineral*(8.80_r8*sand + 2.92_r8*clay)/max(sand + clay, 1.e-3_r8) + om_frac*tk_peat
            ss%tksatu_col(c,j) = tk_solid**(1._r8 - ss%watsat_col(c,j))*tkwat**ss%watsat_col(c,j)
            ss%tkdry_col(c,j) = mineral*(0.135_r8*ss%bd_col(c,j) + 64.7_r8)/(particle_density - 0.947_r8*ss%bd_col(c,j)) &
                 + om_frac*tk_dry_peat
            ss%csol_col(c,j) = (mineral*(2.128_r8*sand + 2.385_r8*clay)/max(sand + clay, 1.e-3_r8) + om_frac*csol_peat)*1.e6_r8
         end do
      end do
    end associate
  end subroutine texture_properties

  ! Saturated conductivity: peat conducts by itself where its threads percolate, elsewhere in series with the minerals.
  elemental function mixed_conductivity(om_frac, mineral, peat) result(hksat)
    real(r8), intent(in) :: om_frac          ! [1]
    real(r8), intent(in) :: mineral, peat    ! [mm/s]
    real(r8) :: hksat                        ! [mm/s]

    real(r8) :: percolating, separate
    real(r8), parameter :: threshold = 0.5_r8, exponent = 0.139_r8

    percolating = 0._r8
    if (om_frac > threshold) percolating = om_frac*((om_frac - threshold)/(1._r8 - threshold))**exponent
    separate = 1._r8 - percolating
    hksat = percolating*peat
    if (separate > 0._r8) hksat = hksat + separate**2/((1._r8 - om_frac)/mineral + (om_frac - percolating)/peat)
  end function mixed_conductivity

  ! Root fraction for water uptake: mean of the vegetated patches, two exponentials in depth; the last soil layer takes
  ! what lies deeper. The potentials at which roots reduce and stop their uptake are means of the same patches.
  subroutine column_roots(bounds)
    type(bounds_type), intent(in) :: bounds

    real(r8) :: weight(bounds%begc:bounds%endc), share
    integer :: c, j, p, ivt

    associate(rootfr => soilstate_vars%rootfr_col)   ! Output: [real(r8) (:,:)] (1)
      weight(:) = 0._r8
      soilstate_vars%psi_open_col(bounds%begc:bounds%endc) = 0._r8
      soilstate_vars%psi_close_col(bounds%begc:bounds%endc) = 0._r8
      rootfr(bounds%begc:bounds%endc, :) = 0._r8
      do p = bounds%begp, bounds%endp
         ivt = veg_pp%itype(p)
         if (ivt == 0 .or. .not. veg_pp%active(p)) cycle
         c = veg_pp%column(p)
         weight(c) = weight(c) + veg_pp%wtcol(p)
         soilstate_vars%psi_open_col(c) = soilstate_vars%psi_open_col(c) - veg_pp%wtcol(p)*head_to_mpa*veg_vp%smpso(ivt)
         soilstate_vars%psi_close_col(c) = soilstate_vars%psi_close_col(c) - veg_pp%wtcol(p)*head_to_mpa*veg_vp%smpsc(ivt)
         do j = 1, nlevsoi
            share = below(zisoi(j-1), ivt)
            if (j < nlevsoi) share = share - below(zisoi(j), ivt)
            rootfr(c,j) = rootfr(c,j) + veg_pp%wtcol(p)*share
         end do
      end do
      do c = bounds%begc, bounds%endc
         if (weight(c) <= 0._r8) cycle
         rootfr(c,1:nlevsoi) = rootfr(c,1:nlevsoi)/weight(c)
         soilstate_vars%psi_open_col(c) = soilstate_vars%psi_open_col(c)/weight(c)
         soilstate_vars%psi_close_col(c) = soilstate_vars%psi_close_col(c)/weight(c)
      end do
    end associate
  end subroutine column_roots

  ! Share of the roots below a depth.
  pure function below(depth, ivt) result(share)
    real(r8), intent(in) :: depth   ! [m]
    integer, intent(in) :: ivt      ! plant type
    real(r8) :: share

    share = 0.5_r8*(exp(-veg_vp%roota_par(ivt)*depth) + exp(-veg_vp%rootb_par(ivt)*depth))
  end function below

end module SoilPropertiesMod

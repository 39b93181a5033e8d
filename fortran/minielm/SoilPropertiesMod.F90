! Hydraulic and thermal properties of the soil from its texture, and the mean root profile of the column.
module SoilPropertiesMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use elm_varpar, only: nlevsoi, nlevgrnd
  use elm_varcon, only: zisoi, secspday, tkwat
  use VegetationType, only: veg_pp
  use VegetationPropertiesType, only: veg_vp
  use elm_instMod, only: soilstate_vars
  implicit none (type, external)
  private

  public :: SoilPropertiesInit

  real(r8), parameter, public :: head_to_mpa = -9.8e-6_r8   ! suction (mm) to water potential (MPa)

  real(r8), parameter :: particle_density = 2700._r8   ! of soil solids (kg/m3)
  real(r8), parameter :: psi_wilt = -1.5_r8            ! wilting point (MPa)
  real(r8), parameter :: drain_fc = 0.1_r8             ! drainage that defines field capacity (mm/day)

contains

  ! At start and restart, after texture, patch weights and plant parameters are known.
  subroutine SoilPropertiesInit(bounds)
    type(bounds_type), intent(in) :: bounds

    call texture_properties(bounds)
    call column_roots(bounds)
  end subroutine SoilPropertiesInit

  ! Mineral soil after Cosby et al. (1984) as ELM uses it; heat conduction after Farouki and de Vries.
  subroutine texture_properties(bounds)
    type(bounds_type), intent(in) :: bounds

    real(r8) :: sand, clay, tk_mineral
    integer :: c, j

    associate(ss => soilstate_vars)
      do j = 1, nlevgrnd
         do c = bounds%begc, bounds%endc
            sand = ss%cellsand_col(c,min(j, nlevsoi))
            clay = ss%cellclay_col(c,min(j, nlevsoi))
            ss%watsat_col(c,j) = 0.489_r8 - 0.00126_r8*sand
            ss%bsw_col(c,j) = 2.91_r8 + 0.159_r8*clay
            ss%sucsat_col(c,j) = 10._r8*10._r8**(1.88_r8 - 0.0131_r8*sand)
            ss%hksat_col(c,j) = 0.0070556_r8*10._r8**(-0.884_r8 + 0.0153_r8*sand)
            ss%bd_col(c,j) = (1._r8 - ss%watsat_col(c,j))*particle_density
            ss%watfc_col(c,j) = ss%watsat_col(c,j)*(drain_fc/(ss%hksat_col(c,j)*secspday))**(1._r8/(2._r8*ss%bsw_col(c,j) + 3._r8))
            ss%watdry_col(c,j) = ss%watsat_col(c,j)*(psi_wilt/(head_to_mpa*ss%sucsat_col(c,j)))**(-1._r8/ss%bsw_col(c,j))
            tk_mineral = (8.80_r8*sand + 2.92_r8*clay)/max(sand + clay, 1.e-3_r8)
            ss%tksatu_col(c,j) = tk_mineral**(1._r8 - ss%watsat_col(c,j))*tkwat**ss%watsat_col(c,j)
            ss%tkdry_col(c,j) = (0.135_r8*ss%bd_col(c,j) + 64.7_r8)/(particle_density - 0.947_r8*ss%bd_col(c,j))
            ss%csol_col(c,j) = (2.128_r8*sand + 2.385_r8*clay)/max(sand + clay, 1.e-3_r8)*1.e6_r8
         end do
      end do
    end associate
  end subroutine texture_properties

  ! Root fraction for water uptake: mean of the vegetated patches, two exponentials in depth; the last soil layer takes
  ! what lies deeper.
  subroutine column_roots(bounds)
    type(bounds_type), intent(in) :: bounds

    real(r8) :: weight(bounds%begc:bounds%endc), share
    integer :: c, j, p, ivt

    associate(rootfr => soilstate_vars%rootfr_col)   ! Output: [real(r8) (:,:)] (1)
      weight(:) = 0._r8
      rootfr(bounds%begc:bounds%endc, :) = 0._r8
      do p = bounds%begp, bounds%endp
         ivt = veg_pp%itype(p)
         if (ivt == 0 .or. .not. veg_pp%active(p)) cycle
         c = veg_pp%column(p)
         weight(c) = weight(c) + veg_pp%wtcol(p)
         do j = 1, nlevsoi
            share = below(zisoi(j-1), ivt)
            if (j < nlevsoi) share = share - below(zisoi(j), ivt)
            rootfr(c,j) = rootfr(c,j) + veg_pp%wtcol(p)*share
         end do
      end do
      do c = bounds%begc, bounds%endc
         if (weight(c) > 0._r8) rootfr(c,1:nlevsoi) = rootfr(c,1:nlevsoi)/weight(c)
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

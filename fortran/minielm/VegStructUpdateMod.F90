! Leaf and stem area from leaf carbon.
module VegStructUpdateMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varcon, only: secspday
  use elm_time_manager, only: get_step_size_real
  use decompMod, only: bounds_type
  use VegetationType, only: veg_pp
  use VegetationPropertiesType, only: veg_vp
  use VegetationDataType, only: veg_cs
  use elm_instMod, only: canopystate_vars
  implicit none (type, external)
  private

  public :: VegStructUpdate

  real(r8), parameter :: stem_decay = 0.5_r8           ! share of the dead leaf area lost in a month
  real(r8), parameter :: month = 30._r8*secspday       ! s
  real(r8), parameter :: tsai_min = 0.5_r8             ! smallest stem area index of a vegetated patch

contains

  subroutine VegStructUpdate(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc, filter_soilc(:)  ! columns
    integer, intent(in) :: num_soilp, filter_soilp(:)  ! patches

    integer :: fp, p, ivt
    real(r8) :: keep, tlai_old

    keep = 1._r8 - stem_decay*get_step_size_real()/month
    do fp = 1, num_soilp
       p = filter_soilp(fp)
       ivt = veg_pp%itype(p)
       if (veg_vp%slatop(ivt) == 0._r8) cycle  ! bare ground
       tlai_old = canopystate_vars%tlai_patch(p)
       if (veg_vp%dsladlai(ivt) > 0._r8) then
          canopystate_vars%tlai_patch(p) = veg_vp%slatop(ivt) &
               *(exp(veg_cs%leafc(p)*veg_vp%dsladlai(ivt)) - 1._r8)/veg_vp%dsladlai(ivt)
       else
          canopystate_vars%tlai_patch(p) = veg_vp%slatop(ivt)*veg_cs%leafc(p)
       end if
       ! leaves that died stand as stems for a while
       canopystate_vars%tsai_patch(p) = max(tsai_min, keep*canopystate_vars%tsai_patch(p) &
            + max(0._r8, tlai_old - canopystate_vars%tlai_patch(p)))
    end do
  end subroutine VegStructUpdate

end module VegStructUpdateMod

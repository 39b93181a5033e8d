! Respiration besides maintenance: the cost of new tissue, which AllocationMod sets aside, and the respiration of
! carbon that could not grow. Closes the carbon fluxes of the patch.
module GrowthRespMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varcon, only: tfrz
  use elm_time_manager, only: get_step_size_real
  use decompMod, only: bounds_type
  use VegetationType, only: veg_pp
  use VegetationPropertiesType, only: veg_vp
  use VegetationDataType, only: veg_es, veg_cs, veg_cf
  use bgc_paramsMod, only: bgc_params
  implicit none (type, external)
  private

  public :: GrowthResp

contains

  subroutine GrowthResp(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc, filter_soilc(:)  ! columns
    integer, intent(in) :: num_soilp, filter_soilp(:)  ! patches

    integer :: fp, p, c, c_ready
    real(r8) :: dt, tc_air

    dt = get_step_size_real()
    c_ready = bounds%begc - 1
    tc_air = 0._r8
    do fp = 1, num_soilp
       p = filter_soilp(fp)
       c = veg_pp%column(p)
       if (c /= c_ready) then
          c_ready = c
          tc_air = bgc_params%q10_mr**(0.1_r8*(veg_es%t_ref2m(p) - tfrz - 20._r8))
       end if
       veg_cf%xr(p) = veg_vp%br_xr(veg_pp%itype(p))*tc_air*veg_cs%cpool(p)
       veg_cs%cpool(p) = veg_cs%cpool(p) - veg_cf%xr(p)*dt
       veg_cf%ar(p) = veg_cf%mr(p) + veg_cf%gr(p) + veg_cf%xr(p)
       veg_cf%npp(p) = veg_cf%gpp(p) - veg_cf%ar(p)
    end do
  end subroutine GrowthResp

end module GrowthRespMod

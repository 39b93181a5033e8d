! Maintenance respiration of fine roots and live wood from their nitrogen and temperature; that of leaves comes from
! PhotosynthesisMod.
module MaintenanceRespMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: nlevdecomp
  use elm_varcon, only: tfrz
  use decompMod, only: bounds_type
  use VegetationType, only: veg_pp
  use VegetationDataType, only: veg_es, veg_cf, veg_ns
  use ColumnDataType, only: col_es
  use bgc_paramsMod, only: bgc_params
  use elm_instMod, only: soilstate_vars
  implicit none (type, external)
  private

  public :: MaintenanceResp

contains

  subroutine MaintenanceResp(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc, filter_soilc(:)  ! columns
    integer, intent(in) :: num_soilp, filter_soilp(:)  ! patches

    integer :: fp, p, c, c_ready, j
    real(r8) :: br_mr, ln_q10, tc_air, tc_soil(nlevdecomp), roots

    br_mr = bgc_params%br_mr
    ln_q10 = log(bgc_params%q10_mr)
    c_ready = bounds%begc - 1
    tc_air = 0._r8
    tc_soil = 0._r8
    do fp = 1, num_soilp
       p = filter_soilp(fp)
       c = veg_pp%column(p)
       if (c /= c_ready) then
          c_ready = c
          tc_air = exp(ln_q10*0.1_r8*(veg_es%t_ref2m(p) - tfrz - 20._r8))
          tc_soil = exp(ln_q10*0.1_r8*(col_es%t_soisno(c, 1:nlevdecomp) - tfrz - 20._r8))
       end if
       roots = 0._r8
       do j = 1, nlevdecomp
          roots = roots + soilstate_vars%rootfr_patch(p, j)*tc_soil(j)
       end do
       veg_cf%froot_mr(p) = br_mr*veg_ns%frootn(p)*roots
       veg_cf%livestem_mr(p) = br_mr*veg_ns%livestemn(p)*tc_air
       veg_cf%livecroot_mr(p) = br_mr*veg_ns%livecrootn(p)*tc_air
       veg_cf%mr(p) = veg_cf%leaf_mr(p) + veg_cf%froot_mr(p) + veg_cf%livestem_mr(p) + veg_cf%livecroot_mr(p)
    end do
  end subroutine MaintenanceResp

end module MaintenanceRespMod

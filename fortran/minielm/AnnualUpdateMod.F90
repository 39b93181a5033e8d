! Annual memory of the plants: sums, means and largest values of the year that the next year uses.
module AnnualUpdateMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_time_manager, only: get_step_size_real, is_end_curr_year
  use decompMod, only: bounds_type
  use VegetationType, only: veg_pp
  use VegetationDataType, only: veg_cf
  use ColumnDataType, only: col_cf
  use elm_instMod, only: cnstate_vars
  implicit none (type, external)
  private

  public :: AnnualUpdate

contains

  subroutine AnnualUpdate(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc, filter_soilc(:)  ! columns
    integer, intent(in) :: num_soilp, filter_soilp(:)  ! patches

    integer :: fp, p, c
    real(r8) :: dt

    dt = get_step_size_real()
    do fp = 1, num_soilp
       p = filter_soilp(fp)
       veg_cf%tempsum_npp(p) = veg_cf%tempsum_npp(p) + dt*veg_cf%npp(p)
       cnstate_vars%tempsum_potential_gpp_patch(p) = cnstate_vars%tempsum_potential_gpp_patch(p) + dt*veg_cf%gpp(p)
    end do
    if (.not. is_end_curr_year()) return

    do c = bounds%begc, bounds%endc
       col_cf%annsum_npp(c) = 0._r8
    end do
    do fp = 1, num_soilp
       p = filter_soilp(fp)
       c = veg_pp%column(p)
       call turn_year(veg_cf%tempsum_npp(p), veg_cf%annsum_npp(p))
       call turn_year(cnstate_vars%tempsum_potential_gpp_patch(p), cnstate_vars%annsum_potential_gpp_patch(p))
       call turn_year(cnstate_vars%tempmax_retransn_patch(p), cnstate_vars%annmax_retransn_patch(p))
       call turn_year(cnstate_vars%tempmax_retransp_patch(p), cnstate_vars%annmax_retransp_patch(p))
       call turn_year(cnstate_vars%tempavg_t2m_patch(p), cnstate_vars%annavg_t2m_patch(p))
       col_cf%annsum_npp(c) = col_cf%annsum_npp(c) + veg_pp%wtcol(p)*veg_cf%annsum_npp(p)
    end do
  end subroutine AnnualUpdate

  ! Closes the account of a year and opens that of the next.
  subroutine turn_year(running, last)
    real(r8), intent(inout) :: running  ! of this year so far
    real(r8), intent(out) :: last       ! of the year that ends

    last = running
    running = 0._r8
  end subroutine turn_year

end module AnnualUpdateMod

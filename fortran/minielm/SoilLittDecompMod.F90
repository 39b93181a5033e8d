! Decomposition of litter and soil organic matter: what it would do without nutrient limits, and what it does.
module SoilLittDecompMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use elm_varpar, only: nlevdecomp, ndecomp_cascade_transitions
  use CNDecompCascadeConType, only: decomp_cascade_con
  use ColumnDataType, only: col_cs, col_ns, col_ps, col_cf, col_nf, col_pf
  use elm_instMod, only: cnstate_vars
  implicit none (type, external)
  private

  public :: SoilLittDecompPotential
  public :: SoilLittDecomp

contains

  ! Potential loss of each donor and the mineral N and P each transition would use (+) or release (-).
  ! With a loss F of carbon, the receiver needs F (1 - rf)/ratio and the donor brings its own F/ratio; written with the
  ! donor's N and P pools instead of their ratios, nothing is divided and an empty pool needs no special case.
  subroutine SoilLittDecompPotential(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc        ! number of soil columns in the filter
    integer, intent(in) :: filter_soilc(:)  ! filter for soil columns
    integer, intent(in) :: num_soilp        ! number of soil patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! filter for soil patches

    real(r8) :: rf, pathfrac, need_n, need_p, carries_n, rate
    integer :: c, j, k, donor, receiver

    associate( &
         cpool => col_cs%decomp_cpools_vr, &          ! Input:  [real(r8) (:,:,:)] (gC/m3)
         npool => col_ns%decomp_npools_vr, &          ! Input:  [real(r8) (:,:,:)] (gN/m3)
         ppool => col_ps%decomp_ppools_vr, &          ! Input:  [real(r8) (:,:,:)] (gP/m3)
         decomp_k => col_cf%decomp_k, &               ! Input:  [real(r8) (:,:,:)] (1/s)
         loss => col_cf%p_decomp_cpool_loss, &        ! Output: [real(r8) (:,:,:)] (gC/m3/s) potential loss
         pmnf => col_nf%pmnf_decomp_cascade, &        ! Output: [real(r8) (:,:,:)] (gN/m3/s) potential mineral N flux
         pmpf => col_pf%pmpf_decomp_cascade, &        ! Output: [real(r8) (:,:,:)] (gP/m3/s) potential mineral P flux
         phr_vr => col_cf%phr_vr, &                   ! Output: [real(r8) (:,:)] (gC/m3/s) potential respiration
         immob_n => col_nf%potential_immob_vr, &      ! Output: [real(r8) (:,:)] (gN/m3/s) potential immobilisation
         immob_p => col_pf%potential_immob_p_vr)      ! Output: [real(r8) (:,:)] (gP/m3/s) potential immobilisation

      do j = 1, nlevdecomp
         do c = bounds%begc, bounds%endc
            phr_vr(c,j) = 0._r8
            immob_n(c,j) = 0._r8
            immob_p(c,j) = 0._r8
         end do
         do k = 1, ndecomp_cascade_transitions
            donor = decomp_cascade_con%cascade_donor_pool(k)
            receiver = decomp_cascade_con%cascade_receiver_pool(k)
            rf = cnstate_vars%rf_decomp_cascade_col(bounds%begc,j,k)
            pathfrac = cnstate_vars%pathfrac_decomp_cascade_col(bounds%begc,j,k)
            call transition_needs(donor, receiver, rf, need_n, need_p, carries_n)
            !GCC$ ivdep
            do c = bounds%begc, bounds%endc
               rate = decomp_k(c,j,donor)*pathfrac
               loss(c,j,k) = rate*cpool(c,j,donor)
               pmnf(c,j,k) = rate*(need_n*cpool(c,j,donor) - carries_n*npool(c,j,donor))
               pmpf(c,j,k) = rate*(need_p*cpool(c,j,donor) - ppool(c,j,donor))
               phr_vr(c,j) = phr_vr(c,j) + rf*loss(c,j,k)
               immob_n(c,j) = immob_n(c,j) + max(pmnf(c,j,k), 0._r8)
               immob_p(c,j) = immob_p(c,j) + max(pmpf(c,j,k), 0._r8)
            end do
         end do
      end do
    end associate
  end subroutine SoilLittDecompPotential

  ! Nutrients that the receiver of a transition needs per carbon that the donor loses.
  subroutine transition_needs(donor, receiver, rf, need_n, need_p, carries_n)
    integer, intent(in) :: donor, receiver
    real(r8), intent(in) :: rf             ! [1] respired fraction
    real(r8), intent(out) :: need_n        ! [gN/gC]
    real(r8), intent(out) :: need_p        ! [gP/gC]
    real(r8), intent(out) :: carries_n     ! [1] 0: nitrogen moves with the carbon and takes no part in the exchange

    need_n = 0._r8
    need_p = 0._r8
    carries_n = 1._r8
    if (receiver == 0) return
    ! Fragmenting wood keeps its nitrogen, but its phosphorus is brought to the litter's ratio, as in ELM.
    need_p = (1._r8 - rf)/decomp_cascade_con%initial_cp_ratio(receiver)
    if (decomp_cascade_con%is_cwd(donor)) then
       carries_n = 0._r8
    else
       need_n = (1._r8 - rf)/decomp_cascade_con%initial_cn_ratio(receiver)
    end if
  end subroutine transition_needs

  ! Decomposition after the competition. A transition that needs nutrients runs at the share the layer could give;
  ! what the scarcer nutrient leaves unused of the other goes back to the mineral pools.
  subroutine SoilLittDecomp(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc        ! number of soil columns in the filter
    integer, intent(in) :: filter_soilc(:)  ! filter for soil columns
    integer, intent(in) :: num_soilp        ! number of soil patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! filter for soil patches

    real(r8) :: rf, pathfrac, scale, flux_n, flux_p, kept, unused_nh4
    real(r8) :: used_n(bounds%begc:bounds%endc), used_p(bounds%begc:bounds%endc)   ! [g/m3/s] realised immobilisation
    integer :: c, j, k, donor

    associate( &
         npool => col_ns%decomp_npools_vr, &                ! Input:  [real(r8) (:,:,:)] (gN/m3)
         ppool => col_ps%decomp_ppools_vr, &                ! Input:  [real(r8) (:,:,:)] (gP/m3)
         decomp_k => col_cf%decomp_k, &                     ! Input:  [real(r8) (:,:,:)] (1/s)
         loss => col_cf%p_decomp_cpool_loss, &              ! Input:  [real(r8) (:,:,:)] (gC/m3/s)
         pmnf => col_nf%pmnf_decomp_cascade, &              ! Input:  [real(r8) (:,:,:)] (gN/m3/s)
         pmpf => col_pf%pmpf_decomp_cascade, &              ! Input:  [real(r8) (:,:,:)] (gP/m3/s)
         fpi => cnstate_vars%fpi_vr_col, &                  ! Input:  [real(r8) (:,:)] (1)
         fpi_p => cnstate_vars%fpi_p_vr_col, &              ! Input:  [real(r8) (:,:)] (1)
         hr => col_cf%decomp_cascade_hr_vr, &               ! Output: [real(r8) (:,:,:)] (gC/m3/s)
         hr_vr => col_cf%hr_vr, &                           ! Output: [real(r8) (:,:)] (gC/m3/s)
         ctransfer => col_cf%decomp_cascade_ctransfer_vr, & ! Output: [real(r8) (:,:,:)] (gC/m3/s)
         ntransfer => col_nf%decomp_cascade_ntransfer_vr, & ! Output: [real(r8) (:,:,:)] (gN/m3/s)
         ptransfer => col_pf%decomp_cascade_ptransfer_vr, & ! Output: [real(r8) (:,:,:)] (gP/m3/s)
         sminn_flux => col_nf%decomp_cascade_sminn_flux_vr, & ! Output: [real(r8) (:,:,:)] (gN/m3/s)
         sminp_flux => col_pf%decomp_cascade_sminp_flux_vr, & ! Output: [real(r8) (:,:,:)] (gP/m3/s)
         gross_nmin => col_nf%gross_nmin_vr, &              ! Output: [real(r8) (:,:)] (gN/m3/s)
         gross_pmin => col_pf%gross_pmin_vr, &              ! Output: [real(r8) (:,:)] (gP/m3/s)
         net_nmin => col_nf%net_nmin_vr, &                  ! Output: [real(r8) (:,:)] (gN/m3/s)
         net_pmin => col_pf%net_pmin_vr, &                  ! Output: [real(r8) (:,:)] (gP/m3/s)
         immob_n => col_nf%actual_immob_vr, &               ! InOut:  [real(r8) (:,:)] (gN/m3/s) granted, then used
         immob_nh4 => col_nf%actual_immob_nh4_vr, &         ! InOut:  [real(r8) (:,:)] (gN/m3/s)
         immob_no3 => col_nf%actual_immob_no3_vr, &         ! InOut:  [real(r8) (:,:)] (gN/m3/s)
         immob_p => col_pf%actual_immob_p_vr, &             ! InOut:  [real(r8) (:,:)] (gP/m3/s) granted, then used
         supplement_n => col_nf%supplement_to_sminn_vr, &   ! InOut:  [real(r8) (:,:)] (gN/m3/s)
         supplement_p => col_pf%supplement_to_sminp_vr)     ! InOut:  [real(r8) (:,:)] (gP/m3/s)

      do j = 1, nlevdecomp
         do c = bounds%begc, bounds%endc
            used_n(c) = 0._r8
            used_p(c) = 0._r8
            gross_nmin(c,j) = 0._r8
            gross_pmin(c,j) = 0._r8
            hr_vr(c,j) = 0._r8
         end do
         do k = 1, ndecomp_cascade_transitions
            donor = decomp_cascade_con%cascade_donor_pool(k)
            rf = cnstate_vars%rf_decomp_cascade_col(bounds%begc,j,k)
            pathfrac = cnstate_vars%pathfrac_decomp_cascade_col(bounds%begc,j,k)
            !GCC$ ivdep
            do c = bounds%begc, bounds%endc
               scale = min(merge(fpi(c,j), 1._r8, pmnf(c,j,k) > 0._r8), merge(fpi_p(c,j), 1._r8, pmpf(c,j,k) > 0._r8))
               flux_n = scale*pmnf(c,j,k)
               flux_p = scale*pmpf(c,j,k)
               hr(c,j,k) = scale*rf*loss(c,j,k)
               ctransfer(c,j,k) = scale*(1._r8 - rf)*loss(c,j,k)
               ntransfer(c,j,k) = scale*pathfrac*decomp_k(c,j,donor)*npool(c,j,donor)
               ptransfer(c,j,k) = scale*pathfrac*decomp_k(c,j,donor)*ppool(c,j,donor)
               sminn_flux(c,j,k) = flux_n
               sminp_flux(c,j,k) = flux_p
               hr_vr(c,j) = hr_vr(c,j) + hr(c,j,k)
               used_n(c) = used_n(c) + max(flux_n, 0._r8)
               used_p(c) = used_p(c) + max(flux_p, 0._r8)
               gross_nmin(c,j) = gross_nmin(c,j) - min(flux_n, 0._r8)
               gross_pmin(c,j) = gross_pmin(c,j) - min(flux_p, 0._r8)
            end do
         end do
         ! Supply by decree pays only for what was used.
         !GCC$ ivdep
         do c = bounds%begc, bounds%endc
            kept = merge(min(used_n(c)/max(immob_n(c,j), 1.e-30_r8), 1._r8), 0._r8, immob_n(c,j) > 0._r8)
            unused_nh4 = immob_nh4(c,j)*(1._r8 - kept)
            immob_nh4(c,j) = immob_nh4(c,j) - unused_nh4
            immob_no3(c,j) = immob_no3(c,j)*kept
            immob_n(c,j) = used_n(c)
            supplement_n(c,j) = max(supplement_n(c,j) - unused_nh4, 0._r8)
            supplement_p(c,j) = max(supplement_p(c,j) - max(immob_p(c,j) - used_p(c), 0._r8), 0._r8)
            immob_p(c,j) = used_p(c)
            net_nmin(c,j) = gross_nmin(c,j) - used_n(c)
            net_pmin(c,j) = gross_pmin(c,j) - used_p(c)
         end do
      end do
    end associate
  end subroutine SoilLittDecomp

end module SoilLittDecompMod

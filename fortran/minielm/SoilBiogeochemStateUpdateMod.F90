! Update of the decomposing pools and of mineral N with the fluxes of decomposition, litterfall, inputs and competition.
! Gap mortality and fire, which come later in the step, update the litter pools themselves.
module SoilBiogeochemStateUpdateMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use elm_varpar, only: nlevdecomp, ndecomp_pools, ndecomp_cascade_transitions, i_met_lit, i_cel_lit, i_lig_lit, i_soil1
  use elm_time_manager, only: get_step_size_real
  use CNDecompCascadeConType, only: decomp_cascade_con
  use NitrifDenitrifMod, only: nitrif_n2o_loss_frac
  use ColumnDataType, only: col_cs, col_ns, col_ps, col_cf, col_nf, col_pf
  use elm_instMod, only: cnstate_vars
  implicit none (type, external)
  private

  public :: SoilBiogeochemStateUpdate

contains

  subroutine SoilBiogeochemStateUpdate(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc        ! number of soil columns in the filter
    integer, intent(in) :: filter_soilc(:)  ! filter for soil columns
    integer, intent(in) :: num_soilp        ! number of soil patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! filter for soil patches

    real(r8) :: dt
    integer :: j

    dt = get_step_size_real()
    do j = 1, nlevdecomp
       call add_litterfall(bounds, j, dt)
       call move_along_cascade(bounds, j, dt)
       call update_mineral_n(bounds, j, dt)
       call restore_soil_cn(bounds, j)
    end do
  end subroutine SoilBiogeochemStateUpdate

  subroutine add_litterfall(bounds, j, dt)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: j         ! layer
    real(r8), intent(in) :: dt       ! [s]

    integer :: c

    associate( &
         cpool => col_cs%decomp_cpools_vr, &   ! InOut: [real(r8) (:,:,:)] (gC/m3)
         npool => col_ns%decomp_npools_vr, &   ! InOut: [real(r8) (:,:,:)] (gN/m3)
         ppool => col_ps%decomp_ppools_vr)     ! InOut: [real(r8) (:,:,:)] (gP/m3)
      !GCC$ ivdep
      do c = bounds%begc, bounds%endc
         cpool(c,j,i_met_lit) = cpool(c,j,i_met_lit) + col_cf%phenology_c_to_litr_met_c(c,j)*dt
         cpool(c,j,i_cel_lit) = cpool(c,j,i_cel_lit) + col_cf%phenology_c_to_litr_cel_c(c,j)*dt
         cpool(c,j,i_lig_lit) = cpool(c,j,i_lig_lit) + col_cf%phenology_c_to_litr_lig_c(c,j)*dt
         npool(c,j,i_met_lit) = npool(c,j,i_met_lit) + col_nf%phenology_n_to_litr_met_n(c,j)*dt
         npool(c,j,i_cel_lit) = npool(c,j,i_cel_lit) + col_nf%phenology_n_to_litr_cel_n(c,j)*dt
         npool(c,j,i_lig_lit) = npool(c,j,i_lig_lit) + col_nf%phenology_n_to_litr_lig_n(c,j)*dt
         ppool(c,j,i_met_lit) = ppool(c,j,i_met_lit) + col_pf%phenology_p_to_litr_met_p(c,j)*dt
         ppool(c,j,i_cel_lit) = ppool(c,j,i_cel_lit) + col_pf%phenology_p_to_litr_cel_p(c,j)*dt
         ppool(c,j,i_lig_lit) = ppool(c,j,i_lig_lit) + col_pf%phenology_p_to_litr_lig_p(c,j)*dt
      end do
    end associate
  end subroutine add_litterfall

  subroutine move_along_cascade(bounds, j, dt)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: j         ! layer
    real(r8), intent(in) :: dt       ! [s]

    integer :: c, k, donor, receiver

    associate( &
         hr => col_cf%decomp_cascade_hr_vr, &                 ! Input: [real(r8) (:,:,:)] (gC/m3/s)
         ctransfer => col_cf%decomp_cascade_ctransfer_vr, &   ! Input: [real(r8) (:,:,:)] (gC/m3/s)
         ntransfer => col_nf%decomp_cascade_ntransfer_vr, &   ! Input: [real(r8) (:,:,:)] (gN/m3/s)
         ptransfer => col_pf%decomp_cascade_ptransfer_vr, &   ! Input: [real(r8) (:,:,:)] (gP/m3/s)
         sminn_flux => col_nf%decomp_cascade_sminn_flux_vr, & ! Input: [real(r8) (:,:,:)] (gN/m3/s)
         sminp_flux => col_pf%decomp_cascade_sminp_flux_vr, & ! Input: [real(r8) (:,:,:)] (gP/m3/s)
         cpool => col_cs%decomp_cpools_vr, &                  ! InOut: [real(r8) (:,:,:)] (gC/m3)
         npool => col_ns%decomp_npools_vr, &                  ! InOut: [real(r8) (:,:,:)] (gN/m3)
         ppool => col_ps%decomp_ppools_vr)                    ! InOut: [real(r8) (:,:,:)] (gP/m3)
      do k = 1, ndecomp_cascade_transitions
         donor = decomp_cascade_con%cascade_donor_pool(k)
         receiver = decomp_cascade_con%cascade_receiver_pool(k)
         !GCC$ ivdep
         do c = bounds%begc, bounds%endc
            cpool(c,j,donor) = cpool(c,j,donor) - (hr(c,j,k) + ctransfer(c,j,k))*dt
            npool(c,j,donor) = npool(c,j,donor) - ntransfer(c,j,k)*dt
            ppool(c,j,donor) = ppool(c,j,donor) - ptransfer(c,j,k)*dt
         end do
         if (receiver > 0) then
            !GCC$ ivdep
            do c = bounds%begc, bounds%endc
               cpool(c,j,receiver) = cpool(c,j,receiver) + ctransfer(c,j,k)*dt
               npool(c,j,receiver) = npool(c,j,receiver) + (ntransfer(c,j,k) + sminn_flux(c,j,k))*dt
               ppool(c,j,receiver) = ppool(c,j,receiver) + (ptransfer(c,j,k) + sminp_flux(c,j,k))*dt
            end do
         end if
      end do
    end associate
  end subroutine move_along_cascade

  ! What is taken was granted from the standing pools, so that only round-off can go below zero.
  subroutine update_mineral_n(bounds, j, dt)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: j         ! layer
    real(r8), intent(in) :: dt       ! [s]

    integer :: c

    associate( &
         nf => col_nf, &
         nh4 => col_ns%smin_nh4_vr, &                     ! InOut:  [real(r8) (:,:)] (gN/m3)
         no3 => col_ns%smin_no3_vr, &                     ! InOut:  [real(r8) (:,:)] (gN/m3)
         f_n2o_nit => col_nf%f_n2o_nit_vr)                ! Output: [real(r8) (:,:)] (gN/m3/s)
      !GCC$ ivdep
      do c = bounds%begc, bounds%endc
         f_n2o_nit(c,j) = nitrif_n2o_loss_frac*nf%f_nit_vr(c,j)
         nh4(c,j) = max(nh4(c,j) + dt*(nf%supplement_to_sminn_vr(c,j) - nf%actual_immob_nh4_vr(c,j) &
              - nf%smin_nh4_to_plant_vr(c,j) - nf%f_nit_vr(c,j)), 0._r8)
         nh4(c,j) = nh4(c,j) + dt*(nf%ndep_to_sminn(c)*cnstate_vars%ndep_prof_col(c,j) &
              + nf%nfix_to_sminn(c)*cnstate_vars%nfixation_prof_col(c,j) + nf%gross_nmin_vr(c,j))
         no3(c,j) = max(no3(c,j) - dt*(nf%actual_immob_no3_vr(c,j) + nf%smin_no3_to_plant_vr(c,j) + nf%f_denit_vr(c,j)), &
              0._r8)
         no3(c,j) = no3(c,j) + dt*(nf%f_nit_vr(c,j) - f_n2o_nit(c,j))
      end do
    end associate
  end subroutine update_mineral_n

  ! Soil pools have a fixed C:N. Their N is rebuilt from C so that round-off cannot part them; the difference goes to NH4
  ! where NH4 can bear it, and waits for the next step where it cannot.
  subroutine restore_soil_cn(bounds, j)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: j         ! layer

    real(r8) :: inv_cn(i_soil1:ndecomp_pools), excess
    integer :: c, l

    inv_cn = 1._r8/decomp_cascade_con%initial_cn_ratio(i_soil1:ndecomp_pools)
    associate( &
         cpool => col_cs%decomp_cpools_vr, &   ! Input: [real(r8) (:,:,:)] (gC/m3)
         npool => col_ns%decomp_npools_vr, &   ! InOut: [real(r8) (:,:,:)] (gN/m3)
         nh4 => col_ns%smin_nh4_vr)            ! InOut: [real(r8) (:,:)] (gN/m3)
      do l = i_soil1, ndecomp_pools
         !GCC$ ivdep
         do c = bounds%begc, bounds%endc
            excess = npool(c,j,l) - cpool(c,j,l)*inv_cn(l)
            excess = merge(excess, 0._r8, nh4(c,j) + excess >= 0._r8)
            npool(c,j,l) = npool(c,j,l) - excess
            nh4(c,j) = nh4(c,j) + excess
         end do
      end do
    end associate
  end subroutine restore_soil_cn

end module SoilBiogeochemStateUpdateMod

! Competition for mineral N and P between plants and microbes by relative demand (RD).
!
! ELM competes every half hour on the standing pools, and plants ask only in daylight. A daily step does the same in two
! parts: the night, where microbes and nitrifiers are alone with the share of the pools that the night's part of
! yesterday's mineralisation stands for, and the day with the rest. What is mineralised in this step is available in the
! next one, as in ELM; that also keeps the mineral pools from going below zero.
module NutrientCompetitionMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use elm_varpar, only: nlevdecomp
  use elm_varcon, only: dzsoi_decomp, secspday
  use elm_varctl, only: supplement_n, supplement_p
  use elm_time_manager, only: get_step_size_real
  use GridcellType, only: grc_pp
  use ColumnType, only: col_pp
  use ColumnDataType, only: col_ns, col_ps, col_nf, col_pf
  use elm_instMod, only: cnstate_vars
  implicit none (type, external)
  private

  public :: NutrientCompetition
  public :: compete_n
  public :: compete_p

  real(r8), parameter :: small = 1.e-30_r8   ! below any amount that matters, above where quotients overflow

contains

  ! Sets fpi_vr, fpi_p_vr, fpg, fpg_p, uptake, granted immobilisation, nitrification and denitrification. SoilLittDecomp
  ! afterwards returns what the cascade could not use.
  subroutine NutrientCompetition(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc        ! number of soil columns in the filter
    integer, intent(in) :: filter_soilc(:)  ! filter for soil columns
    integer, intent(in) :: num_soilp        ! number of soil patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! filter for soil patches

    real(r8) :: dt, unused
    real(r8) :: day(bounds%begc:bounds%endc)           ! [1] lit part of the step
    real(r8) :: total_n(bounds%begc:bounds%endc)       ! [gN/m2] mineral nitrogen
    real(r8) :: total_p(bounds%begc:bounds%endc)       ! [gP/m2] solution phosphorus
    real(r8) :: granted_n(bounds%begc:bounds%endc)     ! [gN/m2/s] plant uptake before the other nutrient is looked at
    real(r8) :: granted_p(bounds%begc:bounds%endc)     ! [gP/m2/s]
    real(r8) :: keep_n(bounds%begc:bounds%endc)        ! [1] part of the granted uptake that is taken
    real(r8) :: keep_p(bounds%begc:bounds%endc)
    integer :: c, j

    dt = get_step_size_real()

    associate( &
         nh4 => col_ns%smin_nh4_vr, &                     ! Input:  [real(r8) (:,:)] (gN/m3)
         no3 => col_ns%smin_no3_vr, &                     ! Input:  [real(r8) (:,:)] (gN/m3)
         solutionp => col_ps%solutionp_vr, &              ! Input:  [real(r8) (:,:)] (gP/m3)
         root_prof => cnstate_vars%nfixation_prof_col, &  ! Input:  [real(r8) (:,:)] (1/m) roots
         demand_n => col_nf%plant_ndemand, &              ! Input:  [real(r8) (:)] (gN/m2/s)
         demand_p => col_pf%plant_pdemand, &              ! Input:  [real(r8) (:)] (gP/m2/s)
         demand_n_vr => col_nf%plant_ndemand_vr, &        ! Output: [real(r8) (:,:)] (gN/m3/s)
         demand_p_vr => col_pf%plant_pdemand_vr, &        ! Output: [real(r8) (:,:)] (gP/m3/s)
         plant_nh4 => col_nf%smin_nh4_to_plant_vr, &      ! Output: [real(r8) (:,:)] (gN/m3/s)
         plant_no3 => col_nf%smin_no3_to_plant_vr, &      ! Output: [real(r8) (:,:)] (gN/m3/s)
         plant_n => col_nf%sminn_to_plant_vr, &           ! Output: [real(r8) (:,:)] (gN/m3/s)
         plant_p => col_pf%sminp_to_plant_vr, &           ! Output: [real(r8) (:,:)] (gP/m3/s)
         extra_n => col_nf%supplement_to_sminn_vr, &      ! Output: [real(r8) (:,:)] (gN/m3/s)
         extra_p => col_pf%supplement_to_sminp_vr, &      ! Output: [real(r8) (:,:)] (gP/m3/s)
         fpg => cnstate_vars%fpg_col, &                   ! Output: [real(r8) (:)] (1)
         fpg_p => cnstate_vars%fpg_p_col)                 ! Output: [real(r8) (:)] (1)

      do c = bounds%begc, bounds%endc
         day(c) = min(max(grc_pp%dayl(col_pp%gridcell(c))/secspday, 0._r8), 1._r8)
         total_n(c) = 0._r8
         total_p(c) = 0._r8
         granted_n(c) = 0._r8
         granted_p(c) = 0._r8
      end do
      do j = 1, nlevdecomp
         do c = bounds%begc, bounds%endc
            total_n(c) = total_n(c) + (nh4(c,j) + no3(c,j))*dzsoi_decomp(j)
            total_p(c) = total_p(c) + solutionp(c,j)*dzsoi_decomp(j)
         end do
      end do

      ! Plants ask each layer in proportion to what it holds, not to their roots; the roots decide in an empty column.
      do j = 1, nlevdecomp
         !GCC$ ivdep
         do c = bounds%begc, bounds%endc
            demand_n_vr(c,j) = demand_n(c)*merge((nh4(c,j) + no3(c,j))/max(total_n(c), small), root_prof(c,j), &
                 total_n(c) > small)
            demand_p_vr(c,j) = demand_p(c)*merge(solutionp(c,j)/max(total_p(c), small), root_prof(c,j), total_p(c) > small)
         end do
         call compete_layer_n(bounds, j, dt, day)
         call compete_layer_p(bounds, j, dt, day)
         !GCC$ ivdep
         do c = bounds%begc, bounds%endc
            granted_n(c) = granted_n(c) + (plant_nh4(c,j) + plant_no3(c,j))*dzsoi_decomp(j)
            granted_p(c) = granted_p(c) + plant_p(c,j)*dzsoi_decomp(j)
         end do
      end do

      do c = bounds%begc, bounds%endc
         fpg(c) = merge(min(granted_n(c)/max(demand_n(c), small), 1._r8), 1._r8, demand_n(c) > 0._r8)
         fpg_p(c) = merge(min(granted_p(c)/max(demand_p(c), small), 1._r8), 1._r8, demand_p(c) > 0._r8)
         if (supplement_n) fpg(c) = 1._r8
         if (supplement_p) fpg_p(c) = 1._r8
         ! Uptake of both nutrients follows the scarcer one.
         col_nf%sminn_to_plant(c) = demand_n(c)*min(fpg(c), fpg_p(c))
         col_pf%sminp_to_plant(c) = demand_p(c)*min(fpg(c), fpg_p(c))
         keep_n(c) = merge(min(col_nf%sminn_to_plant(c)/max(granted_n(c), small), 1._r8), 0._r8, granted_n(c) > small)
         keep_p(c) = merge(min(col_pf%sminp_to_plant(c)/max(granted_p(c), small), 1._r8), 0._r8, granted_p(c) > small)
      end do
      do j = 1, nlevdecomp
         !GCC$ ivdep
         do c = bounds%begc, bounds%endc
            ! Supply by decree reaches the plant through NH4, so that what is not taken is not supplied.
            unused = plant_nh4(c,j)*(1._r8 - keep_n(c))
            extra_n(c,j) = max(extra_n(c,j) - unused, 0._r8)
            plant_nh4(c,j) = plant_nh4(c,j) - unused
            plant_no3(c,j) = plant_no3(c,j)*keep_n(c)
            plant_n(c,j) = plant_nh4(c,j) + plant_no3(c,j)
            unused = plant_p(c,j)*(1._r8 - keep_p(c))
            extra_p(c,j) = max(extra_p(c,j) - unused, 0._r8)
            plant_p(c,j) = plant_p(c,j) - unused
         end do
      end do
    end associate

    call column_limitation(bounds)
  end subroutine NutrientCompetition

  ! Nitrogen of one layer.
  subroutine compete_layer_n(bounds, j, dt, day)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: j                            ! layer
    real(r8), intent(in) :: dt                          ! [s] step
    real(r8), intent(in) :: day(bounds%begc:bounds%endc)  ! [1] lit part of the step

    real(r8) :: n_plant4, n_plant3, n_immob4, n_immob3, n_nit, n_denit, n_extra, inv_dt
    integer :: c

    inv_dt = 1._r8/dt
    associate( &
         immob => col_nf%potential_immob_vr, &            ! Input:  [real(r8) (:,:)] (gN/m3/s)
         pot_nit => col_nf%pot_f_nit_vr, &                ! Input:  [real(r8) (:,:)] (gN/m3/s)
         pot_denit => col_nf%pot_f_denit_vr, &            ! Input:  [real(r8) (:,:)] (gN/m3/s)
         demand => col_nf%plant_ndemand_vr, &             ! Input:  [real(r8) (:,:)] (gN/m3/s)
         nh4 => col_ns%smin_nh4_vr, &                     ! Input:  [real(r8) (:,:)] (gN/m3)
         no3 => col_ns%smin_no3_vr, &                     ! Input:  [real(r8) (:,:)] (gN/m3)
         fpi => cnstate_vars%fpi_vr_col, &                ! Output: [real(r8) (:,:)] (1)
         immob_granted => col_nf%actual_immob_vr, &       ! Output: [real(r8) (:,:)] (gN/m3/s)
         immob_nh4 => col_nf%actual_immob_nh4_vr, &       ! Output: [real(r8) (:,:)] (gN/m3/s)
         immob_no3 => col_nf%actual_immob_no3_vr, &       ! Output: [real(r8) (:,:)] (gN/m3/s)
         plant_nh4 => col_nf%smin_nh4_to_plant_vr, &      ! Output: [real(r8) (:,:)] (gN/m3/s)
         plant_no3 => col_nf%smin_no3_to_plant_vr, &      ! Output: [real(r8) (:,:)] (gN/m3/s)
         f_nit => col_nf%f_nit_vr, &                      ! Output: [real(r8) (:,:)] (gN/m3/s)
         f_denit => col_nf%f_denit_vr, &                  ! Output: [real(r8) (:,:)] (gN/m3/s)
         extra => col_nf%supplement_to_sminn_vr)          ! Output: [real(r8) (:,:)] (gN/m3/s)
      !GCC$ ivdep
      do c = bounds%begc, bounds%endc
         call compete_n(day(c), nh4(c,j), no3(c,j), demand(c,j)*dt, immob(c,j)*dt, pot_nit(c,j)*dt, pot_denit(c,j)*dt, &
              n_plant4, n_plant3, n_immob4, n_immob3, n_nit, n_denit)
         n_extra = 0._r8
         if (supplement_n) then
            ! The rest of both demands comes from outside, through NH4.
            n_extra = max(demand(c,j)*dt - n_plant4 - n_plant3, 0._r8) + max(immob(c,j)*dt - n_immob4 - n_immob3, 0._r8)
            n_plant4 = max(demand(c,j)*dt - n_plant3, n_plant4)
            n_immob4 = max(immob(c,j)*dt - n_immob3, n_immob4)
         end if
         plant_nh4(c,j) = n_plant4*inv_dt
         plant_no3(c,j) = n_plant3*inv_dt
         immob_nh4(c,j) = n_immob4*inv_dt
         immob_no3(c,j) = n_immob3*inv_dt
         immob_granted(c,j) = immob_nh4(c,j) + immob_no3(c,j)
         f_nit(c,j) = n_nit*inv_dt
         f_denit(c,j) = n_denit*inv_dt
         extra(c,j) = n_extra*inv_dt
         fpi(c,j) = merge(min(immob_granted(c,j)/max(immob(c,j), small), 1._r8), 1._r8, immob(c,j) > small)
      end do
    end associate
  end subroutine compete_layer_n

  ! Amounts of nitrogen in one step and layer: NH4 first, then NO3, night first, then day.
  elemental subroutine compete_n(day, nh4, no3, plant, immob, nit, denit, plant_nh4, plant_no3, immob_nh4, immob_no3, &
       nitrified, denitrified)
    real(r8), intent(in) :: day         ! [1] lit part of the step
    real(r8), intent(in) :: nh4, no3    ! [gN/m3] standing pools
    real(r8), intent(in) :: plant       ! [gN/m3] demand of the plants, all of it by day
    real(r8), intent(in) :: immob       ! [gN/m3] demand of the microbes
    real(r8), intent(in) :: nit, denit  ! [gN/m3] potential nitrification, denitrification
    real(r8), intent(out) :: plant_nh4, plant_no3, immob_nh4, immob_no3, nitrified, denitrified  ! [gN/m3] taken

    real(r8) :: night, share, rest, immob_night4, immob_night3, nit_night, denit_night

    night = 1._r8 - day
    share = share_of(night*nh4, night*(immob + nit))
    immob_night4 = share*night*immob
    nit_night = share*night*nit
    rest = night*immob - immob_night4
    share = share_of(night*no3, rest + night*denit)
    immob_night3 = share*rest
    denit_night = share*night*denit

    share = share_of(nh4 - immob_night4 - nit_night, plant + day*(immob + nit))
    plant_nh4 = share*plant
    immob_nh4 = immob_night4 + share*day*immob
    nitrified = nit_night + share*day*nit
    rest = day*immob*(1._r8 - share)
    plant_no3 = plant - plant_nh4
    share = share_of(no3 - immob_night3 - denit_night, plant_no3 + rest + day*denit)
    plant_no3 = share*plant_no3
    immob_no3 = immob_night3 + share*rest
    denitrified = denit_night + share*day*denit
  end subroutine compete_n

  ! Share of a demand that the supply can meet.
  elemental function share_of(supply, demand) result(share)
    real(r8), intent(in) :: supply, demand
    real(r8) :: share

    share = merge(min(max(supply, 0._r8)/max(demand, small), 1._r8), 1._r8, demand > small)
  end function share_of

  ! Phosphorus of one layer.
  subroutine compete_layer_p(bounds, j, dt, day)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: j                            ! layer
    real(r8), intent(in) :: dt                          ! [s] step
    real(r8), intent(in) :: day(bounds%begc:bounds%endc)  ! [1] lit part of the step

    real(r8) :: p_plant, p_immob, p_extra, inv_dt
    integer :: c

    inv_dt = 1._r8/dt
    associate( &
         immob => col_pf%potential_immob_p_vr, &          ! Input:  [real(r8) (:,:)] (gP/m3/s)
         demand => col_pf%plant_pdemand_vr, &             ! Input:  [real(r8) (:,:)] (gP/m3/s)
         solutionp => col_ps%solutionp_vr, &              ! Input:  [real(r8) (:,:)] (gP/m3)
         fpi_p => cnstate_vars%fpi_p_vr_col, &            ! Output: [real(r8) (:,:)] (1)
         immob_granted => col_pf%actual_immob_p_vr, &     ! Output: [real(r8) (:,:)] (gP/m3/s)
         plant_p => col_pf%sminp_to_plant_vr, &           ! Output: [real(r8) (:,:)] (gP/m3/s)
         extra => col_pf%supplement_to_sminp_vr)          ! Output: [real(r8) (:,:)] (gP/m3/s)
      !GCC$ ivdep
      do c = bounds%begc, bounds%endc
         call compete_p(day(c), solutionp(c,j), demand(c,j)*dt, immob(c,j)*dt, p_plant, p_immob)
         p_extra = 0._r8
         if (supplement_p) then
            p_extra = max(demand(c,j)*dt - p_plant, 0._r8) + max(immob(c,j)*dt - p_immob, 0._r8)
            p_plant = max(demand(c,j)*dt, p_plant)
            p_immob = max(immob(c,j)*dt, p_immob)
         end if
         plant_p(c,j) = p_plant*inv_dt
         immob_granted(c,j) = p_immob*inv_dt
         extra(c,j) = p_extra*inv_dt
         fpi_p(c,j) = merge(min(immob_granted(c,j)/max(immob(c,j), small), 1._r8), 1._r8, immob(c,j) > small)
      end do
    end associate
  end subroutine compete_layer_p

  ! Amounts of phosphorus in one step and layer, from the soil solution only.
  elemental subroutine compete_p(day, solutionp, plant, immob, plant_p, immob_p)
    real(r8), intent(in) :: day                ! [1] lit part of the step
    real(r8), intent(in) :: solutionp          ! [gP/m3] standing pool
    real(r8), intent(in) :: plant, immob       ! [gP/m3] demands of plants and microbes
    real(r8), intent(out) :: plant_p, immob_p  ! [gP/m3] taken

    real(r8) :: night, share, immob_night

    night = 1._r8 - day
    immob_night = share_of(night*solutionp, night*immob)*night*immob
    share = share_of(solutionp - immob_night, plant + day*immob)
    plant_p = share*plant
    immob_p = immob_night + share*day*immob
  end subroutine compete_p

  ! Limitation of the microbes in the column, weighted with the demand of the layers.
  subroutine column_limitation(bounds)
    type(bounds_type), intent(in) :: bounds

    real(r8) :: granted_n(bounds%begc:bounds%endc), granted_p(bounds%begc:bounds%endc)  ! [g/m2/s]
    integer :: c, j

    associate( &
         potential_n => col_nf%potential_immob, &   ! Output: [real(r8) (:)] (gN/m2/s)
         potential_p => col_pf%potential_immob_p)   ! Output: [real(r8) (:)] (gP/m2/s)
      do c = bounds%begc, bounds%endc
         potential_n(c) = 0._r8
         potential_p(c) = 0._r8
         granted_n(c) = 0._r8
         granted_p(c) = 0._r8
      end do
      do j = 1, nlevdecomp
         !GCC$ ivdep
         do c = bounds%begc, bounds%endc
            potential_n(c) = potential_n(c) + col_nf%potential_immob_vr(c,j)*dzsoi_decomp(j)
            potential_p(c) = potential_p(c) + col_pf%potential_immob_p_vr(c,j)*dzsoi_decomp(j)
            granted_n(c) = granted_n(c) + col_nf%actual_immob_vr(c,j)*dzsoi_decomp(j)
            granted_p(c) = granted_p(c) + col_pf%actual_immob_p_vr(c,j)*dzsoi_decomp(j)
         end do
      end do
      do c = bounds%begc, bounds%endc
         cnstate_vars%fpi_col(c) = merge(granted_n(c)/max(potential_n(c), small), 1._r8, potential_n(c) > small)
         cnstate_vars%fpi_p_col(c) = merge(granted_p(c)/max(potential_p(c), small), 1._r8, potential_p(c) > small)
      end do
    end associate
  end subroutine column_limitation

end module NutrientCompetitionMod

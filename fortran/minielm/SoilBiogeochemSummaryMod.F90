! Vertical sums and totals of the column, from the layers of the soil and the plant totals that VegSummary has set.
module SoilBiogeochemSummaryMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use elm_varpar, only: nlevdecomp, ndecomp_pools, ndecomp_cascade_transitions
  use elm_varcon, only: dzsoi_decomp, zisoi
  use CNDecompCascadeConType, only: decomp_cascade_con
  use ColumnDataType, only: col_cs, col_ns, col_ps, col_cf, col_nf, col_pf
  implicit none (type, external)
  private

  public :: SoilBiogeochemSummary
  public :: SoilBiogeochemSummaryStates

contains

  ! Stocks and fluxes, at the end of the step.
  subroutine SoilBiogeochemSummary(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc        ! number of soil columns in the filter
    integer, intent(in) :: filter_soilc(:)  ! filter for soil columns
    integer, intent(in) :: num_soilp        ! number of soil patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! filter for soil patches

    call SoilBiogeochemSummaryStates(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    call respiration_totals(bounds)
    call flux_totals(bounds)
  end subroutine SoilBiogeochemSummary

  ! Stocks only: also valid at the beginning of a step.
  subroutine SoilBiogeochemSummaryStates(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc        ! number of soil columns in the filter
    integer, intent(in) :: filter_soilc(:)  ! filter for soil columns
    integer, intent(in) :: num_soilp        ! number of soil patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! filter for soil patches

    integer :: c

    call decomposing_totals(bounds, col_cs%decomp_cpools_vr, col_cs%decomp_cpools, col_cs%totlitc, col_cs%cwdc, col_cs%totsomc)
    call decomposing_totals(bounds, col_ns%decomp_npools_vr, col_ns%decomp_npools, col_ns%totlitn, col_ns%cwdn, col_ns%totsomn)
    call decomposing_totals(bounds, col_ps%decomp_ppools_vr, col_ps%decomp_ppools, col_ps%totlitp, col_ps%cwdp, col_ps%totsomp)
    call soil_carbon_1m(bounds)
    call mineral_totals(bounds)

    associate(cs => col_cs, ns => col_ns, ps => col_ps)
      do c = bounds%begc, bounds%endc
         cs%totcolc(c) = cs%totvegc(c) + cs%totlitc(c) + cs%cwdc(c) + cs%totsomc(c)
         cs%totecosysc(c) = cs%totcolc(c)
         ns%totcoln(c) = ns%totvegn(c) + ns%totlitn(c) + ns%cwdn(c) + ns%totsomn(c) + ns%sminn(c)
         ns%totecosysn(c) = ns%totcoln(c)
         ! As in ELM the column's total, which its balance check follows, is without primary and occluded phosphorus.
         ps%totcolp(c) = ps%totvegp(c) + ps%totlitp(c) + ps%cwdp(c) + ps%totsomp(c) + ps%sminp(c)
         ps%totinvp(c) = ps%totcolp(c) + ps%primp(c) + ps%occlp(c)
         ps%totecosysp(c) = ps%totinvp(c)
      end do
    end associate
  end subroutine SoilBiogeochemSummaryStates

  ! Sums of one element over depth and over the pools of a kind.
  subroutine decomposing_totals(bounds, pools_vr, pools, litter, cwd, som)
    type(bounds_type), intent(in) :: bounds
    real(r8), pointer, contiguous, intent(in) :: pools_vr(:,:,:)          ! [g/m3]
    real(r8), pointer, contiguous, intent(in) :: pools(:,:)               ! [g/m2] written
    real(r8), pointer, contiguous, intent(in) :: litter(:), cwd(:), som(:)   ! [g/m2] written

    integer :: c, j, l

    do c = bounds%begc, bounds%endc
       litter(c) = 0._r8
       cwd(c) = 0._r8
       som(c) = 0._r8
    end do
    do l = 1, ndecomp_pools
       do c = bounds%begc, bounds%endc
          pools(c,l) = 0._r8
       end do
       do j = 1, nlevdecomp
          !GCC$ ivdep
          do c = bounds%begc, bounds%endc
             pools(c,l) = pools(c,l) + pools_vr(c,j,l)*dzsoi_decomp(j)
          end do
       end do
       if (decomp_cascade_con%is_litter(l)) then
          do c = bounds%begc, bounds%endc
             litter(c) = litter(c) + pools(c,l)
          end do
       else if (decomp_cascade_con%is_cwd(l)) then
          do c = bounds%begc, bounds%endc
             cwd(c) = cwd(c) + pools(c,l)
          end do
       else
          do c = bounds%begc, bounds%endc
             som(c) = som(c) + pools(c,l)
          end do
       end if
    end do
  end subroutine decomposing_totals

  ! Soil organic carbon of the upper metre.
  subroutine soil_carbon_1m(bounds)
    type(bounds_type), intent(in) :: bounds

    real(r8) :: thickness
    integer :: c, j, l

    do c = bounds%begc, bounds%endc
       col_cs%totsomc_1m(c) = 0._r8
    end do
    do l = 1, ndecomp_pools
       if (.not. decomp_cascade_con%is_soil(l)) cycle
       do j = 1, nlevdecomp
          thickness = min(zisoi(j), 1._r8) - min(zisoi(j-1), 1._r8)
          if (thickness <= 0._r8) exit
          do c = bounds%begc, bounds%endc
             col_cs%totsomc_1m(c) = col_cs%totsomc_1m(c) + col_cs%decomp_cpools_vr(c,j,l)*thickness
          end do
       end do
    end do
  end subroutine soil_carbon_1m

  ! Mineral nitrogen and phosphorus.
  subroutine mineral_totals(bounds)
    type(bounds_type), intent(in) :: bounds

    integer :: c, j

    associate(ns => col_ns, ps => col_ps)
      do j = 1, nlevdecomp
         do c = bounds%begc, bounds%endc
            ns%sminn_vr(c,j) = ns%smin_nh4_vr(c,j) + ns%smin_no3_vr(c,j)
            ps%sminp_vr(c,j) = ps%solutionp_vr(c,j) + ps%labilep_vr(c,j) + ps%secondp_vr(c,j)
         end do
      end do
      call sum_layers(bounds, ns%smin_nh4_vr, ns%smin_nh4)
      call sum_layers(bounds, ns%smin_no3_vr, ns%smin_no3)
      call sum_layers(bounds, ps%solutionp_vr, ps%solutionp)
      call sum_layers(bounds, ps%labilep_vr, ps%labilep)
      call sum_layers(bounds, ps%secondp_vr, ps%secondp)
      call sum_layers(bounds, ps%occlp_vr, ps%occlp)
      call sum_layers(bounds, ps%primp_vr, ps%primp)
      do c = bounds%begc, bounds%endc
         ns%sminn(c) = ns%smin_nh4(c) + ns%smin_no3(c)
         ps%sminp(c) = ps%solutionp(c) + ps%labilep(c) + ps%secondp(c)
      end do
    end associate
  end subroutine mineral_totals

  subroutine sum_layers(bounds, layers, column)
    type(bounds_type), intent(in) :: bounds
    real(r8), pointer, contiguous, intent(in) :: layers(:,:)   ! [x/m3]
    real(r8), pointer, contiguous, intent(in) :: column(:)     ! [x/m2] written

    integer :: c, j

    do c = bounds%begc, bounds%endc
       column(c) = 0._r8
    end do
    do j = 1, nlevdecomp
       !GCC$ ivdep
       do c = bounds%begc, bounds%endc
          column(c) = column(c) + layers(c,j)*dzsoi_decomp(j)
       end do
    end do
  end subroutine sum_layers

  ! Heterotrophic respiration by kind of donor.
  subroutine respiration_totals(bounds)
    type(bounds_type), intent(in) :: bounds

    integer :: c, j, k
    logical :: from_soil

    associate( &
         hr_k => col_cf%decomp_cascade_hr_vr, &   ! Input:  [real(r8) (:,:,:)] (gC/m3/s)
         lithr => col_cf%lithr, &                 ! Output: [real(r8) (:)] (gC/m2/s)
         somhr => col_cf%somhr)                   ! Output: [real(r8) (:)] (gC/m2/s)
      do c = bounds%begc, bounds%endc
         lithr(c) = 0._r8
         somhr(c) = 0._r8
      end do
      do k = 1, ndecomp_cascade_transitions
         from_soil = decomp_cascade_con%is_soil(decomp_cascade_con%cascade_donor_pool(k))
         do j = 1, nlevdecomp
            if (from_soil) then
               !GCC$ ivdep
               do c = bounds%begc, bounds%endc
                  somhr(c) = somhr(c) + hr_k(c,j,k)*dzsoi_decomp(j)
               end do
            else
               !GCC$ ivdep
               do c = bounds%begc, bounds%endc
                  lithr(c) = lithr(c) + hr_k(c,j,k)*dzsoi_decomp(j)
               end do
            end if
         end do
      end do
      do c = bounds%begc, bounds%endc
         col_cf%hr(c) = lithr(c) + somhr(c)
      end do
    end associate
  end subroutine respiration_totals

  ! Nitrogen and phosphorus fluxes of the column.
  subroutine flux_totals(bounds)
    type(bounds_type), intent(in) :: bounds

    integer :: c

    associate(nf => col_nf, pf => col_pf)
      call sum_layers(bounds, nf%supplement_to_sminn_vr, nf%supplement_to_sminn)
      call sum_layers(bounds, nf%actual_immob_vr, nf%actual_immob)
      call sum_layers(bounds, nf%gross_nmin_vr, nf%gross_nmin)
      call sum_layers(bounds, nf%net_nmin_vr, nf%net_nmin)
      call sum_layers(bounds, nf%f_nit_vr, nf%f_nit)
      call sum_layers(bounds, nf%f_denit_vr, nf%f_denit)
      call sum_layers(bounds, nf%f_n2o_nit_vr, nf%f_n2o_nit)
      call sum_layers(bounds, nf%smin_no3_leached_vr, nf%smin_no3_leached)
      call sum_layers(bounds, nf%smin_no3_runoff_vr, nf%smin_no3_runoff)
      call sum_layers(bounds, pf%supplement_to_sminp_vr, pf%supplement_to_sminp)
      call sum_layers(bounds, pf%actual_immob_p_vr, pf%actual_immob_p)
      call sum_layers(bounds, pf%gross_pmin_vr, pf%gross_pmin)
      call sum_layers(bounds, pf%net_pmin_vr, pf%net_pmin)
      call sum_layers(bounds, pf%biochem_pmin_vr, pf%biochem_pmin)
      call sum_layers(bounds, pf%primp_to_labilep_vr, pf%primp_to_labilep)
      call sum_layers(bounds, pf%labilep_to_secondp_vr, pf%labilep_to_secondp)
      call sum_layers(bounds, pf%secondp_to_labilep_vr, pf%secondp_to_labilep)
      call sum_layers(bounds, pf%secondp_to_occlp_vr, pf%secondp_to_occlp)
      call sum_layers(bounds, pf%sminp_leached_vr, pf%sminp_leached)
      do c = bounds%begc, bounds%endc
         nf%denit(c) = nf%f_denit(c)
      end do
    end associate
  end subroutine flux_totals

end module SoilBiogeochemSummaryMod

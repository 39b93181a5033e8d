! Decomposition against closed forms: decay of single pools, the steady state of the cascade under constant input, the
! nutrient budget of the transitions, and the acceleration factors.
program test_soil_decomposition
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: ndecomp_pools, ndecomp_cascade_transitions, i_met_lit, i_cwd, i_soil1
  use elm_varcon, only: tfrz, secspday, zsoi
  use elm_varctl, only: spinup_state, supplement_n, supplement_p
  use filterMod, only: filter
  use CNDecompCascadeConType, only: decomp_cascade_con
  use ColumnDataType, only: col_es, col_cs, col_cf, col_ns, col_nf, col_ps, col_pf
  use elm_instMod, only: cnstate_vars, soilstate_vars
  use DecompCascadeCNMod, only: decomp_cascade_init, decomp_rate_constants_cn
  use SoilLittDecompMod, only: SoilLittDecompPotential, SoilLittDecomp
  use NitrifDenitrifMod, only: nitrif_denitrif
  use NutrientCompetitionMod, only: NutrientCompetition
  use SoilBiogeochemStateUpdateMod, only: SoilBiogeochemStateUpdate
  use soil_fixture, only: soil_init, climate_type, bounds, check, finish
  implicit none (type, external)

  call soil_init([climate_type()])
  call rate_of_metabolic_litter()
  call decay_of_slow_pool()
  call cascade_steady_state()
  call transition_budget()
  call acceleration()
  call finish()

contains

  ! Warm, moist soil: temperature scalar 1 at 25 C, moisture scalar 1 at saturation.
  subroutine ideal_soil()
    col_es%t_soisno(:,:) = tfrz + 25._r8
    soilstate_vars%soilpsi_col(:,:) = -9.8e-6_r8*soilstate_vars%sucsat_col(:,:)
  end subroutine ideal_soil

  subroutine step()
    associate(f => filter(1))
      call decomp_rate_constants_cn(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
      call SoilLittDecompPotential(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
      call nitrif_denitrif(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
      call NutrientCompetition(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
      call SoilLittDecomp(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
      call SoilBiogeochemStateUpdate(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
    end associate
  end subroutine step

  subroutine empty_pools()
    col_cs%decomp_cpools_vr = 0._r8
    col_ns%decomp_npools_vr = 0._r8
    col_ps%decomp_ppools_vr = 0._r8
    col_ns%smin_nh4_vr = 0._r8
    col_ns%smin_no3_vr = 0._r8
    col_ps%solutionp_vr = 0._r8
    col_cf%phenology_c_to_litr_met_c = 0._r8
    col_cf%phenology_c_to_litr_cel_c = 0._r8
    col_cf%phenology_c_to_litr_lig_c = 0._r8
  end subroutine empty_pools

  ! The loss of the fast pool in a day is that of the continuous equation, whatever the scalars.
  subroutine rate_of_metabolic_litter()
    real(r8) :: expected, scalar

    call ideal_soil()
    call step()
    scalar = exp(-zsoi(3)/0.33_r8)*col_cf%o_scalar(1,3)
    expected = 1._r8 - exp(-1.20397280432594_r8*scalar)
    call check('daily loss of metabolic litter', abs(col_cf%decomp_k(1,3,i_met_lit)*secspday - expected) < 1.e-12_r8, &
         col_cf%decomp_k(1,3,i_met_lit)*secspday, expected)
    col_es%t_soisno(1,3) = tfrz - 10._r8
    call step()
    call check('temperature scalar below freezing', abs(col_cf%t_scalar(1,3) - 1.5_r8**(-3.5_r8)) < 1.e-12_r8, &
         col_cf%t_scalar(1,3), 1.5_r8**(-3.5_r8))
    soilstate_vars%soilpsi_col(1,3) = -10._r8
    call step()
    call check('no decomposition in dry soil', col_cf%decomp_k(1,3,i_met_lit) == 0._r8)
  end subroutine rate_of_metabolic_litter

  ! Soil 4 alone decays exponentially and releases its N and P.
  subroutine decay_of_slow_pool()
    integer, parameter :: ndays = 3650
    real(r8), parameter :: stock = 1000._r8
    real(r8) :: expected, released, lost
    integer :: day, i_soil4

    i_soil4 = i_soil1 + 3
    call ideal_soil()
    call empty_pools()
    col_cs%decomp_cpools_vr(1,2,i_soil4) = stock
    col_ns%decomp_npools_vr(1,2,i_soil4) = stock/10._r8
    col_ps%decomp_ppools_vr(1,2,i_soil4) = stock/500._r8
    released = 0._r8
    lost = 0._r8
    do day = 1, ndays
       call step()
       released = released + col_pf%gross_pmin_vr(1,2)*secspday
       lost = lost + (col_nf%f_n2o_nit_vr(1,2) + col_nf%f_denit_vr(1,2))*secspday
    end do
    expected = stock*exp(-real(ndays, r8)*0.000100005000333347_r8*exp(-zsoi(2)/0.33_r8)*col_cf%o_scalar(1,2))
    call check('decay of soil 4', abs(col_cs%decomp_cpools_vr(1,2,i_soil4) - expected) < 1.e-9_r8*stock, &
         col_cs%decomp_cpools_vr(1,2,i_soil4), expected)
    call check('soil N is C/CN', col_ns%decomp_npools_vr(1,2,i_soil4) == col_cs%decomp_cpools_vr(1,2,i_soil4)*(1._r8/10._r8))
    call check('N of the lost carbon is mineral', abs(col_ns%smin_nh4_vr(1,2) + col_ns%smin_no3_vr(1,2) &
         + sum(col_ns%decomp_npools_vr(1,2,:)) + lost - stock/10._r8) < 1.e-10_r8)
    call check('P of the lost carbon is mineral', abs(released - (stock - expected)/500._r8) < 1.e-9_r8, &
         released, (stock - expected)/500._r8)
  end subroutine decay_of_slow_pool

  ! Constant input, nutrients supplied: every pool comes to inflow/(loss of a step) of the linear cascade.
  subroutine cascade_steady_state()
    integer, parameter :: layer = 1, ndays = 365*40
    real(r8), parameter :: input(3) = [0.5_r8, 1._r8, 0.5_r8]   ! gC/m3/day to the litter pools
    real(r8) :: inflow(ndecomp_pools), expected, worst
    integer :: day, k, l, donor, receiver

    spinup_state = 1         ! the slow pools must arrive in time; the steady state follows the accelerated rates
    call decomp_cascade_init(bounds)
    supplement_n = .true.
    supplement_p = .true.
    call ideal_soil()
    call empty_pools()
    col_cf%phenology_c_to_litr_met_c(1,layer) = input(1)/secspday
    col_cf%phenology_c_to_litr_cel_c(1,layer) = input(2)/secspday
    col_cf%phenology_c_to_litr_lig_c(1,layer) = input(3)/secspday
    do day = 1, ndays
       call step()
    end do

    ! Donors before receivers: litter, then soil 1 to 4.
    inflow(:) = 0._r8
    inflow(1:3) = input
    do k = 1, ndecomp_cascade_transitions
       donor = decomp_cascade_con%cascade_donor_pool(k)
       receiver = decomp_cascade_con%cascade_receiver_pool(k)
       if (receiver > 0) inflow(receiver) = inflow(receiver) &
            + inflow(donor)*(1._r8 - cnstate_vars%rf_decomp_cascade_col(1,layer,k))
    end do
    worst = 0._r8
    do l = 1, ndecomp_pools
       if (l == i_cwd) cycle
       ! The pool is seen after the step: the input of the step has been added, the loss of the old pool taken.
       expected = inflow(l)/(col_cf%decomp_k(1,layer,l)*secspday)
       worst = max(worst, abs(col_cs%decomp_cpools_vr(1,layer,l)/expected - 1._r8))
    end do
    call check('steady state of the cascade', worst < 1.e-6_r8, worst, 0._r8)
    call check('respiration equals input', abs(col_cf%hr_vr(1,layer)*secspday - sum(input)) < 1.e-6_r8, &
         col_cf%hr_vr(1,layer)*secspday, sum(input))

    spinup_state = 0
    call decomp_cascade_init(bounds)
    supplement_n = .false.
    supplement_p = .false.
  end subroutine cascade_steady_state

  ! Poor litter and little mineral N and P: the transitions slow down, and what they take, the mineral pools lose.
  subroutine transition_budget()
    real(r8) :: total_c, total_n, immobilised_p
    integer :: layer

    layer = 2
    call ideal_soil()
    call empty_pools()
    col_cs%decomp_cpools_vr(1,layer,:) = [50._r8, 80._r8, 90._r8, 200._r8, 40._r8, 60._r8, 300._r8, 900._r8]
    col_ns%decomp_npools_vr(1,layer,1:4) = col_cs%decomp_cpools_vr(1,layer,1:4)/[80._r8, 90._r8, 70._r8, 400._r8]
    col_ns%decomp_npools_vr(1,layer,5:8) = col_cs%decomp_cpools_vr(1,layer,5:8)/[12._r8, 12._r8, 10._r8, 10._r8]
    col_ps%decomp_ppools_vr(1,layer,:) = col_cs%decomp_cpools_vr(1,layer,:)/1500._r8
    col_ns%smin_nh4_vr(1,layer) = 0.02_r8
    col_ns%smin_no3_vr(1,layer) = 0.01_r8
    col_ps%solutionp_vr(1,layer) = 0.002_r8
    total_c = sum(col_cs%decomp_cpools_vr(1,layer,:))
    total_n = sum(col_ns%decomp_npools_vr(1,layer,:)) + 0.03_r8
    call step()
    call check('shortage of N', cnstate_vars%fpi_vr_col(1,layer) < 1._r8 .and. cnstate_vars%fpi_vr_col(1,layer) > 0._r8)
    call check('shortage of P', cnstate_vars%fpi_p_vr_col(1,layer) < 1._r8 .and. cnstate_vars%fpi_p_vr_col(1,layer) > 0._r8)
    call check('carbon budget of a layer', abs(sum(col_cs%decomp_cpools_vr(1,layer,:)) + col_cf%hr_vr(1,layer)*secspday &
         - total_c) < 1.e-10_r8)
    call check('nitrogen budget of a layer', abs(sum(col_ns%decomp_npools_vr(1,layer,:)) + col_ns%smin_nh4_vr(1,layer) &
         + col_ns%smin_no3_vr(1,layer) + (col_nf%f_denit_vr(1,layer) + col_nf%f_n2o_nit_vr(1,layer))*secspday - total_n) &
         < 1.e-12_r8)
    immobilised_p = sum(max(col_pf%decomp_cascade_sminp_flux_vr(1,layer,:), 0._r8))
    call check('P taken is P immobilised', abs(col_pf%actual_immob_p_vr(1,layer) - immobilised_p) < 1.e-20_r8)
    call check('P taken is there', col_pf%actual_immob_p_vr(1,layer)*secspday <= 0.002_r8*(1._r8 + 1.e-12_r8))
  end subroutine transition_budget

  ! Turnover of at most a year, two for woody debris.
  subroutine acceleration()
    spinup_state = 1
    call decomp_cascade_init(bounds)
    associate(factor => decomp_cascade_con%spinup_factor)
      call check('acceleration of soil 4', abs(factor(i_soil1+3) - 27.396_r8) < 1.e-2_r8, factor(i_soil1+3), 27.396_r8)
      call check('acceleration of soil 3', abs(factor(i_soil1+2) - 1.956_r8) < 1.e-3_r8, factor(i_soil1+2), 1.956_r8)
      call check('acceleration of woody debris', abs(factor(i_cwd) - 1.369_r8) < 1.e-3_r8, factor(i_cwd), 1.369_r8)
      call check('fast pools keep their rate', all(factor(1:3) == 1._r8) .and. all(factor(5:6) == 1._r8))
    end associate
    spinup_state = 0
    call decomp_cascade_init(bounds)
  end subroutine acceleration

end program test_soil_decomposition

! Mineral nutrients: competition, sorption equilibrium, phosphorus budget, nitrate leaching, fixation.
program test_soil_nutrients
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: nlevdecomp
  use elm_varcon, only: secspday, dayspyr, dzsoi_decomp
  use elm_varctl, only: supplement_n, supplement_p
  use filterMod, only: filter
  use ColumnDataType, only: col_ns, col_ps, col_cf, col_nf, col_pf, col_ws, col_wf
  use elm_instMod, only: cnstate_vars
  use NutrientCompetitionMod, only: NutrientCompetition, compete_n, compete_p
  use NitrogenDynamicsMod, only: NitrogenFixation, NitrogenLeaching, UpdateLaggedNPP
  use PhosphorusDynamicsMod, only: PhosphorusDynamics, sorption_equilibrium
  use soil_fixture, only: soil_init, climate_type, bounds, check, finish, column_sum, year
  implicit none (type, external)

  call soil_init([climate_type()])
  call competition_of_a_layer()
  call uptake_of_a_column()
  call sorption()
  call phosphorus_budget()
  call phosphorus_equilibrium()
  call leaching()
  call fixation()
  call finish()

contains

  subroutine competition_of_a_layer()
    real(r8) :: plant4, plant3, immob4, immob3, nit, denit, plant, immob

    ! plenty: everybody gets what he asks
    call compete_n(0.5_r8, 10._r8, 10._r8, 1._r8, 2._r8, 0.5_r8, 0.1_r8, plant4, plant3, immob4, immob3, nit, denit)
    call check('plenty of NH4 meets all', abs(plant4 - 1._r8) + abs(immob4 - 2._r8) + abs(nit - 0.5_r8) &
         + abs(denit - 0.1_r8) + abs(plant3) + abs(immob3) < 1.e-14_r8)
    ! shortage by day only: shares in proportion to demand
    call compete_n(1._r8, 1._r8, 0._r8, 3._r8, 1._r8, 0._r8, 0._r8, plant4, plant3, immob4, immob3, nit, denit)
    call check('relative demand decides', abs(plant4 - 0.75_r8) < 1.e-14_r8 .and. abs(immob4 - 0.25_r8) < 1.e-14_r8, &
         plant4, 0.75_r8)
    ! NO3 steps in for missing NH4
    call compete_n(0.5_r8, 0._r8, 5._r8, 1._r8, 1._r8, 1._r8, 0._r8, plant4, plant3, immob4, immob3, nit, denit)
    call check('NO3 steps in', abs(plant3 - 1._r8) < 1.e-14_r8 .and. abs(immob3 - 1._r8) < 1.e-14_r8 .and. nit == 0._r8)
    ! nobody takes what is not there
    call compete_n(0.4_r8, 0.3_r8, 0.2_r8, 5._r8, 4._r8, 3._r8, 2._r8, plant4, plant3, immob4, immob3, nit, denit)
    call check('no more NH4 than there is', plant4 + immob4 + nit <= 0.3_r8 + 1.e-15_r8, plant4 + immob4 + nit, 0.3_r8)
    call check('no more NO3 than there is', plant3 + immob3 + denit <= 0.2_r8 + 1.e-15_r8, plant3 + immob3 + denit, 0.2_r8)
    ! plants do not eat by night
    call compete_n(0._r8, 1._r8, 0._r8, 1._r8, 1._r8, 0._r8, 0._r8, plant4, plant3, immob4, immob3, nit, denit)
    call check('the night belongs to microbes', immob4 == 1._r8 .and. plant4 == 0._r8)
    call compete_p(0.5_r8, 0.5_r8, 1._r8, 0.5_r8, plant, immob)
    call check('solution P is shared', plant > 0._r8 .and. immob > 0._r8 .and. plant + immob <= 0.5_r8 + 1.e-15_r8)
  end subroutine competition_of_a_layer

  ! Uptake by layers adds up to demand times the scarcer share; supply by decree fills the gap.
  subroutine uptake_of_a_column()
    real(r8) :: expected, uptake, supplied

    col_ns%smin_nh4_vr(1,1:nlevdecomp) = 0.01_r8
    col_ns%smin_no3_vr(1,1:nlevdecomp) = 0.02_r8
    col_ps%solutionp_vr(1,1:nlevdecomp) = 1.e-5_r8
    col_nf%potential_immob_vr(1,1:nlevdecomp) = 0.02_r8/secspday
    col_pf%potential_immob_p_vr(1,1:nlevdecomp) = 0._r8
    col_nf%plant_ndemand(1) = 0.5_r8/secspday
    col_pf%plant_pdemand(1) = 1.e-3_r8/secspday
    call compete()
    expected = col_nf%plant_ndemand(1)*min(cnstate_vars%fpg_col(1), cnstate_vars%fpg_p_col(1))
    uptake = column_sum(col_nf%smin_nh4_to_plant_vr(1,:) + col_nf%smin_no3_to_plant_vr(1,:))
    call check('both nutrients are short', cnstate_vars%fpg_col(1) < 1._r8 .and. cnstate_vars%fpg_p_col(1) < 1._r8)
    call check('N uptake adds up', abs(uptake/expected - 1._r8) < 1.e-13_r8, uptake, expected)
    expected = col_pf%plant_pdemand(1)*min(cnstate_vars%fpg_col(1), cnstate_vars%fpg_p_col(1))
    uptake = column_sum(col_pf%sminp_to_plant_vr(1,:))
    call check('P uptake adds up', abs(uptake/expected - 1._r8) < 1.e-13_r8, uptake, expected)

    supplement_n = .true.
    supplement_p = .true.
    call compete()
    supplement_n = .false.
    supplement_p = .false.
    call check('supply meets the demand', cnstate_vars%fpg_col(1) == 1._r8 .and. cnstate_vars%fpg_p_col(1) == 1._r8 &
         .and. all(cnstate_vars%fpi_vr_col(1,1:nlevdecomp) > 1._r8 - 1.e-12_r8))
    supplied = column_sum(col_nf%supplement_to_sminn_vr(1,:))*secspday
    uptake = column_sum(col_nf%sminn_to_plant_vr(1,:) + col_nf%actual_immob_vr(1,:) + col_nf%f_nit_vr(1,:) &
         + col_nf%f_denit_vr(1,:))*secspday
    call check('supply is what the pools lack', abs(supplied + 0.03_r8*sum(dzsoi_decomp) - uptake) < 1.e-12_r8, &
         supplied, uptake - 0.03_r8*sum(dzsoi_decomp))
  end subroutine uptake_of_a_column

  subroutine compete()
    associate(f => filter(1))
      call NutrientCompetition(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
    end associate
  end subroutine compete

  ! The partition lies on the isotherm for little and for much phosphorus.
  subroutine sorption()
    real(r8), parameter :: totals(5) = [1.e-8_r8, 1._r8, 30._r8, 200._r8, 1.e6_r8]
    real(r8) :: solution, labile, worst
    integer :: i

    worst = 0._r8
    do i = 1, size(totals)
       solution = sorption_equilibrium(totals(i), 80._r8, 60._r8)
       labile = 80._r8*solution/(60._r8 + solution)
       worst = max(worst, abs((solution + labile)/totals(i) - 1._r8))
    end do
    call check('Langmuir isotherm', worst < 1.e-12_r8, worst, 0._r8)
    call check('no phosphorus, no solution', sorption_equilibrium(0._r8, 80._r8, 60._r8) == 0._r8)
  end subroutine sorption

  subroutine set_phosphorus()
    col_ps%primp_vr(1,1:nlevdecomp) = 80._r8
    col_ps%occlp_vr(1,1:nlevdecomp) = 50._r8
    col_ps%secondp_vr(1,1:nlevdecomp) = 40._r8
    col_ps%labilep_vr(1,1:nlevdecomp) = 8._r8
    col_ps%solutionp_vr(1,1:nlevdecomp) = 60._r8*8._r8/(80._r8 - 8._r8)
    col_ps%decomp_ppools_vr(1,1:nlevdecomp,:) = 1._r8
    col_pf%gross_pmin_vr = 0._r8
    col_pf%actual_immob_p_vr = 0._r8
    col_pf%sminp_to_plant_vr = 0._r8
    col_pf%supplement_to_sminp_vr = 0._r8
    cnstate_vars%fpi_vr_col = 1._r8
    cnstate_vars%fpi_p_vr_col = 0.3_r8
    cnstate_vars%pdep_col = 0.02_r8/year
    col_pf%pdep_to_sminp = cnstate_vars%pdep_col
  end subroutine set_phosphorus

  function phosphorus_stock() result(total)
    real(r8) :: total
    integer :: l

    total = column_sum(col_ps%primp_vr(1,:) + col_ps%occlp_vr(1,:) + col_ps%secondp_vr(1,:) + col_ps%labilep_vr(1,:) &
         + col_ps%solutionp_vr(1,:))
    do l = 1, 8
       total = total + column_sum(col_ps%decomp_ppools_vr(1,:,l))
    end do
  end function phosphorus_stock

  ! All forms together change by deposition and leaching only.
  subroutine phosphorus_budget()
    real(r8) :: before, after, leached, expected

    call set_phosphorus()
    col_wf%qflx_drain(1) = 2._r8/secspday
    before = phosphorus_stock()
    associate(f => filter(1))
      call PhosphorusDynamics(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
    end associate
    after = phosphorus_stock()
    leached = column_sum(col_pf%sminp_leached_vr(1,:))*secspday
    call check('phosphorus leaches', leached > 0._r8)
    call check('phosphorus budget', abs(after - before - 0.02_r8/dayspyr + leached) < 1.e-10_r8)
    expected = (1._r8 - (1._r8 - 0.014_r8)**(1._r8/30._r8))*8._r8/secspday
    call check('adsorption rate', abs(col_pf%labilep_to_secondp_vr(1,3)/expected - 1._r8) < 1.e-12_r8, &
         col_pf%labilep_to_secondp_vr(1,3), expected)
    expected = (1._r8 - (1._r8 - 1.e-3_r8)**(1._r8/30._r8))*(1._r8 - exp(-5._r8*0.7_r8))*8._r8/secspday
    call check('biochemical mineralisation', abs(col_pf%biochem_pmin_vr(1,3)/expected - 1._r8) < 1.e-10_r8, &
         col_pf%biochem_pmin_vr(1,3), expected)
  end subroutine phosphorus_budget

  ! Without weathering, occlusion and losses, secondary over labile comes to adsorption over desorption.
  subroutine phosphorus_equilibrium()
    use soilorder_varcon, only: r_weather, r_occlude
    real(r8) :: ratio, expected, total_before, labile_isotherm
    integer :: day

    call set_phosphorus()
    r_weather(:) = 0._r8
    r_occlude(:) = 0._r8
    col_pf%pdep_to_sminp(:) = 0._r8
    col_wf%qflx_drain(1) = 0._r8
    cnstate_vars%fpi_p_vr_col = 1._r8
    total_before = phosphorus_stock()
    do day = 1, 365*300
       associate(f => filter(1))
         call PhosphorusDynamics(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
       end associate
    end do
    ratio = col_ps%secondp_vr(1,4)/col_ps%labilep_vr(1,4)
    expected = (1._r8 - (1._r8 - 0.014_r8)**(1._r8/30._r8))/(1._r8 - (1._r8 - 0.0022_r8)**(1._r8/30._r8))
    call check('secondary to labile phosphorus', abs(ratio/expected - 1._r8) < 1.e-3_r8, ratio, expected)
    labile_isotherm = 80._r8*col_ps%solutionp_vr(1,4)/(60._r8 + col_ps%solutionp_vr(1,4))
    call check('solution stays on the isotherm', abs(labile_isotherm/col_ps%labilep_vr(1,4) - 1._r8) < 1.e-10_r8, &
         col_ps%labilep_vr(1,4), labile_isotherm)
    call check('phosphorus is kept for 300 years', abs(phosphorus_stock()/total_before - 1._r8) < 1.e-11_r8)
  end subroutine phosphorus_equilibrium

  ! A constant drainage empties every layer at the same rate.
  subroutine leaching()
    real(r8) :: water, expected, start, lost
    integer :: day

    col_ns%smin_no3_vr(1,1:nlevdecomp) = 2._r8
    start = column_sum(col_ns%smin_no3_vr(1,:))
    col_wf%qflx_drain(1) = 3._r8/secspday
    col_wf%qflx_surf(1) = 0._r8
    water = sum(col_ws%h2osoi_liq(1,1:nlevdecomp))
    lost = 0._r8
    do day = 1, 100
       call leach()
       lost = lost + column_sum(col_nf%smin_no3_leached_vr(1,:))*secspday
    end do
    expected = 2._r8*exp(-100._r8*3._r8/water)
    call check('nitrate leaches at one rate', all(abs(col_ns%smin_no3_vr(1,1:nlevdecomp)/expected - 1._r8) < 1.e-12_r8), &
         col_ns%smin_no3_vr(1,5), expected)
    call check('what leaches is lost', abs(lost + column_sum(col_ns%smin_no3_vr(1,:)) - start) < 1.e-12_r8)

    col_wf%qflx_surf(1) = 1.e6_r8/secspday
    call leach()
    call check('a flood cannot take more than there is', all(col_ns%smin_no3_vr(1,:) >= 0._r8))
    call check('runoff takes from the upper layers only', col_nf%smin_no3_runoff_vr(1,1) > 0._r8 &
         .and. all(col_nf%smin_no3_runoff_vr(1,4:) == 0._r8))
  end subroutine leaching

  subroutine leach()
    associate(f => filter(1))
      call NitrogenLeaching(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
    end associate
  end subroutine leach

  ! Fixation follows the running mean of NPP.
  subroutine fixation()
    real(r8) :: expected
    integer :: day

    col_cf%lag_npp(1) = 0._r8
    col_cf%npp(1) = 500._r8/year
    do day = 1, 300
       call UpdateLaggedNPP(bounds)
    end do
    associate(f => filter(1))
      call NitrogenFixation(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
    end associate
    expected = 1.8_r8*(1._r8 - exp(-1.5_r8))
    call check('fixation at an NPP of 500', abs(col_nf%nfix_to_sminn(1)*year - expected) < 1.e-9_r8, &
         col_nf%nfix_to_sminn(1)*year, expected)
  end subroutine fixation

end program test_soil_nutrients

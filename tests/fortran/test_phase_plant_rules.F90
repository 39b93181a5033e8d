! Rules for plants after a jump: what the artifact predicts stays, all else of a patch follows it.
program test_phase_plant_rules
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: natpft_size, nlevdecomp
  use elm_varcon, only: init_vertical, dzsoi_decomp
  use decompMod, only: bounds_type
  use VegetationType, only: veg_pp
  use ColumnDataType, only: col_cs, col_ns, col_ps, col_cf
  use VegetationDataType, only: veg_cs, veg_ns, veg_ps, veg_cf
  use VegetationPropertiesType, only: veg_vp
  use elm_instMod, only: cnstate_vars, canopystate_vars
  use elm_phase_rules_mod, only: elm_phase_rules_type
  use phase_domain_mod, only: phase_domain_type
  use phase_kinds_mod, only: phase_name_len
  use phase_fixture, only: check, finish_tests
  implicit none (type, external)

  integer, parameter :: begp = 171, tree = 4, decid = 7
  character(len=phase_name_len), parameter :: wood_only(3) = [character(len=phase_name_len) :: 'deadstemc', 'deadstemn', &
    'soil4c_vr']
  character(len=phase_name_len), parameter :: displayed(4) = [character(len=phase_name_len) :: 'leafc', 'leafn', 'leafp', &
    'deadstemc']
  type(bounds_type) :: bounds
  type(phase_domain_type) :: domain
  type(elm_phase_rules_type) :: rules
  integer :: p, d

  bounds = bounds_type(11, 11, 11, 11, 11, 11, 11, 11, begp, begp + natpft_size - 1)
  p = begp + tree
  d = begp + decid

  ! an artifact that predicts displayed pools only: leaf C x 4, leaf N x 2, leaf P x 3, dead stem x 10
  call build_state()
  call rules%init(bounds, domain)
  call rules%learn(displayed)
  call jump_displayed()
  call check('storage_and_transfer_follow_the_living_plant', veg_cs%leafc_storage(p) == 4._r8*30._r8 .and. &
    veg_cs%frootc_xfer(p) == 4._r8*7._r8 .and. veg_ns%leafn_storage(p) == 4._r8*0.6_r8 .and. &
    veg_ps%leafp_storage(p) == 4._r8*0.06_r8)
  call check('growth_respiration_reserves_follow_their_stores', close_to(veg_cs%gresp_storage(p), 4._r8*9._r8) .and. &
    close_to(veg_cs%gresp_xfer(p), 4._r8*2._r8))
  call check('npool_and_retransn_follow_plant_n', veg_ns%npool(p) == 2._r8*5._r8 .and. veg_ns%retransn(p) == 2._r8*3._r8)
  call check('ppool_and_retransp_follow_plant_p', close_to(veg_ps%ppool(p), 3._r8*0.5_r8) .and. &
    close_to(veg_ps%retransp(p), 3._r8*0.3_r8))
  call check('cpool_and_its_deficit_follow_plant_c', veg_cs%cpool(p) == 4._r8*6._r8 .and. veg_cs%xsmrpool(p) == -4._r8*8._r8)
  call check('n_and_p_follow_a_predicted_carbon', veg_ns%deadstemn(p) == 10._r8*2._r8 .and. veg_ps%deadstemp(p) == 10._r8*0.2_r8)
  call check('dead_wood_says_nothing_about_the_living', veg_cs%deadstemc_storage(p) == 4._r8*11._r8)
  call check('annual_npp_follows_the_plant', veg_cf%annsum_npp(p) == 4._r8*600._r8)
  call check('annual_retranslocation_follows_its_pool', cnstate_vars%annmax_retransn_patch(p) == 2._r8*4._r8 .and. &
    close_to(cnstate_vars%annmax_retransp_patch(p), 3._r8*0.4_r8))
  call check('annual_gpp_follows_the_light', close_to(cnstate_vars%annsum_potential_gpp_patch(p), 1000._r8* &
    (1._r8 - exp(-0.5_r8*0.01_r8*4._r8*150._r8))/(1._r8 - exp(-0.5_r8*0.01_r8*150._r8))))
  call check('leaf_area_memory_is_the_new_leaves', close_to(canopystate_vars%tlai_patch(p), 0.01_r8*4._r8*100._r8))
  call check('flags_and_counters_stay', all(cnstate_vars%offset_counter_patch == 5._r8) .and. &
    all(cnstate_vars%onset_flag_patch == 0._r8) .and. cnstate_vars%offset_flag_patch(p) == 1._r8 .and. &
    cnstate_vars%dormant_flag_patch(d) == 1._r8 .and. all(cnstate_vars%onset_counter_patch == 6._r8))
  call check('leaf_fall_follows_where_it_is_under_way', veg_cf%prev_leafc_to_litter(p) == 4._r8*3._r8 .and. &
    veg_cf%prev_leafc_to_litter(d) == 3._r8)

  ! dormant trees on 1 January
  call check('dormant_leaves_stay_in_store', veg_cs%leafc(d) == 0._r8 .and. veg_ns%leafn(d) == 0._r8 .and. &
    veg_ps%leafp(d) == 0._r8 .and. veg_cs%leafc_storage(d) > 200._r8)
  call check('carbon_without_n_gets_the_plant_types_ratio', close_to(veg_ns%livestemn(d), 50._r8/50._r8) .and. &
    close_to(veg_ps%livestemp(d), 50._r8/3000._r8))
  call check('bare_ground_stays', veg_cs%leafc_storage(begp) == 30._r8 .and. veg_ns%npool(begp) == 5._r8)

  ! an artifact of the soil and dead wood: the living plant is left alone
  call build_state()
  call rules%init(bounds, domain)
  call rules%learn(wood_only)
  call rules%before_jump([.true.])
  veg_cs%deadstemc(p) = 10._r8*veg_cs%deadstemc(p)
  veg_ns%deadstemn(p) = 5._r8*veg_ns%deadstemn(p)
  call rules%after_jump([.true.])
  call check('only_wood_leaves_the_plant_alone', veg_cs%leafc_storage(p) == 30._r8 .and. veg_ns%npool(p) == 5._r8 .and. &
    veg_cs%cpool(p) == 6._r8 .and. veg_cs%xsmrpool(p) == -8._r8 .and. veg_cf%annsum_npp(p) == 600._r8 .and. &
    canopystate_vars%tlai_patch(p) == 0.7_r8 .and. cnstate_vars%annsum_potential_gpp_patch(p) == 1000._r8 .and. &
    veg_cs%deadstemc_storage(p) == 11._r8 .and. veg_ps%retransp(p) == 0.3_r8)
  call check('only_wood_keeps_its_p', veg_ps%deadstemp(p) == 10._r8*0.2_r8 .and. veg_ns%deadstemn(p) == 5._r8*2._r8)
  call check('only_wood_keeps_solution_p', all(col_ps%solutionp_vr(11, 1:nlevdecomp) == 9._r8))

  ! an artifact that predicts everything
  call build_state()
  call rules%init(bounds, domain)
  call rules%before_jump([.true.])
  veg_cs%leafc(:) = 4._r8*veg_cs%leafc
  veg_ns%npool(:) = 77._r8
  call rules%after_jump([.true.])
  call check('what_is_predicted_is_not_touched', veg_ns%npool(p) == 77._r8 .and. veg_cs%leafc_storage(p) == 30._r8 .and. &
    veg_cf%annsum_npp(p) == 600._r8)
  call finish_tests()

contains

  subroutine jump_displayed()
    call rules%before_jump([.true.])
    veg_cs%leafc(:) = 4._r8*veg_cs%leafc
    veg_ns%leafn(:) = 2._r8*veg_ns%leafn
    veg_ps%leafp(:) = 3._r8*veg_ps%leafp
    veg_cs%deadstemc(:) = 10._r8*veg_cs%deadstemc
    veg_cs%leafc(d) = 200._r8
    veg_ns%leafn(d) = 8._r8
    veg_ps%leafp(d) = 0.8_r8
    call rules%after_jump([.true.])
  end subroutine jump_displayed

  subroutine build_state()
    integer :: k
    call init_vertical()
    call veg_pp%Init(bounds)
    call col_cs%Init(bounds); call col_ns%Init(bounds); call col_ps%Init(bounds); call col_cf%Init(bounds)
    call veg_cs%Init(bounds); call veg_ns%Init(bounds); call veg_ps%Init(bounds); call veg_cf%Init(bounds)
    call cnstate_vars%Init(bounds); call canopystate_vars%Init(bounds)
    domain = phase_domain_type()
    call domain%init(1, natpft_size, dzsoi_decomp(1:nlevdecomp))
    domain%col(1) = 1
    do k = 0, natpft_size - 1
      veg_pp%itype(begp + k) = k
      domain%patch(k + 1, 1) = k + 1
      domain%wtcol(k + 1, 1) = 1._r8/natpft_size
    end do
    veg_vp%slatop(:) = 0.01_r8
    veg_vp%dsladlai(:) = 0._r8
    veg_vp%season_decid(decid) = 1._r8
    veg_vp%leafcn(:) = 25._r8; veg_vp%livewdcn(:) = 50._r8; veg_vp%livewdcp(:) = 3000._r8
    veg_cs%leafc(:) = 100._r8; veg_cs%leafc_storage(:) = 30._r8; veg_cs%leafc_xfer(:) = 20._r8
    veg_cs%frootc(:) = 100._r8; veg_cs%frootc_xfer(:) = 7._r8
    veg_cs%deadstemc(:) = 1000._r8; veg_cs%deadstemc_storage(:) = 11._r8
    veg_ns%leafn(:) = 4._r8; veg_ns%leafn_storage(:) = 0.6_r8
    veg_ps%leafp(:) = 0.4_r8; veg_ps%leafp_storage(:) = 0.06_r8
    veg_ns%deadstemn(:) = 2._r8; veg_ps%deadstemp(:) = 0.2_r8
    veg_cs%gresp_storage(:) = 9._r8; veg_cs%gresp_xfer(:) = 2._r8
    veg_cs%cpool(:) = 6._r8; veg_cs%xsmrpool(:) = -8._r8
    veg_ns%npool(:) = 5._r8; veg_ns%retransn(:) = 3._r8
    veg_ps%ppool(:) = 0.5_r8; veg_ps%retransp(:) = 0.3_r8
    veg_cf%annsum_npp(:) = 600._r8
    veg_cf%prev_leafc_to_litter(:) = 3._r8
    canopystate_vars%tlai_patch(:) = 0.7_r8
    cnstate_vars%annmax_retransn_patch(:) = 4._r8
    cnstate_vars%annmax_retransp_patch(:) = 0.4_r8
    cnstate_vars%annsum_potential_gpp_patch(:) = 1000._r8
    cnstate_vars%offset_counter_patch(:) = 5._r8
    cnstate_vars%onset_counter_patch(:) = 6._r8
    cnstate_vars%offset_flag_patch(p) = 1._r8
    cnstate_vars%dormant_flag_patch(d) = 1._r8
    veg_cs%leafc(d) = 0._r8; veg_ns%leafn(d) = 0._r8; veg_ps%leafp(d) = 0._r8
    veg_cs%livestemc(d) = 50._r8
    col_ps%solutionp_vr(:, :) = 9._r8
    col_ps%labilep_vr(:, :) = 40._r8
  end subroutine build_state

  pure logical function close_to(found, expected)
    real(r8), intent(in) :: found, expected
    close_to = abs(found - expected) <= 1.e-13_r8*abs(expected)
  end function close_to

end program test_phase_plant_rules

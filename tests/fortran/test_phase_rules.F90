! The adapter's rules after a jump, on minielm's own arrays: dependent states follow, everything else stays.
program test_phase_rules
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varctl, only: nu_com
  use elm_varpar, only: natpft_size, nlevdecomp, nlevdecomp_full, ndecomp_pools
  use elm_varcon, only: init_vertical, dzsoi_decomp
  use decompMod, only: bounds_type
  use VegetationType, only: veg_pp
  use ColumnDataType, only: col_cs, col_ns, col_ps, col_cf
  use VegetationDataType, only: veg_cs, veg_ns, veg_ps, veg_cf
  use VegetationPropertiesType, only: veg_vp
  use CNDecompCascadeConType, only: decomp_cascade_con
  use soilorder_varcon, only: smax, ks_sorption
  use elm_instMod, only: cnstate_vars, canopystate_vars
  use elm_phase_rules_mod, only: elm_phase_rules_type
  use phase_domain_mod, only: phase_domain_type
  use phase_fixture, only: check, finish_tests
  implicit none (type, external)

  integer, parameter :: ncol = 3, broadleaf = 5
  logical, parameter :: applied(ncol) = [.true., .false., .true.]
  type(bounds_type) :: bounds
  type(phase_domain_type) :: domain
  type(elm_phase_rules_type) :: rules
  real(r8) :: old_labile, expected
  integer :: c, j, l, p

  ! bounds that do not begin with one, as on any rank but the first
  bounds = bounds_type(11, 13, 11, 13, 11, 13, 11, 13, 171, 170 + ncol*natpft_size)
  call build_state()
  call rules%init(bounds, domain)
  call rules%before_jump(applied)
  call write_jump()
  call rules%after_jump(applied)

  c = 11
  call check('mineral_n_is_the_sum_of_its_parts', all(col_ns%sminn_vr(c, 1:nlevdecomp) == &
    col_ns%smin_no3_vr(c, 1:nlevdecomp) + col_ns%smin_nh4_vr(c, 1:nlevdecomp)))
  call check('soil_n_follows_soil_c', all(col_ns%decomp_npools_vr(c, 1:nlevdecomp, 5) == &
    col_cs%decomp_cpools_vr(c, 1:nlevdecomp, 5)/12._r8) .and. all(col_ns%decomp_npools_vr(c, 1:nlevdecomp, 8) == &
    col_cs%decomp_cpools_vr(c, 1:nlevdecomp, 8)/10._r8))
  call check('litter_n_is_the_surrogates', all(col_ns%decomp_npools_vr(c, 1:nlevdecomp, 1) == 1._r8))
  call check('carbon_without_n_or_p_gets_the_pools_ratio', col_ns%decomp_npools_vr(c, 3, 2) == 1200._r8/90._r8 .and. &
    col_ps%decomp_ppools_vr(c, 3, 2) == 1200._r8/900._r8 .and. col_ps%decomp_ppools_vr(c, 3, 6) == 1200._r8/360._r8)
  call check('no_carbon_needs_no_n', col_ns%decomp_npools_vr(c, 4, 2) == 0._r8)
  call check('no_negative_nitrate', col_ns%smin_no3_vr(c, 5) == 0._r8 .and. col_ns%sminn_vr(c, 5) == 0.4_r8)
  call check('column_npp_of_last_year_is_that_of_its_patches', col_cf%annsum_npp(c) == 640._r8)
  call check('layers_below_are_empty', all(col_cs%decomp_cpools_vr(c, nlevdecomp + 1:, :) == 0._r8) .and. &
    all(col_ns%sminn_vr(c, nlevdecomp + 1:) == 0._r8) .and. all(col_ps%primp_vr(c, nlevdecomp + 1:) == 0._r8))
  old_labile = 40._r8
  expected = 2._r8*old_labile/(100._r8 - old_labile)
  call check('solution_p_is_in_equilibrium', abs(col_ps%solutionp_vr(c, 1) - expected) < 1.e-14_r8)
  call check('labile_p_stays_below_the_capacity', col_ps%labilep_vr(c, 2) < 100._r8 .and. &
    col_ps%solutionp_vr(c, 2) > 0._r8 .and. col_ps%solutionp_vr(c, 2) < 1.e4_r8)
  p = patch_of(c)
  call check('no_offset_no_change', veg_cf%prev_leafc_to_litter(p) == 3._r8)
  call check('leaf_area_follows_the_leaves', &
    abs(canopystate_vars%tlai_patch(p) - 0.03_r8*(exp(200._r8*0.001_r8) - 1._r8)/0.001_r8) < 1.e-13_r8)
  call check('inactive_patches_keep_their_memory', canopystate_vars%tlai_patch(p + 1) == 0.7_r8 .and. &
    veg_cf%prev_leafc_to_litter(p + 1) == 3._r8)

  p = patch_of(13)
  call check('leaf_fall_scales_with_the_leaves', abs(veg_cf%prev_leafc_to_litter(p) - 3._r8*200._r8/50._r8) < 1.e-13_r8 &
    .and. abs(veg_cf%prev_frootc_to_litter(p) - 3._r8*0.5_r8) < 1.e-13_r8)

  c = 12
  call check('columns_not_written_stay', all(col_ns%sminn_vr(c, :) == -5._r8) .and. &
    all(col_cs%decomp_cpools_vr(c, nlevdecomp + 1:, :) == 1200._r8) .and. all(col_ps%solutionp_vr(c, :) == 9._r8) .and. &
    canopystate_vars%tlai_patch(patch_of(c)) == 0.7_r8)

  nu_com = 'ECA' ! has sorption laws of its own
  call rules%before_jump(applied)
  call write_jump()
  call rules%after_jump(applied)
  call check('another_competition_keeps_its_sorption', all(col_ps%solutionp_vr(11, 1:nlevdecomp) == 9._r8) .and. &
    col_ps%labilep_vr(11, 2) == 250._r8)
  call finish_tests()

contains

  subroutine build_state()
    call init_vertical()
    call veg_pp%Init(bounds)
    call col_cs%Init(bounds); call col_ns%Init(bounds); call col_ps%Init(bounds)
    call col_cf%Init(bounds)
    call veg_cs%Init(bounds); call veg_ns%Init(bounds); call veg_ps%Init(bounds); call veg_cf%Init(bounds)
    call cnstate_vars%Init(bounds); call canopystate_vars%Init(bounds)
    decomp_cascade_con%is_soil(5:8) = .true.
    decomp_cascade_con%initial_cn_ratio(1:8) = [90._r8, 90._r8, 90._r8, 500._r8, 12._r8, 12._r8, 10._r8, 10._r8]
    decomp_cascade_con%initial_cp_ratio(1:8) = [900._r8, 900._r8, 900._r8, 5000._r8, 360._r8, 360._r8, 500._r8, 500._r8]
    smax(1) = 100._r8
    ks_sorption(1) = 2._r8
    veg_vp%slatop(broadleaf) = 0.03_r8
    veg_vp%dsladlai(broadleaf) = 0.001_r8
    cnstate_vars%isoilorder(:) = 1
    call domain%init(ncol, natpft_size, dzsoi_decomp(1:nlevdecomp))
    do c = bounds%begc, bounds%endc
      domain%col(c - 10) = c - 10
      domain%gid(c - 10) = c
      do p = 171 + (c - 11)*natpft_size, 170 + (c - 10)*natpft_size
        veg_pp%itype(p) = p - 171 - (c - 11)*natpft_size
      end do
      domain%patch(broadleaf + 1, c - 10) = patch_of(c) - 170
      domain%wtcol(broadleaf + 1, c - 10) = 1._r8
    end do
    veg_cs%leafc(:) = 50._r8
    veg_cs%frootc(:) = 80._r8
    veg_cf%prev_leafc_to_litter(:) = 3._r8
    veg_cf%prev_frootc_to_litter(:) = 3._r8
    canopystate_vars%tlai_patch(:) = 0.7_r8
    cnstate_vars%offset_flag_patch(patch_of(13)) = 1._r8
    col_ns%sminn_vr(:, :) = -5._r8
  end subroutine build_state

  subroutine write_jump()
    !! What a surrogate may have written, and what stands in the layers below.
    do l = 1, ndecomp_pools
      do j = 1, nlevdecomp_full
        col_cs%decomp_cpools_vr(:, j, l) = 1200._r8
        col_ns%decomp_npools_vr(:, j, l) = 1._r8
      end do
    end do
    col_ps%decomp_ppools_vr(:, :, :) = 1._r8
    col_ns%decomp_npools_vr(:, 3, 2) = 0._r8
    col_ps%decomp_ppools_vr(:, 3, 2) = 0._r8
    col_ps%decomp_ppools_vr(:, 3, 6) = 0._r8
    col_cs%decomp_cpools_vr(:, 4, 2) = 0._r8
    col_ns%decomp_npools_vr(:, 4, 2) = 0._r8
    veg_cf%annsum_npp(:) = 640._r8
    col_ns%smin_no3_vr(:, :) = 0.3_r8
    col_ns%smin_no3_vr(:, 5) = -1.e-9_r8
    col_ns%smin_nh4_vr(:, :) = 0.4_r8
    col_ps%labilep_vr(:, :) = 40._r8
    col_ps%labilep_vr(:, 2) = 250._r8
    col_ps%solutionp_vr(:, :) = 9._r8
    col_ps%primp_vr(:, :) = 1._r8
    veg_cs%leafc(:) = 200._r8
    veg_cs%frootc(:) = 40._r8
  end subroutine write_jump

  pure integer function patch_of(c)
    integer, intent(in) :: c
    patch_of = 171 + (c - 11)*natpft_size + broadleaf
  end function patch_of

end program test_phase_rules

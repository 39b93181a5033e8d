! Normal-size mirrors of the pools that an accelerated run keeps small.
program test_phase_space
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varctl, only: spinup_state, spinup_mortality_factor
  use elm_varpar, only: natpft_size, nlevdecomp
  use elm_varcon, only: init_vertical, dzsoi_decomp
  use decompMod, only: bounds_type
  use ColumnDataType, only: col_cs, col_ns, col_ps
  use VegetationDataType, only: veg_cs, veg_ns, veg_ps
  use CNDecompCascadeConType, only: decomp_cascade_con
  use elm_instMod, only: cnstate_vars
  use elm_phase_space_mod, only: elm_phase_space_init, elm_phase_space_refresh, elm_phase_space_write_back, &
    elm_phase_space_hold, elm_phase_space_save, elm_phase_space_load, elm_phase_normal_layers, elm_phase_normal_wood
  use phase_domain_mod, only: phase_domain_type
  use phase_state_mod, only: phase_state_type
  use phase_fixture, only: check, finish_tests
  implicit none (type, external)

  integer, parameter :: ncol = 2, cwd = 4, soil1 = 5, soil4 = 8, tree = 2, begc = 11, begp = 171
  real(r8), parameter :: k4 = 27.4_r8, k_cwd = 1.369_r8, mortality = 10._r8
  type(bounds_type) :: bounds
  type(phase_domain_type) :: domain
  type(phase_state_type) :: state
  real(r8), pointer :: soil(:, :), fast(:, :), stem(:)

  bounds = bounds_type(begc, begc + 1, begc, begc + 1, begc, begc + 1, begc, begc + 1, begp, begp + ncol*natpft_size - 1)
  call build_state()

  spinup_state = 0
  call elm_phase_space_init(domain)
  soil => elm_phase_normal_layers(col_cs%decomp_cpools_vr(:, :, soil4))
  call check('a_normal_run_has_no_mirrors', associated(soil, col_cs%decomp_cpools_vr(:, :, soil4)))

  spinup_state = 1
  spinup_mortality_factor = mortality
  call elm_phase_space_init(domain)
  soil => elm_phase_normal_layers(col_cs%decomp_cpools_vr(:, :, soil4))
  fast => elm_phase_normal_layers(col_cs%decomp_cpools_vr(:, :, soil1))
  stem => elm_phase_normal_wood(veg_cs%deadstemc)
  call check('pools_that_are_not_accelerated_have_no_mirror', associated(fast, col_cs%decomp_cpools_vr(:, :, soil1)))

  call elm_phase_space_refresh(21)
  call check('soil_is_seen_at_its_normal_size', close_to(soil(1, 3), 100._r8*k4) .and. close_to(soil(2, 1), 100._r8*k4))
  call check('dead_wood_is_seen_at_its_normal_size', close_to(stem(tree + 1), 50._r8*mortality))
  call check('scalaravg_is_not_used_before_year_40', close_to(soil(1, 1), 100._r8*k4))
  call check('foreign_memory_is_not_read', stem(tree + 2) == 0._r8)

  call elm_phase_space_refresh(40)
  call check('scalaravg_is_used_from_year_40_on', close_to(soil(1, 2), 100._r8*k4/0.25_r8))
  cnstate_vars%scalaravg_col(begc, 4) = 1.e-4_r8
  call elm_phase_space_refresh(40)
  call check('a_vanishing_scalaravg_is_none_as_in_elm', close_to(soil(1, 2), 100._r8*k4))
  cnstate_vars%scalaravg_col(begc, 4) = 0.25_r8

  ! a jump in year 45: by the scalar the decomposition uses, which stays
  call elm_phase_space_refresh(45)
  soil(:, 1:nlevdecomp) = 8000._r8
  call elm_phase_space_write_back([.true., .false.])
  call check('late_jump_goes_back_by_the_scalar_too', close_to(col_cs%decomp_cpools_vr(begc, 2, soil4), 8000._r8/(k4/0.25_r8)))
  call check('late_jump_leaves_scalaravg', cnstate_vars%scalaravg_col(begc, 2) == 0.25_r8)
  call check('columns_not_written_keep_their_pools', col_cs%decomp_cpools_vr(begc + 1, 2, soil4) == 100._r8)

  ! a jump in year 21: by the factor alone
  call elm_phase_space_refresh(21)
  soil(:, 1:nlevdecomp) = 9000._r8
  stem(:) = 7000._r8
  call elm_phase_space_write_back([.true., .false.])
  call check('early_jump_goes_back_by_the_factor', close_to(col_cs%decomp_cpools_vr(begc, 2, soil4), 9000._r8/k4))
  call check('dead_wood_goes_back', close_to(veg_cs%deadstemc(begp + tree), 7000._r8/mortality))
  call check('scalaravg_is_held_at_one', all(cnstate_vars%scalaravg_col(begc:begc + 1, 1:nlevdecomp) == 1._r8))
  call check('exit_gives_the_predicted_pools', close_to(col_cs%decomp_cpools_vr(begc, 2, soil4)* &
    decomp_cascade_con%spinup_factor(soil4)/cnstate_vars%scalaravg_col(begc, 2), 9000._r8))
  cnstate_vars%scalaravg_col(:, :) = 1.02_r8 ! the model goes on gathering
  call elm_phase_space_hold()
  call check('and_held_in_every_step', all(cnstate_vars%scalaravg_col(begc:begc + 1, 1:nlevdecomp) == 1._r8))
  call elm_phase_space_refresh(41)
  call check('a_held_scalar_stays_out_after_year_40', close_to(soil(1, 2), 9000._r8))

  call elm_phase_space_save(state)
  call elm_phase_space_init(domain)
  cnstate_vars%scalaravg_col(:, :) = 0.25_r8
  call elm_phase_space_hold()
  call check('a_new_run_holds_nothing', cnstate_vars%scalaravg_col(begc, 1) == 0.25_r8)
  call elm_phase_space_load(state)
  call elm_phase_space_hold()
  call check('a_restart_goes_on_holding', cnstate_vars%scalaravg_col(begc, 1) == 1._r8)
  call finish_tests()

contains

  subroutine build_state()
    integer :: i
    call init_vertical()
    call col_cs%Init(bounds); call col_ns%Init(bounds); call col_ps%Init(bounds)
    call veg_cs%Init(bounds); call veg_ns%Init(bounds); call veg_ps%Init(bounds)
    call cnstate_vars%Init(bounds)
    decomp_cascade_con%spinup_factor(:) = 1._r8
    decomp_cascade_con%spinup_factor(cwd) = k_cwd
    decomp_cascade_con%spinup_factor(soil4) = k4
    col_cs%decomp_cpools_vr(:, :, :) = 100._r8
    veg_cs%deadstemc(:) = 50._r8
    cnstate_vars%scalaravg_col(:, :) = 0.25_r8
    call domain%init(ncol, natpft_size, dzsoi_decomp(1:nlevdecomp))
    do i = 1, ncol
      domain%col(i) = i
      domain%patch(tree + 1, i) = (i - 1)*natpft_size + tree + 1
    end do
  end subroutine build_state

  pure logical function close_to(found, expected)
    real(r8), intent(in) :: found, expected
    close_to = abs(found - expected) <= 1.e-13_r8*abs(expected)
  end function close_to

end program test_phase_space

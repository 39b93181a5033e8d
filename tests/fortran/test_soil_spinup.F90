! Accelerated decomposition against closed forms: rates, the mean decomposition scalar and mixing of the slow pools, before
! and from year 40 on.
program test_soil_spinup
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: nlevdecomp, i_cwd, i_soil1, i_met_lit
  use elm_varcon, only: tfrz, secspday, zsoi, rpi
  use elm_varctl, only: spinup_state
  use elm_time_manager, only: timemgr_init, advance_timestep
  use filterMod, only: filter
  use ColumnDataType, only: col_es, col_cs, col_cf
  use elm_instMod, only: cnstate_vars, canopystate_vars, soilstate_vars
  use DecompCascadeCNMod, only: decomp_cascade_init, decomp_rate_constants_cn
  use SoilLittVertTranspMod, only: SoilLittVertTransp
  use soil_fixture, only: soil_init, climate_type, bounds, check, finish, column_sum
  implicit none (type, external)

  integer, parameter :: i_soil4 = i_soil1 + 3
  integer, parameter :: nyears = 8                      ! of mixing
  real(r8), parameter :: mean = 0.125_r8                ! mean scalar given to the column
  real(r8), parameter :: k_soil4 = 1._r8/365._r8        ! accelerated rates (1/d): once a year,
  real(r8), parameter :: k_cwd = 0.5_r8/365._r8         ! once in two years

  call soil_init([climate_type()])
  spinup_state = 1
  call decomp_cascade_init(bounds)
  call mean_scalar_of_20_years()
  call rates()
  call mixing()
  call normal_mode()
  call finish()

contains

  ! Temperature and moisture scalar 1, so that depth and oxygen make the scalar of a layer.
  subroutine ideal_soil()
    col_es%t_soisno(:,:) = tfrz + 25._r8
    soilstate_vars%soilpsi_col(:,:) = -9.8e-6_r8*soilstate_vars%sucsat_col(:,:)
  end subroutine ideal_soil

  ! The rates of a step that ends in a year.
  subroutine set_rates(year)
    integer, intent(in) :: year

    call timemgr_init((year - 1)*365 + 100)
    associate(f => filter(1))
      call decomp_rate_constants_cn(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
    end associate
  end subroutine set_rates

  real(r8) function scalar_of(j)
    integer, intent(in) :: j

    scalar_of = exp(-zsoi(j)/0.33_r8)*col_cf%o_scalar(1,j)
  end function scalar_of

  ! Twenty years of the same soil: the mean is the scalar of layer 4, the same in all layers, and stays.
  subroutine mean_scalar_of_20_years()
    integer :: day

    call ideal_soil()
    cnstate_vars%scalaravg_col = 7._r8
    call set_rates(5)
    call check('no mean before year 20', all(cnstate_vars%scalaravg_col(1,1:nlevdecomp) == 0._r8))
    call timemgr_init(19*365 - 1)
    do day = 1, 365*10
       call one_day()
    end do
    call check('half of the mean after half of the years', abs(cnstate_vars%scalaravg_col(1,4)/scalar_of(4) - 0.5_r8) &
         < 1.e-10_r8, cnstate_vars%scalaravg_col(1,4), 0.5_r8*scalar_of(4))
    do day = 1, 365*10
       call one_day()
    end do
    call check('the mean of constant scalars', abs(cnstate_vars%scalaravg_col(1,4)/scalar_of(4) - 1._r8) < 1.e-10_r8, &
         cnstate_vars%scalaravg_col(1,4), scalar_of(4))
    call check('one mean for all layers', all(cnstate_vars%scalaravg_col(1,1:nlevdecomp) == cnstate_vars%scalaravg_col(1,4)))
    call one_day()
    call check('no more from year 40 on', abs(cnstate_vars%scalaravg_col(1,4)/scalar_of(4) - 1._r8) < 1.e-10_r8)
  end subroutine mean_scalar_of_20_years

  subroutine one_day()
    call advance_timestep()
    associate(f => filter(1))
      call decomp_rate_constants_cn(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
    end associate
  end subroutine one_day

  subroutine rates()
    call set_rates(10)
    call check_loss('soil 4 before year 40', i_soil4, 2, k_soil4*scalar_of(2))
    call check_loss('debris before year 40', i_cwd, 2, k_cwd*scalar_of(2))
    cnstate_vars%scalaravg_col = mean
    call set_rates(41)
    call check_loss('soil 4 from year 40 on', i_soil4, 2, k_soil4*scalar_of(2)/mean)
    call check_loss('debris from year 40 on', i_cwd, 2, k_cwd*scalar_of(2)/mean)
    call check_loss('a pool that is not accelerated', i_met_lit, 2, 1.20397280432594_r8*scalar_of(2))
    cnstate_vars%scalaravg_col = 0.5e-3_r8
    call set_rates(41)
    call check_loss('a mean of nothing counts as 1', i_soil4, 2, k_soil4*scalar_of(2))
    call check('and is set to 1', all(cnstate_vars%scalaravg_col(1,1:nlevdecomp) == 1._r8))
  end subroutine rates

  subroutine check_loss(name, pool, j, rate)
    character(len=*), intent(in) :: name
    integer, intent(in) :: pool, j
    real(r8), intent(in) :: rate  ! [1/d]

    real(r8) :: found, expected

    found = col_cf%decomp_k(1,j,pool)*secspday
    expected = 1._r8 - exp(-rate)
    call check('loss of '//name, abs(found/expected - 1._r8) < 1.e-10_r8, found, expected)
  end subroutine check_loss

  ! A spike spreads like a half Gaussian of diffusivity times acceleration: mean depth sqrt(4 D t/pi).
  subroutine mixing()
    canopystate_vars%altmax_col = 5._r8
    canopystate_vars%altmax_lastyear_col = 5._r8
    call check_spread('soil 4 before year 40', 10, 27.396_r8*real(nyears, r8))
    cnstate_vars%scalaravg_col = 0.5_r8
    call check_spread('soil 4 from year 40 on', 41, 2._r8*27.396_r8*real(nyears, r8))
  end subroutine mixing

  subroutine check_spread(name, year, years)
    character(len=*), intent(in) :: name
    integer, intent(in) :: year
    real(r8), intent(in) :: years  ! that the same spread takes in normal mode

    real(r8) :: depth, expected
    integer :: day

    call timemgr_init((year - 1)*365 + 100)
    col_cs%decomp_cpools_vr(1,:,i_soil4) = 0._r8
    col_cs%decomp_cpools_vr(1,1,i_soil4) = 1000._r8
    do day = 1, 365*nyears
       associate(f => filter(1))
         call SoilLittVertTransp(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
       end associate
    end do
    depth = column_sum(col_cs%decomp_cpools_vr(1,1:nlevdecomp,i_soil4)*zsoi(1:nlevdecomp)) &
         /column_sum(col_cs%decomp_cpools_vr(1,:,i_soil4))
    expected = sqrt(4._r8*1.e-4_r8*years/rpi)
    call check('mixing of '//name, abs(depth/expected - 1._r8) < 0.05_r8, depth, expected)
  end subroutine check_spread

  ! Out of accelerated mode every pool has its own rate, whatever the mean.
  subroutine normal_mode()
    spinup_state = 0
    call decomp_cascade_init(bounds)
    cnstate_vars%scalaravg_col = mean
    call set_rates(41)
    call check_loss('soil 4 in normal mode', i_soil4, 2, 0.000100005000333347_r8*scalar_of(2))
    call check('the mean of an earlier run stays', all(cnstate_vars%scalaravg_col(1,1:nlevdecomp) == mean))
  end subroutine normal_mode

end program test_soil_spinup

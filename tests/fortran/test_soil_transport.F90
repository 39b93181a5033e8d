! Vertical mixing against the discrete and the analytic solution of diffusion, and thaw depth.
program test_soil_transport
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: nlevdecomp, nlevgrnd, i_cwd, i_soil1
  use elm_varcon, only: zsoi, zisoi, rpi, tfrz
  use elm_time_manager, only: advance_timestep
  use filterMod, only: filter
  use ColumnDataType, only: col_cs, col_ns, col_ps, col_es
  use elm_instMod, only: canopystate_vars
  use SoilLittVertTranspMod, only: SoilLittVertTransp, som_diffusivity
  use ActiveLayerMod, only: ActiveLayer
  use soil_fixture, only: soil_init, climate_type, bounds, check, finish, column_sum, year
  implicit none (type, external)

  call soil_init([climate_type(), climate_type()])
  call conservation()
  call approach_to_uniform()
  call spread_of_a_spike()
  call diffusivity_cases()
  call thaw_depth()
  call finish()

contains

  subroutine mix()
    associate(f => filter(1))
      call SoilLittVertTransp(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
    end associate
  end subroutine mix

  subroutine set_thaw(depth)
    real(r8), intent(in) :: depth   ! [m]

    canopystate_vars%altmax_col = depth
    canopystate_vars%altmax_lastyear_col = depth
  end subroutine set_thaw

  subroutine conservation()
    real(r8) :: before(3), after(3), debris(nlevdecomp)
    integer :: l, j, day

    call set_thaw(5._r8)
    do l = 1, 8
       do j = 1, nlevdecomp
          col_cs%decomp_cpools_vr(1,j,l) = 1.e4_r8*exp(-real(j*l, r8)/7._r8)
          col_ns%decomp_npools_vr(1,j,l) = col_cs%decomp_cpools_vr(1,j,l)/10._r8
          col_ps%decomp_ppools_vr(1,j,l) = col_cs%decomp_cpools_vr(1,j,l)/(500._r8 + real(j, r8))
       end do
    end do
    debris = col_cs%decomp_cpools_vr(1,1:nlevdecomp,i_cwd)
    before = totals()
    do day = 1, 3650
       call mix()
    end do
    after = totals()
    call check('carbon is conserved', abs(after(1)/before(1) - 1._r8) < 1.e-12_r8, after(1), before(1))
    call check('nitrogen is conserved', abs(after(2)/before(2) - 1._r8) < 1.e-12_r8, after(2), before(2))
    call check('phosphorus is conserved', abs(after(3)/before(3) - 1._r8) < 1.e-12_r8, after(3), before(3))
    call check('woody debris does not move', all(col_cs%decomp_cpools_vr(1,1:nlevdecomp,i_cwd) == debris))
    call check('C:N stays', all(abs(col_cs%decomp_cpools_vr(1,1:nlevdecomp,i_soil1) &
         /col_ns%decomp_npools_vr(1,1:nlevdecomp,i_soil1) - 10._r8) < 1.e-12_r8))
  end subroutine conservation

  function totals() result(sums)
    real(r8) :: sums(3)
    integer :: l

    sums = 0._r8
    do l = 1, 8
       sums(1) = sums(1) + column_sum(col_cs%decomp_cpools_vr(1,:,l))
       sums(2) = sums(2) + column_sum(col_ns%decomp_npools_vr(1,:,l))
       sums(3) = sums(3) + column_sum(col_ps%decomp_ppools_vr(1,:,l))
    end do
  end function totals

  ! A uniform profile is the steady state.
  subroutine approach_to_uniform()
    real(r8) :: worst

    col_cs%decomp_cpools_vr(2,1:nlevdecomp,:) = 123._r8
    call mix()
    worst = maxval(abs(col_cs%decomp_cpools_vr(2,1:nlevdecomp,:) - 123._r8))
    call check('a uniform profile stays', worst < 1.e-10_r8, worst, 0._r8)
  end subroutine approach_to_uniform

  ! A layer of carbon at the surface spreads like a half Gaussian while it is far from the bottom: mean depth
  ! sqrt(4 D t/pi).
  subroutine spread_of_a_spike()
    integer, parameter :: nyears = 200
    real(r8) :: depth, expected, above
    integer :: day, j

    call set_thaw(5._r8)
    col_cs%decomp_cpools_vr(1,:,i_soil1) = 0._r8
    col_cs%decomp_cpools_vr(1,1,i_soil1) = 1000._r8
    do day = 1, 365*nyears
       call mix()
    end do
    depth = column_sum(col_cs%decomp_cpools_vr(1,1:nlevdecomp,i_soil1)*zsoi(1:nlevdecomp)) &
         /column_sum(col_cs%decomp_cpools_vr(1,:,i_soil1))
    expected = sqrt(4._r8*1.e-4_r8*real(nyears, r8)/rpi)
    call check('spread of carbon in depth', abs(depth/expected - 1._r8) < 0.05_r8, depth, expected)
    ! The whole profile: the share above a depth z is erf(z/sqrt(4 D t)).
    do j = 2, nlevdecomp
       above = column_sum(merge(col_cs%decomp_cpools_vr(1,1:nlevdecomp,i_soil1), 0._r8, zsoi(1:nlevdecomp) < zisoi(j))) &
            /column_sum(col_cs%decomp_cpools_vr(1,1:nlevdecomp,i_soil1))
       expected = erf(zisoi(j)/sqrt(4._r8*1.e-4_r8*real(nyears, r8)))
       call check('share of carbon above a depth', abs(above - expected) < 0.025_r8, above, expected)
    end do
  end subroutine spread_of_a_spike

  subroutine diffusivity_cases()
    call check('fauna where the ground thaws deep', abs(som_diffusivity(0.5_r8, 2.5_r8)*year - 1.e-4_r8) < 1.e-18_r8)
    call check('frost in the active layer', abs(som_diffusivity(0.5_r8, 1._r8)*year - 5.e-4_r8) < 1.e-18_r8)
    call check('frost fades below it', abs(som_diffusivity(2._r8, 1._r8)*year - 2.5e-4_r8) < 1.e-18_r8)
    call check('no mixing in eternal frost', som_diffusivity(0.1_r8, 0._r8) == 0._r8)
  end subroutine diffusivity_cases

  ! The thaw front lies between the last thawed and the first frozen node.
  subroutine thaw_depth()
    real(r8) :: expected

    canopystate_vars%altmax_col = 0._r8
    col_es%t_soisno(1,1:6) = tfrz + 3._r8
    col_es%t_soisno(1,7:nlevgrnd) = tfrz - 1._r8
    col_es%t_soisno(2,:) = tfrz - 5._r8
    call advance_timestep()
    call advance_timestep()
    associate(f => filter(1))
      call ActiveLayer(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
    end associate
    expected = zsoi(6) + 0.75_r8*(zsoi(7) - zsoi(6))
    call check('thaw depth', abs(canopystate_vars%alt_col(1) - expected) < 1.e-12_r8, canopystate_vars%alt_col(1), expected)
    call check('thawed layers', canopystate_vars%altmax_indx_col(1) == 6)
    call check('nothing thawed', canopystate_vars%alt_col(2) == 0._r8 .and. canopystate_vars%altmax_indx_col(2) == 0)
  end subroutine thaw_depth

end program test_soil_transport

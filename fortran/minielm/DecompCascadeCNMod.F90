! The CTC decomposition cascade of ELM: its constants, and the rate constants of each step with their temperature,
! moisture, oxygen and depth scalars.
!
! Loops with elementary functions carry `novector`: the vector library rounds otherwise than the scalar one, and what a
! column computes would depend on how the columns are shared out among the ranks.
module DecompCascadeCNMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use elm_varpar, only: nlevdecomp, nlevdecomp_full, ndecomp_pools, ndecomp_cascade_transitions, i_met_lit, i_cel_lit, &
       i_lig_lit, i_cwd, i_soil1
  use elm_varcon, only: zsoi, tfrz, secspday, dayspyr
  use elm_varctl, only: spinup_state
  use elm_time_manager, only: get_step_size_real
  use bgc_paramsMod, only: bgc_params
  use CNDecompCascadeConType, only: decomp_cascade_con
  use ColumnDataType, only: col_cf, col_es, col_ws
  use elm_instMod, only: cnstate_vars, soilstate_vars
  use SpinupStateMod, only: UpdateScalarAvg, scalar_speedup, mean_layer
  implicit none (type, external)
  private

  public :: decomp_cascade_init
  public :: decomp_rate_constants_cn
  public :: anaerobic_fraction

  integer, parameter :: i_soil2 = i_soil1 + 1
  integer, parameter :: i_soil3 = i_soil1 + 2
  integer, parameter :: i_soil4 = i_soil1 + 3

  real(r8), parameter :: t_ref = 25._r8              ! temperature where the factor is 1 (C)
  real(r8), parameter :: head_to_mpa = -9.8e-6_r8    ! suction (mm) to water potential (MPa)

  ! Pools that share a rate constant share the exponential too: the first pool with the same constant.
  integer :: first_with_rate(ndecomp_pools)

  logical :: is_accelerated(ndecomp_pools)   ! pools whose rates the mean decomposition scalar corrects from year 40 on

contains

  ! Fill decomp_cascade_con, the respired fractions and the path fractions. Needs spinup_state.
  subroutine decomp_cascade_init(bounds)
    type(bounds_type), intent(in) :: bounds

    real(r8) :: k_day(ndecomp_pools)                    ! [1/d] rate constants at 25 C without limitation
    real(r8) :: rf(ndecomp_cascade_transitions)         ! [1] respired fraction
    real(r8) :: pathfrac(ndecomp_cascade_transitions)   ! [1] share of the donor's loss
    integer :: c, j, k, l

    associate(con => decomp_cascade_con, par => bgc_params)
      k_day = [par%k_l1, par%k_l2, par%k_l3, par%k_frag, par%k_s1, par%k_s2, par%k_s3, par%k_s4]
      rf = [par%rf_l1s1, par%rf_l2s2, par%rf_l3s3, par%rf_s1s2, par%rf_s2s3, par%rf_s3s4, 1._r8, 0._r8, 0._r8]
      pathfrac(:) = 1._r8
      pathfrac(8:9) = [par%cwd_fcel, 1._r8 - par%cwd_fcel]

      con%cascade_step_name(:) = [character(len=8) :: 'L1S1', 'L2S2', 'L3S3', 'S1S2', 'S2S3', 'S3S4', 'S4', 'CWDL2', 'CWDL3']
      con%cascade_donor_pool(:) = [i_met_lit, i_cel_lit, i_lig_lit, i_soil1, i_soil2, i_soil3, i_soil4, i_cwd, i_cwd]
      con%cascade_receiver_pool(:) = [i_soil1, i_soil2, i_soil3, i_soil2, i_soil3, i_soil4, 0, i_cel_lit, i_lig_lit]

      ! Index 0 is the atmosphere: it takes carbon and has no ratio.
      con%decomp_pool_name_restart(0:) = [character(len=8) :: 'atm', 'litr1', 'litr2', 'litr3', 'cwd', 'soil1', 'soil2', &
           'soil3', 'soil4']
      con%decomp_pool_name_history(0:) = [character(len=8) :: 'atm', 'LITR1', 'LITR2', 'LITR3', 'CWD', 'SOIL1', 'SOIL2', &
           'SOIL3', 'SOIL4']
      con%is_litter(:) = .false.
      con%is_litter(i_met_lit:i_lig_lit) = .true.
      con%is_cwd(:) = .false.
      con%is_cwd(i_cwd) = .true.
      con%is_soil(:) = .false.
      con%is_soil(i_soil1:i_soil4) = .true.
      con%floating_cn_ratio_decomp_pools(:) = .not. con%is_soil(:)
      con%floating_cp_ratio_decomp_pools(:) = .true.
      con%initial_cn_ratio(0:) = [0._r8, 90._r8, 90._r8, 90._r8, 500._r8, par%cn_s1, par%cn_s2, par%cn_s3, par%cn_s4]
      con%initial_cp_ratio(0:) = [0._r8, 900._r8, 900._r8, 900._r8, 5000._r8, par%cn_s1*par%np_s1_new, &
           par%cn_s2*par%np_s2_new, par%cn_s3*par%np_s3_new, par%cn_s4*par%np_s4_new]
      con%initial_stock(:) = 0._r8
      con%initial_stock(i_soil4) = 10._r8

      ! Accelerated mode: every pool turns over at least once a year, woody debris at least once in two years.
      con%spinup_factor(0) = 1._r8
      do l = 1, ndecomp_pools
         con%spinup_factor(l) = max(1._r8, merge(0.5_r8, 1._r8, l == i_cwd)/(dayspyr*k_day(l)))
      end do
      con%decomp_k_pools(0) = 0._r8
      con%decomp_k_pools(1:) = k_day/secspday
      if (spinup_state == 1) con%decomp_k_pools(1:) = con%decomp_k_pools(1:)*con%spinup_factor(1:)
      is_accelerated = spinup_state == 1 .and. con%spinup_factor(1:) > 1._r8
      do l = 1, ndecomp_pools
         first_with_rate(l) = findloc(con%decomp_k_pools(1:) == con%decomp_k_pools(l) .and. &
              (is_accelerated .eqv. is_accelerated(l)), .true., dim=1)
      end do
    end associate

    do k = 1, ndecomp_cascade_transitions
       do j = 1, nlevdecomp_full
          do c = bounds%begc, bounds%endc
             cnstate_vars%rf_decomp_cascade_col(c,j,k) = rf(k)
             cnstate_vars%pathfrac_decomp_cascade_col(c,j,k) = pathfrac(k)
          end do
       end do
    end do
  end subroutine decomp_cascade_init

  ! Share of a layer without oxygen, from the filled part of its pores. ELM diagnoses it with its methane module; this
  ! is a smooth stand-in of the same size: nothing below 40 % filled, 0.03 at field capacity, 0.3 when saturated.
  elemental function anaerobic_fraction(wfps) result(frac)
    real(r8), intent(in) :: wfps    ! [1] water-filled pore space
    real(r8) :: frac
    real(r8) :: x

    x = min(max((wfps - 0.4_r8)/0.6_r8, 0._r8), 1._r8)
    frac = 0.3_r8*x*x
  end function anaerobic_fraction

  ! Set the scalars and decomp_k. ELM multiplies its scalars into a half-hourly discretised rate; with a daily step that
  ! would slow the fast pools, so the scaled rate is integrated over the step: the loss is 1 - exp(-k dt).
  subroutine decomp_rate_constants_cn(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc        ! number of soil columns in the filter
    integer, intent(in) :: filter_soilc(:)  ! filter for soil columns
    integer, intent(in) :: num_soilp        ! number of soil patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! filter for soil patches

    real(r8) :: dt, log_q10, log_froz_q10, depth_scalar, t_soil, psi, psimax
    real(r8) :: scalar_dt(bounds%begc:bounds%endc)   ! [s] step length times all scalars
    real(r8) :: speedup(bounds%begc:bounds%endc)     ! [1] of the accelerated pools beyond their factor
    integer :: c, j, l

    dt = get_step_size_real()
    log_q10 = log(bgc_params%q10_hr)/10._r8
    log_froz_q10 = log(bgc_params%froz_q10)/10._r8

    associate( &
         minpsi => bgc_params%minpsi_hr, &         ! Input:  [real(r8)] (MPa) where decomposition stops
         t_soisno => col_es%t_soisno, &            ! Input:  [real(r8) (:,:)] (K) soil temperature
         h2osoi_vol => col_ws%h2osoi_vol, &        ! Input:  [real(r8) (:,:)] (m3/m3) soil water, ice included
         soilpsi => soilstate_vars%soilpsi_col, &  ! Input:  [real(r8) (:,:)] (MPa) water potential
         sucsat => soilstate_vars%sucsat_col, &    ! Input:  [real(r8) (:,:)] (mm) suction at saturation
         watsat => soilstate_vars%watsat_col, &    ! Input:  [real(r8) (:,:)] (m3/m3) porosity
         k_pool => decomp_cascade_con%decomp_k_pools, & ! Input: [real(r8) (:)] (1/s) unlimited rate constants
         t_scalar => col_cf%t_scalar, &            ! Output: [real(r8) (:,:)] (1)
         w_scalar => col_cf%w_scalar, &            ! Output: [real(r8) (:,:)] (1)
         o_scalar => col_cf%o_scalar, &            ! Output: [real(r8) (:,:)] (1)
         decomp_k => col_cf%decomp_k)              ! Output: [real(r8) (:,:,:)] (1/s) loss of the step over its length

      call scalar_speedup(bounds, speedup)
      do j = 1, nlevdecomp
         depth_scalar = exp(-zsoi(j)/bgc_params%decomp_depth_efolding)
         !GCC$ novector
         do c = bounds%begc, bounds%endc
            t_soil = t_soisno(c,j) - tfrz
            t_scalar(c,j) = exp(log_q10*(max(t_soil, 0._r8) - t_ref) + log_froz_q10*min(t_soil, 0._r8))
            psimax = head_to_mpa*sucsat(c,j)
            psi = min(max(soilpsi(c,j), minpsi), psimax)
            w_scalar(c,j) = log(minpsi/psi)/log(minpsi/psimax)
            o_scalar(c,j) = 1._r8 - anaerobic_fraction(h2osoi_vol(c,j)/watsat(c,j))
            scalar_dt(c) = dt*depth_scalar*t_scalar(c,j)*w_scalar(c,j)*o_scalar(c,j)
         end do
         if (j == mean_layer) call UpdateScalarAvg(bounds, scalar_dt)
         do l = 1, ndecomp_pools
            if (first_with_rate(l) == l .and. is_accelerated(l)) then
               !GCC$ novector
               do c = bounds%begc, bounds%endc
                  decomp_k(c,j,l) = (1._r8 - exp(-k_pool(l)*scalar_dt(c)*speedup(c)))/dt
               end do
            else if (first_with_rate(l) == l) then
               !GCC$ novector
               do c = bounds%begc, bounds%endc
                  decomp_k(c,j,l) = (1._r8 - exp(-k_pool(l)*scalar_dt(c)))/dt
               end do
            else
               do c = bounds%begc, bounds%endc
                  decomp_k(c,j,l) = decomp_k(c,j,first_with_rate(l))
               end do
            end if
         end do
      end do
    end associate
  end subroutine decomp_rate_constants_cn

end module DecompCascadeCNMod

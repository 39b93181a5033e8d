! Vertical mixing of litter and soil organic matter by soil fauna and by freeze-thaw. Implicit in time, no flux at either
! end; sources and sinks have been applied before. Coarse woody debris does not move.
module SoilLittVertTranspMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use elm_varpar, only: nlevdecomp, ndecomp_pools
  use elm_varcon, only: zsoi, zisoi, dzsoi_decomp, secspday, dayspyr
  use elm_varctl, only: spinup_state
  use SpinupStateMod, only: scalar_speedup
  use elm_time_manager, only: get_step_size_real
  use CNDecompCascadeConType, only: decomp_cascade_con
  use ColumnDataType, only: col_cs, col_ns, col_ps
  use elm_instMod, only: cnstate_vars, canopystate_vars
  implicit none (type, external)
  private

  public :: SoilLittVertTransp
  public :: som_diffusivity

  real(r8), parameter :: secs_a_year = secspday*dayspyr
  real(r8), parameter :: som_diffus = 1.e-4_r8/secs_a_year             ! mixing by soil fauna (m2/s)
  real(r8), parameter :: cryoturb_diffusion_k = 5.e-4_r8/secs_a_year   ! mixing by freeze-thaw (m2/s)
  real(r8), parameter :: max_altdepth_cryoturbation = 2._r8            ! deepest thaw where frost mixes (m)
  real(r8), parameter :: max_depth_cryoturb = 3._r8                    ! where that mixing fades out (m)

contains

  ! Diffusivity at a depth: frost mixing where the ground thaws to 2 m at most, otherwise fauna; none where it never thaws.
  elemental function som_diffusivity(depth, active_layer) result(diffusivity)
    real(r8), intent(in) :: depth          ! [m]
    real(r8), intent(in) :: active_layer   ! [m] deepest thaw of this and last year
    real(r8) :: diffusivity                ! [m2/s]

    if (active_layer > max_altdepth_cryoturbation) then
       diffusivity = som_diffus
    else if (active_layer > 0._r8) then
       diffusivity = cryoturb_diffusion_k*min(max(1._r8 - (depth - active_layer)/(max_depth_cryoturb - active_layer), &
            0._r8), 1._r8)
    else
       diffusivity = 0._r8
    end if
  end function som_diffusivity

  ! In normal mode all pools share one factorised matrix per column; in accelerated mode the slow pools mix as much
  ! faster as they turn over.
  subroutine SoilLittVertTransp(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc        ! number of soil columns in the filter
    integer, intent(in) :: filter_soilc(:)  ! filter for soil columns
    integer, intent(in) :: num_soilp        ! number of soil patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! filter for soil patches

    ! [m] exchange of a step across the lower interface of each layer, and the two rows of the factorised matrix
    real(r8) :: exchange(bounds%begc:bounds%endc, nlevdecomp)
    real(r8) :: inv_pivot(bounds%begc:bounds%endc, nlevdecomp)
    real(r8) :: upper(bounds%begc:bounds%endc, nlevdecomp)
    real(r8) :: speedup(bounds%begc:bounds%endc)        ! [1] of the accelerated pools beyond their factor
    real(r8) :: acceleration(bounds%begc:bounds%endc)   ! [1] in all
    real(r8) :: factor, last_factor
    integer :: c, j, l

    associate(diffus => cnstate_vars%som_diffus_coef_col)   ! Output: [real(r8) (:,:)] (m2/s) at the lower interfaces
      do j = 1, nlevdecomp
         do c = bounds%begc, bounds%endc
            diffus(c,j) = som_diffusivity(zisoi(j), max(canopystate_vars%altmax_col(c), canopystate_vars%altmax_lastyear_col(c)))
         end do
      end do
    end associate

    call scalar_speedup(bounds, speedup)
    last_factor = 0._r8
    do l = 1, ndecomp_pools
       if (decomp_cascade_con%is_cwd(l)) cycle
       factor = merge(decomp_cascade_con%spinup_factor(l), 1._r8, spinup_state == 1)
       if (factor /= last_factor) then
          do c = bounds%begc, bounds%endc
             acceleration(c) = merge(factor*speedup(c), 1._r8, factor > 1._r8)
          end do
          call factorise(bounds, acceleration, exchange, inv_pivot, upper)
          last_factor = factor
       end if
       call mix(bounds, l, exchange, inv_pivot, upper, col_cs%decomp_cpools_vr)
       call mix(bounds, l, exchange, inv_pivot, upper, col_ns%decomp_npools_vr)
       call mix(bounds, l, exchange, inv_pivot, upper, col_ps%decomp_ppools_vr)
    end do
  end subroutine SoilLittVertTransp

  ! Thomas factorisation of the mixing matrix: dz_j x_j - sum of exchanges = dz_j old_j.
  subroutine factorise(bounds, acceleration, exchange, inv_pivot, upper)
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(in) :: acceleration(bounds%begc:bounds%endc)             ! [1] of the mixing
    real(r8), intent(out) :: exchange(bounds%begc:bounds%endc, nlevdecomp)    ! [m]
    real(r8), intent(out) :: inv_pivot(bounds%begc:bounds%endc, nlevdecomp)   ! [1/m]
    real(r8), intent(out) :: upper(bounds%begc:bounds%endc, nlevdecomp)       ! [1]

    real(r8) :: scale
    integer :: c, j

    scale = get_step_size_real()/(zsoi(2) - zsoi(1))
    do c = bounds%begc, bounds%endc
       exchange(c,1) = scale*acceleration(c)*cnstate_vars%som_diffus_coef_col(c,1)
       inv_pivot(c,1) = 1._r8/(dzsoi_decomp(1) + exchange(c,1))
       upper(c,1) = exchange(c,1)*inv_pivot(c,1)
    end do
    do j = 2, nlevdecomp
       scale = 0._r8
       if (j < nlevdecomp) scale = get_step_size_real()/(zsoi(j+1) - zsoi(j))
       do c = bounds%begc, bounds%endc
          exchange(c,j) = scale*acceleration(c)*cnstate_vars%som_diffus_coef_col(c,j)
          inv_pivot(c,j) = 1._r8/(dzsoi_decomp(j) + exchange(c,j) + exchange(c,j-1)*(1._r8 - upper(c,j-1)))
          upper(c,j) = exchange(c,j)*inv_pivot(c,j)
       end do
    end do
  end subroutine factorise

  ! Forward elimination and back substitution of one pool, in place.
  subroutine mix(bounds, l, exchange, inv_pivot, upper, pools)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: l                                ! pool
    real(r8), intent(in) :: exchange(bounds%begc:bounds%endc, nlevdecomp)
    real(r8), intent(in) :: inv_pivot(bounds%begc:bounds%endc, nlevdecomp)
    real(r8), intent(in) :: upper(bounds%begc:bounds%endc, nlevdecomp)
    real(r8), pointer, contiguous, intent(in) :: pools(:,:,:)   ! [g/m3], dims: column, layer, pool

    integer :: c, j

    !GCC$ ivdep
    do c = bounds%begc, bounds%endc
       pools(c,1,l) = dzsoi_decomp(1)*pools(c,1,l)*inv_pivot(c,1)
    end do
    do j = 2, nlevdecomp
       !GCC$ ivdep
       do c = bounds%begc, bounds%endc
          pools(c,j,l) = (dzsoi_decomp(j)*pools(c,j,l) + exchange(c,j-1)*pools(c,j-1,l))*inv_pivot(c,j)
       end do
    end do
    do j = nlevdecomp - 1, 1, -1
       !GCC$ ivdep
       do c = bounds%begc, bounds%endc
          pools(c,j,l) = pools(c,j,l) + upper(c,j)*pools(c,j+1,l)
       end do
    end do
  end subroutine mix

end module SoilLittVertTranspMod

! Nitrogen that enters and leaves the column: deposition, fixation, leaching of nitrate.
module NitrogenDynamicsMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use elm_varpar, only: nlevdecomp
  use elm_varcon, only: zisoi, secspday, dayspyr
  use elm_time_manager, only: get_step_size_real
  use bgc_paramsMod, only: bgc_params
  use ColumnDataType, only: col_ns, col_nf, col_cf, col_ws, col_wf
  use elm_instMod, only: cnstate_vars
  implicit none (type, external)
  private

  public :: NitrogenDeposition
  public :: NitrogenFixation
  public :: NitrogenLeaching
  public :: UpdateLaggedNPP

  real(r8), parameter :: nfix_max = 1.8_r8          ! fixation at very high NPP (gN/m2/yr)
  real(r8), parameter :: nfix_npp = 0.003_r8        ! sensitivity to NPP (m2 yr/gC)
  real(r8), parameter :: nfix_timeconst = 10._r8    ! memory of the running mean of NPP (days)
  integer, parameter :: nlev_runoff = 3             ! layers that exchange with surface runoff

contains

  ! Prescribed deposition.
  subroutine NitrogenDeposition(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc        ! number of soil columns in the filter
    integer, intent(in) :: filter_soilc(:)  ! filter for soil columns
    integer, intent(in) :: num_soilp        ! number of soil patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! filter for soil patches

    integer :: c

    do c = bounds%begc, bounds%endc
       col_nf%ndep_to_sminn(c) = cnstate_vars%ndep_col(c)
    end do
  end subroutine NitrogenDeposition

  ! Biological fixation as a function of the recent NPP.
  subroutine NitrogenFixation(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc        ! number of soil columns in the filter
    integer, intent(in) :: filter_soilc(:)  ! filter for soil columns
    integer, intent(in) :: num_soilp        ! number of soil patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! filter for soil patches

    real(r8), parameter :: secs_a_year = secspday*dayspyr
    real(r8) :: npp_year
    integer :: c

    !GCC$ novector
    do c = bounds%begc, bounds%endc
       npp_year = max(col_cf%lag_npp(c), 0._r8)*secs_a_year
       col_nf%nfix_to_sminn(c) = nfix_max*(1._r8 - exp(-nfix_npp*npp_year))/secs_a_year
    end do
  end subroutine NitrogenFixation

  ! Running mean of NPP that the fixation of the next step uses; at the end of the step, when NPP is known.
  subroutine UpdateLaggedNPP(bounds)
    type(bounds_type), intent(in) :: bounds

    real(r8) :: keep
    integer :: c

    keep = exp(-get_step_size_real()/(nfix_timeconst*secspday))
    do c = bounds%begc, bounds%endc
       col_cf%lag_npp(c) = keep*col_cf%lag_npp(c) + (1._r8 - keep)*col_cf%npp(c)
    end do
  end subroutine UpdateLaggedNPP

  ! Nitrate leaves with the drainage at one rate in all layers, and with surface runoff from the upper 5 cm. The rates
  ! are integrated over the step, so that no layer is emptied below zero. Updates smin_no3_vr and sminn_vr.
  subroutine NitrogenLeaching(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc        ! number of soil columns in the filter
    integer, intent(in) :: filter_soilc(:)  ! filter for soil columns
    integer, intent(in) :: num_soilp        ! number of soil patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! filter for soil patches

    real(r8) :: dt, lost, part_in
    real(r8) :: water(bounds%begc:bounds%endc)        ! [kg/m2] liquid water of the column
    real(r8) :: water_top(bounds%begc:bounds%endc)    ! [kg/m2] liquid water of the upper 5 cm
    real(r8) :: rate_drain(bounds%begc:bounds%endc)   ! [1/s]
    real(r8) :: rate_surf(bounds%begc:bounds%endc)    ! [1/s]
    real(r8) :: loss_drain(bounds%begc:bounds%endc)   ! [1] lost share below the runoff depth
    real(r8) :: loss_both(bounds%begc:bounds%endc)    ! [1] lost share within it
    integer :: c, j

    dt = get_step_size_real()

    associate( &
         h2osoi_liq => col_ws%h2osoi_liq, &          ! Input:  [real(r8) (:,:)] (kg/m2)
         no3 => col_ns%smin_no3_vr, &                ! InOut:  [real(r8) (:,:)] (gN/m3)
         leached => col_nf%smin_no3_leached_vr, &    ! Output: [real(r8) (:,:)] (gN/m3/s)
         runoff => col_nf%smin_no3_runoff_vr)        ! Output: [real(r8) (:,:)] (gN/m3/s)

      do c = bounds%begc, bounds%endc
         water(c) = 0._r8
         water_top(c) = 0._r8
      end do
      do j = 1, nlevdecomp
         part_in = min(max((bgc_params%depth_runoff_Nloss - zisoi(j-1))/(zisoi(j) - zisoi(j-1)), 0._r8), 1._r8)
         do c = bounds%begc, bounds%endc
            water(c) = water(c) + h2osoi_liq(c,j)
            water_top(c) = water_top(c) + part_in*h2osoi_liq(c,j)
         end do
      end do
      !GCC$ novector
      do c = bounds%begc, bounds%endc
         rate_drain(c) = bgc_params%sf_no3*col_wf%qflx_drain(c)/max(water(c), 1._r8)
         rate_surf(c) = bgc_params%sf_no3*col_wf%qflx_surf(c)/max(water_top(c), 1._r8)
         loss_drain(c) = 1._r8 - exp(-rate_drain(c)*dt)
         loss_both(c) = 1._r8 - exp(-(rate_drain(c) + rate_surf(c))*dt)
         rate_surf(c) = rate_surf(c)/max(rate_drain(c) + rate_surf(c), tiny(1._r8))   ! share of the joint loss
      end do
      do j = 1, nlevdecomp
         if (j <= nlev_runoff) then
            !GCC$ ivdep
            do c = bounds%begc, bounds%endc
               lost = no3(c,j)*loss_both(c)
               runoff(c,j) = lost*rate_surf(c)/dt
               leached(c,j) = lost*(1._r8 - rate_surf(c))/dt
               no3(c,j) = no3(c,j) - lost
            end do
         else
            !GCC$ ivdep
            do c = bounds%begc, bounds%endc
               lost = no3(c,j)*loss_drain(c)
               runoff(c,j) = 0._r8
               leached(c,j) = lost/dt
               no3(c,j) = no3(c,j) - lost
            end do
         end if
         do c = bounds%begc, bounds%endc
            col_ns%sminn_vr(c,j) = no3(c,j) + col_ns%smin_nh4_vr(c,j)
         end do
      end do
    end associate
  end subroutine NitrogenLeaching

end module NitrogenDynamicsMod

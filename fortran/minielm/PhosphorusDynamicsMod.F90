! Mineral phosphorus: deposition, weathering, adsorption, desorption, occlusion, biochemical mineralisation, leaching, and
! the partition between soil solution and labile phosphorus.
module PhosphorusDynamicsMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use elm_varpar, only: nlevdecomp, ndecomp_pools, nsoilorder
  use elm_varcon, only: secspday
  use elm_time_manager, only: get_step_size_real
  use soilorder_varcon, only: smax, ks_sorption, r_weather, r_adsorp, r_desorp, r_occlude, k_s1_biochem
  use ColumnDataType, only: col_ps, col_pf, col_ws, col_wf
  use elm_instMod, only: cnstate_vars
  implicit none (type, external)
  private

  public :: PhosphorusDeposition
  public :: PhosphorusDynamics
  public :: sorption_equilibrium

  real(r8), parameter :: secs_a_month = 30._r8*secspday   ! the rates by soil order are per 30 days
  real(r8), parameter :: biochem_shape = 5._r8            ! response of biochemical mineralisation to P shortage

contains

  ! Prescribed deposition; it goes to primary phosphorus.
  subroutine PhosphorusDeposition(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc        ! number of soil columns in the filter
    integer, intent(in) :: filter_soilc(:)  ! filter for soil columns
    integer, intent(in) :: num_soilp        ! number of soil patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! filter for soil patches

    integer :: c

    do c = bounds%begc, bounds%endc
       col_pf%pdep_to_sminp(c) = cnstate_vars%pdep_col(c)
    end do
  end subroutine PhosphorusDeposition

  ! Solution phosphorus in Langmuir equilibrium with the labile phosphorus it shares a total with:
  ! labile = smax solution/(ks + solution). ELM steps the same isotherm forward with its slope; solving it for the
  ! total keeps both pools positive and on the isotherm at any step length.
  elemental function sorption_equilibrium(total, smax_order, ks) result(solution)
    real(r8), intent(in) :: total        ! [gP/m3] solution + labile
    real(r8), intent(in) :: smax_order   ! [gP/m3] sorption capacity
    real(r8), intent(in) :: ks           ! [gP/m3] half saturation
    real(r8) :: solution                 ! [gP/m3]

    real(r8) :: b, root

    b = ks + smax_order - total
    root = sqrt(b*b + 4._r8*ks*total)
    ! whichever form has no cancellation
    if (b >= 0._r8) then
       solution = 2._r8*ks*total/(b + root)
    else
       solution = 0.5_r8*(root - b)
    end if
  end function sorption_equilibrium

  ! All fluxes and updates of the mineral pools, with what this step's plants and microbes took and released.
  subroutine PhosphorusDynamics(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc        ! number of soil columns in the filter
    integer, intent(in) :: filter_soilc(:)  ! filter for soil columns
    integer, intent(in) :: num_soilp        ! number of soil patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! filter for soil patches

    ! [1] share of the source pool that moves in one step, by soil order
    real(r8) :: weather(0:nsoilorder), adsorb(0:nsoilorder), desorb(0:nsoilorder), occlude(0:nsoilorder)
    real(r8) :: biochem_max(0:nsoilorder)
    real(r8) :: loss(bounds%begc:bounds%endc)         ! [1] share of the solution that leaves with the drainage
    real(r8) :: dt, months, total, amount_w, amount_a, amount_d, amount_o, leached
    integer :: c, j, o

    dt = get_step_size_real()
    months = dt/secs_a_month
    weather = 1._r8 - (1._r8 - r_weather)**months
    adsorb = 1._r8 - (1._r8 - r_adsorp)**months
    desorb = 1._r8 - (1._r8 - r_desorp)**months
    occlude = 1._r8 - (1._r8 - r_occlude)**months
    biochem_max = 1._r8 - (1._r8 - k_s1_biochem)**months

    call drainage_loss(bounds, dt, loss)
    call biochemical_mineralisation(bounds, dt, biochem_max)

    associate( &
         order => cnstate_vars%isoilorder, &               ! Input:  [integer (:)] (1)
         pdep_prof => cnstate_vars%pdep_prof_col, &        ! Input:  [real(r8) (:,:)] (1/m)
         pdep => col_pf%pdep_to_sminp, &                   ! Input:  [real(r8) (:)] (gP/m2/s)
         gross_pmin => col_pf%gross_pmin_vr, &             ! Input:  [real(r8) (:,:)] (gP/m3/s)
         immob => col_pf%actual_immob_p_vr, &              ! Input:  [real(r8) (:,:)] (gP/m3/s)
         uptake => col_pf%sminp_to_plant_vr, &             ! Input:  [real(r8) (:,:)] (gP/m3/s)
         extra => col_pf%supplement_to_sminp_vr, &         ! Input:  [real(r8) (:,:)] (gP/m3/s)
         biochem => col_pf%biochem_pmin_vr, &              ! Input:  [real(r8) (:,:)] (gP/m3/s)
         prim => col_ps%primp_vr, &                        ! InOut:  [real(r8) (:,:)] (gP/m3)
         occl => col_ps%occlp_vr, &                        ! InOut:  [real(r8) (:,:)] (gP/m3)
         second => col_ps%secondp_vr, &                    ! InOut:  [real(r8) (:,:)] (gP/m3)
         labile => col_ps%labilep_vr, &                    ! InOut:  [real(r8) (:,:)] (gP/m3)
         solution => col_ps%solutionp_vr, &                ! InOut:  [real(r8) (:,:)] (gP/m3)
         sminp => col_ps%sminp_vr, &                       ! Output: [real(r8) (:,:)] (gP/m3)
         primp_to_labilep => col_pf%primp_to_labilep_vr, &     ! Output: [real(r8) (:,:)] (gP/m3/s)
         labilep_to_secondp => col_pf%labilep_to_secondp_vr, & ! Output: [real(r8) (:,:)] (gP/m3/s)
         secondp_to_labilep => col_pf%secondp_to_labilep_vr, & ! Output: [real(r8) (:,:)] (gP/m3/s)
         secondp_to_occlp => col_pf%secondp_to_occlp_vr, &     ! Output: [real(r8) (:,:)] (gP/m3/s)
         sminp_leached => col_pf%sminp_leached_vr)             ! Output: [real(r8) (:,:)] (gP/m3/s)

      do j = 1, nlevdecomp
         !GCC$ ivdep
         do c = bounds%begc, bounds%endc
            o = order(c)
            amount_w = weather(o)*prim(c,j)
            amount_a = adsorb(o)*labile(c,j)
            amount_d = desorb(o)*second(c,j)
            amount_o = occlude(o)*second(c,j)
            total = solution(c,j) + labile(c,j) + amount_w + amount_d - amount_a &
                 + (gross_pmin(c,j) + biochem(c,j) + extra(c,j) - immob(c,j) - uptake(c,j))*dt
            total = max(total, 0._r8)
            prim(c,j) = prim(c,j) - amount_w + pdep(c)*pdep_prof(c,j)*dt
            second(c,j) = second(c,j) + amount_a - amount_d - amount_o
            occl(c,j) = occl(c,j) + amount_o
            solution(c,j) = sorption_equilibrium(total, smax(o), ks_sorption(o))
            labile(c,j) = max(total - solution(c,j), 0._r8)
            leached = loss(c)*solution(c,j)
            solution(c,j) = solution(c,j) - leached
            sminp(c,j) = solution(c,j) + labile(c,j) + second(c,j)

            primp_to_labilep(c,j) = amount_w/dt
            labilep_to_secondp(c,j) = amount_a/dt
            secondp_to_labilep(c,j) = amount_d/dt
            secondp_to_occlp(c,j) = amount_o/dt
            sminp_leached(c,j) = leached/dt
         end do
      end do
    end associate
  end subroutine PhosphorusDynamics

  ! Share of a dissolved substance that leaves with the drainage in one step, the same in all layers.
  subroutine drainage_loss(bounds, dt, loss)
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(in) :: dt                              ! [s]
    real(r8), intent(out) :: loss(bounds%begc:bounds%endc)  ! [1]

    real(r8) :: water(bounds%begc:bounds%endc)              ! [kg/m2] liquid water of the column
    integer :: c, j

    water(:) = 0._r8
    do j = 1, nlevdecomp
       do c = bounds%begc, bounds%endc
          water(c) = water(c) + col_ws%h2osoi_liq(c,j)
       end do
    end do
    !GCC$ novector
    do c = bounds%begc, bounds%endc
       loss(c) = 1._r8 - exp(-col_wf%qflx_drain(c)*dt/max(water(c), 1._r8))
    end do
  end subroutine drainage_loss

  ! Phosphatases take phosphorus out of every decomposing pool, faster the more it limits the microbes. Updates the pools.
  subroutine biochemical_mineralisation(bounds, dt, biochem_max)
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(in) :: dt                          ! [s]
    real(r8), intent(in) :: biochem_max(0:nsoilorder)   ! [1] largest share of a pool in one step

    real(r8) :: share(bounds%begc:bounds%endc), amount
    integer :: c, j, l

    associate( &
         fpi => cnstate_vars%fpi_vr_col, &                ! Input:  [real(r8) (:,:)] (1)
         fpi_p => cnstate_vars%fpi_p_vr_col, &            ! Input:  [real(r8) (:,:)] (1)
         order => cnstate_vars%isoilorder, &              ! Input:  [integer (:)] (1)
         ppool => col_ps%decomp_ppools_vr, &              ! InOut:  [real(r8) (:,:,:)] (gP/m3)
         by_pool => col_pf%biochem_pmin_ppools_vr, &      ! Output: [real(r8) (:,:,:)] (gP/m3/s)
         biochem => col_pf%biochem_pmin_vr)               ! Output: [real(r8) (:,:)] (gP/m3/s)
      do j = 1, nlevdecomp
         !GCC$ novector
         do c = bounds%begc, bounds%endc
            share(c) = biochem_max(order(c))*fpi(c,j)*(1._r8 - exp(-biochem_shape*(1._r8 - fpi_p(c,j))))
            biochem(c,j) = 0._r8
         end do
         do l = 1, ndecomp_pools
            !GCC$ ivdep
            do c = bounds%begc, bounds%endc
               amount = share(c)*ppool(c,j,l)
               ppool(c,j,l) = ppool(c,j,l) - amount
               by_pool(c,j,l) = amount/dt
               biochem(c,j) = biochem(c,j) + by_pool(c,j,l)
            end do
         end do
      end do
    end associate
  end subroutine biochemical_mineralisation

end module PhosphorusDynamicsMod

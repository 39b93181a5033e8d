! Phenology: when leaves and fine roots come and go, and what moves for it. Three habits: evergreen, seasonal deciduous
! (temperature sum and day length) and stress deciduous (soil water, frost, day length). PhenologyStateMod decides,
! this module moves the pools.
module PhenologyMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varcon, only: secspday, dayspyr
  use elm_time_manager, only: get_step_size_real
  use decompMod, only: bounds_type
  use VegetationType, only: veg_pp
  use VegetationPropertiesType, only: veg_vp
  use VegetationDataType, only: veg_cs, veg_ns, veg_ps
  use bgc_paramsMod, only: bgc_params
  use elm_instMod, only: cnstate_vars
  use PlantPoolsMod, only: organ_pool, norgan, nelement, i_display, i_storage, i_xfer, i_froot, i_c, i_n, i_p
  use LitterInputMod, only: account, LitterInput, process_phenology, acc_leaf, acc_froot
  use PhenologyStateMod, only: PhenologyClimate, update_season
  implicit none (type, external)
  private

  public :: PhenologyInit
  public :: Phenology

  integer, allocatable :: moving(:)         ! patches whose storage moves in this step
  real(r8), allocatable :: store_share(:)   ! share of storage that goes to transfer, by position in moving
  real(r8), allocatable :: show_share(:)    ! share of transfer that is displayed, by position in moving

contains

  subroutine PhenologyInit(num_soilp)
    integer, intent(in) :: num_soilp  ! number of patches in the filter

    if (allocated(moving)) deallocate(moving, store_share, show_share)
    allocate(moving(num_soilp), store_share(num_soilp), show_share(num_soilp))
  end subroutine PhenologyInit

  subroutine Phenology(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc, filter_soilc(:)  ! columns
    integer, intent(in) :: num_soilp, filter_soilp(:)  ! patches

    integer :: fp, p, ivt, nmoving
    real(r8) :: dt, to_store, to_show, fall_leaf, fall_froot, woody_turnover

    dt = get_step_size_real()
    woody_turnover = bgc_params%lwtop_ann*dt/(dayspyr*secspday)
    call PhenologyClimate(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    account = 0._r8
    nmoving = 0
    do fp = 1, num_soilp
       p = filter_soilp(fp)
       ivt = veg_pp%itype(p)
       call update_season(p, ivt, dt, to_store, to_show, fall_leaf, fall_froot)
       if (to_store > 0._r8 .or. to_show > 0._r8) then
          nmoving = nmoving + 1
          moving(nmoving) = p
          store_share(nmoving) = to_store
          show_share(nmoving) = to_show
       end if
       if (fall_leaf > 0._r8 .or. fall_froot > 0._r8) call litterfall(fp, p, ivt, fall_leaf, fall_froot)
       if (veg_vp%woody(ivt) >= 1._r8) then
          call turn_over_wood(veg_cs%livestemc(p), veg_cs%deadstemc(p), veg_ns%livestemn(p), veg_ns%deadstemn(p), &
               veg_ps%livestemp(p), veg_ps%deadstemp(p))
          call turn_over_wood(veg_cs%livecrootc(p), veg_cs%deadcrootc(p), veg_ns%livecrootn(p), veg_ns%deadcrootn(p), &
               veg_ps%livecrootp(p), veg_ps%deadcrootp(p))
       end if
       cnstate_vars%tempmax_retransn_patch(p) = max(cnstate_vars%tempmax_retransn_patch(p), veg_ns%retransn(p))
       cnstate_vars%tempmax_retransp_patch(p) = max(cnstate_vars%tempmax_retransp_patch(p), veg_ps%retransp(p))
    end do
    call move_storage(nmoving)
    call LitterInput(process_phenology, dt, num_soilp, filter_soilp)

  contains

    ! Live wood becomes dead wood of its own stoichiometry; the nutrients it no longer needs are withdrawn.
    subroutine turn_over_wood(live_c, dead_c, live_n, dead_n, live_p, dead_p)
      real(r8), intent(inout) :: live_c, dead_c, live_n, dead_n, live_p, dead_p  ! pools (g/m2)

      real(r8) :: moved_c, moved_n, moved_p, kept

      if (live_c <= 0._r8) return
      moved_c = woody_turnover*live_c
      moved_n = woody_turnover*live_n
      moved_p = woody_turnover*live_p
      live_c = live_c - moved_c
      live_n = live_n - moved_n
      live_p = live_p - moved_p
      dead_c = dead_c + moved_c
      kept = min(moved_n, moved_c/veg_vp%deadwdcn(ivt))
      dead_n = dead_n + kept
      veg_ns%retransn(p) = veg_ns%retransn(p) + (moved_n - kept)
      kept = min(moved_p, moved_c/veg_vp%deadwdcp(ivt))
      dead_p = dead_p + kept
      veg_ps%retransp(p) = veg_ps%retransp(p) + (moved_p - kept)
    end subroutine turn_over_wood

  end subroutine Phenology

  ! Storage to transfer and transfer to display, all organs and elements alike.
  subroutine move_storage(nmoving)
    integer, intent(in) :: nmoving  ! number of patches

    integer :: e, organ, i, p
    real(r8) :: moved

    if (nmoving == 0) return
    do e = 1, nelement
       do organ = 1, norgan
          associate(display => organ_pool(organ, i_display, e)%a, storage => organ_pool(organ, i_storage, e)%a, &
               xfer => organ_pool(organ, i_xfer, e)%a)
            do i = 1, nmoving
               p = moving(i)
               moved = store_share(i)*storage(p)
               storage(p) = storage(p) - moved
               xfer(p) = xfer(p) + moved
               moved = show_share(i)*xfer(p)
               xfer(p) = xfer(p) - moved
               display(p) = display(p) + moved
            end do
          end associate
       end do
    end do
  end subroutine move_storage

  ! Leaves fall with the nutrients of leaf litter and keep the rest in the plant; fine roots keep nothing.
  subroutine litterfall(fp, p, ivt, fall_leaf, fall_froot)
    integer, intent(in) :: fp, p, ivt       ! position in the filter, patch, plant type
    real(r8), intent(in) :: fall_leaf       ! share of the leaves
    real(r8), intent(in) :: fall_froot      ! share of the fine roots

    real(r8) :: lost_c, lost_x, litter
    integer :: e

    lost_c = fall_leaf*veg_cs%leafc(p)
    veg_cs%leafc(p) = veg_cs%leafc(p) - lost_c
    account(fp, acc_leaf, i_c) = lost_c

    lost_x = fall_leaf*veg_ns%leafn(p)
    litter = min(lost_x, lost_c/veg_vp%lflitcn(ivt))
    veg_ns%leafn(p) = veg_ns%leafn(p) - lost_x
    veg_ns%retransn(p) = veg_ns%retransn(p) + (lost_x - litter)
    account(fp, acc_leaf, i_n) = litter

    lost_x = fall_leaf*veg_ps%leafp(p)
    litter = min(lost_x, lost_c/veg_vp%lflitcp(ivt))
    veg_ps%leafp(p) = veg_ps%leafp(p) - lost_x
    veg_ps%retransp(p) = veg_ps%retransp(p) + (lost_x - litter)
    account(fp, acc_leaf, i_p) = litter

    do e = 1, nelement
       associate(froot => organ_pool(i_froot, i_display, e)%a(p))
         account(fp, acc_froot, e) = fall_froot*froot
         froot = froot - account(fp, acc_froot, e)
       end associate
    end do
  end subroutine litterfall

end module PhenologyMod

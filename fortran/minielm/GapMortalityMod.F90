! Gap mortality: every plant pool loses the same share a year. Leaves and roots become litter, wood coarse woody
! debris, storage and labile pools metabolic litter.
module GapMortalityMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varcon, only: secspday, dayspyr
  use elm_varctl, only: spinup_state, spinup_mortality_factor
  use elm_time_manager, only: get_step_size_real
  use decompMod, only: bounds_type
  use bgc_paramsMod, only: bgc_params
  use PlantPoolsMod, only: organ_pool, labile_pool, nlabile, lose_share, norgan, nelement
  use PlantPoolsMod, only: i_display, i_storage, i_xfer, i_deadstem, i_deadcroot
  use LitterInputMod, only: account, display_account, storage_account, acc_labile, process_gap
  use LitterInputMod, only: LitterInput, ApplyLitterInput
  implicit none (type, external)
  private

  public :: GapMortality

contains

  subroutine GapMortality(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc, filter_soilc(:)  ! columns
    integer, intent(in) :: num_soilp, filter_soilp(:)  ! patches

    integer :: organ, e, l
    real(r8) :: dt, share, display_share(norgan)

    dt = get_step_size_real()
    share = bgc_params%r_mort*dt/(dayspyr*secspday)
    display_share = share
    if (spinup_state == 1) then
       display_share(i_deadstem) = share*spinup_mortality_factor
       display_share(i_deadcroot) = share*spinup_mortality_factor
    end if

    account = 0._r8
    do e = 1, nelement
       do organ = 1, norgan
          call lose_share(organ_pool(organ, i_display, e)%a, num_soilp, filter_soilp, display_share(organ), &
               account(:, display_account(organ), e))
          call lose_share(organ_pool(organ, i_storage, e)%a, num_soilp, filter_soilp, share, &
               account(:, storage_account(organ), e))
          call lose_share(organ_pool(organ, i_xfer, e)%a, num_soilp, filter_soilp, share, &
               account(:, storage_account(organ), e))
       end do
       do l = 1, nlabile(e)
          call lose_share(labile_pool(l, e)%a, num_soilp, filter_soilp, share, account(:, acc_labile, e))
       end do
    end do
    call LitterInput(process_gap, dt, num_soilp, filter_soilp)
    call ApplyLitterInput(process_gap, dt, bounds)
  end subroutine GapMortality

end module GapMortalityMod

! Carbon state and fluxes of a column, with the member names of ELM. Arrays: column c in begc:endc, layer j in
! 1:nlevdecomp_full (layers below nlevdecomp stay 0), pool l, transition k.
module ColumnCarbonDataType
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use array_mod, only: new_array
  use elm_varpar, only: nlevdecomp_full, ndecomp_pools, ndecomp_cascade_transitions
  implicit none (type, external)
  private

  ! Carbon stocks of a column.
  type, public :: column_carbon_state
     ! decomposing pools and their vertical sums
     ! [gC/m3] decomposing pools (litter, coarse woody debris, soil)
     real(r8), pointer, contiguous :: decomp_cpools_vr(:,:,:) => null()
     real(r8), pointer, contiguous :: decomp_cpools(:,:) => null()  ! [gC/m2] vertical sums of the decomposing pools
     real(r8), pointer, contiguous :: cwdc(:) => null()  ! [gC/m2] coarse woody debris
     real(r8), pointer, contiguous :: totlitc(:) => null()  ! [gC/m2] litter
     real(r8), pointer, contiguous :: totsomc(:) => null()  ! [gC/m2] soil organic matter
     real(r8), pointer, contiguous :: totvegc(:) => null()  ! [gC/m2] vegetation, all plant pools (patch average)
     real(r8), pointer, contiguous :: totpftc(:) => null()  ! [gC/m2] everything held by patches (patch average)
     real(r8), pointer, contiguous :: totecosysc(:) => null()  ! [gC/m2] ecosystem total
     real(r8), pointer, contiguous :: totcolc(:) => null()  ! [gC/m2] column total, the subject of the balance check
     real(r8), pointer, contiguous :: totsomc_1m(:) => null()  ! [gC/m2] soil organic matter of the upper metre
     ! balance check
     real(r8), pointer, contiguous :: begcb(:) => null()  ! [gC/m2] column total at the beginning of the step
     real(r8), pointer, contiguous :: endcb(:) => null()  ! [gC/m2] column total at the end of the step
     real(r8), pointer, contiguous :: errcb(:) => null()  ! [gC/m2] balance error of the step
   contains
     procedure, public :: Init => init_column_carbon_state
  end type column_carbon_state

  ! Carbon fluxes of a column.
  type, public :: column_carbon_flux
     ! decomposition
     real(r8), pointer, contiguous :: decomp_k(:,:,:) => null()  ! [1/s] rate constant of decomposition, all scalars included
     real(r8), pointer, contiguous :: t_scalar(:,:) => null()  ! [1] temperature scalar of decomposition
     real(r8), pointer, contiguous :: w_scalar(:,:) => null()  ! [1] moisture scalar of decomposition
     real(r8), pointer, contiguous :: o_scalar(:,:) => null()  ! [1] oxygen scalar of decomposition
     ! [gC/m3/s] potential (not nutrient limited) heterotrophic respiration
     real(r8), pointer, contiguous :: phr_vr(:,:) => null()
     ! [gC/m3/s] potential loss of the donor pool by transition
     real(r8), pointer, contiguous :: p_decomp_cpool_loss(:,:,:) => null()
     real(r8), pointer, contiguous :: decomp_cascade_hr_vr(:,:,:) => null()  ! [gC/m3/s] heterotrophic respiration by transition
     ! [gC/m3/s] carbon moved to the receiver pool by transition
     real(r8), pointer, contiguous :: decomp_cascade_ctransfer_vr(:,:,:) => null()
     real(r8), pointer, contiguous :: hr_vr(:,:) => null()  ! [gC/m3/s] heterotrophic respiration of the layer
     ! litter inputs by process
     ! [gC/m3/s] litterfall to the metabolic litter pool
     real(r8), pointer, contiguous :: phenology_c_to_litr_met_c(:,:) => null()
     ! [gC/m3/s] litterfall to the cellulose litter pool
     real(r8), pointer, contiguous :: phenology_c_to_litr_cel_c(:,:) => null()
     real(r8), pointer, contiguous :: phenology_c_to_litr_lig_c(:,:) => null()  ! [gC/m3/s] litterfall to the lignin litter pool
     real(r8), pointer, contiguous :: gap_mortality_c_to_litr_met_c(:,:) => null()  ! [gC/m3/s] gap mortality to metabolic litter
     real(r8), pointer, contiguous :: gap_mortality_c_to_litr_cel_c(:,:) => null()  ! [gC/m3/s] gap mortality to cellulose litter
     real(r8), pointer, contiguous :: gap_mortality_c_to_litr_lig_c(:,:) => null()  ! [gC/m3/s] gap mortality to lignin litter
     real(r8), pointer, contiguous :: gap_mortality_c_to_cwdc(:,:) => null()  ! [gC/m3/s] gap mortality to coarse woody debris
     real(r8), pointer, contiguous :: m_c_to_litr_met_fire(:,:) => null()  ! [gC/m3/s] fire mortality to metabolic litter
     real(r8), pointer, contiguous :: m_c_to_litr_cel_fire(:,:) => null()  ! [gC/m3/s] fire mortality to cellulose litter
     real(r8), pointer, contiguous :: m_c_to_litr_lig_fire(:,:) => null()  ! [gC/m3/s] fire mortality to lignin litter
     real(r8), pointer, contiguous :: fire_mortality_c_to_cwdc(:,:) => null()  ! [gC/m3/s] fire mortality to coarse woody debris
     real(r8), pointer, contiguous :: m_decomp_cpools_to_fire_vr(:,:,:) => null()  ! [gC/m3/s] fire loss of the decomposing pools
     ! column totals
     real(r8), pointer, contiguous :: gpp(:) => null()  ! [gC/m2/s] gross primary production (patch average)
     real(r8), pointer, contiguous :: npp(:) => null()  ! [gC/m2/s] net primary production (patch average)
     ! [gC/m2/s] autotrophic respiration, growth, maintenance and excess (patch average)
     real(r8), pointer, contiguous :: ar(:) => null()
     real(r8), pointer, contiguous :: hr(:) => null()  ! [gC/m2/s] heterotrophic respiration
     real(r8), pointer, contiguous :: lithr(:) => null()  ! [gC/m2/s] heterotrophic respiration of litter
     real(r8), pointer, contiguous :: somhr(:) => null()  ! [gC/m2/s] heterotrophic respiration of soil organic matter
     real(r8), pointer, contiguous :: fire_closs_p2c(:) => null()  ! [gC/m2/s] fire loss of plant carbon (patch average)
     real(r8), pointer, contiguous :: fire_decomp_closs(:) => null()  ! [gC/m2/s] fire loss of decomposing carbon
     real(r8), pointer, contiguous :: fire_closs(:) => null()  ! [gC/m2/s] fire loss of the column
     real(r8), pointer, contiguous :: lag_npp(:) => null()  ! [gC/m2/s] running mean of NPP that drives nitrogen fixation
     real(r8), pointer, contiguous :: annsum_npp(:) => null()  ! [gC/m2/yr] last year's NPP (patch average)
   contains
     procedure, public :: Init => init_column_carbon_flux
  end type column_carbon_flux

contains

  subroutine init_column_carbon_state(this, bounds)
    class(column_carbon_state), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begc, endc

    begc = bounds%begc; endc = bounds%endc
    call new_array(this%decomp_cpools_vr, begc, endc, 1, nlevdecomp_full, 1, ndecomp_pools)
    call new_array(this%decomp_cpools, begc, endc, 1, ndecomp_pools)
    call new_array(this%cwdc, begc, endc)
    call new_array(this%totlitc, begc, endc)
    call new_array(this%totsomc, begc, endc)
    call new_array(this%totvegc, begc, endc)
    call new_array(this%totpftc, begc, endc)
    call new_array(this%totecosysc, begc, endc)
    call new_array(this%totcolc, begc, endc)
    call new_array(this%totsomc_1m, begc, endc)
    call new_array(this%begcb, begc, endc)
    call new_array(this%endcb, begc, endc)
    call new_array(this%errcb, begc, endc)
  end subroutine init_column_carbon_state

  subroutine init_column_carbon_flux(this, bounds)
    class(column_carbon_flux), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begc, endc

    begc = bounds%begc; endc = bounds%endc
    call new_array(this%decomp_k, begc, endc, 1, nlevdecomp_full, 1, ndecomp_pools)
    call new_array(this%t_scalar, begc, endc, 1, nlevdecomp_full)
    call new_array(this%w_scalar, begc, endc, 1, nlevdecomp_full)
    call new_array(this%o_scalar, begc, endc, 1, nlevdecomp_full)
    call new_array(this%phr_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%p_decomp_cpool_loss, begc, endc, 1, nlevdecomp_full, 1, ndecomp_cascade_transitions)
    call new_array(this%decomp_cascade_hr_vr, begc, endc, 1, nlevdecomp_full, 1, ndecomp_cascade_transitions)
    call new_array(this%decomp_cascade_ctransfer_vr, begc, endc, 1, nlevdecomp_full, 1, ndecomp_cascade_transitions)
    call new_array(this%hr_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%phenology_c_to_litr_met_c, begc, endc, 1, nlevdecomp_full)
    call new_array(this%phenology_c_to_litr_cel_c, begc, endc, 1, nlevdecomp_full)
    call new_array(this%phenology_c_to_litr_lig_c, begc, endc, 1, nlevdecomp_full)
    call new_array(this%gap_mortality_c_to_litr_met_c, begc, endc, 1, nlevdecomp_full)
    call new_array(this%gap_mortality_c_to_litr_cel_c, begc, endc, 1, nlevdecomp_full)
    call new_array(this%gap_mortality_c_to_litr_lig_c, begc, endc, 1, nlevdecomp_full)
    call new_array(this%gap_mortality_c_to_cwdc, begc, endc, 1, nlevdecomp_full)
    call new_array(this%m_c_to_litr_met_fire, begc, endc, 1, nlevdecomp_full)
    call new_array(this%m_c_to_litr_cel_fire, begc, endc, 1, nlevdecomp_full)
    call new_array(this%m_c_to_litr_lig_fire, begc, endc, 1, nlevdecomp_full)
    call new_array(this%fire_mortality_c_to_cwdc, begc, endc, 1, nlevdecomp_full)
    call new_array(this%m_decomp_cpools_to_fire_vr, begc, endc, 1, nlevdecomp_full, 1, ndecomp_pools)
    call new_array(this%gpp, begc, endc)
    call new_array(this%npp, begc, endc)
    call new_array(this%ar, begc, endc)
    call new_array(this%hr, begc, endc)
    call new_array(this%lithr, begc, endc)
    call new_array(this%somhr, begc, endc)
    call new_array(this%fire_closs_p2c, begc, endc)
    call new_array(this%fire_decomp_closs, begc, endc)
    call new_array(this%fire_closs, begc, endc)
    call new_array(this%lag_npp, begc, endc)
    call new_array(this%annsum_npp, begc, endc)
  end subroutine init_column_carbon_flux

end module ColumnCarbonDataType

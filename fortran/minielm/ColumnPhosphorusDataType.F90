! Phosphorus state and fluxes of a column, with the member names of ELM. Arrays: column c in begc:endc, layer j in
! 1:nlevdecomp_full (layers below nlevdecomp stay 0), pool l, transition k.
module ColumnPhosphorusDataType
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use array_mod, only: new_array
  use elm_varpar, only: nlevdecomp_full, ndecomp_pools, ndecomp_cascade_transitions
  implicit none (type, external)
  private

  ! Phosphorus stocks of a column.
  type, public :: column_phosphorus_state
     ! decomposing pools and their vertical sums
     ! [gP/m3] decomposing pools (litter, coarse woody debris, soil)
     real(r8), pointer, contiguous :: decomp_ppools_vr(:,:,:) => null()
     real(r8), pointer, contiguous :: decomp_ppools(:,:) => null()  ! [gP/m2] vertical sums of the decomposing pools
     real(r8), pointer, contiguous :: cwdp(:) => null()  ! [gP/m2] coarse woody debris
     real(r8), pointer, contiguous :: totlitp(:) => null()  ! [gP/m2] litter
     real(r8), pointer, contiguous :: totsomp(:) => null()  ! [gP/m2] soil organic matter
     real(r8), pointer, contiguous :: totvegp(:) => null()  ! [gP/m2] vegetation, all plant pools (patch average)
     real(r8), pointer, contiguous :: totpftp(:) => null()  ! [gP/m2] everything held by patches (patch average)
     real(r8), pointer, contiguous :: totecosysp(:) => null()  ! [gP/m2] ecosystem total
     real(r8), pointer, contiguous :: totcolp(:) => null()  ! [gP/m2] column total, the subject of the balance check
     ! mineral phosphorus
     real(r8), pointer, contiguous :: solutionp_vr(:,:) => null()  ! [gP/m3] phosphorus in soil solution
     real(r8), pointer, contiguous :: labilep_vr(:,:) => null()  ! [gP/m3] labile phosphorus
     real(r8), pointer, contiguous :: secondp_vr(:,:) => null()  ! [gP/m3] secondary mineral phosphorus
     real(r8), pointer, contiguous :: occlp_vr(:,:) => null()  ! [gP/m3] occluded phosphorus
     real(r8), pointer, contiguous :: primp_vr(:,:) => null()  ! [gP/m3] primary mineral phosphorus
     real(r8), pointer, contiguous :: sminp_vr(:,:) => null()  ! [gP/m3] solution + labile + secondary
     real(r8), pointer, contiguous :: solutionp(:) => null()  ! [gP/m2] phosphorus in soil solution
     real(r8), pointer, contiguous :: labilep(:) => null()  ! [gP/m2] labile phosphorus
     real(r8), pointer, contiguous :: secondp(:) => null()  ! [gP/m2] secondary mineral phosphorus
     real(r8), pointer, contiguous :: occlp(:) => null()  ! [gP/m2] occluded phosphorus
     real(r8), pointer, contiguous :: primp(:) => null()  ! [gP/m2] primary mineral phosphorus
     real(r8), pointer, contiguous :: sminp(:) => null()  ! [gP/m2] solution + labile + secondary
     ! full inventory, with occluded and primary phosphorus
     real(r8), pointer, contiguous :: totinvp(:) => null()  ! [gP/m2] column total with occluded and primary phosphorus
     real(r8), pointer, contiguous :: beginvp(:) => null()  ! [gP/m2] full inventory at the beginning of the step
     ! balance check
     real(r8), pointer, contiguous :: begpb(:) => null()  ! [gP/m2] column total at the beginning of the step
     real(r8), pointer, contiguous :: endpb(:) => null()  ! [gP/m2] column total at the end of the step
     real(r8), pointer, contiguous :: errpb(:) => null()  ! [gP/m2] balance error of the step
   contains
     procedure, public :: Init => init_column_phosphorus_state
  end type column_phosphorus_state

  ! Phosphorus fluxes of a column.
  type, public :: column_phosphorus_flux
     ! inputs
     real(r8), pointer, contiguous :: pdep_to_sminp(:) => null()  ! [gP/m2/s] atmospheric deposition, goes to primary phosphorus
     ! [gP/m3/s] supplied phosphorus where the demand is met by decree
     real(r8), pointer, contiguous :: supplement_to_sminp_vr(:,:) => null()
     real(r8), pointer, contiguous :: supplement_to_sminp(:) => null()  ! [gP/m2/s] supplied phosphorus
     ! demand and competition
     real(r8), pointer, contiguous :: plant_pdemand(:) => null()  ! [gP/m2/s] plant demand on the soil (patch average)
     real(r8), pointer, contiguous :: plant_pdemand_vr(:,:) => null()  ! [gP/m3/s] plant demand by layer
     real(r8), pointer, contiguous :: potential_immob_p_vr(:,:) => null()  ! [gP/m3/s] potential immobilisation
     real(r8), pointer, contiguous :: actual_immob_p_vr(:,:) => null()  ! [gP/m3/s] actual immobilisation
     real(r8), pointer, contiguous :: gross_pmin_vr(:,:) => null()  ! [gP/m3/s] gross mineralisation
     real(r8), pointer, contiguous :: net_pmin_vr(:,:) => null()  ! [gP/m3/s] net mineralisation
     real(r8), pointer, contiguous :: sminp_to_plant_vr(:,:) => null()  ! [gP/m3/s] plant uptake
     real(r8), pointer, contiguous :: sminp_to_plant(:) => null()  ! [gP/m2/s] plant uptake
     real(r8), pointer, contiguous :: potential_immob_p(:) => null()  ! [gP/m2/s] potential immobilisation
     real(r8), pointer, contiguous :: actual_immob_p(:) => null()  ! [gP/m2/s] actual immobilisation
     real(r8), pointer, contiguous :: gross_pmin(:) => null()  ! [gP/m2/s] gross mineralisation
     real(r8), pointer, contiguous :: net_pmin(:) => null()  ! [gP/m2/s] net mineralisation
     ! decomposition
     ! [gP/m3/s] phosphorus moved from the donor pool by transition
     real(r8), pointer, contiguous :: decomp_cascade_ptransfer_vr(:,:,:) => null()
     ! [gP/m3/s] mineral phosphorus used (+) or released (-) by transition
     real(r8), pointer, contiguous :: decomp_cascade_sminp_flux_vr(:,:,:) => null()
     ! [gP/m3/s] potential mineral phosphorus flux by transition
     real(r8), pointer, contiguous :: pmpf_decomp_cascade(:,:,:) => null()
     ! soil phosphorus chemistry
     real(r8), pointer, contiguous :: biochem_pmin_ppools_vr(:,:,:) => null()  ! [gP/m3/s] biochemical mineralisation by pool
     real(r8), pointer, contiguous :: biochem_pmin_vr(:,:) => null()  ! [gP/m3/s] biochemical mineralisation
     real(r8), pointer, contiguous :: biochem_pmin(:) => null()  ! [gP/m2/s] biochemical mineralisation
     real(r8), pointer, contiguous :: primp_to_labilep_vr(:,:) => null()  ! [gP/m3/s] weathering of primary phosphorus
     ! [gP/m3/s] adsorption of labile to secondary phosphorus
     real(r8), pointer, contiguous :: labilep_to_secondp_vr(:,:) => null()
     real(r8), pointer, contiguous :: secondp_to_labilep_vr(:,:) => null()  ! [gP/m3/s] desorption of secondary phosphorus
     real(r8), pointer, contiguous :: secondp_to_occlp_vr(:,:) => null()  ! [gP/m3/s] occlusion of secondary phosphorus
     real(r8), pointer, contiguous :: sminp_leached_vr(:,:) => null()  ! [gP/m3/s] solution phosphorus leached
     real(r8), pointer, contiguous :: primp_to_labilep(:) => null()  ! [gP/m2/s] weathering of primary phosphorus
     real(r8), pointer, contiguous :: labilep_to_secondp(:) => null()  ! [gP/m2/s] adsorption of labile to secondary phosphorus
     real(r8), pointer, contiguous :: secondp_to_labilep(:) => null()  ! [gP/m2/s] desorption of secondary phosphorus
     real(r8), pointer, contiguous :: secondp_to_occlp(:) => null()  ! [gP/m2/s] occlusion of secondary phosphorus
     real(r8), pointer, contiguous :: sminp_leached(:) => null()  ! [gP/m2/s] solution phosphorus leached
     ! litter inputs by process
     real(r8), pointer, contiguous :: phenology_p_to_litr_met_p(:,:) => null()  ! [gP/m3/s] litterfall to the met litter pool
     real(r8), pointer, contiguous :: phenology_p_to_litr_cel_p(:,:) => null()  ! [gP/m3/s] litterfall to the cel litter pool
     real(r8), pointer, contiguous :: phenology_p_to_litr_lig_p(:,:) => null()  ! [gP/m3/s] litterfall to the lig litter pool
     real(r8), pointer, contiguous :: gap_mortality_p_to_litr_met_p(:,:) => null()  ! [gP/m3/s] gap mortality to met litter
     real(r8), pointer, contiguous :: gap_mortality_p_to_litr_cel_p(:,:) => null()  ! [gP/m3/s] gap mortality to cel litter
     real(r8), pointer, contiguous :: gap_mortality_p_to_litr_lig_p(:,:) => null()  ! [gP/m3/s] gap mortality to lig litter
     real(r8), pointer, contiguous :: gap_mortality_p_to_cwdp(:,:) => null()  ! [gP/m3/s] gap mortality to coarse woody debris
     real(r8), pointer, contiguous :: m_p_to_litr_met_fire(:,:) => null()  ! [gP/m3/s] fire mortality to met litter
     real(r8), pointer, contiguous :: m_p_to_litr_cel_fire(:,:) => null()  ! [gP/m3/s] fire mortality to cel litter
     real(r8), pointer, contiguous :: m_p_to_litr_lig_fire(:,:) => null()  ! [gP/m3/s] fire mortality to lig litter
     real(r8), pointer, contiguous :: fire_mortality_p_to_cwdp(:,:) => null()  ! [gP/m3/s] fire mortality to coarse woody debris
     real(r8), pointer, contiguous :: m_decomp_ppools_to_fire_vr(:,:,:) => null()  ! [gP/m3/s] fire loss of the decomposing pools
     real(r8), pointer, contiguous :: fire_ploss_p2c(:) => null()  ! [gP/m2/s] fire loss of the plants (patch average)
     real(r8), pointer, contiguous :: fire_decomp_ploss(:) => null()  ! [gP/m2/s] fire loss of the decomposing pools
     real(r8), pointer, contiguous :: fire_ploss(:) => null()  ! [gP/m2/s] fire loss of the column
   contains
     procedure, public :: Init => init_column_phosphorus_flux
  end type column_phosphorus_flux

contains

  subroutine init_column_phosphorus_state(this, bounds)
    class(column_phosphorus_state), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begc, endc

    begc = bounds%begc; endc = bounds%endc
    call new_array(this%decomp_ppools_vr, begc, endc, 1, nlevdecomp_full, 1, ndecomp_pools)
    call new_array(this%decomp_ppools, begc, endc, 1, ndecomp_pools)
    call new_array(this%cwdp, begc, endc)
    call new_array(this%totlitp, begc, endc)
    call new_array(this%totsomp, begc, endc)
    call new_array(this%totvegp, begc, endc)
    call new_array(this%totpftp, begc, endc)
    call new_array(this%totecosysp, begc, endc)
    call new_array(this%totcolp, begc, endc)
    call new_array(this%solutionp_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%labilep_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%secondp_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%occlp_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%primp_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%sminp_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%solutionp, begc, endc)
    call new_array(this%labilep, begc, endc)
    call new_array(this%secondp, begc, endc)
    call new_array(this%occlp, begc, endc)
    call new_array(this%primp, begc, endc)
    call new_array(this%sminp, begc, endc)
    call new_array(this%totinvp, begc, endc)
    call new_array(this%beginvp, begc, endc)
    call new_array(this%begpb, begc, endc)
    call new_array(this%endpb, begc, endc)
    call new_array(this%errpb, begc, endc)
  end subroutine init_column_phosphorus_state

  subroutine init_column_phosphorus_flux(this, bounds)
    class(column_phosphorus_flux), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begc, endc

    begc = bounds%begc; endc = bounds%endc
    call new_array(this%pdep_to_sminp, begc, endc)
    call new_array(this%supplement_to_sminp_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%supplement_to_sminp, begc, endc)
    call new_array(this%plant_pdemand, begc, endc)
    call new_array(this%plant_pdemand_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%potential_immob_p_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%actual_immob_p_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%gross_pmin_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%net_pmin_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%sminp_to_plant_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%sminp_to_plant, begc, endc)
    call new_array(this%potential_immob_p, begc, endc)
    call new_array(this%actual_immob_p, begc, endc)
    call new_array(this%gross_pmin, begc, endc)
    call new_array(this%net_pmin, begc, endc)
    call new_array(this%decomp_cascade_ptransfer_vr, begc, endc, 1, nlevdecomp_full, 1, ndecomp_cascade_transitions)
    call new_array(this%decomp_cascade_sminp_flux_vr, begc, endc, 1, nlevdecomp_full, 1, ndecomp_cascade_transitions)
    call new_array(this%pmpf_decomp_cascade, begc, endc, 1, nlevdecomp_full, 1, ndecomp_cascade_transitions)
    call new_array(this%biochem_pmin_ppools_vr, begc, endc, 1, nlevdecomp_full, 1, ndecomp_pools)
    call new_array(this%biochem_pmin_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%biochem_pmin, begc, endc)
    call new_array(this%primp_to_labilep_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%labilep_to_secondp_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%secondp_to_labilep_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%secondp_to_occlp_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%sminp_leached_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%primp_to_labilep, begc, endc)
    call new_array(this%labilep_to_secondp, begc, endc)
    call new_array(this%secondp_to_labilep, begc, endc)
    call new_array(this%secondp_to_occlp, begc, endc)
    call new_array(this%sminp_leached, begc, endc)
    call new_array(this%phenology_p_to_litr_met_p, begc, endc, 1, nlevdecomp_full)
    call new_array(this%phenology_p_to_litr_cel_p, begc, endc, 1, nlevdecomp_full)
    call new_array(this%phenology_p_to_litr_lig_p, begc, endc, 1, nlevdecomp_full)
    call new_array(this%gap_mortality_p_to_litr_met_p, begc, endc, 1, nlevdecomp_full)
    call new_array(this%gap_mortality_p_to_litr_cel_p, begc, endc, 1, nlevdecomp_full)
    call new_array(this%gap_mortality_p_to_litr_lig_p, begc, endc, 1, nlevdecomp_full)
    call new_array(this%gap_mortality_p_to_cwdp, begc, endc, 1, nlevdecomp_full)
    call new_array(this%m_p_to_litr_met_fire, begc, endc, 1, nlevdecomp_full)
    call new_array(this%m_p_to_litr_cel_fire, begc, endc, 1, nlevdecomp_full)
    call new_array(this%m_p_to_litr_lig_fire, begc, endc, 1, nlevdecomp_full)
    call new_array(this%fire_mortality_p_to_cwdp, begc, endc, 1, nlevdecomp_full)
    call new_array(this%m_decomp_ppools_to_fire_vr, begc, endc, 1, nlevdecomp_full, 1, ndecomp_pools)
    call new_array(this%fire_ploss_p2c, begc, endc)
    call new_array(this%fire_decomp_ploss, begc, endc)
    call new_array(this%fire_ploss, begc, endc)
  end subroutine init_column_phosphorus_flux

end module ColumnPhosphorusDataType

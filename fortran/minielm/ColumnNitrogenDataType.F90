! Nitrogen state and fluxes of a column, with the member names of ELM. Arrays: column c in begc:endc, layer j in
! 1:nlevdecomp_full (layers below nlevdecomp stay 0), pool l, transition k.
module ColumnNitrogenDataType
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use array_mod, only: new_array
  use elm_varpar, only: nlevdecomp_full, ndecomp_pools, ndecomp_cascade_transitions
  implicit none (type, external)
  private

  ! Nitrogen stocks of a column.
  type, public :: column_nitrogen_state
     ! decomposing pools and their vertical sums
     ! [gN/m3] decomposing pools (litter, coarse woody debris, soil)
     real(r8), pointer, contiguous :: decomp_npools_vr(:,:,:) => null()
     real(r8), pointer, contiguous :: decomp_npools(:,:) => null()  ! [gN/m2] vertical sums of the decomposing pools
     real(r8), pointer, contiguous :: cwdn(:) => null()  ! [gN/m2] coarse woody debris
     real(r8), pointer, contiguous :: totlitn(:) => null()  ! [gN/m2] litter
     real(r8), pointer, contiguous :: totsomn(:) => null()  ! [gN/m2] soil organic matter
     real(r8), pointer, contiguous :: totvegn(:) => null()  ! [gN/m2] vegetation, all plant pools (patch average)
     real(r8), pointer, contiguous :: totpftn(:) => null()  ! [gN/m2] everything held by patches (patch average)
     real(r8), pointer, contiguous :: totecosysn(:) => null()  ! [gN/m2] ecosystem total
     real(r8), pointer, contiguous :: totcoln(:) => null()  ! [gN/m2] column total, the subject of the balance check
     ! mineral nitrogen
     real(r8), pointer, contiguous :: sminn_vr(:,:) => null()  ! [gN/m3] mineral nitrogen, NH4 + NO3
     real(r8), pointer, contiguous :: smin_no3_vr(:,:) => null()  ! [gN/m3] nitrate
     real(r8), pointer, contiguous :: smin_nh4_vr(:,:) => null()  ! [gN/m3] ammonium
     real(r8), pointer, contiguous :: sminn(:) => null()  ! [gN/m2] mineral nitrogen
     real(r8), pointer, contiguous :: smin_no3(:) => null()  ! [gN/m2] nitrate
     real(r8), pointer, contiguous :: smin_nh4(:) => null()  ! [gN/m2] ammonium
     ! balance check
     real(r8), pointer, contiguous :: begnb(:) => null()  ! [gN/m2] column total at the beginning of the step
     real(r8), pointer, contiguous :: endnb(:) => null()  ! [gN/m2] column total at the end of the step
     real(r8), pointer, contiguous :: errnb(:) => null()  ! [gN/m2] balance error of the step
   contains
     procedure, public :: Init => init_column_nitrogen_state
  end type column_nitrogen_state

  ! Nitrogen fluxes of a column.
  type, public :: column_nitrogen_flux
     ! inputs
     real(r8), pointer, contiguous :: ndep_to_sminn(:) => null()  ! [gN/m2/s] atmospheric deposition
     real(r8), pointer, contiguous :: nfix_to_sminn(:) => null()  ! [gN/m2/s] biological fixation
     ! [gN/m3/s] supplied nitrogen where the demand is met by decree
     real(r8), pointer, contiguous :: supplement_to_sminn_vr(:,:) => null()
     real(r8), pointer, contiguous :: supplement_to_sminn(:) => null()  ! [gN/m2/s] supplied nitrogen
     ! demand and competition
     real(r8), pointer, contiguous :: plant_ndemand(:) => null()  ! [gN/m2/s] plant demand on the soil (patch average)
     real(r8), pointer, contiguous :: plant_ndemand_vr(:,:) => null()  ! [gN/m3/s] plant demand by layer
     real(r8), pointer, contiguous :: potential_immob_vr(:,:) => null()  ! [gN/m3/s] potential immobilisation
     real(r8), pointer, contiguous :: actual_immob_vr(:,:) => null()  ! [gN/m3/s] actual immobilisation
     real(r8), pointer, contiguous :: actual_immob_no3_vr(:,:) => null()  ! [gN/m3/s] actual immobilisation of nitrate
     real(r8), pointer, contiguous :: actual_immob_nh4_vr(:,:) => null()  ! [gN/m3/s] actual immobilisation of ammonium
     real(r8), pointer, contiguous :: gross_nmin_vr(:,:) => null()  ! [gN/m3/s] gross mineralisation
     real(r8), pointer, contiguous :: net_nmin_vr(:,:) => null()  ! [gN/m3/s] net mineralisation
     real(r8), pointer, contiguous :: sminn_to_plant_vr(:,:) => null()  ! [gN/m3/s] plant uptake
     real(r8), pointer, contiguous :: smin_no3_to_plant_vr(:,:) => null()  ! [gN/m3/s] plant uptake of nitrate
     real(r8), pointer, contiguous :: smin_nh4_to_plant_vr(:,:) => null()  ! [gN/m3/s] plant uptake of ammonium
     real(r8), pointer, contiguous :: sminn_to_plant(:) => null()  ! [gN/m2/s] plant uptake
     real(r8), pointer, contiguous :: potential_immob(:) => null()  ! [gN/m2/s] potential immobilisation
     real(r8), pointer, contiguous :: actual_immob(:) => null()  ! [gN/m2/s] actual immobilisation
     real(r8), pointer, contiguous :: gross_nmin(:) => null()  ! [gN/m2/s] gross mineralisation
     real(r8), pointer, contiguous :: net_nmin(:) => null()  ! [gN/m2/s] net mineralisation
     ! decomposition
     ! [gN/m3/s] nitrogen moved from the donor pool by transition
     real(r8), pointer, contiguous :: decomp_cascade_ntransfer_vr(:,:,:) => null()
     ! [gN/m3/s] mineral nitrogen used (+) or released (-) by transition
     real(r8), pointer, contiguous :: decomp_cascade_sminn_flux_vr(:,:,:) => null()
     ! [gN/m3/s] potential mineral nitrogen flux by transition
     real(r8), pointer, contiguous :: pmnf_decomp_cascade(:,:,:) => null()
     ! nitrification, denitrification, leaching
     real(r8), pointer, contiguous :: pot_f_nit_vr(:,:) => null()  ! [gN/m3/s] potential nitrification
     real(r8), pointer, contiguous :: pot_f_denit_vr(:,:) => null()  ! [gN/m3/s] potential denitrification
     real(r8), pointer, contiguous :: f_nit_vr(:,:) => null()  ! [gN/m3/s] nitrification
     real(r8), pointer, contiguous :: f_denit_vr(:,:) => null()  ! [gN/m3/s] denitrification
     real(r8), pointer, contiguous :: f_n2o_nit_vr(:,:) => null()  ! [gN/m3/s] nitrous oxide lost by nitrification
     real(r8), pointer, contiguous :: f_nit(:) => null()  ! [gN/m2/s] nitrification
     real(r8), pointer, contiguous :: f_denit(:) => null()  ! [gN/m2/s] denitrification
     real(r8), pointer, contiguous :: denit(:) => null()  ! [gN/m2/s] total denitrification loss
     real(r8), pointer, contiguous :: f_n2o_nit(:) => null()  ! [gN/m2/s] nitrous oxide lost by nitrification
     real(r8), pointer, contiguous :: smin_no3_leached_vr(:,:) => null()  ! [gN/m3/s] nitrate leached
     real(r8), pointer, contiguous :: smin_no3_runoff_vr(:,:) => null()  ! [gN/m3/s] nitrate lost with surface runoff
     real(r8), pointer, contiguous :: smin_no3_leached(:) => null()  ! [gN/m2/s] nitrate leached
     real(r8), pointer, contiguous :: smin_no3_runoff(:) => null()  ! [gN/m2/s] nitrate lost with surface runoff
     ! litter inputs by process
     real(r8), pointer, contiguous :: phenology_n_to_litr_met_n(:,:) => null()  ! [gN/m3/s] litterfall to the met litter pool
     real(r8), pointer, contiguous :: phenology_n_to_litr_cel_n(:,:) => null()  ! [gN/m3/s] litterfall to the cel litter pool
     real(r8), pointer, contiguous :: phenology_n_to_litr_lig_n(:,:) => null()  ! [gN/m3/s] litterfall to the lig litter pool
     real(r8), pointer, contiguous :: gap_mortality_n_to_litr_met_n(:,:) => null()  ! [gN/m3/s] gap mortality to met litter
     real(r8), pointer, contiguous :: gap_mortality_n_to_litr_cel_n(:,:) => null()  ! [gN/m3/s] gap mortality to cel litter
     real(r8), pointer, contiguous :: gap_mortality_n_to_litr_lig_n(:,:) => null()  ! [gN/m3/s] gap mortality to lig litter
     real(r8), pointer, contiguous :: gap_mortality_n_to_cwdn(:,:) => null()  ! [gN/m3/s] gap mortality to coarse woody debris
     real(r8), pointer, contiguous :: m_n_to_litr_met_fire(:,:) => null()  ! [gN/m3/s] fire mortality to met litter
     real(r8), pointer, contiguous :: m_n_to_litr_cel_fire(:,:) => null()  ! [gN/m3/s] fire mortality to cel litter
     real(r8), pointer, contiguous :: m_n_to_litr_lig_fire(:,:) => null()  ! [gN/m3/s] fire mortality to lig litter
     real(r8), pointer, contiguous :: fire_mortality_n_to_cwdn(:,:) => null()  ! [gN/m3/s] fire mortality to coarse woody debris
     real(r8), pointer, contiguous :: m_decomp_npools_to_fire_vr(:,:,:) => null()  ! [gN/m3/s] fire loss of the decomposing pools
     real(r8), pointer, contiguous :: fire_nloss_p2c(:) => null()  ! [gN/m2/s] fire loss of the plants (patch average)
     real(r8), pointer, contiguous :: fire_decomp_nloss(:) => null()  ! [gN/m2/s] fire loss of the decomposing pools
     real(r8), pointer, contiguous :: fire_nloss(:) => null()  ! [gN/m2/s] fire loss of the column
   contains
     procedure, public :: Init => init_column_nitrogen_flux
  end type column_nitrogen_flux

contains

  subroutine init_column_nitrogen_state(this, bounds)
    class(column_nitrogen_state), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begc, endc

    begc = bounds%begc; endc = bounds%endc
    call new_array(this%decomp_npools_vr, begc, endc, 1, nlevdecomp_full, 1, ndecomp_pools)
    call new_array(this%decomp_npools, begc, endc, 1, ndecomp_pools)
    call new_array(this%cwdn, begc, endc)
    call new_array(this%totlitn, begc, endc)
    call new_array(this%totsomn, begc, endc)
    call new_array(this%totvegn, begc, endc)
    call new_array(this%totpftn, begc, endc)
    call new_array(this%totecosysn, begc, endc)
    call new_array(this%totcoln, begc, endc)
    call new_array(this%sminn_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%smin_no3_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%smin_nh4_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%sminn, begc, endc)
    call new_array(this%smin_no3, begc, endc)
    call new_array(this%smin_nh4, begc, endc)
    call new_array(this%begnb, begc, endc)
    call new_array(this%endnb, begc, endc)
    call new_array(this%errnb, begc, endc)
  end subroutine init_column_nitrogen_state

  subroutine init_column_nitrogen_flux(this, bounds)
    class(column_nitrogen_flux), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begc, endc

    begc = bounds%begc; endc = bounds%endc
    call new_array(this%ndep_to_sminn, begc, endc)
    call new_array(this%nfix_to_sminn, begc, endc)
    call new_array(this%supplement_to_sminn_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%supplement_to_sminn, begc, endc)
    call new_array(this%plant_ndemand, begc, endc)
    call new_array(this%plant_ndemand_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%potential_immob_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%actual_immob_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%actual_immob_no3_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%actual_immob_nh4_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%gross_nmin_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%net_nmin_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%sminn_to_plant_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%smin_no3_to_plant_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%smin_nh4_to_plant_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%sminn_to_plant, begc, endc)
    call new_array(this%potential_immob, begc, endc)
    call new_array(this%actual_immob, begc, endc)
    call new_array(this%gross_nmin, begc, endc)
    call new_array(this%net_nmin, begc, endc)
    call new_array(this%decomp_cascade_ntransfer_vr, begc, endc, 1, nlevdecomp_full, 1, ndecomp_cascade_transitions)
    call new_array(this%decomp_cascade_sminn_flux_vr, begc, endc, 1, nlevdecomp_full, 1, ndecomp_cascade_transitions)
    call new_array(this%pmnf_decomp_cascade, begc, endc, 1, nlevdecomp_full, 1, ndecomp_cascade_transitions)
    call new_array(this%pot_f_nit_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%pot_f_denit_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%f_nit_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%f_denit_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%f_n2o_nit_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%f_nit, begc, endc)
    call new_array(this%f_denit, begc, endc)
    call new_array(this%denit, begc, endc)
    call new_array(this%f_n2o_nit, begc, endc)
    call new_array(this%smin_no3_leached_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%smin_no3_runoff_vr, begc, endc, 1, nlevdecomp_full)
    call new_array(this%smin_no3_leached, begc, endc)
    call new_array(this%smin_no3_runoff, begc, endc)
    call new_array(this%phenology_n_to_litr_met_n, begc, endc, 1, nlevdecomp_full)
    call new_array(this%phenology_n_to_litr_cel_n, begc, endc, 1, nlevdecomp_full)
    call new_array(this%phenology_n_to_litr_lig_n, begc, endc, 1, nlevdecomp_full)
    call new_array(this%gap_mortality_n_to_litr_met_n, begc, endc, 1, nlevdecomp_full)
    call new_array(this%gap_mortality_n_to_litr_cel_n, begc, endc, 1, nlevdecomp_full)
    call new_array(this%gap_mortality_n_to_litr_lig_n, begc, endc, 1, nlevdecomp_full)
    call new_array(this%gap_mortality_n_to_cwdn, begc, endc, 1, nlevdecomp_full)
    call new_array(this%m_n_to_litr_met_fire, begc, endc, 1, nlevdecomp_full)
    call new_array(this%m_n_to_litr_cel_fire, begc, endc, 1, nlevdecomp_full)
    call new_array(this%m_n_to_litr_lig_fire, begc, endc, 1, nlevdecomp_full)
    call new_array(this%fire_mortality_n_to_cwdn, begc, endc, 1, nlevdecomp_full)
    call new_array(this%m_decomp_npools_to_fire_vr, begc, endc, 1, nlevdecomp_full, 1, ndecomp_pools)
    call new_array(this%fire_nloss_p2c, begc, endc)
    call new_array(this%fire_decomp_nloss, begc, endc)
    call new_array(this%fire_nloss, begc, endc)
  end subroutine init_column_nitrogen_flux

end module ColumnNitrogenDataType

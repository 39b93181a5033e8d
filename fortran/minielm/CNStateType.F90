! Biogeochemical state that is neither a stock nor a flux: limitation factors, input profiles, phenology, allometry and
! annual memory, with the member names of ELM.
module CNStateType
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use array_mod, only: new_array
  use elm_varpar, only: nlevdecomp_full, ndecomp_cascade_transitions
  implicit none (type, external)
  private

  ! Biogeochemical control state.
  type, public :: cnstate_type
     ! prescribed inputs of the column
     integer, pointer, contiguous :: isoilorder(:) => null()  ! [1] soil order, 1..12
     real(r8), pointer, contiguous :: labp_col(:) => null()  ! [gP/m2] mapped labile phosphorus of the upper 0.5 m
     real(r8), pointer, contiguous :: secp_col(:) => null()  ! [gP/m2] mapped secondary phosphorus
     real(r8), pointer, contiguous :: occp_col(:) => null()  ! [gP/m2] mapped occluded phosphorus
     real(r8), pointer, contiguous :: prip_col(:) => null()  ! [gP/m2] mapped primary phosphorus
     real(r8), pointer, contiguous :: ndep_col(:) => null()  ! [gN/m2/s] nitrogen deposition
     real(r8), pointer, contiguous :: pdep_col(:) => null()  ! [gP/m2/s] phosphorus deposition
     real(r8), pointer, contiguous :: fire_frac_patch(:) => null()  ! [1/yr] prescribed burned fraction
     ! nutrient limitation
     real(r8), pointer, contiguous :: fpi_vr_col(:,:) => null()  ! [1] fraction of potential immobilisation, nitrogen
     real(r8), pointer, contiguous :: fpi_p_vr_col(:,:) => null()  ! [1] fraction of potential immobilisation, phosphorus
     real(r8), pointer, contiguous :: fpi_col(:) => null()  ! [1] column mean of fpi_vr_col
     real(r8), pointer, contiguous :: fpi_p_col(:) => null()  ! [1] column mean of fpi_p_vr_col
     real(r8), pointer, contiguous :: fpg_col(:) => null()  ! [1] fraction of the plant nitrogen demand that is met
     real(r8), pointer, contiguous :: fpg_p_col(:) => null()  ! [1] fraction of the plant phosphorus demand that is met
     ! decomposition cascade
     real(r8), pointer, contiguous :: rf_decomp_cascade_col(:,:,:) => null()  ! [1] respired fraction by transition
     real(r8), pointer, contiguous :: pathfrac_decomp_cascade_col(:,:,:) => null()  ! [1] share of the donor's loss by transition
     real(r8), pointer, contiguous :: som_diffus_coef_col(:,:) => null()  ! [m2/s] vertical diffusivity of soil organic matter
     real(r8), pointer, contiguous :: scalaravg_col(:,:) => null()  ! [1] mean decomposition scalar of the accelerated mode
     ! input profiles
     real(r8), pointer, contiguous :: nfixation_prof_col(:,:) => null()  ! [1/m] nitrogen fixation
     real(r8), pointer, contiguous :: ndep_prof_col(:,:) => null()  ! [1/m] nitrogen deposition
     real(r8), pointer, contiguous :: pdep_prof_col(:,:) => null()  ! [1/m] phosphorus deposition
     ! phenology (flags are 0 or 1, counters whole numbers)
     real(r8), pointer, contiguous :: dormant_flag_patch(:) => null()  ! [1] dormancy
     real(r8), pointer, contiguous :: days_active_patch(:) => null()  ! [d] days since the last dormancy
     real(r8), pointer, contiguous :: onset_flag_patch(:) => null()  ! [1] onset season
     real(r8), pointer, contiguous :: onset_counter_patch(:) => null()  ! [s] time left of the onset season
     real(r8), pointer, contiguous :: onset_gddflag_patch(:) => null()  ! [1] growing degree days are being summed
     real(r8), pointer, contiguous :: onset_gdd_patch(:) => null()  ! [Kd] growing degree days
     real(r8), pointer, contiguous :: onset_fdd_patch(:) => null()  ! [d] freezing days
     real(r8), pointer, contiguous :: onset_swi_patch(:) => null()  ! [d] wet soil days
     real(r8), pointer, contiguous :: offset_flag_patch(:) => null()  ! [1] offset season
     real(r8), pointer, contiguous :: offset_counter_patch(:) => null()  ! [s] time left of the offset season
     real(r8), pointer, contiguous :: offset_fdd_patch(:) => null()  ! [d] freezing days towards offset
     real(r8), pointer, contiguous :: offset_swi_patch(:) => null()  ! [d] dry soil days towards offset
     real(r8), pointer, contiguous :: lgsf_patch(:) => null()  ! [1] long growing season factor
     real(r8), pointer, contiguous :: bglfr_leaf_patch(:) => null()  ! [1/s] background litterfall of leaves
     real(r8), pointer, contiguous :: bglfr_froot_patch(:) => null()  ! [1/s] background litterfall of fine roots
     real(r8), pointer, contiguous :: bgtr_patch(:) => null()  ! [1/s] background transfer growth
     ! allometry of the step
     real(r8), pointer, contiguous :: c_allometry_patch(:) => null()  ! [gC/gC] carbon needed per unit of new leaf carbon
     real(r8), pointer, contiguous :: n_allometry_patch(:) => null()  ! [gN/gC] nitrogen needed per unit of new leaf carbon
     real(r8), pointer, contiguous :: p_allometry_patch(:) => null()  ! [gP/gC] phosphorus needed per unit of new leaf carbon
     ! annual memory
     real(r8), pointer, contiguous :: tempsum_potential_gpp_patch(:) => null()  ! [gC/m2] GPP of this year so far
     real(r8), pointer, contiguous :: annsum_potential_gpp_patch(:) => null()  ! [gC/m2/yr] last year's GPP
     real(r8), pointer, contiguous :: tempmax_retransn_patch(:) => null()  ! [gN/m2] largest retransn of this year so far
     real(r8), pointer, contiguous :: annmax_retransn_patch(:) => null()  ! [gN/m2] last year's largest retransn
     real(r8), pointer, contiguous :: tempmax_retransp_patch(:) => null()  ! [gP/m2] largest retransp of this year so far
     real(r8), pointer, contiguous :: annmax_retransp_patch(:) => null()  ! [gP/m2] last year's largest retransp
     real(r8), pointer, contiguous :: tempavg_t2m_patch(:) => null()  ! [K] air temperature of this year so far
     real(r8), pointer, contiguous :: annavg_t2m_patch(:) => null()  ! [K] last year's mean air temperature
   contains
     procedure, public :: Init => init_cnstate_type
  end type cnstate_type

contains

  subroutine init_cnstate_type(this, bounds)
    class(cnstate_type), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begc, endc, begp, endp

    begc = bounds%begc; endc = bounds%endc
    begp = bounds%begp; endp = bounds%endp
    call new_array(this%isoilorder, begc, endc)
    call new_array(this%labp_col, begc, endc)
    call new_array(this%secp_col, begc, endc)
    call new_array(this%occp_col, begc, endc)
    call new_array(this%prip_col, begc, endc)
    call new_array(this%ndep_col, begc, endc)
    call new_array(this%pdep_col, begc, endc)
    call new_array(this%fire_frac_patch, begp, endp)
    call new_array(this%fpi_vr_col, begc, endc, 1, nlevdecomp_full)
    call new_array(this%fpi_p_vr_col, begc, endc, 1, nlevdecomp_full)
    call new_array(this%fpi_col, begc, endc)
    call new_array(this%fpi_p_col, begc, endc)
    call new_array(this%fpg_col, begc, endc)
    call new_array(this%fpg_p_col, begc, endc)
    call new_array(this%rf_decomp_cascade_col, begc, endc, 1, nlevdecomp_full, 1, ndecomp_cascade_transitions)
    call new_array(this%pathfrac_decomp_cascade_col, begc, endc, 1, nlevdecomp_full, 1, ndecomp_cascade_transitions)
    call new_array(this%som_diffus_coef_col, begc, endc, 1, nlevdecomp_full+1)
    call new_array(this%scalaravg_col, begc, endc, 1, nlevdecomp_full)
    call new_array(this%nfixation_prof_col, begc, endc, 1, nlevdecomp_full)
    call new_array(this%ndep_prof_col, begc, endc, 1, nlevdecomp_full)
    call new_array(this%pdep_prof_col, begc, endc, 1, nlevdecomp_full)
    call new_array(this%dormant_flag_patch, begp, endp)
    call new_array(this%days_active_patch, begp, endp)
    call new_array(this%onset_flag_patch, begp, endp)
    call new_array(this%onset_counter_patch, begp, endp)
    call new_array(this%onset_gddflag_patch, begp, endp)
    call new_array(this%onset_gdd_patch, begp, endp)
    call new_array(this%onset_fdd_patch, begp, endp)
    call new_array(this%onset_swi_patch, begp, endp)
    call new_array(this%offset_flag_patch, begp, endp)
    call new_array(this%offset_counter_patch, begp, endp)
    call new_array(this%offset_fdd_patch, begp, endp)
    call new_array(this%offset_swi_patch, begp, endp)
    call new_array(this%lgsf_patch, begp, endp)
    call new_array(this%bglfr_leaf_patch, begp, endp)
    call new_array(this%bglfr_froot_patch, begp, endp)
    call new_array(this%bgtr_patch, begp, endp)
    call new_array(this%c_allometry_patch, begp, endp)
    call new_array(this%n_allometry_patch, begp, endp)
    call new_array(this%p_allometry_patch, begp, endp)
    call new_array(this%tempsum_potential_gpp_patch, begp, endp)
    call new_array(this%annsum_potential_gpp_patch, begp, endp)
    call new_array(this%tempmax_retransn_patch, begp, endp)
    call new_array(this%annmax_retransn_patch, begp, endp)
    call new_array(this%tempmax_retransp_patch, begp, endp)
    call new_array(this%annmax_retransp_patch, begp, endp)
    call new_array(this%tempavg_t2m_patch, begp, endp)
    call new_array(this%annavg_t2m_patch, begp, endp)
  end subroutine init_cnstate_type

end module CNStateType

! Carbon state and fluxes of a patch, with the member names of ELM. Arrays: patch p in begp:endp, per m2 of the patch.
module VegetationCarbonDataType
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use array_mod, only: new_array
  implicit none (type, external)
  private

  ! Carbon stocks of a patch.
  type, public :: vegetation_carbon_state
     ! organs: displayed, storage and transfer pools
     real(r8), pointer, contiguous :: leafc(:) => null()  ! [gC/m2] leaf
     real(r8), pointer, contiguous :: leafc_storage(:) => null()  ! [gC/m2] leaf storage
     real(r8), pointer, contiguous :: leafc_xfer(:) => null()  ! [gC/m2] leaf transfer
     real(r8), pointer, contiguous :: frootc(:) => null()  ! [gC/m2] fine root
     real(r8), pointer, contiguous :: frootc_storage(:) => null()  ! [gC/m2] fine root storage
     real(r8), pointer, contiguous :: frootc_xfer(:) => null()  ! [gC/m2] fine root transfer
     real(r8), pointer, contiguous :: livestemc(:) => null()  ! [gC/m2] live stem
     real(r8), pointer, contiguous :: livestemc_storage(:) => null()  ! [gC/m2] live stem storage
     real(r8), pointer, contiguous :: livestemc_xfer(:) => null()  ! [gC/m2] live stem transfer
     real(r8), pointer, contiguous :: deadstemc(:) => null()  ! [gC/m2] dead stem
     real(r8), pointer, contiguous :: deadstemc_storage(:) => null()  ! [gC/m2] dead stem storage
     real(r8), pointer, contiguous :: deadstemc_xfer(:) => null()  ! [gC/m2] dead stem transfer
     real(r8), pointer, contiguous :: livecrootc(:) => null()  ! [gC/m2] live coarse root
     real(r8), pointer, contiguous :: livecrootc_storage(:) => null()  ! [gC/m2] live coarse root storage
     real(r8), pointer, contiguous :: livecrootc_xfer(:) => null()  ! [gC/m2] live coarse root transfer
     real(r8), pointer, contiguous :: deadcrootc(:) => null()  ! [gC/m2] dead coarse root
     real(r8), pointer, contiguous :: deadcrootc_storage(:) => null()  ! [gC/m2] dead coarse root storage
     real(r8), pointer, contiguous :: deadcrootc_xfer(:) => null()  ! [gC/m2] dead coarse root transfer
     real(r8), pointer, contiguous :: gresp_storage(:) => null()  ! [gC/m2] growth respiration storage
     real(r8), pointer, contiguous :: gresp_xfer(:) => null()  ! [gC/m2] growth respiration transfer
     real(r8), pointer, contiguous :: cpool(:) => null()  ! [gC/m2] carbon that could not be allocated
     real(r8), pointer, contiguous :: xsmrpool(:) => null()  ! [gC/m2] maintenance respiration debt (negative)
     ! totals
     real(r8), pointer, contiguous :: dispvegc(:) => null()  ! [gC/m2] displayed pools
     real(r8), pointer, contiguous :: storvegc(:) => null()  ! [gC/m2] storage pools
     real(r8), pointer, contiguous :: totvegc(:) => null()  ! [gC/m2] all plant pools
     real(r8), pointer, contiguous :: totpftc(:) => null()  ! [gC/m2] everything the patch holds
   contains
     procedure, public :: Init => init_vegetation_carbon_state
  end type vegetation_carbon_state

  ! Carbon fluxes of a patch.
  type, public :: vegetation_carbon_flux
     ! production and respiration
     real(r8), pointer, contiguous :: gpp(:) => null()  ! [gC/m2/s] gross primary production
     real(r8), pointer, contiguous :: npp(:) => null()  ! [gC/m2/s] net primary production
     real(r8), pointer, contiguous :: availc(:) => null()  ! [gC/m2/s] carbon for allocation after maintenance and debt
     real(r8), pointer, contiguous :: leaf_mr(:) => null()  ! [gC/m2/s] leaf maintenance respiration
     real(r8), pointer, contiguous :: froot_mr(:) => null()  ! [gC/m2/s] fine root maintenance respiration
     real(r8), pointer, contiguous :: livestem_mr(:) => null()  ! [gC/m2/s] live stem maintenance respiration
     real(r8), pointer, contiguous :: livecroot_mr(:) => null()  ! [gC/m2/s] live coarse root maintenance respiration
     real(r8), pointer, contiguous :: mr(:) => null()  ! [gC/m2/s] maintenance respiration
     real(r8), pointer, contiguous :: gr(:) => null()  ! [gC/m2/s] growth respiration
     real(r8), pointer, contiguous :: xr(:) => null()  ! [gC/m2/s] respiration of excess carbon
     real(r8), pointer, contiguous :: ar(:) => null()  ! [gC/m2/s] autotrophic respiration
     real(r8), pointer, contiguous :: cpool_to_xsmrpool(:) => null()  ! [gC/m2/s] repayment of the respiration debt
     real(r8), pointer, contiguous :: plant_calloc(:) => null()  ! [gC/m2/s] carbon allocated to growth
     real(r8), pointer, contiguous :: excess_cflux(:) => null()  ! [gC/m2/s] available carbon that could not be allocated
     ! fire
     real(r8), pointer, contiguous :: fire_closs(:) => null()  ! [gC/m2/s] fire emission of the patch
     ! memory of the last step (zero here: PhenologyMod has no such memory) and of the year
     ! [gC/m2/s] leaf litterfall of the previous step in the offset season
     real(r8), pointer, contiguous :: prev_leafc_to_litter(:) => null()
     ! [gC/m2/s] fine root litterfall of the previous step in the offset season
     real(r8), pointer, contiguous :: prev_frootc_to_litter(:) => null()
     real(r8), pointer, contiguous :: tempsum_npp(:) => null()  ! [gC/m2] NPP of this year so far
     real(r8), pointer, contiguous :: annsum_npp(:) => null()  ! [gC/m2/yr] last year's NPP
   contains
     procedure, public :: Init => init_vegetation_carbon_flux
  end type vegetation_carbon_flux

contains

  subroutine init_vegetation_carbon_state(this, bounds)
    class(vegetation_carbon_state), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begp, endp

    begp = bounds%begp; endp = bounds%endp
    call new_array(this%leafc, begp, endp)
    call new_array(this%leafc_storage, begp, endp)
    call new_array(this%leafc_xfer, begp, endp)
    call new_array(this%frootc, begp, endp)
    call new_array(this%frootc_storage, begp, endp)
    call new_array(this%frootc_xfer, begp, endp)
    call new_array(this%livestemc, begp, endp)
    call new_array(this%livestemc_storage, begp, endp)
    call new_array(this%livestemc_xfer, begp, endp)
    call new_array(this%deadstemc, begp, endp)
    call new_array(this%deadstemc_storage, begp, endp)
    call new_array(this%deadstemc_xfer, begp, endp)
    call new_array(this%livecrootc, begp, endp)
    call new_array(this%livecrootc_storage, begp, endp)
    call new_array(this%livecrootc_xfer, begp, endp)
    call new_array(this%deadcrootc, begp, endp)
    call new_array(this%deadcrootc_storage, begp, endp)
    call new_array(this%deadcrootc_xfer, begp, endp)
    call new_array(this%gresp_storage, begp, endp)
    call new_array(this%gresp_xfer, begp, endp)
    call new_array(this%cpool, begp, endp)
    call new_array(this%xsmrpool, begp, endp)
    call new_array(this%dispvegc, begp, endp)
    call new_array(this%storvegc, begp, endp)
    call new_array(this%totvegc, begp, endp)
    call new_array(this%totpftc, begp, endp)
  end subroutine init_vegetation_carbon_state

  subroutine init_vegetation_carbon_flux(this, bounds)
    class(vegetation_carbon_flux), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begp, endp

    begp = bounds%begp; endp = bounds%endp
    call new_array(this%gpp, begp, endp)
    call new_array(this%npp, begp, endp)
    call new_array(this%availc, begp, endp)
    call new_array(this%leaf_mr, begp, endp)
    call new_array(this%froot_mr, begp, endp)
    call new_array(this%livestem_mr, begp, endp)
    call new_array(this%livecroot_mr, begp, endp)
    call new_array(this%mr, begp, endp)
    call new_array(this%gr, begp, endp)
    call new_array(this%xr, begp, endp)
    call new_array(this%ar, begp, endp)
    call new_array(this%cpool_to_xsmrpool, begp, endp)
    call new_array(this%plant_calloc, begp, endp)
    call new_array(this%excess_cflux, begp, endp)
    call new_array(this%fire_closs, begp, endp)
    call new_array(this%prev_leafc_to_litter, begp, endp)
    call new_array(this%prev_frootc_to_litter, begp, endp)
    call new_array(this%tempsum_npp, begp, endp)
    call new_array(this%annsum_npp, begp, endp)
  end subroutine init_vegetation_carbon_flux

end module VegetationCarbonDataType

! Phosphorus state and fluxes of a patch, with the member names of ELM. Arrays: patch p in begp:endp, per m2 of the
! patch.
module VegetationPhosphorusDataType
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use array_mod, only: new_array
  implicit none (type, external)
  private

  ! Phosphorus stocks of a patch.
  type, public :: vegetation_phosphorus_state
     ! organs: displayed, storage and transfer pools
     real(r8), pointer, contiguous :: leafp(:) => null()  ! [gP/m2] leaf
     real(r8), pointer, contiguous :: leafp_storage(:) => null()  ! [gP/m2] leaf storage
     real(r8), pointer, contiguous :: leafp_xfer(:) => null()  ! [gP/m2] leaf transfer
     real(r8), pointer, contiguous :: frootp(:) => null()  ! [gP/m2] fine root
     real(r8), pointer, contiguous :: frootp_storage(:) => null()  ! [gP/m2] fine root storage
     real(r8), pointer, contiguous :: frootp_xfer(:) => null()  ! [gP/m2] fine root transfer
     real(r8), pointer, contiguous :: livestemp(:) => null()  ! [gP/m2] live stem
     real(r8), pointer, contiguous :: livestemp_storage(:) => null()  ! [gP/m2] live stem storage
     real(r8), pointer, contiguous :: livestemp_xfer(:) => null()  ! [gP/m2] live stem transfer
     real(r8), pointer, contiguous :: deadstemp(:) => null()  ! [gP/m2] dead stem
     real(r8), pointer, contiguous :: deadstemp_storage(:) => null()  ! [gP/m2] dead stem storage
     real(r8), pointer, contiguous :: deadstemp_xfer(:) => null()  ! [gP/m2] dead stem transfer
     real(r8), pointer, contiguous :: livecrootp(:) => null()  ! [gP/m2] live coarse root
     real(r8), pointer, contiguous :: livecrootp_storage(:) => null()  ! [gP/m2] live coarse root storage
     real(r8), pointer, contiguous :: livecrootp_xfer(:) => null()  ! [gP/m2] live coarse root transfer
     real(r8), pointer, contiguous :: deadcrootp(:) => null()  ! [gP/m2] dead coarse root
     real(r8), pointer, contiguous :: deadcrootp_storage(:) => null()  ! [gP/m2] dead coarse root storage
     real(r8), pointer, contiguous :: deadcrootp_xfer(:) => null()  ! [gP/m2] dead coarse root transfer
     real(r8), pointer, contiguous :: ppool(:) => null()  ! [gP/m2] plant storage pool
     real(r8), pointer, contiguous :: retransp(:) => null()  ! [gP/m2] retranslocated pool
     ! totals
     real(r8), pointer, contiguous :: dispvegp(:) => null()  ! [gP/m2] displayed pools
     real(r8), pointer, contiguous :: storvegp(:) => null()  ! [gP/m2] storage pools
     real(r8), pointer, contiguous :: totvegp(:) => null()  ! [gP/m2] all plant pools
     real(r8), pointer, contiguous :: totpftp(:) => null()  ! [gP/m2] everything the patch holds
   contains
     procedure, public :: Init => init_vegetation_phosphorus_state
  end type vegetation_phosphorus_state

  ! Phosphorus fluxes of a patch.
  type, public :: vegetation_phosphorus_flux
     ! demand and uptake
     real(r8), pointer, contiguous :: plant_pdemand(:) => null()  ! [gP/m2/s] demand of growth
     real(r8), pointer, contiguous :: avail_retransp(:) => null()  ! [gP/m2/s] share of the demand met by retranslocation
     real(r8), pointer, contiguous :: plant_palloc(:) => null()  ! [gP/m2/s] allocated to growth
     real(r8), pointer, contiguous :: sminp_to_ppool(:) => null()  ! [gP/m2/s] uptake from the soil to the storage pool
     real(r8), pointer, contiguous :: retransp_to_ppool(:) => null()  ! [gP/m2/s] retranslocated to the storage pool
     ! fire
     real(r8), pointer, contiguous :: fire_ploss(:) => null()  ! [gP/m2/s] fire emission of the patch
   contains
     procedure, public :: Init => init_vegetation_phosphorus_flux
  end type vegetation_phosphorus_flux

contains

  subroutine init_vegetation_phosphorus_state(this, bounds)
    class(vegetation_phosphorus_state), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begp, endp

    begp = bounds%begp; endp = bounds%endp
    call new_array(this%leafp, begp, endp)
    call new_array(this%leafp_storage, begp, endp)
    call new_array(this%leafp_xfer, begp, endp)
    call new_array(this%frootp, begp, endp)
    call new_array(this%frootp_storage, begp, endp)
    call new_array(this%frootp_xfer, begp, endp)
    call new_array(this%livestemp, begp, endp)
    call new_array(this%livestemp_storage, begp, endp)
    call new_array(this%livestemp_xfer, begp, endp)
    call new_array(this%deadstemp, begp, endp)
    call new_array(this%deadstemp_storage, begp, endp)
    call new_array(this%deadstemp_xfer, begp, endp)
    call new_array(this%livecrootp, begp, endp)
    call new_array(this%livecrootp_storage, begp, endp)
    call new_array(this%livecrootp_xfer, begp, endp)
    call new_array(this%deadcrootp, begp, endp)
    call new_array(this%deadcrootp_storage, begp, endp)
    call new_array(this%deadcrootp_xfer, begp, endp)
    call new_array(this%ppool, begp, endp)
    call new_array(this%retransp, begp, endp)
    call new_array(this%dispvegp, begp, endp)
    call new_array(this%storvegp, begp, endp)
    call new_array(this%totvegp, begp, endp)
    call new_array(this%totpftp, begp, endp)
  end subroutine init_vegetation_phosphorus_state

  subroutine init_vegetation_phosphorus_flux(this, bounds)
    class(vegetation_phosphorus_flux), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begp, endp

    begp = bounds%begp; endp = bounds%endp
    call new_array(this%plant_pdemand, begp, endp)
    call new_array(this%avail_retransp, begp, endp)
    call new_array(this%plant_palloc, begp, endp)
    call new_array(this%sminp_to_ppool, begp, endp)
    call new_array(this%retransp_to_ppool, begp, endp)
    call new_array(this%fire_ploss, begp, endp)
  end subroutine init_vegetation_phosphorus_flux

end module VegetationPhosphorusDataType

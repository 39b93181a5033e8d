! Nitrogen state and fluxes of a patch, with the member names of ELM. Arrays: patch p in begp:endp, per m2 of the patch.
module VegetationNitrogenDataType
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use array_mod, only: new_array
  implicit none (type, external)
  private

  ! Nitrogen stocks of a patch.
  type, public :: vegetation_nitrogen_state
     ! organs: displayed, storage and transfer pools
     real(r8), pointer, contiguous :: leafn(:) => null()  ! [gN/m2] leaf
     real(r8), pointer, contiguous :: leafn_storage(:) => null()  ! [gN/m2] leaf storage
     real(r8), pointer, contiguous :: leafn_xfer(:) => null()  ! [gN/m2] leaf transfer
     real(r8), pointer, contiguous :: frootn(:) => null()  ! [gN/m2] fine root
     real(r8), pointer, contiguous :: frootn_storage(:) => null()  ! [gN/m2] fine root storage
     real(r8), pointer, contiguous :: frootn_xfer(:) => null()  ! [gN/m2] fine root transfer
     real(r8), pointer, contiguous :: livestemn(:) => null()  ! [gN/m2] live stem
     real(r8), pointer, contiguous :: livestemn_storage(:) => null()  ! [gN/m2] live stem storage
     real(r8), pointer, contiguous :: livestemn_xfer(:) => null()  ! [gN/m2] live stem transfer
     real(r8), pointer, contiguous :: deadstemn(:) => null()  ! [gN/m2] dead stem
     real(r8), pointer, contiguous :: deadstemn_storage(:) => null()  ! [gN/m2] dead stem storage
     real(r8), pointer, contiguous :: deadstemn_xfer(:) => null()  ! [gN/m2] dead stem transfer
     real(r8), pointer, contiguous :: livecrootn(:) => null()  ! [gN/m2] live coarse root
     real(r8), pointer, contiguous :: livecrootn_storage(:) => null()  ! [gN/m2] live coarse root storage
     real(r8), pointer, contiguous :: livecrootn_xfer(:) => null()  ! [gN/m2] live coarse root transfer
     real(r8), pointer, contiguous :: deadcrootn(:) => null()  ! [gN/m2] dead coarse root
     real(r8), pointer, contiguous :: deadcrootn_storage(:) => null()  ! [gN/m2] dead coarse root storage
     real(r8), pointer, contiguous :: deadcrootn_xfer(:) => null()  ! [gN/m2] dead coarse root transfer
     real(r8), pointer, contiguous :: npool(:) => null()  ! [gN/m2] plant storage pool
     real(r8), pointer, contiguous :: retransn(:) => null()  ! [gN/m2] retranslocated pool
     ! totals
     real(r8), pointer, contiguous :: dispvegn(:) => null()  ! [gN/m2] displayed pools
     real(r8), pointer, contiguous :: storvegn(:) => null()  ! [gN/m2] storage pools
     real(r8), pointer, contiguous :: totvegn(:) => null()  ! [gN/m2] all plant pools
     real(r8), pointer, contiguous :: totpftn(:) => null()  ! [gN/m2] everything the patch holds
   contains
     procedure, public :: Init => init_vegetation_nitrogen_state
  end type vegetation_nitrogen_state

  ! Nitrogen fluxes of a patch.
  type, public :: vegetation_nitrogen_flux
     ! demand and uptake
     real(r8), pointer, contiguous :: plant_ndemand(:) => null()  ! [gN/m2/s] demand of growth
     real(r8), pointer, contiguous :: avail_retransn(:) => null()  ! [gN/m2/s] share of the demand met by retranslocation
     real(r8), pointer, contiguous :: plant_nalloc(:) => null()  ! [gN/m2/s] allocated to growth
     real(r8), pointer, contiguous :: sminn_to_npool(:) => null()  ! [gN/m2/s] uptake from the soil to the storage pool
     real(r8), pointer, contiguous :: retransn_to_npool(:) => null()  ! [gN/m2/s] retranslocated to the storage pool
     ! fire
     real(r8), pointer, contiguous :: fire_nloss(:) => null()  ! [gN/m2/s] fire emission of the patch
   contains
     procedure, public :: Init => init_vegetation_nitrogen_flux
  end type vegetation_nitrogen_flux

contains

  subroutine init_vegetation_nitrogen_state(this, bounds)
    class(vegetation_nitrogen_state), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begp, endp

    begp = bounds%begp; endp = bounds%endp
    call new_array(this%leafn, begp, endp)
    call new_array(this%leafn_storage, begp, endp)
    call new_array(this%leafn_xfer, begp, endp)
    call new_array(this%frootn, begp, endp)
    call new_array(this%frootn_storage, begp, endp)
    call new_array(this%frootn_xfer, begp, endp)
    call new_array(this%livestemn, begp, endp)
    call new_array(this%livestemn_storage, begp, endp)
    call new_array(this%livestemn_xfer, begp, endp)
    call new_array(this%deadstemn, begp, endp)
    call new_array(this%deadstemn_storage, begp, endp)
    call new_array(this%deadstemn_xfer, begp, endp)
    call new_array(this%livecrootn, begp, endp)
    call new_array(this%livecrootn_storage, begp, endp)
    call new_array(this%livecrootn_xfer, begp, endp)
    call new_array(this%deadcrootn, begp, endp)
    call new_array(this%deadcrootn_storage, begp, endp)
    call new_array(this%deadcrootn_xfer, begp, endp)
    call new_array(this%npool, begp, endp)
    call new_array(this%retransn, begp, endp)
    call new_array(this%dispvegn, begp, endp)
    call new_array(this%storvegn, begp, endp)
    call new_array(this%totvegn, begp, endp)
    call new_array(this%totpftn, begp, endp)
  end subroutine init_vegetation_nitrogen_state

  subroutine init_vegetation_nitrogen_flux(this, bounds)
    class(vegetation_nitrogen_flux), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begp, endp

    begp = bounds%begp; endp = bounds%endp
    call new_array(this%plant_ndemand, begp, endp)
    call new_array(this%avail_retransn, begp, endp)
    call new_array(this%plant_nalloc, begp, endp)
    call new_array(this%sminn_to_npool, begp, endp)
    call new_array(this%retransn_to_npool, begp, endp)
    call new_array(this%fire_nloss, begp, endp)
  end subroutine init_vegetation_nitrogen_flux

end module VegetationNitrogenDataType

! Energy state of a patch, with the member names of ELM.
module VegetationPhysicsDataType
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use array_mod, only: new_array
  implicit none (type, external)
  private

  ! Energy state of a patch.
  type, public :: vegetation_energy_state
     real(r8), pointer, contiguous :: t_ref2m(:) => null()  ! [K] air temperature at the patch
     real(r8), pointer, contiguous :: t_a10(:) => null()  ! [K] 10-day running mean of the air temperature
   contains
     procedure, public :: Init => init_vegetation_energy_state
  end type vegetation_energy_state

contains

  subroutine init_vegetation_energy_state(this, bounds)
    class(vegetation_energy_state), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begp, endp

    begp = bounds%begp; endp = bounds%endp
    call new_array(this%t_ref2m, begp, endp)
    call new_array(this%t_a10, begp, endp)
  end subroutine init_vegetation_energy_state

end module VegetationPhysicsDataType

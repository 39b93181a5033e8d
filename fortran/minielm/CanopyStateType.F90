! Canopy structure, daily photosynthesis stress and active layer, with the member names of ELM.
module CanopyStateType
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use array_mod, only: new_array
  implicit none (type, external)
  private

  ! Canopy and active layer.
  type, public :: canopystate_type
     real(r8), pointer, contiguous :: tlai_patch(:) => null()  ! [m2/m2] leaf area index
     real(r8), pointer, contiguous :: tsai_patch(:) => null()  ! [m2/m2] stem area index
     real(r8), pointer, contiguous :: btran_patch(:) => null()  ! [1] soil moisture stress of photosynthesis
     real(r8), pointer, contiguous :: alt_col(:) => null()  ! [m] current thaw depth
     real(r8), pointer, contiguous :: altmax_col(:) => null()  ! [m] deepest thaw of this year
     real(r8), pointer, contiguous :: altmax_lastyear_col(:) => null()  ! [m] deepest thaw of last year
     integer, pointer, contiguous :: alt_indx_col(:) => null()  ! [1] layer of the current thaw depth
     integer, pointer, contiguous :: altmax_indx_col(:) => null()  ! [1] layer of this year's deepest thaw
     integer, pointer, contiguous :: altmax_lastyear_indx_col(:) => null()  ! [1] layer of last year's deepest thaw
   contains
     procedure, public :: Init => init_canopystate_type
  end type canopystate_type

contains

  subroutine init_canopystate_type(this, bounds)
    class(canopystate_type), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begc, endc, begp, endp

    begc = bounds%begc; endc = bounds%endc
    begp = bounds%begp; endp = bounds%endp
    call new_array(this%tlai_patch, begp, endp)
    call new_array(this%tsai_patch, begp, endp)
    call new_array(this%btran_patch, begp, endp)
    call new_array(this%alt_col, begc, endc)
    call new_array(this%altmax_col, begc, endc)
    call new_array(this%altmax_lastyear_col, begc, endc)
    call new_array(this%alt_indx_col, begc, endc)
    call new_array(this%altmax_indx_col, begc, endc)
    call new_array(this%altmax_lastyear_indx_col, begc, endc)
  end subroutine init_canopystate_type

end module CanopyStateType

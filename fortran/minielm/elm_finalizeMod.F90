! End of the model.
module elm_finalizeMod
  use decompMod, only: bounds_type
  use elm_varctl, only: iulog
  use spmdMod, only: masterproc
#ifdef PHASE_SURROGATE
  use elm_phase_mod, only: phase_driver_final
#endif
  implicit none (type, external)
  private

  public :: elm_final

contains

  subroutine elm_final(bounds)
    type(bounds_type), intent(in) :: bounds

#ifdef PHASE_SURROGATE
    call phase_driver_final(bounds)
#endif
    if (masterproc) then
       write(iulog, '(a)') ' minielm: end of run'
       flush(iulog)
    end if
  end subroutine elm_final

end module elm_finalizeMod

! Instances of the state types that ELM keeps outside its data_types folder.
module elm_instMod
  use CNStateType, only: cnstate_type
  use CanopyStateType, only: canopystate_type
  use SoilStateType, only: soilstate_type
  implicit none (type, external)
  private

  type(cnstate_type), public, target :: cnstate_vars
  type(canopystate_type), public, target :: canopystate_vars
  type(soilstate_type), public, target :: soilstate_vars

end module elm_instMod

! The patch-level state of the model under the instance names of ELM.
module VegetationDataType
  use VegetationPhysicsDataType, only: vegetation_energy_state
  use VegetationCarbonDataType, only: vegetation_carbon_state, vegetation_carbon_flux
  use VegetationNitrogenDataType, only: vegetation_nitrogen_state, vegetation_nitrogen_flux
  use VegetationPhosphorusDataType, only: vegetation_phosphorus_state, vegetation_phosphorus_flux
  implicit none (type, external)
  private

  type(vegetation_energy_state), public, target :: veg_es
  type(vegetation_carbon_state), public, target :: veg_cs
  type(vegetation_carbon_flux), public, target :: veg_cf
  type(vegetation_nitrogen_state), public, target :: veg_ns
  type(vegetation_nitrogen_flux), public, target :: veg_nf
  type(vegetation_phosphorus_state), public, target :: veg_ps
  type(vegetation_phosphorus_flux), public, target :: veg_pf

end module VegetationDataType

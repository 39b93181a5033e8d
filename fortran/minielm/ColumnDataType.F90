! The column-level state of the model under the instance names of ELM.
module ColumnDataType
  use ColumnPhysicsDataType, only: column_energy_state, column_water_state, column_water_flux
  use ColumnCarbonDataType, only: column_carbon_state, column_carbon_flux
  use ColumnNitrogenDataType, only: column_nitrogen_state, column_nitrogen_flux
  use ColumnPhosphorusDataType, only: column_phosphorus_state, column_phosphorus_flux
  implicit none (type, external)
  private

  type(column_energy_state), public, target :: col_es
  type(column_water_state), public, target :: col_ws
  type(column_water_flux), public, target :: col_wf
  type(column_carbon_state), public, target :: col_cs
  type(column_carbon_flux), public, target :: col_cf
  type(column_nitrogen_state), public, target :: col_ns
  type(column_nitrogen_flux), public, target :: col_nf
  type(column_phosphorus_state), public, target :: col_ps
  type(column_phosphorus_flux), public, target :: col_pf

end module ColumnDataType

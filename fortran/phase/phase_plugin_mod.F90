module phase_plugin_mod
  !! The plugin's whole content as one type: what the public door holds and the checkpoint saves.
  use phase_accum_mod, only: phase_accum_type
  use phase_bridge_mod, only: phase_model_type
  use phase_clock_mod, only: phase_clock_type
  use phase_config_mod, only: phase_config_type
  use phase_domain_mod, only: phase_domain_type
  use phase_fields_mod, only: phase_fields_type
  use phase_jump_mod, only: phase_jump_type, phase_jump_result_type
  use phase_kinds_mod, only: r8
  use phase_monitor_mod, only: phase_monitor_type
  use phase_parallel_mod, only: phase_parallel_type
  use phase_report_mod, only: phase_report_facts_type
  use phase_schedule_mod, only: phase_schedule_type
  use phase_stock_mod, only: phase_stocks_type
  implicit none (type, external)
  private

  public :: phase_spinup_type

  type :: phase_spinup_type
    logical :: on = .false.
    integer :: log_unit = 6
    character(len=:), allocatable :: run_folder
    type(phase_config_type) :: config
    type(phase_parallel_type) :: parallel
    type(phase_domain_type) :: domain
    type(phase_fields_type) :: fields
    type(phase_model_type) :: model
    type(phase_schedule_type) :: schedule
    type(phase_accum_type) :: accum
    type(phase_stocks_type) :: stocks
    type(phase_monitor_type) :: monitor
    type(phase_jump_type) :: jump
    type(phase_jump_result_type), allocatable :: jumps(:)
    type(phase_jump_result_type), allocatable :: rollbacks(:)
    type(phase_report_facts_type) :: facts
    type(phase_clock_type) :: clock
  end type phase_spinup_type

end module phase_plugin_mod

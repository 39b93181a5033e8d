module elm_phase_mod
  !! ELM's side of the PHASE spin-up plugin. ELM calls three procedures and nothing else:
  !!
  !!   phase_driver                at the very top of elm_drv, every step
  !!   phase_driver_restart_write  after ELM has written its own restart file
  !!   phase_driver_final          at the end of the run
  !!
  !! The remaining public procedures serve interactive use from Python.
  use abortutils, only: endrun
  use decompMod, only: bounds_type, get_proc_bounds
  use elm_phase_fields_mod, only: elm_phase_register, elm_phase_domain, elm_phase_refresh_forcing, elm_phase_refresh_state
  use elm_phase_restart_mod, only: elm_phase_state_write, elm_phase_state_read, elm_phase_state_origin, &
    elm_phase_columns_write
  use elm_phase_rules_mod, only: elm_phase_rules_type
  use elm_phase_settings_mod, only: elm_phase_settings_type, elm_phase_settings_problems, elm_phase_settings_warnings
  use elm_phase_site_mod, only: site_namelist_file, site_run_folder, site_instance, site_is_continued, site_restart_file, &
    site_grid_position, site_settings
  use elm_phase_space_mod, only: elm_phase_space_init, elm_phase_space_refresh, elm_phase_space_hold, elm_phase_space_save, &
    elm_phase_space_load
  use elm_time_manager, only: get_curr_date, get_prev_date, get_step_size_real
  use elm_varctl, only: iulog, caseid, finidat, nu_com, spinup_state
  use phase_kinds_mod, only: r8, phase_text_len, phase_unset
  use phase_spinup_mod, only: phase_init, phase_step, phase_reads_slow, phase_observes, phase_jump_now, phase_state_save, &
    phase_state_load, phase_packed, phase_packed_shape, phase_column_results, phase_report, phase_final, phase_is_on, &
    phase_config, phase_artifact_checksum, phase_predicted_names, phase_config_type, phase_domain_type, phase_fields_type, &
    phase_host_type, phase_parallel_type, phase_state_type, phase_status_type, phase_date_text
  use phase_status_mod, only: phase_raise, PHASE_ERR_FILE, PHASE_ERR_STARTUP
  use spmdMod, only: mpicom, masterproc
  implicit none
  private

  public :: phase_driver, phase_driver_restart_write, phase_driver_final
  public :: elm_phase_register, phase_driver_packed_shape, phase_driver_packed, phase_driver_jump

  logical :: initialised = .false.
  character(len=:), allocatable :: protocol       ! how the run began: cold, short_accelerated, accelerated
  type(phase_parallel_type) :: parallel
  type(phase_domain_type) :: domain
  type(elm_phase_rules_type) :: rules

contains

  subroutine phase_driver(bounds)
    !! First statement of a step. The plugin reads and, at a jump, writes ELM's pools here: every begin-balance and
    !! every summary of ELM comes later in the same step.
    type(bounds_type), intent(in) :: bounds  !! of the process
    type(phase_status_type) :: status
    integer :: yr, mon, day, tod

    call ensure_initialised(bounds, status)
    if (status%ok() .and. phase_is_on()) then
      call get_prev_date(yr, mon, day, tod)
      if (phase_reads_slow([yr, mon, day, tod])) call refresh(bounds, yr)
      call phase_step(yr, mon, day, tod, get_step_size_real(), rules, status)
      if (phase_observes(yr)) call elm_phase_refresh_forcing(bounds)
      call elm_phase_space_hold()
    end if
    call stop_on_error(status)
  end subroutine phase_driver

  subroutine phase_driver_restart_write(bounds, yr, mon, day, tod)
    !! Collective; at the end of a step whose restart file ELM has just written.
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: yr, mon, day, tod  !! date of the end of the step
    type(phase_state_type) :: state
    type(phase_status_type) :: status
    character(len=:), allocatable :: path
    integer :: date(4)

    if (.not. phase_is_on()) return
    date = [yr, mon, day, tod]
    call refresh(bounds, yr)
    call phase_state_save(date, state)
    call elm_phase_space_save(state)
    path = own_file('.r.'//phase_date_text(date)//'.nc')
    call elm_phase_state_write(path, state, parallel, phase_artifact_checksum(), protocol, run_mode(), &
      phase_date_text(date), status)
    if (.not. masterproc) return
    if (status%ok()) then
      write (iulog, '(a)') ' PHASE: state written to '//path
    else
      call status%print(iulog)
      write (iulog, '(a)') ' PHASE: the run goes on, but cannot be continued from this date with the plugin on'
    end if
  end subroutine phase_driver_restart_write

  subroutine phase_driver_final(bounds)
    !! Collective; writes the report and the results per column. Neither failing is a reason to lose the run's end.
    type(bounds_type), intent(in) :: bounds
    type(phase_status_type) :: status
    character(len=phase_text_len), allocatable :: names(:), units(:), long_names(:)
    real(r8), allocatable :: values(:, :)

    if (phase_is_on()) then
      call phase_report()
      call phase_column_results(names, units, long_names, values)
      call elm_phase_columns_write(own_file('.nc'), names, units, long_names, values, grid_position(bounds), run_facts(), &
        parallel, phase_unset, status)
      if (status%error() .and. masterproc) call status%print(iulog)
    end if
    call phase_final()
    initialised = .false.
  end subroutine phase_driver_final

  subroutine ensure_initialised(bounds, status)
    !! The plugin starts with the first step, when everything of ELM is there.
    type(bounds_type), intent(in) :: bounds
    type(phase_status_type), intent(inout) :: status
    type(phase_config_type) :: config
    type(phase_fields_type) :: fields
    type(phase_host_type) :: host
    type(elm_phase_settings_type) :: settings
    character(len=:), allocatable :: namelist_file, problems, warnings, state_path
    logical :: state_found

    if (initialised) return
    initialised = .true.
    parallel = phase_parallel_type()
    domain = phase_domain_type()
    call parallel%init(mpicom)
    namelist_file = which_namelist()
    call phase_config(namelist_file, mpicom, config, status)
    if (status%error() .or. .not. config%use_phase_spinup) return
    call site_settings(settings)
    problems = elm_phase_settings_problems(settings)
    if (len(problems) > 0) then
      call phase_raise(status, PHASE_ERR_STARTUP, 'elm_phase', 'use_phase_spinup does not go with these settings:'//problems)
      return
    end if
    warnings = elm_phase_settings_warnings(settings)
    if (masterproc .and. len(warnings) > 0) write (iulog, '(a)') ' PHASE: warning: '//warnings
    call find_state(config, state_path, state_found, status)
    if (status%error()) return

    call elm_phase_domain(bounds, domain)
    call parallel%init_order(domain%gid, status)
    if (status%error()) return
    call elm_phase_space_init(domain)
    call elm_phase_register(bounds, fields)
    call rules%init(bounds, domain)
    call host%set('pool_space', 'normal') ! in an accelerated run by the mirrors
    call host%set('run_mode', run_mode())
    call host%set('protocol', protocol)
    call host%set('nu_com', trim(nu_com))
    call host%set('decomp_cascade', trim(merge('CENTURY', 'CTC    ', settings%use_century_decomp)))
    call host%set('suplnitro', trim(settings%suplnitro))
    call host%set('suplphos', trim(settings%suplphos))
    call phase_init(domain, fields, host, mpicom, iulog, namelist_file, site_run_folder(), status)
    if (status%ok()) call rules%learn(phase_predicted_names())
    if (status%ok() .and. state_found) call load_state(state_path, status)
  end subroutine ensure_initialised

  subroutine refresh(bounds, yr)
    !! What the adapter keeps for the plugin, as the step that has ended left it.
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: yr  !! model year of the present moment, between two steps
    call elm_phase_refresh_state(bounds)
    call elm_phase_space_refresh(yr)
  end subroutine refresh

  subroutine refresh_now(bounds)
    !! The same at the model's own present date.
    type(bounds_type), intent(in) :: bounds
    integer :: yr, mon, day, tod
    call get_curr_date(yr, mon, day, tod)
    call refresh(bounds, yr)
  end subroutine refresh_now

  function grid_position(bounds) result(position)
    !! Where the handled columns lie on ELM's grid.
    type(bounds_type), intent(in) :: bounds
    integer :: position(2, domain%ncol)
    integer :: ixy(bounds%begc:bounds%endc), jxy(bounds%begc:bounds%endc)
    call site_grid_position(bounds, ixy, jxy)
    position(1, :) = ixy(domain%col + bounds%begc - 1)
    position(2, :) = jxy(domain%col + bounds%begc - 1)
  end function grid_position

  function run_facts() result(facts)
    !! Global attributes of the results.
    character(len=256) :: facts(2, 5)
    integer :: date(4)
    call get_curr_date(date(1), date(2), date(3), date(4))
    facts(:, 1) = [character(len=256) :: 'case', caseid]
    facts(:, 2) = [character(len=256) :: 'date', phase_date_text(date)]
    facts(:, 3) = [character(len=256) :: 'run_mode', run_mode()]
    facts(:, 4) = [character(len=256) :: 'pool_space', 'normal']
    facts(:, 5) = [character(len=256) :: 'artifact_checksum', phase_artifact_checksum()]
  end function run_facts

  function run_mode() result(mode)
    character(len=:), allocatable :: mode
    mode = trim(merge('accelerated', 'normal     ', spinup_state == 1))
  end function run_mode

  function own_file(ending) result(path)
    !! A file of the plugin in the run folder.
    character(len=*), intent(in) :: ending
    character(len=:), allocatable :: path
    path = site_run_folder()//'/'//trim(caseid)//'.phase'//site_instance()//ending
  end function own_file

  function which_namelist() result(path)
    !! phase_in of the run folder where there is one, so that a case needs no change to ELM's namelists.
    character(len=:), allocatable :: path
    integer :: there
    logical :: exists

    path = site_run_folder()//'/phase_in'//site_instance()
    there = 0
    if (masterproc) then
      inquire (file=path, exist=exists)
      there = merge(1, 0, exists)
    end if
    call parallel%bcast_int(there, 0)
    if (there == 0) path = site_namelist_file()
  end function which_namelist

  subroutine find_state(config, path, found, status)
    !! A run that goes on needs the plugin's state; a run that begins must not have one. A run that has just left
    !! accelerated mode (or entered it) begins: what was observed before does not describe it.
    type(phase_config_type), intent(in) :: config
    character(len=:), allocatable, intent(out) :: path
    logical, intent(out) :: found
    type(phase_status_type), intent(inout) :: status
    character(len=:), allocatable :: source, ending, mode, began_as
    integer :: date(4), k

    found = .false.
    protocol = 'cold'
    if (len_trim(finidat) > 0 .or. site_is_continued()) protocol = 'short_accelerated'
    if (run_mode() == 'accelerated') protocol = 'accelerated'
    if (config%phase_restart_file == 'none') return
    if (.not. site_is_continued() .and. len_trim(config%phase_restart_file) == 0) return

    call get_prev_date(date(1), date(2), date(3), date(4))
    source = site_restart_file()
    ending = '.elm'//site_instance()//'.r.'
    k = index(source, ending, back=.true.)
    if (len_trim(config%phase_restart_file) > 0) then
      path = trim(config%phase_restart_file)
    else if (k > 0) then
      path = source(1:k - 1)//'.phase'//site_instance()//'.r.'//trim(source(k + len(ending):))
    else
      path = own_file('.r.'//phase_date_text(date)//'.nc')
    end if
    call elm_phase_state_origin(path, parallel, began_as, mode, found)
    if (.not. found) then
      call phase_raise(status, PHASE_ERR_FILE, 'elm_phase', 'the run goes on at '//phase_date_text(date)// &
        ', but the plugin''s state '//path//' is not there or is not netCDF; put it beside the restart file, name it in '// &
        'phase_restart_file, or set phase_restart_file = ''none'' to begin a new observation now')
    else if (len(mode) > 0 .and. mode /= run_mode()) then
      found = .false.
      if (masterproc) write (iulog, '(a)') ' PHASE: the run before was in '//mode//' mode, this one is in '//run_mode()// &
        ' mode: a new observation begins at '//phase_date_text(date)
    else
      protocol = began_as
    end if
  end subroutine find_state

  subroutine load_state(path, status)
    character(len=*), intent(in) :: path
    type(phase_status_type), intent(inout) :: status
    type(phase_state_type) :: state

    call elm_phase_state_read(path, state, parallel, phase_artifact_checksum(), domain%ncol, status)
    if (status%code == PHASE_ERR_FILE) status%message = status%message//'; the plugin''s state cannot be read: go on from '// &
      'an earlier restart, or set phase_restart_file = ''none'' to begin a new observation'
    if (status%ok()) call phase_state_load(state, status)
    if (status%ok()) call elm_phase_space_load(state)
    if (status%ok() .and. masterproc) write (iulog, '(a)') ' PHASE: state read from '//path
  end subroutine load_state

  subroutine phase_driver_packed_shape(name, nfeature, ncol, status)
    !! Extents of a variable as the surrogate sees it.
    character(len=*), intent(in) :: name  !! schema name
    integer, intent(out) :: nfeature, ncol
    type(phase_status_type), intent(out) :: status
    type(bounds_type) :: bounds
    nfeature = 0
    ncol = 0
    call get_proc_bounds(bounds)
    call ensure_initialised(bounds, status)
    if (status%ok()) call phase_packed_shape(name, nfeature, ncol, status)
  end subroutine phase_driver_packed_shape

  subroutine phase_driver_packed(name, buffer, status)
    !! A variable as the surrogate would see it now.
    character(len=*), intent(in) :: name
    real(r8), intent(inout) :: buffer(:, :)  !! (nfeature, ncol)
    type(phase_status_type), intent(out) :: status
    type(bounds_type) :: bounds
    call get_proc_bounds(bounds)
    call ensure_initialised(bounds, status)
    if (status%error()) return
    if (phase_is_on()) call refresh_now(bounds)
    call phase_packed(name, buffer, status)
  end subroutine phase_driver_packed

  subroutine phase_driver_jump(bounds, status)
    !! The jump that is due when the next year begins, now; the model stands at a year's end.
    type(bounds_type), intent(in) :: bounds
    type(phase_status_type), intent(out) :: status
    call ensure_initialised(bounds, status)
    if (status%error()) return
    if (phase_is_on()) call refresh_now(bounds)
    call phase_jump_now(rules, status)
  end subroutine phase_driver_jump

  subroutine stop_on_error(status)
    !! Every rank has the same error: one tells it and ends the run for all, the others wait for that.
    type(phase_status_type), intent(in) :: status
    integer :: nobody
    if (status%ok()) return
    if (.not. masterproc) nobody = parallel%sum_int(0)
    call endrun(msg=status%message)
  end subroutine stop_on_error

end module elm_phase_mod

module phase_spinup_mod
  !! The plugin's public door.
  !!
  !!   phase_init    read &phase_inparm, load the artifact, check it against the registry
  !!   phase_step    once a step, with the date of its START: accumulate; at a year's first step:
  !!                 measure, jump when it is time, certify
  !!   phase_state_* everything that has to survive a restart
  !!   phase_packed  a variable as the surrogate sees it
  !!   phase_final   write the report, free everything
  !!
  !! Host neutral: knows arrays, a communicator and a unit to log to, no model and no file format.
  use phase_bridge_mod, only: phase_tensor_type, PHASE_INPUT
  use phase_cells_mod, only: phase_cells_type, cells_table, cell_names, cell_units, cell_long_names
  use phase_check_mod, only: phase_startup_check, phase_meta_int, phase_meta_real
  use phase_checkpoint_mod, only: phase_checkpoint_save, phase_checkpoint_load
  use phase_config_mod, only: phase_config_type, phase_config_read
  use phase_domain_mod, only: phase_domain_type
  use phase_fields_mod, only: phase_fields_type, phase_field_type
  use phase_host_mod, only: phase_host_type
  use phase_jump_mod, only: phase_jump_result_type, phase_rules_type
  use phase_kinds_mod, only: r8, phase_name_len, phase_text_len, phase_unset
  use phase_pace_mod, only: phase_pace_weight, pace_slow
  use phase_pack_mod, only: phase_pack, phase_pack_pft, phase_feature_count
  use phase_parallel_mod, only: phase_parallel_type
  use phase_plugin_mod, only: phase_spinup_type
  use phase_report_mod, only: phase_report_write
  use phase_report_log_mod, only: phase_report_log_year, phase_report_log_jump, phase_report_log_rollback, &
    phase_report_log_lost
  use phase_schedule_mod, only: phase_date_text
  use phase_state_mod, only: phase_state_type
  use phase_status_mod, only: phase_status_type, phase_raise, phase_forward, phase_int_to_text, PHASE_ERR_ARGUMENT, PHASE_ERR_NAME
  implicit none (type, external)
  private

  public :: phase_init, phase_step, phase_reads_slow, phase_observes, phase_jump_now, phase_state_save, phase_state_load, &
    phase_packed, phase_packed_shape, phase_column_results, phase_report, phase_final, phase_is_on, phase_config, &
    phase_artifact_checksum, phase_predicted_names
  ! what a host needs to talk to the door
  public :: phase_domain_type, phase_fields_type, phase_host_type, phase_rules_type, phase_state_type, phase_status_type, &
    phase_config_type, phase_parallel_type, phase_date_text

  type(phase_spinup_type), target :: plugin

contains

  subroutine phase_config(namelist_file, comm, config, status)
    !! The namelist alone, for a host that builds its registry only where the plugin is on.
    character(len=*), intent(in) :: namelist_file
    integer, intent(in) :: comm  !! communicator of the host
    type(phase_config_type), intent(out) :: config
    type(phase_status_type), intent(inout), optional :: status
    type(phase_parallel_type) :: parallel
    call parallel%init(comm)
    call phase_config_read(config, namelist_file, parallel, status)
  end subroutine phase_config

  subroutine phase_init(domain, fields, host, comm, log_unit, namelist_file, run_folder, status)
    !! Collective. An error leaves the plugin off.
    type(phase_domain_type), intent(in) :: domain  !! columns and patches of this rank
    type(phase_fields_type), intent(in) :: fields  !! the host's named arrays
    type(phase_host_type), intent(in) :: host      !! facts the artifact has to agree with
    integer, intent(in) :: comm                    !! communicator of the host
    integer, intent(in) :: log_unit                !! unit of the host's log (rank 0 writes)
    character(len=*), intent(in) :: namelist_file  !! file that may hold &phase_inparm
    character(len=*), intent(in) :: run_folder     !! where a relative phase_report_file goes
    type(phase_status_type), intent(inout), optional :: status
    type(phase_status_type) :: local

    call phase_final()
    plugin%run_folder = run_folder
    call plugin%clock%start()
    plugin%log_unit = log_unit
    plugin%domain = domain
    plugin%fields = fields
    call plugin%parallel%init(comm)
    call phase_config_read(plugin%config, namelist_file, plugin%parallel, local)
    if (local%ok() .and. .not. plugin%config%use_phase_spinup) return
    if (local%ok()) then
      call domain%check(local)
      if (local%ok()) call plugin%model%load(trim(plugin%config%phase_model_file), trim(plugin%config%phase_device), &
        plugin%parallel%local_rank, plugin%config%phase_threads, local)
      if (local%ok()) call phase_startup_check(plugin%model, fields, domain, host, plugin%config, local)
      call plugin%parallel%agree(local)
    end if
    if (local%ok()) call plugin%parallel%init_order(domain%gid, local)
    if (local%error()) then
      call plugin%model%free()
      call phase_forward(status, local)
      return
    end if

    call init_accumulators()
    call plugin%stocks%init(fields, domain)
    call plugin%monitor%init(plugin%config, fields, domain, plugin%stocks, plugin%parallel)
    call plugin%jump%init(plugin%model, fields, domain, plugin%accum, plugin%config)
    allocate (plugin%jumps(0), plugin%rollbacks(0))
    plugin%facts%artifact = trim(plugin%config%phase_model_file)
    plugin%facts%artifact_name = plugin%model%meta('name', local)
    call local%clear()
    plugin%facts%checksum = plugin%model%checksum()
    plugin%facts%device = plugin%model%device()
    plugin%facts%run_mode = trim(host%get('run_mode'))
    plugin%facts%pool_space = trim(host%get('pool_space'))
    plugin%facts%horizon_years = phase_meta_real(plugin%model, 'horizon_years', phase_unset)
    plugin%on = .true.
    if (plugin%parallel%master()) then
      write (log_unit, '(a)') ' PHASE: surrogate '//plugin%facts%artifact//' (sha256 '//plugin%facts%checksum//')'
      write (log_unit, '(a,i0,a,i0,a)') ' PHASE: '//phase_int_to_text(plugin%parallel%nglobal)//' columns, device '// &
        plugin%facts%device//', observe ', plugin%config%phase_observe_years, ' years, at most ', &
        plugin%config%phase_max_jumps, trim(merge(' jump(s), dry run', ' jump(s)         ', plugin%config%phase_dry_run))
    end if
    call plugin%clock%leave()
  end subroutine phase_init

  subroutine init_accumulators()
    type(phase_tensor_type) :: tensor
    type(phase_field_type) :: field
    integer :: k, f, years

    call plugin%accum%init(plugin%model%n_inputs(), plugin%domain)
    do k = 1, plugin%model%n_inputs()
      call plugin%model%tensor(PHASE_INPUT, k, tensor)
      f = plugin%fields%find(tensor%name)
      years = plugin%config%phase_observe_years
      select case (tensor%sample)
      case ('monthly', 'start')
        call plugin%accum%add(tensor%name, plugin%fields%list(f), plugin%domain, tensor%sample, years)
      case ('mean')
        years = phase_meta_int(plugin%model, 'inputs.'//phase_int_to_text(k - 1)//'.mean_years', years)
        field = plugin%fields%list(f)
        if (field%share_of /= ' ') field%share = agreed(field%share)
        call plugin%accum%add(tensor%name, field, plugin%domain, tensor%sample, years)
      end select
    end do
    call plugin%accum%link()

  contains

    real(r8) function agreed(share)
      !! The share of all ranks that have columns; 0 where they do not agree.
      real(r8), intent(in) :: share
      real(r8) :: bounds(2)
      bounds(:) = -huge(share)
      if (plugin%domain%ncol > 0) bounds = [share, -share]
      bounds = [plugin%parallel%max_real(bounds(1)), -plugin%parallel%max_real(bounds(2))]
      agreed = merge(bounds(1), 0.0_r8, .not. bounds(1) > bounds(2) .and. .not. bounds(1) < bounds(2))
    end function agreed

  end subroutine init_accumulators

  logical function phase_is_on()
    phase_is_on = plugin%on
  end function phase_is_on

  function phase_artifact_checksum() result(checksum)
    !! SHA-256 of the artifact's file, as hexadecimal text; empty while the plugin is off.
    character(len=:), allocatable :: checksum
    checksum = ''
    if (allocated(plugin%facts%checksum)) checksum = plugin%facts%checksum
  end function phase_artifact_checksum

  function phase_predicted_names() result(names)
    !! The host's variables that the artifact predicts; none while the plugin is off.
    character(len=phase_name_len), allocatable :: names(:)
    integer :: k, n
    n = 0
    if (plugin%on) n = count(plugin%jump%outputs%field > 0)
    allocate (names(n))
    if (n == 0) return
    n = 0
    do k = 1, size(plugin%jump%outputs)
      if (plugin%jump%outputs(k)%field == 0) cycle
      n = n + 1
      names(n) = plugin%jump%outputs(k)%name
    end do
  end function phase_predicted_names

  subroutine phase_step(year, month, day, tod, dt, rules, status)
    !! Call at the very beginning of a step, before the host changes anything.
    !! At that moment the host's fluxes are those of the step before, and so they are booked.
    integer, intent(in) :: year, month, day, tod  !! date of the START of the step, years from 1, second of the day
    real(r8), intent(in) :: dt                    !! length of the step that begins (s)
    class(phase_rules_type), intent(inout), optional :: rules  !! the host's dependent states
    type(phase_status_type), intent(inout), optional :: status
    type(phase_status_type) :: local
    integer :: date(4)

    if (.not. plugin%on) return
    call plugin%clock%enter()
    date = [year, month, day, tod]
    associate (schedule => plugin%schedule)
      if (schedule%is_repeat(date)) then
        schedule%dt = dt
      else
        call schedule%check_saved_date(date, local)
        if (all(date(2:4) == [1, 1, 0])) call plugin%clock%begin_year(date(1))
        if (local%ok()) call schedule%first_step(date, plugin%config%phase_start_year, plugin%config%phase_observe_years, local)
        if (local%ok()) then
          call sample_pending()
          if (all(date(2:4) == [1, 1, 0])) call begin_year(date, rules, local)
        end if
        if (local%ok()) call schedule%begin_step(date, dt)
      end if
    end associate
    call plugin%clock%leave()
    call phase_forward(status, local, ' (model date '//phase_date_text(date)//')')
  end subroutine phase_step

  logical function phase_reads_slow(date)
    !! Will phase_step of this date read the fields whose pace is slow? A host that derives them need not do so
    !! otherwise, except before it saves the state, jumps or packs.
    integer, intent(in) :: date(4)  !! year, month, day, second of the start of the step
    phase_reads_slow = all(date(2:4) == [1, 1, 0])
    if (phase_reads_slow .or. .not. plugin%schedule%pending) return
    associate (last => plugin%schedule%date) ! a window's first values are those after its first step
      phase_reads_slow = all(last(2:4) == [1, 1, 0]) .or. phase_pace_weight(pace_slow, last, &
        plugin%schedule%dt) > 0.0_r8
    end associate
  end function phase_reads_slow

  logical function phase_observes(year)
    !! Do steps of this year enter the means and monthly series of a jump to come? A host need not keep forcing otherwise.
    integer, intent(in) :: year
    associate (jump_year => plugin%schedule%next_jump_year)
      phase_observes = plugin%on .and. year >= jump_year - plugin%config%phase_observe_years .and. year < jump_year
    end associate
  end function phase_observes

  subroutine sample_pending()
    !! Book the step that has just ended, once: with the next step, or before the state is saved, since the host's
    !! fluxes may not be in its restart file.
    if (.not. plugin%on .or. .not. plugin%schedule%pending) return
    associate (schedule => plugin%schedule)
      call plugin%accum%sample(schedule%date, schedule%dt, schedule%next_jump_year)
      call plugin%monitor%sample(schedule%date, schedule%dt)
      schedule%pending = .false.
    end associate
  end subroutine sample_pending

  subroutine begin_year(date, rules, status)
    !! Measure first, with the state as the model left it; then jump when it is time.
    integer, intent(in) :: date(4)
    class(phase_rules_type), intent(inout), optional :: rules
    type(phase_status_type), intent(inout) :: status
    logical, allocatable :: undone(:)
    logical :: changed

    if (date(1) < plugin%schedule%start_year) return
    call measure(date(1))
    if (.not. plugin%schedule%jump_is_due(date) .and. .not. plugin%schedule%check_is_due(date)) return
    if (plugin%schedule%njumps > 0 .and. plugin%monitor%met) then
      if (plugin%schedule%next_jump_year > 0 .and. plugin%parallel%master()) write (plugin%log_unit, '(a)') &
        ' PHASE: the criterion holds, no further jump'
      plugin%schedule%next_jump_year = 0
      plugin%schedule%check_year = 0
      return
    end if
    allocate (undone(plugin%domain%ncol), source=.false.)
    call take_back(date(1), undone, rules, changed)
    if (plugin%schedule%jump_is_due(date)) then
      call jump_at(date(1), undone, rules, changed, status)
      if (status%error()) return
      call plugin%schedule%jumped(date(1), plugin%config%phase_relax_years, plugin%config%phase_cycle_years, &
        plugin%config%phase_max_jumps)
      ! the last window stays readable when no other follows
      if (plugin%schedule%next_jump_year > 0) call plugin%accum%reset()
    else
      plugin%schedule%check_year = 0
    end if
    if (changed) call plugin%monitor%begin_epoch(date(1), plugin%stocks)
  end subroutine begin_year

  subroutine take_back(year, undone, rules, changed)
    !! Columns that drift clearly faster than before their last jump get back the pools they had.
    integer, intent(in) :: year
    logical, intent(inout) :: undone(:)  !! (ncol)
    class(phase_rules_type), intent(inout), optional :: rules
    logical, intent(out) :: changed
    type(phase_jump_result_type) :: outcome
    integer :: v

    changed = .false.
    v = plugin%monitor%find('TOTECOSYSC')
    if (.not. plugin%config%phase_rollback .or. v == 0) return
    associate (drift => plugin%monitor%drift(v, :), undo => plugin%jump%undo, config => plugin%config)
      undone(:) = undo%decide(drift, config%phase_rollback_factor, max(config%phase_rollback_drift, &
        config%phase_crit_totecosysc))
      if (plugin%parallel%sum_int(count(undone)) == 0) return
      changed = .true.
      call undo%record(year, undone, drift, plugin%domain, plugin%parallel)
      call plugin%jump%roll_back(year, undone, plugin%fields, plugin%domain, plugin%stocks, plugin%config, plugin%parallel, &
        rules, outcome)
    end associate
    call phase_report_log_rollback(outcome, plugin%jump%undo, plugin%parallel, plugin%log_unit)
    call append_result(plugin%rollbacks, outcome)
  end subroutine take_back

  subroutine measure(year)
    !! Stocks, drift and criterion at the beginning of a year, once. A pool that is not finite is told; it costs
    !! its column the jump and its place among those at rest, not the run.
    integer, intent(in) :: year
    type(phase_status_type) :: lost

    if (year <= plugin%schedule%begun_year) return
    call plugin%stocks%compute(plugin%fields, plugin%domain)
    plugin%schedule%begun_year = year
    call plugin%monitor%capture(year, plugin%stocks, plugin%domain, plugin%config, plugin%parallel)
    call plugin%stocks%check_finite(plugin%fields, plugin%domain, lost)
    call plugin%parallel%agree(lost)
    call phase_report_log_year(plugin%monitor, plugin%config, plugin%parallel, plugin%log_unit)
    if (lost%error()) call phase_report_log_lost(plugin%monitor, lost, plugin%parallel, plugin%log_unit)
  end subroutine measure

  subroutine jump_at(year, undone, rules, changed, status)
    integer, intent(in) :: year
    logical, intent(in) :: undone(:)  !! (ncol) just set back
    class(phase_rules_type), intent(inout), optional :: rules
    logical, intent(inout) :: changed
    type(phase_status_type), intent(inout) :: status
    type(phase_jump_result_type) :: outcome
    real(r8) :: drift(plugin%domain%ncol)
    integer :: v

    drift(:) = phase_unset
    v = plugin%monitor%find('TOTECOSYSC')
    if (v > 0) drift(:) = plugin%monitor%drift(v, :)
    call plugin%jump%run(year, plugin%model, plugin%fields, plugin%domain, plugin%accum, plugin%stocks, plugin%config, &
      plugin%parallel, drift, undone, rules, outcome, status)
    if (status%error()) return
    if (.not. plugin%config%phase_dry_run) changed = .true.
    call phase_report_log_jump(outcome, plugin%jump, plugin%parallel, plugin%log_unit)
    call append_result(plugin%jumps, outcome)
  end subroutine jump_at

  subroutine append_result(list, outcome)
    type(phase_jump_result_type), allocatable, intent(inout) :: list(:)
    type(phase_jump_result_type), intent(in) :: outcome
    type(phase_jump_result_type), allocatable :: longer(:)
    integer :: n
    n = size(list)
    allocate (longer(n + 1))
    longer(1:n) = list
    longer(n + 1) = outcome
    call move_alloc(longer, list)
  end subroutine append_result

  subroutine phase_jump_now(rules, status)
    !! The jump that is due when the next year begins, before that year's first step is called: for
    !! interactive use, while the host stands at a year's end. phase_step will not repeat it.
    class(phase_rules_type), intent(inout), optional :: rules
    type(phase_status_type), intent(inout), optional :: status
    type(phase_status_type) :: local
    integer :: year

    if (.not. plugin%on) then
      call phase_raise(status, PHASE_ERR_ARGUMENT, 'phase_jump_now', 'the plugin is off; set use_phase_spinup=.true.')
      return
    end if
    call sample_pending()
    year = plugin%schedule%date(1) + 1
    if (plugin%schedule%next_jump_year /= year .or. plugin%schedule%new_year() /= year) then
      call phase_raise(status, PHASE_ERR_ARGUMENT, 'phase_jump_now', 'a jump needs a full observation window: it is due '// &
        'when year '//phase_int_to_text(plugin%schedule%next_jump_year)//' begins (0: none is due), the last step began at '// &
        phase_date_text(plugin%schedule%date))
      return
    end if
    call begin_year([year, 1, 1, 0], rules, local)
    call phase_forward(status, local)
  end subroutine phase_jump_now

  subroutine phase_packed_shape(name, nfeature, ncol, status)
    !! Extents of phase_packed's buffer.
    character(len=*), intent(in) :: name  !! schema name of an input, or of any registered variable
    integer, intent(out) :: nfeature, ncol
    type(phase_status_type), intent(inout), optional :: status
    integer :: f, k

    nfeature = 0
    ncol = plugin%domain%ncol
    f = plugin%fields%find(name)
    k = 0
    if (plugin%on) k = plugin%jump%find(name)
    if (.not. plugin%on .or. (f == 0 .and. k == 0)) then
      call phase_raise(status, PHASE_ERR_NAME, 'phase_packed', 'no registered variable '''//trim(name)// &
        ''', or the plugin is off')
      return
    end if
    if (k > 0) then
      nfeature = plugin%jump%inputs(k)%nfeature
    else
      nfeature = phase_feature_count(plugin%fields%list(f), plugin%domain)
    end if
    if (f == 0) return ! a control, told to the artifact by the plugin
    if (plugin%fields%list(f)%on == 'pft') ncol = 1
  end subroutine phase_packed_shape

  subroutine phase_packed(name, buffer, status)
    !! What the surrogate would see of an input now, or the present state of any other registered variable.
    character(len=*), intent(in) :: name
    real(r8), intent(out) :: buffer(:, :) !! (nfeature, ncol); (npft, 1) for a parameter table
    type(phase_status_type), intent(inout), optional :: status
    type(phase_status_type) :: local
    integer :: f, k, nfeature, ncol

    buffer(:, :) = 0.0_r8
    call phase_packed_shape(name, nfeature, ncol, local)
    if (local%ok() .and. any(shape(buffer) /= [nfeature, ncol])) call phase_raise(local, PHASE_ERR_ARGUMENT, 'phase_packed', &
      'variable '//trim(name)//': expected a buffer of '//phase_int_to_text(nfeature)//' x '//phase_int_to_text(ncol)// &
      ', found '//phase_int_to_text(size(buffer, 1))//' x '//phase_int_to_text(size(buffer, 2)))
    if (local%ok()) then
      call sample_pending()
      f = plugin%fields%find(name)
      k = plugin%jump%find(name)
      if (k > 0 .and. .not. is_parameter(f)) then
        call plugin%jump%pack_input(k, plugin%fields, plugin%domain, plugin%accum, buffer, local)
      else if (is_parameter(f)) then
        call phase_pack_pft(plugin%fields%list(f), plugin%domain, buffer(:, 1))
      else
        call phase_pack(plugin%fields%list(f), plugin%domain, buffer)
      end if
    end if
    call phase_forward(status, local)

  contains

    logical function is_parameter(f)
      integer, intent(in) :: f !! position in the registry, 0: none
      is_parameter = .false.
      if (f > 0) is_parameter = plugin%fields%list(f)%on == 'pft'
    end function is_parameter

  end subroutine phase_packed

  subroutine phase_column_results(names, units, long_names, values)
    !! Results per column for the host's own output, one row a variable; phase_unset where nothing is known. The plugin is on.
    character(len=phase_text_len), allocatable, intent(out) :: names(:), units(:), long_names(:)  !! (variable)
    real(r8), allocatable, intent(out) :: values(:, :)  !! (variable, ncol)
    names = cell_names
    units = cell_units
    long_names = cell_long_names
    values = cells_table(plugin%domain, plugin%monitor, plugin%jump, plugin%config%phase_dry_run)
  end subroutine phase_column_results

  subroutine phase_state_save(date, state)
    !! Everything that has to survive; call where the host writes its restart.
    integer, intent(in) :: date(4)  !! year, month, day, second at which the restarted run goes on
    type(phase_state_type), intent(out) :: state
    if (.not. plugin%on) return
    call sample_pending()
    call phase_checkpoint_save(plugin, date, state)
  end subroutine phase_state_save

  subroutine phase_state_load(state, status)
    !! Inverse of phase_state_save; global items are given on every rank.
    type(phase_state_type), intent(in) :: state
    type(phase_status_type), intent(inout), optional :: status
    if (plugin%on) call phase_checkpoint_load(plugin, state, status)
  end subroutine phase_state_load

  subroutine phase_report()
    !! Write the report as of now. Collective. A run that ends with a year is measured at that end.
    character(len=:), allocatable :: path
    type(phase_cells_type) :: cells

    if (.not. plugin%on) return
    call sample_pending()
    if (plugin%schedule%start_year > 0 .and. plugin%schedule%new_year() > plugin%schedule%start_year) &
      call measure(plugin%schedule%new_year())
    path = trim(plugin%config%phase_report_file)
    if (path(1:1) /= '/') path = plugin%run_folder//'/'//path
    call cells%collect(plugin%domain, plugin%monitor, plugin%jump, plugin%config, plugin%parallel)
    plugin%facts%plugin_seconds = plugin%parallel%max_real(plugin%clock%plugin)
    plugin%facts%total_seconds = plugin%parallel%max_real(plugin%clock%elapsed())
    if (plugin%schedule%new_year() > 0) call plugin%clock%end_year()
    plugin%facts%year_seconds = plugin%clock%years
    call phase_report_write(plugin%config, plugin%facts, plugin%parallel, plugin%schedule, plugin%monitor, plugin%jump, &
      plugin%jumps, plugin%rollbacks, cells, path, plugin%log_unit)
  end subroutine phase_report

  subroutine phase_final()
    !! Free everything; phase_init may follow.
    call plugin%model%free()
    plugin = phase_spinup_type()
  end subroutine phase_final

end module phase_spinup_mod

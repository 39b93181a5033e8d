module phase_report_mod
  !! The report: one JSON document, described in docs/report.md.
  !! Written to a temporary name and renamed, so that a reader never sees half a report.
  use phase_cells_mod, only: phase_cells_type, cell_groups, cell_lat, cell_lon, cell_area, cell_before, cell_after, &
    cell_trust, cell_status, cell_latest, cell_group
  use phase_config_mod, only: phase_config_type
  use phase_files_mod, only: rename_file, remove_file
  use phase_gate_mod, only: gate_names, gate_trust, gate_undone
  use phase_jump_mod, only: phase_jump_type, phase_jump_result_type
  use phase_json_mod, only: phase_json_type
  use phase_kinds_mod, only: r8, phase_unset
  use phase_monitor_mod, only: phase_monitor_type, monitor_columns, monitor_counts, history_head, history_share, &
    history_lost
  use phase_parallel_mod, only: phase_parallel_type
  use phase_schedule_mod, only: phase_schedule_type
  use phase_stock_mod, only: n_elements, element_names
  implicit none (type, external)
  private

  public :: phase_report_facts_type, phase_report_write

  integer, parameter :: report_format = 1
  integer, parameter :: cells_max = 20000   !! columns told one by one; above, the host's file has them

  type :: phase_report_facts_type
    !! What is known of the run and stays.
    character(len=:), allocatable :: artifact, artifact_name, checksum, device
    character(len=:), allocatable :: run_mode, pool_space  !! as the host says
    real(r8) :: horizon_years = phase_unset
    real(r8) :: plugin_seconds = 0.0_r8  !! slowest rank, this segment of the run
    real(r8) :: total_seconds = 0.0_r8   !! slowest rank, this segment of the run
    real(r8), allocatable :: year_seconds(:, :)  !! (3, n) year, inside the plugin, all else; rank 0, this segment
  end type phase_report_facts_type

contains

  subroutine phase_report_write(config, facts, parallel, schedule, monitor, jump, jumps, rollbacks, cells, path, log_unit)
    !! On rank 0. That it cannot be written is worth a message, not the end of a long run.
    type(phase_config_type), intent(in) :: config
    type(phase_report_facts_type), intent(in) :: facts
    type(phase_parallel_type), intent(in) :: parallel
    type(phase_schedule_type), intent(in) :: schedule
    type(phase_monitor_type), intent(in) :: monitor
    type(phase_jump_type), intent(in) :: jump
    type(phase_jump_result_type), intent(in) :: jumps(:), rollbacks(:)
    type(phase_cells_type), intent(in) :: cells
    character(len=*), intent(in) :: path
    integer, intent(in) :: log_unit
    type(phase_json_type) :: json
    character(len=256) :: iomsg
    character(len=:), allocatable :: text
    integer :: unit, iostat, closed, nbytes

    if (.not. parallel%master()) return
    call compose(json, config, facts, parallel, schedule, monitor, jump, jumps, rollbacks, cells)
    iomsg = ' '
    open (newunit=unit, file=path//'.tmp', status='replace', action='write', iostat=iostat, iomsg=iomsg)
    if (iostat == 0) then
      text = json%text()
      write (unit, '(a)', iostat=iostat, iomsg=iomsg) text
      if (iostat == 0) flush (unit, iostat=iostat, iomsg=iomsg)
      if (iostat == 0) then
        close (unit, iostat=iostat, iomsg=iomsg)
      else
        close (unit, iostat=closed)
      end if
      if (iostat == 0) then ! libgfortran does not tell of a disk that fills up amid the text
        inquire (file=path//'.tmp', size=nbytes)
        if (nbytes <= len(text)) iostat = 1
        if (iostat /= 0) iomsg = 'the file ends early: is the disk full?'
      end if
      if (iostat == 0) then
        if (.not. rename_file(path//'.tmp', path)) iostat = 1
        if (iostat /= 0) iomsg = 'renaming failed'
      end if
      if (iostat /= 0) call remove_file(path//'.tmp')
    end if
    if (iostat /= 0) then
      write (log_unit, '(a)') ' PHASE: the report could not be written to '//path//' ('//trim(iomsg)// &
        '); the run goes on'
    else
      write (log_unit, '(a)') ' PHASE: report written to '//path
    end if
  end subroutine phase_report_write

  subroutine compose(json, config, facts, parallel, schedule, monitor, jump, jumps, rollbacks, cells)
    type(phase_json_type), intent(inout) :: json
    type(phase_config_type), intent(in) :: config
    type(phase_report_facts_type), intent(in) :: facts
    type(phase_parallel_type), intent(in) :: parallel
    type(phase_schedule_type), intent(in) :: schedule
    type(phase_monitor_type), intent(in) :: monitor
    type(phase_jump_type), intent(in) :: jump
    type(phase_jump_result_type), intent(in) :: jumps(:), rollbacks(:)
    type(phase_cells_type), intent(in) :: cells
    integer :: k

    call json%open_object()
    call json%add('report_format', report_format)
    call json%open_object('artifact')
    call json%add('file', facts%artifact)
    call json%add('name', facts%artifact_name)
    call json%add('checksum', facts%checksum)
    call json%add('horizon_years', facts%horizon_years)
    call json%close_object()
    call json%open_object('run')
    call json%add('ranks', parallel%nranks)
    call json%add('device', facts%device)
    call json%add('columns', parallel%nglobal)
    call json%add('vegetated_area_km2', monitor%total_area)
    call json%add('dry_run', config%phase_dry_run)
    call json%add('method', trim(config%phase_method))
    call json%add('rollback', config%phase_rollback)
    call json%add('accelerate', trim(config%phase_accelerate))
    call json%add('run_mode', facts%run_mode)
    call json%add('pool_space', facts%pool_space)
    call json%add('start_year', schedule%start_year)
    call json%add('years_integrated', schedule%years_integrated())
    call json%add('steps', schedule%nsteps)
    call json%add('observe_years', config%phase_observe_years)
    call json%add('relax_years', config%phase_relax_years)
    call json%add('cycle_years', config%phase_cycle_years)
    call json%close_object()
    call json%open_object('timing')
    call json%add('plugin_seconds', facts%plugin_seconds)
    call json%add('model_seconds', facts%total_seconds - facts%plugin_seconds)
    call json%open_object('years')
    call json%add_reals('year', facts%year_seconds(1, :))
    call json%add_reals('plugin_seconds', facts%year_seconds(2, :))
    call json%add_reals('model_seconds', facts%year_seconds(3, :))
    call json%close_object()
    call json%close_object()
    call json%open_array('jumps')
    do k = 1, size(jumps)
      call compose_jump(json, jumps(k), jump)
    end do
    call json%close_array()
    call json%open_array('rollbacks')
    do k = 1, size(rollbacks)
      call compose_rollback(json, rollbacks(k), jump)
    end do
    call json%close_array()
    call compose_certificate(json, config, schedule, monitor, cells)
    call json%open_array('years')
    do k = 1, monitor%nhistory
      call compose_year(json, monitor, monitor%history(:, k))
    end do
    call json%close_array()
    if (size(cells%gids) <= cells_max) call compose_cells(json, cells)
    call json%close_object()
  end subroutine compose

  subroutine compose_jump(json, outcome, jump)
    type(phase_json_type), intent(inout) :: json
    type(phase_jump_result_type), intent(in) :: outcome
    type(phase_jump_type), intent(in) :: jump
    integer :: k, tensor

    call json%open_object()
    call json%add('year', outcome%year)
    call json%add('dry_run', outcome%dry_run)
    call json%add('columns', outcome%ncolumns)
    call json%add('columns_jumped', merge(0, outcome%napplied, outcome%dry_run))
    call json%add('columns_accepted', outcome%napplied)
    call json%add('columns_below_trust', outcome%ngated_trust)
    call json%add('columns_out_of_bounds', outcome%ngated_bounds)
    call json%add('columns_not_finite', outcome%ngated_finite)
    call json%add('columns_rolled_back', outcome%nundone)
    call json%add('columns_limited', outcome%nlimited)
    call json%add('columns_accelerated', outcome%naccelerated)
    call json%add('trust_threshold', outcome%trust_threshold)
    call json%add('inference_seconds', outcome%infer_seconds)
    call json%add('total_seconds', outcome%total_seconds)
    call compose_ledger(json, outcome)
    call json%open_array('gated')
    do k = 1, size(outcome%gated, 2)
      associate (record => outcome%gated(:, k))
        tensor = nint(record(6))
        call json%open_object()
        call json%add('gid', nint(record(1)))
        call json%add('lat', record(2))
        call json%add('lon', record(3))
        call json%add('area_km2', record(4))
        call json%add('reason', trim(gate_names(nint(record(5)))))
        call json%add('variable', jump%tensor_name(tensor))
        call json%add('element', nint(record(7)))
        call json%add('value', record(8))
        if (size(outcome%gated_rank) > 0) then
          call json%add('rank', outcome%gated_rank(k))
        else
          call json%add_null('rank')
        end if
        call json%close_object()
      end associate
    end do
    call json%close_array()
    call json%close_object()
  end subroutine compose_jump

  subroutine compose_rollback(json, outcome, jump)
    type(phase_json_type), intent(inout) :: json
    type(phase_jump_result_type), intent(in) :: outcome
    type(phase_jump_type), intent(in) :: jump
    integer :: k

    call json%open_object()
    call json%add('year', outcome%year)
    call json%add('columns_rolled_back', outcome%napplied)
    call compose_ledger(json, outcome)
    call json%open_array('cells')
    do k = 1, size(jump%undo%cells, 2)
      associate (record => jump%undo%cells(:, k))
        if (nint(record(1)) /= outcome%year) cycle
        call json%open_object()
        call json%add('gid', nint(record(3)))
        call json%add('lat', record(4))
        call json%add('lon', record(5))
        call json%add('area_km2', record(6))
        call json%add('jump_year', nint(record(2)))
        call json%add('drift_before', record(7))
        call json%add('drift_after', record(8))
        call json%close_object()
      end associate
    end do
    call json%close_array()
    call json%close_object()
  end subroutine compose_rollback

  subroutine compose_ledger(json, outcome)
    type(phase_json_type), intent(inout) :: json
    type(phase_jump_result_type), intent(in) :: outcome
    integer :: e

    call json%open_object('ledger')
    do e = 1, n_elements
      call json%open_object(element_names(e))
      associate (l => outcome%ledger)
        call json%add('before_Pg', l%before_pg(e))
        call json%add('after_Pg', l%after_pg(e))
        call json%add('change_Pg', l%after_pg(e) - l%before_pg(e))
        call json%add('before_g_m2', l%before_gm2(e))
        call json%add('after_g_m2', l%after_gm2(e))
        call json%add('change_g_m2', l%after_gm2(e) - l%before_gm2(e))
        call json%add('host_rules_g_m2', l%after_gm2(e) - l%written_gm2(e))
        call json%add('max_column_change_g_m2', l%max_change(e))
        call json%add('max_column_change_gid', l%max_change_gid(e))
        call json%add('max_column_error_g_m2', l%max_error(e))
      end associate
      call json%close_object()
    end do
    call json%close_object()
  end subroutine compose_ledger

  subroutine compose_cells(json, cells)
    !! Results of every column, one list a variable, in the order of the global column numbers.
    type(phase_json_type), intent(inout) :: json
    type(phase_cells_type), intent(in) :: cells
    integer :: k

    associate (table => cells%table)
      call json%open_object('cells')
      call json%add_reals('gid', real(cells%gids, r8))
      call json%add_reals('lat', table(cell_lat, :))
      call json%add_reals('lon', table(cell_lon, :))
      call json%add_reals('area_km2', table(cell_area, :))
      call json%add_reals('drift_before', table(cell_before, :))
      call json%add_reals('drift_after', table(cell_after, :))
      call json%add_reals('trust', table(cell_trust, :))
      call json%add_texts('status', [(gate_names(nint(table(cell_status, k))), k=1, size(table, 2))])
      call json%close_object()
    end associate
  end subroutine compose_cells

  subroutine compose_certificate(json, config, schedule, monitor, cells)
    type(phase_json_type), intent(inout) :: json
    type(phase_config_type), intent(in) :: config
    type(phase_schedule_type), intent(in) :: schedule
    type(phase_monitor_type), intent(in) :: monitor
    type(phase_cells_type), intent(in) :: cells
    integer :: v, before, after

    before = latest(monitor, 0, history_share)
    after = merge(latest(monitor, monitor%epoch, history_share), 0, monitor%epoch > 0)
    call json%open_object('certificate')
    call json%add('met', monitor%met)
    call json%add('complete', monitor%complete)
    if (monitor%met_year > 0) then
      call json%add('met_at_year', monitor%met_year)
      call json%add('years_integrated_when_met', monitor%met_year - schedule%start_year)
    else
      call json%add_null('met_at_year')
      call json%add_null('years_integrated_when_met')
    end if
    call json%open_object('area_at_rest')
    call json%add('limit_gC_m2_yr', config%phase_crit_totecosysc)
    call json%add('share_required', config%phase_crit_area)
    call add_entry('share_before', before, history_share)
    call add_entry('share_after', after, history_share)
    call add_met_year(history_share, config%phase_crit_area, .true.)
    call json%close_object()
    call json%open_array('variables')
    do v = 1, monitor%nvar
      call json%open_object()
      call json%add('name', monitor%names(v))
      call json%add('units', units_of(monitor%names(v)))
      call json%add('limit', monitor%limit(v, config))
      call add_drift('before', 0)
      if (monitor%epoch > 0) call add_drift('after', monitor%epoch)
      call json%add('in_criterion', monitor_counts(trim(monitor%names(v))))
      call add_met_year(history_head + monitor%nvar + v, monitor%limit(v, config), .false.)
      call json%close_object()
    end do
    call json%close_array()
    call compose_kept(json, cells)
    call compose_holding(json, cells)
    call json%close_object()

  contains

    subroutine add_met_year(row, limit, at_least)
      !! The first year since which the limit has been met without a break, after the last jump.
      integer, intent(in) :: row
      real(r8), intent(in) :: limit
      logical, intent(in) :: at_least  !! the value has to reach the limit, not to stay within it
      integer :: k, year
      year = 0
      do k = monitor%nhistory, 1, -1
        if (nint(monitor%history(2, k)) /= monitor%epoch) exit
        associate (value => monitor%history(row, k))
          if (value >= phase_unset) exit
          if (at_least .and. .not. value >= limit) exit
          if (.not. at_least .and. .not. abs(value) <= limit) exit
          year = nint(monitor%history(1, k))
        end associate
      end do
      if (limit < phase_unset .and. year > 0) then
        call json%add('met_year', year)
      else
        call json%add_null('met_year')
      end if
    end subroutine add_met_year

    subroutine add_entry(key, k, row)
      character(len=*), intent(in) :: key
      integer, intent(in) :: k, row
      if (k > 0) then
        call json%add(key, monitor%history(row, k))
      else
        call json%add_null(key)
      end if
    end subroutine add_entry

    subroutine add_drift(which, epoch)
      character(len=*), intent(in) :: which
      integer, intent(in) :: epoch
      integer :: k, row
      row = history_head + monitor%nvar + v
      k = latest(monitor, epoch, row)
      call add_entry('drift_'//which, k, row)
      if (k > 0) then
        call json%add('drift_'//which//'_year', nint(monitor%history(1, k)))
        if (monitor%limit(v, config) < phase_unset) call json%add('met_'//which, &
          abs(monitor%history(row, k)) <= monitor%limit(v, config))
      end if
    end subroutine add_drift

  end subroutine compose_certificate

  subroutine compose_kept(json, cells)
    !! Columns that the latest jump left to the model, and their share of the vegetated area.
    type(phase_json_type), intent(inout) :: json
    type(phase_cells_type), intent(in) :: cells
    integer :: code(size(cells%gids)), counts(gate_trust:gate_undone), k
    real(r8) :: area, kept

    area = 0.0_r8
    kept = 0.0_r8
    counts(:) = 0
    code(:) = nint(cells%table(cell_status, :))
    do k = 1, size(code)
      area = area + cells%table(cell_area, k)
      if (code(k) < gate_trust .or. code(k) > gate_undone) cycle
      counts(code(k)) = counts(code(k)) + 1
      kept = kept + cells%table(cell_area, k)
    end do
    call json%open_object('kept_own_state')
    call json%add('columns', sum(counts))
    if (area > 0.0_r8) then
      call json%add('area_share', kept/area)
    else
      call json%add_null('area_share')
    end if
    do k = gate_trust, gate_undone
      call json%add(trim(gate_names(k)), counts(k))
    end do
    call json%close_object()
  end subroutine compose_kept

  subroutine compose_holding(json, cells)
    !! The columns that are not at rest, the largest area times drift first.
    type(phase_json_type), intent(inout) :: json
    type(phase_cells_type), intent(in) :: cells
    integer :: c, k

    call json%add('columns_not_at_rest', cells%nholding)
    call json%open_array('holding_back')
    do k = 1, size(cells%holding)
      c = cells%holding(k)
      call json%open_object()
      call json%add('gid', cells%gids(c))
      call json%add('lat', cells%table(cell_lat, c))
      call json%add('lon', cells%table(cell_lon, c))
      call json%add('area_km2', cells%table(cell_area, c))
      call json%add('drift_gC_m2_yr', cells%table(cell_latest, c))
      if (cells%worst(k) > 0) then
        call json%add('pool', trim(cell_groups(cells%worst(k))))
        call json%add('pool_drift_gC_m2_yr', cells%table(cell_group - 1 + cells%worst(k), c))
      else
        call json%add_null('pool')
        call json%add_null('pool_drift_gC_m2_yr')
      end if
      call json%add('status', trim(gate_names(nint(cells%table(cell_status, c)))))
      call json%close_object()
    end do
    call json%close_array()
  end subroutine compose_holding

  subroutine compose_year(json, monitor, record)
    type(phase_json_type), intent(inout) :: json
    type(phase_monitor_type), intent(in) :: monitor
    real(r8), intent(in) :: record(:)
    real(r8) :: totals(monitor%nvar), drifts(monitor%nvar), share
    integer :: year, epoch, v

    call monitor_columns(record, monitor%nvar, year, epoch, share, totals, drifts)
    call json%open_object()
    call json%add('year', year)
    call json%add('jumps_done', epoch)
    call json%add('share_at_rest', share)
    call json%add('columns_not_finite', nint(record(history_lost)))
    call json%open_object('totals')
    do v = 1, monitor%nvar
      call json%add(trim(monitor%names(v)), totals(v))
    end do
    call json%close_object()
    call json%open_object('drifts')
    do v = 1, monitor%nvar
      call json%add(trim(monitor%names(v)), drifts(v))
    end do
    call json%close_object()
    call json%close_object()
  end subroutine compose_year

  pure integer function latest(monitor, epoch, row) result(k)
    !! Last record of an epoch in which a row is known, 0: none.
    type(phase_monitor_type), intent(in) :: monitor
    integer, intent(in) :: epoch, row
    do k = monitor%nhistory, 1, -1
      if (nint(monitor%history(2, k)) == epoch .and. monitor%history(row, k) < phase_unset) return
    end do
    k = 0
  end function latest

  pure function units_of(name) result(units)
    !! Of a drift in the report.
    character(len=*), intent(in) :: name
    character(len=:), allocatable :: units
    select case (name)
    case ('TLAI')
      units = 'm2/m2/yr'
    case ('TWS', 'H2OSNO')
      units = 'mm/yr'
    case ('GPP')
      units = 'PgC/yr/yr'
    case default
      units = 'Pg'//name(len_trim(name):len_trim(name))//'/yr'
    end select
  end function units_of

end module phase_report_mod

module phase_report_mod
  !! The report: one JSON document, described in docs/report.md, and the same in words for the log.
  !! Written to a temporary name and renamed, so that a reader never sees half a report.
  use phase_config_mod, only: phase_config_type
  use phase_jump_mod, only: phase_jump_result_type
  use phase_json_mod, only: phase_json_type
  use phase_kinds_mod, only: r8, phase_unset
  use phase_monitor_mod, only: phase_monitor_type, monitor_columns, history_head, history_share
  use phase_parallel_mod, only: phase_parallel_type
  use phase_schedule_mod, only: phase_schedule_type
  use phase_stock_mod, only: n_elements, element_names
  implicit none (type, external)
  private

  public :: phase_report_facts_type, phase_report_write, phase_report_log_year, phase_report_log_jump, jump_to_record, &
    jump_from_record

  integer, parameter :: report_format = 1
  integer, parameter, public :: jump_record_size = 7 + 9*n_elements

  type :: phase_report_facts_type
    !! What is known of the run and stays.
    character(len=:), allocatable :: artifact, artifact_name, checksum, device
    real(r8) :: horizon_years = phase_unset
    real(r8) :: plugin_seconds = 0.0_r8  !! slowest rank, this segment of the run
    real(r8) :: total_seconds = 0.0_r8   !! slowest rank, this segment of the run
  end type phase_report_facts_type

  interface
    integer(c_int) function c_rename(old, new) bind(c, name='rename')
      use, intrinsic :: iso_c_binding, only: c_int, c_char
      implicit none (type, external)
      character(kind=c_char), intent(in) :: old(*), new(*)
    end function c_rename
  end interface

contains

  subroutine phase_report_write(config, facts, parallel, schedule, monitor, jumps, path, log_unit)
    !! On rank 0. That it cannot be written is worth a message, not the end of a long run.
    type(phase_config_type), intent(in) :: config
    type(phase_report_facts_type), intent(in) :: facts
    type(phase_parallel_type), intent(in) :: parallel
    type(phase_schedule_type), intent(in) :: schedule
    type(phase_monitor_type), intent(in) :: monitor
    type(phase_jump_result_type), intent(in) :: jumps(:)
    character(len=*), intent(in) :: path
    integer, intent(in) :: log_unit
    type(phase_json_type) :: json
    character(len=256) :: iomsg
    integer :: unit, iostat

    if (.not. parallel%master()) return
    call compose(json, config, facts, parallel, schedule, monitor, jumps)
    iomsg = ' '
    open (newunit=unit, file=path//'.tmp', status='replace', action='write', iostat=iostat, iomsg=iomsg)
    if (iostat == 0) then
      write (unit, '(a)', iostat=iostat, iomsg=iomsg) json%text
      close (unit)
    end if
    if (iostat == 0) then
      iostat = c_rename(path//'.tmp'//achar(0), path//achar(0))
      if (iostat /= 0) iomsg = 'renaming failed'
    end if
    if (iostat /= 0) then
      write (log_unit, '(a)') ' PHASE: the report could not be written to '//path//' ('//trim(iomsg)// &
        '); the run goes on'
    else
      write (log_unit, '(a)') ' PHASE: report written to '//path
    end if
  end subroutine phase_report_write

  subroutine compose(json, config, facts, parallel, schedule, monitor, jumps)
    type(phase_json_type), intent(inout) :: json
    type(phase_config_type), intent(in) :: config
    type(phase_report_facts_type), intent(in) :: facts
    type(phase_parallel_type), intent(in) :: parallel
    type(phase_schedule_type), intent(in) :: schedule
    type(phase_monitor_type), intent(in) :: monitor
    type(phase_jump_result_type), intent(in) :: jumps(:)
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
    call json%close_object()
    call json%open_array('jumps')
    do k = 1, size(jumps)
      call compose_jump(json, jumps(k))
    end do
    call json%close_array()
    call compose_certificate(json, config, schedule, monitor)
    call json%open_array('years')
    do k = 1, monitor%nhistory
      call compose_year(json, monitor, monitor%history(:, k))
    end do
    call json%close_array()
    call json%close_object()
  end subroutine compose

  subroutine compose_jump(json, jump)
    type(phase_json_type), intent(inout) :: json
    type(phase_jump_result_type), intent(in) :: jump
    integer :: e

    call json%open_object()
    call json%add('year', jump%year)
    call json%add('dry_run', jump%dry_run)
    call json%add('columns', jump%ncolumns)
    call json%add('columns_jumped', merge(0, jump%napplied, jump%dry_run))
    call json%add('columns_accepted', jump%napplied)
    call json%add('columns_below_trust', jump%ngated_trust)
    call json%add('columns_out_of_bounds', jump%ngated_bounds)
    call json%add('trust_threshold', jump%trust_threshold)
    call json%add('inference_seconds', jump%infer_seconds)
    call json%add('total_seconds', jump%total_seconds)
    call json%open_object('ledger')
    do e = 1, n_elements
      call json%open_object(element_names(e))
      call json%add('before_Pg', jump%ledger%before_pg(e))
      call json%add('after_Pg', jump%ledger%after_pg(e))
      call json%add('change_Pg', jump%ledger%after_pg(e) - jump%ledger%before_pg(e))
      call json%add('before_g_m2', jump%ledger%before_gm2(e))
      call json%add('after_g_m2', jump%ledger%after_gm2(e))
      call json%add('change_g_m2', jump%ledger%after_gm2(e) - jump%ledger%before_gm2(e))
      call json%add('host_rules_g_m2', jump%ledger%after_gm2(e) - jump%ledger%written_gm2(e))
      call json%add('max_column_change_g_m2', jump%ledger%max_change(e))
      call json%add('max_column_change_gid', jump%ledger%max_change_gid(e))
      call json%add('max_column_error_g_m2', jump%ledger%max_error(e))
      call json%close_object()
    end do
    call json%close_object()
    call json%close_object()
  end subroutine compose_jump

  subroutine compose_certificate(json, config, schedule, monitor)
    type(phase_json_type), intent(inout) :: json
    type(phase_config_type), intent(in) :: config
    type(phase_schedule_type), intent(in) :: schedule
    type(phase_monitor_type), intent(in) :: monitor
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
    call json%close_object()
    call json%open_array('variables')
    do v = 1, monitor%nvar
      call json%open_object()
      call json%add('name', monitor%names(v))
      call json%add('units', units_of(monitor%names(v)))
      call json%add('limit', monitor%limit(v, config))
      call add_drift('before', 0)
      if (monitor%epoch > 0) call add_drift('after', monitor%epoch)
      call json%close_object()
    end do
    call json%close_array()
    call json%close_object()

  contains

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
    case ('GPP')
      units = 'PgC/yr/yr'
    case default
      units = 'Pg'//name(len_trim(name):len_trim(name))//'/yr'
    end select
  end function units_of

  subroutine phase_report_log_year(monitor, config, parallel, log_unit)
    !! One line a year, once a cycle has been seen.
    type(phase_monitor_type), intent(in) :: monitor
    type(phase_config_type), intent(in) :: config
    type(phase_parallel_type), intent(in) :: parallel
    integer, intent(in) :: log_unit
    integer :: v

    if (.not. parallel%master() .or. monitor%nhistory == 0) return
    v = monitor%find('TOTECOSYSC')
    if (v == 0) return
    associate (record => monitor%history(:, monitor%nhistory))
      if (record(history_share) >= phase_unset) return
      write (log_unit, '(a,i5,a,f7.2,a,f7.2,a,es11.3,a,es11.3,a,a)') ' PHASE: year ', nint(record(1)), ', ', &
        100.0_r8*record(history_share), ' % of the area at rest (required ', 100.0_r8*config%phase_crit_area, &
        '), TOTECOSYSC drift ', record(history_head + monitor%nvar + v), ' PgC/yr (limit ', monitor%limit(v, config), ')', &
        merge(': criterion met', '               ', monitor%met)
    end associate
  end subroutine phase_report_log_year

  subroutine phase_report_log_jump(jump, parallel, log_unit)
    type(phase_jump_result_type), intent(in) :: jump
    type(phase_parallel_type), intent(in) :: parallel
    integer, intent(in) :: log_unit
    integer :: e

    if (.not. parallel%master()) return
    write (log_unit, '(a,i0,a,i0,a,i0,a,i0,a,i0,a,f8.2,a)') ' PHASE: '//trim(merge('dry run', 'jump   ', jump%dry_run))// &
      ' at the beginning of year ', jump%year, ': ', jump%napplied, ' of ', jump%ncolumns, ' columns, ', jump%ngated_trust, &
      ' below the trust threshold, ', jump%ngated_bounds, ' out of bounds, ', jump%total_seconds, ' s'
    do e = 1, n_elements
      write (log_unit, '(a,2(es13.5,a),es13.5,a)') ' PHASE:   '//element_names(e), jump%ledger%before_gm2(e), ' -> ', &
        jump%ledger%after_gm2(e), ' g/m2 (area mean), largest error of a column ', jump%ledger%max_error(e), ' g/m2'
    end do
    if (allocated(jump%first_out_of_bounds)) write (log_unit, '(a)') ' PHASE:   '//jump%first_out_of_bounds
  end subroutine phase_report_log_jump

  pure function jump_to_record(jump) result(record)
    !! The figures of a jump as one vector, for the restart; no wall-clock times, which no two runs share.
    type(phase_jump_result_type), intent(in) :: jump
    real(r8) :: record(jump_record_size)
    record(1:6) = real([jump%year, merge(1, 0, jump%dry_run), jump%ncolumns, jump%napplied, jump%ngated_trust, &
      jump%ngated_bounds], r8)
    record(7) = jump%trust_threshold
    associate (l => jump%ledger)
      record(8:) = [l%before_pg, l%written_pg, l%after_pg, l%before_gm2, l%written_gm2, l%after_gm2, l%max_change, &
        real(l%max_change_gid, r8), l%max_error]
    end associate
  end function jump_to_record

  pure subroutine jump_from_record(record, jump)
    real(r8), intent(in) :: record(jump_record_size)
    type(phase_jump_result_type), intent(out) :: jump
    real(r8) :: table(n_elements, 9)
    jump%year = nint(record(1))
    jump%dry_run = record(2) > 0.5_r8
    jump%ncolumns = nint(record(3))
    jump%napplied = nint(record(4))
    jump%ngated_trust = nint(record(5))
    jump%ngated_bounds = nint(record(6))
    jump%trust_threshold = record(7)
    jump%infer_seconds = phase_unset
    jump%total_seconds = phase_unset
    table(:, :) = reshape(record(8:), [n_elements, 9])
    associate (l => jump%ledger)
      l%year = jump%year
      l%before_pg = table(:, 1)
      l%written_pg = table(:, 2)
      l%after_pg = table(:, 3)
      l%before_gm2 = table(:, 4)
      l%written_gm2 = table(:, 5)
      l%after_gm2 = table(:, 6)
      l%max_change = table(:, 7)
      l%max_change_gid = nint(table(:, 8))
      l%max_error = table(:, 9)
    end associate
  end subroutine jump_from_record

end module phase_report_mod

module phase_report_log_mod
  !! The report in words, as the run goes on. All lines are rank 0's.
  use phase_config_mod, only: phase_config_type
  use phase_gate_mod, only: gate_names
  use phase_jump_mod, only: phase_jump_type, phase_jump_result_type
  use phase_kinds_mod, only: r8, phase_unset
  use phase_monitor_mod, only: phase_monitor_type, history_head, history_share, history_lost
  use phase_pack_mod, only: phase_degrees
  use phase_parallel_mod, only: phase_parallel_type
  use phase_status_mod, only: phase_status_type, phase_int_to_text
  use phase_stock_mod, only: n_elements, element_names
  use phase_undo_mod, only: phase_undo_type
  implicit none (type, external)
  private

  public :: phase_report_log_year, phase_report_log_jump, phase_report_log_rollback, phase_report_log_lost

  integer, parameter :: lines_max = 20  !! columns named one by one

contains

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

  subroutine phase_report_log_lost(monitor, lost, parallel, log_unit)
    !! Once when it happens, not every year.
    type(phase_monitor_type), intent(in) :: monitor
    type(phase_status_type), intent(in) :: lost  !! names the first column and its pool
    type(phase_parallel_type), intent(in) :: parallel
    integer, intent(in) :: log_unit

    if (.not. parallel%master()) return
    associate (n => monitor%nhistory)
      if (n > 1) then
        if (monitor%history(history_lost, n) <= monitor%history(history_lost, n - 1)) return
      end if
      write (log_unit, '(a,i0,a)') ' PHASE: ', nint(monitor%history(history_lost, n)), &
        ' column(s) hold pools that are not finite: they count as not at rest and are left out of totals'
      write (log_unit, '(a)') ' PHASE:   '//lost%message
    end associate
  end subroutine phase_report_log_lost

  subroutine phase_report_log_jump(outcome, jump, parallel, log_unit)
    type(phase_jump_result_type), intent(in) :: outcome
    type(phase_jump_type), intent(in) :: jump
    type(phase_parallel_type), intent(in) :: parallel
    integer, intent(in) :: log_unit
    integer :: k

    if (.not. parallel%master()) return
    write (log_unit, '(a,i0,a,i0,a,i0,a,i0,a,i0,a,i0,a,f8.2,a)') &
      ' PHASE: '//trim(merge('dry run', 'jump   ', outcome%dry_run))//' at the beginning of year ', outcome%year, ': ', &
      outcome%napplied, ' of ', outcome%ncolumns, ' columns, ', outcome%ngated_trust, ' below the trust threshold, ', &
      outcome%ngated_bounds, ' out of bounds, ', outcome%ngated_finite, ' not finite, ', outcome%total_seconds, ' s'
    if (outcome%nlimited + outcome%naccelerated > 0) write (log_unit, '(a,i0,a,i0,a)') ' PHASE:   ', outcome%nlimited, &
      ' columns limited in step, ', outcome%naccelerated, ' accelerated'
    call log_ledger(outcome, log_unit)
    do k = 1, min(lines_max, size(outcome%gated, 2))
      write (log_unit, '(a)') ' PHASE:   '//gated_text(outcome%gated(:, k), outcome%gated_rank(k), jump)
    end do
    if (outcome%ngated_bounds + outcome%ngated_finite > lines_max) write (log_unit, '(a)') ' PHASE:   and more'
  end subroutine phase_report_log_jump

  function gated_text(record, rank, jump) result(text)
    !! Which column keeps its own state, and why.
    real(r8), intent(in) :: record(:)  !! gid, lat, lon, area, code, tensor, element, value
    integer, intent(in) :: rank
    type(phase_jump_type), intent(in) :: jump
    character(len=:), allocatable :: text
    character(len=24) :: value
    write (value, '(es13.6)') record(8)
    text = 'rank '//phase_int_to_text(rank)//', column '//phase_int_to_text(nint(record(1)))//' ('// &
      phase_degrees(record(2))//' N, '//phase_degrees(record(3))//' E) keeps its own state: '// &
      trim(gate_names(nint(record(5))))
    if (nint(record(6)) > 0) text = text//', '//jump%tensor_name(nint(record(6)))//' element '// &
      phase_int_to_text(nint(record(7)))//' is '//trim(adjustl(value))
  end function gated_text

  subroutine phase_report_log_rollback(outcome, undo, parallel, log_unit)
    type(phase_jump_result_type), intent(in) :: outcome
    type(phase_undo_type), intent(in) :: undo
    type(phase_parallel_type), intent(in) :: parallel
    integer, intent(in) :: log_unit
    integer :: k, n

    if (.not. parallel%master()) return
    write (log_unit, '(a,i0,a,i0,a,i0,a,i0,a)') ' PHASE: rollback at the beginning of year ', outcome%year, ': ', &
      outcome%napplied, ' of ', outcome%ncolumns, ' columns drift faster than before the jump of year ', undo%jump_year, &
      ' and get back the pools they had'
    call log_ledger(outcome, log_unit)
    n = 0
    do k = 1, size(undo%cells, 2)
      if (nint(undo%cells(1, k)) /= outcome%year) cycle
      n = n + 1
      if (n > lines_max) exit
      write (log_unit, '(a,es11.3,a,es11.3,a)') ' PHASE:   column '//phase_int_to_text(nint(undo%cells(3, k)))//' ('// &
        phase_degrees(undo%cells(4, k))//' N, '//phase_degrees(undo%cells(5, k))//' E): drift ', undo%cells(7, k), ' -> ', &
        undo%cells(8, k), ' gC/m2/yr'
    end do
  end subroutine phase_report_log_rollback

  subroutine log_ledger(outcome, log_unit)
    type(phase_jump_result_type), intent(in) :: outcome
    integer, intent(in) :: log_unit
    integer :: e
    do e = 1, n_elements
      write (log_unit, '(a,2(es13.5,a),es13.5,a)') ' PHASE:   '//element_names(e), outcome%ledger%before_gm2(e), ' -> ', &
        outcome%ledger%after_gm2(e), ' g/m2 (area mean), largest error of a column ', outcome%ledger%max_error(e), ' g/m2'
    end do
  end subroutine log_ledger

end module phase_report_log_mod

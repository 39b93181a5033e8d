module phase_checkpoint_mod
  !! The plugin's content to and from the list of named arrays that a restart carries.
  use phase_accum_mod, only: phase_accum_type
  use phase_gate_mod, only: gate_record_size
  use phase_jump_mod, only: phase_jump_result_type
  use phase_kinds_mod, only: r8, phase_unset
  use phase_monitor_mod, only: history_head
  use phase_plugin_mod, only: phase_spinup_type
  use phase_record_mod, only: jump_to_record, jump_from_record, jump_record_size
  use phase_schedule_mod, only: schedule_state_size
  use phase_state_mod, only: phase_state_type
  use phase_status_mod, only: phase_status_type, phase_raise, phase_forward, PHASE_ERR_STATE
  use phase_undo_mod, only: undo_record_size
  implicit none (type, external)
  private

  public :: phase_checkpoint_save, phase_checkpoint_load

  integer, parameter :: column_rows = 4  !! of the small tables per column

contains

  subroutine phase_checkpoint_save(plugin, date, state)
    !! The step that has just ended has been sampled.
    type(phase_spinup_type), intent(inout) :: plugin
    integer, intent(in) :: date(4)  !! year, month, day, second at which the restarted run goes on
    type(phase_state_type), intent(out) :: state
    integer :: k, n
    real(r8), allocatable :: records(:, :)

    plugin%schedule%saved_date(:) = date
    call put_global('schedule', plugin%schedule%to_state())
    plugin%schedule%saved_date(:) = 0
    call put_sums('', plugin%accum)
    associate (monitor => plugin%monitor)
      n = monitor%cycle_years + 1
      do k = 1, monitor%nvar
        call state%put('ring_'//trim(monitor%names(k)), transpose(monitor%ring(k, :, :)), .true.)
      end do
      call put_global('ring_year', real(reshape(monitor%ring_year, [monitor%nvar*n]), r8))
      call put_global('ring_epoch', real(reshape(monitor%ring_epoch, [monitor%nvar*n]), r8))
      call put_sums('annual_', monitor%annual)
      call state%put('drift_before', reshape(monitor%drift_before, [1, plugin%domain%ncol]), .true.)
      call state%put('drift_after', reshape(monitor%drift_after, [1, plugin%domain%ncol]), .true.)
      call put_global('monitor', real([monitor%epoch, monitor%annual_year, monitor%met_year, merge(1, 0, monitor%met), &
        merge(1, 0, monitor%complete)], r8))
      call state%put('history', monitor%history(:, 1:max(1, monitor%nhistory)), .false.)
    end associate
    call state%put('applied', reshape(merge(1.0_r8, 0.0_r8, plugin%jump%applied), [1, plugin%domain%ncol]), .true.)
    call state%put('trust', reshape(plugin%jump%trust, [1, plugin%domain%ncol]), .true.)
    call put_results('jumps', plugin%jumps)
    call put_results('rollbacks', plugin%rollbacks)
    associate (gate => plugin%jump%gate)
      call put_rows('gate', [real(gate%code, r8), real(gate%tensor, r8), real(gate%element, r8), gate%value])
    end associate
    if (plugin%config%phase_rollback) call put_undo()
    if (plugin%jump%anderson%on) call put_anderson()

  contains

    subroutine put_global(name, values)
      character(len=*), intent(in) :: name
      real(r8), intent(in) :: values(:)
      call state%put(name, reshape(values, [size(values), 1]), .false.)
    end subroutine put_global

    subroutine put_sums(prefix, accum)
      character(len=*), intent(in) :: prefix
      type(phase_accum_type), intent(in) :: accum
      integer :: a
      do a = 1, accum%n
        if (accum%derived(a)) cycle
        call state%put(prefix//'total_'//trim(accum%items(a)%name), accum%sums(a), .true.)
        call put_global(prefix//'weight_'//trim(accum%items(a)%name), accum%items(a)%weight)
      end do
    end subroutine put_sums

    subroutine put_rows(name, rows)
      !! Values per column, one row after the other.
      character(len=*), intent(in) :: name
      real(r8), intent(in) :: rows(:)
      call state%put(name, transpose(reshape(rows, [plugin%domain%ncol, column_rows])), .true.)
    end subroutine put_rows

    subroutine put_results(name, results)
      !! Figures, and the columns told with each: gated columns of result k have k in front.
      character(len=*), intent(in) :: name
      type(phase_jump_result_type), intent(in) :: results(:)
      real(r8), allocatable :: gated(:, :)
      integer :: g, n, r
      allocate (records(jump_record_size, max(1, size(results))), source=0.0_r8)
      n = 0
      do r = 1, size(results)
        records(:, r) = jump_to_record(results(r))
        if (allocated(results(r)%gated)) n = n + size(results(r)%gated, 2)
      end do
      allocate (gated(gate_record_size + 1, max(1, n)), source=0.0_r8)
      n = 0
      do r = 1, size(results)
        if (.not. allocated(results(r)%gated)) cycle
        do g = 1, size(results(r)%gated, 2)
          n = n + 1
          gated(1, n) = real(r, r8)
          gated(2:, n) = results(r)%gated(:, g)
        end do
      end do
      call state%put(name, records, .false.)
      call state%put(name//'_gated', gated, .false.)
      deallocate (records)
    end subroutine put_results

    subroutine put_undo()
      integer :: t
      real(r8), allocatable :: cells(:, :)
      associate (undo => plugin%jump%undo)
        call put_global('undo', [real(undo%jump_year, r8)])
        call put_rows('undo_columns', [merge(1.0_r8, 0.0_r8, undo%armed), undo%before, undo%step, real(undo%times, r8)])
        allocate (cells(undo_record_size, max(1, size(undo%cells, 2))), source=0.0_r8)
        cells(:, 1:size(undo%cells, 2)) = undo%cells
        call state%put('undo_cells', cells, .false.)
        do t = 1, size(undo%pools)
          if (size(undo%pools(t)%values, 1) > 0) call state%put('undo_'//trim(plugin%jump%outputs(t)%name), &
            undo%pools(t)%values, .true.)
        end do
      end associate
    end subroutine put_undo

    subroutine put_anderson()
      integer :: p
      real(r8) :: unused(2*plugin%domain%ncol)
      unused(:) = 0.0_r8
      associate (anderson => plugin%jump%anderson)
        call put_rows('anderson_columns', [real(anderson%npairs, r8), merge(1.0_r8, 0.0_r8, anderson%started), unused])
        call state%put('anderson_last', anderson%last, .true.)
        do p = 1, anderson%npairs_max
          call state%put('anderson_x'//achar(iachar('0') + p), anderson%x(:, :, p), .true.)
          call state%put('anderson_g'//achar(iachar('0') + p), anderson%g(:, :, p), .true.)
        end do
      end associate
    end subroutine put_anderson

  end subroutine phase_checkpoint_save

  subroutine phase_checkpoint_load(plugin, state, status)
    !! Inverse of phase_checkpoint_save; global items are given on every rank.
    type(phase_spinup_type), intent(inout) :: plugin
    type(phase_state_type), intent(in) :: state
    type(phase_status_type), intent(inout), optional :: status
    type(phase_status_type) :: local
    real(r8), allocatable :: table(:, :)
    real(r8) :: figures(5)
    integer :: k, n

    associate (values => plugin%schedule)
      allocate (table(schedule_state_size, 1))
      call state%get_fixed('schedule', table, local)
      if (local%ok()) call values%from_state(table(:, 1))
      deallocate (table)
    end associate
    call load_sums('', plugin%accum)
    associate (monitor => plugin%monitor)
      n = monitor%cycle_years + 1
      allocate (table(n, plugin%domain%ncol))
      do k = 1, monitor%nvar
        call state%get_fixed('ring_'//trim(monitor%names(k)), table, local)
        monitor%ring(k, :, :) = transpose(table)
      end do
      deallocate (table)
      allocate (table(monitor%nvar*n, 1), source=0.0_r8)
      call state%get_fixed('ring_year', table, local)
      monitor%ring_year(:, :) = reshape(nint(table(:, 1)), [monitor%nvar, n])
      call state%get_fixed('ring_epoch', table, local)
      monitor%ring_epoch(:, :) = reshape(nint(table(:, 1)), [monitor%nvar, n])
      deallocate (table)
      call load_sums('annual_', monitor%annual)
      call load_column('drift_before', monitor%drift_before)
      call load_column('drift_after', monitor%drift_after)
      allocate (table(size(figures), 1), source=0.0_r8)
      call state%get_fixed('monitor', table, local)
      figures(:) = table(:, 1)
      monitor%epoch = nint(figures(1))
      monitor%annual_year = nint(figures(2))
      monitor%met_year = nint(figures(3))
      monitor%met = figures(4) > 0.5_r8
      monitor%complete = figures(5) > 0.5_r8
      call state%get('history', table, local)
      if (local%ok() .and. plugin%parallel%master()) then
        monitor%nhistory = size(table, 2)
        if (table(1, 1) >= phase_unset) monitor%nhistory = 0
        deallocate (monitor%history)
        allocate (monitor%history(history_head + 2*monitor%nvar, max(64, size(table, 2))), source=phase_unset)
        monitor%history(:, 1:size(table, 2)) = table
      end if
      if (allocated(table)) deallocate (table)
    end associate
    allocate (table(1, plugin%domain%ncol), source=0.0_r8)
    call state%get_fixed('applied', table, local)
    plugin%jump%applied(:) = table(1, :) > 0.5_r8
    call load_column('trust', plugin%jump%trust)
    deallocate (table)
    call load_results('jumps', plugin%jumps)
    call load_results('rollbacks', plugin%rollbacks)
    allocate (table(column_rows, plugin%domain%ncol), source=0.0_r8)
    call state%get_fixed('gate', table, local)
    associate (gate => plugin%jump%gate)
      gate%code(:) = nint(table(1, :))
      gate%tensor(:) = nint(table(2, :))
      gate%element(:) = nint(table(3, :))
      gate%value(:) = table(4, :)
    end associate
    if (plugin%config%phase_rollback) call load_undo()
    if (plugin%jump%anderson%on) call load_anderson()
    call plugin%parallel%agree(local)
    call phase_forward(status, local)

  contains

    subroutine load_sums(prefix, accum)
      character(len=*), intent(in) :: prefix
      type(phase_accum_type), intent(inout) :: accum
      real(r8), allocatable :: sums(:, :), weight(:, :)
      integer :: a, extents(2)
      do a = 1, accum%n
        if (accum%derived(a)) cycle
        associate (item => accum%items(a))
          allocate (weight(size(item%weight), 1), source=0.0_r8)
          call state%get_fixed(prefix//'weight_'//trim(item%name), weight, local)
          item%weight(:) = weight(:, 1)
          extents = accum%sums_shape(a)
          allocate (sums(extents(1), extents(2)), source=0.0_r8)
          call state%get_fixed(prefix//'total_'//trim(item%name), sums, local)
          call accum%set_sums(a, sums)
          deallocate (weight, sums)
        end associate
      end do
    end subroutine load_sums

    subroutine load_results(name, results)
      character(len=*), intent(in) :: name
      type(phase_jump_result_type), allocatable, intent(inout) :: results(:)
      real(r8), allocatable :: records(:, :), gated(:, :)
      integer :: c, r
      call state%get(name, records, local)
      call state%get(name//'_gated', gated, local)
      if (local%ok() .and. (size(records, 1) /= jump_record_size .or. size(gated, 1) /= gate_record_size + 1)) &
        call phase_raise(local, PHASE_ERR_STATE, 'phase_checkpoint', 'restart state '//name// &
        ' was written by another version of the plugin; observe anew with phase_restart_file = none')
      if (local%error()) return
      deallocate (results)
      allocate (results(count(records(1, :) > 0.5_r8)))
      do r = 1, size(results)
        call jump_from_record(records(:, r), results(r))
        results(r)%gated = gated(2:, pack([(c, c=1, size(gated, 2))], nint(gated(1, :)) == r))
      end do
    end subroutine load_results

    subroutine load_undo()
      real(r8) :: columns(column_rows, plugin%domain%ncol), year(1, 1)
      real(r8), allocatable :: cells(:, :)
      integer :: c, t
      year(:, :) = 0.0_r8
      columns(:, :) = 0.0_r8
      associate (undo => plugin%jump%undo)
        call state%get_fixed('undo', year, local)
        undo%jump_year = nint(year(1, 1))
        call state%get_fixed('undo_columns', columns, local)
        undo%armed(:) = columns(1, :) > 0.5_r8
        undo%before(:) = columns(2, :)
        undo%step(:) = columns(3, :)
        undo%times(:) = nint(columns(4, :))
        call state%get('undo_cells', cells, local)
        if (local%ok() .and. plugin%parallel%master()) undo%cells = cells(:, pack([(c, c=1, size(cells, 2))], &
          cells(1, :) > 0.5_r8))
        do t = 1, size(undo%pools)
          if (size(undo%pools(t)%values, 1) > 0) call state%get_fixed('undo_'//trim(plugin%jump%outputs(t)%name), &
            undo%pools(t)%values, local)
        end do
      end associate
    end subroutine load_undo

    subroutine load_anderson()
      real(r8) :: columns(column_rows, plugin%domain%ncol)
      integer :: p
      columns(:, :) = 0.0_r8
      associate (anderson => plugin%jump%anderson)
        call state%get_fixed('anderson_columns', columns, local)
        anderson%npairs(:) = nint(columns(1, :))
        anderson%started(:) = columns(2, :) > 0.5_r8
        call state%get_fixed('anderson_last', anderson%last, local)
        do p = 1, anderson%npairs_max
          call state%get_fixed('anderson_x'//achar(iachar('0') + p), anderson%x(:, :, p), local)
          call state%get_fixed('anderson_g'//achar(iachar('0') + p), anderson%g(:, :, p), local)
        end do
      end associate
    end subroutine load_anderson

    subroutine load_column(name, values)
      character(len=*), intent(in) :: name
      real(r8), intent(inout) :: values(:)
      real(r8) :: row(1, size(values))
      row(:, :) = 0.0_r8
      call state%get_fixed(name, row, local)
      values(:) = row(1, :)
    end subroutine load_column

  end subroutine phase_checkpoint_load

end module phase_checkpoint_mod

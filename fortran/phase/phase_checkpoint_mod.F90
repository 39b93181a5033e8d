module phase_checkpoint_mod
  !! The plugin's content to and from the list of named arrays that a restart carries.
  use phase_kinds_mod, only: r8, phase_unset
  use phase_monitor_mod, only: history_head
  use phase_plugin_mod, only: phase_spinup_type
  use phase_report_mod, only: jump_to_record, jump_from_record, jump_record_size
  use phase_schedule_mod, only: schedule_state_size
  use phase_state_mod, only: phase_state_type
  use phase_status_mod, only: phase_status_type, phase_forward
  implicit none (type, external)
  private

  public :: phase_checkpoint_save, phase_checkpoint_load

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
    do k = 1, plugin%accum%n
      associate (item => plugin%accum%items(k))
        if (item%on_patch) then
          call state%put('total_'//trim(item%name), item%total, .true.)
        else
          call state%put('total_'//trim(item%name), transpose(item%total), .true.)
        end if
        call put_global('weight_'//trim(item%name), item%weight)
      end associate
    end do
    associate (monitor => plugin%monitor)
      n = monitor%cycle_years + 1
      do k = 1, monitor%nvar
        call state%put('ring_'//trim(monitor%names(k)), transpose(monitor%ring(k, :, :)), .true.)
      end do
      call put_global('ring_year', real(reshape(monitor%ring_year, [monitor%nvar*n]), r8))
      call put_global('ring_epoch', real(reshape(monitor%ring_epoch, [monitor%nvar*n]), r8))
      call state%put('annual', monitor%annual, .true.)
      call state%put('drift_before', reshape(monitor%drift_before, [1, plugin%domain%ncol]), .true.)
      call state%put('drift_after', reshape(monitor%drift_after, [1, plugin%domain%ncol]), .true.)
      call put_global('monitor', [real([monitor%epoch, monitor%annual_year, monitor%met_year, merge(1, 0, monitor%met), &
        merge(1, 0, monitor%complete)], r8), monitor%annual_weight])
      call state%put('history', monitor%history(:, 1:max(1, monitor%nhistory)), .false.)
    end associate
    call state%put('applied', reshape(merge(1.0_r8, 0.0_r8, plugin%jump%applied), [1, plugin%domain%ncol]), .true.)
    call state%put('trust', reshape(plugin%jump%trust, [1, plugin%domain%ncol]), .true.)
    allocate (records(jump_record_size, max(1, size(plugin%jumps))), source=0.0_r8)
    do k = 1, size(plugin%jumps)
      records(:, k) = jump_to_record(plugin%jumps(k))
    end do
    call state%put('jumps', records, .false.)

  contains

    subroutine put_global(name, values)
      character(len=*), intent(in) :: name
      real(r8), intent(in) :: values(:)
      call state%put(name, reshape(values, [size(values), 1]), .false.)
    end subroutine put_global

  end subroutine phase_checkpoint_save

  subroutine phase_checkpoint_load(plugin, state, status)
    !! Inverse of phase_checkpoint_save; global items are given on every rank.
    type(phase_spinup_type), intent(inout) :: plugin
    type(phase_state_type), intent(in) :: state
    type(phase_status_type), intent(inout), optional :: status
    type(phase_status_type) :: local
    real(r8), allocatable :: table(:, :)
    real(r8) :: figures(6)
    integer :: k, n

    associate (values => plugin%schedule)
      allocate (table(schedule_state_size, 1))
      call state%get_fixed('schedule', table, local)
      if (local%ok()) call values%from_state(table(:, 1))
      deallocate (table)
    end associate
    do k = 1, plugin%accum%n
      call load_accumulator(k)
    end do
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
      call state%get_fixed('annual', monitor%annual, local)
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
      monitor%annual_weight = figures(6)
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
    call state%get('jumps', table, local)
    if (local%ok()) then
      n = count(table(1, :) > 0.5_r8)
      deallocate (plugin%jumps)
      allocate (plugin%jumps(n))
      do k = 1, n
        call jump_from_record(table(:, k), plugin%jumps(k))
      end do
    end if
    call plugin%parallel%agree(local)
    call phase_forward(status, local)

  contains

    subroutine load_accumulator(k)
      integer, intent(in) :: k
      real(r8), allocatable :: flipped(:, :), weight(:, :)
      associate (item => plugin%accum%items(k))
        allocate (weight(size(item%weight), 1), source=0.0_r8)
        call state%get_fixed('weight_'//trim(item%name), weight, local)
        item%weight(:) = weight(:, 1)
        if (item%on_patch) then
          call state%get_fixed('total_'//trim(item%name), item%total, local)
        else
          allocate (flipped(size(item%total, 2), size(item%total, 1)), source=0.0_r8)
          call state%get_fixed('total_'//trim(item%name), flipped, local)
          item%total(:, :) = transpose(flipped)
        end if
      end associate
    end subroutine load_accumulator

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

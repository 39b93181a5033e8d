module phase_cells_mod
  !! Results per column: for the host's own output, and gathered for the report with the list of
  !! columns that hold the certificate back.
  use phase_config_mod, only: phase_config_type
  use phase_domain_mod, only: phase_domain_type
  use phase_finite_mod, only: is_finite
  use phase_jump_mod, only: phase_jump_type
  use phase_kinds_mod, only: r8, phase_text_len, phase_unset
  use phase_monitor_mod, only: phase_monitor_type
  use phase_parallel_mod, only: phase_parallel_type
  implicit none (type, external)
  private

  public :: phase_cells_type, cells_table

  !> parts of TOTECOSYSC that can hold a column back
  character(len=8), parameter, public :: cell_groups(*) = ['TOTVEGC ', 'TOTLITC ', 'CWDC    ', 'TOTSOMC ']
  integer, parameter :: ngroups = size(cell_groups)
  integer, parameter, public :: holding_max = 50   !! columns listed
  !> rows of the table
  integer, parameter, public :: cell_lat = 1, cell_lon = 2, cell_area = 3, cell_before = 4, cell_after = 5, cell_trust = 6, &
    cell_status = 7, cell_undone = 8, cell_jumped = 9, cell_latest = 10, cell_group = 11
  integer, parameter, public :: ncells_rows = cell_group - 1 + ngroups
  character(len=phase_text_len), parameter, public :: cell_names(ncells_rows) = [character(len=phase_text_len) :: 'lat', 'lon', &
    'area_weight', 'drift_before', 'drift_after', 'trust', 'status', 'rolled_back', 'jumped', 'drift', &
    'drift_TOTVEGC', 'drift_TOTLITC', 'drift_CWDC', 'drift_TOTSOMC']
  character(len=phase_text_len), parameter, public :: cell_units(ncells_rows) = [character(len=phase_text_len) :: 'degrees_north', &
    'degrees_east', 'km2', 'gC/m2/yr', 'gC/m2/yr', '1', '1', '1', '1', 'gC/m2/yr', 'gC/m2/yr', 'gC/m2/yr', 'gC/m2/yr', 'gC/m2/yr']
  character(len=phase_text_len), parameter, public :: cell_long_names(ncells_rows) = [character(len=phase_text_len) :: 'latitude', &
    'longitude', 'vegetated land area the column stands for, 0 without vegetation', &
    'drift of TOTECOSYSC over the last cycle before the first jump', &
    'drift of TOTECOSYSC over the latest cycle after the last jump', &
    'trust of the surrogate at the latest jump', &
    'latest jump: 0 jumped, 1 below_trust, 2 out_of_bounds, 3-5 not finite or negative, 6 rolled_back, 7 no_jump_yet', &
    'jumps taken back', '1 where the latest jump was written', 'drift of TOTECOSYSC over the latest cycle', &
    'drift of TOTVEGC over the latest cycle', 'drift of TOTLITC over the latest cycle', &
    'drift of CWDC over the latest cycle', 'drift of TOTSOMC over the latest cycle']

  type :: phase_cells_type
    !! On rank 0.
    real(r8), allocatable :: table(:, :)    !! (row, nglobal) by global id
    integer, allocatable :: gids(:)         !! (nglobal)
    integer, allocatable :: holding(:)      !! columns not at rest, the largest area times drift first, bounded
    integer, allocatable :: worst(:)        !! (size of holding) which of cell_groups drifts most, 0: none known
    integer :: nholding = 0                 !! all columns not at rest
  contains
    procedure :: collect => cells_collect
  end type phase_cells_type

contains

  function cells_table(domain, monitor, jump, dry_run) result(table)
    !! Results of this rank's columns; phase_unset where nothing is known.
    type(phase_domain_type), intent(in) :: domain
    type(phase_monitor_type), intent(in) :: monitor
    type(phase_jump_type), intent(in) :: jump
    logical, intent(in) :: dry_run
    real(r8) :: table(ncells_rows, domain%ncol)
    integer :: k, v

    table(:, :) = phase_unset
    table(cell_lat, :) = domain%lat
    table(cell_lon, :) = domain%lon
    table(cell_area, :) = merge(domain%area_weight, 0.0_r8, domain%vegetated)
    table(cell_before, :) = monitor%drift_before
    table(cell_after, :) = monitor%drift_after
    table(cell_trust, :) = jump%trust
    table(cell_status, :) = real(jump%gate%code, r8)
    table(cell_undone, :) = 0.0_r8
    if (allocated(jump%undo%times)) table(cell_undone, :) = real(jump%undo%times, r8)
    table(cell_jumped, :) = merge(1.0_r8, 0.0_r8, jump%applied .and. .not. dry_run)
    v = monitor%find('TOTECOSYSC')
    if (v > 0) table(cell_latest, :) = monitor%drift(v, :)
    do k = 1, ngroups
      v = monitor%find(trim(cell_groups(k)))
      if (v > 0) table(cell_group - 1 + k, :) = monitor%drift(v, :)
    end do
  end function cells_table

  subroutine cells_collect(self, domain, monitor, jump, config, parallel)
    !! Collective.
    class(phase_cells_type), intent(inout) :: self
    type(phase_domain_type), intent(in) :: domain
    type(phase_monitor_type), intent(in) :: monitor
    type(phase_jump_type), intent(in) :: jump
    type(phase_config_type), intent(in) :: config
    type(phase_parallel_type), intent(in) :: parallel
    real(r8), allocatable :: excess(:)
    integer :: c, k, n

    call parallel%gather(cells_table(domain, monitor, jump, config%phase_dry_run), self%table)
    self%gids = parallel%gids
    allocate (excess(size(self%table, 2)), source=0.0_r8)
    do c = 1, size(excess)
      associate (drift => self%table(cell_latest, c), area => self%table(cell_area, c))
        if (.not. is_finite(drift)) then
          excess(c) = area*1.0e30_r8
        else if (drift < phase_unset .and. abs(drift) > config%phase_crit_totecosysc) then
          excess(c) = area*abs(drift)
        end if
      end associate
    end do
    self%nholding = count(excess > 0.0_r8)
    n = min(self%nholding, holding_max)
    allocate (self%holding(n), self%worst(n), source=0)
    do k = 1, n
      c = maxloc(excess, dim=1)
      excess(c) = 0.0_r8
      self%holding(k) = c
      associate (groups => self%table(cell_group:, c))
        if (.not. all(is_finite(groups))) cycle
        if (any(groups >= phase_unset)) cycle
        self%worst(k) = maxloc(abs(groups), dim=1)
      end associate
    end do
  end subroutine cells_collect

end module phase_cells_mod

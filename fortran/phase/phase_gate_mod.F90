module phase_gate_mod
  !! Which columns a jump is written to, and why the others keep the model's own state.
  use phase_domain_mod, only: phase_domain_type
  use phase_kinds_mod, only: r8
  use phase_parallel_mod, only: phase_parallel_type
  implicit none (type, external)
  private

  public :: phase_gate_type

  integer, parameter, public :: gate_open = 0             !! written
  integer, parameter, public :: gate_trust = 1            !! the artifact trusts its prediction too little
  integer, parameter, public :: gate_bounds = 2           !! a prediction is out of its bounds
  integer, parameter, public :: gate_input = 3            !! what the artifact would read is not finite
  integer, parameter, public :: gate_negative = 4         !! a pool is negative beyond round-off
  integer, parameter, public :: gate_output = 5           !! a prediction is not finite
  integer, parameter, public :: gate_undone = 6           !! its last jump has just been rolled back
  integer, parameter, public :: gate_never = 7            !! no jump so far
  character(len=20), parameter, public :: gate_names(0:7) = [character(len=20) :: 'jumped', 'below_trust', &
    'out_of_bounds', 'input_not_finite', 'input_negative', 'output_not_finite', 'rolled_back', 'no_jump_yet']
  !> reasons that are told column by column; trust is counted only
  integer, parameter :: told(*) = [gate_bounds, gate_input, gate_negative, gate_output]

  integer, parameter, public :: gate_record_size = 8  !! gid, lat, lon, area, code, tensor, element, value
  integer, parameter, public :: gate_list_max = 50    !! columns told of one jump

  type :: phase_gate_type
    integer, allocatable :: code(:)     !! (ncol)
    integer, allocatable :: tensor(:)   !! (ncol) which input, or number of inputs + which output
    integer, allocatable :: element(:)  !! (ncol) layer, PFT slot or month of it
    real(r8), allocatable :: value(:)   !! (ncol) what it was
  contains
    procedure :: init => gate_init
    procedure :: open_all => gate_open_all
    procedure :: close => gate_close
    procedure :: is_open => gate_is_open
    procedure :: list => gate_list
  end type phase_gate_type

contains

  subroutine gate_init(self, ncol)
    class(phase_gate_type), intent(inout) :: self
    integer, intent(in) :: ncol
    allocate (self%code(ncol), source=gate_never)
    allocate (self%tensor(ncol), self%element(ncol), source=0)
    allocate (self%value(ncol), source=0.0_r8)
  end subroutine gate_init

  subroutine gate_open_all(self)
    class(phase_gate_type), intent(inout) :: self
    self%code(:) = gate_open
    self%tensor(:) = 0
    self%element(:) = 0
    self%value(:) = 0.0_r8
  end subroutine gate_open_all

  pure subroutine gate_close(self, i, code, tensor, element, value)
    !! The first reason stays.
    class(phase_gate_type), intent(inout) :: self
    integer, intent(in) :: i     !! column of this rank
    integer, intent(in) :: code  !! one of gate_*
    integer, intent(in), optional :: tensor, element
    real(r8), intent(in), optional :: value
    if (self%code(i) /= gate_open) return
    self%code(i) = code
    if (present(tensor)) self%tensor(i) = tensor
    if (present(element)) self%element(i) = element
    if (present(value)) self%value(i) = value
  end subroutine gate_close

  pure logical function gate_is_open(self, i)
    class(phase_gate_type), intent(in) :: self
    integer, intent(in) :: i
    gate_is_open = self%code(i) == gate_open
  end function gate_is_open

  subroutine gate_list(self, domain, parallel, records, ranks)
    !! Collective. On rank 0 the columns that were closed for a reason worth telling, by global id, bounded.
    class(phase_gate_type), intent(in) :: self
    type(phase_domain_type), intent(in) :: domain
    type(phase_parallel_type), intent(in) :: parallel
    real(r8), intent(out), allocatable :: records(:, :)  !! (gate_record_size, n)
    integer, intent(out), allocatable :: ranks(:)        !! (n) which rank had the column
    real(r8) :: local(gate_record_size, domain%ncol)
    real(r8), allocatable :: global(:, :)
    integer :: c, n

    local(1, :) = real(parallel%rank, r8)
    local(2, :) = domain%lat
    local(3, :) = domain%lon
    local(4, :) = merge(domain%area_weight, 0.0_r8, domain%vegetated)
    local(5, :) = real(self%code, r8)
    local(6, :) = real(self%tensor, r8)
    local(7, :) = real(self%element, r8)
    local(8, :) = self%value
    call parallel%gather(local, global)
    allocate (records(gate_record_size, gate_list_max), ranks(gate_list_max))
    n = 0
    do c = 1, size(global, 2)
      if (n == gate_list_max) exit
      if (.not. any(told == nint(global(5, c)))) cycle
      n = n + 1
      records(:, n) = global(:, c)
      records(1, n) = real(parallel%gids(c), r8)
      ranks(n) = nint(global(1, c))
    end do
    records = records(:, 1:n)
    ranks = ranks(1:n)
  end subroutine gate_list

end module phase_gate_mod

module phase_infer_mod
  !! What the artifact reads and what it says: buffers that exist only during a jump, filled from the
  !! host and the accumulators, run through the bridge for those columns that may go in.
  use phase_accum_mod, only: phase_accum_type
  use phase_bridge_mod, only: phase_model_type, PHASE_INPUT, PHASE_OUTPUT
  use phase_domain_mod, only: phase_domain_type
  use phase_fields_mod, only: phase_fields_type
  use phase_finite_mod, only: is_finite
  use phase_gate_mod, only: phase_gate_type, gate_input, gate_negative, gate_output
  use phase_kinds_mod, only: r8, phase_name_len, phase_unset
  use phase_pack_mod, only: phase_pack, phase_pack_pft
  use phase_status_mod, only: phase_status_type, phase_raise, phase_forward, phase_int_to_text, PHASE_ERR_NAN_INPUT, &
    PHASE_ERR_NAN_OUTPUT
  implicit none (type, external)
  private

  public :: tensor_buffer_type, gather_inputs, close_bad_inputs, run_artifact, pack_input

  !> pools that a model's round-off has turned negative are still usable (gX/m2 or gX/m3)
  real(r8), parameter :: roundoff = -1.0e-6_r8

  type :: tensor_buffer_type
    character(len=phase_name_len) :: name = ' '
    character(len=16) :: sample = ' '
    character(len=16) :: role = ' '
    integer :: field = 0              !! position in the registry, 0: not a host variable
    integer :: accumulator = 0        !! position among the accumulators, 0: taken from the host now
    integer :: nfeature = 1
    logical :: parameter = .false.    !! a table per PFT, without columns
    logical :: pool = .false.         !! a state that may not be negative
    logical :: nonfinite_ok = .false. !! the artifact deals with missing values itself
    real(r8) :: control = 0.0_r8      !! what an input of sample control is told
    real(r8) :: lower = -phase_unset  !! bounds of a prediction, in the unit of the variable
    real(r8) :: upper = phase_unset
    real(r8), allocatable :: values(:, :)  !! (nfeature, ncol)
    real(r8), allocatable :: before(:, :)  !! (nfeature, ncol) what an output's pool holds before the jump
    real(r8), allocatable :: table(:)      !! (npft) of a parameter table
  end type tensor_buffer_type

contains

  subroutine pack_input(input, fields, domain, accum, buffer, status)
    !! What the surrogate sees of a per-column input at this moment.
    type(tensor_buffer_type), intent(in) :: input
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    type(phase_accum_type), intent(in) :: accum
    real(r8), intent(out) :: buffer(:, :) !! (nfeature, ncol)
    type(phase_status_type), intent(inout), optional :: status
    if (input%sample == 'control') then
      buffer(:, :) = input%control
    else if (input%accumulator > 0) then
      call accum%pack(input%accumulator, buffer, status)
    else
      call phase_pack(fields%list(input%field), domain, buffer)
    end if
  end subroutine pack_input

  subroutine gather_inputs(inputs, fields, domain, accum, status)
    type(tensor_buffer_type), intent(inout) :: inputs(:)
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    type(phase_accum_type), intent(in) :: accum
    type(phase_status_type), intent(inout) :: status
    integer :: k

    do k = 1, size(inputs)
      if (inputs(k)%parameter) then
        allocate (inputs(k)%table(domain%npft))
        call phase_pack_pft(fields%list(inputs(k)%field), domain, inputs(k)%table)
        if (.not. all(is_finite(inputs(k)%table))) call phase_raise(status, PHASE_ERR_NAN_INPUT, 'phase_jump', &
          'parameter '//trim(inputs(k)%name)//' is not finite for PFT '// &
          phase_int_to_text(findloc(is_finite(inputs(k)%table), .false., dim=1) - 1))
      else
        allocate (inputs(k)%values(inputs(k)%nfeature, domain%ncol))
        call pack_input(inputs(k), fields, domain, accum, inputs(k)%values, status)
      end if
    end do
  end subroutine gather_inputs

  subroutine close_bad_inputs(inputs, gate)
    !! One column's bad value costs that column its jump, and nobody else theirs.
    type(tensor_buffer_type), intent(in) :: inputs(:)
    type(phase_gate_type), intent(inout) :: gate
    integer :: i, j, k

    do k = 1, size(inputs)
      if (.not. allocated(inputs(k)%values)) cycle
      associate (values => inputs(k)%values)
        do i = 1, size(values, 2)
          do j = 1, size(values, 1)
            if (.not. is_finite(values(j, i))) then
              if (inputs(k)%nonfinite_ok) cycle
              call gate%close(i, gate_input, k, j, values(j, i))
            else if (inputs(k)%pool .and. values(j, i) < roundoff) then
              call gate%close(i, gate_negative, k, j, values(j, i))
            end if
          end do
        end do
      end associate
    end do
  end subroutine close_bad_inputs

  subroutine run_artifact(inputs, outputs, model, chunk, gate, status)
    !! Predictions of all open columns; those of the others are zero. A column whose prediction is not finite is closed.
    type(tensor_buffer_type), intent(inout), target :: inputs(:), outputs(:)
    type(phase_model_type), intent(inout) :: model
    integer, intent(in) :: chunk  !! columns per call
    type(phase_gate_type), intent(inout) :: gate
    type(phase_status_type), intent(inout) :: status
    type(phase_status_type) :: local
    integer, allocatable :: columns(:)
    integer :: i, k, n

    columns = pack([(i, i=1, size(gate%code))], [(gate%is_open(i), i=1, size(gate%code))])
    n = size(columns)
    if (n < size(gate%code)) then
      do k = 1, size(inputs)
        if (allocated(inputs(k)%values)) inputs(k)%values = inputs(k)%values(:, columns)
      end do
    end if
    do k = 1, size(outputs)
      allocate (outputs(k)%values(outputs(k)%nfeature, n), source=0.0_r8)
    end do
    call bind(1, n)
    if (local%ok()) call model%run(n, chunk, local)
    if (local%code == PHASE_ERR_NAN_OUTPUT) call one_by_one()
    call phase_forward(status, local)
    if (n < size(gate%code)) then
      do k = 1, size(outputs)
        outputs(k)%values = spread_out(outputs(k)%values)
      end do
    end if

  contains

    subroutine bind(first, last)
      !! A section of the columns, in place.
      integer, intent(in) :: first, last
      integer :: t
      do t = 1, size(inputs)
        if (inputs(t)%parameter) then
          call model%bind(PHASE_INPUT, trim(inputs(t)%name), inputs(t)%table, local)
        else
          call model%bind(PHASE_INPUT, trim(inputs(t)%name), inputs(t)%values(:, first:last), local)
        end if
      end do
      do t = 1, size(outputs)
        call model%bind(PHASE_OUTPUT, trim(outputs(t)%name), outputs(t)%values(:, first:last), local)
      end do
    end subroutine bind

    subroutine one_by_one()
      !! The bridge refuses a whole chunk; find out which columns are to blame.
      integer :: c, j, t
      do c = 1, n
        call local%clear()
        call bind(c, c)
        if (local%ok()) call model%run(1, 1, local)
        if (local%ok()) cycle
        if (local%code /= PHASE_ERR_NAN_OUTPUT) return
        call local%clear()
        do t = 1, size(outputs)
          associate (found => outputs(t)%values(:, c))
            j = findloc(is_finite(found), .false., dim=1)
            if (j > 0) call gate%close(columns(c), gate_output, size(inputs) + t, j, found(j))
            if (.not. all(is_finite(found))) outputs(t)%values(:, c) = 0.0_r8
          end associate
        end do
        ! the check may stop before the values arrive
        call gate%close(columns(c), gate_output)
      end do
    end subroutine one_by_one

    pure function spread_out(narrow) result(wide)
      real(r8), intent(in) :: narrow(:, :) !! (nfeature, n)
      real(r8) :: wide(size(narrow, 1), size(gate%code))
      wide(:, :) = 0.0_r8
      wide(:, columns) = narrow
    end function spread_out

  end subroutine run_artifact

end module phase_infer_mod

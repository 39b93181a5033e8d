module phase_jump_mod
  !! The jump: gather, infer, check, gate, scatter. Nothing is written before every rank has
  !! finished its checks without an error, so a failed jump leaves the host as it was.
  use, intrinsic :: ieee_arithmetic, only: ieee_is_finite
  use mpi, only: MPI_WTIME
  use phase_accum_mod, only: phase_accum_type
  use phase_bridge_mod, only: phase_model_type, phase_tensor_type, PHASE_INPUT, PHASE_OUTPUT
  use phase_check_mod, only: phase_meta_real
  use phase_config_mod, only: phase_config_type
  use phase_domain_mod, only: phase_domain_type
  use phase_fields_mod, only: phase_fields_type
  use phase_kinds_mod, only: r8, phase_name_len, phase_unset
  use phase_ledger_mod, only: phase_ledger_type
  use phase_pack_mod, only: phase_pack, phase_pack_pft, phase_unpack, phase_check_finite, phase_degrees
  use phase_parallel_mod, only: phase_parallel_type
  use phase_status_mod, only: phase_status_type, phase_raise, phase_forward, phase_int_to_text, PHASE_ERR_NAN_INPUT, &
    PHASE_ERR_RUNTIME
  use phase_stock_mod, only: phase_stocks_type, phase_column_total
  implicit none (type, external)
  private

  public :: phase_jump_type, phase_jump_result_type, phase_rules_type

  type, abstract :: phase_rules_type
    !! What only the host knows: states that follow from others.
  contains
    procedure(rules_before), deferred :: before_jump
    procedure(rules_after), deferred :: after_jump
  end type phase_rules_type

  abstract interface
    subroutine rules_before(self, applied)
      !! Remember what after_jump needs of the old state.
      import :: phase_rules_type
      implicit none (type, external)
      class(phase_rules_type), intent(inout) :: self
      logical, intent(in) :: applied(:) !! (ncol) columns that will be written
    end subroutine rules_before
    subroutine rules_after(self, applied)
      !! Make the host's dependent states agree with the written ones.
      import :: phase_rules_type
      implicit none (type, external)
      class(phase_rules_type), intent(inout) :: self
      logical, intent(in) :: applied(:) !! (ncol) columns that were written
    end subroutine rules_after
  end interface

  type :: tensor_buffer_type
    character(len=phase_name_len) :: name = ' '
    character(len=16) :: sample = ' '
    character(len=16) :: role = ' '
    integer :: field = 0              !! position in the registry, 0: not a host variable
    integer :: accumulator = 0        !! position among the accumulators, 0: taken from the host now
    integer :: nfeature = 1
    real(r8) :: control = 0.0_r8      !! what an input of sample control is told
    real(r8) :: lower = -phase_unset  !! bounds of a prediction, in the unit of the variable
    real(r8) :: upper = phase_unset
    real(r8), allocatable :: values(:, :)  !! (nfeature, ncol)
    real(r8), allocatable :: table(:)      !! (npft) of a parameter table
  end type tensor_buffer_type

  type :: phase_jump_result_type
    integer :: year = 0
    logical :: dry_run = .false.
    integer :: ncolumns = 0        !! of all ranks
    integer :: napplied = 0        !! of all ranks
    integer :: ngated_trust = 0    !! kept their own state: trust below the threshold
    integer :: ngated_bounds = 0   !! kept their own state: a prediction out of bounds
    real(r8) :: trust_threshold = 0.0_r8
    real(r8) :: infer_seconds = 0.0_r8   !! slowest rank
    real(r8) :: total_seconds = 0.0_r8   !! slowest rank
    character(len=:), allocatable :: first_out_of_bounds  !! text for the log, of the lowest rank that has one
    type(phase_ledger_type) :: ledger
  end type phase_jump_result_type

  type :: phase_jump_type
    type(tensor_buffer_type), allocatable :: inputs(:), outputs(:)
    integer :: trust_output = 0
    logical, allocatable :: applied(:)  !! (ncol) written by the latest jump
    real(r8), allocatable :: trust(:)   !! (ncol) of the latest jump
  contains
    procedure :: init => jump_init
    procedure :: run => jump_run
    procedure :: pack_input => jump_pack_input
    procedure :: find => jump_find
  end type phase_jump_type

contains

  subroutine jump_init(self, model, fields, domain, accum, config)
    !! Learn the artifact's tensors; the start-up check has passed. Buffers exist only during a jump.
    class(phase_jump_type), intent(inout) :: self
    type(phase_model_type), intent(in) :: model
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    type(phase_accum_type), intent(in) :: accum
    type(phase_config_type), intent(in) :: config
    type(phase_tensor_type) :: tensor
    character(len=:), allocatable :: key
    integer :: k

    allocate (self%inputs(model%n_inputs()), self%outputs(model%n_outputs()))
    do k = 1, size(self%inputs)
      call model%tensor(PHASE_INPUT, k, tensor)
      self%inputs(k)%name = tensor%name
      self%inputs(k)%sample = tensor%sample
      self%inputs(k)%role = tensor%role
      self%inputs(k)%nfeature = tensor%nfeature
      self%inputs(k)%field = fields%find(tensor%name)
      self%inputs(k)%accumulator = accum%find(tensor%name)
      if (tensor%sample == 'control') self%inputs(k)%control = real(config%method_code(), r8)
    end do
    do k = 1, size(self%outputs)
      call model%tensor(PHASE_OUTPUT, k, tensor)
      self%outputs(k)%name = tensor%name
      self%outputs(k)%role = tensor%role
      self%outputs(k)%nfeature = tensor%nfeature
      key = 'outputs.'//phase_int_to_text(k - 1)
      select case (tensor%role)
      case ('trust')
        self%trust_output = k
      case ('diagnostic')
        continue
      case default
        self%outputs(k)%field = fields%find(tensor%name)
        if (.not. fields%list(self%outputs(k)%field)%may_be_negative) self%outputs(k)%lower = 0.0_r8
        self%outputs(k)%lower = phase_meta_real(model, key//'.lower', self%outputs(k)%lower)
        self%outputs(k)%upper = phase_meta_real(model, key//'.upper', config%phase_max_pool)
      end select
    end do
    allocate (self%applied(domain%ncol), source=.false.)
    allocate (self%trust(domain%ncol), source=phase_unset)
  end subroutine jump_init

  pure integer function jump_find(self, name) result(k)
    !! Position among the inputs, 0 when it is none.
    class(phase_jump_type), intent(in) :: self
    character(len=*), intent(in) :: name
    do k = size(self%inputs), 1, -1
      if (self%inputs(k)%name == name) return
    end do
    k = 0
  end function jump_find

  subroutine jump_pack_input(self, k, fields, domain, accum, buffer, status)
    !! What the surrogate sees of a per-column input at this moment.
    class(phase_jump_type), intent(in) :: self
    integer, intent(in) :: k !! position among the inputs
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    type(phase_accum_type), intent(in) :: accum
    real(r8), intent(out) :: buffer(:, :) !! (nfeature, ncol)
    type(phase_status_type), intent(inout), optional :: status
    if (self%inputs(k)%sample == 'control') then
      buffer(:, :) = self%inputs(k)%control
    else if (self%inputs(k)%accumulator > 0) then
      call accum%pack(self%inputs(k)%accumulator, buffer, status)
    else
      call phase_pack(fields%list(self%inputs(k)%field), domain, buffer)
    end if
  end subroutine jump_pack_input

  subroutine jump_run(self, year, model, fields, domain, accum, stocks, config, parallel, rules, outcome, status)
    !! Collective. On an error every rank has it, and no host array has changed.
    class(phase_jump_type), intent(inout) :: self
    integer, intent(in) :: year
    type(phase_model_type), intent(inout) :: model
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    type(phase_accum_type), intent(in) :: accum
    type(phase_stocks_type), intent(inout) :: stocks
    type(phase_config_type), intent(in) :: config
    type(phase_parallel_type), intent(in) :: parallel
    class(phase_rules_type), intent(inout), optional :: rules
    type(phase_jump_result_type), intent(out) :: outcome
    type(phase_status_type), intent(inout), optional :: status
    type(phase_status_type) :: local
    real(r8) :: started, infer_started

    started = MPI_WTIME()
    outcome%year = year
    outcome%dry_run = config%phase_dry_run
    outcome%trust_threshold = config%phase_trust_threshold
    if (outcome%trust_threshold < 0.0_r8) outcome%trust_threshold = phase_meta_real(model, 'trust_threshold', 0.0_r8)

    call gather_inputs(self, fields, domain, accum, local)
    if (local%ok()) call check_inputs(self, domain, local)
    call parallel%agree(local)
    if (local%ok()) then
      infer_started = MPI_WTIME()
      call infer(self, model, domain, config, local)
      call parallel%agree(local)
      outcome%infer_seconds = parallel%max_real(MPI_WTIME() - infer_started)
    end if
    if (local%error()) then
      call release(self)
      call phase_forward(status, local)
      return
    end if

    call gate(self, fields, domain, parallel, outcome)
    call stocks%compute(fields, domain)
    outcome%ledger%year = year
    allocate (outcome%ledger%before, source=stocks%element_totals())
    call expect(self, fields, domain, stocks, outcome%ledger)
    if (config%phase_dry_run) then
      allocate (outcome%ledger%written, source=outcome%ledger%expected)
      allocate (outcome%ledger%after, source=outcome%ledger%expected)
    else
      if (present(rules)) call rules%before_jump(self%applied)
      call write_outputs(self, fields, domain)
      call stocks%compute(fields, domain)
      allocate (outcome%ledger%written, source=stocks%element_totals())
      if (present(rules)) call rules%after_jump(self%applied)
      call stocks%compute(fields, domain)
      allocate (outcome%ledger%after, source=stocks%element_totals())
    end if
    call outcome%ledger%close(domain, parallel)
    call release(self)
    outcome%total_seconds = parallel%max_real(MPI_WTIME() - started)
  end subroutine jump_run

  subroutine gather_inputs(self, fields, domain, accum, status)
    class(phase_jump_type), intent(inout) :: self
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    type(phase_accum_type), intent(in) :: accum
    type(phase_status_type), intent(inout) :: status
    integer :: k

    do k = 1, size(self%inputs)
      associate (input => self%inputs(k))
        if (is_table(input, fields)) then
          allocate (input%table(domain%npft))
          call phase_pack_pft(fields%list(input%field), domain, input%table)
        else
          allocate (input%values(input%nfeature, domain%ncol))
          call self%pack_input(k, fields, domain, accum, input%values, status)
        end if
      end associate
    end do
  end subroutine gather_inputs

  pure logical function is_table(input, fields)
    !! A parameter per PFT, without columns.
    type(tensor_buffer_type), intent(in) :: input
    type(phase_fields_type), intent(in) :: fields
    is_table = .false.
    if (input%field > 0) is_table = fields%list(input%field)%on == 'pft'
  end function is_table

  subroutine check_inputs(self, domain, status)
    !! The bridge checks too, but only here is it known which cell of the host it is.
    class(phase_jump_type), intent(in) :: self
    type(phase_domain_type), intent(in) :: domain
    type(phase_status_type), intent(inout) :: status
    integer :: k

    do k = 1, size(self%inputs)
      associate (input => self%inputs(k))
        if (.not. allocated(input%table)) then
          call phase_check_finite(input%name, input%sample, domain, input%values, status)
        else if (.not. all(ieee_is_finite(input%table))) then
          call phase_raise(status, PHASE_ERR_NAN_INPUT, 'phase_jump', 'parameter '//trim(input%name)// &
            ' is not finite for PFT '//phase_int_to_text(findloc(ieee_is_finite(input%table), .false., dim=1) - 1))
        end if
      end associate
    end do
  end subroutine check_inputs

  subroutine infer(self, model, domain, config, status)
    class(phase_jump_type), intent(inout), target :: self
    type(phase_model_type), intent(inout) :: model
    type(phase_domain_type), intent(in) :: domain
    type(phase_config_type), intent(in) :: config
    type(phase_status_type), intent(inout) :: status
    integer :: k

    do k = 1, size(self%inputs)
      if (allocated(self%inputs(k)%table)) then
        call model%bind(PHASE_INPUT, trim(self%inputs(k)%name), self%inputs(k)%table, status)
      else
        call model%bind(PHASE_INPUT, trim(self%inputs(k)%name), self%inputs(k)%values, status)
      end if
    end do
    do k = 1, size(self%outputs)
      allocate (self%outputs(k)%values(self%outputs(k)%nfeature, domain%ncol), source=0.0_r8)
      call model%bind(PHASE_OUTPUT, trim(self%outputs(k)%name), self%outputs(k)%values, status)
    end do
    if (status%ok()) call model%run(domain%ncol, config%phase_chunk, status)
  end subroutine infer

  subroutine gate(self, fields, domain, parallel, outcome)
    !! Which columns are written. The others keep the model's own state.
    class(phase_jump_type), intent(inout) :: self
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    type(phase_parallel_type), intent(in) :: parallel
    type(phase_jump_result_type), intent(inout) :: outcome
    type(phase_status_type) :: note
    integer :: i, j, k, ntrust, nbounds
    logical :: inside(max(domain%npft, domain%nlev))

    self%trust(:) = self%outputs(self%trust_output)%values(1, :)
    ntrust = 0
    nbounds = 0
    do i = 1, domain%ncol
      self%applied(i) = self%trust(i) >= outcome%trust_threshold
      if (.not. self%applied(i)) then
        ntrust = ntrust + 1
        cycle
      end if
      do k = 1, size(self%outputs)
        associate (output => self%outputs(k))
          if (output%field == 0) cycle
          inside(1:output%nfeature) = output%values(:, i) >= output%lower .and. output%values(:, i) <= output%upper
          ! what is predicted for a patch that is not there is not written either
          if (fields%list(output%field)%on == 'patch') inside(1:domain%npft) = inside(1:domain%npft) .or. &
            domain%patch(:, i) == 0
          j = findloc(inside(1:output%nfeature), .false., dim=1)
          if (j == 0) cycle
          if (nbounds == 0) then
            note%code = PHASE_ERR_RUNTIME ! carries the text of the lowest rank to all others
            note%message = 'column '//phase_int_to_text(domain%gid(i))//' ('//phase_degrees(domain%lat(i))//' N, '// &
              phase_degrees(domain%lon(i))//' E) keeps its own state: predicted '//trim(output%name)//' element '// &
              phase_int_to_text(j)//' is '//number(output%values(j, i))//', expected '//number(output%lower)//' to '// &
              number(output%upper)
          end if
        end associate
        self%applied(i) = .false.
        nbounds = nbounds + 1
        exit
      end do
    end do
    call parallel%agree(note)
    if (note%error()) outcome%first_out_of_bounds = note%message
    outcome%ncolumns = parallel%nglobal
    outcome%ngated_trust = parallel%sum_int(ntrust)
    outcome%ngated_bounds = parallel%sum_int(nbounds)
    outcome%napplied = parallel%sum_int(count(self%applied))
  end subroutine gate

  subroutine expect(self, fields, domain, stocks, ledger)
    !! What the element totals have to be once the predictions are written.
    class(phase_jump_type), intent(in) :: self
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    type(phase_stocks_type), intent(in) :: stocks
    type(phase_ledger_type), intent(inout) :: ledger
    real(r8), allocatable :: old(:, :), change(:, :)
    integer :: e, k, s

    allocate (ledger%expected, source=ledger%before)
    do k = 1, size(self%outputs)
      if (self%outputs(k)%field == 0) cycle
      s = stocks%field_stock(self%outputs(k)%field)
      if (s == 0) cycle
      associate (field => fields%list(self%outputs(k)%field), values => self%outputs(k)%values)
        allocate (old(size(values, 1), size(values, 2)), change(size(values, 1), size(values, 2)))
        call phase_pack(field, domain, old)
        change(:, :) = values - old
        if (field%on == 'patch') where (domain%patch == 0) change = 0.0_r8
        e = stocks%element(s)
        ledger%expected(e, :) = ledger%expected(e, :) + &
          merge(phase_column_total(field%on, domain, change), 0.0_r8, self%applied)
        deallocate (old, change)
      end associate
    end do
  end subroutine expect

  subroutine write_outputs(self, fields, domain)
    class(phase_jump_type), intent(in) :: self
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    integer :: k
    do k = 1, size(self%outputs)
      if (self%outputs(k)%field == 0) cycle
      call phase_unpack(fields%list(self%outputs(k)%field), domain, self%outputs(k)%values, self%applied)
    end do
  end subroutine write_outputs

  subroutine release(self)
    class(phase_jump_type), intent(inout) :: self
    integer :: k
    do k = 1, size(self%inputs)
      if (allocated(self%inputs(k)%values)) deallocate (self%inputs(k)%values)
      if (allocated(self%inputs(k)%table)) deallocate (self%inputs(k)%table)
    end do
    do k = 1, size(self%outputs)
      if (allocated(self%outputs(k)%values)) deallocate (self%outputs(k)%values)
    end do
  end subroutine release

  function number(value) result(text)
    real(r8), intent(in) :: value
    character(len=:), allocatable :: text
    character(len=24) :: buffer
    write (buffer, '(es13.6)') value
    text = trim(adjustl(buffer))
  end function number

end module phase_jump_mod

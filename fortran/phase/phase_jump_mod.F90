module phase_jump_mod
  !! The jump: gather, infer, check, gate, limit, scatter. Nothing is written before every rank has
  !! finished its checks without an error, so a failed jump leaves the host as it was. A rollback is the
  !! same writing, of the pools that a jump had replaced.
  use mpi, only: MPI_WTIME
  use phase_accum_mod, only: phase_accum_type
  use phase_anderson_mod, only: phase_anderson_type
  use phase_bridge_mod, only: phase_model_type, phase_tensor_type, PHASE_INPUT, PHASE_OUTPUT
  use phase_check_mod, only: phase_meta_real
  use phase_config_mod, only: phase_config_type
  use phase_domain_mod, only: phase_domain_type
  use phase_fields_mod, only: phase_fields_type
  use phase_gate_mod, only: phase_gate_type, gate_trust, gate_bounds, gate_input, gate_negative, gate_output, gate_undone
  use phase_infer_mod, only: tensor_buffer_type, gather_inputs, close_bad_inputs, run_artifact, pack_input
  use phase_kinds_mod, only: r8, phase_unset
  use phase_ledger_mod, only: phase_ledger_type
  use phase_pack_mod, only: phase_pack, phase_unpack
  use phase_parallel_mod, only: phase_parallel_type
  use phase_status_mod, only: phase_status_type, phase_forward, phase_int_to_text
  use phase_step_mod, only: step_partners, step_sign, step_share, step_ratio
  use phase_stock_mod, only: phase_stocks_type, phase_column_total
  use phase_undo_mod, only: phase_undo_type
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

  type :: phase_jump_result_type
    integer :: year = 0
    integer :: method = 0          !! as told to the artifact
    logical :: dry_run = .false.
    integer :: ncolumns = 0        !! of all ranks, and so are the next ones
    integer :: napplied = 0        !! written
    integer :: ngated_trust = 0    !! kept their own state: trust below the threshold
    integer :: ngated_bounds = 0   !! kept their own state: a prediction out of bounds
    integer :: ngated_finite = 0   !! kept their own state: an input or a prediction not finite, or a pool negative
    integer :: nundone = 0         !! not written because the jump before was just rolled back
    integer :: nlimited = 0        !! written, but less than predicted
    integer :: naccelerated = 0    !! written, with slow pools from the sequence of jumps
    real(r8) :: trust_threshold = 0.0_r8
    real(r8) :: infer_seconds = 0.0_r8   !! slowest rank
    real(r8) :: total_seconds = 0.0_r8   !! slowest rank
    real(r8), allocatable :: gated(:, :)    !! (gate_record_size, n) columns closed for a reason worth telling; rank 0
    integer, allocatable :: gated_rank(:)   !! (n) that had them; empty for a jump before a restart
    type(phase_ledger_type) :: ledger
  end type phase_jump_result_type

  type :: phase_jump_type
    type(tensor_buffer_type), allocatable :: inputs(:), outputs(:)
    integer, allocatable :: carbon(:)   !! by output, the output with the carbon of the same pool
    integer :: trust_output = 0
    type(phase_gate_type) :: gate       !! of the latest jump
    type(phase_undo_type) :: undo
    type(phase_anderson_type) :: anderson
    logical, allocatable :: applied(:)  !! (ncol) written by the latest jump
    real(r8), allocatable :: trust(:)   !! (ncol) of the latest jump
  contains
    procedure :: init => jump_init
    procedure :: run => jump_run
    procedure :: roll_back => jump_roll_back
    procedure :: pack_input => jump_pack_input
    procedure :: find => jump_find
    procedure :: tensor_name => jump_tensor_name
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
    type(phase_status_type) :: local
    character(len=:), allocatable :: key
    integer :: k

    allocate (self%inputs(model%n_inputs()), self%outputs(model%n_outputs()))
    do k = 1, size(self%inputs)
      call model%tensor(PHASE_INPUT, k, tensor)
      associate (input => self%inputs(k))
        input%name = tensor%name
        input%sample = tensor%sample
        input%role = tensor%role
        input%nfeature = tensor%nfeature
        input%field = fields%find(tensor%name)
        input%accumulator = accum%find(tensor%name)
        if (tensor%sample == 'control') input%control = real(config%method_code(), r8)
        input%nonfinite_ok = model%meta('inputs.'//phase_int_to_text(k - 1)//'.nonfinite_ok', local) == 'true'
        call local%clear()
        if (input%field == 0) cycle
        input%parameter = fields%list(input%field)%on == 'pft'
        input%pool = input%sample == 'instant' .and. fields%list(input%field)%stock /= ' ' .and. &
          .not. fields%list(input%field)%may_be_negative
      end associate
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
    self%carbon = step_partners(self%outputs, fields)
    call self%gate%init(domain%ncol)
    if (config%phase_rollback) call self%undo%init([(merge(self%outputs(k)%nfeature, 0, self%outputs(k)%field > 0), &
      k=1, size(self%outputs))], domain%ncol)
    call self%anderson%init(self%outputs, fields, domain, merge(config%phase_anderson_depth, 0, &
      config%phase_accelerate == 'anderson'), config%phase_anderson_damping)
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

  pure function jump_tensor_name(self, tensor) result(name)
    !! Of a number as the gate uses it.
    class(phase_jump_type), intent(in) :: self
    integer, intent(in) :: tensor  !! which input, or number of inputs + which output
    character(len=:), allocatable :: name
    name = ''
    if (tensor >= 1 .and. tensor <= size(self%inputs)) then
      name = trim(self%inputs(tensor)%name)
    else if (tensor > size(self%inputs) .and. tensor <= size(self%inputs) + size(self%outputs)) then
      name = trim(self%outputs(tensor - size(self%inputs))%name)
    end if
  end function jump_tensor_name

  subroutine jump_pack_input(self, k, fields, domain, accum, buffer, status)
    !! What the surrogate sees of a per-column input at this moment.
    class(phase_jump_type), intent(in) :: self
    integer, intent(in) :: k !! position among the inputs
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    type(phase_accum_type), intent(in) :: accum
    real(r8), intent(out) :: buffer(:, :) !! (nfeature, ncol)
    type(phase_status_type), intent(inout), optional :: status
    call pack_input(self%inputs(k), fields, domain, accum, buffer, status)
  end subroutine jump_pack_input

  subroutine jump_run(self, year, model, fields, domain, accum, stocks, config, parallel, drift, undone, rules, outcome, &
      status)
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
    real(r8), intent(in) :: drift(:)    !! (ncol) of TOTECOSYSC over the cycle that ends now (gC/m2/yr)
    logical, intent(in) :: undone(:)    !! (ncol) just set back: their observed years belong to another state
    class(phase_rules_type), intent(inout), optional :: rules
    type(phase_jump_result_type), intent(out) :: outcome
    type(phase_status_type), intent(inout), optional :: status
    type(phase_status_type) :: local
    real(r8) :: started, infer_started
    logical :: changed(domain%ncol)
    integer :: i

    started = MPI_WTIME()
    outcome%year = year
    outcome%method = config%method_code()
    outcome%dry_run = config%phase_dry_run
    outcome%trust_threshold = config%phase_trust_threshold
    if (outcome%trust_threshold < 0.0_r8) outcome%trust_threshold = phase_meta_real(model, 'trust_threshold', 0.0_r8)

    call self%gate%open_all()
    do i = 1, domain%ncol
      if (undone(i)) call self%gate%close(i, gate_undone)
    end do
    call gather_inputs(self%inputs, fields, domain, accum, local)
    if (local%ok()) call close_bad_inputs(self%inputs, self%gate)
    call parallel%agree(local)
    if (local%ok()) then
      infer_started = MPI_WTIME()
      call run_artifact(self%inputs, self%outputs, model, config%phase_chunk, self%gate, local)
      call parallel%agree(local)
      outcome%infer_seconds = parallel%max_real(MPI_WTIME() - infer_started)
    end if
    if (local%error()) then
      call release(self)
      call phase_forward(status, local)
      return
    end if

    call remember_present(self, fields, domain)
    changed(:) = .false.
    call step_sign(self%outputs, changed)
    call close_by_prediction(self, fields, domain, outcome%trust_threshold)
    call limit_step(self, config, changed, outcome, parallel)
    self%applied(:) = [(self%gate%is_open(i), i=1, domain%ncol)]
    call tally(self, domain, parallel, outcome)
    call self%gate%list(domain, parallel, outcome%gated, outcome%gated_rank)
    if (config%phase_rollback .and. .not. config%phase_dry_run) then
      do i = 1, size(self%outputs)
        if (self%outputs(i)%field > 0) self%undo%pools(i)%values(:, :) = self%outputs(i)%before
      end do
      call self%undo%arm(year, self%applied, drift)
    end if
    call write_and_book(self, self%applied, fields, domain, stocks, config%phase_dry_run, parallel, rules, outcome%ledger)
    outcome%ledger%year = year
    if (.not. config%phase_dry_run) then
      call remember_present(self, fields, domain)
      call self%anderson%remember(self%outputs)
    end if
    call release(self)
    outcome%total_seconds = parallel%max_real(MPI_WTIME() - started)
  end subroutine jump_run

  subroutine jump_roll_back(self, year, taken_back, fields, domain, stocks, config, parallel, rules, outcome)
    !! Collective. Columns get back the pools they had before the latest jump.
    class(phase_jump_type), intent(inout) :: self
    integer, intent(in) :: year
    logical, intent(in) :: taken_back(:)  !! (ncol)
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    type(phase_stocks_type), intent(inout) :: stocks
    type(phase_config_type), intent(in) :: config
    type(phase_parallel_type), intent(in) :: parallel
    class(phase_rules_type), intent(inout), optional :: rules
    type(phase_jump_result_type), intent(out) :: outcome
    real(r8) :: started
    integer :: i, k

    started = MPI_WTIME()
    outcome%year = year
    outcome%method = config%method_code()
    outcome%ncolumns = parallel%nglobal
    outcome%napplied = parallel%sum_int(count(taken_back))
    do k = 1, size(self%outputs)
      if (self%outputs(k)%field > 0) allocate (self%outputs(k)%values, source=self%undo%pools(k)%values)
    end do
    call remember_present(self, fields, domain)
    call write_and_book(self, taken_back, fields, domain, stocks, .false., parallel, rules, outcome%ledger)
    outcome%ledger%year = year
    do i = 1, domain%ncol
      if (.not. taken_back(i)) cycle
      call self%anderson%forget(i)
      self%applied(i) = .false.
      self%gate%code(i) = gate_undone
    end do
    call release(self)
    outcome%total_seconds = parallel%max_real(MPI_WTIME() - started)
  end subroutine jump_roll_back

  subroutine remember_present(self, fields, domain)
    !! What the host holds now of every output.
    class(phase_jump_type), intent(inout) :: self
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    integer :: k
    do k = 1, size(self%outputs)
      if (self%outputs(k)%field == 0) cycle
      if (.not. allocated(self%outputs(k)%before)) allocate (self%outputs(k)%before(self%outputs(k)%nfeature, domain%ncol))
      call phase_pack(fields%list(self%outputs(k)%field), domain, self%outputs(k)%before)
    end do
  end subroutine remember_present

  subroutine close_by_prediction(self, fields, domain, threshold)
    !! Trust and bounds.
    class(phase_jump_type), intent(inout) :: self
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    real(r8), intent(in) :: threshold
    integer :: i, j, k
    logical :: inside(max(domain%npft, domain%nlev))

    self%trust(:) = self%outputs(self%trust_output)%values(1, :)
    do i = 1, domain%ncol
      if (.not. self%gate%is_open(i)) then
        self%trust(i) = phase_unset
        cycle
      end if
      if (.not. self%trust(i) >= threshold) then
        call self%gate%close(i, gate_trust, size(self%inputs) + self%trust_output, 1, self%trust(i))
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
          if (j > 0) call self%gate%close(i, gate_bounds, size(self%inputs) + k, j, output%values(j, i))
        end associate
      end do
    end do
  end subroutine close_by_prediction

  subroutine limit_step(self, config, changed, outcome, parallel)
    !! From the prediction to what is written.
    class(phase_jump_type), intent(inout) :: self
    type(phase_config_type), intent(in) :: config
    logical, intent(inout) :: changed(:)  !! (ncol)
    type(phase_jump_result_type), intent(inout) :: outcome
    type(phase_parallel_type), intent(in) :: parallel
    logical :: open(size(changed)), mixed(size(changed))
    integer :: i

    open = [(self%gate%is_open(i), i=1, size(changed))]
    call self%anderson%apply(self%outputs, self%carbon, open, mixed)
    if (config%phase_rollback) call step_share(self%outputs, self%undo%step, open, changed)
    call step_ratio(self%outputs, self%carbon, config%phase_max_step, open, changed)
    outcome%nlimited = parallel%sum_int(count(changed .and. open))
    outcome%naccelerated = parallel%sum_int(count(mixed))
  end subroutine limit_step

  subroutine tally(self, domain, parallel, outcome)
    class(phase_jump_type), intent(in) :: self
    type(phase_domain_type), intent(in) :: domain
    type(phase_parallel_type), intent(in) :: parallel
    type(phase_jump_result_type), intent(inout) :: outcome
    associate (code => self%gate%code)
      outcome%ncolumns = parallel%nglobal
      outcome%napplied = parallel%sum_int(count(self%applied))
      outcome%ngated_trust = parallel%sum_int(count(code == gate_trust))
      outcome%ngated_bounds = parallel%sum_int(count(code == gate_bounds))
      outcome%ngated_finite = parallel%sum_int(count(code == gate_input .or. code == gate_negative .or. code == gate_output))
      outcome%nundone = parallel%sum_int(count(code == gate_undone))
    end associate
  end subroutine tally

  subroutine write_and_book(self, applied, fields, domain, stocks, dry_run, parallel, rules, ledger)
    !! Write the outputs' values into the host, let the host's rules follow, and book the change.
    class(phase_jump_type), intent(inout) :: self
    logical, intent(in) :: applied(:)  !! (ncol)
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    type(phase_stocks_type), intent(inout) :: stocks
    logical, intent(in) :: dry_run
    type(phase_parallel_type), intent(in) :: parallel
    class(phase_rules_type), intent(inout), optional :: rules
    type(phase_ledger_type), intent(inout) :: ledger
    integer :: k

    call stocks%compute(fields, domain)
    allocate (ledger%before, source=stocks%element_totals())
    call expect(self, applied, fields, domain, stocks, ledger)
    if (dry_run) then
      allocate (ledger%written, source=ledger%expected)
      allocate (ledger%after, source=ledger%expected)
    else
      if (present(rules)) call rules%before_jump(applied)
      do k = 1, size(self%outputs)
        if (self%outputs(k)%field > 0) call phase_unpack(fields%list(self%outputs(k)%field), domain, &
          self%outputs(k)%values, applied)
      end do
      call stocks%compute(fields, domain)
      allocate (ledger%written, source=stocks%element_totals())
      if (present(rules)) call rules%after_jump(applied)
      call stocks%compute(fields, domain)
      allocate (ledger%after, source=stocks%element_totals())
    end if
    call ledger%close(domain, parallel)
  end subroutine write_and_book

  subroutine expect(self, applied, fields, domain, stocks, ledger)
    !! What the element totals have to be once the values are written.
    class(phase_jump_type), intent(in) :: self
    logical, intent(in) :: applied(:)
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    type(phase_stocks_type), intent(in) :: stocks
    type(phase_ledger_type), intent(inout) :: ledger
    real(r8), allocatable :: change(:, :)
    integer :: e, k, s

    allocate (ledger%expected, source=ledger%before)
    do k = 1, size(self%outputs)
      if (self%outputs(k)%field == 0) cycle
      s = stocks%field_stock(self%outputs(k)%field)
      if (s == 0) cycle
      associate (field => fields%list(self%outputs(k)%field))
        allocate (change, source=self%outputs(k)%values - self%outputs(k)%before)
        if (field%on == 'patch') where (domain%patch == 0) change = 0.0_r8
        e = stocks%element(s)
        ledger%expected(e, :) = ledger%expected(e, :) + merge(phase_column_total(field%on, domain, change), 0.0_r8, applied)
        deallocate (change)
      end associate
    end do
  end subroutine expect

  subroutine release(self)
    class(phase_jump_type), intent(inout) :: self
    integer :: k
    do k = 1, size(self%inputs)
      if (allocated(self%inputs(k)%values)) deallocate (self%inputs(k)%values)
      if (allocated(self%inputs(k)%table)) deallocate (self%inputs(k)%table)
    end do
    do k = 1, size(self%outputs)
      if (allocated(self%outputs(k)%values)) deallocate (self%outputs(k)%values)
      if (allocated(self%outputs(k)%before)) deallocate (self%outputs(k)%before)
    end do
  end subroutine release

end module phase_jump_mod

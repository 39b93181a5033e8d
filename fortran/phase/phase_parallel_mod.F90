module phase_parallel_mod
  !! The plugin's view of the host's communicator: who am I, do all ranks agree that
  !! there was no error, and per-column data gathered in an order that does not depend on
  !! how the columns are spread over the ranks. By mpi_f08, since the module mpi of some MPIs declares no
  !! routine that takes a buffer; the host's communicator stays an integer.
  use mpi_f08, only: MPI_ALLREDUCE, MPI_BCAST, MPI_CHARACTER, MPI_COMM, MPI_COMM_FREE, MPI_COMM_RANK, MPI_COMM_SIZE, &
    MPI_COMM_SPLIT_TYPE, MPI_COMM_TYPE_SHARED, MPI_DOUBLE_PRECISION, MPI_GATHER, MPI_GATHERV, MPI_INFO_NULL, &
    MPI_INTEGER, MPI_MAX, MPI_MIN, MPI_SCATTERV, MPI_SUM
  use phase_kinds_mod, only: r8
  use phase_status_mod, only: phase_status_type, phase_raise, phase_forward, phase_int_to_text, PHASE_OK, PHASE_ERR_ARGUMENT
  implicit none (type, external)
  private

  public :: phase_parallel_type

  type :: phase_parallel_type
    integer :: comm = -1       !! communicator of the host
    integer :: rank = 0        !! rank in comm
    integer :: nranks = 1      !! size of comm
    integer :: local_rank = 0  !! rank among the processes that share this node's memory
    integer :: nglobal = 0     !! columns of all ranks, set on every rank
    integer :: largest_message = huge(1)  !! values at most, since MPI counts in default integers
    integer, allocatable :: counts(:)  !! columns of every rank (rank 0)
    integer, allocatable :: order(:)   !! position in rank order of the k-th smallest global id (rank 0)
    integer, allocatable :: gids(:)    !! global ids, ascending (rank 0)
  contains
    procedure :: init => parallel_init
    procedure :: init_order => parallel_init_order
    procedure :: master => parallel_master
    procedure :: agree => parallel_agree
    procedure :: gather => parallel_gather
    procedure :: scatter => parallel_scatter
    procedure :: sum_int => parallel_sum_int
    procedure :: max_real => parallel_max_real
    procedure :: bcast_text => parallel_bcast_text
    procedure :: bcast_real => parallel_bcast_real
    procedure :: bcast_int => parallel_bcast_int
    procedure, private :: features_at_once => parallel_features_at_once
  end type phase_parallel_type

contains

  subroutine parallel_init(self, comm)
    class(phase_parallel_type), intent(inout) :: self
    integer, intent(in) :: comm !! communicator of the host
    type(MPI_Comm) :: node_comm
    integer :: ierr

    self%comm = comm
    call MPI_COMM_RANK(MPI_Comm(comm), self%rank, ierr)
    call MPI_COMM_SIZE(MPI_Comm(comm), self%nranks, ierr)
    ! a host's ranks may be a subset of the node's processes: GPUs are dealt among those that are here
    call MPI_COMM_SPLIT_TYPE(MPI_Comm(comm), MPI_COMM_TYPE_SHARED, self%rank, MPI_INFO_NULL, node_comm, ierr)
    call MPI_COMM_RANK(node_comm, self%local_rank, ierr)
    call MPI_COMM_FREE(node_comm, ierr)
  end subroutine parallel_init

  pure logical function parallel_master(self)
    class(phase_parallel_type), intent(in) :: self
    parallel_master = self%rank == 0
  end function parallel_master

  subroutine parallel_init_order(self, gid, status)
    !! Learn the order of the global column ids once.
    class(phase_parallel_type), intent(inout) :: self
    integer, intent(in) :: gid(:) !! global ids of this rank's columns
    type(phase_status_type), intent(inout), optional :: status
    type(phase_status_type) :: local
    integer, allocatable :: all_gid(:), offsets(:)
    integer :: ierr, k, n

    allocate (self%counts(self%nranks))
    n = size(gid)
    call MPI_GATHER(n, 1, MPI_INTEGER, self%counts, 1, MPI_INTEGER, 0, MPI_Comm(self%comm), ierr)
    call MPI_ALLREDUCE(n, self%nglobal, 1, MPI_INTEGER, MPI_SUM, MPI_Comm(self%comm), ierr)
    if (.not. self%master()) self%counts(:) = 0
    n = merge(self%nglobal, 0, self%master())
    allocate (all_gid(n), self%order(n), self%gids(n))
    offsets = offsets_of(self%counts)
    call MPI_GATHERV(gid, size(gid), MPI_INTEGER, all_gid, self%counts, offsets, MPI_INTEGER, 0, MPI_Comm(self%comm), ierr)
    call sort_index(all_gid, self%order)
    self%gids(:) = all_gid(self%order)
    do k = 2, n
      if (self%gids(k) == self%gids(k - 1)) then
        call phase_raise(local, PHASE_ERR_ARGUMENT, 'phase_parallel%init_order', &
          'global column id '//phase_int_to_text(self%gids(k))//' occurs twice; every column needs its own id')
        exit
      end if
    end do
    call self%agree(local)
    call phase_forward(status, local)
  end subroutine parallel_init_order

  subroutine parallel_agree(self, status)
    !! If any rank has an error, all ranks get the one of the lowest such rank, with its number.
    class(phase_parallel_type), intent(in) :: self
    type(phase_status_type), intent(inout) :: status
    character(len=:), allocatable :: text
    integer :: ierr, first, mine, code

    mine = merge(self%nranks, self%rank, status%code == PHASE_OK)
    call MPI_ALLREDUCE(mine, first, 1, MPI_INTEGER, MPI_MIN, MPI_Comm(self%comm), ierr)
    if (first == self%nranks) return
    text = ''
    if (self%rank == first) then
      text = status%message
      if (self%nranks > 1) text = 'rank '//phase_int_to_text(self%rank)//': '//text
    end if
    code = status%code
    call self%bcast_int(code, first)
    call self%bcast_text(text, first)
    status%code = code
    status%message = text
  end subroutine parallel_agree

  subroutine parallel_gather(self, local, global)
    !! Per-column values of all ranks on rank 0, ordered by global id.
    class(phase_parallel_type), intent(in) :: self
    real(r8), intent(in) :: local(:, :)                 !! (nfeature, ncol) of this rank
    real(r8), intent(out), allocatable :: global(:, :)  !! (nfeature, nglobal) on rank 0, empty elsewhere
    real(r8), allocatable :: ranked(:, :), sent(:, :)
    integer :: first, ierr, k, last, nf

    allocate (global(size(local, 1), size(self%order)))
    do first = 1, size(local, 1), self%features_at_once()
      last = min(size(local, 1), first - 1 + self%features_at_once())
      nf = last - first + 1
      allocate (sent(nf, size(local, 2)), source=local(first:last, :))
      allocate (ranked(nf, size(self%order)))
      call MPI_GATHERV(sent, size(sent), MPI_DOUBLE_PRECISION, ranked, nf*self%counts, nf*offsets_of(self%counts), &
        MPI_DOUBLE_PRECISION, 0, MPI_Comm(self%comm), ierr)
      do k = 1, size(self%order)
        global(first:last, k) = ranked(:, self%order(k))
      end do
      deallocate (sent, ranked)
    end do
  end subroutine parallel_gather

  subroutine parallel_scatter(self, global, local)
    !! Inverse of gather.
    class(phase_parallel_type), intent(in) :: self
    real(r8), intent(in) :: global(:, :)  !! (nfeature, nglobal) on rank 0, in the order of the global ids
    real(r8), intent(out) :: local(:, :)  !! (nfeature, ncol) of this rank
    real(r8), allocatable :: ranked(:, :), received(:, :)
    integer :: first, ierr, k, last, nf

    do first = 1, size(local, 1), self%features_at_once()
      last = min(size(local, 1), first - 1 + self%features_at_once())
      nf = last - first + 1
      allocate (ranked(nf, size(self%order)), received(nf, size(local, 2)))
      do k = 1, size(self%order)
        ranked(:, self%order(k)) = global(first:last, k)
      end do
      call MPI_SCATTERV(ranked, nf*self%counts, nf*offsets_of(self%counts), MPI_DOUBLE_PRECISION, received, &
        size(received), MPI_DOUBLE_PRECISION, 0, MPI_Comm(self%comm), ierr)
      local(first:last, :) = received
      deallocate (ranked, received)
    end do
  end subroutine parallel_scatter

  pure integer function parallel_features_at_once(self) result(n)
    !! So many that those of all columns fit into a message.
    class(phase_parallel_type), intent(in) :: self
    n = max(1, self%largest_message/max(1, self%nglobal))
  end function parallel_features_at_once

  integer function parallel_sum_int(self, value) result(total)
    class(phase_parallel_type), intent(in) :: self
    integer, intent(in) :: value
    integer :: ierr
    call MPI_ALLREDUCE(value, total, 1, MPI_INTEGER, MPI_SUM, MPI_Comm(self%comm), ierr)
  end function parallel_sum_int

  real(r8) function parallel_max_real(self, value) result(largest)
    class(phase_parallel_type), intent(in) :: self
    real(r8), intent(in) :: value
    integer :: ierr
    call MPI_ALLREDUCE(value, largest, 1, MPI_DOUBLE_PRECISION, MPI_MAX, MPI_Comm(self%comm), ierr)
  end function parallel_max_real

  subroutine parallel_bcast_text(self, text, root)
    class(phase_parallel_type), intent(in) :: self
    character(len=:), allocatable, intent(inout) :: text
    integer, intent(in) :: root
    character(len=:), allocatable :: buffer
    integer :: ierr, n
    n = 0
    if (self%rank == root) n = len(text)
    call MPI_BCAST(n, 1, MPI_INTEGER, root, MPI_Comm(self%comm), ierr)
    allocate (character(len=n) :: buffer)
    if (self%rank == root) buffer = text
    if (n > 0) call MPI_BCAST(buffer, n, MPI_CHARACTER, root, MPI_Comm(self%comm), ierr)
    text = buffer
  end subroutine parallel_bcast_text

  subroutine parallel_bcast_real(self, values, root)
    class(phase_parallel_type), intent(in) :: self
    real(r8), intent(inout) :: values(:)
    integer, intent(in) :: root
    real(r8), allocatable :: buffer(:)
    integer :: ierr
    allocate (buffer(size(values)), source=values)
    call MPI_BCAST(buffer, size(buffer), MPI_DOUBLE_PRECISION, root, MPI_Comm(self%comm), ierr)
    values(:) = buffer
  end subroutine parallel_bcast_real

  subroutine parallel_bcast_int(self, value, root)
    class(phase_parallel_type), intent(in) :: self
    integer, intent(inout) :: value
    integer, intent(in) :: root
    integer :: ierr
    call MPI_BCAST(value, 1, MPI_INTEGER, root, MPI_Comm(self%comm), ierr)
  end subroutine parallel_bcast_int

  pure function offsets_of(counts) result(offsets)
    integer, intent(in) :: counts(:)
    integer, allocatable :: offsets(:)
    integer :: k
    allocate (offsets(size(counts)))
    offsets(:) = 0
    do k = 2, size(counts)
      offsets(k) = offsets(k - 1) + counts(k - 1)
    end do
  end function offsets_of

  pure subroutine sort_index(keys, order)
    !! order such that keys(order) ascends: bottom-up merge sort, stable, n log n.
    integer, intent(in) :: keys(:)
    integer, intent(out) :: order(:)
    integer, allocatable :: work(:)
    integer :: n, width, lo, mid, hi, a, b, k

    n = size(keys)
    order(:) = [(k, k=1, n)]
    allocate (work(n))
    width = 1
    do while (width < n)
      do lo = 1, n, 2*width
        mid = min(lo + width, n + 1)
        hi = min(lo + 2*width, n + 1)
        a = lo
        b = mid
        do k = lo, hi - 1
          if (a < mid .and. b < hi) then
            if (keys(order(a)) <= keys(order(b))) then
              work(k) = order(a); a = a + 1
            else
              work(k) = order(b); b = b + 1
            end if
          else if (a < mid) then
            work(k) = order(a); a = a + 1
          else
            work(k) = order(b); b = b + 1
          end if
        end do
      end do
      order(:) = work
      width = 2*width
    end do
  end subroutine sort_index

end module phase_parallel_mod

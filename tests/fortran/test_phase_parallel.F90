! Ranks on real processes: who shares a node, the order of columns, what travels between them.
program test_phase_parallel
  use mpi, only: MPI_COMM_FREE, MPI_COMM_SPLIT, MPI_COMM_WORLD, MPI_FINALIZE, MPI_INIT
  use phase_fixture, only: check, check_message, finish_tests
  use phase_kinds_mod, only: r8
  use phase_parallel_mod, only: phase_parallel_type
  use phase_status_mod, only: phase_status_type, phase_raise, PHASE_ERR_STATE
  implicit none (type, external)
  type(phase_parallel_type) :: world, half
  integer :: half_comm, ierr

  call MPI_INIT(ierr)
  call world%init(MPI_COMM_WORLD)
  call test_node()
  call test_agreement()
  call test_order()
  call MPI_FINALIZE(ierr)
  call finish_tests()

contains

  subroutine test_node()
    !! All ranks of this test are on one node. A host's communicator may hold some of its processes only: GPUs are dealt
    !! among those.
    call check('rank_on_the_node', world%local_rank == world%rank)
    call MPI_COMM_SPLIT(MPI_COMM_WORLD, mod(world%rank, 2), world%rank, half_comm, ierr)
    call half%init(half_comm)
    call check('rank_among_the_hosts_processes', half%local_rank == world%rank/2 .and. half%rank == half%local_rank)
    call MPI_COMM_FREE(half_comm, ierr)
  end subroutine test_node

  subroutine test_agreement()
    !! One rank's error is everybody's, with the number of the rank.
    type(phase_status_type) :: status
    call world%agree(status)
    call check('no_error', status%ok())
    if (world%rank == world%nranks - 1) call phase_raise(status, PHASE_ERR_STATE, 'test', 'leafc is lost')
    call world%agree(status)
    call check_message('error_of_one_rank', status, [character(len=16) :: 'leafc is lost'])
    call check('code_of_one_rank', status%code == PHASE_ERR_STATE)
    if (world%nranks > 1) call check_message('its_number', status, ['rank '//achar(iachar('0') + world%nranks - 1)])
  end subroutine test_agreement

  subroutine test_order()
    !! Rank r has r columns, the first rank none; ids run against the ranks. Whole and in small messages.
    integer, parameter :: nf = 5
    integer, parameter :: sizes(4) = [huge(1), 1, 7, 12]
    type(phase_parallel_type) :: other
    type(phase_status_type) :: status
    real(r8), allocatable :: local(:, :), global(:, :), back(:, :)
    integer, allocatable :: gid(:)
    integer :: f, i, n, s

    n = world%rank
    allocate (gid(n))
    gid(:) = [(1000 - 100*world%rank - i, i=1, n)]
    call world%init_order(gid, status)
    call check('order', status%ok())
    allocate (local(nf, n), back(nf, n))
    do i = 1, n
      local(:, i) = [(10000.0_r8*f + gid(i), f=1, nf)]
    end do
    do s = 1, size(sizes)
      world%largest_message = sizes(s)
      call world%gather(local, global)
      if (world%master()) then
        call check('ascending', all(world%gids(2:) > world%gids(:size(world%gids) - 1)) .and. size(global, 2) == world%nglobal)
        call check('gathered', all(global == spread(10000.0_r8*[(f, f=1, nf)], 2, world%nglobal) + &
          spread(real(world%gids, r8), 1, nf)))
      else
        call check('others_have_nothing', size(global) == 0)
      end if
      back(:, :) = 0.0_r8
      call world%scatter(global, back)
      call check('scattered', all(back == local))
    end do

    call other%init(MPI_COMM_WORLD)
    call other%init_order([17], status)
    if (world%nranks > 1) call check_message('an_id_twice', status, [character(len=32) :: 'column id 17 occurs twice'])
  end subroutine test_order

end program test_phase_parallel

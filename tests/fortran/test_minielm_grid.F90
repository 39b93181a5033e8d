! minielm's calendar, vertical grid and share of the gridcells among ranks.
program test_minielm_grid
  use mpi, only: MPI_Init, MPI_Finalize, MPI_COMM_WORLD
  use phase_fixture, only: check, finish_tests
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: natpft_size, nlevdecomp, nlevgrnd
  use elm_varcon, only: init_vertical, zsoi, dzsoi, zisoi, dzsoi_decomp
  use elm_time_manager, only: timemgr_init, advance_timestep, get_nstep, get_curr_date, get_prev_date, get_curr_calday, &
       get_prev_calday, is_beg_curr_year, is_end_curr_year, is_end_curr_month
  use decompMod, only: bounds_type, decomp_init, get_block, get_proc_bounds
  use spmdMod, only: spmd_init, npes, iam
  implicit none (type, external)

  integer :: ierr

  call MPI_Init(ierr)
  call spmd_init(MPI_COMM_WORLD)
  call test_calendar()
  call test_vertical()
  call test_blocks()
  call MPI_Finalize(ierr)
  call finish_tests()

contains

  subroutine test_calendar()
    integer :: now(4), before(4), i, month_ends, year_starts, year_ends

    call timemgr_init(0)
    call advance_timestep()
    call get_curr_date(now(1), now(2), now(3), now(4))
    call get_prev_date(before(1), before(2), before(3), before(4))
    call check('step_1_starts_on_1_january', all(before == [1, 1, 1, 0]) .and. all(now == [1, 1, 2, 0]))
    call check('step_1_begins_the_year', is_beg_curr_year() .and. .not. is_end_curr_year())
    call check('calendar_day', get_prev_calday() == 1._r8 .and. get_curr_calday() == 2._r8)

    ! no leap day in any year
    call timemgr_init(365*3 + 58)
    call advance_timestep()
    call get_prev_date(before(1), before(2), before(3), before(4))
    call get_curr_date(now(1), now(2), now(3), now(4))
    call check('28_february', all(before == [4, 2, 28, 0]) .and. all(now == [4, 3, 1, 0]))
    call check('february_ends', is_end_curr_month())

    month_ends = 0; year_starts = 0; year_ends = 0
    call timemgr_init(365*19)
    do i = 1, 365
       call advance_timestep()
       if (is_end_curr_month()) month_ends = month_ends + 1
       if (is_beg_curr_year()) year_starts = year_starts + 1
       if (is_end_curr_year()) year_ends = year_ends + 1
    end do
    call get_prev_date(before(1), before(2), before(3), before(4))
    call get_curr_date(now(1), now(2), now(3), now(4))
    call check('ends_of_a_year', month_ends == 12 .and. year_starts == 1 .and. year_ends == 1)
    call check('last_step_of_a_year', all(before == [20, 12, 31, 0]) .and. all(now == [21, 1, 1, 0]))
    call check('steps_count_from_year_1', get_nstep() == 7300)
  end subroutine test_calendar

  ! The depths that ELM prints for its ten soil layers.
  subroutine test_vertical()
    real(r8), parameter :: nodes(10) = [0.0071_r8, 0.0279_r8, 0.0623_r8, 0.1189_r8, 0.2122_r8, 0.3661_r8, 0.6198_r8, &
         1.0380_r8, 1.7276_r8, 2.8646_r8]
    real(r8), parameter :: thickness(10) = [0.0175_r8, 0.0276_r8, 0.0455_r8, 0.0750_r8, 0.1236_r8, 0.2038_r8, 0.3360_r8, &
         0.5539_r8, 0.9133_r8, 1.5058_r8]

    call init_vertical()
    call check('nodes', all(abs(zsoi(1:10) - nodes) < 6.e-5_r8))
    call check('thickness', all(abs(dzsoi(1:10) - thickness) < 6.e-5_r8))
    call check('interfaces', all(abs(zisoi(1:) - zisoi(0:nlevgrnd-1) - dzsoi) < 1.e-14_r8))
    call check('depth_of_the_soil', abs(zisoi(10) - 3.8019_r8) < 6.e-5_r8)
    call check('nothing_below_the_soil', all(dzsoi_decomp(nlevdecomp+1:) == 0._r8))
  end subroutine test_vertical

  ! Blocks are contiguous, cover all cells once and differ by one cell at most; patches follow their columns.
  subroutine test_blocks()
    integer :: rank, first, count, next
    logical :: contiguous, even
    type(bounds_type) :: bounds

    call decomp_init(4*npes + 1)
    next = 1
    contiguous = .true.; even = .true.
    do rank = 0, npes - 1
       call get_block(rank, first, count)
       contiguous = contiguous .and. first == next
       even = even .and. (count == 4 .or. count == 5)
       next = first + count
    end do
    call check('blocks_are_contiguous', contiguous .and. next == 4*npes + 2)
    call check('blocks_are_even', even)
    call get_proc_bounds(bounds)
    call get_block(iam, first, count)
    call check('bounds_of_the_block', bounds%begg == first .and. bounds%endc == first + count - 1)
    call check('patches_follow_columns', bounds%begp == (first - 1)*natpft_size + 1 .and. &
         bounds%endp - bounds%begp + 1 == count*natpft_size)
  end subroutine test_blocks

end program test_minielm_grid

! Gather distributed arrays to rank 0 and scatter them from there. The blocks of the ranks are contiguous and in
! rank order, so that the global array is the concatenation of the local ones.
module spmdGathScatMod
  use mpi_f08, only: MPI_Comm, MPI_DOUBLE_PRECISION, MPI_REAL4, MPI_INTEGER, MPI_Gatherv, MPI_Scatterv
  use shr_kind_mod, only: r8 => shr_kind_r8, r4 => shr_kind_r4
  use spmdMod, only: mpicom, npes
  use decompMod, only: get_block
  implicit none (type, external)
  private

  public :: gather_to_master, scatter_from_master

  ! (local, global, per): local and global are 1-D, per is the number of elements per gridcell (1 for columns,
  ! natpft_size for patches). global counts on rank 0 only.
  interface gather_to_master
     module procedure gather_r8, gather_r4, gather_int
  end interface gather_to_master

  interface scatter_from_master
     module procedure scatter_r8, scatter_r4, scatter_int
  end interface scatter_from_master

contains

  subroutine block_layout(per, counts, starts)
    integer, intent(in) :: per
    integer, intent(out) :: counts(0:), starts(0:)  ! elements of each rank and where they start (0-based)

    integer :: rank, first, count

    do rank = 0, npes - 1
       call get_block(rank, first, count)
       counts(rank) = count*per
       starts(rank) = (first - 1)*per
    end do
  end subroutine block_layout

  subroutine gather_r8(local, global, per)
    real(r8), intent(in) :: local(:)
    real(r8), intent(inout) :: global(:)
    integer, intent(in) :: per

    integer :: counts(0:npes-1), starts(0:npes-1), ierr

    call block_layout(per, counts, starts)
    call MPI_Gatherv(local, size(local), MPI_DOUBLE_PRECISION, global, counts, starts, MPI_DOUBLE_PRECISION, 0, &
         MPI_Comm(mpicom), ierr)
  end subroutine gather_r8

  subroutine gather_r4(local, global, per)
    real(r4), intent(in) :: local(:)
    real(r4), intent(inout) :: global(:)
    integer, intent(in) :: per

    integer :: counts(0:npes-1), starts(0:npes-1), ierr

    call block_layout(per, counts, starts)
    call MPI_Gatherv(local, size(local), MPI_REAL4, global, counts, starts, MPI_REAL4, 0, MPI_Comm(mpicom), ierr)
  end subroutine gather_r4

  subroutine gather_int(local, global, per)
    integer, intent(in) :: local(:)
    integer, intent(inout) :: global(:)
    integer, intent(in) :: per

    integer :: counts(0:npes-1), starts(0:npes-1), ierr

    call block_layout(per, counts, starts)
    call MPI_Gatherv(local, size(local), MPI_INTEGER, global, counts, starts, MPI_INTEGER, 0, MPI_Comm(mpicom), ierr)
  end subroutine gather_int

  subroutine scatter_r8(global, local, per)
    real(r8), intent(in) :: global(:)
    real(r8), intent(inout) :: local(:)
    integer, intent(in) :: per

    integer :: counts(0:npes-1), starts(0:npes-1), ierr

    call block_layout(per, counts, starts)
    call MPI_Scatterv(global, counts, starts, MPI_DOUBLE_PRECISION, local, size(local), MPI_DOUBLE_PRECISION, 0, &
         MPI_Comm(mpicom), ierr)
  end subroutine scatter_r8

  subroutine scatter_r4(global, local, per)
    real(r4), intent(in) :: global(:)
    real(r4), intent(inout) :: local(:)
    integer, intent(in) :: per

    integer :: counts(0:npes-1), starts(0:npes-1), ierr

    call block_layout(per, counts, starts)
    call MPI_Scatterv(global, counts, starts, MPI_REAL4, local, size(local), MPI_REAL4, 0, MPI_Comm(mpicom), ierr)
  end subroutine scatter_r4

  subroutine scatter_int(global, local, per)
    integer, intent(in) :: global(:)
    integer, intent(inout) :: local(:)
    integer, intent(in) :: per

    integer :: counts(0:npes-1), starts(0:npes-1), ierr

    call block_layout(per, counts, starts)
    call MPI_Scatterv(global, counts, starts, MPI_INTEGER, local, size(local), MPI_INTEGER, 0, MPI_Comm(mpicom), ierr)
  end subroutine scatter_int

end module spmdGathScatMod

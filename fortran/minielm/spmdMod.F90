! The communicator of the land model.
module spmdMod
  use mpi, only: MPI_Comm_rank, MPI_Comm_size
  implicit none (type, external)
  private

  public :: spmd_init

  integer, public, protected :: mpicom = -1            ! communicator of the model
  integer, public, protected :: iam = 0                ! rank
  integer, public, protected :: npes = 1               ! number of ranks
  logical, public, protected :: masterproc = .true.    ! rank 0

contains

  ! Work on a communicator of an already initialised MPI.
  subroutine spmd_init(comm)
    integer, intent(in) :: comm  ! communicator of the host (Fortran handle)

    integer :: ierr

    mpicom = comm
    call MPI_Comm_rank(mpicom, iam, ierr)
    call MPI_Comm_size(mpicom, npes, ierr)
    masterproc = iam == 0
  end subroutine spmd_init

end module spmdMod

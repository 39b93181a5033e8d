! One way out for errors.
module abortutils
  use, intrinsic :: iso_fortran_env, only: error_unit
  use, intrinsic :: iso_c_binding, only: c_int
  use mpi, only: MPI_Abort, MPI_Barrier
  use elm_varctl, only: iulog
  use spmdMod, only: mpicom, npes, masterproc
  implicit none (type, external)
  private

  public :: endrun

  interface
     ! exit(3) of the C library: ends the process without the backtrace of error stop, which would bury the message.
     subroutine c_exit(status) bind(c, name='exit')
       import :: c_int
       implicit none (type, external)
       integer(c_int), value, intent(in) :: status
     end subroutine c_exit
  end interface

contains

  ! Write one clear line and stop every rank with exit status 1. Any rank may call it alone. Where every rank finds
  ! the same error, on_all_ranks lets rank 0 alone write the line.
  subroutine endrun(msg, on_all_ranks)
    character(len=*), intent(in) :: msg  ! where, what was expected, what was found, what to do
    logical, intent(in), optional :: on_all_ranks

    integer :: ierr

    if (present(on_all_ranks)) then
       ! The others wait here until rank 0 takes them down.
       if (on_all_ranks .and. .not. masterproc) call MPI_Barrier(mpicom, ierr)
    end if

    flush(iulog)
    write(error_unit, '(2a)') 'minielm: ', trim(msg)
    flush(error_unit)
    if (npes > 1) call MPI_Abort(mpicom, 1, ierr)
    call c_exit(1_c_int)
  end subroutine endrun

end module abortutils

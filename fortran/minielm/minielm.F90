! The stand-alone model. Usage: minielm [namelist], by default ./lnd_in.
program minielm
  use mpi, only: MPI_Init, MPI_Finalize, MPI_COMM_WORLD
  use shr_kind_mod, only: cl => shr_kind_cl
  use elm_varctl, only: stop_n
  use lnd_comp_mod, only: lnd_init, lnd_run_years, lnd_final
  implicit none (type, external)

  character(len=cl) :: nlfile
  integer :: ierr

  nlfile = 'lnd_in'
  if (command_argument_count() > 0) call get_command_argument(1, nlfile)
  call MPI_Init(ierr)
  call lnd_init(MPI_COMM_WORLD, nlfile)
  call lnd_run_years(stop_n)
  call lnd_final()
  call MPI_Finalize(ierr)
end program minielm

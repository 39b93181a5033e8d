! minielm as in a case, but for one rank whose land has no soil, as ELM allows: an empty filter.
! Usage: minielm_without_soil NAMELIST RANK; run by tests/coupled/test_ranks.py.
program minielm_without_soil
  use mpi, only: MPI_COMM_WORLD, MPI_FINALIZE, MPI_INIT
  use elm_instMod, only: cnstate_vars
  use elm_varctl, only: stop_n
  use filterMod, only: filter
  use lnd_comp_mod, only: lnd_init, lnd_run_years, lnd_final
  use shr_kind_mod, only: cl => shr_kind_cl, r8 => shr_kind_r8
  use spmdMod, only: iam
  implicit none (type, external)
  character(len=cl) :: namelist_file
  character(len=8) :: argument
  integer :: ierr, rank

  call get_command_argument(1, namelist_file)
  call get_command_argument(2, argument)
  read (argument, *) rank
  call MPI_INIT(ierr)
  call lnd_init(MPI_COMM_WORLD, namelist_file)
  if (iam == rank) then
    filter(1)%num_soilc = 0
    filter(1)%num_soilp = 0
    deallocate (filter(1)%soilc, filter(1)%soilp)
    allocate (filter(1)%soilc(0), filter(1)%soilp(0))
    ! minielm books deposition in every column, but none of these would take it up
    cnstate_vars%ndep_col(:) = 0.0_r8
    cnstate_vars%pdep_col(:) = 0.0_r8
  end if
  call lnd_run_years(stop_n)
  call lnd_final()
  call MPI_FINALIZE(ierr)
end program minielm_without_soil

! Inputs that are there but cannot be true: one clear line, not a crash years later.
module inputCheckMod
  use mpi_f08, only: MPI_Comm, MPI_Allreduce, MPI_Barrier, MPI_INTEGER, MPI_MIN
  use shr_kind_mod, only: r8 => shr_kind_r8, cl => shr_kind_cl
  use spmdMod, only: mpicom
  use abortutils, only: endrun
  use GridcellType, only: grc_pp
  implicit none (type, external)
  private

  public :: check_range

  interface check_range
     module procedure check_range_1d, check_range_2d
  end interface check_range

contains

  ! Stop unless every value lies in a range; a NaN does not. All ranks call this, one of them writes the line.
  subroutine check_range_2d(path, name, first, values, lowest, highest)
    character(len=*), intent(in) :: path, name  ! file and variable
    integer, intent(in) :: first                ! local index of the first gridcell
    real(r8), intent(in) :: values(:,:)         ! (gridcell of this rank, layer or type)
    real(r8), intent(in) :: lowest, highest

    integer :: at(2), mine, least, g, ierr
    real(r8) :: value
    character(len=4*cl) :: msg

    at = findloc(values >= lowest .and. values <= highest, .false.)
    mine = huge(mine)
    if (at(1) > 0) mine = grc_pp%gindex(first + at(1) - 1)
    call MPI_Allreduce(mine, least, 1, MPI_INTEGER, MPI_MIN, MPI_Comm(mpicom), ierr)
    if (least == huge(least)) return
    ! The rank that found the first one ends the run, the others wait for that.
    if (mine /= least) call MPI_Barrier(MPI_Comm(mpicom), ierr)
    g = first + at(1) - 1
    value = values(at(1), at(2))
    write(msg, '(5a,i0,2(a,g0.6))') "'", trim(name), "' of '", trim(path), "' at gridcell ", grc_pp%gindex(g), ' (lat ', &
         grc_pp%latdeg(g), ', lon ', grc_pp%londeg(g)
    write(msg(len_trim(msg)+1:), '(a,i0,3(a,g0.6),a)') '), element ', at(2), ' is ', value, '; expected a value from ', lowest, &
         ' to ', highest, '; check the data and their units'
    call endrun(msg)
  end subroutine check_range_2d

  subroutine check_range_1d(path, name, first, values, lowest, highest)
    character(len=*), intent(in) :: path, name
    integer, intent(in) :: first
    real(r8), intent(in) :: values(:)
    real(r8), intent(in) :: lowest, highest

    call check_range_2d(path, name, first, reshape(values, [size(values), 1]), lowest, highest)
  end subroutine check_range_1d

end module inputCheckMod

! The land component: what the main program and Python call.
module lnd_comp_mod
  use shr_kind_mod, only: r8 => shr_kind_r8, i8 => shr_kind_i8
  use mpi_f08, only: MPI_Comm, MPI_Reduce, MPI_DOUBLE_PRECISION, MPI_SUM
  use elm_varctl, only: iulog, stop_n, rest_n
  use spmdMod, only: spmd_init, mpicom, masterproc
  use decompMod, only: bounds_type, numc
  use controlMod, only: control_init
  use domainMod, only: ldomain
  use elm_time_manager, only: advance_timestep, get_curr_date, get_prev_date, get_step_size_real, is_beg_curr_year, &
       is_end_curr_year
  use elm_initializeMod, only: elm_initialize
  use elm_driver, only: elm_drv
  use elm_finalizeMod, only: elm_final
  use lnd_importMod, only: lnd_import
  use restFileMod, only: restFile_write
  use ColumnDataType, only: col_cs, col_cf
#ifdef PHASE_SURROGATE
  use elm_phase_mod, only: phase_driver_restart_write
#endif
  implicit none (type, external)
  private

  public :: lnd_init, lnd_run_step, lnd_run_years, lnd_final

  type(bounds_type) :: bounds                 ! of this rank
  integer :: first_year = 1                   ! year of the first step of this run
  real(r8), allocatable :: annual_npp(:)      ! [gC/m2] NPP of the columns in this year so far
  integer(i8) :: year_start_ticks = 0         ! wall clock at the start of the year

contains

  ! Start the model on a communicator of an initialised MPI.
  subroutine lnd_init(comm, nlfile)
    integer, intent(in) :: comm            ! Fortran handle
    character(len=*), intent(in) :: nlfile ! path of the namelist file

    integer :: mon, day, tod

    call spmd_init(comm)
    call control_init(nlfile)
    call elm_initialize(bounds)
    call get_curr_date(first_year, mon, day, tod)
    if (allocated(annual_npp)) deallocate(annual_npp)
    allocate(annual_npp(bounds%begc:bounds%endc))
    annual_npp = 0._r8
    call system_clock(year_start_ticks)
  end subroutine lnd_init

  ! One step (a day), with its output.
  subroutine lnd_run_step()
    call advance_timestep()
    if (is_beg_curr_year()) then
       annual_npp = 0._r8
       call system_clock(year_start_ticks)
    end if
    call lnd_import(bounds)
    call elm_drv(bounds)
    annual_npp = annual_npp + col_cf%npp*get_step_size_real()
    if (is_end_curr_year()) then
       call write_restart_if_due()
       call report_year()
    end if
  end subroutine lnd_run_step

  ! Run to the end of the n-th year from now, counting the running year.
  subroutine lnd_run_years(n)
    integer, intent(in) :: n

    integer :: year

    do year = 1, n
       do
          call lnd_run_step()
          if (is_end_curr_year()) exit
       end do
    end do
  end subroutine lnd_run_years

  subroutine lnd_final()
    call elm_final(bounds)
  end subroutine lnd_final

  ! Restarts fall on year ends, where the history has no sums in progress.
  subroutine write_restart_if_due()
    integer :: yr, mon, day, tod, years_done
    logical :: due

    call get_prev_date(yr, mon, day, tod)
    years_done = yr - first_year + 1
    due = years_done == stop_n
    if (rest_n > 0) due = due .or. mod(years_done, rest_n) == 0
    if (.not. due) return
    call restFile_write(bounds)
#ifdef PHASE_SURROGATE
    call get_curr_date(yr, mon, day, tod)
    call phase_driver_restart_write(bounds, yr, mon, day, tod)
#endif
  end subroutine write_restart_if_due

  ! One line a year: area means and the speed.
  subroutine report_year()
    real(r8) :: local(3), total(3), seconds
    integer :: yr, mon, day, tod, ierr
    integer(i8) :: ticks, rate

    associate (weight => ldomain%area*ldomain%frac)
      local = [sum(weight), sum(weight*annual_npp), sum(weight*col_cs%totecosysc)]
    end associate
    call MPI_Reduce(local, total, 3, MPI_DOUBLE_PRECISION, MPI_SUM, 0, MPI_Comm(mpicom), ierr)
    if (.not. masterproc) return
    call system_clock(ticks, rate)
    seconds = max(real(ticks - year_start_ticks, r8)/real(rate, r8), 1.e-6_r8)
    call get_prev_date(yr, mon, day, tod)
    write(iulog, '(a,i5,a,f9.2,a,f11.2,a,f9.1)') ' year ', yr, '  NPP ', total(2)/total(1), ' gC/m2/yr  TOTECOSYSC ', &
         total(3)/total(1), ' gC/m2  column-years/s ', real(numc, r8)/seconds
    flush(iulog)
  end subroutine report_year

end module lnd_comp_mod

! Reads the namelist &elm_inparm.
module controlMod
  use mpi_f08, only: MPI_Comm, MPI_Bcast, MPI_CHARACTER, MPI_INTEGER, MPI_DOUBLE_PRECISION, MPI_LOGICAL
  use shr_kind_mod, only: r8 => shr_kind_r8, cl => shr_kind_cl
  use abortutils, only: endrun
  use spmdMod, only: mpicom, masterproc
  use elm_varctl, only: NLFilename, caseid, finidat, fsurdat, paramfile, fsoilordercon, fatmlndfrc, fmet, rundir, &
       spinup_state, spinup_mortality_factor, suplnitro, suplphos, nyears_supl, nu_com, use_century_decomp, co2_ppmv, &
       start_type, stop_n, rest_n, hist_nhtfrq
  implicit none (type, external)
  private

  public :: control_init

  namelist /elm_inparm/ caseid, finidat, fsurdat, paramfile, fsoilordercon, fatmlndfrc, fmet, rundir, spinup_state, &
       spinup_mortality_factor, suplnitro, suplphos, nyears_supl, nu_com, use_century_decomp, co2_ppmv, start_type, &
       stop_n, rest_n, hist_nhtfrq

contains

  ! Read the namelist on rank 0, check it and hand it to all ranks.
  subroutine control_init(nlfile)
    character(len=*), intent(in) :: nlfile  ! path of the namelist file

    NLFilename = nlfile
    if (masterproc) then
       call read_namelist()
       call check_namelist()
    end if
    call broadcast()
  end subroutine control_init

  subroutine read_namelist()
    integer :: unit, status
    logical :: exists
    character(len=cl) :: message

    inquire(file=NLFilename, exist=exists)
    if (.not. exists) call endrun("control_init: the namelist file '"//trim(NLFilename)//"' does not exist; give its path")
    open(newunit=unit, file=NLFilename, status='old', action='read', iostat=status, iomsg=message)
    if (status /= 0) call endrun("control_init: cannot open '"//trim(NLFilename)//"': "//trim(message))
    read(unit, nml=elm_inparm, iostat=status, iomsg=message)
    close(unit)
    if (status < 0) call endrun("control_init: '"//trim(NLFilename)//"' has no complete group &elm_inparm ... /")
    if (status > 0) call endrun("control_init: &elm_inparm of '"//trim(NLFilename)//"': "//trim(message))
  end subroutine read_namelist

  subroutine check_namelist()
    character(len=64) :: text

    call require('fsurdat', fsurdat)
    call require('fatmlndfrc', fatmlndfrc)
    call require('paramfile', paramfile)
    call require('fsoilordercon', fsoilordercon)
    call require('fmet', fmet)
    if (trim(nu_com) /= 'RD') call endrun("control_init: nu_com='"//trim(nu_com)//"' is not available; minielm has 'RD'")
    if (use_century_decomp) call endrun('control_init: use_century_decomp=.true. is not available; minielm has the CTC cascade')
    if (spinup_state < 0 .or. spinup_state > 1) then
       write(text, '(a,i0)') 'spinup_state must be 0 or 1, found ', spinup_state
       call endrun('control_init: '//trim(text))
    end if
    if (.not. spinup_mortality_factor >= 1._r8) &
         call endrun('control_init: spinup_mortality_factor must be 1 or more; it is a factor on the mortality of dead wood')
    if (len_trim(start_type) == 0) start_type = merge('continue', 'startup ', len_trim(finidat) > 0)
    if (all(start_type /= ['startup ', 'continue'])) &
         call endrun("control_init: start_type must be 'startup' or 'continue', found '"//trim(start_type)//"'")
    if (start_type == 'continue' .and. len_trim(finidat) == 0) &
         call endrun("control_init: start_type='continue' needs the restart file to go on from in finidat")
    if (all(suplnitro /= ['NONE    ', 'ALL     '])) &
         call endrun("control_init: suplnitro must be 'NONE' or 'ALL', found '"//trim(suplnitro)//"'")
    if (all(suplphos /= ['NONE    ', 'ALL     '])) &
         call endrun("control_init: suplphos must be 'NONE' or 'ALL', found '"//trim(suplphos)//"'")
    if (all(hist_nhtfrq /= ['month   ', 'year    ', 'none    '])) &
         call endrun("control_init: hist_nhtfrq must be 'month', 'year' or 'none', found '"//trim(hist_nhtfrq)//"'")
    if (stop_n < 1) call endrun('control_init: stop_n (years to run) must be at least 1')
    if (rest_n < 0) call endrun('control_init: rest_n (years between restarts) must not be negative')
    call check_rundir()
  end subroutine check_namelist

  ! Find out now, not at the end of the first year, that the output folder cannot be written.
  subroutine check_rundir()
    integer :: unit, status

    open(newunit=unit, file=trim(rundir)//'/'//trim(caseid)//'.elm.part', action='write', iostat=status)
    if (status /= 0) call endrun("control_init: cannot write to rundir='"//trim(rundir)//"'; it must be an existing folder")
    close(unit, status='delete')
  end subroutine check_rundir

  subroutine require(name, value)
    character(len=*), intent(in) :: name, value

    if (len_trim(value) == 0) call endrun("control_init: &elm_inparm of '"//trim(NLFilename)//"' must set "//name)
  end subroutine require

  subroutine broadcast()
    integer :: ierr

    call share(caseid); call share(finidat); call share(fsurdat); call share(paramfile); call share(fsoilordercon)
    call share(fatmlndfrc); call share(fmet); call share(rundir)
    call share(suplnitro); call share(suplphos); call share(nu_com); call share(hist_nhtfrq); call share(start_type)
    call MPI_Bcast(spinup_state, 1, MPI_INTEGER, 0, MPI_Comm(mpicom), ierr)
    call MPI_Bcast(nyears_supl, 1, MPI_INTEGER, 0, MPI_Comm(mpicom), ierr)
    call MPI_Bcast(stop_n, 1, MPI_INTEGER, 0, MPI_Comm(mpicom), ierr)
    call MPI_Bcast(rest_n, 1, MPI_INTEGER, 0, MPI_Comm(mpicom), ierr)
    call MPI_Bcast(use_century_decomp, 1, MPI_LOGICAL, 0, MPI_Comm(mpicom), ierr)
    call MPI_Bcast(spinup_mortality_factor, 1, MPI_DOUBLE_PRECISION, 0, MPI_Comm(mpicom), ierr)
    call MPI_Bcast(co2_ppmv, 1, MPI_DOUBLE_PRECISION, 0, MPI_Comm(mpicom), ierr)
  end subroutine broadcast

  subroutine share(text)
    character(len=*), intent(inout) :: text

    integer :: ierr

    call MPI_Bcast(text, len(text), MPI_CHARACTER, 0, MPI_Comm(mpicom), ierr)
  end subroutine share

end module controlMod

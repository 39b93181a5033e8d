! Run control: what the namelist &elm_inparm sets, and switches that ELM keeps here.
module elm_varctl
  use, intrinsic :: iso_fortran_env, only: output_unit
  use shr_kind_mod, only: r8 => shr_kind_r8, cl => shr_kind_cl
  implicit none (type, external)
  private

  integer, public :: iulog = output_unit            ! unit of the log

  character(len=cl), public :: NLFilename = 'lnd_in'    ! namelist file
  character(len=cl), public :: caseid = 'minielm'       ! first part of the output file names
  character(len=cl), public :: finidat = ' '            ! restart file to start from; blank is a cold start
  character(len=cl), public :: fsurdat = ' '            ! surface data
  character(len=cl), public :: paramfile = ' '          ! plant and decomposition parameters
  character(len=cl), public :: fsoilordercon = ' '      ! phosphorus parameters by soil order
  character(len=cl), public :: fatmlndfrc = ' '         ! domain file
  character(len=cl), public :: fmet = ' '               ! daily forcing
  character(len=cl), public :: rundir = '.'             ! folder of the output files

  integer, public :: spinup_state = 0                   ! 0 normal mode, 1 accelerated decomposition
  real(r8), public :: spinup_mortality_factor = 1._r8   ! factor on the mortality of dead wood in the accelerated mode
  character(len=8), public :: suplnitro = 'NONE'        ! 'ALL' meets every nitrogen demand for ever
  character(len=8), public :: suplphos = 'NONE'         ! 'ALL' meets every phosphorus demand for ever
  integer, public :: nyears_supl = 0                    ! meet every N and P demand in the years 1..nyears_supl
  character(len=8), public :: nu_com = 'RD'             ! nutrient competition
  logical, public :: use_century_decomp = .false.       ! .false. is the CTC cascade, the only one here
  logical, public :: use_cn = .true.                    ! biogeochemistry is always on
  logical, public :: use_vertsoilc = .true.             ! layered soil carbon is always on
  real(r8), public :: co2_ppmv = 284.7_r8               ! carbon dioxide (ppm)

  character(len=8), public :: start_type = ' '          ! 'startup' begins at 0001-01-01, 'continue' goes on from finidat
  integer, public :: stop_n = 1                         ! years to run
  integer, public :: rest_n = 0                         ! years between restart files; 0 is at the end only
  character(len=8), public :: hist_nhtfrq = 'month'     ! averaging period of the history: 'month', 'year' or 'none'

  ! Set each step: are the nutrients supplied in this year? (suplnitro, suplphos or nyears_supl)
  logical, public :: supplement_n = .false.
  logical, public :: supplement_p = .false.

end module elm_varctl

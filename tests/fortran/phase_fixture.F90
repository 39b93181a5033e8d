! What the plugin's test programs share: counting of results, and a small synthetic host.
module phase_fixture
  use, intrinsic :: iso_fortran_env, only: output_unit, error_unit
  use phase_domain_mod, only: phase_domain_type
  use phase_fields_mod, only: phase_fields_type
  use phase_host_mod, only: phase_host_type
  use phase_kinds_mod, only: r8
  use phase_jump_mod, only: phase_rules_type
  use phase_status_mod, only: phase_status_type
  implicit none (type, external)
  private

  public :: check, check_message, wanted, finish_tests, artifact_path, write_namelist
  public :: test_host_type, test_rules_type, next_step

  integer, parameter, public :: host_npft = 4, host_nlev = 3, host_nlev_full = 5
  integer, parameter, public :: month_days(12) = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

  integer :: nfailed = 0

  type :: test_host_type
    !! Columns in one block, behind one foreign column and three foreign patches; every patch slot of
    !! column i but the first is active, and the last only where the global id is odd.
    integer :: ncol = 0
    type(phase_domain_type) :: domain
    type(phase_fields_type) :: fields
    type(phase_host_type) :: facts
    real(r8), allocatable :: tbot(:), gpp(:), lat(:)      !! (column)
    real(r8), allocatable :: leafc(:), tlai(:)            !! (patch)
    real(r8), allocatable :: soil1c(:, :), soil1n(:, :)   !! (column, layer)
    real(r8) :: leafcn(host_npft) = [10.0_r8, 20.0_r8, 30.0_r8, 40.0_r8]
    real(r8), allocatable :: growth(:)                    !! (column of the domain) gC/m3 that soil1c gains a day
  contains
    procedure :: build => host_build
    procedure :: register => host_register
    procedure :: physics => host_physics
    procedure :: copy_state => host_copy_state
  end type test_host_type

  type, extends(phase_rules_type) :: test_rules_type
    !! Soil N follows soil C at a ratio of ten, as a host's rule would have it.
    type(test_host_type), pointer :: host => null()
    integer :: nbefore = 0, nafter = 0
  contains
    procedure :: before_jump => test_before_jump
    procedure :: after_jump => test_after_jump
  end type test_rules_type

contains

  subroutine check(name, passed, detail)
    character(len=*), intent(in) :: name
    logical, intent(in) :: passed
    character(len=*), intent(in), optional :: detail
    if (passed) then
      write (output_unit, '(a)') 'ok '//name
    else
      nfailed = nfailed + 1
      write (output_unit, '(a)') 'FAIL '//name
      if (present(detail)) write (output_unit, '(a)') '  '//detail
    end if
  end subroutine check

  subroutine check_message(name, status, pieces)
    !! An error whose message holds every piece.
    character(len=*), intent(in) :: name
    type(phase_status_type), intent(in) :: status
    character(len=*), intent(in) :: pieces(:)
    integer :: k
    if (status%ok()) then
      call check(name, .false., 'no error was raised')
      return
    end if
    do k = 1, size(pieces)
      if (index(status%message, trim(pieces(k))) == 0) then
        call check(name, .false., 'expected "'//trim(pieces(k))//'" in: '//status%message)
        return
      end if
    end do
    call check(name, .true.)
  end subroutine check_message

  logical function wanted(name)
    !! All cases, or those named on the command line.
    character(len=*), intent(in) :: name
    character(len=128) :: argument
    integer :: k
    wanted = command_argument_count() == 0
    do k = 1, command_argument_count()
      call get_command_argument(k, argument)
      if (argument == name) wanted = .true.
    end do
  end function wanted

  subroutine finish_tests()
    flush (output_unit)
    if (nfailed > 0) then
      write (error_unit, '(i0,a)') nfailed, ' case(s) failed'
      error stop 1
    end if
  end subroutine finish_tests

  function artifact_path(name) result(path)
    !! PHASE_TEST_ARTIFACTS is the folder make_phase_artifacts.py has filled.
    character(len=*), intent(in), optional :: name !! phase_rules where absent
    character(len=:), allocatable :: path
    character(len=512) :: folder
    integer :: length
    call get_environment_variable('PHASE_TEST_ARTIFACTS', folder, length)
    if (length == 0) folder = '.'
    path = trim(folder)//'/phase_rules.pt'
    if (present(name)) path = trim(folder)//'/'//name//'.pt'
  end function artifact_path

  subroutine write_namelist(path, lines)
    !! A namelist file of these lines inside &phase_inparm.
    character(len=*), intent(in) :: path
    character(len=*), intent(in) :: lines(:)
    integer :: k, unit
    open (newunit=unit, file=path, status='replace', action='write')
    write (unit, '(a)') "&elm_inparm caseid = 'a/b' /"
    write (unit, '(a)') '&phase_inparm'
    do k = 1, size(lines)
      write (unit, '(a)') trim(lines(k))
    end do
    write (unit, '(a)') '/'
    close (unit)
  end subroutine write_namelist

  subroutine host_build(self, gids, lats)
    class(test_host_type), intent(inout), target :: self
    integer, intent(in) :: gids(:)    !! global ids of the columns of this rank
    real(r8), intent(in) :: lats(:)   !! their latitudes (degrees)
    integer :: i, j, n

    if (allocated(self%leafc)) deallocate (self%tbot, self%gpp, self%lat, self%leafc, self%tlai, self%soil1c, &
      self%soil1n, self%growth)
    n = size(gids)
    self%ncol = n
    self%domain = phase_domain_type()
    call self%domain%init(n, host_npft, [0.1_r8, 0.2_r8, 0.7_r8])
    allocate (self%growth(n), source=0.0_r8)
    allocate (self%tbot(n + 1), self%gpp(n + 1), self%lat(n + 1), source=0.0_r8)
    allocate (self%leafc(host_npft*n + 3), self%tlai(host_npft*n + 3), source=-7.0_r8)
    allocate (self%soil1c(n + 1, host_nlev_full), self%soil1n(n + 1, host_nlev_full), source=-7.0_r8)
    do i = 1, n
      self%domain%col(i) = i + 1
      self%domain%gid(i) = gids(i)
      self%domain%lat(i) = lats(i)
      self%domain%lon(i) = 10.0_r8*gids(i)
      self%domain%area_weight(i) = 100.0_r8 + gids(i)
      self%lat(i + 1) = lats(i)
      self%gpp(i + 1) = 1.0e-5_r8*gids(i)
      do j = 1, host_npft
        associate (p => 3 + (i - 1)*host_npft + j)
          self%leafc(p) = real(100*gids(i) + j, r8)
          self%tlai(p) = 0.01_r8*(10*gids(i) + j)
          if (j == 1 .or. (j == host_npft .and. mod(gids(i), 2) == 0)) cycle
          self%domain%patch(j, i) = p
          self%domain%wtcol(j, i) = 0.25_r8
        end associate
      end do
      do j = 1, host_nlev
        self%soil1c(i + 1, j) = real(1000*gids(i) + j, r8)
        self%soil1n(i + 1, j) = 0.1_r8*self%soil1c(i + 1, j)
      end do
    end do
    call self%register()
    self%facts = phase_host_type()
    call self%facts%set('pool_space', 'normal')
    call self%facts%set('protocol', 'cold')
    call self%facts%set('nu_com', 'RD')
    call self%facts%set('decomp_cascade', 'CTC')
  end subroutine host_build

  subroutine host_register(self)
    class(test_host_type), intent(inout), target :: self
    self%fields = phase_fields_type()
    call self%fields%add('TBOT', self%tbot, 'K', 'column')
    call self%fields%add('GPP', self%gpp, 'gC/m2/s', 'column')
    call self%fields%add('lat', self%lat, 'degrees_north', 'column')
    call self%fields%add('leafcn', self%leafcn, 'gC/gN', 'pft')
    call self%fields%add('PFT_TLAI', self%tlai, 'm2/m2', 'patch')
    call self%fields%add('leafc', self%leafc, 'gC/m2', 'patch', stock='TOTVEGC')
    call self%fields%add('soil1c_vr', self%soil1c, 'gC/m3', 'column_level', stock='TOTSOMC')
    call self%fields%add('soil1n_vr', self%soil1n, 'gN/m3', 'column_level', stock='TOTSOMN')
  end subroutine host_register

  subroutine host_physics(self, year, month)
    !! The step's results are those of its date; the soil pool grows at its constant pace.
    class(test_host_type), intent(inout) :: self
    integer, intent(in) :: year, month
    integer :: i, j
    do i = 2, self%ncol + 1
      self%tbot(i) = real(year, r8) + 0.01_r8*month + 0.1_r8*self%domain%gid(i - 1)
      do j = 1, host_nlev
        self%soil1c(i, j) = self%soil1c(i, j) + self%growth(i - 1)*month_days(month)
      end do
    end do
  end subroutine host_physics

  subroutine host_copy_state(self, other)
    !! What a host's own restart file would carry: pools, not fluxes.
    class(test_host_type), intent(inout) :: self
    type(test_host_type), intent(in) :: other
    self%leafc(:) = other%leafc
    self%tlai(:) = other%tlai
    self%soil1c(:, :) = other%soil1c
    self%soil1n(:, :) = other%soil1n
    self%gpp(:) = other%gpp
    self%growth(:) = other%growth
  end subroutine host_copy_state

  subroutine test_before_jump(self, applied)
    class(test_rules_type), intent(inout) :: self
    logical, intent(in) :: applied(:)
    self%nbefore = self%nbefore + count(applied)
  end subroutine test_before_jump

  subroutine test_after_jump(self, applied)
    class(test_rules_type), intent(inout) :: self
    logical, intent(in) :: applied(:)
    integer :: i
    self%nafter = self%nafter + count(applied)
    do i = 1, size(applied)
      if (applied(i)) self%host%soil1n(i + 1, 1:host_nlev) = 0.1_r8*self%host%soil1c(i + 1, 1:host_nlev)
    end do
  end subroutine test_after_jump

  pure subroutine next_step(year, month)
    !! Steps are months.
    integer, intent(inout) :: year, month
    month = month + 1
    if (month <= 12) return
    month = 1
    year = year + 1
  end subroutine next_step

end module phase_fixture

module phase_domain_mod
  !! Which of the host's columns and patches the plugin handles, and where they lie in the host's arrays.
  use phase_kinds_mod, only: r8
  use phase_status_mod, only: phase_status_type, phase_raise, phase_int_to_text, PHASE_ERR_ARGUMENT
  implicit none (type, external)
  private

  public :: phase_domain_type

  type :: phase_domain_type
    integer :: ncol = 0  !! columns of this rank
    integer :: npft = 0  !! patch slots of a column
    integer :: nlev = 0  !! biogeochemically active soil layers
    integer, allocatable :: col(:)           !! (ncol) position in the host's column arrays, from 1
    integer, allocatable :: patch(:, :)      !! (npft, ncol) position in the host's patch arrays, from 1; 0: no active patch
    integer, allocatable :: gid(:)           !! (ncol) global column id
    real(r8), allocatable :: wtcol(:, :)     !! (npft, ncol) patch weight on the column, 0 where there is none
    real(r8), allocatable :: area_weight(:)  !! (ncol) vegetated land area the column stands for (km2)
    real(r8), allocatable :: lat(:)          !! (ncol) degrees north
    real(r8), allocatable :: lon(:)          !! (ncol) degrees east
    real(r8), allocatable :: dz(:)           !! (nlev) layer thickness (m)
    logical, allocatable :: vegetated(:)     !! (ncol) counts in area shares and global totals
  contains
    procedure :: init => domain_init
    procedure :: check => domain_check
  end type phase_domain_type

contains

  subroutine domain_init(self, ncol, npft, dz)
    !! Allocate; the host fills the arrays afterwards.
    class(phase_domain_type), intent(inout) :: self
    integer, intent(in) :: ncol     !! columns of this rank
    integer, intent(in) :: npft     !! patch slots of a column
    real(r8), intent(in) :: dz(:)   !! (nlev) layer thickness (m)

    self%ncol = ncol
    self%npft = npft
    self%nlev = size(dz)
    allocate (self%dz(size(dz)), source=dz)
    allocate (self%col(ncol), self%gid(ncol), source=0)
    allocate (self%patch(npft, ncol), source=0)
    allocate (self%wtcol(npft, ncol), source=0.0_r8)
    allocate (self%area_weight(ncol), self%lat(ncol), self%lon(ncol), source=0.0_r8)
    allocate (self%vegetated(ncol), source=.true.)
  end subroutine domain_init

  subroutine domain_check(self, status)
    class(phase_domain_type), intent(in) :: self
    type(phase_status_type), intent(inout), optional :: status
    integer :: i

    do i = 1, self%ncol
      if (self%col(i) < 1) then
        call phase_raise(status, PHASE_ERR_ARGUMENT, 'phase_domain%check', 'column '//phase_int_to_text(i)// &
          ' has no position in the host''s arrays (expected at least 1, found '//phase_int_to_text(self%col(i))//')')
        return
      end if
      if (.not. self%area_weight(i) >= 0.0_r8) then
        call phase_raise(status, PHASE_ERR_ARGUMENT, 'phase_domain%check', 'column with global id '// &
          phase_int_to_text(self%gid(i))//' has a negative or undefined area')
        return
      end if
    end do
  end subroutine domain_check

end module phase_domain_mod

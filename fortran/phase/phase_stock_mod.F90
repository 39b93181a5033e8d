module phase_stock_mod
  !! Column totals (g/m2) computed from the pools themselves, not from the host's diagnostics:
  !! right after a jump the host has not summed its pools yet.
  use phase_domain_mod, only: phase_domain_type
  use phase_fields_mod, only: phase_fields_type
  use phase_finite_mod, only: is_finite
  use phase_kinds_mod, only: r8
  use phase_pack_mod, only: phase_check_finite, phase_feature_count, phase_pack
  use phase_status_mod, only: phase_status_type
  implicit none (type, external)
  private

  public :: phase_stocks_type, phase_column_total

  integer, parameter, public :: n_elements = 3
  character(len=1), parameter, public :: element_names(n_elements) = ['C', 'N', 'P']
  !> totals that make up TOTECOSYSC (and its N and P twins, whose mineral pools belong to it)
  character(len=8), parameter :: ecosystem_parts(*) = [character(len=8) :: 'TOTVEG', 'TOTLIT', 'CWD', 'TOTSOM', 'SMIN']

  type :: phase_stocks_type
    integer :: n = 0
    character(len=16), allocatable :: names(:)  !! registered totals, then TOTECOSYSC, TOTECOSYSN, TOTECOSYSP
    integer, allocatable :: element(:)           !! 1 carbon, 2 nitrogen, 3 phosphorus
    integer, allocatable :: field_stock(:)       !! total a field belongs to, 0: none
    real(r8), allocatable :: values(:, :)        !! (n, ncol) g/m2, filled by compute
    real(r8), allocatable, private :: work(:, :)
  contains
    procedure :: init => stocks_init
    procedure :: compute => stocks_compute
    procedure :: check_finite => stocks_check_finite
    procedure :: find => stocks_find
    procedure :: element_totals => stocks_element_totals
  end type phase_stocks_type

contains

  subroutine stocks_init(self, fields, domain)
    class(phase_stocks_type), intent(inout) :: self
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    integer :: e, k, nregistered

    allocate (self%names(fields%n + n_elements), self%element(fields%n + n_elements), self%field_stock(fields%n))
    self%field_stock(:) = 0
    do k = 1, fields%n
      if (fields%list(k)%stock == ' ') cycle
      if (self%find(fields%list(k)%stock) == 0) then
        self%n = self%n + 1
        self%names(self%n) = fields%list(k)%stock
        self%element(self%n) = findloc(element_names, fields%list(k)%units(2:2), dim=1)
      end if
      self%field_stock(k) = self%find(fields%list(k)%stock)
    end do
    nregistered = self%n
    do e = 1, n_elements
      if (.not. any(self%element(1:nregistered) == e)) cycle
      self%n = self%n + 1
      self%names(self%n) = 'TOTECOSYS'//element_names(e)
      self%element(self%n) = e
    end do
    self%names = self%names(1:self%n)
    self%element = self%element(1:self%n)
    allocate (self%values(self%n, domain%ncol), self%work(max(domain%npft, domain%nlev), domain%ncol), source=0.0_r8)
  end subroutine stocks_init

  subroutine stocks_compute(self, fields, domain)
    !! Fill values with the present totals.
    class(phase_stocks_type), intent(inout) :: self
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    integer :: e, k, n, s, total

    self%values(:, :) = 0.0_r8
    do k = 1, fields%n
      s = self%field_stock(k)
      if (s == 0) cycle
      n = phase_feature_count(fields%list(k), domain)
      call phase_pack(fields%list(k), domain, self%work(1:n, :))
      self%values(s, :) = self%values(s, :) + phase_column_total(fields%list(k)%on, domain, self%work(1:n, :))
    end do
    do e = 1, n_elements
      total = self%find('TOTECOSYS'//element_names(e))
      if (total == 0) cycle
      do k = 1, size(ecosystem_parts)
        s = self%find(trim(ecosystem_parts(k))//element_names(e))
        if (s > 0) self%values(total, :) = self%values(total, :) + self%values(s, :)
      end do
    end do
  end subroutine stocks_compute

  subroutine stocks_check_finite(self, fields, domain, status)
    !! After compute: where a total is not finite, name the pool that spoils it.
    class(phase_stocks_type), intent(inout) :: self
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    type(phase_status_type), intent(inout) :: status
    integer :: k, n

    if (all(is_finite(self%values))) return
    do k = 1, fields%n
      if (self%field_stock(k) == 0) cycle
      n = phase_feature_count(fields%list(k), domain)
      call phase_pack(fields%list(k), domain, self%work(1:n, :))
      call phase_check_finite(fields%list(k)%name, 'instant', domain, self%work(1:n, :), status)
    end do
  end subroutine stocks_check_finite

  function stocks_element_totals(self) result(totals)
    !! All carbon, nitrogen and phosphorus the plugin knows of, per column (g/m2).
    class(phase_stocks_type), intent(in) :: self
    real(r8) :: totals(n_elements, size(self%values, 2))
    integer :: s

    totals(:, :) = 0.0_r8
    do s = 1, self%n
      if (self%names(s) == 'TOTECOSYS'//element_names(self%element(s))) cycle
      totals(self%element(s), :) = totals(self%element(s), :) + self%values(s, :)
    end do
  end function stocks_element_totals

  pure integer function stocks_find(self, name) result(k)
    class(phase_stocks_type), intent(in) :: self
    character(len=*), intent(in) :: name
    do k = self%n, 1, -1
      if (self%names(k) == name) return
    end do
    k = 0
  end function stocks_find

  pure function phase_column_total(on, domain, packed) result(total)
    !! Packed pools summed over layers (thickness) or patches (weight): g/m3 or g/m2 -> g/m2 of column.
    character(len=*), intent(in) :: on
    type(phase_domain_type), intent(in) :: domain
    real(r8), intent(in) :: packed(:, :) !! (nfeature, ncol)
    real(r8) :: total(domain%ncol)
    integer :: i

    do i = 1, domain%ncol
      select case (on)
      case ('column_level')
        total(i) = sum(packed(:, i)*domain%dz)
      case ('patch')
        total(i) = sum(packed(:, i)*domain%wtcol(:, i))
      case default
        total(i) = packed(1, i)
      end select
    end do
  end function phase_column_total

end module phase_stock_mod

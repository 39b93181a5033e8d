module phase_accum_mod
  !! Monthly series, window means and values at the window's start, as time-weighted sums.
  !! Only sums and their weights are kept and saved, in the order in which the steps came, so a
  !! run cut into segments gives the same bits as one run.
  use phase_domain_mod, only: phase_domain_type
  use phase_fields_mod, only: phase_fields_type, phase_field_type
  use phase_kinds_mod, only: r8, phase_name_len
  use phase_pack_mod, only: phase_feature_count, phase_gather_host
  use phase_status_mod, only: phase_status_type, phase_raise, phase_int_to_text, PHASE_ERR_STATE
  implicit none (type, external)
  private

  public :: phase_accum_type, phase_accum_item_type

  type :: phase_accum_item_type
    character(len=phase_name_len) :: name = ' '
    integer :: field = 0           !! position in the registry
    logical :: monthly = .false.   !! monthly series instead of one mean
    logical :: first = .false.     !! the window's first step alone
    logical :: on_patch = .false.
    integer :: years = 0           !! length of the window that ends at the jump
    real(r8), allocatable :: total(:, :)  !! value*s: (npft, ncol), (ncol, nfeature) or (ncol, nmonth)
    real(r8), allocatable :: weight(:)    !! s: one element, or one for each month
  end type phase_accum_item_type

  type :: phase_accum_type
    integer :: n = 0
    type(phase_accum_item_type), allocatable :: items(:)
    real(r8), allocatable, private :: column_work(:, :)  !! (ncol, nlev)
    real(r8), allocatable, private :: patch_work(:, :)   !! (npft, ncol)
  contains
    procedure :: init => accum_init
    procedure :: add => accum_add
    procedure :: sample => accum_sample
    procedure :: reset => accum_reset
    procedure :: pack => accum_pack
    procedure :: find => accum_find
  end type phase_accum_type

contains

  subroutine accum_init(self, nmax, domain)
    class(phase_accum_type), intent(inout) :: self
    integer, intent(in) :: nmax !! variables at most
    type(phase_domain_type), intent(in) :: domain
    self%n = 0
    allocate (self%items(nmax))
    allocate (self%column_work(domain%ncol, max(1, domain%nlev)), self%patch_work(domain%npft, domain%ncol), source=0.0_r8)
  end subroutine accum_init

  subroutine accum_add(self, name, index, field, domain, sample, years)
    class(phase_accum_type), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer, intent(in) :: index                !! position of field in the registry
    type(phase_field_type), intent(in) :: field
    type(phase_domain_type), intent(in) :: domain
    character(len=*), intent(in) :: sample      !! 'monthly', 'mean' or 'start', as in the artifact's schema
    integer, intent(in) :: years                !! length of the window
    integer :: nf

    self%n = self%n + 1
    associate (item => self%items(self%n))
      item%name = name
      item%field = index
      item%monthly = sample == 'monthly'
      item%first = sample == 'start'
      item%years = years
      item%on_patch = field%on == 'patch'
      nf = phase_feature_count(field, domain)
      if (item%monthly) then
        allocate (item%total(domain%ncol, 12*years), item%weight(12*years), source=0.0_r8)
      else if (item%on_patch) then
        allocate (item%total(nf, domain%ncol), item%weight(1), source=0.0_r8)
      else
        allocate (item%total(domain%ncol, nf), item%weight(1), source=0.0_r8)
      end if
    end associate
  end subroutine accum_add

  subroutine accum_sample(self, fields, domain, year, month, dt, jump_year)
    !! Add the values of one step.
    class(phase_accum_type), intent(inout) :: self
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    integer, intent(in) :: year       !! of the step
    integer, intent(in) :: month      !! of the step
    real(r8), intent(in) :: dt        !! length of the step (s)
    integer, intent(in) :: jump_year  !! the window ends when this year begins
    integer :: k, nf, slot

    do k = 1, self%n
      associate (item => self%items(k), field => fields%list(self%items(k)%field))
        if (year < jump_year - item%years .or. year >= jump_year) cycle
        if (item%first .and. item%weight(1) > 0.0_r8) cycle
        if (item%monthly) then
          slot = (year - (jump_year - item%years))*12 + month
          call phase_gather_host(field, domain, self%column_work(:, 1:1))
          item%total(:, slot) = item%total(:, slot) + dt*self%column_work(:, 1)
          item%weight(slot) = item%weight(slot) + dt
        else if (item%on_patch) then
          call phase_gather_host(field, domain, self%patch_work)
          item%total(:, :) = item%total + dt*self%patch_work
          item%weight(1) = item%weight(1) + dt
        else
          nf = size(item%total, 2)
          call phase_gather_host(field, domain, self%column_work(:, 1:nf))
          item%total(:, :) = item%total + dt*self%column_work(:, 1:nf)
          item%weight(1) = item%weight(1) + dt
        end if
      end associate
    end do
  end subroutine accum_sample

  subroutine accum_reset(self)
    class(phase_accum_type), intent(inout) :: self
    integer :: k
    do k = 1, self%n
      self%items(k)%total(:, :) = 0.0_r8
      self%items(k)%weight(:) = 0.0_r8
    end do
  end subroutine accum_reset

  subroutine accum_pack(self, k, buffer, status)
    !! Means in packed layout.
    class(phase_accum_type), intent(in) :: self
    integer, intent(in) :: k                !! position among the accumulators
    real(r8), intent(out) :: buffer(:, :)   !! (nfeature, ncol)
    type(phase_status_type), intent(inout), optional :: status
    integer :: j, missing

    buffer(:, :) = 0.0_r8
    associate (item => self%items(k))
      missing = count(.not. item%weight > 0.0_r8)
      if (missing > 0) then
        call phase_raise(status, PHASE_ERR_STATE, 'phase_accum%pack', 'variable '//trim(item%name)//': '// &
          phase_int_to_text(missing)//' of '//phase_int_to_text(size(item%weight))//merge(' months', ' means ', &
          item%monthly)//' of the observation window hold no step; the window has to be observed in full before a jump')
        return
      end if
      if (item%on_patch) then
        buffer(:, :) = item%total/item%weight(1)
      else
        do j = 1, size(item%total, 2)
          buffer(j, :) = item%total(:, j)/item%weight(merge(j, 1, item%monthly))
        end do
      end if
    end associate
  end subroutine accum_pack

  pure integer function accum_find(self, name) result(k)
    class(phase_accum_type), intent(in) :: self
    character(len=*), intent(in) :: name
    do k = self%n, 1, -1
      if (self%items(k)%name == name) return
    end do
    k = 0
  end function accum_find

end module phase_accum_mod

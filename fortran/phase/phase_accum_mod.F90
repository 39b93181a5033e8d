module phase_accum_mod
  !! Monthly series, window means and values at the window's start, as time-weighted sums.
  !! Only sums and their weights are kept and saved, in the order in which the steps came, so a
  !! run cut into segments gives the same bits as one run.
  !!
  !! A monthly series takes every step. A mean takes each part of a variable at the pace that the host has given it
  !! (phase_pace_mod); a variable that is always in proportion to another is not summed at all.
  use, intrinsic :: iso_c_binding, only: c_f_pointer, c_loc
  use phase_domain_mod, only: phase_domain_type
  use phase_fields_mod, only: phase_field_type
  use phase_kinds_mod, only: r8, phase_name_len
  use phase_pace_mod, only: phase_pace_in_layer, phase_pace_weight, pace_pulse, phase_npace
  use phase_pack_mod, only: phase_feature_count
  use phase_runs_mod, only: phase_runs_type
  use phase_status_mod, only: phase_status_type, phase_raise, phase_int_to_text, PHASE_ERR_STATE
  implicit none (type, external)
  private

  public :: phase_accum_type

  type :: slice_type
    real(r8), pointer, contiguous :: values(:) => null()  !! the host's array, or one layer of it; contiguous by the start-up check
    integer :: pace = pace_pulse
  end type slice_type

  type :: phase_accum_item_type
    character(len=phase_name_len) :: name = ' '
    logical :: monthly = .false.   !! monthly series instead of one mean
    logical :: first = .false.     !! the window's first step alone
    logical :: on_patch = .false.
    integer :: years = 0           !! length of the window that ends at the jump
    character(len=phase_name_len), private :: share_of = ' '
    integer, private :: base = 0   !! position of the item that this one is in proportion to, 0: it has sums of its own
    real(r8), private :: share = 0.0_r8
    integer, allocatable, private :: divisor(:)         !! (layer) whose weight makes the mean: the most frequent pace
    type(slice_type), allocatable, private :: slices(:, :)  !! (part, layer)
    real(r8), allocatable :: total(:, :)  !! value*s: (ncol, nlev), (ncol, nmonth) or (npatch, 1)
    real(r8), allocatable :: weight(:)    !! s: one for each pace, or one for each month
  end type phase_accum_item_type

  type :: phase_accum_type
    integer :: n = 0
    type(phase_accum_item_type), allocatable :: items(:)
    integer, private :: ncol = 0, npft = 0
    type(phase_runs_type), private :: columns
    type(phase_runs_type), private :: patches              !! the active ones
    integer, allocatable, private :: patch_place(:, :)     !! (2, npatch) slot and column of an active patch
  contains
    procedure :: init => accum_init
    procedure :: add => accum_add
    procedure :: link => accum_link
    procedure :: sample => accum_sample
    procedure :: reset => accum_reset
    procedure :: pack => accum_pack
    procedure :: sums => accum_sums
    procedure :: set_sums => accum_set_sums
    procedure :: sums_shape => accum_sums_shape
    procedure :: derived => accum_derived
    procedure :: seconds => accum_seconds
    procedure :: find => accum_find
  end type phase_accum_type

contains

  subroutine accum_init(self, nmax, domain)
    class(phase_accum_type), intent(inout) :: self
    integer, intent(in) :: nmax !! variables at most
    type(phase_domain_type), intent(in) :: domain
    integer :: i, j, k

    self%n = 0
    self%ncol = domain%ncol
    self%npft = domain%npft
    allocate (self%items(nmax))
    allocate (self%patch_place(2, count(domain%patch > 0)))
    k = 0
    do i = 1, domain%ncol
      do j = 1, domain%npft
        if (domain%patch(j, i) == 0) cycle
        k = k + 1
        self%patch_place(:, k) = [j, i]
      end do
    end do
    call self%columns%init(domain%col)
    call self%patches%init([(domain%patch(self%patch_place(1, k), self%patch_place(2, k)), k=1, size(self%patch_place, 2))])
  end subroutine accum_init

  subroutine accum_add(self, name, field, domain, sample, years)
    class(phase_accum_type), intent(inout) :: self
    character(len=*), intent(in) :: name
    type(phase_field_type), intent(in) :: field  !! its arrays stay where they are
    type(phase_domain_type), intent(in) :: domain
    character(len=*), intent(in) :: sample       !! 'monthly', 'mean' or 'start', as in the artifact's schema
    integer, intent(in) :: years                 !! length of the window
    integer :: j, k, nlayers

    self%n = self%n + 1
    associate (item => self%items(self%n))
      item%name = name
      item%monthly = sample == 'monthly'
      item%first = sample == 'start'
      item%years = years
      item%on_patch = field%on == 'patch'
      nlayers = 1
      if (field%on == 'column_level') nlayers = phase_feature_count(field, domain)
      if (sample == 'mean') item%share_of = field%share_of
      item%share = field%share
      allocate (item%slices(size(field%parts), nlayers), item%divisor(nlayers))
      do k = 1, size(field%parts)
        do j = 1, nlayers
          if (sample == 'mean') item%slices(k, j)%pace = field%parts(k)%pace
          if (field%on == 'column_level') then
            item%slices(k, j)%pace = phase_pace_in_layer(item%slices(k, j)%pace, domain%dz, j)
            if (size(field%parts(k)%a2) > 0) call c_f_pointer(c_loc(field%parts(k)%a2(1, j)), item%slices(k, j)%values, &
              [size(field%parts(k)%a2, 1)])
          else
            if (size(field%parts(k)%a1) > 0) call c_f_pointer(c_loc(field%parts(k)%a1(1)), item%slices(k, j)%values, &
              [size(field%parts(k)%a1)])
          end if
        end do
      end do
      item%divisor(:) = minval(item%slices%pace, dim=1)
      if (item%monthly) then
        allocate (item%total(self%ncol, 12*years), item%weight(12*years), source=0.0_r8)
      else
        allocate (item%total(merge(self%patches%n, self%ncol, item%on_patch), nlayers), item%weight(phase_npace), &
          source=0.0_r8)
      end if
    end associate
  end subroutine accum_add

  subroutine accum_link(self)
    !! After the last add: what is in proportion to another item of the same window needs no sums of its own.
    class(phase_accum_type), intent(inout) :: self
    integer :: b, k

    do k = 1, self%n
      associate (item => self%items(k))
        if (item%share_of == ' ' .or. .not. item%share > 0.0_r8) cycle
        b = self%find(item%share_of)
        if (b == 0 .or. b == k) cycle
        if (self%items(b)%monthly .or. self%items(b)%first .or. self%items(b)%share_of /= ' ') cycle
        if (self%items(b)%years /= item%years .or. any(shape(self%items(b)%total) /= shape(item%total))) cycle
        item%base = b
      end associate
    end do
  end subroutine accum_link

  subroutine accum_sample(self, date, dt, jump_year)
    !! Add the values of one step.
    class(phase_accum_type), intent(inout) :: self
    integer, intent(in) :: date(4)    !! year, month, day, second of the start of the step
    real(r8), intent(in) :: dt        !! length of the step (s)
    integer, intent(in) :: jump_year  !! the window ends when this year begins
    real(r8) :: weights(phase_npace)
    integer :: j, k, p, slot

    if (date(1) >= jump_year) return
    weights(:) = [(phase_pace_weight(p, date, dt), p=1, phase_npace)]
    do k = 1, self%n
      associate (item => self%items(k))
        if (item%base > 0 .or. date(1) < jump_year - item%years) cycle
        if (item%first .and. item%weight(pace_pulse) > 0.0_r8) cycle
        slot = 1
        if (item%monthly) slot = (date(1) - (jump_year - item%years))*12 + date(2)
        do j = 1, size(item%slices, 2)
          do p = 1, size(item%slices, 1)
            associate (slice => item%slices(p, j))
              if (.not. associated(slice%values)) cycle ! a rank without columns
              if (.not. weights(slice%pace) > 0.0_r8) cycle
              if (item%on_patch) then
                call self%patches%add(weights(slice%pace), slice%values, item%total(:, j))
              else
                call self%columns%add(weights(slice%pace), slice%values, item%total(:, merge(slot, j, item%monthly)))
              end if
            end associate
          end do
        end do
        if (item%monthly) then
          item%weight(slot) = item%weight(slot) + dt
        else
          item%weight(:) = item%weight + weights
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
    integer :: i, missing, source
    real(r8), allocatable :: weight(:)  !! (nfeature) or (nmonth)

    buffer(:, :) = 0.0_r8
    source = k
    if (self%items(k)%base > 0) source = self%items(k)%base
    associate (item => self%items(source))
      if (item%monthly) then
        weight = item%weight
      else if (item%on_patch) then
        allocate (weight(self%npft), source=item%weight(item%divisor(1)))
      else
        weight = item%weight(item%divisor)
      end if
      missing = count(.not. weight > 0.0_r8)
      if (missing > 0) then
        call phase_raise(status, PHASE_ERR_STATE, 'phase_accum%pack', 'variable '//trim(self%items(k)%name)//': '// &
          phase_int_to_text(missing)//' of '//phase_int_to_text(size(weight))//merge(' months', ' means ', &
          item%monthly)//' of the observation window hold no step; the window has to be observed in full before a jump')
        return
      end if
      buffer(:, :) = self%sums(source)
      do i = 1, self%ncol
        buffer(:, i) = buffer(:, i)/weight
      end do
    end associate
    if (source /= k) buffer(:, :) = self%items(k)%share*buffer
  end subroutine accum_pack

  pure logical function accum_derived(self, k)
    !! In proportion to another item, without sums of its own.
    class(phase_accum_type), intent(in) :: self
    integer, intent(in) :: k
    accum_derived = self%items(k)%base > 0
  end function accum_derived

  pure real(r8) function accum_seconds(self, k) result(seconds)
    !! Time that the sums of an item, which is no series, stand for.
    class(phase_accum_type), intent(in) :: self
    integer, intent(in) :: k
    seconds = self%items(k)%weight(self%items(k)%divisor(1))
  end function accum_seconds

  pure function accum_sums_shape(self, k) result(extents)
    !! Of accum_sums.
    class(phase_accum_type), intent(in) :: self
    integer, intent(in) :: k
    integer :: extents(2)
    extents(:) = [merge(self%npft, size(self%items(k)%total, 2), self%items(k)%on_patch), self%ncol]
  end function accum_sums_shape

  function accum_sums(self, k) result(packed)
    !! Sums (value*s) in packed layout; 0 where there is no active patch.
    class(phase_accum_type), intent(in) :: self
    integer, intent(in) :: k
    real(r8), allocatable :: packed(:, :)  !! (nfeature, ncol)
    integer :: extents(2), p

    extents = self%sums_shape(k)
    allocate (packed(extents(1), extents(2)), source=0.0_r8)
    associate (item => self%items(k))
      if (item%on_patch) then
        do p = 1, self%patches%n
          packed(self%patch_place(1, p), self%patch_place(2, p)) = item%total(p, 1)
        end do
      else
        packed(:, :) = transpose(item%total)
      end if
    end associate
  end function accum_sums

  subroutine accum_set_sums(self, k, packed)
    !! Inverse of accum_sums.
    class(phase_accum_type), intent(inout) :: self
    integer, intent(in) :: k
    real(r8), intent(in) :: packed(:, :)  !! (nfeature, ncol)
    integer :: p
    associate (item => self%items(k))
      if (item%on_patch) then
        do p = 1, self%patches%n
          item%total(p, 1) = packed(self%patch_place(1, p), self%patch_place(2, p))
        end do
      else
        item%total(:, :) = transpose(packed)
      end if
    end associate
  end subroutine accum_set_sums

  pure integer function accum_find(self, name) result(k)
    class(phase_accum_type), intent(in) :: self
    character(len=*), intent(in) :: name
    do k = self%n, 1, -1
      if (self%items(k)%name == name) return
    end do
    k = 0
  end function accum_find

end module phase_accum_mod

module phase_fields_mod
  !! Registry of the host's named arrays. The plugin keeps pointers, never copies.
  !! A name registered twice is the sum of its parts, which is how a flux made of several
  !! host arrays becomes one variable. Its parts may have paces of their own (phase_pace_mod).
  use phase_kinds_mod, only: r8, phase_name_len
  use phase_pace_mod, only: phase_pace_named, pace_step, phase_pace_names
  use phase_status_mod, only: phase_status_type, phase_raise, phase_int_to_text, PHASE_ERR_ARGUMENT, PHASE_ERR_NAME
  implicit none (type, external)
  private

  public :: phase_fields_type, phase_field_type

  type :: phase_part_type
    real(r8), pointer :: a1(:) => null()     !! column, patch or pft array
    real(r8), pointer :: a2(:, :) => null()  !! (column, layer) array
    integer :: pace = pace_step              !! how often it enters means
  end type phase_part_type

  type :: phase_field_type
    character(len=phase_name_len) :: name = ' '
    character(len=32) :: units = ' '
    character(len=16) :: on = ' '      !! column, column_level, patch, pft
    character(len=16) :: stock = ' '   !! total the field is part of (TOTVEGC, SMINN, ...), blank: none
    logical :: may_be_negative = .false.
    character(len=phase_name_len) :: share_of = ' '  !! variable that this one is always in proportion to, blank: none
    real(r8) :: share = 0.0_r8         !! of it
    type(phase_part_type), allocatable :: parts(:)
  end type phase_field_type

  type :: phase_fields_type
    type(phase_field_type), allocatable :: list(:)
    integer :: n = 0
  contains
    procedure, private :: add1 => fields_add1
    procedure, private :: add2 => fields_add2
    generic :: add => add1, add2
    procedure :: find => fields_find
  end type phase_fields_type

contains

  subroutine fields_add1(self, name, array, units, on, stock, may_be_negative, pace, status)
    class(phase_fields_type), intent(inout) :: self
    character(len=*), intent(in) :: name        !! schema name
    real(r8), intent(in), target :: array(:)    !! host array, element 1 is the first column, patch or PFT
    character(len=*), intent(in) :: units       !! units of the array
    character(len=*), intent(in) :: on          !! column, patch or pft
    character(len=*), intent(in), optional :: stock   !! total it is part of
    logical, intent(in), optional :: may_be_negative  !! a deficit is a legal value
    character(len=*), intent(in), optional :: pace    !! how often it enters means; step where absent
    type(phase_status_type), intent(inout), optional :: status
    integer :: k

    if (all(on /= [character(len=8) :: 'column', 'patch', 'pft'])) then
      call phase_raise(status, PHASE_ERR_ARGUMENT, 'phase_fields%add', &
        'variable '//trim(name)//': a 1-D array is on column, patch or pft, found '''//trim(on)//'''')
      return
    end if
    call open_part(self, name, units, on, stock, may_be_negative, pace, k, status)
    if (k > 0) self%list(k)%parts(size(self%list(k)%parts))%a1 => array
  end subroutine fields_add1

  subroutine fields_add2(self, name, array, units, on, stock, may_be_negative, pace, share_of, share, status)
    class(phase_fields_type), intent(inout) :: self
    character(len=*), intent(in) :: name          !! schema name
    real(r8), intent(in), target :: array(:, :)   !! (column, layer) host array, layer 1 uppermost
    character(len=*), intent(in) :: units         !! units of the array
    character(len=*), intent(in) :: on            !! column_level
    character(len=*), intent(in), optional :: stock
    logical, intent(in), optional :: may_be_negative
    character(len=*), intent(in), optional :: pace
    character(len=*), intent(in), optional :: share_of  !! variable that this one, of one part, is always in proportion to
    real(r8), intent(in), optional :: share             !! of it
    type(phase_status_type), intent(inout), optional :: status
    integer :: k

    if (on /= 'column_level') then
      call phase_raise(status, PHASE_ERR_ARGUMENT, 'phase_fields%add', &
        'variable '//trim(name)//': a 2-D array is on column_level, found '''//trim(on)//'''')
      return
    end if
    call open_part(self, name, units, on, stock, may_be_negative, pace, k, status)
    if (k == 0) return
    self%list(k)%parts(size(self%list(k)%parts))%a2 => array
    if (.not. present(share_of) .or. .not. present(share)) return
    self%list(k)%share_of = share_of
    self%list(k)%share = share
  end subroutine fields_add2

  subroutine open_part(self, name, units, on, stock, may_be_negative, pace, k, status)
    !! Entry k of the list gets one more, still empty, part; k = 0 after an error.
    class(phase_fields_type), intent(inout) :: self
    character(len=*), intent(in) :: name, units, on
    character(len=*), intent(in), optional :: stock
    logical, intent(in), optional :: may_be_negative
    character(len=*), intent(in), optional :: pace
    integer, intent(out) :: k
    type(phase_status_type), intent(inout), optional :: status
    type(phase_field_type), allocatable :: longer(:)
    type(phase_part_type), allocatable :: parts(:)
    type(phase_field_type) :: longest
    integer :: n, every

    k = 0
    every = pace_step
    if (present(pace)) every = phase_pace_named(pace)
    if (len_trim(name) == 0 .or. len_trim(name) > phase_name_len) then
      call phase_raise(status, PHASE_ERR_NAME, 'phase_fields%add', 'name '''//trim(name)//''' is blank or too long')
      return
    end if
    if (len_trim(units) > len(longest%units)) then
      call phase_raise(status, PHASE_ERR_ARGUMENT, 'phase_fields%add', 'variable '//trim(name)//': units '''//trim(units)// &
        ''' are longer than '//phase_int_to_text(len(longest%units))//' characters')
      return
    end if
    if (every == 0) then
      call phase_raise(status, PHASE_ERR_ARGUMENT, 'phase_fields%add', 'variable '//trim(name)//': a pace is one of '// &
        phase_pace_names//', found '''//trim(pace)//'''')
      return
    end if
    if (present(stock)) then
      if (len_trim(stock) > len(longest%stock)) then
        call phase_raise(status, PHASE_ERR_ARGUMENT, 'phase_fields%add', 'variable '//trim(name)//': stock '''//trim(stock)// &
          ''' is longer than '//phase_int_to_text(len(longest%stock))//' characters')
        return
      end if
    end if
    k = self%find(name)
    if (k == 0) then
      if (.not. allocated(self%list)) allocate (self%list(64))
      if (self%n == size(self%list)) then
        allocate (longer(2*self%n))
        longer(1:self%n) = self%list
        call move_alloc(longer, self%list)
      end if
      self%n = self%n + 1
      k = self%n
      self%list(k)%name = name
      self%list(k)%units = units
      self%list(k)%on = on
      if (present(stock)) self%list(k)%stock = stock
      if (present(may_be_negative)) self%list(k)%may_be_negative = may_be_negative
      allocate (self%list(k)%parts(1))
      self%list(k)%parts(1)%pace = every
      return
    end if
    if (self%list(k)%units /= units .or. self%list(k)%on /= on) then
      call phase_raise(status, PHASE_ERR_ARGUMENT, 'phase_fields%add', 'the parts of variable '//trim(name)// &
        ' differ: expected '//trim(self%list(k)%units)//' on '//trim(self%list(k)%on)//', found '//trim(units)//' on '//trim(on))
      k = 0
      return
    end if
    n = size(self%list(k)%parts)
    allocate (parts(n + 1))
    parts(1:n) = self%list(k)%parts
    parts(n + 1)%pace = every
    call move_alloc(parts, self%list(k)%parts)
  end subroutine open_part

  pure integer function fields_find(self, name) result(k)
    !! Position of a name in the list, 0 when it is not there.
    class(phase_fields_type), intent(in) :: self
    character(len=*), intent(in) :: name
    do k = self%n, 1, -1
      if (self%list(k)%name == name) return
    end do
    k = 0
  end function fields_find

end module phase_fields_mod

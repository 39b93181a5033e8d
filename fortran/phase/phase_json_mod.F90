module phase_json_mod
  !! A small writer of JSON text: objects, arrays, and scalars in full precision.
  use phase_finite_mod, only: is_finite
  use phase_kinds_mod, only: r8, phase_unset
  implicit none (type, external)
  private

  public :: phase_json_type

  type :: phase_json_type
    character(len=:), allocatable, private :: buffer  !! grows by doubling
    integer, private :: length = 0      !! characters written
    integer, private :: depth = 0
    logical, private :: first = .true.  !! no member yet on this level
  contains
    procedure :: open_object => json_open_object
    procedure :: open_array => json_open_array
    procedure :: close_object => json_close_object
    procedure :: close_array => json_close_array
    procedure, private :: add_text => json_add_text
    procedure, private :: add_int => json_add_int
    procedure, private :: add_real => json_add_real
    procedure, private :: add_logical => json_add_logical
    generic :: add => add_text, add_int, add_real, add_logical
    procedure :: add_null => json_add_null
    procedure :: add_reals => json_add_reals
    procedure :: add_texts => json_add_texts
    procedure :: text => json_text
  end type phase_json_type

contains

  subroutine json_open_object(self, key)
    class(phase_json_type), intent(inout) :: self
    character(len=*), intent(in), optional :: key !! absent in arrays and for the whole document
    call open_level(self, '{', key)
  end subroutine json_open_object

  subroutine json_open_array(self, key)
    class(phase_json_type), intent(inout) :: self
    character(len=*), intent(in), optional :: key
    call open_level(self, '[', key)
  end subroutine json_open_array

  subroutine json_close_object(self)
    class(phase_json_type), intent(inout) :: self
    call close_level(self, '}')
  end subroutine json_close_object

  subroutine json_close_array(self)
    class(phase_json_type), intent(inout) :: self
    call close_level(self, ']')
  end subroutine json_close_array

  subroutine json_add_text(self, key, value)
    class(phase_json_type), intent(inout) :: self
    character(len=*), intent(in) :: key, value
    call member(self, key, '"'//escaped(value)//'"')
  end subroutine json_add_text

  subroutine json_add_int(self, key, value)
    class(phase_json_type), intent(inout) :: self
    character(len=*), intent(in) :: key
    integer, intent(in) :: value
    character(len=16) :: buffer
    write (buffer, '(i0)') value
    call member(self, key, trim(buffer))
  end subroutine json_add_int

  subroutine json_add_real(self, key, value)
    !! A value that was never measured, or is not finite, is null.
    class(phase_json_type), intent(inout) :: self
    character(len=*), intent(in) :: key
    real(r8), intent(in) :: value
    call member(self, key, real_text(value))
  end subroutine json_add_real

  subroutine json_add_reals(self, key, values)
    !! A list of numbers.
    class(phase_json_type), intent(inout) :: self
    character(len=*), intent(in) :: key
    real(r8), intent(in) :: values(:)
    integer :: k
    call begin_member(self)
    call put(self, '"'//escaped(key)//'": [')
    do k = 1, size(values)
      if (k > 1) call put(self, ', ')
      call put(self, real_text(values(k)))
    end do
    call put(self, ']')
  end subroutine json_add_reals

  subroutine json_add_texts(self, key, values)
    class(phase_json_type), intent(inout) :: self
    character(len=*), intent(in) :: key
    character(len=*), intent(in) :: values(:)
    integer :: k
    call begin_member(self)
    call put(self, '"'//escaped(key)//'": [')
    do k = 1, size(values)
      if (k > 1) call put(self, ', ')
      call put(self, '"'//escaped(values(k))//'"')
    end do
    call put(self, ']')
  end subroutine json_add_texts

  pure function real_text(value) result(text)
    !! Full precision; whole numbers without an exponent; null for what is not known or not finite.
    real(r8), intent(in) :: value
    character(len=:), allocatable :: text
    character(len=32) :: buffer
    text = 'null'
    if (.not. is_finite(value)) return
    if (abs(value) >= phase_unset) return
    if (abs(value) < 1.0e9_r8 .and. value == anint(value)) then
      write (buffer, '(i0,a)') nint(value), '.0'
    else
      write (buffer, '(es24.16e3)') value
    end if
    text = trim(adjustl(buffer))
  end function real_text

  pure function json_text(self) result(text)
    !! The document so far.
    class(phase_json_type), intent(in) :: self
    character(len=:), allocatable :: text
    text = ''
    if (self%length > 0) text = self%buffer(1:self%length)
  end function json_text

  subroutine put(self, piece)
    class(phase_json_type), intent(inout) :: self
    character(len=*), intent(in) :: piece
    character(len=:), allocatable :: longer
    integer :: n
    n = self%length + len(piece)
    if (.not. allocated(self%buffer)) allocate (character(len=4096) :: self%buffer)
    if (n > len(self%buffer)) then
      allocate (character(len=max(n, 2*len(self%buffer))) :: longer)
      longer(1:self%length) = self%buffer(1:self%length)
      call move_alloc(longer, self%buffer)
    end if
    self%buffer(self%length + 1:n) = piece
    self%length = n
  end subroutine put

  subroutine json_add_logical(self, key, value)
    class(phase_json_type), intent(inout) :: self
    character(len=*), intent(in) :: key
    logical, intent(in) :: value
    call member(self, key, trim(merge('true ', 'false', value)))
  end subroutine json_add_logical

  subroutine json_add_null(self, key)
    class(phase_json_type), intent(inout) :: self
    character(len=*), intent(in) :: key
    call member(self, key, 'null')
  end subroutine json_add_null

  subroutine member(self, key, value)
    class(phase_json_type), intent(inout) :: self
    character(len=*), intent(in) :: key, value
    call begin_member(self)
    call put(self, '"'//escaped(key)//'": '//value)
  end subroutine member

  subroutine begin_member(self)
    class(phase_json_type), intent(inout) :: self
    if (self%depth == 0) return
    if (.not. self%first) call put(self, ',')
    call put(self, new_line('a')//repeat('  ', self%depth))
    self%first = .false.
  end subroutine begin_member

  subroutine open_level(self, bracket, key)
    class(phase_json_type), intent(inout) :: self
    character(len=1), intent(in) :: bracket
    character(len=*), intent(in), optional :: key
    call begin_member(self)
    if (present(key)) call put(self, '"'//escaped(key)//'": ')
    call put(self, bracket)
    self%depth = self%depth + 1
    self%first = .true.
  end subroutine open_level

  subroutine close_level(self, bracket)
    class(phase_json_type), intent(inout) :: self
    character(len=1), intent(in) :: bracket
    self%depth = self%depth - 1
    if (.not. self%first) call put(self, new_line('a')//repeat('  ', self%depth))
    call put(self, bracket)
    self%first = .false.
  end subroutine close_level

  pure function escaped(value) result(text)
    character(len=*), intent(in) :: value
    character(len=:), allocatable :: text
    character(len=1), parameter :: backslash = achar(92)  !! in quotes it is an escape to some compilers
    integer :: k
    text = ''
    do k = 1, len_trim(value)
      select case (value(k:k))
      case ('"', backslash)
        text = text//backslash//value(k:k)
      case (achar(10))
        text = text//backslash//'n'
      case default
        if (iachar(value(k:k)) >= 32) text = text//value(k:k)
      end select
    end do
  end function escaped

end module phase_json_mod

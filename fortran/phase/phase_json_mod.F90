module phase_json_mod
  !! A small writer of JSON text: objects, arrays, and scalars in full precision.
  use, intrinsic :: ieee_arithmetic, only: ieee_is_finite
  use phase_kinds_mod, only: r8, phase_unset
  implicit none (type, external)
  private

  public :: phase_json_type

  type :: phase_json_type
    character(len=:), allocatable :: text
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
    character(len=32) :: buffer
    if (.not. ieee_is_finite(value)) then
      call self%add_null(key)
    else if (abs(value) >= phase_unset) then
      call self%add_null(key)
    else
      write (buffer, '(es24.16e3)') value
      call member(self, key, trim(adjustl(buffer)))
    end if
  end subroutine json_add_real

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
    self%text = self%text//'"'//escaped(key)//'": '//value
  end subroutine member

  subroutine begin_member(self)
    class(phase_json_type), intent(inout) :: self
    if (.not. allocated(self%text)) self%text = ''
    if (self%depth == 0) return
    if (.not. self%first) self%text = self%text//','
    self%text = self%text//new_line('a')//repeat('  ', self%depth)
    self%first = .false.
  end subroutine begin_member

  subroutine open_level(self, bracket, key)
    class(phase_json_type), intent(inout) :: self
    character(len=1), intent(in) :: bracket
    character(len=*), intent(in), optional :: key
    call begin_member(self)
    if (present(key)) self%text = self%text//'"'//escaped(key)//'": '
    self%text = self%text//bracket
    self%depth = self%depth + 1
    self%first = .true.
  end subroutine open_level

  subroutine close_level(self, bracket)
    class(phase_json_type), intent(inout) :: self
    character(len=1), intent(in) :: bracket
    self%depth = self%depth - 1
    if (.not. self%first) self%text = self%text//new_line('a')//repeat('  ', self%depth)
    self%text = self%text//bracket
    self%first = .false.
  end subroutine close_level

  pure function escaped(value) result(text)
    character(len=*), intent(in) :: value
    character(len=:), allocatable :: text
    integer :: k
    text = ''
    do k = 1, len_trim(value)
      select case (value(k:k))
      case ('"', '\')
        text = text//'\'//value(k:k)
      case (achar(10))
        text = text//'\n'
      case default
        if (iachar(value(k:k)) >= 32) text = text//value(k:k)
      end select
    end do
  end function escaped

end module phase_json_mod

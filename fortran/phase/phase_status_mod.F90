module phase_status_mod
  !! Status, not stop: every routine of the plugin takes an optional status object.
  !! Present: an error is recorded there and the caller decides. Absent: the message goes to
  !! stderr and the program ends, because nobody is left to read it.
  use, intrinsic :: iso_fortran_env, only: error_unit
  implicit none (type, external)
  private

  public :: phase_status_type, phase_raise, phase_forward, phase_int_to_text

  ! codes 0..12 are those of the C bridge (phase_bridge.h) and keep their values
  integer, parameter, public :: PHASE_OK = 0
  integer, parameter, public :: PHASE_ERR_ARGUMENT = 1
  integer, parameter, public :: PHASE_ERR_FILE = 2
  integer, parameter, public :: PHASE_ERR_SCHEMA = 3
  integer, parameter, public :: PHASE_ERR_NAME = 4
  integer, parameter, public :: PHASE_ERR_SHAPE = 5
  integer, parameter, public :: PHASE_ERR_DTYPE = 6
  integer, parameter, public :: PHASE_ERR_NAN_INPUT = 7
  integer, parameter, public :: PHASE_ERR_NAN_OUTPUT = 8
  integer, parameter, public :: PHASE_ERR_DEVICE = 9
  integer, parameter, public :: PHASE_ERR_MEMORY = 10
  integer, parameter, public :: PHASE_ERR_RUNTIME = 11
  integer, parameter, public :: PHASE_ERR_UNBOUND = 12
  ! codes of the plugin itself
  integer, parameter, public :: PHASE_ERR_CONFIG = 20
  integer, parameter, public :: PHASE_ERR_STARTUP = 21
  integer, parameter, public :: PHASE_ERR_STATE = 22

  type :: phase_status_type
    integer :: code = PHASE_OK
    character(len=:), allocatable :: message
  contains
    procedure :: ok => status_ok
    procedure :: error => status_error
    procedure :: print => status_print
    procedure :: clear => status_clear
  end type phase_status_type

contains

  pure logical function status_ok(self)
    class(phase_status_type), intent(in) :: self
    status_ok = self%code == PHASE_OK
  end function status_ok

  pure logical function status_error(self)
    class(phase_status_type), intent(in) :: self
    status_error = self%code /= PHASE_OK
  end function status_error

  subroutine status_print(self, unit)
    class(phase_status_type), intent(in) :: self
    integer, intent(in) :: unit !! unit to write to
    if (allocated(self%message)) then
      write (unit, '(a)') self%message
    else
      write (unit, '(a,i0)') 'PHASE status ', self%code
    end if
  end subroutine status_print

  subroutine status_clear(self)
    class(phase_status_type), intent(inout) :: self
    self%code = PHASE_OK
    if (allocated(self%message)) deallocate (self%message)
  end subroutine status_clear

  subroutine phase_raise(status, code, where, message)
    !! Record an error, or end the program when nobody asked for the status.
    !! The first error stays: a later one is most often its consequence.
    type(phase_status_type), intent(inout), optional :: status
    integer, intent(in) :: code            !! one of PHASE_ERR_*
    character(len=*), intent(in) :: where   !! routine that found it
    character(len=*), intent(in) :: message !! where in the data, expected, found, what to do
    character(len=:), allocatable :: text

    text = 'PHASE error in '//where//': '//message
    if (.not. present(status)) then
      write (error_unit, '(a)') text
      flush (error_unit)
      error stop code
    end if
    if (status%code /= PHASE_OK) return
    status%code = code
    status%message = text
  end subroutine phase_raise

  subroutine phase_forward(status, inner, remark)
    !! Hand an error of an inner routine on as it is; nothing happens when there is none.
    type(phase_status_type), intent(inout), optional :: status
    type(phase_status_type), intent(in) :: inner
    character(len=*), intent(in), optional :: remark !! appended to the message
    character(len=:), allocatable :: text

    if (inner%code == PHASE_OK) return
    text = ''
    if (allocated(inner%message)) text = inner%message
    if (present(remark)) text = text//remark
    if (.not. present(status)) then
      write (error_unit, '(a)') text
      flush (error_unit)
      error stop inner%code
    end if
    if (status%code /= PHASE_OK) return
    status%code = inner%code
    status%message = text
  end subroutine phase_forward

  pure function phase_int_to_text(number) result(text)
    integer, intent(in) :: number
    character(len=:), allocatable :: text
    character(len=16) :: buffer
    write (buffer, '(i0)') number
    text = trim(buffer)
  end function phase_int_to_text

end module phase_status_mod

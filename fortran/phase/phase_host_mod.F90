module phase_host_mod
  !! Facts about the host that an artifact has to agree with, as key and value texts.
  use phase_kinds_mod, only: phase_name_len
  implicit none (type, external)
  private

  public :: phase_host_type

  type :: phase_host_type
    character(len=phase_name_len), allocatable :: keys(:), values(:)  !! (fact)
  contains
    procedure :: set => host_set
    procedure :: get => host_get
  end type phase_host_type

contains

  pure subroutine host_set(self, key, value)
    class(phase_host_type), intent(inout) :: self
    character(len=*), intent(in) :: key, value
    integer :: k
    if (.not. allocated(self%keys)) allocate (self%keys(0), self%values(0))
    k = findloc(self%keys == key, .true., dim=1)
    if (k == 0) then
      self%keys = [character(len=phase_name_len) :: self%keys, key]
      self%values = [character(len=phase_name_len) :: self%values, value]
    else
      self%values(k) = value
    end if
  end subroutine host_set

  pure function host_get(self, key) result(value)
    !! The fact, blank when the host did not tell it.
    class(phase_host_type), intent(in) :: self
    character(len=*), intent(in) :: key
    character(len=phase_name_len) :: value
    integer :: k
    value = ' '
    if (.not. allocated(self%keys)) return
    k = findloc(self%keys == key, .true., dim=1)
    if (k > 0) value = self%values(k)
  end function host_get

end module phase_host_mod

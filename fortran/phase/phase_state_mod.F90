module phase_state_mod
  !! What has to survive a restart, as a list of named arrays: per column, (nfeature, ncol), or
  !! global, (nfeature, 1). The host writes them as it likes and hands the same list back.
  use phase_kinds_mod, only: r8, phase_name_len
  use phase_status_mod, only: phase_status_type, phase_raise, phase_forward, phase_int_to_text, PHASE_ERR_STATE
  implicit none (type, external)
  private

  public :: phase_state_type

  !> a variable's name with a prefix
  integer, parameter, public :: phase_state_name_len = phase_name_len + 16

  type :: phase_state_item_type
    character(len=phase_state_name_len) :: name = ' '
    logical :: on_column = .false.         !! per column, or the same on all ranks (valid on rank 0)
    real(r8), allocatable :: values(:, :)  !! (nfeature, ncol) or (nfeature, 1)
  end type phase_state_item_type

  type :: phase_state_type
    integer :: n = 0
    type(phase_state_item_type), allocatable :: items(:)
  contains
    procedure :: put => state_put
    procedure :: get => state_get
    procedure :: get_fixed => state_get_fixed
    procedure :: find => state_find
  end type phase_state_type

contains

  subroutine state_put(self, name, values, on_column)
    class(phase_state_type), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(r8), intent(in) :: values(:, :)
    logical, intent(in) :: on_column
    type(phase_state_item_type), allocatable :: longer(:)

    if (.not. allocated(self%items)) allocate (self%items(64))
    if (self%n == size(self%items)) then
      allocate (longer(2*self%n))
      longer(1:self%n) = self%items
      call move_alloc(longer, self%items)
    end if
    self%n = self%n + 1
    self%items(self%n)%name = name
    self%items(self%n)%on_column = on_column
    allocate (self%items(self%n)%values(size(values, 1), size(values, 2)), source=values)
  end subroutine state_put

  subroutine state_get(self, name, values, status)
    !! Values of any extent.
    class(phase_state_type), intent(in) :: self
    character(len=*), intent(in) :: name
    real(r8), intent(out), allocatable :: values(:, :)
    type(phase_status_type), intent(inout), optional :: status
    integer :: k

    k = self%find(name)
    if (k == 0) then
      call phase_raise(status, PHASE_ERR_STATE, 'phase_state%get', 'the restart state has no '''//name// &
        '''; it was written by another version or for another artifact')
      allocate (values(0, 0))
      return
    end if
    allocate (values(size(self%items(k)%values, 1), size(self%items(k)%values, 2)), source=self%items(k)%values)
  end subroutine state_get

  subroutine state_get_fixed(self, name, values, status)
    !! Values whose extents have to be the present ones.
    class(phase_state_type), intent(in) :: self
    character(len=*), intent(in) :: name
    real(r8), intent(inout) :: values(:, :)
    type(phase_status_type), intent(inout), optional :: status
    type(phase_status_type) :: local
    real(r8), allocatable :: found(:, :)

    call self%get(name, found, local)
    if (local%error()) then
      call phase_forward(status, local)
      return
    end if
    if (any(shape(found) /= shape(values))) then
      call phase_raise(status, PHASE_ERR_STATE, 'phase_state%get', 'restart state '''//name//''': expected '// &
        extents(shape(values))//', found '//extents(shape(found))// &
        '; namelist, artifact and grid have to be those of the run that wrote it')
      return
    end if
    values(:, :) = found
  end subroutine state_get_fixed

  pure integer function state_find(self, name) result(k)
    class(phase_state_type), intent(in) :: self
    character(len=*), intent(in) :: name
    do k = self%n, 1, -1
      if (self%items(k)%name == name) return
    end do
    k = 0
  end function state_find

  pure function extents(shape_of) result(text)
    integer, intent(in) :: shape_of(2)
    character(len=:), allocatable :: text
    text = phase_int_to_text(shape_of(1))//' x '//phase_int_to_text(shape_of(2))
  end function extents

end module phase_state_mod

! Allocation of the model's state arrays: every array starts at zero (integers 0, logicals false). An array that
! exists already is replaced, so that the model can be initialised again in one process.
module array_mod
  use shr_kind_mod, only: r8 => shr_kind_r8
  implicit none (type, external)
  private

  public :: new_array

  interface new_array
     module procedure new_r8_1d, new_r8_2d, new_r8_3d, new_int_1d, new_logical_1d
  end interface new_array

contains

  subroutine new_r8_1d(array, lb1, ub1)
    real(r8), pointer, contiguous, intent(inout) :: array(:)
    integer, intent(in) :: lb1, ub1

    if (associated(array)) deallocate(array)
    allocate(array(lb1:ub1))
    array = 0._r8
  end subroutine new_r8_1d

  subroutine new_r8_2d(array, lb1, ub1, lb2, ub2)
    real(r8), pointer, contiguous, intent(inout) :: array(:,:)
    integer, intent(in) :: lb1, ub1, lb2, ub2

    if (associated(array)) deallocate(array)
    allocate(array(lb1:ub1, lb2:ub2))
    array = 0._r8
  end subroutine new_r8_2d

  subroutine new_r8_3d(array, lb1, ub1, lb2, ub2, lb3, ub3)
    real(r8), pointer, contiguous, intent(inout) :: array(:,:,:)
    integer, intent(in) :: lb1, ub1, lb2, ub2, lb3, ub3

    if (associated(array)) deallocate(array)
    allocate(array(lb1:ub1, lb2:ub2, lb3:ub3))
    array = 0._r8
  end subroutine new_r8_3d

  subroutine new_int_1d(array, lb1, ub1)
    integer, pointer, contiguous, intent(inout) :: array(:)
    integer, intent(in) :: lb1, ub1

    if (associated(array)) deallocate(array)
    allocate(array(lb1:ub1))
    array = 0
  end subroutine new_int_1d

  subroutine new_logical_1d(array, lb1, ub1)
    logical, pointer, contiguous, intent(inout) :: array(:)
    integer, intent(in) :: lb1, ub1

    if (associated(array)) deallocate(array)
    allocate(array(lb1:ub1))
    array = .false.
  end subroutine new_logical_1d

end module array_mod

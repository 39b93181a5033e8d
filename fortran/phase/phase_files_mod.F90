module phase_files_mod
  !! What Fortran cannot do with files by itself: a finished file gets its name in one step, an unfinished one goes away.
  use, intrinsic :: iso_c_binding, only: c_int, c_char, c_null_char
  implicit none (type, external)
  private

  public :: rename_file, remove_file

  interface
    integer(c_int) function c_rename(old, new) bind(c, name='rename')
      import :: c_int, c_char
      implicit none (type, external)
      character(kind=c_char), intent(in) :: old(*), new(*)
    end function c_rename
    integer(c_int) function c_remove(path) bind(c, name='remove')
      import :: c_int, c_char
      implicit none (type, external)
      character(kind=c_char), intent(in) :: path(*)
    end function c_remove
  end interface

contains

  logical function rename_file(old, new) result(done)
    !! A file that has the new name already is replaced; a reader sees the one or the other.
    character(len=*), intent(in) :: old, new
    done = c_rename(old//c_null_char, new//c_null_char) == 0
  end function rename_file

  subroutine remove_file(path)
    !! That there is none is fine.
    character(len=*), intent(in) :: path
    integer(c_int) :: code
    code = c_remove(path//c_null_char)
  end subroutine remove_file

end module phase_files_mod

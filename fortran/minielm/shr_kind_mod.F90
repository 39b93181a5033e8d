! Numeric kinds under the names of the shared code of E3SM.
module shr_kind_mod
  use, intrinsic :: iso_fortran_env, only: real64, real32, int64
  implicit none (type, external)
  private

  integer, parameter, public :: shr_kind_r8 = real64
  integer, parameter, public :: shr_kind_r4 = real32
  integer, parameter, public :: shr_kind_i8 = int64
  integer, parameter, public :: shr_kind_cl = 256  ! length of a file name or message

end module shr_kind_mod

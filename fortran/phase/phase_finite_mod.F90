module phase_finite_mod
  !! Is a value a finite number? By its bits: ieee_is_finite is a comparison, which raises the invalid flag for a NaN where
  !! a compiler makes a vector operation of it, and so ends a host that traps it.
  use, intrinsic :: iso_fortran_env, only: int64
  use phase_kinds_mod, only: r8
  implicit none (type, external)
  private

  public :: is_finite

  integer, parameter :: exponent_at = 52, exponent_bits = 11  !! of an IEEE double; all ones are infinities and NaNs

contains

  elemental logical function is_finite(value)
    real(r8), intent(in) :: value
    is_finite = ibits(transfer(value, 0_int64), exponent_at, exponent_bits) /= 2_int64**exponent_bits - 1
  end function is_finite

end module phase_finite_mod

module phase_kinds_mod
  !! Kinds and text lengths shared by the plugin.
  use, intrinsic :: iso_fortran_env, only: real64
  implicit none (type, external)
  private

  integer, parameter, public :: r8 = real64
  !> longest variable name the plugin accepts (ELM's longest restart name has 29 characters)
  integer, parameter, public :: phase_name_len = 64
  integer, parameter, public :: phase_path_len = 1024
  !> jumps of a run at most
  integer, parameter, public :: phase_jumps_max = 64
  !> texts that describe a variable in the host's output
  integer, parameter, public :: phase_text_len = 128
  !> the quality mark of a value that was never set
  real(r8), parameter, public :: phase_unset = huge(1.0_r8)
end module phase_kinds_mod

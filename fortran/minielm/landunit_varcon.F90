! Kinds of land units and columns.
module landunit_varcon
  implicit none (type, external)
  private

  integer, parameter, public :: istsoil = 1  ! naturally vegetated soil

end module landunit_varcon

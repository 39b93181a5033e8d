! Phosphorus parameters by soil order, under the names of the parameter file. Index is the soil order (0..nsoilorder).
module soilorder_varcon
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: nsoilorder
  implicit none (type, external)
  private

  real(r8), public :: smax(0:nsoilorder) = 0._r8              ! [gP/m3] sorption capacity
  real(r8), public :: ks_sorption(0:nsoilorder) = 0._r8       ! [gP/m3] half saturation of sorption
  real(r8), public :: r_weather(0:nsoilorder) = 0._r8         ! [1/month] weathering of primary phosphorus
  real(r8), public :: r_adsorp(0:nsoilorder) = 0._r8          ! [1/month] labile to secondary
  real(r8), public :: r_desorp(0:nsoilorder) = 0._r8          ! [1/month] secondary to labile
  real(r8), public :: r_occlude(0:nsoilorder) = 0._r8         ! [1/month] secondary to occluded
  real(r8), public :: k_s1_biochem(0:nsoilorder) = 0._r8      ! [1/month] biochemical mineralisation
  real(r8), public :: r_mort_soilorder(0:nsoilorder) = 0._r8  ! [1/yr] mortality of tropical broadleaf trees

end module soilorder_varcon

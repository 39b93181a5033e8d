! Physical constants and the vertical grid.
module elm_varcon
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: nlevgrnd, nlevdecomp, nlevdecomp_full
  implicit none (type, external)
  private

  public :: init_vertical

  real(r8), parameter, public :: spval = 1.e36_r8           ! missing value of the output files
  integer, parameter, public :: ispval = -9999              ! missing integer
  real(r8), parameter, public :: secspday = 86400._r8       ! seconds a day
  real(r8), parameter, public :: dayspyr = 365._r8          ! days a year (noleap calendar)
  real(r8), parameter, public :: tfrz = 273.15_r8           ! freezing point of water (K)
  real(r8), parameter, public :: rpi = 3.14159265358979323846_r8
  real(r8), parameter, public :: re = 6371.22_r8            ! radius of the earth (km)
  real(r8), parameter, public :: grav = 9.80616_r8          ! gravity (m/s2)
  real(r8), parameter, public :: rgas = 8314.467591_r8      ! universal gas constant (J/K/kmol)
  real(r8), parameter, public :: sb = 5.67e-8_r8            ! Stefan-Boltzmann constant (W/m2/K4)
  real(r8), parameter, public :: denh2o = 1000._r8          ! density of liquid water (kg/m3)
  real(r8), parameter, public :: denice = 917._r8           ! density of ice (kg/m3)
  real(r8), parameter, public :: hfus = 3.337e5_r8          ! latent heat of fusion (J/kg)
  real(r8), parameter, public :: hvap = 2.501e6_r8          ! latent heat of evaporation (J/kg)
  real(r8), parameter, public :: cpair = 1004.64_r8         ! heat capacity of air (J/kg/K)
  real(r8), parameter, public :: cpliq = 4188._r8           ! heat capacity of water (J/kg/K)
  real(r8), parameter, public :: cpice = 2117.27_r8         ! heat capacity of ice (J/kg/K)
  real(r8), parameter, public :: tkwat = 0.57_r8            ! conductivity of water (W/m/K)
  real(r8), parameter, public :: tkice = 2.29_r8            ! conductivity of ice (W/m/K)

  real(r8), public, protected :: zsoi(1:nlevgrnd)           ! depth of the layer nodes (m)
  real(r8), public, protected :: dzsoi(1:nlevgrnd)          ! thickness of the layers (m)
  real(r8), public, protected :: zisoi(0:nlevgrnd)          ! depth of the interfaces, 0 is the surface (m)
  real(r8), public, protected :: dzsoi_decomp(1:nlevdecomp_full) ! thickness of the biogeochemical layers (m)

contains

  ! The exponential grid of ELM: nodes at 0.025 (exp(0.5 (j-0.5)) - 1) m.
  subroutine init_vertical()
    integer :: j

    do j = 1, nlevgrnd
       zsoi(j) = 0.025_r8*(exp(0.5_r8*(real(j, r8) - 0.5_r8)) - 1._r8)
    end do
    zisoi(0) = 0._r8
    do j = 1, nlevgrnd - 1
       zisoi(j) = 0.5_r8*(zsoi(j) + zsoi(j+1))
    end do
    zisoi(nlevgrnd) = zsoi(nlevgrnd) + 0.5_r8*(zsoi(nlevgrnd) - zsoi(nlevgrnd-1))
    ! ELM takes half the distance between the neighbouring nodes as the thickness, which for inner layers is the
    ! distance between the interfaces.
    do j = 1, nlevgrnd
       dzsoi(j) = zisoi(j) - zisoi(j-1)
    end do
    dzsoi_decomp = dzsoi
    dzsoi_decomp(nlevdecomp+1:) = 0._r8
  end subroutine init_vertical

end module elm_varcon

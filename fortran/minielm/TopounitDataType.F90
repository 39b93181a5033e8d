! Atmospheric forcing of a topographic unit, with the member names of ELM.
module TopounitDataType
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use array_mod, only: new_array
  implicit none (type, external)
  private

  ! Atmospheric state of the step.
  type, public :: topounit_atmospheric_state
     real(r8), pointer, contiguous :: tbot(:) => null()  ! [K] air temperature
     real(r8), pointer, contiguous :: tbot_mean(:) => null()  ! [K] air temperature, mean of the forcing cycle
     real(r8), pointer, contiguous :: fire_season(:) => null()  ! [1] burning of the day over its annual mean
     real(r8), pointer, contiguous :: pbot(:) => null()  ! [Pa] surface pressure
     real(r8), pointer, contiguous :: qbot(:) => null()  ! [kg/kg] specific humidity
     real(r8), pointer, contiguous :: windbot(:) => null()  ! [m/s] wind speed
     real(r8), pointer, contiguous :: pco2bot(:) => null()  ! [Pa] partial pressure of carbon dioxide
   contains
     procedure, public :: Init => init_topounit_atmospheric_state
  end type topounit_atmospheric_state

  ! Atmospheric fluxes of the step.
  type, public :: topounit_atmospheric_flux
     real(r8), pointer, contiguous :: rain(:) => null()  ! [mm/s] rain
     real(r8), pointer, contiguous :: snow(:) => null()  ! [mm/s] snow
     real(r8), pointer, contiguous :: solar(:) => null()  ! [W/m2] incoming solar radiation
     real(r8), pointer, contiguous :: lwrad(:) => null()  ! [W/m2] incoming longwave radiation
   contains
     procedure, public :: Init => init_topounit_atmospheric_flux
  end type topounit_atmospheric_flux

  type(topounit_atmospheric_state), public, target :: top_as
  type(topounit_atmospheric_flux), public, target :: top_af

contains

  subroutine init_topounit_atmospheric_state(this, bounds)
    class(topounit_atmospheric_state), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begt, endt

    begt = bounds%begt; endt = bounds%endt
    call new_array(this%tbot, begt, endt)
    call new_array(this%tbot_mean, begt, endt)
    call new_array(this%fire_season, begt, endt)
    this%fire_season = 1._r8
    call new_array(this%pbot, begt, endt)
    call new_array(this%qbot, begt, endt)
    call new_array(this%windbot, begt, endt)
    call new_array(this%pco2bot, begt, endt)
  end subroutine init_topounit_atmospheric_state

  subroutine init_topounit_atmospheric_flux(this, bounds)
    class(topounit_atmospheric_flux), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begt, endt

    begt = bounds%begt; endt = bounds%endt
    call new_array(this%rain, begt, endt)
    call new_array(this%snow, begt, endt)
    call new_array(this%solar, begt, endt)
    call new_array(this%lwrad, begt, endt)
  end subroutine init_topounit_atmospheric_flux

end module TopounitDataType

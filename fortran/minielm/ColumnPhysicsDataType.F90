! Energy and water state and water fluxes of a column, with the member names of ELM. Soil layers 1:nlevgrnd; there are
! no snow layers.
module ColumnPhysicsDataType
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use array_mod, only: new_array
  use elm_varpar, only: nlevgrnd
  implicit none (type, external)
  private

  ! Energy state of a column.
  type, public :: column_energy_state
     real(r8), pointer, contiguous :: t_soisno(:,:) => null()  ! [K] soil temperature
     real(r8), pointer, contiguous :: t_grnd(:) => null()  ! [K] surface temperature
   contains
     procedure, public :: Init => init_column_energy_state
  end type column_energy_state

  ! Water state of a column.
  type, public :: column_water_state
     real(r8), pointer, contiguous :: h2osoi_liq(:,:) => null()  ! [kg/m2] liquid soil water
     real(r8), pointer, contiguous :: h2osoi_ice(:,:) => null()  ! [kg/m2] soil ice
     real(r8), pointer, contiguous :: h2osoi_vol(:,:) => null()  ! [m3/m3] volumetric soil water, ice included
     real(r8), pointer, contiguous :: h2osno(:) => null()  ! [kg/m2] snow water
     real(r8), pointer, contiguous :: snow_depth(:) => null()  ! [m] snow depth
     real(r8), pointer, contiguous :: frac_sno(:) => null()  ! [1] snow covered fraction
     real(r8), pointer, contiguous :: covered(:) => null()  ! [1] share of the ground below leaves
     real(r8), pointer, contiguous :: tws(:) => null()  ! [kg/m2] total water of the column
   contains
     procedure, public :: Init => init_column_water_state
  end type column_water_state

  ! Water fluxes of a column.
  type, public :: column_water_flux
     real(r8), pointer, contiguous :: qflx_rain_grnd(:) => null()  ! [mm/s] rain on the ground
     real(r8), pointer, contiguous :: qflx_snow_grnd(:) => null()  ! [mm/s] snow on the ground
     real(r8), pointer, contiguous :: qflx_snomelt(:) => null()  ! [mm/s] snow melt
     real(r8), pointer, contiguous :: net_rad(:) => null()  ! [W/m2] net radiation at air temperature
     real(r8), pointer, contiguous :: qflx_evap_can(:) => null()  ! [mm/s] evaporation of intercepted rain
     real(r8), pointer, contiguous :: qflx_evap_tot(:) => null()  ! [mm/s] evapotranspiration
     real(r8), pointer, contiguous :: qflx_tran_veg(:) => null()  ! [mm/s] transpiration
     real(r8), pointer, contiguous :: qflx_infl(:) => null()  ! [mm/s] infiltration
     real(r8), pointer, contiguous :: qflx_surf(:) => null()  ! [mm/s] surface runoff
     real(r8), pointer, contiguous :: qflx_drain(:) => null()  ! [mm/s] drainage
     real(r8), pointer, contiguous :: prec10(:) => null()  ! [mm/s] 10-day running mean of precipitation
   contains
     procedure, public :: Init => init_column_water_flux
  end type column_water_flux

contains

  subroutine init_column_energy_state(this, bounds)
    class(column_energy_state), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begc, endc

    begc = bounds%begc; endc = bounds%endc
    call new_array(this%t_soisno, begc, endc, 1, nlevgrnd)
    call new_array(this%t_grnd, begc, endc)
  end subroutine init_column_energy_state

  subroutine init_column_water_state(this, bounds)
    class(column_water_state), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begc, endc

    begc = bounds%begc; endc = bounds%endc
    call new_array(this%h2osoi_liq, begc, endc, 1, nlevgrnd)
    call new_array(this%h2osoi_ice, begc, endc, 1, nlevgrnd)
    call new_array(this%h2osoi_vol, begc, endc, 1, nlevgrnd)
    call new_array(this%h2osno, begc, endc)
    call new_array(this%snow_depth, begc, endc)
    call new_array(this%frac_sno, begc, endc)
    call new_array(this%covered, begc, endc)
    call new_array(this%tws, begc, endc)
  end subroutine init_column_water_state

  subroutine init_column_water_flux(this, bounds)
    class(column_water_flux), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begc, endc

    begc = bounds%begc; endc = bounds%endc
    call new_array(this%qflx_rain_grnd, begc, endc)
    call new_array(this%qflx_snow_grnd, begc, endc)
    call new_array(this%qflx_snomelt, begc, endc)
    call new_array(this%net_rad, begc, endc)
    call new_array(this%qflx_evap_can, begc, endc)
    call new_array(this%qflx_evap_tot, begc, endc)
    call new_array(this%qflx_tran_veg, begc, endc)
    call new_array(this%qflx_infl, begc, endc)
    call new_array(this%qflx_surf, begc, endc)
    call new_array(this%qflx_drain, begc, endc)
    call new_array(this%prec10, begc, endc)
  end subroutine init_column_water_flux

end module ColumnPhysicsDataType

! Soil texture, hydraulic and thermal properties and root profile, with the member names of ELM.
module SoilStateType
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use array_mod, only: new_array
  use elm_varpar, only: nlevgrnd
  implicit none (type, external)
  private

  ! Soil properties and water potential.
  type, public :: soilstate_type
     integer, pointer, contiguous :: isoicol(:) => null()  ! [1] soil colour class
     real(r8), pointer, contiguous :: cellsand_col(:,:) => null()  ! [%] sand
     real(r8), pointer, contiguous :: cellclay_col(:,:) => null()  ! [%] clay
     real(r8), pointer, contiguous :: cellorg_col(:,:) => null()  ! [kg/m3] organic matter
     real(r8), pointer, contiguous :: bd_col(:,:) => null()  ! [kg/m3] bulk density of dry soil
     real(r8), pointer, contiguous :: watsat_col(:,:) => null()  ! [m3/m3] porosity
     real(r8), pointer, contiguous :: watfc_col(:,:) => null()  ! [m3/m3] field capacity
     real(r8), pointer, contiguous :: watdry_col(:,:) => null()  ! [m3/m3] wilting point
     real(r8), pointer, contiguous :: bsw_col(:,:) => null()  ! [1] Clapp-Hornberger exponent
     real(r8), pointer, contiguous :: sucsat_col(:,:) => null()  ! [mm] saturated suction
     real(r8), pointer, contiguous :: hksat_col(:,:) => null()  ! [mm/s] saturated hydraulic conductivity
     real(r8), pointer, contiguous :: tksatu_col(:,:) => null()  ! [W/m/K] conductivity of saturated unfrozen soil
     real(r8), pointer, contiguous :: tkdry_col(:,:) => null()  ! [W/m/K] conductivity of dry soil
     real(r8), pointer, contiguous :: csol_col(:,:) => null()  ! [J/m3/K] heat capacity of the soil solids
     real(r8), pointer, contiguous :: soilpsi_col(:,:) => null()  ! [MPa] soil water potential
     real(r8), pointer, contiguous :: psi_open_col(:) => null()  ! [MPa] potential below which roots take up less water
     real(r8), pointer, contiguous :: psi_close_col(:) => null()  ! [MPa] potential where they take up none
     real(r8), pointer, contiguous :: rootfr_col(:,:) => null()  ! [1] root fraction, mean of the vegetated patches
     real(r8), pointer, contiguous :: rootfr_patch(:,:) => null()  ! [1] root fraction for water uptake
   contains
     procedure, public :: Init => init_soilstate_type
  end type soilstate_type

contains

  subroutine init_soilstate_type(this, bounds)
    class(soilstate_type), intent(inout) :: this
    type(bounds_type), intent(in) :: bounds

    integer :: begc, endc, begp, endp

    begc = bounds%begc; endc = bounds%endc
    begp = bounds%begp; endp = bounds%endp
    call new_array(this%isoicol, begc, endc)
    call new_array(this%cellsand_col, begc, endc, 1, nlevgrnd)
    call new_array(this%cellclay_col, begc, endc, 1, nlevgrnd)
    call new_array(this%cellorg_col, begc, endc, 1, nlevgrnd)
    call new_array(this%bd_col, begc, endc, 1, nlevgrnd)
    call new_array(this%watsat_col, begc, endc, 1, nlevgrnd)
    call new_array(this%watfc_col, begc, endc, 1, nlevgrnd)
    call new_array(this%watdry_col, begc, endc, 1, nlevgrnd)
    call new_array(this%bsw_col, begc, endc, 1, nlevgrnd)
    call new_array(this%sucsat_col, begc, endc, 1, nlevgrnd)
    call new_array(this%hksat_col, begc, endc, 1, nlevgrnd)
    call new_array(this%tksatu_col, begc, endc, 1, nlevgrnd)
    call new_array(this%tkdry_col, begc, endc, 1, nlevgrnd)
    call new_array(this%csol_col, begc, endc, 1, nlevgrnd)
    call new_array(this%soilpsi_col, begc, endc, 1, nlevgrnd)
    call new_array(this%psi_open_col, begc, endc)
    call new_array(this%psi_close_col, begc, endc)
    call new_array(this%rootfr_col, begc, endc, 1, nlevgrnd)
    call new_array(this%rootfr_patch, begp, endp, 1, nlevgrnd)
  end subroutine init_soilstate_type

end module SoilStateType

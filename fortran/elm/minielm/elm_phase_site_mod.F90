module elm_phase_site_mod
  !! The few things ELM and minielm keep under different names: minielm's side.
  use decompMod, only: bounds_type
  use elm_phase_settings_mod, only: elm_phase_settings_type
  use elm_time_manager, only: get_nstep
  use elm_varctl, only: NLFilename, rundir, finidat, use_cn, use_vertsoilc, suplnitro, suplphos, use_century_decomp
  use elm_instMod, only: soilstate_vars
  use ColumnDataType, only: col_ws
  use GridcellType, only: grc_pp
  use ColumnType, only: col_pp
  use shr_kind_mod, only: r8 => shr_kind_r8
  use VegetationPropertiesType, only: veg_vp
  implicit none (type, external)
  private

  public :: site_namelist_file, site_run_folder, site_instance, site_is_continued, site_restart_file, site_column_ids, &
    site_grid_position, site_total_water, site_soil_colour, site_growth_respiration, site_settings

contains

  function site_namelist_file() result(path)
    character(len=:), allocatable :: path
    path = trim(NLFilename)
  end function site_namelist_file

  function site_run_folder() result(path)
    character(len=:), allocatable :: path
    path = trim(rundir)
  end function site_run_folder

  function site_instance() result(suffix)
    !! minielm runs alone.
    character(len=:), allocatable :: suffix
    suffix = ''
  end function site_instance

  logical function site_is_continued()
    !! The clock stands past the first step when the plugin is called for the first time.
    site_is_continued = get_nstep() > 1
  end function site_is_continued

  function site_restart_file() result(path)
    !! The restart file that the run goes on from.
    character(len=:), allocatable :: path
    path = trim(finidat)
  end function site_restart_file

  function site_column_ids(bounds) result(ids)
    !! One column per gridcell: the gridcell's global number.
    type(bounds_type), intent(in) :: bounds
    integer :: ids(bounds%begc:bounds%endc)
    ids = grc_pp%gindex(col_pp%gridcell(bounds%begc:bounds%endc))
  end function site_column_ids

  subroutine site_grid_position(bounds, ixy, jxy)
    !! minielm's grid is a row of gridcells.
    type(bounds_type), intent(in) :: bounds
    integer, intent(out) :: ixy(bounds%begc:bounds%endc), jxy(bounds%begc:bounds%endc)
    ixy = grc_pp%gindex(col_pp%gridcell(bounds%begc:bounds%endc))
    jxy = 1
  end subroutine site_grid_position

  subroutine site_total_water(bounds, tws)
    !! Total water storage (mm).
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(out) :: tws(bounds%begc:bounds%endc)
    tws = col_ws%tws(bounds%begc:bounds%endc)
  end subroutine site_total_water

  function site_soil_colour(bounds) result(colour)
    type(bounds_type), intent(in) :: bounds
    real(r8) :: colour(bounds%begc:bounds%endc)
    colour = real(soilstate_vars%isoicol(bounds%begc:bounds%endc), r8)
  end function site_soil_colour

  function site_growth_respiration(npft) result(fraction)
    !! Growth respiration per growth of every PFT, bare ground first.
    integer, intent(in) :: npft
    real(r8) :: fraction(npft)
    fraction = veg_vp%grperc(0:npft - 1)
  end function site_growth_respiration

  subroutine site_settings(settings)
    !! minielm has few of ELM's switches; the others keep what they mean here: off.
    type(elm_phase_settings_type), intent(out) :: settings
    settings%use_cn = use_cn
    settings%use_vertsoilc = use_vertsoilc
    settings%suplnitro = suplnitro
    settings%suplphos = suplphos
    settings%use_century_decomp = use_century_decomp
  end subroutine site_settings

end module elm_phase_site_mod

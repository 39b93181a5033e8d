module elm_phase_site_mod
  !! The few things ELM and minielm keep under different names: minielm's side.
  use decompMod, only: bounds_type
  use elm_time_manager, only: get_nstep
  use elm_varctl, only: NLFilename, rundir
  use elm_instMod, only: soilstate_vars
  use GridcellType, only: grc_pp
  use ColumnType, only: col_pp
  use shr_kind_mod, only: r8 => shr_kind_r8
  use VegetationPropertiesType, only: veg_vp
  implicit none (type, external)
  private

  public :: site_namelist_file, site_run_folder, site_is_continued, site_column_ids, site_soil_colour, &
    site_growth_respiration, site_problems

contains

  function site_namelist_file() result(path)
    character(len=:), allocatable :: path
    path = trim(NLFilename)
  end function site_namelist_file

  function site_run_folder() result(path)
    character(len=:), allocatable :: path
    path = trim(rundir)
  end function site_run_folder

  logical function site_is_continued()
    !! The clock stands past the first step when the plugin is called for the first time.
    site_is_continued = get_nstep() > 1
  end function site_is_continued

  function site_column_ids(bounds) result(ids)
    !! One column per gridcell: the gridcell's global number.
    type(bounds_type), intent(in) :: bounds
    integer :: ids(bounds%begc:bounds%endc)
    ids = grc_pp%gindex(col_pp%gridcell(bounds%begc:bounds%endc))
  end function site_column_ids

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

  function site_problems() result(text)
    !! Settings that go against a jump; minielm has none.
    character(len=:), allocatable :: text
    text = ''
  end function site_problems

end module elm_phase_site_mod

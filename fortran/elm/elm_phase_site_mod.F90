module elm_phase_site_mod
  !! The few things ELM and minielm keep under different names. This file is ELM's; minielm's, with
  !! the same interface, lies in the folder minielm.
  use decompMod, only: bounds_type
  use elm_varcon, only: namec
  use elm_varctl, only: nsrest, nsrContinue, nsrBranch, inst_suffix, use_cn, use_fates, use_betr, use_pflotran, use_c13, &
    use_c14, use_crop, do_budgets, budget_ltann
  use GetGlobalValuesMod, only: GetGlobalIndexArray
  use pftvarcon, only: grperc
  use shr_kind_mod, only: r8 => shr_kind_r8
  use SurfaceAlbedoType, only: isoicol
  implicit none
  private

  public :: site_namelist_file, site_run_folder, site_is_continued, site_column_ids, site_soil_colour, &
    site_growth_respiration, site_problems

contains

  function site_namelist_file() result(path)
    character(len=:), allocatable :: path
    path = 'lnd_in'//trim(inst_suffix)
  end function site_namelist_file

  function site_run_folder() result(path)
    !! ELM runs inside its run folder.
    character(len=:), allocatable :: path
    path = '.'
  end function site_run_folder

  logical function site_is_continued()
    !! The run goes on from a restart file, so the plugin's state has to be there too.
    site_is_continued = nsrest == nsrContinue .or. nsrest == nsrBranch
  end function site_is_continued

  function site_column_ids(bounds) result(ids)
    !! Global number of every column of this rank.
    type(bounds_type), intent(in) :: bounds
    integer :: ids(bounds%begc:bounds%endc)
    integer :: c
    ids = GetGlobalIndexArray([(c, c=bounds%begc, bounds%endc)], bounds%begc, bounds%endc, namec)
  end function site_column_ids

  function site_soil_colour(bounds) result(colour)
    type(bounds_type), intent(in) :: bounds
    real(r8) :: colour(bounds%begc:bounds%endc)
    colour = real(isoicol(bounds%begc:bounds%endc), r8)
  end function site_soil_colour

  function site_growth_respiration(npft) result(fraction)
    !! Growth respiration per growth of every PFT, bare ground first.
    integer, intent(in) :: npft
    real(r8) :: fraction(npft)
    fraction = grperc(0:npft - 1)
  end function site_growth_respiration

  function site_problems() result(text)
    !! Settings under which pools live elsewhere, or ELM would stop after a jump; blank when there are none.
    character(len=:), allocatable :: text
    text = ''
    if (.not. use_cn) text = text//'; use_cn must be .true.'
    if (use_fates) text = text//'; use_fates keeps vegetation elsewhere'
    if (use_betr) text = text//'; use_betr keeps soil carbon elsewhere'
    if (use_pflotran) text = text//'; use_pflotran keeps soil carbon elsewhere'
    if (use_c13 .or. use_c14) text = text//'; isotope pools (use_c13, use_c14) would not follow the jump'
    if (use_crop) text = text//'; prognostic crops (use_crop) are not covered'
    if (do_budgets .and. budget_ltann /= 0) text = text// &
      '; do_budgets with budget_ltann /= 0 ends the run at the first January after a jump: set budget_ltann = 0'
  end function site_problems

end module elm_phase_site_mod

module elm_phase_site_mod
  !! The few things ELM and minielm keep under different names. This file is ELM's; minielm's, with
  !! the same interface, lies in the folder minielm.
  use AllocationMod, only: suplnitro, suplphos
  use decompMod, only: bounds_type, ldecomp
  use domainMod, only: ldomain
  use ColumnType, only: col_pp
  use dynSubgridControlMod, only: get_flanduse_timeseries, get_do_transient_pfts, get_do_transient_crops, get_do_harvest
  use elm_phase_settings_mod, only: elm_phase_settings_type
  use elm_varcon, only: namec
  use elm_varctl, only: nsrest, nsrContinue, nsrBranch, nrevsn, inst_suffix, use_cn, use_vertsoilc, use_fates, use_betr, &
    use_elm_interface, use_pflotran, use_c13, use_c14, use_crop, iac_present, ECA_Pconst_RGspin, do_budgets, budget_ltann, &
    use_dynroot, use_century_decomp
  use GridcellDataType, only: grc_ws
  use GetGlobalValuesMod, only: GetGlobalIndexArray
  use pftvarcon, only: grperc
  use shr_kind_mod, only: r8 => shr_kind_r8
  use SurfaceAlbedoType, only: isoicol
  implicit none
  private

  public :: site_namelist_file, site_run_folder, site_instance, site_is_continued, site_restart_file, site_column_ids, &
    site_grid_position, site_total_water, site_soil_colour, site_growth_respiration, site_settings

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

  function site_instance() result(suffix)
    !! What distinguishes the files of several instances of ELM in one run, blank for one.
    character(len=:), allocatable :: suffix
    suffix = trim(inst_suffix)
  end function site_instance

  logical function site_is_continued()
    !! The run goes on from a restart file, so the plugin's state has to be there too.
    site_is_continued = nsrest == nsrContinue .or. nsrest == nsrBranch
  end function site_is_continued

  function site_restart_file() result(path)
    !! The restart file that the run goes on from, blank where it is the case's own of the present date.
    character(len=:), allocatable :: path
    path = ''
    if (nsrest == nsrBranch) path = trim(nrevsn)
  end function site_restart_file

  function site_column_ids(bounds) result(ids)
    !! Global number of every column of this rank.
    type(bounds_type), intent(in) :: bounds
    integer :: ids(bounds%begc:bounds%endc)
    integer :: c
    ids = GetGlobalIndexArray([(c, c=bounds%begc, bounds%endc)], bounds%begc, bounds%endc, namec)
  end function site_column_ids

  subroutine site_grid_position(bounds, ixy, jxy)
    !! Longitude and latitude index of every column's gridcell on ELM's grid, from 1.
    type(bounds_type), intent(in) :: bounds
    integer, intent(out) :: ixy(bounds%begc:bounds%endc), jxy(bounds%begc:bounds%endc)
    integer :: c, g
    do c = bounds%begc, bounds%endc
      g = ldecomp%gdc2glo(col_pp%gridcell(c))
      ixy(c) = mod(g - 1, ldomain%ni) + 1
      jxy(c) = (g - 1)/ldomain%ni + 1
    end do
  end subroutine site_grid_position

  subroutine site_total_water(bounds, tws)
    !! Total water storage of the gridcell (mm), for each of its columns.
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(out) :: tws(bounds%begc:bounds%endc)
    tws = grc_ws%tws(col_pp%gridcell(bounds%begc:bounds%endc))
  end subroutine site_total_water

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

  subroutine site_settings(settings)
    type(elm_phase_settings_type), intent(out) :: settings
    settings%use_cn = use_cn
    settings%use_vertsoilc = use_vertsoilc
    settings%use_fates = use_fates
    settings%use_betr = use_betr
    settings%use_elm_interface = use_elm_interface
    settings%use_pflotran = use_pflotran
    settings%use_crop = use_crop
    settings%land_use_change = get_flanduse_timeseries() /= ' ' .or. get_do_transient_pfts() .or. get_do_transient_crops()
    settings%harvest = get_do_harvest()
    settings%iac_present = iac_present
    settings%use_c13 = use_c13
    settings%use_c14 = use_c14
    settings%ECA_Pconst_RGspin = ECA_Pconst_RGspin
    settings%do_budgets = do_budgets
    settings%budget_ltann = budget_ltann
    settings%use_dynroot = use_dynroot
    settings%suplnitro = suplnitro
    settings%suplphos = suplphos
    settings%use_century_decomp = use_century_decomp
  end subroutine site_settings

end module elm_phase_site_mod

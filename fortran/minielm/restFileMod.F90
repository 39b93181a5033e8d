! Restart files: everything the next step depends on, under ELM's names and dimensions, exact to the bit.
module restFileMod
  use netcdf, only: nf90_double, nf90_int
  use shr_kind_mod, only: r8 => shr_kind_r8, cl => shr_kind_cl
  use elm_varpar, only: nlevgrnd, natpft_size, ndecomp_pools
  use elm_varctl, only: caseid, rundir, iulog, start_type, spinup_state, spinup_mortality_factor
  use spmdMod, only: masterproc
  use abortutils, only: endrun
  use decompMod, only: bounds_type, numg, numc, nump
  use SpinupStateMod, only: ConvertSpinupState
  use elm_time_manager, only: get_curr_date, get_nstep, get_step_size, timemgr_init, days_a_year
  use ncdio_mod, only: ncd_file_type, ncd_create, ncd_open, ncd_close, ncd_enddef, ncd_def_dim, ncd_def_var, &
       ncd_put_global_att, ncd_dim_len, ncd_has_var, ncd_get, ncd_get_transposed, ncd_get_replicated, ncd_put, ncd_put_transposed, &
       ncd_put_replicated
  use restIndexMod, only: def_index_variables, put_index_variables
  use CNDecompCascadeConType, only: decomp_cascade_con
  use ColumnDataType, only: col_es, col_ws, col_wf, col_cs, col_cf, col_ns, col_ps
  use VegetationDataType, only: veg_es, veg_cs, veg_cf, veg_ns, veg_ps
  use elm_instMod, only: cnstate_vars, canopystate_vars
  implicit none (type, external)
  private

  public :: restFile_init, restFile_write, restFile_read, restFile_name

  type :: rest_var_type
     character(len=32) :: name = ' '
     character(len=80) :: long_name = ' '
     character(len=16) :: units = ' '
     integer :: per = 1                              ! elements per gridcell
     logical :: state = .true.                       ! read back on restart; .false. is written for readers only
     real(r8), pointer :: values(:) => null()        ! one-dimensional, or
     real(r8), pointer :: layers(:,:) => null()      ! (column, layer), or
     integer, pointer :: numbers(:) => null()        ! whole numbers
  end type rest_var_type

  integer, parameter :: max_vars = 300
  type(rest_var_type) :: vars(max_vars)
  integer :: nvars = 0

contains

  ! List the variables. To add one, add a line.
  subroutine restFile_init()
    nvars = 0
    call list_decomposing_pools()
    call list_soil()
    call list_plant_pools()
    call list_plant_memory()
  end subroutine restFile_init

  subroutine list_decomposing_pools()
    integer :: l
    character(len=8) :: pool

    do l = 1, ndecomp_pools
       pool = decomp_cascade_con%decomp_pool_name_restart(l)
       call col_lev(trim(pool)//'c_vr', trim(pool)//' C, vertically resolved', 'gC/m3', col_cs%decomp_cpools_vr(:,:,l))
       call col_lev(trim(pool)//'n_vr', trim(pool)//' N, vertically resolved', 'gN/m3', col_ns%decomp_npools_vr(:,:,l))
       call col_lev(trim(pool)//'p_vr', trim(pool)//' P, vertically resolved', 'gP/m3', col_ps%decomp_ppools_vr(:,:,l))
    end do
  end subroutine list_decomposing_pools

  subroutine list_soil()
    call col_lev('sminn_vr', 'soil mineral N', 'gN/m3', col_ns%sminn_vr)
    call col_lev('smin_no3_vr', 'soil mineral NO3', 'gN/m3', col_ns%smin_no3_vr)
    call col_lev('smin_nh4_vr', 'soil mineral NH4', 'gN/m3', col_ns%smin_nh4_vr)
    call col_lev('solutionp_vr', 'soil solution P', 'gP/m3', col_ps%solutionp_vr)
    call col_lev('labilep_vr', 'soil labile P', 'gP/m3', col_ps%labilep_vr)
    call col_lev('secondp_vr', 'soil secondary mineral P', 'gP/m3', col_ps%secondp_vr)
    call col_lev('occlp_vr', 'soil occluded P', 'gP/m3', col_ps%occlp_vr)
    call col_lev('primp_vr', 'soil primary mineral P', 'gP/m3', col_ps%primp_vr)
    call col_lev('T_SOISNO', 'soil temperature', 'K', col_es%t_soisno)
    call col_lev('H2OSOI_LIQ', 'liquid water', 'kg/m2', col_ws%h2osoi_liq)
    call col_lev('H2OSOI_ICE', 'ice lens', 'kg/m2', col_ws%h2osoi_ice)
    call col('H2OSNO', 'snow water', 'kg/m2', col_ws%h2osno)
    call col('prec10', '10-day running mean of precipitation', 'mm/s', col_wf%prec10)
    call col('altmax', 'maximum annual active layer thickness', 'm', canopystate_vars%altmax_col)
    call col('altmax_lastyear', 'prior year maximum annual active layer thickness', 'm', canopystate_vars%altmax_lastyear_col)
    call col_int('altmax_indx', 'layer of altmax', '1', canopystate_vars%altmax_indx_col)
    call col_int('altmax_lastyear_indx', 'layer of altmax_lastyear', '1', canopystate_vars%altmax_lastyear_indx_col)
    call col_lev('scalaravg_col', 'mean decomposition scalar of the accelerated mode', '1', cnstate_vars%scalaravg_col)
    call col_lev('fpi_vr', 'fraction of potential immobilization, N', '1', cnstate_vars%fpi_vr_col)
    call col_lev('fpi_p_vr', 'fraction of potential immobilization, P', '1', cnstate_vars%fpi_p_vr_col)
    call col('fpg', 'fraction of the plant N demand that is met', '1', cnstate_vars%fpg_col)
    call col('fpg_p', 'fraction of the plant P demand that is met', '1', cnstate_vars%fpg_p_col)
    call col('col_lag_npp', 'lagged NPP', 'gC/m2/s', col_cf%lag_npp)
    call col('cannsum_npp', 'annual sum of column NPP', 'gC/m2/yr', col_cf%annsum_npp)
    call col('totlitc', 'total litter C', 'gC/m2', col_cs%totlitc, state=.false.)
    call col('totsomc', 'total soil organic matter C', 'gC/m2', col_cs%totsomc, state=.false.)
    call col('totcolc', 'total column C', 'gC/m2', col_cs%totcolc, state=.false.)
    call col('totcoln', 'total column N', 'gN/m2', col_ns%totcoln, state=.false.)
    call col('totcolp', 'total column P', 'gP/m2', col_ps%totcolp, state=.false.)
  end subroutine list_soil

  subroutine list_plant_pools()
    call pft('leafc', 'leaf C', 'gC/m2', veg_cs%leafc)
    call pft('leafc_storage', 'leaf C storage', 'gC/m2', veg_cs%leafc_storage)
    call pft('leafc_xfer', 'leaf C transfer', 'gC/m2', veg_cs%leafc_xfer)
    call pft('frootc', 'fine root C', 'gC/m2', veg_cs%frootc)
    call pft('frootc_storage', 'fine root C storage', 'gC/m2', veg_cs%frootc_storage)
    call pft('frootc_xfer', 'fine root C transfer', 'gC/m2', veg_cs%frootc_xfer)
    call pft('livestemc', 'live stem C', 'gC/m2', veg_cs%livestemc)
    call pft('livestemc_storage', 'live stem C storage', 'gC/m2', veg_cs%livestemc_storage)
    call pft('livestemc_xfer', 'live stem C transfer', 'gC/m2', veg_cs%livestemc_xfer)
    call pft('deadstemc', 'dead stem C', 'gC/m2', veg_cs%deadstemc)
    call pft('deadstemc_storage', 'dead stem C storage', 'gC/m2', veg_cs%deadstemc_storage)
    call pft('deadstemc_xfer', 'dead stem C transfer', 'gC/m2', veg_cs%deadstemc_xfer)
    call pft('livecrootc', 'live coarse root C', 'gC/m2', veg_cs%livecrootc)
    call pft('livecrootc_storage', 'live coarse root C storage', 'gC/m2', veg_cs%livecrootc_storage)
    call pft('livecrootc_xfer', 'live coarse root C transfer', 'gC/m2', veg_cs%livecrootc_xfer)
    call pft('deadcrootc', 'dead coarse root C', 'gC/m2', veg_cs%deadcrootc)
    call pft('deadcrootc_storage', 'dead coarse root C storage', 'gC/m2', veg_cs%deadcrootc_storage)
    call pft('deadcrootc_xfer', 'dead coarse root C transfer', 'gC/m2', veg_cs%deadcrootc_xfer)
    call pft('leafn', 'leaf N', 'gN/m2', veg_ns%leafn)
    call pft('leafn_storage', 'leaf N storage', 'gN/m2', veg_ns%leafn_storage)
    call pft('leafn_xfer', 'leaf N transfer', 'gN/m2', veg_ns%leafn_xfer)
    call pft('frootn', 'fine root N', 'gN/m2', veg_ns%frootn)
    call pft('frootn_storage', 'fine root N storage', 'gN/m2', veg_ns%frootn_storage)
    call pft('frootn_xfer', 'fine root N transfer', 'gN/m2', veg_ns%frootn_xfer)
    call pft('livestemn', 'live stem N', 'gN/m2', veg_ns%livestemn)
    call pft('livestemn_storage', 'live stem N storage', 'gN/m2', veg_ns%livestemn_storage)
    call pft('livestemn_xfer', 'live stem N transfer', 'gN/m2', veg_ns%livestemn_xfer)
    call pft('deadstemn', 'dead stem N', 'gN/m2', veg_ns%deadstemn)
    call pft('deadstemn_storage', 'dead stem N storage', 'gN/m2', veg_ns%deadstemn_storage)
    call pft('deadstemn_xfer', 'dead stem N transfer', 'gN/m2', veg_ns%deadstemn_xfer)
    call pft('livecrootn', 'live coarse root N', 'gN/m2', veg_ns%livecrootn)
    call pft('livecrootn_storage', 'live coarse root N storage', 'gN/m2', veg_ns%livecrootn_storage)
    call pft('livecrootn_xfer', 'live coarse root N transfer', 'gN/m2', veg_ns%livecrootn_xfer)
    call pft('deadcrootn', 'dead coarse root N', 'gN/m2', veg_ns%deadcrootn)
    call pft('deadcrootn_storage', 'dead coarse root N storage', 'gN/m2', veg_ns%deadcrootn_storage)
    call pft('deadcrootn_xfer', 'dead coarse root N transfer', 'gN/m2', veg_ns%deadcrootn_xfer)
    call pft('leafp', 'leaf P', 'gP/m2', veg_ps%leafp)
    call pft('leafp_storage', 'leaf P storage', 'gP/m2', veg_ps%leafp_storage)
    call pft('leafp_xfer', 'leaf P transfer', 'gP/m2', veg_ps%leafp_xfer)
    call pft('frootp', 'fine root P', 'gP/m2', veg_ps%frootp)
    call pft('frootp_storage', 'fine root P storage', 'gP/m2', veg_ps%frootp_storage)
    call pft('frootp_xfer', 'fine root P transfer', 'gP/m2', veg_ps%frootp_xfer)
    call pft('livestemp', 'live stem P', 'gP/m2', veg_ps%livestemp)
    call pft('livestemp_storage', 'live stem P storage', 'gP/m2', veg_ps%livestemp_storage)
    call pft('livestemp_xfer', 'live stem P transfer', 'gP/m2', veg_ps%livestemp_xfer)
    call pft('deadstemp', 'dead stem P', 'gP/m2', veg_ps%deadstemp)
    call pft('deadstemp_storage', 'dead stem P storage', 'gP/m2', veg_ps%deadstemp_storage)
    call pft('deadstemp_xfer', 'dead stem P transfer', 'gP/m2', veg_ps%deadstemp_xfer)
    call pft('livecrootp', 'live coarse root P', 'gP/m2', veg_ps%livecrootp)
    call pft('livecrootp_storage', 'live coarse root P storage', 'gP/m2', veg_ps%livecrootp_storage)
    call pft('livecrootp_xfer', 'live coarse root P transfer', 'gP/m2', veg_ps%livecrootp_xfer)
    call pft('deadcrootp', 'dead coarse root P', 'gP/m2', veg_ps%deadcrootp)
    call pft('deadcrootp_storage', 'dead coarse root P storage', 'gP/m2', veg_ps%deadcrootp_storage)
    call pft('deadcrootp_xfer', 'dead coarse root P transfer', 'gP/m2', veg_ps%deadcrootp_xfer)
    call pft('gresp_storage', 'growth respiration storage', 'gC/m2', veg_cs%gresp_storage)
    call pft('gresp_xfer', 'growth respiration transfer', 'gC/m2', veg_cs%gresp_xfer)
    call pft('cpool', 'unallocated C', 'gC/m2', veg_cs%cpool)
    call pft('xsmrpool', 'maintenance respiration debt', 'gC/m2', veg_cs%xsmrpool)
    call pft('npool', 'plant N storage pool', 'gN/m2', veg_ns%npool)
    call pft('retransn', 'retranslocated N', 'gN/m2', veg_ns%retransn)
    call pft('ppool', 'plant P storage pool', 'gP/m2', veg_ps%ppool)
    call pft('retransp', 'retranslocated P', 'gP/m2', veg_ps%retransp)
    call pft('totvegc', 'vegetation C', 'gC/m2', veg_cs%totvegc, state=.false.)
  end subroutine list_plant_pools

  subroutine list_plant_memory()
    call pft('tlai', 'one-sided leaf area index', '1', canopystate_vars%tlai_patch)
    call pft('tsai', 'one-sided stem area index', '1', canopystate_vars%tsai_patch)
    call pft('T10', '10-day running mean of the air temperature', 'K', veg_es%t_a10)
    call pft('dormant_flag', 'dormancy flag', '1', cnstate_vars%dormant_flag_patch)
    call pft('days_active', 'days since last dormancy', 'days', cnstate_vars%days_active_patch)
    call pft('onset_flag', 'onset flag', '1', cnstate_vars%onset_flag_patch)
    call pft('onset_counter', 'onset time left', 's', cnstate_vars%onset_counter_patch)
    call pft('onset_gddflag', 'onset flag for growing degree day sum', '1', cnstate_vars%onset_gddflag_patch)
    call pft('onset_gdd', 'onset growing degree days', 'K days', cnstate_vars%onset_gdd_patch)
    call pft('onset_fdd', 'onset freezing days', 'days', cnstate_vars%onset_fdd_patch)
    call pft('onset_swi', 'onset soil water index', 'days', cnstate_vars%onset_swi_patch)
    call pft('offset_flag', 'offset flag', '1', cnstate_vars%offset_flag_patch)
    call pft('offset_counter', 'offset time left', 's', cnstate_vars%offset_counter_patch)
    call pft('offset_fdd', 'offset freezing days', 'days', cnstate_vars%offset_fdd_patch)
    call pft('offset_swi', 'offset soil water index', 'days', cnstate_vars%offset_swi_patch)
    call pft('lgsf', 'long growing season factor', '1', cnstate_vars%lgsf_patch)
    call pft('bglfr_leaf', 'background leaf litterfall rate', '1/s', cnstate_vars%bglfr_leaf_patch)
    call pft('bglfr_froot', 'background fine root litterfall rate', '1/s', cnstate_vars%bglfr_froot_patch)
    call pft('bgtr', 'background transfer growth rate', '1/s', cnstate_vars%bgtr_patch)
    call pft('prev_leafc_to_litter', 'leaf litterfall of the previous step', 'gC/m2/s', veg_cf%prev_leafc_to_litter)
    call pft('prev_frootc_to_litter', 'fine root litterfall of the previous step', 'gC/m2/s', veg_cf%prev_frootc_to_litter)
    call pft('annavg_t2m', 'annual mean air temperature', 'K', cnstate_vars%annavg_t2m_patch)
    call pft('tempavg_t2m', 'air temperature of this year so far', 'K', cnstate_vars%tempavg_t2m_patch)
    call pft('tempsum_npp', 'NPP of this year so far', 'gC/m2', veg_cf%tempsum_npp)
    call pft('annsum_npp', 'NPP of last year', 'gC/m2/yr', veg_cf%annsum_npp)
    call pft('tempsum_potential_gpp', 'GPP of this year so far', 'gC/m2', cnstate_vars%tempsum_potential_gpp_patch)
    call pft('annsum_potential_gpp', 'GPP of last year', 'gC/m2/yr', cnstate_vars%annsum_potential_gpp_patch)
    call pft('tempmax_retransn', 'largest retransn of this year so far', 'gN/m2', cnstate_vars%tempmax_retransn_patch)
    call pft('annmax_retransn', 'largest retransn of last year', 'gN/m2', cnstate_vars%annmax_retransn_patch)
    call pft('tempmax_retransp', 'largest retransp of this year so far', 'gP/m2', cnstate_vars%tempmax_retransp_patch)
    call pft('annmax_retransp', 'largest retransp of last year', 'gP/m2', cnstate_vars%annmax_retransp_patch)
  end subroutine list_plant_memory

  subroutine col(name, long_name, units, values, state)
    character(len=*), intent(in) :: name, long_name, units
    real(r8), target, intent(in) :: values(:)
    logical, intent(in), optional :: state

    call append(name, long_name, units, 1, state)
    vars(nvars)%values => values
  end subroutine col

  subroutine col_lev(name, long_name, units, layers)
    character(len=*), intent(in) :: name, long_name, units
    real(r8), target, intent(in) :: layers(:,:)  ! (column, nlevgrnd)

    call append(name, long_name, units, 1)
    vars(nvars)%layers => layers
  end subroutine col_lev

  subroutine col_int(name, long_name, units, numbers)
    character(len=*), intent(in) :: name, long_name, units
    integer, target, intent(in) :: numbers(:)

    call append(name, long_name, units, 1)
    vars(nvars)%numbers => numbers
  end subroutine col_int

  subroutine pft(name, long_name, units, values, state)
    character(len=*), intent(in) :: name, long_name, units
    real(r8), target, intent(in) :: values(:)
    logical, intent(in), optional :: state

    call append(name, long_name, units, natpft_size, state)
    vars(nvars)%values => values
  end subroutine pft

  subroutine append(name, long_name, units, per, state)
    character(len=*), intent(in) :: name, long_name, units
    integer, intent(in) :: per
    logical, intent(in), optional :: state

    if (nvars == max_vars) call endrun('restFileMod: raise max_vars', on_all_ranks=.true.)
    nvars = nvars + 1
    vars(nvars) = rest_var_type(name=name, long_name=long_name, units=units, per=per)
    if (present(state)) vars(nvars)%state = state
  end subroutine append

  ! <case>.elm.r.YYYY-MM-DD-SSSSS.nc for the date at the end of the step.
  function restFile_name() result(path)
    character(len=cl) :: path

    integer :: yr, mon, day, tod

    call get_curr_date(yr, mon, day, tod)
    write(path, '(4a,i4.4,2(a,i2.2),a,i5.5,a)') trim(rundir), '/', trim(caseid), '.elm.r.', yr, '-', mon, '-', day, '-', &
         tod, '.nc'
  end function restFile_name

  ! Write the state at the end of the step.
  subroutine restFile_write(bounds)
    type(bounds_type), intent(in) :: bounds

    type(ncd_file_type) :: file
    integer :: i, yr, mon, day, tod
    character(len=1) :: none(0)

    call ncd_create(file, restFile_name())
    call ncd_def_dim(file, 'gridcell', numg)
    call ncd_def_dim(file, 'topounit', numg)
    call ncd_def_dim(file, 'landunit', numg)
    call ncd_def_dim(file, 'column', numc)
    call ncd_def_dim(file, 'pft', nump)
    call ncd_def_dim(file, 'levgrnd', nlevgrnd)
    call ncd_put_global_att(file, 'title', 'minielm restart, names and units of ELM')
    call ncd_put_global_att(file, 'case', trim(caseid))
    call def_scalar(file, 'timemgr_rst_curr_ymd', 'current date YYYYMMDD')
    call def_scalar(file, 'timemgr_rst_curr_tod', 'current time of day, seconds')
    call def_scalar(file, 'timemgr_rst_step_sec', 'length of the step, seconds')
    call def_scalar(file, 'timemgr_rst_nstep', 'steps since 0001-01-01')
    call def_scalar(file, 'spinup_state', '0 normal, 1 accelerated decomposition')
    call ncd_def_var(file, 'spinup_mortality_factor', nf90_double, none, 'factor on dead wood mortality when accelerated', '1')
    call def_scalar(file, 'decomp_cascade_state', '0 is the CTC cascade')
    call def_index_variables(file)
    do i = 1, nvars
       call def_state(file, vars(i))
    end do
    call ncd_enddef(file)

    call get_curr_date(yr, mon, day, tod)
    call ncd_put_replicated(file, 'timemgr_rst_curr_ymd', yr*10000 + mon*100 + day)
    call ncd_put_replicated(file, 'timemgr_rst_curr_tod', tod)
    call ncd_put_replicated(file, 'timemgr_rst_step_sec', get_step_size())
    call ncd_put_replicated(file, 'timemgr_rst_nstep', get_nstep())
    call ncd_put_replicated(file, 'spinup_state', spinup_state)
    call ncd_put_replicated(file, 'spinup_mortality_factor', spinup_mortality_factor)
    call ncd_put_replicated(file, 'decomp_cascade_state', 0)
    call put_index_variables(file, bounds)
    do i = 1, nvars
       associate (var => vars(i))
         if (associated(var%values)) call ncd_put(file, trim(var%name), var%values, var%per)
         if (associated(var%numbers)) call ncd_put(file, trim(var%name), var%numbers, var%per)
         if (associated(var%layers)) call ncd_put_transposed(file, trim(var%name), var%layers, var%per)
       end associate
    end do
    call ncd_close(file)
    if (masterproc) write(iulog, '(2a)') ' wrote restart ', trim(file%path)
  end subroutine restFile_write

  subroutine def_scalar(file, name, long_name)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name, long_name

    character(len=1) :: none(0)

    call ncd_def_var(file, name, nf90_int, none, long_name)
  end subroutine def_scalar

  subroutine def_state(file, var)
    type(ncd_file_type), intent(in) :: file
    type(rest_var_type), intent(in) :: var

    character(len=8) :: dim

    dim = merge('column  ', 'pft     ', var%per == 1)
    if (associated(var%layers)) then
       call ncd_def_var(file, trim(var%name), nf90_double, ['levgrnd ', dim], trim(var%long_name), trim(var%units))
    else
       call ncd_def_var(file, trim(var%name), merge(nf90_int, nf90_double, associated(var%numbers)), [dim], &
            trim(var%long_name), trim(var%units))
    end if
  end subroutine def_state

  ! Read a restart file into the state and set the clock: to the file's date, or to 0001-01-01 of a new run.
  subroutine restFile_read(bounds, path)
    type(bounds_type), intent(in) :: bounds
    character(len=*), intent(in) :: path

    type(ncd_file_type) :: file
    integer :: i, number, ncols, npfts, saved_mode
    character(len=4*cl) :: msg

    call ncd_open(file, path)
    ncols = ncd_dim_len(file, 'column')
    npfts = ncd_dim_len(file, 'pft')
    if (ncols /= numc .or. npfts /= nump) then
       write(msg, '(a,i0,a,i0,a)') "restFile_read: '"//trim(path)//"' is of another domain; expected ", numc, &
            ' columns and ', nump, ' patches'
       call endrun(msg, on_all_ranks=.true.)
    end if
    call ncd_get_replicated(file, 'spinup_state', saved_mode)
    if (saved_mode /= spinup_state) call check_change_of_mode(file, saved_mode)
    call ncd_get_replicated(file, 'timemgr_rst_nstep', number)
    call timemgr_init(merge(number, 0, start_type == 'continue'))
    do i = 1, nvars
       associate (var => vars(i))
         if (.not. var%state) cycle
         if (associated(var%values)) call ncd_get(file, trim(var%name), var%values, var%per)
         if (associated(var%numbers)) call ncd_get(file, trim(var%name), var%numbers, var%per)
         if (associated(var%layers)) call ncd_get_transposed(file, trim(var%name), var%layers, var%per)
       end associate
    end do
    call ncd_close(file)
    if (masterproc) write(iulog, '(2a)') ' read restart ', trim(path)
    if (saved_mode /= spinup_state) call ConvertSpinupState(bounds, path, number/days_a_year + 1)
  end subroutine restFile_read

  ! As in ELM the mode changes only where a run begins, and the factor on mortality has to be that of the file.
  subroutine check_change_of_mode(file, saved_mode)
    type(ncd_file_type), intent(in) :: file
    integer, intent(in) :: saved_mode  ! spinup_state of the file

    real(r8) :: saved_factor
    character(len=4*cl) :: msg

    if (start_type == 'continue') then
       write(msg, '(2(a,i0),a)') "restFile_read: spinup_state of '"//trim(file%path)//"' is ", saved_mode, &
            ', that of the namelist ', spinup_state, "; a continued run cannot change it: begin a new run from this file "// &
            "with start_type='startup'"
       call endrun(msg, on_all_ranks=.true.)
    end if
    if (.not. ncd_has_var(file, 'spinup_mortality_factor')) return
    call ncd_get_replicated(file, 'spinup_mortality_factor', saved_factor)
    if (saved_mode == 1 .and. saved_factor /= spinup_mortality_factor) then
       write(msg, '(2(a,g0),a)') "restFile_read: spinup_mortality_factor of '"//trim(file%path)//"' is ", saved_factor, &
            ', that of the namelist ', spinup_mortality_factor, &
            '; the run that leaves accelerated decomposition must name the same factor, dead wood is multiplied by it'
       call endrun(msg, on_all_ranks=.true.)
    end if
  end subroutine check_change_of_mode

end module restFileMod

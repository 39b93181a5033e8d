! The fields of the history files: ELM's names, units and long names, and where their values are.
module histFieldsMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: nlevgrnd, nlevdecomp, ndecomp_pools
  use abortutils, only: endrun
  use decompMod, only: bounds_type
  use CNDecompCascadeConType, only: decomp_cascade_con
  use filterMod, only: filter
  use VegetationType, only: veg_pp
  use TopounitDataType, only: top_as, top_af
  use ColumnDataType, only: col_es, col_ws, col_wf, col_cs, col_cf, col_ns, col_nf, col_ps, col_pf
  use VegetationDataType, only: veg_cs, veg_ns, veg_ps
  use elm_instMod, only: cnstate_vars, canopystate_vars
  implicit none (type, external)
  private

  public :: list_fields, hist_values

  type, public :: hist_field_type
     character(len=24) :: name = ' '
     character(len=96) :: long_name = ' '
     character(len=16) :: units = ' '
     integer :: nlev = 1                          ! 1, nlevdecomp or nlevgrnd
     integer :: first = 0                         ! place of its first level in the buffers
     real(r8), pointer :: column(:) => null()     ! column values, or
     real(r8), pointer :: layers(:,:) => null()   ! (column, layer), or
     real(r8), pointer :: patch(:) => null()      ! patch values, averaged over the column
  end type hist_field_type

  integer, parameter :: max_fields = 150
  type(hist_field_type), public :: fields(max_fields)
  integer, public, protected :: nfields = 0

contains

  ! To add a field, add a line.
  subroutine list_fields()
    nfields = 0
    call list_forcing_and_physics()
    call list_carbon()
    call list_layered_carbon()
    call list_nitrogen()
    call list_phosphorus()
  end subroutine list_fields

  subroutine list_forcing_and_physics()
    call col('TBOT', 'K', 'atmospheric air temperature', top_as%tbot)
    call col('PBOT', 'Pa', 'atmospheric pressure', top_as%pbot)
    call col('QBOT', 'kg/kg', 'atmospheric specific humidity', top_as%qbot)
    call col('WIND', 'm/s', 'atmospheric wind velocity magnitude', top_as%windbot)
    call col('FSDS', 'W/m^2', 'atmospheric incident solar radiation', top_af%solar)
    call col('FLDS', 'W/m^2', 'atmospheric longwave radiation', top_af%lwrad)
    call col('RAIN', 'mm/s', 'atmospheric rain', top_af%rain)
    call col('SNOW', 'mm/s', 'atmospheric snow', top_af%snow)
    call lev('TSOI', 'K', 'soil temperature', col_es%t_soisno, nlevgrnd)
    call lev('H2OSOI', 'mm3/mm3', 'volumetric soil water', col_ws%h2osoi_vol, nlevgrnd)
    call col('H2OSNO', 'mm', 'snow depth (liquid water)', col_ws%h2osno)
    call col('TWS', 'mm', 'total water storage', col_ws%tws)
    call col('QOVER', 'mm/s', 'surface runoff', col_wf%qflx_surf)
    call col('QDRAI', 'mm/s', 'sub-surface drainage', col_wf%qflx_drain)
    call col('QFLX_EVAP_TOT', 'mm/s', 'evapotranspiration', col_wf%qflx_evap_tot)
    call col('ALT', 'm', 'current active layer thickness', canopystate_vars%alt_col)
    call col('ALTMAX', 'm', 'maximum annual active layer thickness', canopystate_vars%altmax_col)
  end subroutine list_forcing_and_physics

  subroutine list_carbon()
    call col('GPP', 'gC/m^2/s', 'gross primary production', col_cf%gpp)
    call col('NPP', 'gC/m^2/s', 'net primary production', col_cf%npp)
    call col('AR', 'gC/m^2/s', 'autotrophic respiration (MR + GR)', col_cf%ar)
    call col('HR', 'gC/m^2/s', 'total heterotrophic respiration', col_cf%hr)
    call col('COL_FIRE_CLOSS', 'gC/m^2/s', 'total column-level fire C loss', col_cf%fire_closs)
    call col('TOTECOSYSC', 'gC/m^2', 'total ecosystem carbon', col_cs%totecosysc)
    call col('TOTCOLC', 'gC/m^2', 'total column carbon', col_cs%totcolc)
    call col('TOTSOMC', 'gC/m^2', 'total soil organic matter carbon', col_cs%totsomc)
    call col('TOTLITC', 'gC/m^2', 'total litter carbon', col_cs%totlitc)
    call col('CWDC', 'gC/m^2', 'CWD C', col_cs%cwdc)
    call col('TOTVEGC', 'gC/m^2', 'total vegetation carbon', col_cs%totvegc)
    call pft('TLAI', '1', 'total projected leaf area index', canopystate_vars%tlai_patch)
    call pft('LEAFC', 'gC/m^2', 'leaf C', veg_cs%leafc)
    call pft('FROOTC', 'gC/m^2', 'fine root C', veg_cs%frootc)
    call pft('LIVESTEMC', 'gC/m^2', 'live stem C', veg_cs%livestemc)
    call pft('DEADSTEMC', 'gC/m^2', 'dead stem C', veg_cs%deadstemc)
    call pft('LIVECROOTC', 'gC/m^2', 'live coarse root C', veg_cs%livecrootc)
    call pft('DEADCROOTC', 'gC/m^2', 'dead coarse root C', veg_cs%deadcrootc)
    call pft('CPOOL', 'gC/m^2', 'temporary photosynthate C pool', veg_cs%cpool)
    call pft('NPOOL', 'gN/m^2', 'plant N storage pool', veg_ns%npool)
    call pft('PPOOL', 'gP/m^2', 'plant P storage pool', veg_ps%ppool)
  end subroutine list_carbon

  subroutine list_layered_carbon()
    integer :: l, k, donor, receiver
    character(len=8) :: pool, to

    do l = 1, ndecomp_pools
       pool = decomp_cascade_con%decomp_pool_name_history(l)
       call lev(trim(pool)//'C_vr', 'gC/m^3', trim(pool)//' C (vertically resolved)', col_cs%decomp_cpools_vr(:,:,l), &
            nlevdecomp)
       if (decomp_cascade_con%is_soil(l)) cycle
       call lev('M_'//trim(pool)//'C_TO_FIRE_vr', 'gC/m^3/s', trim(pool)//' C fire loss', &
            col_cf%m_decomp_cpools_to_fire_vr(:,:,l), nlevdecomp)
    end do
    do k = 1, size(decomp_cascade_con%cascade_donor_pool)
       donor = decomp_cascade_con%cascade_donor_pool(k)
       receiver = decomp_cascade_con%cascade_receiver_pool(k)
       pool = decomp_cascade_con%decomp_pool_name_history(donor)
       if (.not. decomp_cascade_con%is_cwd(donor)) call lev(trim(pool)//'_HR_vr', 'gC/m^3/s', &
            'Het. Resp. from '//trim(pool), col_cf%decomp_cascade_hr_vr(:,:,k), nlevdecomp)
       if (receiver == 0) cycle
       to = decomp_cascade_con%decomp_pool_name_history(receiver)
       call lev(trim(pool)//'C_TO_'//trim(to)//'C_vr', 'gC/m^3/s', 'decomp. of '//trim(pool)//' C to '//trim(to)//' C', &
            col_cf%decomp_cascade_ctransfer_vr(:,:,k), nlevdecomp)
    end do
    call lev('T_SCALAR', '1', 'temperature inhibition of decomposition', col_cf%t_scalar, nlevdecomp)
    call lev('W_SCALAR', '1', 'Moisture (dryness) inhibition of decomposition', col_cf%w_scalar, nlevdecomp)
    call lev('O_SCALAR', '1', 'fraction by which decomposition is reduced due to anoxia', col_cf%o_scalar, nlevdecomp)
  end subroutine list_layered_carbon

  subroutine list_nitrogen()
    integer :: l
    character(len=8) :: pool

    call col('TOTECOSYSN', 'gN/m^2', 'total ecosystem N', col_ns%totecosysn)
    call col('TOTCOLN', 'gN/m^2', 'total column-level N', col_ns%totcoln)
    call col('TOTSOMN', 'gN/m^2', 'total soil organic matter N', col_ns%totsomn)
    call col('TOTLITN', 'gN/m^2', 'total litter N', col_ns%totlitn)
    call col('CWDN', 'gN/m^2', 'CWD N', col_ns%cwdn)
    call col('TOTVEGN', 'gN/m^2', 'total vegetation N', col_ns%totvegn)
    call col('SMINN', 'gN/m^2', 'soil mineral N', col_ns%sminn)
    call col('NDEP_TO_SMINN', 'gN/m^2/s', 'atmospheric N deposition to soil mineral N', col_nf%ndep_to_sminn)
    call col('NFIX_TO_SMINN', 'gN/m^2/s', 'symbiotic/asymbiotic N fixation to soil mineral N', col_nf%nfix_to_sminn)
    call col('SUPPLEMENT_TO_SMINN', 'gN/m^2/s', 'supplemental N supply', col_nf%supplement_to_sminn)
    call col('DENIT', 'gN/m^2/s', 'total rate of denitrification', col_nf%denit)
    call col('F_N2O_NIT', 'gN/m^2/s', 'nitrification N2O flux', col_nf%f_n2o_nit)
    call col('SMIN_NO3_LEACHED', 'gN/m^2/s', 'soil NO3 pool loss to leaching', col_nf%smin_no3_leached)
    call col('SMIN_NO3_RUNOFF', 'gN/m^2/s', 'soil NO3 pool loss to runoff', col_nf%smin_no3_runoff)
    call col('COL_FIRE_NLOSS', 'gN/m^2/s', 'total column-level fire N loss', col_nf%fire_nloss)
    call col('FPG', 'proportion', 'fraction of potential gpp due to N limitation', cnstate_vars%fpg_col)
    call col('FPI', 'proportion', 'fraction of potential immobilization of nitrogen', cnstate_vars%fpi_col)
    call lev('FPI_vr', 'proportion', 'fraction of potential immobilization, N', cnstate_vars%fpi_vr_col, nlevdecomp)
    call lev('SMIN_NO3_vr', 'gN/m^3', 'soil mineral NO3', col_ns%smin_no3_vr, nlevdecomp)
    call lev('SMIN_NH4_vr', 'gN/m^3', 'soil mineral NH4', col_ns%smin_nh4_vr, nlevdecomp)
    do l = 1, ndecomp_pools
       pool = decomp_cascade_con%decomp_pool_name_history(l)
       call lev(trim(pool)//'N_vr', 'gN/m^3', trim(pool)//' N (vertically resolved)', col_ns%decomp_npools_vr(:,:,l), &
            nlevdecomp)
    end do
  end subroutine list_nitrogen

  subroutine list_phosphorus()
    integer :: l
    character(len=8) :: pool

    call col('TOTECOSYSP', 'gP/m^2', 'total ecosystem P', col_ps%totecosysp)
    call col('TOTCOLP', 'gP/m^2', 'total column-level P', col_ps%totcolp)
    call col('TOTSOMP', 'gP/m^2', 'total soil organic matter P', col_ps%totsomp)
    call col('TOTLITP', 'gP/m^2', 'total litter P', col_ps%totlitp)
    call col('CWDP', 'gP/m^2', 'CWD P', col_ps%cwdp)
    call col('TOTVEGP', 'gP/m^2', 'total vegetation P', col_ps%totvegp)
    call col('PDEP_TO_SMINP', 'gP/m^2/s', 'atmospheric P deposition to soil mineral P', col_pf%pdep_to_sminp)
    call col('SUPPLEMENT_TO_SMINP', 'gP/m^2/s', 'supplemental P supply', col_pf%supplement_to_sminp)
    call col('SMINP_LEACHED', 'gP/m^2/s', 'soil mineral P pool loss to leaching', col_pf%sminp_leached)
    call col('COL_FIRE_PLOSS', 'gP/m^2/s', 'total column-level fire P loss', col_pf%fire_ploss)
    call col('FPG_P', 'proportion', 'fraction of potential gpp due to P limitation', cnstate_vars%fpg_p_col)
    call col('FPI_P', 'proportion', 'fraction of potential immobilization of phosphorus', cnstate_vars%fpi_p_col)
    call col('SOLUTIONP', 'gP/m^2', 'soil solution P', col_ps%solutionp)
    call col('LABILEP', 'gP/m^2', 'soil labile P', col_ps%labilep)
    call lev('FPI_P_vr', 'proportion', 'fraction of potential immobilization, P', cnstate_vars%fpi_p_vr_col, nlevdecomp)
    call lev('SOLUTIONP_vr', 'gP/m^3', 'soil solution P', col_ps%solutionp_vr, nlevdecomp)
    call lev('LABILEP_vr', 'gP/m^3', 'soil labile P', col_ps%labilep_vr, nlevdecomp)
    call lev('SECONDP_vr', 'gP/m^3', 'soil secondary P', col_ps%secondp_vr, nlevdecomp)
    call lev('OCCLP_vr', 'gP/m^3', 'soil occluded P', col_ps%occlp_vr, nlevdecomp)
    call lev('PRIMP_vr', 'gP/m^3', 'soil primary P', col_ps%primp_vr, nlevdecomp)
    do l = 1, ndecomp_pools
       pool = decomp_cascade_con%decomp_pool_name_history(l)
       call lev(trim(pool)//'P_vr', 'gP/m^3', trim(pool)//' P (vertically resolved)', col_ps%decomp_ppools_vr(:,:,l), &
            nlevdecomp)
    end do
  end subroutine list_phosphorus

  subroutine col(name, units, long_name, values)
    character(len=*), intent(in) :: name, units, long_name
    real(r8), target, intent(in) :: values(:)

    call append(name, units, long_name, 1)
    fields(nfields)%column => values
  end subroutine col

  subroutine lev(name, units, long_name, layers, nlev)
    character(len=*), intent(in) :: name, units, long_name
    real(r8), target, intent(in) :: layers(:,:)  ! (column, layer)
    integer, intent(in) :: nlev

    call append(name, units, long_name, nlev)
    fields(nfields)%layers => layers
  end subroutine lev

  subroutine pft(name, units, long_name, values)
    character(len=*), intent(in) :: name, units, long_name
    real(r8), target, intent(in) :: values(:)

    call append(name, units, long_name, 1)
    fields(nfields)%patch => values
  end subroutine pft

  subroutine append(name, units, long_name, nlev)
    character(len=*), intent(in) :: name, units, long_name
    integer, intent(in) :: nlev

    if (nfields == max_fields) call endrun('histFieldsMod: raise max_fields', on_all_ranks=.true.)
    nfields = nfields + 1
    fields(nfields) = hist_field_type(name=name, long_name=long_name, units=units, nlev=nlev)
  end subroutine append

  ! Add the values of one level of a field to a running sum.
  subroutine hist_values(bounds, field, level, total)
    type(bounds_type), intent(in) :: bounds
    type(hist_field_type), intent(in) :: field
    integer, intent(in) :: level
    real(r8), intent(inout) :: total(bounds%begc:)  ! (column)

    integer :: fp, p, c

    if (associated(field%column)) then
       total = total + field%column
    else if (associated(field%layers)) then
       total = total + field%layers(:, level)
    else
       do fp = 1, filter(1)%num_soilp
          p = filter(1)%soilp(fp)
          c = veg_pp%column(p)
          total(c) = total(c) + veg_pp%wtcol(p)*field%patch(p - bounds%begp + 1)
       end do
    end if
  end subroutine hist_values

end module histFieldsMod

! Start of the model: grid, parameters, state and inputs.
module elm_initializeMod
  use elm_varcon, only: init_vertical
  use elm_varctl, only: finidat, iulog, caseid
  use spmdMod, only: masterproc, npes
  use decompMod, only: bounds_type, numg
  use surfrdMod, only: surfrd_decomp, surfrd_get_grid, surfrd_get_data
  use paramsMod, only: readParameters
  use lnd_importMod, only: lnd_import_init
  use elm_time_manager, only: timemgr_init
  use restFileMod, only: restFile_init, restFile_read
  use histFileMod, only: hist_init
  use filterMod, only: filter, filter_init
  use domainMod, only: ldomain
  use GridcellType, only: grc_pp
  use TopounitType, only: top_pp
  use LandunitType, only: lun_pp
  use ColumnType, only: col_pp
  use VegetationType, only: veg_pp
  use TopounitDataType, only: top_as, top_af
  use ColumnDataType, only: col_es, col_ws, col_wf, col_cs, col_cf, col_ns, col_nf, col_ps, col_pf
  use VegetationDataType, only: veg_es, veg_cs, veg_cf, veg_ns, veg_nf, veg_ps, veg_pf
  use elm_instMod, only: cnstate_vars, canopystate_vars, soilstate_vars
  use DecompCascadeCNMod, only: decomp_cascade_init
  use SoilPropertiesMod, only: SoilPropertiesInit
  use SoilTemperatureMod, only: SoilTemperatureInit
  use SoilHydrologyMod, only: SoilHydrologyInit
  use ActiveLayerMod, only: ActiveLayerInit
  use DaylengthMod, only: InitDaylength
  use EcosystemDynMod, only: EcosystemDynInit
  use AnnualBudgetMod, only: AnnualBudgetInit
  use coldStartMod, only: coldStart
  use VegSummaryMod, only: VegSummary
  use SoilBiogeochemSummaryMod, only: SoilBiogeochemSummaryStates
  implicit none (type, external)
  private

  public :: elm_initialize

contains

  subroutine elm_initialize(bounds)
    type(bounds_type), intent(out) :: bounds  ! of this rank

    call init_vertical()
    call surfrd_decomp(bounds)
    call allocate_state(bounds)
    call surfrd_get_grid(bounds)
    call surfrd_get_data(bounds)
    call filter_init(bounds)
    call readParameters()
    call lnd_import_init(bounds)
    if (masterproc) write(iulog, '(3a,i0,a,i0,a)') ' case ', trim(caseid), ': ', numg, ' gridcells on ', npes, ' ranks'

    ! Constants of the science; they depend on parameters and surface data only.
    call decomp_cascade_init(bounds)
    call SoilPropertiesInit(bounds)
    call EcosystemDynInit(bounds)
    call AnnualBudgetInit(bounds)

    ! The state: from a restart file or the cold start.
    call restFile_init()
    if (len_trim(finidat) > 0) then
       call restFile_read(bounds, finidat)
    else
       call timemgr_init(0)
       call SoilTemperatureInit(bounds)
       call SoilHydrologyInit(bounds)
       call ActiveLayerInit(bounds)
       call coldStart(bounds)
    end if
    call InitDaylength(bounds)
    associate (f => filter(1))
      call VegSummary(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
      call SoilBiogeochemSummaryStates(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
    end associate

    call hist_init(bounds)
  end subroutine elm_initialize

  subroutine allocate_state(bounds)
    type(bounds_type), intent(in) :: bounds

    call ldomain%Init(bounds)
    call grc_pp%Init(bounds); call top_pp%Init(bounds); call lun_pp%Init(bounds)
    call col_pp%Init(bounds); call veg_pp%Init(bounds)
    call top_as%Init(bounds); call top_af%Init(bounds)
    call col_es%Init(bounds); call col_ws%Init(bounds); call col_wf%Init(bounds)
    call col_cs%Init(bounds); call col_cf%Init(bounds)
    call col_ns%Init(bounds); call col_nf%Init(bounds)
    call col_ps%Init(bounds); call col_pf%Init(bounds)
    call veg_es%Init(bounds)
    call veg_cs%Init(bounds); call veg_cf%Init(bounds)
    call veg_ns%Init(bounds); call veg_nf%Init(bounds)
    call veg_ps%Init(bounds); call veg_pf%Init(bounds)
    call cnstate_vars%Init(bounds); call canopystate_vars%Init(bounds); call soilstate_vars%Init(bounds)
  end subroutine allocate_state

end module elm_initializeMod

! One step of the model.
module elm_driver
  use elm_varctl, only: suplnitro, suplphos, nyears_supl, supplement_n, supplement_p
  use decompMod, only: bounds_type
  use filterMod, only: filter
  use elm_time_manager, only: get_prev_date
  use EcosystemBalanceCheckMod, only: BeginColBalance, ColBalanceCheck
  use histFileMod, only: hist_update_hbuf, hist_htapes_wrapup
  use DaylengthMod, only: UpdateDaylength
  use SoilTemperatureMod, only: SoilTemperature
  use SoilHydrologyMod, only: SoilHydrology
  use ActiveLayerMod, only: ActiveLayer
  use PhotosynthesisMod, only: Photosynthesis
  use EcosystemDynMod, only: EcosystemDyn
  use NitrogenDynamicsMod, only: UpdateLaggedNPP
  use AnnualUpdateMod, only: AnnualUpdate
  use VegStructUpdateMod, only: VegStructUpdate
  use VegSummaryMod, only: VegSummary
  use SoilBiogeochemSummaryMod, only: SoilBiogeochemSummary, SoilBiogeochemSummaryStates
#ifdef PHASE_SURROGATE
  use elm_phase_mod, only: phase_driver
#endif
  implicit none (type, external)
  private

  public :: elm_drv

contains

  ! The clock has been advanced and the forcing of the step is set.
  subroutine elm_drv(bounds)
    type(bounds_type), intent(in) :: bounds

    integer :: yr, mon, day, tod

    call get_prev_date(yr, mon, day, tod)
#ifdef PHASE_SURROGATE
    ! Before anything of the step, so that the balances below start from the state the plugin may have written.
    call phase_driver(bounds)
#endif
    supplement_n = suplnitro == 'ALL' .or. yr <= nyears_supl
    supplement_p = suplphos == 'ALL' .or. yr <= nyears_supl

    associate (nc => filter(1)%num_soilc, fc => filter(1)%soilc, np => filter(1)%num_soilp, fp => filter(1)%soilp)
      call VegSummary(bounds, nc, fc, np, fp)
      call SoilBiogeochemSummaryStates(bounds, nc, fc, np, fp)
      call BeginColBalance(bounds)

      call UpdateDaylength(bounds)
      call SoilHydrology(bounds, nc, fc, np, fp)
      call SoilTemperature(bounds, nc, fc, np, fp)
      call ActiveLayer(bounds, nc, fc, np, fp)
      call Photosynthesis(bounds, nc, fc, np, fp)
      call EcosystemDyn(bounds, nc, fc, np, fp)
      call AnnualUpdate(bounds, nc, fc, np, fp)
      call VegStructUpdate(bounds, nc, fc, np, fp)

      call VegSummary(bounds, nc, fc, np, fp)
      call SoilBiogeochemSummary(bounds, nc, fc, np, fp)
      call UpdateLaggedNPP(bounds)
      call ColBalanceCheck(bounds)
    end associate

    call hist_update_hbuf(bounds)
    call hist_htapes_wrapup(bounds)
  end subroutine elm_drv

end module elm_driver

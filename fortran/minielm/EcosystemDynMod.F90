! Order of operations of the carbon, nitrogen and phosphorus cycles in one time step.
module EcosystemDynMod
  use elm_time_manager, only: is_beg_curr_year
  use decompMod, only: bounds_type
  use filterMod, only: filter
  use NitrogenDynamicsMod, only: NitrogenDeposition, NitrogenFixation, NitrogenLeaching
  use PhosphorusDynamicsMod, only: PhosphorusDeposition, PhosphorusDynamics
  use DecompCascadeCNMod, only: decomp_rate_constants_cn
  use SoilLittDecompMod, only: SoilLittDecompPotential, SoilLittDecomp
  use NitrifDenitrifMod, only: nitrif_denitrif
  use NutrientCompetitionMod, only: NutrientCompetition
  use SoilBiogeochemStateUpdateMod, only: SoilBiogeochemStateUpdate
  use SoilLittVertTranspMod, only: SoilLittVertTransp
  use VerticalProfileMod, only: VerticalProfileInit, VerticalProfile
  use PlantPoolsMod, only: PlantPoolsInit
  use LitterInputMod, only: LitterInputInit
  use PhotosynthesisMod, only: PhotosynthesisInit
  use MaintenanceRespMod, only: MaintenanceResp
  use AllocationMod, only: AllocationInit, Allocation1, Allocation2
  use PhenologyMod, only: PhenologyInit, Phenology
  use GrowthRespMod, only: GrowthResp
  use GapMortalityMod, only: GapMortality
  use FireMod, only: FireInit, Fire
  implicit none (type, external)
  private

  public :: EcosystemDynInit
  public :: EcosystemDyn

  logical :: profiles_ready = .false.  ! are the input profiles those of this year?

contains

  ! Constants and work arrays of the plants; after the parameters, surface data and filters are there.
  subroutine EcosystemDynInit(bounds)
    type(bounds_type), intent(in) :: bounds

    call PlantPoolsInit()
    call VerticalProfileInit()
    call PhotosynthesisInit(bounds)
    call AllocationInit()
    call LitterInputInit(filter(1)%num_soilp)
    call PhenologyInit(filter(1)%num_soilp)
    call FireInit(bounds, filter(1)%num_soilp, filter(1)%soilp)
    profiles_ready = .false.
  end subroutine EcosystemDynInit

  subroutine EcosystemDyn(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc, filter_soilc(:)  ! columns
    integer, intent(in) :: num_soilp, filter_soilp(:)  ! patches

    ! last year's thaw depth, which the profiles follow, changes with the year only
    if (is_beg_curr_year() .or. .not. profiles_ready) then
       call VerticalProfile(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
       profiles_ready = .true.
    end if

    ! nutrient inputs
    call NitrogenDeposition(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    call NitrogenFixation(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    call PhosphorusDeposition(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)

    ! demands of plants and decomposers, and what each of them gets
    call MaintenanceResp(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    call decomp_rate_constants_cn(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    call Allocation1(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    call SoilLittDecompPotential(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    call nitrif_denitrif(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    call NutrientCompetition(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    call SoilLittDecomp(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)

    ! plants grow and shed
    call Allocation2(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    call Phenology(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    call GrowthResp(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)

    ! soil pools: decomposition, litterfall and mixing; then what dies and burns
    call SoilBiogeochemStateUpdate(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    call SoilLittVertTransp(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    call GapMortality(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    call Fire(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)

    ! losses with water and the mineral phosphorus of the soil
    call NitrogenLeaching(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    call PhosphorusDynamics(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
  end subroutine EcosystemDyn

end module EcosystemDynMod

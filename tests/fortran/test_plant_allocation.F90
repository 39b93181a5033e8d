! Allocation: what goes in comes out, stoichiometry of growth, the respiration debt, and stores that set the growth.
program test_plant_allocation
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varcon, only: secspday
  use filterMod, only: filter
  use VegetationDataType, only: veg_cs, veg_cf, veg_ns, veg_nf, veg_ps, veg_pf
  use VegetationPropertiesType, only: veg_vp
  use ColumnDataType, only: col_nf
  use elm_instMod, only: cnstate_vars
  use AllocationMod, only: Allocation1, Allocation2
  use VegSummaryMod, only: VegSummary
  use plant_fixture, only: climate_type, plants_init, patch_of, bounds, check, finish, set_wood_and_plants
  implicit none (type, external)

  real(r8), parameter :: dt = secspday, day = 1._r8/secspday
  real(r8) :: before_c, before_n, before_p, tissue, growth_full, leaf_before, stem_before, leafn_before, calloc_half
  integer :: p

  call plants_init([climate_type(pft=4)])
  p = patch_of(1)
  call set_wood_and_plants(p, 300._r8)
  veg_ns%npool(p) = 1.e4_r8
  veg_ps%ppool(p) = 1.e4_r8
  veg_ns%retransn(p) = 2._r8
  veg_ps%retransp(p) = 0.1_r8
  cnstate_vars%annmax_retransn_patch(p) = 4._r8
  cnstate_vars%annmax_retransp_patch(p) = 0.2_r8
  cnstate_vars%annsum_potential_gpp_patch(p) = 2500._r8
  veg_cf%gpp(p) = 8._r8*day
  veg_cf%mr(p) = 3._r8*day

  call total(before_c, before_n, before_p)
  leaf_before = veg_cs%leafc(p)
  stem_before = veg_cs%deadstemc(p)
  leafn_before = veg_ns%leafn(p)
  call allocate_with(fpg=0.5_r8)
  call total_change('carbon, nitrogen and phosphorus close', before_c, before_n, before_p)
  call check('full stores let all available carbon grow', abs(veg_cf%plant_calloc(p)*secspday - 5._r8) < 1.e-12_r8)
  tissue = veg_cf%plant_calloc(p) - veg_cf%gr(p)
  call check('growth respiration is 30 % of new tissue', abs(veg_cf%gr(p)/tissue - 0.3_r8) < 1.e-12_r8)
  call check('evergreens display all growth', veg_cs%leafc_storage(p) == 0._r8)
  call check('new leaves have the target C:N', abs((veg_ns%leafn(p) - leafn_before) &
       - (veg_cs%leafc(p) - leaf_before)/veg_vp%leafcn(4)) < 1.e-12_r8)
  call check('stems grow with leaves', veg_cs%deadstemc(p) > stem_before)
  call check('half the demand is taken up', abs(veg_nf%sminn_to_npool(p) - 0.5_r8*veg_nf%plant_ndemand(p)) < 1.e-18_r8)
  call check('retranslocation is paid before the soil', veg_nf%retransn_to_npool(p) > 0._r8 .and. &
       abs(col_nf%plant_ndemand(1) - veg_nf%plant_ndemand(p)) < 1.e-18_r8)
  growth_full = veg_cf%plant_calloc(p)

  ! a store of half the three years' need gives half the growth; the rest waits in cpool
  veg_ns%npool(p) = 0.5_r8*3._r8*600._r8*cnstate_vars%n_allometry_patch(p)/cnstate_vars%c_allometry_patch(p)
  veg_ns%retransn(p) = 0._r8
  call total(before_c, before_n, before_p)
  call allocate_with(fpg=0._r8)
  call total_change('a limited step closes', before_c, before_n, before_p)
  calloc_half = veg_cf%plant_calloc(p)
  call check('half a store gives half the growth', abs(calloc_half/growth_full - 0.5_r8) < 1.e-9_r8)
  call check('the rest of the carbon is kept', abs(veg_cs%cpool(p) - (growth_full - calloc_half)*dt) < 1.e-9_r8)

  ! a night of the year: respiration above photosynthesis is borrowed, and paid back before anything grows
  veg_cf%gpp(p) = 0._r8
  call total(before_c, before_n, before_p)
  call allocate_with(fpg=1._r8)
  call total_change('a step of deficit closes', before_c, before_n, before_p)
  call check('the deficit is borrowed', abs(veg_cs%xsmrpool(p) + 3._r8) < 1.e-12_r8 .and. veg_cf%plant_calloc(p) == 0._r8)
  veg_cf%gpp(p) = 3.05_r8*day
  call allocate_with(fpg=1._r8)
  call check('the debt is paid first', abs(veg_cs%xsmrpool(p) + 2.95_r8) < 1.e-12_r8 .and. veg_cf%availc(p) < 1.e-18_r8)
  veg_cf%gpp(p) = 8._r8*day
  call allocate_with(fpg=1._r8)
  call check('the debt is paid within 30 days', abs(veg_cs%xsmrpool(p) + 2.95_r8*29._r8/30._r8) < 1.e-12_r8)

  ! empty stores
  veg_ns%npool(p) = 0._r8
  call allocate_with(fpg=0._r8)
  call check('nothing grows from an empty store', veg_cf%plant_calloc(p) == 0._r8 .and. veg_ns%npool(p) == 0._r8)
  call finish()

contains

  subroutine allocate_with(fpg)
    real(r8), intent(in) :: fpg  ! share of the demand that the soil meets

    associate(f => filter(1))
      call Allocation1(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
      cnstate_vars%fpg_col = fpg
      cnstate_vars%fpg_p_col = fpg
      call Allocation2(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
    end associate
  end subroutine allocate_with

  subroutine total(c, n, ph)
    real(r8), intent(out) :: c, n, ph

    associate(f => filter(1))
      call VegSummary(bounds, f%num_soilc, f%soilc, f%num_soilp, f%soilp)
    end associate
    c = veg_cs%totvegc(p)
    n = veg_ns%totvegn(p)
    ph = veg_ps%totvegp(p)
  end subroutine total

  subroutine total_change(name, c0, n0, p0)
    character(len=*), intent(in) :: name
    real(r8), intent(in) :: c0, n0, p0

    real(r8) :: c1, n1, p1

    call total(c1, n1, p1)
    call check(name, abs(c1 - c0 - (veg_cf%gpp(p) - veg_cf%mr(p) - veg_cf%gr(p))*dt) < 1.e-10_r8 &
         .and. abs(n1 - n0 - veg_nf%sminn_to_npool(p)*dt) < 1.e-10_r8 &
         .and. abs(p1 - p0 - veg_pf%sminp_to_ppool(p)*dt) < 1.e-10_r8)
  end subroutine total_change

end program test_plant_allocation

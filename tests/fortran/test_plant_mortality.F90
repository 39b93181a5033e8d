! Gap mortality and fire take the prescribed shares and nothing gets lost.
program test_plant_mortality
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: nlevdecomp, nlevdecomp_full
  use elm_varcon, only: secspday, dzsoi_decomp
  use elm_varctl, only: spinup_state, spinup_mortality_factor
  use filterMod, only: filter
  use VegetationDataType, only: veg_cs, veg_ns
  use ColumnDataType, only: col_cs, col_cf, col_ns, col_nf
  use elm_instMod, only: canopystate_vars
  use GapMortalityMod, only: GapMortality
  use FireMod, only: Fire
  use VegSummaryMod, only: VegSummary
  use plant_fixture, only: climate_type, plants_init, patch_of, bounds, check, finish, litter_of, set_wood_and_plants
  implicit none (type, external)

  real(r8), parameter :: dt = secspday, m = 0.02_r8/365._r8, f = 0.1_r8/365._r8
  real(r8) :: before_c, before_n, litr_before, cwd_before, deadstem, leaf, cwd_burned
  integer :: p

  call plants_init([climate_type(pft=1, fire=0.1_r8)])
  p = patch_of(1)
  call set_wood_and_plants(p, 300._r8)
  veg_cs%leafc_storage(p) = 40._r8
  veg_cs%cpool(p) = 50._r8
  col_cs%decomp_cpools_vr(1, 1:nlevdecomp, 1:4) = 100._r8
  col_ns%decomp_npools_vr(1, 1:nlevdecomp, 1:4) = 2._r8
  canopystate_vars%altmax_lastyear_indx_col(1) = 4

  call totals(before_c, before_n)
  litr_before = pool_sum(1, 3)
  cwd_before = pool_sum(4, 4)
  deadstem = veg_cs%deadstemc(p)
  leaf = veg_cs%leafc(p)
  call GapMortality(bounds, filter(1)%num_soilc, filter(1)%soilc, filter(1)%num_soilp, filter(1)%soilp)
  call check('2 % of the stems die in a year', abs(veg_cs%deadstemc(p) - deadstem*(1._r8 - m)) < 1.e-11_r8*deadstem)
  call check('2 % of the stored carbon dies in a year', abs(veg_cs%leafc_storage(p) - 40._r8*(1._r8 - m)) < 1.e-12_r8)
  call check('dead carbon is in litter and debris', abs(plant_c() + pool_sum(1, 4) - before_c) < 1.e-9_r8)
  call check('wood is debris, the rest litter', abs(pool_sum(4, 4) - cwd_before - m*300._r8*25.6_r8) < 1.e-9_r8 &
       .and. abs(pool_sum(1, 3) - litr_before - m*(600._r8 + 90._r8)) < 1.e-9_r8)
  call check('no litter below the thawed soil', all(col_cf%gap_mortality_c_to_cwdc(1, 5:nlevdecomp_full) == 0._r8) .and. &
       col_cf%gap_mortality_c_to_cwdc(1, 4) > 0._r8)
  call check('nitrogen closes', abs(plant_n() + sum_n() - before_n) < 1.e-10_r8)

  ! AD mode: dead wood dies faster
  spinup_state = 1
  spinup_mortality_factor = 10._r8
  deadstem = veg_cs%deadstemc(p)
  leaf = veg_cs%leafc(p)
  call GapMortality(bounds, filter(1)%num_soilc, filter(1)%soilc, filter(1)%num_soilp, filter(1)%soilp)
  call check('accelerated mode: dead wood dies ten times faster', &
       abs(veg_cs%deadstemc(p) - deadstem*(1._r8 - 10._r8*m)) < 1.e-11_r8*deadstem .and. &
       abs(veg_cs%leafc(p) - leaf*(1._r8 - m)) < 1.e-11_r8*leaf)
  spinup_state = 0
  spinup_mortality_factor = 1._r8

  call totals(before_c, before_n)
  cwd_before = col_cs%decomp_cpools_vr(1, 1, 4)
  leaf = veg_cs%leafc(p)
  call Fire(bounds, filter(1)%num_soilc, filter(1)%soilc, filter(1)%num_soilp, filter(1)%soilp)
  cwd_burned = col_cf%m_decomp_cpools_to_fire_vr(1, 1, 4)*dt
  call check('leaves burn and die', abs(veg_cs%leafc(p) - leaf*(1._r8 - f*(0.8_r8 + 0.2_r8*0.8_r8))) < 1.e-10_r8)
  call check('a quarter of the debris on burned land burns', abs(cwd_burned - 0.25_r8*f*cwd_before) < 1.e-12_r8)
  call check('fire closes carbon', abs(plant_c() + pool_sum(1, 4) + col_cf%fire_closs(1)*dt - before_c) < 1.e-9_r8)
  call check('fire closes nitrogen', abs(plant_n() + sum_n() + col_nf%fire_nloss(1)*dt - before_n) < 1.e-10_r8)
  call check('litter of the fire is reported', litter_of(1, 1) > 0._r8)
  call finish()

contains

  subroutine totals(c, n)
    real(r8), intent(out) :: c, n

    c = plant_c() + pool_sum(1, 4)
    n = plant_n() + sum_n()
  end subroutine totals

  function plant_c() result(c)
    real(r8) :: c

    call VegSummary(bounds, filter(1)%num_soilc, filter(1)%soilc, filter(1)%num_soilp, filter(1)%soilp)
    c = col_cs%totvegc(1)
  end function plant_c

  function plant_n() result(n)
    real(r8) :: n

    call VegSummary(bounds, filter(1)%num_soilc, filter(1)%soilc, filter(1)%num_soilp, filter(1)%soilp)
    n = veg_ns%totvegn(p)
  end function plant_n

  function pool_sum(first, last) result(c)
    integer, intent(in) :: first, last  ! decomposing pools
    real(r8) :: c

    c = sum(matmul(dzsoi_decomp(1:nlevdecomp), col_cs%decomp_cpools_vr(1, 1:nlevdecomp, first:last)))
  end function pool_sum

  function sum_n() result(n)
    real(r8) :: n

    n = sum(matmul(dzsoi_decomp(1:nlevdecomp), col_ns%decomp_npools_vr(1, 1:nlevdecomp, 1:4)))
  end function sum_n

end program test_plant_mortality

! Decades of growth in several climates: every step conserves carbon, nitrogen and phosphorus, no pool is negative, and
! production, leaf area and biomass are those of the biome.
program test_plant_balance
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varcon, only: secspday
  use VegetationDataType, only: veg_cs, veg_cf, veg_ns, veg_nf, veg_ps, veg_pf
  use elm_instMod, only: canopystate_vars
  use PlantPoolsMod, only: organ_pool, labile_pool, nlabile, norgan, nform, nelement
  use plant_fixture, only: climate_type, plants_init, plants_step, patch_of, check, finish, litter_of
  implicit none (type, external)

  integer, parameter :: n = 8, years = 60
  character(len=24), parameter :: biome(n) = [character(len=24) :: 'tropical evergreen', 'boreal evergreen', &
       'temperate evergreen', 'temperate deciduous', 'savanna grass', 'C3 grass', 'arctic grass', 'starved tropical forest']
  real(r8), parameter :: gpp_low(n) = [2000, 450, 900, 800, 500, 400, 60, 500]
  real(r8), parameter :: gpp_high(n) = [4000, 1400, 2600, 2400, 2600, 2200, 700, 3500]
  real(r8), parameter :: lai_high(n) = [8, 6, 8, 9, 8, 8, 5, 6]
  real(r8) :: before(nelement, n), change(nelement), worst(nelement), gpp(n), npp(n), lai(n), lowest
  integer :: c, p, e, l, o, f, year, day
  type(climate_type) :: list(n)

  list(1) = climate_type(lat=0._r8, t_mean=299._r8, t_range=1._r8, solar=190._r8, rh=0.8_r8, pft=4)
  list(2) = climate_type(lat=60._r8, t_mean=272._r8, t_range=17._r8, solar=115._r8, pft=2, fire=0.005_r8)
  list(3) = climate_type(lat=45._r8, t_mean=283._r8, t_range=9._r8, solar=150._r8, pft=1)
  list(4) = climate_type(lat=45._r8, t_mean=282._r8, t_range=12._r8, solar=150._r8, pft=7)
  list(5) = climate_type(lat=12._r8, t_mean=300._r8, t_range=2._r8, solar=230._r8, psi_dry=-4._r8, dry_from=1, dry_to=150, &
       pft=14, fire=0.2_r8)
  list(6) = climate_type(lat=42._r8, t_mean=283._r8, t_range=13._r8, solar=160._r8, pft=13)
  list(7) = climate_type(lat=70._r8, t_mean=264._r8, t_range=19._r8, solar=95._r8, pft=12)
  list(8) = climate_type(lat=0._r8, t_mean=299._r8, t_range=1._r8, solar=190._r8, rh=0.8_r8, pft=4, fpg=0.6_r8)
  call plants_init(list)

  worst = 0._r8
  lowest = 0._r8
  do year = 1, years
     gpp = 0._r8
     npp = 0._r8
     lai = 0._r8
     do day = 1, 365
        do c = 1, n
           p = patch_of(c)
           before(:, c) = [veg_cs%totvegc(p), veg_ns%totvegn(p), veg_ps%totvegp(p)]
        end do
        call plants_step()
        do c = 1, n
           p = patch_of(c)
           change = [veg_cs%totvegc(p), veg_ns%totvegn(p), veg_ps%totvegp(p)] - before(:, c)
           change(1) = change(1) - secspday*(veg_cf%gpp(p) - veg_cf%ar(p) - litter_of(c, 1) - veg_cf%fire_closs(p))
           change(2) = change(2) - secspday*(veg_nf%sminn_to_npool(p) - litter_of(c, 2) - veg_nf%fire_nloss(p))
           change(3) = change(3) - secspday*(veg_pf%sminp_to_ppool(p) - litter_of(c, 3) - veg_pf%fire_ploss(p))
           worst = max(worst, abs(change))
           gpp(c) = gpp(c) + secspday*veg_cf%gpp(p)
           npp(c) = npp(c) + secspday*veg_cf%npp(p)
           lai(c) = max(lai(c), canopystate_vars%tlai_patch(p))
           do e = 1, nelement
              do f = 1, nform
                 do o = 1, norgan
                    lowest = min(lowest, organ_pool(o, f, e)%a(p))
                 end do
              end do
              do l = 1, nlabile(e)
                 lowest = min(lowest, labile_pool(l, e)%a(p))
              end do
           end do
        end do
     end do
  end do

  do c = 1, n
     p = patch_of(c)
     write(*, '(a,2(a,f7.0),a,f5.2,a,f8.0,4(a,f8.2))') biome(c), ' GPP', gpp(c), ' NPP', npp(c), ' LAI', lai(c), &
          ' vegC', veg_cs%totvegc(p), ' cpool', veg_cs%cpool(p), ' npool', veg_ns%npool(p), ' ppool', veg_ps%ppool(p), &
          ' xsmr', veg_cs%xsmrpool(p)
     call check('GPP of the '//trim(biome(c)), gpp(c) > gpp_low(c) .and. gpp(c) < gpp_high(c))
     call check('NPP of the '//trim(biome(c)), npp(c) > 0.25_r8*gpp(c) .and. npp(c) < 0.7_r8*gpp(c))
     call check('leaf area of the '//trim(biome(c)), lai(c) > 0.3_r8 .and. lai(c) < lai_high(c))
  end do
  call check('carbon is conserved in every step', worst(1) < 1.e-8_r8)
  call check('nitrogen is conserved in every step', worst(2) < 1.e-8_r8)
  call check('phosphorus is conserved in every step', worst(3) < 1.e-8_r8)
  call check('no pool is negative', lowest >= 0._r8)
  call finish()
end program test_plant_balance

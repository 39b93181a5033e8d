! Dates of onset and offset in constructed climates, and the course of leaf display and leaf fall.
program test_plant_phenology
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varcon, only: tfrz
  use VegetationDataType, only: veg_cs
  use GridcellType, only: grc_pp
  use ColumnDataType, only: col_es
  use elm_instMod, only: cnstate_vars
  use plant_fixture, only: climate_type, plants_init, plants_step, patch_of, check, finish
  implicit none (type, external)

  integer, parameter :: n = 4, years = 4
  integer :: c, p, year, day, onset(n), offset(n), last_fall(n)
  integer :: expected_onset, expected_offset
  real(r8) :: gdd
  logical :: flag_before(n), off_before(n)
  type(climate_type) :: list(n)

  list(1) = climate_type(lat=45._r8, t_mean=281._r8, t_range=12._r8, solar=150._r8, pft=7)
  list(2) = climate_type(lat=10._r8, t_mean=299._r8, t_range=2._r8, solar=220._r8, psi_dry=-4._r8, dry_from=100, &
       dry_to=250, pft=14)
  list(3) = climate_type(lat=-45._r8, t_mean=281._r8, t_range=12._r8, solar=150._r8, pft=7)
  list(4) = climate_type(lat=45._r8, t_mean=281._r8, t_range=12._r8, solar=150._r8, pft=1)
  call plants_init(list)

  onset = 0; offset = 0; last_fall = 0
  expected_onset = 0; expected_offset = 0; gdd = 0._r8
  do year = 1, years
     do day = 1, 365
        do c = 1, n
           p = patch_of(c)
           flag_before(c) = cnstate_vars%onset_flag_patch(p) == 1._r8
           off_before(c) = cnstate_vars%offset_flag_patch(p) == 1._r8
        end do
        call plants_step()
        do c = 1, n
           p = patch_of(c)
           if (year == years) then
              if (cnstate_vars%onset_flag_patch(p) == 1._r8 .and. .not. flag_before(c)) onset(c) = day
              if (cnstate_vars%offset_flag_patch(p) == 1._r8 .and. .not. off_before(c)) offset(c) = day
              if (cnstate_vars%offset_flag_patch(p) == 1._r8) last_fall(c) = day
           end if
        end do
        ! the rule itself, worked out here for the northern column
        if (grc_pp%dayl(1) < grc_pp%prev_dayl(1)) gdd = 0._r8
        if (grc_pp%dayl(1) >= grc_pp%prev_dayl(1)) gdd = gdd + max(0._r8, col_es%t_soisno(1, 3) - tfrz)
        if (year == years) then
           if (expected_onset == 0 .and. gdd > exp(4.8_r8 + 0.13_r8*(281._r8 - tfrz))) expected_onset = day
           if (grc_pp%dayl(1) < grc_pp%prev_dayl(1) .and. grc_pp%dayl(1) < 39300._r8 .and. expected_offset == 0 &
                .and. day > 180) expected_offset = day
           if (day == 200) then
              call check('leaves are out in the summer of the north', veg_cs%leafc(patch_of(1)) > 0._r8)
              call check('no leaves in the winter of the south', veg_cs%leafc(patch_of(3)) == 0._r8)
              call check('no grass leaves in the dry season', veg_cs%leafc(patch_of(2)) == 0._r8)
           end if
           if (day == 360) then
              call check('no leaves in the winter of the north', veg_cs%leafc(patch_of(1)) == 0._r8)
              call check('leaves are out in the summer of the south', veg_cs%leafc(patch_of(3)) > 0._r8)
              call check('grass leaves are back in the wet season', veg_cs%leafc(patch_of(2)) > 0._r8)
           end if
        end if
     end do
  end do

  call check('season-deciduous onset follows the temperature sum', onset(1) == expected_onset .and. onset(1) > 60)
  call check('season-deciduous offset follows the day length', offset(1) == expected_offset .and. offset(1) > 240)
  call check('the offset takes 15 days', last_fall(1) - offset(1) == 14)
  call check('the south is half a year off', onset(3) > 240 .and. offset(3) > 60 .and. offset(3) < 150)
  call check('drought ends the season after 15 dry days', offset(2) == 114)
  call check('rain opens the season after 16 wet days', onset(2) == 266)
  call check('evergreen leaves never go', veg_cs%leafc(patch_of(4)) > 0._r8 .and. onset(4) == 0 .and. offset(4) == 0)
  call finish()
end program test_plant_phenology

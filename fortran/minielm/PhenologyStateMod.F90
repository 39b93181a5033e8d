! The seasons of the plants: dormant, onset, active, offset. Flags are 0 or 1 and counters whole time steps, so that
! comparisons are exact.
module PhenologyStateMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varcon, only: secspday, dayspyr, tfrz
  use elm_time_manager, only: get_step_size_real
  use decompMod, only: bounds_type
  use GridcellType, only: grc_pp
  use ColumnType, only: col_pp
  use VegetationType, only: veg_pp
  use VegetationPropertiesType, only: veg_vp
  use TopounitDataType, only: top_af
  use VegetationDataType, only: veg_es
  use ColumnDataType, only: col_es, col_wf
  use bgc_paramsMod, only: bgc_params
  use elm_instMod, only: cnstate_vars, soilstate_vars
  implicit none (type, external)
  private

  public :: PhenologyClimate
  public :: update_season

  integer, parameter :: season_layer = 3          ! soil layer whose temperature and water the plants follow
  real(r8), parameter :: spring_balance = 4.8_r8  ! critical temperature sum exp(4.8 + 0.13 annual mean temperature in C)
  real(r8), parameter :: spring_slope = 0.13_r8

contains

  ! Running means of the weather that phenology needs.
  subroutine PhenologyClimate(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc, filter_soilc(:)  ! columns
    integer, intent(in) :: num_soilp, filter_soilp(:)  ! patches

    integer :: fc, c, t, fp, p
    real(r8) :: dt_per_year

    do fc = 1, num_soilc
       c = filter_soilc(fc)
       t = col_pp%topounit(c)
       col_wf%prec10(c) = 0.9_r8*col_wf%prec10(c) + 0.1_r8*(top_af%rain(t) + top_af%snow(t))
    end do
    dt_per_year = get_step_size_real()/(dayspyr*secspday)
    do fp = 1, num_soilp
       p = filter_soilp(fp)
       cnstate_vars%tempavg_t2m_patch(p) = cnstate_vars%tempavg_t2m_patch(p) + dt_per_year*veg_es%t_ref2m(p)
    end do
  end subroutine PhenologyClimate

  ! Season of one patch in this step and the shares of its pools that it moves.
  subroutine update_season(p, ivt, dt, to_store, to_show, fall_leaf, fall_froot)
    integer, intent(in) :: p, ivt        ! patch, plant type
    real(r8), intent(in) :: dt           ! time step (s)
    real(r8), intent(out) :: to_store    ! share of storage that goes to transfer
    real(r8), intent(out) :: to_show     ! share of transfer that is displayed
    real(r8), intent(out) :: fall_leaf   ! share of the leaves that falls
    real(r8), intent(out) :: fall_froot  ! share of the fine roots that dies

    real(r8) :: turnover
    logical :: onset_begins

    to_store = 0._r8
    to_show = 0._r8
    fall_leaf = 0._r8
    fall_froot = 0._r8
    if (veg_vp%evergreen(ivt) > 0._r8) then
       cnstate_vars%bglfr_leaf_patch(p) = 1._r8/(veg_vp%leaf_long(ivt)*dayspyr*secspday)
       cnstate_vars%bglfr_froot_patch(p) = 1._r8/(veg_vp%froot_long(ivt)*dayspyr*secspday)
       fall_leaf = dt*cnstate_vars%bglfr_leaf_patch(p)
       fall_froot = dt*cnstate_vars%bglfr_froot_patch(p)
       return
    end if
    if (veg_vp%season_decid(ivt) > 0._r8) then
       call season_deciduous(p, dt, onset_begins)
    else if (veg_vp%stress_decid(ivt) > 0._r8) then
       call stress_deciduous(p, dt, onset_begins)
       turnover = cnstate_vars%lgsf_patch(p)/(dayspyr*secspday)
       cnstate_vars%bglfr_leaf_patch(p) = turnover/veg_vp%leaf_long(ivt)
       cnstate_vars%bglfr_froot_patch(p) = turnover/veg_vp%froot_long(ivt)
       cnstate_vars%bgtr_patch(p) = turnover
       fall_leaf = dt*cnstate_vars%bglfr_leaf_patch(p)
       fall_froot = dt*cnstate_vars%bglfr_froot_patch(p)
       if (turnover > 0._r8) then
          to_store = dt*turnover
          to_show = 1._r8
       end if
    else
       return
    end if

    if (onset_begins) then
       to_store = bgc_params%fstor2tran
    else if (cnstate_vars%onset_flag_patch(p) == 1._r8) then
       to_show = max(to_show, min(1._r8, 2._r8*dt/cnstate_vars%onset_counter_patch(p)))
    end if
    if (cnstate_vars%offset_flag_patch(p) == 1._r8) then
       fall_leaf = falling_share(cnstate_vars%offset_counter_patch(p), dt)
       fall_froot = fall_leaf
    end if
  end subroutine update_season

  ! Share of what is still on the plant that falls in this step of the offset season: the loss grows linearly with
  ! time and the last step takes all.
  pure function falling_share(time_left, dt) result(share)
    real(r8), intent(in) :: time_left  ! s, this step included
    real(r8), intent(in) :: dt         ! s
    real(r8) :: share

    real(r8) :: steps, step

    steps = bgc_params%ndays_off*secspday/dt
    step = steps - time_left/dt + 1._r8
    share = min(1._r8, 2._r8*step/(steps*(steps + 1._r8) - (step - 1._r8)*step))
  end function falling_share

  ! Counts down onset and offset; returns true in the step that ends the offset.
  subroutine count_down(p, dt, offset_ends)
    integer, intent(in) :: p
    real(r8), intent(in) :: dt            ! s
    logical, intent(out) :: offset_ends

    offset_ends = .false.
    if (cnstate_vars%offset_flag_patch(p) == 1._r8) then
       cnstate_vars%offset_counter_patch(p) = max(0._r8, cnstate_vars%offset_counter_patch(p) - dt)
       if (cnstate_vars%offset_counter_patch(p) < 0.5_r8*dt) then
          cnstate_vars%offset_counter_patch(p) = 0._r8
          cnstate_vars%offset_flag_patch(p) = 0._r8
          cnstate_vars%dormant_flag_patch(p) = 1._r8
          offset_ends = .true.
       end if
    end if
    if (cnstate_vars%onset_flag_patch(p) == 1._r8) then
       cnstate_vars%onset_counter_patch(p) = max(0._r8, cnstate_vars%onset_counter_patch(p) - dt)
       if (cnstate_vars%onset_counter_patch(p) < 0.5_r8*dt) then
          cnstate_vars%onset_counter_patch(p) = 0._r8
          cnstate_vars%onset_flag_patch(p) = 0._r8
       end if
    end if
  end subroutine count_down

  subroutine begin_onset(p)
    integer, intent(in) :: p

    cnstate_vars%dormant_flag_patch(p) = 0._r8
    cnstate_vars%onset_flag_patch(p) = 1._r8
    cnstate_vars%onset_counter_patch(p) = bgc_params%ndays_on*secspday
    cnstate_vars%onset_gddflag_patch(p) = 0._r8
    cnstate_vars%onset_gdd_patch(p) = 0._r8
    cnstate_vars%onset_fdd_patch(p) = 0._r8
    cnstate_vars%onset_swi_patch(p) = 0._r8
    cnstate_vars%days_active_patch(p) = 0._r8
  end subroutine begin_onset

  subroutine begin_offset(p)
    integer, intent(in) :: p

    ! short days can cut an onset off; what was not displayed stays in transfer
    cnstate_vars%onset_flag_patch(p) = 0._r8
    cnstate_vars%onset_counter_patch(p) = 0._r8
    cnstate_vars%offset_flag_patch(p) = 1._r8
    cnstate_vars%offset_counter_patch(p) = bgc_params%ndays_off*secspday
    cnstate_vars%offset_fdd_patch(p) = 0._r8
    cnstate_vars%offset_swi_patch(p) = 0._r8
  end subroutine begin_offset

  ! Temperature sum that opens the season (K d).
  function critical_gdd(p) result(gdd)
    integer, intent(in) :: p
    real(r8) :: gdd

    gdd = exp(spring_balance + spring_slope*(cnstate_vars%annavg_t2m_patch(p) - tfrz))
  end function critical_gdd

  ! Leaves come with warm soil after the winter solstice and go with short days after the summer solstice.
  subroutine season_deciduous(p, dt, onset_begins)
    integer, intent(in) :: p
    real(r8), intent(in) :: dt            ! s
    logical, intent(out) :: onset_begins

    integer :: g
    real(r8) :: warmth
    logical :: days_grow, counting, offset_ends

    g = veg_pp%gridcell(p)
    days_grow = grc_pp%dayl(g) >= grc_pp%prev_dayl(g)
    ! ELM ends the chance of the year at the summer solstice. Where the soil thaws in June the weather of a few days
    ! would then decide over whole years; here the chance lasts halfway to the day length that ends the season.
    counting = days_grow .or. grc_pp%dayl(g) > 0.5_r8*(grc_pp%max_dayl(g) + bgc_params%crit_dayl)
    onset_begins = .false.
    call count_down(p, dt, offset_ends)
    if (cnstate_vars%dormant_flag_patch(p) == 1._r8) then
       if (counting) then
          if (cnstate_vars%onset_gddflag_patch(p) == 0._r8) then
             cnstate_vars%onset_gddflag_patch(p) = 1._r8
             cnstate_vars%onset_gdd_patch(p) = 0._r8
          end if
          warmth = max(0._r8, col_es%t_soisno(veg_pp%column(p), season_layer) - tfrz)
          cnstate_vars%onset_gdd_patch(p) = cnstate_vars%onset_gdd_patch(p) + warmth*dt/secspday
          if (cnstate_vars%onset_gdd_patch(p) > critical_gdd(p)) then
             onset_begins = .true.
             call begin_onset(p)
          end if
       else
          cnstate_vars%onset_gddflag_patch(p) = 0._r8
          cnstate_vars%onset_gdd_patch(p) = 0._r8
       end if
    else if (cnstate_vars%offset_flag_patch(p) == 0._r8) then
       if (.not. days_grow .and. grc_pp%dayl(g) < bgc_params%crit_dayl) call begin_offset(p)
    end if
  end subroutine season_deciduous

  ! Leaves come with wet soil (and warmth after frost) and go with drought, frost or very short days.
  subroutine stress_deciduous(p, dt, onset_begins)
    integer, intent(in) :: p
    real(r8), intent(in) :: dt            ! s
    logical, intent(out) :: onset_begins

    integer :: c, g
    real(r8) :: day, soilt, psi
    logical :: offset_ends, frozen, short_day, dry_or_frozen

    c = veg_pp%column(p)
    g = veg_pp%gridcell(p)
    day = dt/secspday
    soilt = col_es%t_soisno(c, season_layer)
    psi = soilstate_vars%soilpsi_col(c, season_layer)
    frozen = soilt <= tfrz
    short_day = grc_pp%dayl(g) <= bgc_params%crit_dayl_stress
    onset_begins = .false.
    call count_down(p, dt, offset_ends)
    if (offset_ends) cnstate_vars%days_active_patch(p) = 0._r8

    associate(gddflag => cnstate_vars%onset_gddflag_patch(p), gdd => cnstate_vars%onset_gdd_patch(p), &
         fdd => cnstate_vars%onset_fdd_patch(p), swi => cnstate_vars%onset_swi_patch(p), &
         off_fdd => cnstate_vars%offset_fdd_patch(p), off_swi => cnstate_vars%offset_swi_patch(p))
      if (cnstate_vars%dormant_flag_patch(p) == 1._r8) then
         ! enough frost in this rest makes the onset wait for warmth, and the count of wet days starts again
         if (gddflag == 0._r8 .and. frozen) fdd = fdd + day
         if (fdd > bgc_params%crit_onset_fdd) then
            gddflag = 1._r8
            fdd = 0._r8
            swi = 0._r8
         end if
         if (gddflag == 1._r8 .and. .not. frozen) gdd = gdd + (soilt - tfrz)*day
         if (psi >= bgc_params%soilpsi_on) swi = swi + day
         onset_begins = swi > bgc_params%crit_onset_swi .and. .not. short_day &
              .and. col_wf%prec10(c)*10._r8*secspday >= bgc_params%cumprec_onset
         if (onset_begins .and. gddflag == 1._r8) onset_begins = gdd >= critical_gdd(p)
         if (onset_begins) call begin_onset(p)
      else if (cnstate_vars%offset_flag_patch(p) == 0._r8) then
         dry_or_frozen = .false.
         if (psi <= bgc_params%soilpsi_off) then
            off_swi = off_swi + day
            dry_or_frozen = off_swi >= bgc_params%crit_offset_swi
         else
            off_swi = max(0._r8, off_swi - day)
         end if
         if (frozen) then
            off_fdd = off_fdd + day
            dry_or_frozen = dry_or_frozen .or. off_fdd > bgc_params%crit_offset_fdd
         else
            off_fdd = max(0._r8, off_fdd - day)
         end if
         ! an onset under way is only stopped by short days
         if (short_day .or. (dry_or_frozen .and. cnstate_vars%onset_flag_patch(p) == 0._r8)) call begin_offset(p)
      end if
    end associate

    if (cnstate_vars%dormant_flag_patch(p) == 0._r8) then
       cnstate_vars%days_active_patch(p) = cnstate_vars%days_active_patch(p) + day
    end if
    cnstate_vars%lgsf_patch(p) = max(0._r8, min(1._r8, (cnstate_vars%days_active_patch(p) - dayspyr)/dayspyr))
  end subroutine stress_deciduous

end module PhenologyStateMod

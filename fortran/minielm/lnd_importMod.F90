! The atmosphere: a cycle of daily forcing, held in memory and repeated for ever.
module lnd_importMod
  use shr_kind_mod, only: r8 => shr_kind_r8, r4 => shr_kind_r4
  use elm_varcon, only: tfrz, sb
  use elm_varctl, only: fmet, co2_ppmv, iulog
  use spmdMod, only: masterproc
  use abortutils, only: endrun
  use decompMod, only: bounds_type, numg
  use ncdio_mod, only: ncd_file_type, ncd_open, ncd_close, ncd_dim_len, ncd_get_slab
  use cplBypassMod, only: is_cpl_bypass, cpl_bypass_read
  use elm_time_manager, only: get_nstep
  use TopounitDataType, only: top_as, top_af
  implicit none (type, external)
  private

  public :: lnd_import_init, lnd_import

  integer, parameter :: nvar = 7
  character(len=8), parameter :: names(nvar) = ['TBOT    ', 'PSRF    ', 'QBOT    ', 'WIND    ', 'FSDS    ', 'FLDS    ', &
       'PRECTmms']
  ! Values outside these are mistakes of units or of packing.
  real(r4), parameter :: lowest(nvar)  = [150._r4, 2.e4_r4, 0._r4, 0._r4, 0._r4, 0._r4, 0._r4]
  real(r4), parameter :: highest(nvar) = [350._r4, 1.2e5_r4, 0.1_r4, 200._r4, 1500._r4, 1000._r4, 0.1_r4]
  real(r8), parameter :: ramp = 2._r8        ! [K] above freezing, over which snow gives way to rain
  ! Longwave radiation outside these is no measurement; air temperature and humidity stand in for it.
  real(r8), parameter :: lowest_lwrad = 50._r8, highest_lwrad = 600._r8   ! [W/m2]

  integer, parameter :: days_a_year = 365
  integer, parameter :: half_window = 15     ! [days] half of the window of the fire season's running mean
  real(r8), parameter :: fire_rain = 1.5_r8/86400._r8   ! [mm/s] precipitation that lowers burning by a factor e
  real(r8), parameter :: fire_warm = 10._r8  ! [K] above freezing, where cold no longer hinders fire
  real(r8), parameter :: least_fire = 1.e-3_r8

  integer :: ndays = 0                       ! days of the cycle
  real(r4), allocatable :: cycle_data(:,:,:) ! (gridcell, nvar, day)
  real(r4), allocatable :: fire_season(:,:)  ! (gridcell, day of the year), mean 1

contains

  ! Read the whole cycle: a file of daily values, or ELM's packed weather (a folder).
  subroutine lnd_import_init(bounds)
    type(bounds_type), intent(in) :: bounds

    integer :: t

    if (allocated(cycle_data)) deallocate(cycle_data)
    if (is_cpl_bypass(fmet)) then
       call cpl_bypass_read(bounds, trim(fmet), names, lowest, highest, cycle_data)
       ndays = size(cycle_data, 3)
    else
       call read_daily(bounds)
    end if
    do t = bounds%begt, bounds%endt
       top_as%tbot_mean(t) = sum(real(cycle_data(t, 1, :), r8))/real(ndays, r8)
    end do
    call set_fire_season(bounds)
    if (masterproc) write(iulog, '(a,i0,a)') ' forcing: a cycle of ', ndays/365, " years from '"//trim(fmet)//"'"
  end subroutine lnd_import_init

  ! The prescribed burning of a year falls into its dry and warm season: it follows the mean course of the year of
  ! precipitation and temperature over the whole cycle, in a running mean of a month.
  subroutine set_fire_season(bounds)
    type(bounds_type), intent(in) :: bounds

    real(r8) :: rain(days_a_year), warmth(days_a_year), season(days_a_year)
    integer :: t, day, k, at

    if (allocated(fire_season)) deallocate(fire_season)
    allocate(fire_season(bounds%begt:bounds%endt, days_a_year))
    do t = bounds%begt, bounds%endt
       rain = 0._r8
       warmth = 0._r8
       do day = 1, ndays
          at = mod(day - 1, days_a_year) + 1
          rain(at) = rain(at) + real(cycle_data(t, 7, day), r8)*real(days_a_year, r8)/real(ndays, r8)
          warmth(at) = warmth(at) + (real(cycle_data(t, 1, day), r8) - tfrz)*real(days_a_year, r8)/real(ndays, r8)
       end do
       do day = 1, days_a_year
          season(day) = 0._r8
          do k = -half_window, half_window
             at = modulo(day + k - 1, days_a_year) + 1
             season(day) = season(day) + exp(-rain(at)/fire_rain)*max(0._r8, min(1._r8, warmth(at)/fire_warm))
          end do
       end do
       season = season + least_fire
       fire_season(t,:) = real(season/(sum(season)/real(days_a_year, r8)), r4)
    end do
  end subroutine set_fire_season

  ! A file of daily values.
  subroutine read_daily(bounds)
    type(bounds_type), intent(in) :: bounds

    integer, parameter :: days_a_read = 365
    type(ncd_file_type) :: file
    real(r4), allocatable :: slab(:,:)
    integer :: v, first, n, t

    call ncd_open(file, fmet)
    ndays = ncd_dim_len(file, 'time')
    if (ncd_dim_len(file, 'gridcell') /= numg) &
         call endrun("lnd_import_init: the number of gridcells of '"//trim(fmet)//"' is not that of the domain", &
         on_all_ranks=.true.)
    if (mod(ndays, 365) /= 0 .or. ndays == 0) &
         call endrun("lnd_import_init: '"//trim(fmet)//"' must hold whole years of 365 daily values", on_all_ranks=.true.)
    allocate(cycle_data(bounds%begg:bounds%endg, nvar, ndays))
    do v = 1, nvar
       do first = 1, ndays, days_a_read
          n = min(days_a_read, ndays - first + 1)
          allocate(slab(bounds%begg:bounds%endg, n))
          call ncd_get_slab(file, trim(names(v)), first, lowest(v), highest(v), slab)
          do t = 1, n
             cycle_data(:, v, first+t-1) = slab(:, t)
          end do
          deallocate(slab)
       end do
    end do
    call ncd_close(file)
  end subroutine read_daily

  ! Set the forcing of the step.
  subroutine lnd_import(bounds)
    type(bounds_type), intent(in) :: bounds

    integer :: t, day, day_of_year
    real(r8) :: rain_share, prec

    day = mod(get_nstep() - 1, ndays) + 1
    day_of_year = mod(day - 1, days_a_year) + 1
    do t = bounds%begt, bounds%endt
       top_as%fire_season(t) = real(fire_season(t, day_of_year), r8)
       top_as%tbot(t) = real(cycle_data(t, 1, day), r8)
       top_as%pbot(t) = real(cycle_data(t, 2, day), r8)
       top_as%qbot(t) = real(cycle_data(t, 3, day), r8)
       top_as%windbot(t) = real(cycle_data(t, 4, day), r8)
       top_as%pco2bot(t) = co2_ppmv*1.e-6_r8*top_as%pbot(t)
       top_af%solar(t) = real(cycle_data(t, 5, day), r8)
       top_af%lwrad(t) = real(cycle_data(t, 6, day), r8)
       if (top_af%lwrad(t) <= lowest_lwrad .or. top_af%lwrad(t) >= highest_lwrad) &
            top_af%lwrad(t) = clear_sky_longwave(top_as%tbot(t), top_as%pbot(t), top_as%qbot(t))
       prec = real(cycle_data(t, 7, day), r8)
       rain_share = min(1._r8, max(0._r8, (top_as%tbot(t) - tfrz)/ramp))
       top_af%rain(t) = prec*rain_share
       top_af%snow(t) = prec - top_af%rain(t)
    end do
  end subroutine lnd_import

  ! Longwave radiation of the sky after Idso (1981), as ELM has it.
  elemental function clear_sky_longwave(tbot, pbot, qbot) result(lwrad)
    real(r8), intent(in) :: tbot, pbot, qbot   ! [K], [Pa], [kg/kg]
    real(r8) :: lwrad                          ! [W/m2]

    real(r8) :: vapour                         ! [Pa]

    vapour = pbot*qbot/(0.622_r8 + 0.378_r8*qbot)
    lwrad = (0.70_r8 + 5.95e-7_r8*vapour*exp(1500._r8/tbot))*sb*tbot**4
  end function clear_sky_longwave

end module lnd_importMod

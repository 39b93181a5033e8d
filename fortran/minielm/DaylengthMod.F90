! Day length of every gridcell from latitude and calendar day.
!
! Loops with elementary functions are not vectorised here and elsewhere (`novector`): the vector library rounds otherwise
! than the scalar one, and what a cell computes would depend on how the cells are shared out among the ranks.
module DaylengthMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varcon, only: rpi, secspday, dayspyr
  use decompMod, only: bounds_type
  use GridcellType, only: grc_pp
  use elm_time_manager, only: get_curr_calday
  implicit none (type, external)
  private

  public :: daylength
  public :: InitDaylength
  public :: UpdateDaylength

  real(r8), parameter :: obliquity = 23.4393_r8*rpi/180._r8  ! tilt of the earth's axis (radian)
  real(r8), parameter :: equinox_day = 80.5_r8               ! calendar day of the March equinox (Jan 1, 0 h is 1)

contains

  ! Day length (s) at a latitude (radian) and solar declination (radian): 0 in polar night, a day in polar day.
  pure elemental function daylength(lat, declination) result(dayl)
    real(r8), intent(in) :: lat
    real(r8), intent(in) :: declination
    real(r8) :: dayl

    real(r8) :: cos_hour_angle, bounded_lat

    bounded_lat = sign(min(abs(lat), 0.5_r8*rpi - 1.e-6_r8), lat)
    cos_hour_angle = -tan(bounded_lat)*tan(declination)
    dayl = secspday*acos(max(-1._r8, min(1._r8, cos_hour_angle)))/rpi
  end function daylength

  ! Solar declination (radian) on a calendar day, for a circular orbit.
  pure function declination_of(calday) result(declination)
    real(r8), intent(in) :: calday
    real(r8) :: declination

    declination = asin(sin(obliquity)*sin(2._r8*rpi*(calday - equinox_day)/dayspyr))
  end function declination_of

  ! Day lengths of the day before the coming step and the longest day of the year. At start and restart, before the
  ! first UpdateDaylength.
  subroutine InitDaylength(bounds)
    type(bounds_type), intent(in) :: bounds

    integer :: g

    !GCC$ novector
    do g = bounds%begg, bounds%endg
       grc_pp%max_dayl(g) = daylength(abs(grc_pp%lat(g)), obliquity)
       grc_pp%dayl(g) = daylength(grc_pp%lat(g), declination_of(get_curr_calday() - 0.5_r8))
       grc_pp%prev_dayl(g) = grc_pp%dayl(g)
    end do
  end subroutine InitDaylength

  ! Moves on to the day of the present step: the date of the clock is the end of the step, so that its middle is half a
  ! day earlier.
  subroutine UpdateDaylength(bounds)
    type(bounds_type), intent(in) :: bounds

    integer :: g
    real(r8) :: declination

    declination = declination_of(get_curr_calday() - 0.5_r8)
    !GCC$ novector
    do g = bounds%begg, bounds%endg
       grc_pp%prev_dayl(g) = grc_pp%dayl(g)
       grc_pp%dayl(g) = daylength(grc_pp%lat(g), declination)
    end do
  end subroutine UpdateDaylength

end module DaylengthMod

module phase_pace_mod
  !! How often a variable enters its mean over the observed years. The host says it when it registers an array:
  !!
  !!   step       every step; in deep layers, where weather does not reach, as five_days (the default)
  !!   pulse      every step in every layer: what comes in pulses, as the fall of leaves
  !!   two_days   every step of every second day; in deep layers as five_days
  !!   five_days  every step of the third of five days
  !!   slow       the value after the first step of the third of five days: pools that hardly change in days
  !!
  !! Days count from the beginning of the year. A value stands for its days, so that a year of 365 days weighs
  !! the same at every pace. Steps longer than a day enter always.
  use phase_kinds_mod, only: r8
  implicit none (type, external)
  private

  public :: phase_pace_named, phase_pace_in_layer, phase_pace_weight

  integer, parameter, public :: pace_pulse = 1, pace_step = 2, pace_two_days = 3, pace_five_days = 4, pace_slow = 5
  integer, parameter, public :: phase_npace = 5
  character(len=*), parameter, public :: phase_pace_names = 'pulse, step, two_days, five_days, slow'

  real(r8), parameter :: day_length = 86400.0_r8  !! s
  real(r8), parameter :: deep = 0.8_r8            !! m; layers that begin below are deep
  integer, parameter :: last_day = 364            !! of a year, from 0
  integer, parameter :: amid = 2                  !! of five days from 0, so that a trend does not shift the mean
  !> days of a year before each month; a leap day moves no date that counts
  integer, parameter :: days_before(12) = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]

contains

  pure integer function phase_pace_named(name) result(pace)
    !! 0: there is no such pace.
    character(len=*), intent(in) :: name
    select case (name)
    case ('pulse')
      pace = pace_pulse
    case ('step')
      pace = pace_step
    case ('two_days')
      pace = pace_two_days
    case ('five_days')
      pace = pace_five_days
    case ('slow')
      pace = pace_slow
    case default
      pace = 0
    end select
  end function phase_pace_named

  pure integer function phase_pace_in_layer(pace, dz, layer) result(there)
    integer, intent(in) :: pace
    real(r8), intent(in) :: dz(:)  !! thickness of the layers (m), from the top
    integer, intent(in) :: layer
    there = pace
    if (sum(dz(1:min(layer - 1, size(dz)))) < deep) return
    if (pace == pace_step .or. pace == pace_two_days) there = pace_five_days
  end function phase_pace_in_layer

  pure real(r8) function phase_pace_weight(pace, date, dt) result(weight)
    !! Time (s) that a step's value stands for; 0: it does not enter.
    integer, intent(in) :: pace
    integer, intent(in) :: date(4)  !! year, month, day, second of the start of the step
    real(r8), intent(in) :: dt      !! length of the step (s)
    integer :: day
    real(r8) :: begun

    weight = dt
    if (pace == pace_pulse .or. pace == pace_step .or. dt > day_length) return
    day = days_before(date(2)) + date(3) - 1
    select case (pace)
    case (pace_two_days)
      if (modulo(day, 2) /= 0) then
        weight = 0.0_r8
      else if (day < last_day) then
        weight = 2.0_r8*dt
      end if
    case (pace_five_days)
      weight = 0.0_r8
      if (modulo(day, 5) == amid) weight = 5.0_r8*dt
    case default
      begun = modulo(day_length*(day - amid) + date(4), 5.0_r8*day_length)
      weight = 0.0_r8
      if (begun < dt) weight = 5.0_r8*day_length
    end select
  end function phase_pace_weight

end module phase_pace_mod

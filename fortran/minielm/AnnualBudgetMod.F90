! Budgets of whole years: what a column gained against the sum of its fluxes, relative to its stock. The check of every
! step has an absolute tolerance; this one tells whether small errors add up.
module AnnualBudgetMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use elm_time_manager, only: is_beg_curr_year, is_end_curr_year
  implicit none (type, external)
  private

  public :: AnnualBudgetInit, AnnualBudget, annual_closure

  integer, parameter, public :: nbudget = 4   ! carbon, nitrogen, phosphorus, phosphorus with occluded and primary

  real(r8), parameter :: least_stock = 1.e-3_r8   ! [g/m2] a smaller stock is not divided by
  real(r8), allocatable :: first_stock(:,:)       ! (column, budget) [g/m2] when the year began
  real(r8), allocatable :: gain(:,:)              ! (column, budget) [g/m2] sum of the year's fluxes so far
  real(r8) :: closure(nbudget) = 0._r8

contains

  subroutine AnnualBudgetInit(bounds)
    type(bounds_type), intent(in) :: bounds

    if (allocated(gain)) deallocate(gain, first_stock)
    allocate(gain(bounds%begc:bounds%endc, nbudget), first_stock(bounds%begc:bounds%endc, nbudget), source=0._r8)
    closure = 0._r8
  end subroutine AnnualBudgetInit

  ! Book one budget of a step.
  subroutine AnnualBudget(bounds, k, before, after, gained)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: k                          ! 1..nbudget
    real(r8), intent(in) :: before(bounds%begc:), after(bounds%begc:)  ! [g/m2] stock before and after the step
    real(r8), intent(in) :: gained(bounds%begc:)      ! [g/m2] sum of the step's fluxes

    integer :: c

    if (is_beg_curr_year()) then
       do c = bounds%begc, bounds%endc
          first_stock(c, k) = before(c)
          gain(c, k) = 0._r8
       end do
    end if
    do c = bounds%begc, bounds%endc
       gain(c, k) = gain(c, k) + gained(c)
    end do
    if (.not. is_end_curr_year()) return
    closure(k) = 0._r8
    do c = bounds%begc, bounds%endc
       closure(k) = max(closure(k), abs(after(c) - first_stock(c, k) - gain(c, k))/max(abs(after(c)), least_stock))
    end do
  end subroutine AnnualBudget

  ! The largest relative error among the columns of this rank in the last complete year: carbon, nitrogen, phosphorus,
  ! phosphorus with occluded and primary.
  subroutine annual_closure(values)
    real(r8), intent(out) :: values(nbudget)

    values = closure
  end subroutine annual_closure

end module AnnualBudgetMod

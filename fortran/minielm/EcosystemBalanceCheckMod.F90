! Conservation of carbon, nitrogen and phosphorus in every column and step.
module EcosystemBalanceCheckMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: nlevdecomp
  use elm_varcon, only: dzsoi_decomp
  use abortutils, only: endrun
  use decompMod, only: bounds_type
  use elm_time_manager, only: get_step_size_real, get_prev_date
  use ColumnDataType, only: col_cs, col_cf, col_ns, col_nf, col_ps, col_pf
  use GridcellType, only: grc_pp
  use AnnualBudgetMod, only: AnnualBudget, nbudget
  implicit none (type, external)
  private

  public :: BeginColBalance, ColBalanceCheck

  real(r8), parameter :: balance_check_tolerance = 1.e-7_r8  ! [g/m2] per step, as in ELM

contains

  ! Keep the stocks at the beginning of the step. The state summaries must be up to date.
  subroutine BeginColBalance(bounds)
    type(bounds_type), intent(in) :: bounds

    call phosphorus_inventory(bounds)
    col_cs%begcb = col_cs%totcolc
    col_ns%begnb = col_ns%totcoln
    col_ps%begpb = col_ps%totcolp
    col_ps%beginvp = col_ps%totinvp
  end subroutine BeginColBalance

  ! Compare the change of the stocks with the sum of the fluxes; a column that does not close stops the run.
  ! totcolp leaves out occluded and primary phosphorus, as ELM does, so the inventory with both is checked as well.
  subroutine ColBalanceCheck(bounds)
    type(bounds_type), intent(in) :: bounds

    real(r8) :: dt, closs
    real(r8) :: gained(bounds%begc:bounds%endc, nbudget)  ! [g/m2] sum of the step's fluxes
    real(r8) :: inv_error(bounds%begc:bounds%endc)        ! [gP/m2]
    integer :: c

    dt = get_step_size_real()
    call phosphorus_inventory(bounds)
    do c = bounds%begc, bounds%endc
       col_cs%endcb(c) = col_cs%totcolc(c)
       gained(c,1) = dt*(col_cf%gpp(c) - col_cf%ar(c) - col_cf%hr(c) - col_cf%fire_closs(c))
       col_cs%errcb(c) = col_cs%endcb(c) - col_cs%begcb(c) - gained(c,1)

       col_ns%endnb(c) = col_ns%totcoln(c)
       closs = col_nf%denit(c) + col_nf%f_n2o_nit(c) + col_nf%smin_no3_leached(c) + col_nf%smin_no3_runoff(c) &
            + col_nf%fire_nloss(c)
       gained(c,2) = dt*(col_nf%ndep_to_sminn(c) + col_nf%nfix_to_sminn(c) + col_nf%supplement_to_sminn(c) - closs)
       col_ns%errnb(c) = col_ns%endnb(c) - col_ns%begnb(c) - gained(c,2)

       col_ps%endpb(c) = col_ps%totcolp(c)
       closs = col_pf%sminp_leached(c) + col_pf%fire_ploss(c)
       gained(c,3) = dt*(col_pf%primp_to_labilep(c) + col_pf%supplement_to_sminp(c) - col_pf%secondp_to_occlp(c) - closs)
       col_ps%errpb(c) = col_ps%endpb(c) - col_ps%begpb(c) - gained(c,3)
       gained(c,4) = dt*(col_pf%pdep_to_sminp(c) + col_pf%supplement_to_sminp(c) - closs)
       inv_error(c) = col_ps%totinvp(c) - col_ps%beginvp(c) - gained(c,4)

       call complain('carbon', 'gC', c, col_cs%errcb(c), col_cs%begcb(c), col_cs%endcb(c))
       call complain('nitrogen', 'gN', c, col_ns%errnb(c), col_ns%begnb(c), col_ns%endnb(c))
       call complain('phosphorus', 'gP', c, col_ps%errpb(c), col_ps%begpb(c), col_ps%endpb(c))
       call complain('phosphorus inventory', 'gP', c, inv_error(c), col_ps%beginvp(c), col_ps%totinvp(c))
    end do
    call AnnualBudget(bounds, 1, col_cs%begcb, col_cs%endcb, gained(:,1))
    call AnnualBudget(bounds, 2, col_ns%begnb, col_ns%endnb, gained(:,2))
    call AnnualBudget(bounds, 3, col_ps%begpb, col_ps%endpb, gained(:,3))
    call AnnualBudget(bounds, 4, col_ps%beginvp, col_ps%totinvp, gained(:,4))
  end subroutine ColBalanceCheck

  subroutine complain(what, unit, c, error, before, after)
    character(len=*), intent(in) :: what, unit
    integer, intent(in) :: c                       ! column
    real(r8), intent(in) :: error, before, after   ! [g/m2]

    integer :: yr, mon, day, tod
    character(len=300) :: msg

    if (abs(error) <= balance_check_tolerance) return  ! a NaN does not pass
    call get_prev_date(yr, mon, day, tod)
    write(msg, '(3a,es12.5,3a,i0,a,f0.3,a,f0.3,a,i0.4,a,i0.2,a,i0.2,2(a,es22.15))') 'balance check: the ', what, &
         ' balance is off by ', error, ' ', unit, '/m2 in column ', c, ' (longitude ', grc_pp%londeg(c), ', latitude ', &
         grc_pp%latdeg(c), ') in the step of ', yr, '-', mon, '-', day, '; stock before ', before, ', after ', after
    call endrun(msg)
  end subroutine complain

  subroutine phosphorus_inventory(bounds)
    type(bounds_type), intent(in) :: bounds

    integer :: c, j

    do c = bounds%begc, bounds%endc
       col_ps%totinvp(c) = col_ps%totcolp(c)
    end do
    do j = 1, nlevdecomp
       do c = bounds%begc, bounds%endc
          col_ps%totinvp(c) = col_ps%totinvp(c) + dzsoi_decomp(j)*(col_ps%occlp_vr(c,j) + col_ps%primp_vr(c,j))
       end do
    end do
  end subroutine phosphorus_inventory

end module EcosystemBalanceCheckMod

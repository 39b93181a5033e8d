! The balance check: silent when the columns close, one clear line and a failing exit when one does not. The program runs
! itself for the cases that end it.
program test_minielm_balance
  use, intrinsic :: ieee_arithmetic, only: ieee_value, ieee_quiet_nan
  use phase_fixture, only: check, finish_tests
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varcon, only: init_vertical
  use elm_time_manager, only: timemgr_init, get_step_size_real
  use decompMod, only: bounds_type
  use GridcellType, only: grc_pp
  use ColumnDataType, only: col_cs, col_cf, col_ns, col_nf, col_ps, col_pf
  use AnnualBudgetMod, only: AnnualBudgetInit
  use EcosystemBalanceCheckMod, only: BeginColBalance, ColBalanceCheck
  implicit none (type, external)

  character(len=16) :: what

  call get_command_argument(1, what)
  if (len_trim(what) > 0) then
     call one_step(what)
  else
     call test_cases()
  end if

contains

  subroutine test_cases()
    call one_step('closed')
    call check('closed_columns_pass', .true.)
    call expect_stop('carbon', 'the carbon balance')
    call expect_stop('nitrogen', 'the nitrogen balance')
    call expect_stop('phosphorus', 'the phosphorus balance')
    call expect_stop('primary', 'the phosphorus inventory balance')
    call expect_stop('nan', 'the carbon balance')
    call finish_tests()
  end subroutine test_cases

  ! The faulty step ends with a status and a line that names the element, the column and its place.
  subroutine expect_stop(fault, text)
    character(len=*), intent(in) :: fault, text

    character(len=400) :: self, line
    integer :: status, unit, ios

    call get_command_argument(0, self)
    call execute_command_line(trim(self)//' '//fault//' > balance_'//fault//'.txt 2>&1', exitstat=status)
    call check(fault//'_ends_the_run', status == 1)
    open(newunit=unit, file='balance_'//fault//'.txt', action='read')
    read(unit, '(a)', iostat=ios) line
    close(unit)
    call check(fault//'_is_named', index(line, text) > 0 .and. index(line, 'column 2 (longitude 20.000, latitude -5.000)') > 0, &
         trim(line))
  end subroutine expect_stop

  ! Two columns with stocks that change by their fluxes; a fault adds a microgram to column 2, 10 times the tolerance.
  subroutine one_step(fault)
    character(len=*), intent(in) :: fault

    type(bounds_type) :: bounds
    real(r8) :: dt

    bounds = bounds_type(begg=1, endg=2, begt=1, endt=2, begl=1, endl=2, begc=1, endc=2, begp=1, endp=34)
    call init_vertical()
    call timemgr_init(1)
    dt = get_step_size_real()
    call grc_pp%Init(bounds)
    call col_cs%Init(bounds); call col_cf%Init(bounds)
    call col_ns%Init(bounds); call col_nf%Init(bounds)
    call col_ps%Init(bounds); call col_pf%Init(bounds)
    grc_pp%londeg = [10._r8, 20._r8]
    grc_pp%latdeg = [5._r8, -5._r8]
    col_cs%totcolc = 1000._r8; col_ns%totcoln = 100._r8; col_ps%totcolp = 10._r8
    col_ps%primp_vr(:, 1) = 1._r8
    call AnnualBudgetInit(bounds)
    call BeginColBalance(bounds)

    col_cf%gpp = 9.e-5_r8; col_cf%ar = 3.e-5_r8; col_cf%hr = 2.e-5_r8; col_cf%fire_closs = 1.e-5_r8
    col_cs%totcolc = col_cs%totcolc + dt*3.e-5_r8
    col_nf%ndep_to_sminn = 4.e-8_r8; col_nf%nfix_to_sminn = 3.e-8_r8; col_nf%denit = 1.e-8_r8; col_nf%fire_nloss = 2.e-8_r8
    col_ns%totcoln = col_ns%totcoln + dt*4.e-8_r8
    col_pf%sminp_leached = 1.e-9_r8
    col_ps%totcolp = col_ps%totcolp - dt*1.e-9_r8

    select case (fault)
    case ('carbon')
       col_cs%totcolc(2) = col_cs%totcolc(2) + 1.e-6_r8
    case ('nitrogen')
       col_ns%totcoln(2) = col_ns%totcoln(2) + 1.e-6_r8
    case ('phosphorus')
       col_ps%totcolp(2) = col_ps%totcolp(2) + 1.e-6_r8
    case ('primary')
       col_ps%primp_vr(2, 1) = col_ps%primp_vr(2, 1) + 1.e-3_r8
    case ('nan')
       col_cs%totcolc(2) = ieee_value(1._r8, ieee_quiet_nan)
    end select
    call ColBalanceCheck(bounds)
  end subroutine one_step

end program test_minielm_balance

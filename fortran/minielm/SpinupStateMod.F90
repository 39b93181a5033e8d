! Accelerated decomposition (spinup_state=1): the mean decomposition scalar that it corrects for from year 40 on, and the
! change of mode at the start of a run, with the rules of ELM.
!
! In accelerated mode the slow pools turn over spinup_factor times as fast and hold that much less. From year 40 on their
! rates are also divided by the mean of the layer-4 scalars of the years 20 to 39, so that cold and dry columns are no
! slower than others. Years are those of the end of the step, as in ELM.
module SpinupStateMod
  use mpi_f08, only: MPI_Comm, MPI_Allreduce, MPI_IN_PLACE, MPI_DOUBLE_PRECISION, MPI_SUM
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: nlevdecomp, ndecomp_pools, natpft_size
  use elm_varcon, only: dzsoi_decomp, dayspyr, secspday
  use elm_varctl, only: iulog, spinup_state, spinup_mortality_factor
  use spmdMod, only: mpicom, masterproc
  use abortutils, only: endrun
  use decompMod, only: bounds_type
  use domainMod, only: ldomain
  use elm_time_manager, only: get_curr_date
  use GridcellType, only: grc_pp
  use ColumnType, only: col_pp
  use VegetationType, only: veg_pp
  use CNDecompCascadeConType, only: decomp_cascade_con
  use ColumnDataType, only: col_cs, col_ns, col_ps
  use VegetationDataType, only: veg_cs, veg_ns, veg_ps
  use elm_instMod, only: cnstate_vars
  use coldStartMod, only: seed_mineral_phosphorus
  implicit none (type, external)
  private

  public :: UpdateScalarAvg
  public :: scalar_speedup
  public :: ConvertSpinupState

  integer, parameter :: first_mean_year = 20          ! the mean scalar is that of the years 20..39
  integer, parameter, public :: first_scaled_year = 40  ! rates are divided by it from this year on
  real(r8), parameter :: mean_years = 20._r8
  integer, parameter, public :: mean_layer = 4        ! layer whose scalars are averaged
  real(r8), parameter :: least_mean = 1.e-3_r8        ! a smaller mean counts as 1: nothing is divided by it

  ! What the change of mode adds, g/m2
  integer, parameter :: nstock = 8
  character(len=16), parameter :: stock_names(nstock) = [character(len=16) :: 'soil, debris C', 'soil, debris N', &
       'soil, debris P', 'dead wood C', 'dead wood N', 'dead wood P', 'plant store P', 'mineral P']

contains

  ! Add this step's scalars of layer 4 to the mean, or keep it as it is. Call once a step.
  subroutine UpdateScalarAvg(bounds, scalar_dt)
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(in) :: scalar_dt(bounds%begc:)  ! [s] scalars of layer 4 (temperature, moisture, oxygen, depth) times step

    integer :: c, j, yr, mon, day, tod
    real(r8) :: weight

    call get_curr_date(yr, mon, day, tod)
    weight = 1._r8/(secspday*dayspyr*mean_years)
    associate(mean => cnstate_vars%scalaravg_col)
      do j = 1, nlevdecomp
         do c = bounds%begc, bounds%endc
            if (spinup_state == 1 .and. yr < first_mean_year) then
               mean(c,j) = 0._r8
            else if (spinup_state == 1 .and. yr < first_scaled_year) then
               mean(c,j) = mean(c,j) + weight*scalar_dt(c)
            end if
         end do
      end do
    end associate
  end subroutine UpdateScalarAvg

  ! What the mean scalar adds to the acceleration of the accelerated pools: 1 before year 40 and in normal mode.
  subroutine scalar_speedup(bounds, speedup)
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(out) :: speedup(bounds%begc:)  ! [1] by column

    integer :: c, yr, mon, day, tod

    call get_curr_date(yr, mon, day, tod)
    if (spinup_state == 0 .or. yr >= first_scaled_year) then
       do c = bounds%begc, bounds%endc
          if (cnstate_vars%scalaravg_col(c,mean_layer) < least_mean) cnstate_vars%scalaravg_col(c,1:nlevdecomp) = 1._r8
       end do
    end if
    if (spinup_state == 1 .and. yr >= first_scaled_year) then
       do c = bounds%begc, bounds%endc
          speedup(c) = 1._r8/cnstate_vars%scalaravg_col(c,mean_layer)
       end do
    else
       do c = bounds%begc, bounds%endc
          speedup(c) = 1._r8
       end do
    end if
  end subroutine scalar_speedup

  ! The state comes from a run in the other mode: convert it, and say what that added.
  subroutine ConvertSpinupState(bounds, path, year)
    type(bounds_type), intent(in) :: bounds
    character(len=*), intent(in) :: path  ! the restart file
    integer, intent(in) :: year           ! its date

    real(r8) :: before(0:nstock), after(0:nstock)
    integer :: i

    if (spinup_state == 0) call check_mean(bounds, path, year)
    before = mean_stocks(bounds)
    call convert_pools(bounds)
    call convert_plants(bounds)
    if (spinup_state == 0) call restart_mineral_phosphorus(bounds)
    after = mean_stocks(bounds)

    if (.not. masterproc) return
    write(iulog, '(3a)') ' spin-up mode: ', trim(merge('leaving ', 'entering', spinup_state == 0)), &
         ' accelerated decomposition; area means before, added (g/m2):'
    do i = 1, nstock
       write(iulog, '(3x,a,2es16.6)') stock_names(i), before(i), after(i) - before(i)
    end do
    if (spinup_state == 0 .and. year < first_scaled_year) write(iulog, '(a,i0,a,i0,a)') &
         ' spin-up mode: WARNING: the accelerated run ended in year ', year, ', before year ', first_scaled_year, &
         '; as in ELM the slow pools were divided by an unfinished mean scalar and may be many times too large'
  end subroutine ConvertSpinupState

  ! ELM divides by zero here.
  subroutine check_mean(bounds, path, year)
    type(bounds_type), intent(in) :: bounds
    character(len=*), intent(in) :: path
    integer, intent(in) :: year

    integer :: c, g
    character(len=1024) :: msg

    do c = bounds%begc, bounds%endc
       if (all(cnstate_vars%scalaravg_col(c,1:nlevdecomp) > 0._r8)) cycle
       g = col_pp%gridcell(c)
       write(msg, '(3a,i0,a,i0,2(a,f8.3),a,i0,a)') "ConvertSpinupState: '", trim(path), "' is of year ", year, &
            ' of an accelerated run and its scalaravg_col is 0 in gridcell ', grc_pp%gindex(g), ' (lat ', grc_pp%latdeg(g), &
            ', lon ', grc_pp%londeg(g), '): the slow pools cannot be converted; run accelerated beyond year ', &
            first_scaled_year, ' before leaving it'
       call endrun(msg)
    end do
  end subroutine check_mean

  subroutine convert_pools(bounds)
    type(bounds_type), intent(in) :: bounds

    real(r8) :: factor
    integer :: c, j, l

    do l = 1, ndecomp_pools
       if (decomp_cascade_con%spinup_factor(l) <= 1._r8) cycle
       do j = 1, nlevdecomp
          do c = bounds%begc, bounds%endc
             factor = decomp_cascade_con%spinup_factor(l)/cnstate_vars%scalaravg_col(c,j)
             if (spinup_state == 1) factor = 1._r8/factor
             col_cs%decomp_cpools_vr(c,j,l) = col_cs%decomp_cpools_vr(c,j,l)*factor
             col_ns%decomp_npools_vr(c,j,l) = col_ns%decomp_npools_vr(c,j,l)*factor
             col_ps%decomp_ppools_vr(c,j,l) = col_ps%decomp_ppools_vr(c,j,l)*factor
          end do
       end do
    end do
  end subroutine convert_pools

  subroutine convert_plants(bounds)
    type(bounds_type), intent(in) :: bounds

    real(r8) :: factor
    integer :: p

    factor = merge(spinup_mortality_factor, 1._r8/spinup_mortality_factor, spinup_state == 0)
    do p = bounds%begp, bounds%endp
       veg_cs%deadstemc(p) = veg_cs%deadstemc(p)*factor
       veg_cs%deadcrootc(p) = veg_cs%deadcrootc(p)*factor
       veg_ns%deadstemn(p) = veg_ns%deadstemn(p)*factor
       veg_ns%deadcrootn(p) = veg_ns%deadcrootn(p)*factor
       veg_ps%deadstemp(p) = veg_ps%deadstemp(p)*factor
       veg_ps%deadcrootp(p) = veg_ps%deadcrootp(p)*factor
       ! A plant that never met phosphorus limitation gets a store to begin with.
       if (spinup_state == 0) veg_ps%ppool(p) = merge(veg_ps%leafp(p), merge(veg_ps%leafp_storage(p), veg_ps%ppool(p), &
            veg_ps%ppool(p) < veg_ps%leafp_storage(p)), veg_ps%ppool(p) < veg_ps%leafp(p))
    end do
  end subroutine convert_plants

  ! The accelerated years met every demand from outside; mineral phosphorus is taken from the maps again.
  subroutine restart_mineral_phosphorus(bounds)
    type(bounds_type), intent(in) :: bounds

    integer :: c

    do c = bounds%begc, bounds%endc
       call seed_mineral_phosphorus(c)
    end do
  end subroutine restart_mineral_phosphorus

  ! Area means of the stocks that change, g/m2, of all ranks; element 0 is the area.
  function mean_stocks(bounds) result(stocks)
    type(bounds_type), intent(in) :: bounds
    real(r8) :: stocks(0:nstock)

    real(r8) :: area, column(nstock)
    integer :: c, g, j, p, first, ierr

    stocks = 0._r8
    do c = bounds%begc, bounds%endc
       g = col_pp%gridcell(c)
       area = ldomain%area(g)*ldomain%frac(g)
       column = 0._r8
       do j = 1, nlevdecomp
          column(1) = column(1) + dzsoi_decomp(j)*sum(col_cs%decomp_cpools_vr(c,j,:))
          column(2) = column(2) + dzsoi_decomp(j)*sum(col_ns%decomp_npools_vr(c,j,:))
          column(3) = column(3) + dzsoi_decomp(j)*sum(col_ps%decomp_ppools_vr(c,j,:))
          column(8) = column(8) + dzsoi_decomp(j)*(col_ps%solutionp_vr(c,j) + col_ps%labilep_vr(c,j) + &
               col_ps%secondp_vr(c,j) + col_ps%occlp_vr(c,j) + col_ps%primp_vr(c,j))
       end do
       first = bounds%begp + (c - bounds%begc)*natpft_size
       do p = first, first + natpft_size - 1
          column(4) = column(4) + veg_pp%wtcol(p)*(veg_cs%deadstemc(p) + veg_cs%deadcrootc(p))
          column(5) = column(5) + veg_pp%wtcol(p)*(veg_ns%deadstemn(p) + veg_ns%deadcrootn(p))
          column(6) = column(6) + veg_pp%wtcol(p)*(veg_ps%deadstemp(p) + veg_ps%deadcrootp(p))
          column(7) = column(7) + veg_pp%wtcol(p)*veg_ps%ppool(p)
       end do
       stocks(0) = stocks(0) + area
       stocks(1:) = stocks(1:) + area*column
    end do
    call MPI_Allreduce(MPI_IN_PLACE, stocks, nstock + 1, MPI_DOUBLE_PRECISION, MPI_SUM, MPI_Comm(mpicom), ierr)
    stocks(1:) = stocks(1:)/stocks(0)
  end function mean_stocks

end module SpinupStateMod

! Thaw depth: of the day, deepest of this year, deepest of last year.
module ActiveLayerMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use elm_varpar, only: nlevgrnd
  use elm_varcon, only: zsoi, tfrz
  use elm_time_manager, only: get_prev_date
  use GridcellType, only: grc_pp
  use ColumnType, only: col_pp
  use ColumnDataType, only: col_es
  use elm_instMod, only: canopystate_vars
  implicit none (type, external)
  private

  public :: ActiveLayerInit
  public :: ActiveLayer

contains

  ! Cold start: the first year's inputs reach the depth of unfrozen ground.
  subroutine ActiveLayerInit(bounds)
    type(bounds_type), intent(in) :: bounds

    canopystate_vars%altmax_col(bounds%begc:bounds%endc) = 0._r8
    canopystate_vars%altmax_lastyear_col(bounds%begc:bounds%endc) = zsoi(nlevgrnd)
    call layers_of_depth(bounds)
  end subroutine ActiveLayerInit

  ! The thaw year ends on 31 December in the northern and on 30 June in the southern hemisphere.
  subroutine ActiveLayer(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc        ! number of soil columns in the filter
    integer, intent(in) :: filter_soilc(:)  ! filter for soil columns
    integer, intent(in) :: num_soilp        ! number of soil patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! filter for soil patches

    integer :: c, j, yr, mon, day, tod
    logical :: north_ends, south_ends

    call get_prev_date(yr, mon, day, tod)
    north_ends = mon == 1 .and. day == 1
    south_ends = mon == 7 .and. day == 1

    associate( &
         t_soisno => col_es%t_soisno, &                               ! Input:  [real(r8) (:,:)] (K)
         alt => canopystate_vars%alt_col, &                           ! Output: [real(r8) (:)] (m)
         altmax => canopystate_vars%altmax_col, &                     ! InOut:  [real(r8) (:)] (m)
         altmax_lastyear => canopystate_vars%altmax_lastyear_col)     ! InOut:  [real(r8) (:)] (m)

      if (north_ends .or. south_ends) then
         do c = bounds%begc, bounds%endc
            if (merge(north_ends, south_ends, grc_pp%latdeg(col_pp%gridcell(c)) > 0._r8)) then
               altmax_lastyear(c) = altmax(c)
               altmax(c) = 0._r8
            end if
         end do
      end if

      ! From the top down, so that the deepest thawed layer has the last word; the front lies between two nodes.
      do c = bounds%begc, bounds%endc
         alt(c) = 0._r8
      end do
      do j = 1, nlevgrnd - 1
         do c = bounds%begc, bounds%endc
            if (t_soisno(c,j) > tfrz) then
               if (t_soisno(c,j+1) > tfrz) then
                  alt(c) = zsoi(j+1)
               else
                  alt(c) = zsoi(j) + (zsoi(j+1) - zsoi(j))*(t_soisno(c,j) - tfrz)/(t_soisno(c,j) - t_soisno(c,j+1))
               end if
            end if
         end do
      end do
      do c = bounds%begc, bounds%endc
         altmax(c) = max(altmax(c), alt(c))
      end do
    end associate

    call layers_of_depth(bounds)
  end subroutine ActiveLayer

  ! Layer numbers that belong to the depths: the deepest layer whose node lies in the thawed ground.
  subroutine layers_of_depth(bounds)
    type(bounds_type), intent(in) :: bounds

    integer :: c

    associate(cv => canopystate_vars)
      do c = bounds%begc, bounds%endc
         cv%alt_indx_col(c) = layer_of(cv%alt_col(c))
         cv%altmax_indx_col(c) = layer_of(cv%altmax_col(c))
         cv%altmax_lastyear_indx_col(c) = layer_of(cv%altmax_lastyear_col(c))
      end do
    end associate
  end subroutine layers_of_depth

  ! Inverse of the layer grid, z = 0.025 (exp((j - 0.5)/2) - 1), with a small allowance for round-off.
  elemental function layer_of(depth) result(layer)
    real(r8), intent(in) :: depth   ! [m]
    integer :: layer

    layer = 0
    if (depth < zsoi(1)) return
    layer = min(int(2._r8*log(1._r8 + depth/0.025_r8) + 0.5_r8 + 1.e-9_r8), nlevgrnd)
  end function layer_of

end module ActiveLayerMod

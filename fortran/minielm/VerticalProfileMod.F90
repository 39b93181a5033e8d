! Vertical profiles of litter and nutrient inputs. They depend on last year's thaw depth, the plant type and nothing
! else, so that the profiles of all thaw depths and types are tabled once.
module VerticalProfileMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: nlevdecomp, natpft_lb, natpft_ub
  use elm_varcon, only: zsoi, zisoi, dzsoi_decomp
  use decompMod, only: bounds_type
  use VegetationType, only: veg_pp
  use VegetationPropertiesType, only: veg_vp
  use elm_instMod, only: cnstate_vars, canopystate_vars
  implicit none (type, external)
  private

  public :: VerticalProfileInit
  public :: VerticalProfile
  public :: thawed_layers

  ! [1/m] surface inputs (leaf, stem, deposition), dims: layer, number of thawed layers
  real(r8), public, protected :: surface_prof(nlevdecomp, nlevdecomp)
  ! [1/m] root inputs (fine and coarse roots, fixation), dims: layer, number of thawed layers, plant type
  real(r8), public, protected :: root_prof(nlevdecomp, nlevdecomp, natpft_lb:natpft_ub)

  real(r8), parameter :: surfprof_exp = 10._r8  ! decay of the surface profile (1/m)

contains

  ! Number of layers that take inputs in this year: those that thawed last year, at least the first.
  pure elemental function thawed_layers(altmax_lastyear_indx) result(nthaw)
    integer, intent(in) :: altmax_lastyear_indx
    integer :: nthaw

    nthaw = max(1, min(altmax_lastyear_indx, nlevdecomp))
  end function thawed_layers

  ! Tables the profiles; after the plant parameters are read.
  subroutine VerticalProfileInit()
    integer :: nthaw, ivt, j
    real(r8) :: beta, weight(nlevdecomp)

    surface_prof = 0._r8
    root_prof = 0._r8
    do nthaw = 1, nlevdecomp
       do j = 1, nthaw
          surface_prof(j, nthaw) = exp(-surfprof_exp*zsoi(j))/dzsoi_decomp(j)
       end do
       surface_prof(:, nthaw) = surface_prof(:, nthaw)/sum(surface_prof(:, nthaw)*dzsoi_decomp(1:nlevdecomp))
       do ivt = natpft_lb, natpft_ub
          beta = veg_vp%rootprof_beta(ivt)
          weight = 0._r8
          do j = 1, nthaw
             weight(j) = (beta**(100._r8*zisoi(j-1)) - beta**(100._r8*zisoi(j)))/dzsoi_decomp(j)
          end do
          if (sum(weight) > 0._r8) then
             root_prof(:, nthaw, ivt) = weight/sum(weight*dzsoi_decomp(1:nlevdecomp))
          else
             root_prof(:, nthaw, ivt) = surface_prof(:, nthaw)
          end if
       end do
    end do
  end subroutine VerticalProfileInit

  ! Column profiles of deposition and nitrogen fixation for this year's thaw depth. Fixation follows the roots of the
  ! vegetated patches.
  subroutine VerticalProfile(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc, filter_soilc(:)  ! columns
    integer, intent(in) :: num_soilp, filter_soilp(:)  ! patches

    integer :: fc, c, fp, p, nthaw
    real(r8) :: total

    do fc = 1, num_soilc
       c = filter_soilc(fc)
       nthaw = thawed_layers(canopystate_vars%altmax_lastyear_indx_col(c))
       cnstate_vars%ndep_prof_col(c, 1:nlevdecomp) = surface_prof(:, nthaw)
       cnstate_vars%pdep_prof_col(c, 1:nlevdecomp) = surface_prof(:, nthaw)
       cnstate_vars%nfixation_prof_col(c, 1:nlevdecomp) = 0._r8
    end do
    do fp = 1, num_soilp
       p = filter_soilp(fp)
       c = veg_pp%column(p)
       nthaw = thawed_layers(canopystate_vars%altmax_lastyear_indx_col(c))
       cnstate_vars%nfixation_prof_col(c, 1:nlevdecomp) = cnstate_vars%nfixation_prof_col(c, 1:nlevdecomp) &
            + veg_pp%wtcol(p)*root_prof(:, nthaw, veg_pp%itype(p))
    end do
    do fc = 1, num_soilc
       c = filter_soilc(fc)
       total = sum(cnstate_vars%nfixation_prof_col(c, 1:nlevdecomp)*dzsoi_decomp(1:nlevdecomp))
       if (total > 0._r8) then
          cnstate_vars%nfixation_prof_col(c, 1:nlevdecomp) = cnstate_vars%nfixation_prof_col(c, 1:nlevdecomp)/total
       else
          cnstate_vars%nfixation_prof_col(c, 1:nlevdecomp) = cnstate_vars%ndep_prof_col(c, 1:nlevdecomp)
       end if
    end do
  end subroutine VerticalProfile

end module VerticalProfileMod

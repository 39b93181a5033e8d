! Totals of the plant pools of every patch, and the averages over the patches of a column of pools and carbon fluxes.
module VegSummaryMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use VegetationType, only: veg_pp
  use VegetationDataType, only: veg_cs, veg_cf, veg_ns, veg_ps
  use ColumnDataType, only: col_cs, col_cf, col_ns, col_ps
  use PlantPoolsMod, only: organ_pool, labile_pool, nlabile, norgan, nelement, i_display, i_storage, i_xfer, i_c, i_n, i_p
  implicit none (type, external)
  private

  public :: VegSummary

contains

  subroutine VegSummary(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc, filter_soilc(:)  ! columns
    integer, intent(in) :: num_soilp, filter_soilp(:)  ! patches

    integer :: fp, p, c

    call sum_pools(i_c, num_soilp, filter_soilp, veg_cs%dispvegc, veg_cs%storvegc, veg_cs%totvegc)
    call sum_pools(i_n, num_soilp, filter_soilp, veg_ns%dispvegn, veg_ns%storvegn, veg_ns%totvegn)
    call sum_pools(i_p, num_soilp, filter_soilp, veg_ps%dispvegp, veg_ps%storvegp, veg_ps%totvegp)

    do c = bounds%begc, bounds%endc
       col_cs%totvegc(c) = 0._r8
       col_ns%totvegn(c) = 0._r8
       col_ps%totvegp(c) = 0._r8
       col_cf%gpp(c) = 0._r8
       col_cf%npp(c) = 0._r8
       col_cf%ar(c) = 0._r8
    end do
    do fp = 1, num_soilp
       p = filter_soilp(fp)
       c = veg_pp%column(p)
       ! the respiration debt is part of the plant's carbon
       veg_cs%totvegc(p) = veg_cs%totvegc(p) + veg_cs%xsmrpool(p)
       veg_cs%totpftc(p) = veg_cs%totvegc(p)
       veg_ns%totpftn(p) = veg_ns%totvegn(p)
       veg_ps%totpftp(p) = veg_ps%totvegp(p)
       col_cs%totvegc(c) = col_cs%totvegc(c) + veg_pp%wtcol(p)*veg_cs%totvegc(p)
       col_ns%totvegn(c) = col_ns%totvegn(c) + veg_pp%wtcol(p)*veg_ns%totvegn(p)
       col_ps%totvegp(c) = col_ps%totvegp(c) + veg_pp%wtcol(p)*veg_ps%totvegp(p)
       col_cf%gpp(c) = col_cf%gpp(c) + veg_pp%wtcol(p)*veg_cf%gpp(p)
       col_cf%npp(c) = col_cf%npp(c) + veg_pp%wtcol(p)*veg_cf%npp(p)
       col_cf%ar(c) = col_cf%ar(c) + veg_pp%wtcol(p)*veg_cf%ar(p)
    end do
    do c = bounds%begc, bounds%endc
       col_cs%totpftc(c) = col_cs%totvegc(c)
       col_ns%totpftn(c) = col_ns%totvegn(c)
       col_ps%totpftp(c) = col_ps%totvegp(c)
    end do
  end subroutine VegSummary

  ! Displayed, stored and all pools of one element.
  subroutine sum_pools(e, num_soilp, filter_soilp, displayed, stored, total)
    integer, intent(in) :: e                                     ! element
    integer, intent(in) :: num_soilp                             ! number of patches in the filter
    integer, intent(in) :: filter_soilp(:)                       ! patches
    real(r8), pointer, contiguous, intent(in) :: displayed(:)    ! [g/m2] displayed organs
    real(r8), pointer, contiguous, intent(in) :: stored(:)       ! [g/m2] storage, transfer and labile pools
    real(r8), pointer, contiguous, intent(in) :: total(:)        ! [g/m2] all of them

    integer :: fp, p, organ, l

    do fp = 1, num_soilp
       p = filter_soilp(fp)
       displayed(p) = 0._r8
       stored(p) = 0._r8
    end do
    do organ = 1, norgan
       associate(display => organ_pool(organ, i_display, e)%a, storage => organ_pool(organ, i_storage, e)%a, &
            xfer => organ_pool(organ, i_xfer, e)%a)
         do fp = 1, num_soilp
            p = filter_soilp(fp)
            displayed(p) = displayed(p) + display(p)
            stored(p) = stored(p) + storage(p) + xfer(p)
         end do
       end associate
    end do
    do l = 1, nlabile(e)
       associate(labile => labile_pool(l, e)%a)
         do fp = 1, num_soilp
            p = filter_soilp(fp)
            stored(p) = stored(p) + labile(p)
         end do
       end associate
    end do
    do fp = 1, num_soilp
       p = filter_soilp(fp)
       total(p) = displayed(p) + stored(p)
    end do
  end subroutine sum_pools

end module VegSummaryMod

! State of patches and columns at the beginning of a run without a restart file: seedlings with a nutrient store, the
! oldest soil pool with a little carbon, mineral phosphorus from the maps, everything else empty.
module coldStartMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: nlevdecomp, ndecomp_pools
  use elm_varcon, only: zsoi
  use decompMod, only: bounds_type
  use abortutils, only: endrun
  use GridcellType, only: grc_pp
  use ColumnType, only: col_pp
  use VegetationType, only: veg_pp
  use VegetationPropertiesType, only: veg_vp
  use VegetationDataType, only: veg_cs, veg_ns, veg_ps
  use ColumnDataType, only: col_cs, col_ns, col_ps
  use CNDecompCascadeConType, only: decomp_cascade_con
  use soilorder_varcon, only: smax, ks_sorption
  use elm_instMod, only: cnstate_vars, canopystate_vars
  implicit none (type, external)
  private

  public :: coldStart, seed_mineral_phosphorus

  real(r8), parameter :: initial_leafc = 1._r8        ! gC/m2
  real(r8), parameter :: initial_deadstemc = 0.1_r8   ! gC/m2
  real(r8), parameter :: initial_npool = 10._r8       ! gN/m2
  real(r8), parameter :: initial_ppool = 1._r8        ! gP/m2
  real(r8), parameter :: initial_t2m = 280._r8        ! annual mean temperature before the first year (K)
  real(r8), parameter :: initial_soil_depth = 0.3_r8  ! the initial soil carbon lies above this depth (m)
  real(r8), parameter :: map_depth = 0.5_r8           ! soil depth of the phosphorus maps (m)

contains

  ! The arrays are zero when this is called.
  subroutine coldStart(bounds)
    type(bounds_type), intent(in) :: bounds

    integer :: p, c

    do p = bounds%begp, bounds%endp
       if (veg_pp%active(p) .and. veg_pp%itype(p) > 0) call seed_patch(p, veg_pp%itype(p))
    end do
    do c = bounds%begc, bounds%endc
       call seed_organic_matter(c)
       call seed_mineral_phosphorus(c)
    end do
  end subroutine coldStart

  subroutine seed_patch(p, ivt)
    integer, intent(in) :: p, ivt  ! patch, plant type

    if (veg_vp%evergreen(ivt) > 0._r8) then
       veg_cs%leafc(p) = initial_leafc
       veg_ns%leafn(p) = initial_leafc/veg_vp%leafcn(ivt)
       veg_ps%leafp(p) = initial_leafc/veg_vp%leafcp(ivt)
    else
       veg_cs%leafc_storage(p) = initial_leafc
       veg_ns%leafn_storage(p) = initial_leafc/veg_vp%leafcn(ivt)
       veg_ps%leafp_storage(p) = initial_leafc/veg_vp%leafcp(ivt)
    end if
    if (veg_vp%woody(ivt) >= 1._r8) then
       veg_cs%deadstemc(p) = initial_deadstemc
       veg_ns%deadstemn(p) = initial_deadstemc/veg_vp%deadwdcn(ivt)
       veg_ps%deadstemp(p) = initial_deadstemc/veg_vp%deadwdcp(ivt)
    end if
    veg_ns%npool(p) = initial_npool
    veg_ps%ppool(p) = initial_ppool
    cnstate_vars%dormant_flag_patch(p) = 1._r8
    cnstate_vars%annavg_t2m_patch(p) = initial_t2m
    canopystate_vars%tlai_patch(p) = veg_vp%slatop(ivt)*veg_cs%leafc(p)
  end subroutine seed_patch

  subroutine seed_organic_matter(c)
    integer, intent(in) :: c

    integer :: l, j

    do l = 1, ndecomp_pools
       if (decomp_cascade_con%initial_stock(l) <= 0._r8) cycle
       do j = 1, nlevdecomp
          if (zsoi(j) >= initial_soil_depth) exit
          col_cs%decomp_cpools_vr(c, j, l) = decomp_cascade_con%initial_stock(l)
          col_ns%decomp_npools_vr(c, j, l) = decomp_cascade_con%initial_stock(l)/decomp_cascade_con%initial_cn_ratio(l)
          col_ps%decomp_ppools_vr(c, j, l) = decomp_cascade_con%initial_stock(l)/decomp_cascade_con%initial_cp_ratio(l)
       end do
    end do
  end subroutine seed_organic_matter

  ! The concentration of the mapped layer in every layer, and solution phosphorus in balance with labile phosphorus.
  subroutine seed_mineral_phosphorus(c)
    integer, intent(in) :: c

    integer :: order, g
    real(r8) :: labile
    character(len=256) :: msg

    g = col_pp%gridcell(c)
    order = cnstate_vars%isoilorder(c)
    labile = cnstate_vars%labp_col(c)/map_depth
    if (labile >= smax(order)) then
       write(msg, '(a,i0,2(a,f8.3),a,i0,a,f8.3,a)') 'coldStart: gridcell ', grc_pp%gindex(g), ' (lat ', grc_pp%latdeg(g), &
            ', lon ', grc_pp%londeg(g), '): soil order ', order, ' holds less than ', smax(order)*map_depth, &
            ' gP/m2 of labile phosphorus in the mapped layer; correct LABILE_P or SOIL_ORDER of the surface data'
       call endrun(msg)
    end if
    col_ps%labilep_vr(c, 1:nlevdecomp) = labile
    col_ps%solutionp_vr(c, 1:nlevdecomp) = ks_sorption(order)*labile/(smax(order) - labile)
    col_ps%secondp_vr(c, 1:nlevdecomp) = cnstate_vars%secp_col(c)/map_depth
    col_ps%occlp_vr(c, 1:nlevdecomp) = cnstate_vars%occp_col(c)/map_depth
    col_ps%primp_vr(c, 1:nlevdecomp) = cnstate_vars%prip_col(c)/map_depth
  end subroutine seed_mineral_phosphorus

end module coldStartMod

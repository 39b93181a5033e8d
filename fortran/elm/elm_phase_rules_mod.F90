module elm_phase_rules_mod
  !! States of ELM that follow from others and would contradict them after a jump. ELM's balance checks
  !! compare sums it makes of some of them, and its phenology remembers yesterday's rates.
  use CNDecompCascadeConType, only: decomp_cascade_con
  use ColumnDataType, only: col_cs, col_ns, col_ps
  use decompMod, only: bounds_type
  use elm_instMod, only: cnstate_vars, canopystate_vars
  use elm_phase_space_mod, only: elm_phase_space_write_back, elm_phase_space_refresh
  use elm_varctl, only: nu_com
  use elm_varpar, only: nlevdecomp, nlevdecomp_full, ndecomp_pools
  use phase_spinup_mod, only: phase_domain_type, phase_rules_type
  use shr_kind_mod, only: r8 => shr_kind_r8
  use soilorder_varcon, only: smax, ks_sorption
  use VegetationDataType, only: veg_cs, veg_cf
  use VegetationPropertiesType, only: veg_vp
  use VegetationType, only: veg_pp
  implicit none
  private

  public :: elm_phase_rules_type

  !> sorbed P stays below this share of the capacity; at the capacity itself solution P is unbounded
  real(r8), parameter :: max_saturation = 0.99_r8

  type, extends(phase_rules_type) :: elm_phase_rules_type
    type(bounds_type) :: bounds
    type(phase_domain_type) :: domain
    real(r8), allocatable :: old_leafc(:)   !! (patch) gC/m2
    real(r8), allocatable :: old_frootc(:)  !! (patch) gC/m2
  contains
    procedure :: init => rules_init
    procedure :: before_jump => rules_before_jump
    procedure :: after_jump => rules_after_jump
  end type elm_phase_rules_type

contains

  subroutine rules_init(self, bounds, domain)
    class(elm_phase_rules_type), intent(inout) :: self
    type(bounds_type), intent(in) :: bounds
    type(phase_domain_type), intent(in) :: domain
    self%bounds = bounds
    self%domain = domain
    if (allocated(self%old_leafc)) deallocate (self%old_leafc, self%old_frootc)
    allocate (self%old_leafc(bounds%begp:bounds%endp), self%old_frootc(bounds%begp:bounds%endp), source=0._r8)
  end subroutine rules_init

  subroutine rules_before_jump(self, applied)
    class(elm_phase_rules_type), intent(inout) :: self
    logical, intent(in) :: applied(:) !! (ncol)
    integer :: p
    do p = self%bounds%begp, self%bounds%endp
      self%old_leafc(p) = veg_cs%leafc(p)
      self%old_frootc(p) = veg_cs%frootc(p)
    end do
  end subroutine rules_before_jump

  subroutine rules_after_jump(self, applied)
    class(elm_phase_rules_type), intent(inout) :: self
    logical, intent(in) :: applied(:) !! (ncol) only these columns were written
    integer :: c, i, p, slot

    call elm_phase_space_write_back(applied)
    do i = 1, self%domain%ncol
      if (.not. applied(i)) cycle
      c = self%domain%col(i) + self%bounds%begc - 1
      call soil_rules(c)
      do slot = 1, self%domain%npft
        if (self%domain%patch(slot, i) == 0) cycle
        p = self%domain%patch(slot, i) + self%bounds%begp - 1
        call patch_rules(p, self%old_leafc(p), self%old_frootc(p))
      end do
    end do
    call elm_phase_space_refresh()
  end subroutine rules_after_jump

  subroutine soil_rules(c)
    integer, intent(in) :: c !! column
    real(r8) :: capacity, half
    integer :: j, l

    do l = 1, ndecomp_pools
      ! soil N transfers are computed from C and a fixed ratio: N that disagrees with C turns negative
      if (decomp_cascade_con%is_soil(l)) then
        do j = 1, nlevdecomp
          col_ns%decomp_npools_vr(c, j, l) = col_cs%decomp_cpools_vr(c, j, l)/decomp_cascade_con%initial_cn_ratio(l)
        end do
      end if
      do j = nlevdecomp + 1, nlevdecomp_full
        col_cs%decomp_cpools_vr(c, j, l) = 0._r8
        col_ns%decomp_npools_vr(c, j, l) = 0._r8
        col_ps%decomp_ppools_vr(c, j, l) = 0._r8
      end do
    end do
    do j = nlevdecomp + 1, nlevdecomp_full
      col_ns%smin_no3_vr(c, j) = 0._r8
      col_ns%smin_nh4_vr(c, j) = 0._r8
      col_ps%solutionp_vr(c, j) = 0._r8
      col_ps%labilep_vr(c, j) = 0._r8
      col_ps%secondp_vr(c, j) = 0._r8
      col_ps%occlp_vr(c, j) = 0._r8
      col_ps%primp_vr(c, j) = 0._r8
    end do

    ! the N balance sums sminn, the state update resets it to its two parts
    col_ns%sminn_vr(c, 1:nlevdecomp_full) = col_ns%smin_no3_vr(c, 1:nlevdecomp_full) + &
      col_ns%smin_nh4_vr(c, 1:nlevdecomp_full)

    if (nu_com == 'RD') then
      ! the P update carries the sorption equilibrium forward by differences and never restores it
      capacity = smax(cnstate_vars%isoilorder(c))
      half = ks_sorption(cnstate_vars%isoilorder(c))
      if (.not. capacity > 0._r8) return ! no soil order, no sorption
      do j = 1, nlevdecomp
        col_ps%labilep_vr(c, j) = min(col_ps%labilep_vr(c, j), max_saturation*capacity)
        col_ps%solutionp_vr(c, j) = half*col_ps%labilep_vr(c, j)/(capacity - col_ps%labilep_vr(c, j))
      end do
    end if
  end subroutine soil_rules

  subroutine patch_rules(p, old_leafc, old_frootc)
    integer, intent(in) :: p !! active patch
    real(r8), intent(in) :: old_leafc   !! before the jump (gC/m2)
    real(r8), intent(in) :: old_frootc  !! before the jump (gC/m2)
    integer :: ivt

    ! leaf fall goes on from the rate of the step before, which belongs to the old plant
    if (nint(cnstate_vars%offset_flag_patch(p)) == 1) then
      if (old_leafc > 0._r8) veg_cf%prev_leafc_to_litter(p) = veg_cf%prev_leafc_to_litter(p)*veg_cs%leafc(p)/old_leafc
      if (old_frootc > 0._r8) veg_cf%prev_frootc_to_litter(p) = veg_cf%prev_frootc_to_litter(p)*veg_cs%frootc(p)/old_frootc
    end if

    ! a fall in leaf area becomes stem area in the next step, unless the memory falls too
    ivt = veg_pp%itype(p)
    if (ivt == 0) return
    if (veg_vp%dsladlai(ivt) > 0._r8) then
      canopystate_vars%tlai_patch(p) = veg_vp%slatop(ivt)*(exp(veg_cs%leafc(p)*veg_vp%dsladlai(ivt)) - 1._r8)/ &
        veg_vp%dsladlai(ivt)
    else
      canopystate_vars%tlai_patch(p) = veg_vp%slatop(ivt)*veg_cs%leafc(p)
    end if
    canopystate_vars%tlai_patch(p) = max(0._r8, canopystate_vars%tlai_patch(p))
  end subroutine patch_rules

end module elm_phase_rules_mod

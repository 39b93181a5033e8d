module elm_phase_rules_mod
  !! States of ELM that follow from others and would contradict them after a jump. ELM's balance checks
  !! compare sums it makes of some of them, its decomposition computes N from C, its phenology and allocation
  !! remember yesterday's rates and last year's sums. Each rule, why and where in ELM: docs/elm_rules.md.
  use CNDecompCascadeConType, only: decomp_cascade_con
  use ColumnDataType, only: col_cs, col_ns, col_ps, col_cf
  use decompMod, only: bounds_type
  use elm_instMod, only: cnstate_vars
  use elm_phase_plant_rules_mod, only: elm_phase_plant_rules_type
  use elm_phase_space_mod, only: elm_phase_space_write_back, elm_phase_space_refresh
  use elm_varctl, only: nu_com
  use elm_varpar, only: nlevdecomp, nlevdecomp_full, ndecomp_pools
  use phase_spinup_mod, only: phase_domain_type, phase_rules_type
  use shr_kind_mod, only: r8 => shr_kind_r8
  use soilorder_varcon, only: smax, ks_sorption
  use VegetationDataType, only: veg_cf
  implicit none
  private

  public :: elm_phase_rules_type

  !> sorbed P stays below this share of the capacity; at the capacity itself solution P is unbounded
  real(r8), parameter :: max_saturation = 0.99_r8
  !> carbon below this is none, as in ELM's precision control (gC/m3)
  real(r8), parameter :: tiny_pool = 1.e-8_r8

  type, extends(phase_rules_type) :: elm_phase_rules_type
    type(bounds_type) :: bounds
    type(phase_domain_type) :: domain
    type(elm_phase_plant_rules_type) :: plants
    logical :: mineral_p_predicted = .true.
  contains
    procedure :: init => rules_init
    procedure :: learn => rules_learn
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
    call self%plants%init(bounds%begp, bounds%endp)
    self%mineral_p_predicted = .true.
  end subroutine rules_init

  subroutine rules_learn(self, names)
    !! Which variables the artifact predicts; without this call it is all of them.
    class(elm_phase_rules_type), intent(inout) :: self
    character(len=*), intent(in) :: names(:)
    call self%plants%learn(names)
    self%mineral_p_predicted = any(names == 'labilep_vr') .or. any(names == 'solutionp_vr')
  end subroutine rules_learn

  subroutine rules_before_jump(self, applied)
    class(elm_phase_rules_type), intent(inout) :: self
    logical, intent(in) :: applied(:) !! (ncol)
    call self%plants%remember(self%domain)
  end subroutine rules_before_jump

  subroutine rules_after_jump(self, applied)
    class(elm_phase_rules_type), intent(inout) :: self
    logical, intent(in) :: applied(:) !! (ncol) only these columns were written
    integer :: c, i, slot

    call elm_phase_space_write_back(applied)
    do i = 1, self%domain%ncol
      if (.not. applied(i)) cycle
      c = self%domain%col(i) + self%bounds%begc - 1
      call empty_layers_below(c)
      call organic_matter(c)
      call mineral_nitrogen(c)
      if (self%mineral_p_predicted .and. nu_com == 'RD') call sorbed_phosphorus(c)
      col_cf%annsum_npp(c) = 0._r8
      do slot = 1, self%domain%npft
        if (self%domain%patch(slot, i) == 0) cycle
        call self%plants%apply(self%domain%patch(slot, i))
        col_cf%annsum_npp(c) = col_cf%annsum_npp(c) + self%domain%wtcol(slot, i)* &
          veg_cf%annsum_npp(self%domain%patch(slot, i) + self%bounds%begp - 1)
      end do
    end do
    call self%plants%forget()
    call elm_phase_space_refresh()
  end subroutine rules_after_jump

  subroutine organic_matter(c)
    !! Soil N transfers are computed from C and a fixed ratio: N that disagrees with C turns negative. The ratios of
    !! litter and debris float, but carbon without N or P would divide by zero.
    integer, intent(in) :: c !! column
    integer :: j, l

    associate (carbon => col_cs%decomp_cpools_vr, nitrogen => col_ns%decomp_npools_vr, phosphorus => col_ps%decomp_ppools_vr)
      do l = 1, ndecomp_pools
        do j = 1, nlevdecomp
          if (decomp_cascade_con%is_soil(l)) then
            nitrogen(c, j, l) = carbon(c, j, l)/decomp_cascade_con%initial_cn_ratio(l)
          else if (carbon(c, j, l) > tiny_pool .and. .not. nitrogen(c, j, l) > 0._r8) then
            nitrogen(c, j, l) = carbon(c, j, l)/decomp_cascade_con%initial_cn_ratio(l)
          end if
          if (carbon(c, j, l) > tiny_pool .and. .not. phosphorus(c, j, l) > 0._r8) &
            phosphorus(c, j, l) = carbon(c, j, l)/decomp_cascade_con%initial_cp_ratio(l)
        end do
      end do
    end associate
  end subroutine organic_matter

  subroutine mineral_nitrogen(c)
    !! The N balance sums sminn, the state update resets it to its two parts; a negative part would be clipped
    !! without its flux.
    integer, intent(in) :: c !! column
    integer :: j
    do j = 1, nlevdecomp_full
      col_ns%smin_no3_vr(c, j) = max(0._r8, col_ns%smin_no3_vr(c, j))
      col_ns%smin_nh4_vr(c, j) = max(0._r8, col_ns%smin_nh4_vr(c, j))
      col_ns%sminn_vr(c, j) = col_ns%smin_no3_vr(c, j) + col_ns%smin_nh4_vr(c, j)
    end do
  end subroutine mineral_nitrogen

  subroutine sorbed_phosphorus(c)
    !! The P update carries the sorption equilibrium forward by differences and never restores it.
    integer, intent(in) :: c !! column
    real(r8) :: capacity, half
    integer :: j

    capacity = smax(cnstate_vars%isoilorder(c))
    half = ks_sorption(cnstate_vars%isoilorder(c))
    if (.not. capacity > 0._r8) return ! no soil order, no sorption
    do j = 1, nlevdecomp
      col_ps%labilep_vr(c, j) = min(col_ps%labilep_vr(c, j), max_saturation*capacity)
      col_ps%solutionp_vr(c, j) = half*col_ps%labilep_vr(c, j)/(capacity - col_ps%labilep_vr(c, j))
    end do
  end subroutine sorbed_phosphorus

  subroutine empty_layers_below(c)
    !! ELM's sums end at nlevdecomp.
    integer, intent(in) :: c !! column
    integer :: j

    do j = nlevdecomp + 1, nlevdecomp_full
      col_cs%decomp_cpools_vr(c, j, 1:ndecomp_pools) = 0._r8
      col_ns%decomp_npools_vr(c, j, 1:ndecomp_pools) = 0._r8
      col_ps%decomp_ppools_vr(c, j, 1:ndecomp_pools) = 0._r8
      col_ns%smin_no3_vr(c, j) = 0._r8
      col_ns%smin_nh4_vr(c, j) = 0._r8
      col_ps%solutionp_vr(c, j) = 0._r8
      col_ps%labilep_vr(c, j) = 0._r8
      col_ps%secondp_vr(c, j) = 0._r8
      col_ps%occlp_vr(c, j) = 0._r8
      col_ps%primp_vr(c, j) = 0._r8
    end do
  end subroutine empty_layers_below

end module elm_phase_rules_mod

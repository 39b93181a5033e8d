module elm_phase_plant_rules_mod
  !! Plant states that have to agree with each other after a jump. What the artifact predicts is taken as it is;
  !! the other pools and memories of a patch follow it.
  use elm_instMod, only: cnstate_vars, canopystate_vars
  use phase_spinup_mod, only: phase_domain_type
  use shr_kind_mod, only: r8 => shr_kind_r8
  use VegetationDataType, only: veg_cs, veg_ns, veg_ps, veg_cf
  use VegetationPropertiesType, only: veg_vp
  use VegetationType, only: veg_pp
  implicit none
  private

  public :: elm_phase_plant_rules_type

  integer, parameter :: n_organ = 6, n_part = 3, n_element = 3, n_labile = 8
  integer, parameter :: leaf = 1, froot = 2, livestem = 3, deadstem = 4, livecroot = 5, deadcroot = 6
  integer, parameter :: display = 1, storage = 2, xfer = 3
  integer, parameter :: carbon = 1, nitrogen = 2, phosphorus = 3
  character(len=*), parameter :: organ_names(n_organ) = [character(len=9) :: 'leaf', 'froot', 'livestem', 'deadstem', &
    'livecroot', 'deadcroot']
  character(len=*), parameter :: part_names(n_part) = [character(len=8) :: '', '_storage', '_xfer']
  character(len=1), parameter :: element_names(n_element) = ['c', 'n', 'p']
  !> organs whose size tells the size of the living plant; dead wood is its history
  logical, parameter :: living(n_organ) = [.true., .true., .true., .false., .true., .false.]
  character(len=*), parameter :: labile_names(n_labile) = [character(len=13) :: 'gresp_storage', 'gresp_xfer', 'cpool', &
    'xsmrpool', 'npool', 'retransn', 'ppool', 'retransp']
  integer, parameter :: gresp_storage = 1, gresp_xfer = 2, cpool = 3, xsmrpool = 4, npool = 5, retransn = 6, ppool = 7, &
    retransp = 8
  integer, parameter :: labile_element(n_labile) = [carbon, carbon, carbon, carbon, nitrogen, nitrogen, phosphorus, phosphorus]
  !> a pool below this is none, as in ELM's precision control (g/m2)
  real(r8), parameter :: tiny_pool = 1.e-8_r8
  !> no dependent pool grows or shrinks more than this in a jump
  real(r8), parameter :: max_ratio = 100._r8
  !> guards an exponential against leaves that no plant has
  real(r8), parameter :: max_exponent = 20._r8
  !> light that a leaf area intercepts is 1 - exp(-extinction*LAI)
  real(r8), parameter :: extinction = 0.5_r8

  type :: pool_type
    real(r8), pointer :: a(:) => null()  !! ELM's array, element 1 the first patch of the process
    real(r8), allocatable :: old(:)      !! before the jump
    logical :: predicted = .true.
  end type pool_type

  type :: elm_phase_plant_rules_type
    type(pool_type) :: organ(n_part, n_organ, n_element)
    type(pool_type) :: labile(n_labile)
    type(pool_type) :: annsum_npp
    integer :: begp = 1
    integer :: npatch = 0  !! of the process
  contains
    procedure :: init => plant_init
    procedure :: learn => plant_learn
    procedure :: remember => plant_remember
    procedure :: apply => plant_apply
    procedure :: forget => plant_forget
    procedure, private :: ratio_of_living
    procedure, private :: follow_carbon
    procedure, private :: follow_plant
    procedure, private :: annual_memory
    procedure, private :: leaf_fall
    procedure, private :: dormant_leaves
    procedure, private :: stoichiometry
  end type elm_phase_plant_rules_type

contains

  subroutine plant_init(self, begp, endp)
    class(elm_phase_plant_rules_type), intent(inout) :: self
    integer, intent(in) :: begp, endp !! patches of the process

    self%begp = begp
    self%npatch = endp - begp + 1
    call three(self%organ(:, leaf, carbon), veg_cs%leafc, veg_cs%leafc_storage, veg_cs%leafc_xfer)
    call three(self%organ(:, froot, carbon), veg_cs%frootc, veg_cs%frootc_storage, veg_cs%frootc_xfer)
    call three(self%organ(:, livestem, carbon), veg_cs%livestemc, veg_cs%livestemc_storage, veg_cs%livestemc_xfer)
    call three(self%organ(:, deadstem, carbon), veg_cs%deadstemc, veg_cs%deadstemc_storage, veg_cs%deadstemc_xfer)
    call three(self%organ(:, livecroot, carbon), veg_cs%livecrootc, veg_cs%livecrootc_storage, veg_cs%livecrootc_xfer)
    call three(self%organ(:, deadcroot, carbon), veg_cs%deadcrootc, veg_cs%deadcrootc_storage, veg_cs%deadcrootc_xfer)
    call three(self%organ(:, leaf, nitrogen), veg_ns%leafn, veg_ns%leafn_storage, veg_ns%leafn_xfer)
    call three(self%organ(:, froot, nitrogen), veg_ns%frootn, veg_ns%frootn_storage, veg_ns%frootn_xfer)
    call three(self%organ(:, livestem, nitrogen), veg_ns%livestemn, veg_ns%livestemn_storage, veg_ns%livestemn_xfer)
    call three(self%organ(:, deadstem, nitrogen), veg_ns%deadstemn, veg_ns%deadstemn_storage, veg_ns%deadstemn_xfer)
    call three(self%organ(:, livecroot, nitrogen), veg_ns%livecrootn, veg_ns%livecrootn_storage, veg_ns%livecrootn_xfer)
    call three(self%organ(:, deadcroot, nitrogen), veg_ns%deadcrootn, veg_ns%deadcrootn_storage, veg_ns%deadcrootn_xfer)
    call three(self%organ(:, leaf, phosphorus), veg_ps%leafp, veg_ps%leafp_storage, veg_ps%leafp_xfer)
    call three(self%organ(:, froot, phosphorus), veg_ps%frootp, veg_ps%frootp_storage, veg_ps%frootp_xfer)
    call three(self%organ(:, livestem, phosphorus), veg_ps%livestemp, veg_ps%livestemp_storage, veg_ps%livestemp_xfer)
    call three(self%organ(:, deadstem, phosphorus), veg_ps%deadstemp, veg_ps%deadstemp_storage, veg_ps%deadstemp_xfer)
    call three(self%organ(:, livecroot, phosphorus), veg_ps%livecrootp, veg_ps%livecrootp_storage, veg_ps%livecrootp_xfer)
    call three(self%organ(:, deadcroot, phosphorus), veg_ps%deadcrootp, veg_ps%deadcrootp_storage, veg_ps%deadcrootp_xfer)
    call point(self%labile(gresp_storage), veg_cs%gresp_storage)
    call point(self%labile(gresp_xfer), veg_cs%gresp_xfer)
    call point(self%labile(cpool), veg_cs%cpool)
    call point(self%labile(xsmrpool), veg_cs%xsmrpool)
    call point(self%labile(npool), veg_ns%npool)
    call point(self%labile(retransn), veg_ns%retransn)
    call point(self%labile(ppool), veg_ps%ppool)
    call point(self%labile(retransp), veg_ps%retransp)
    call point(self%annsum_npp, veg_cf%annsum_npp)
  contains
    subroutine three(pools, displayed, stored, transferred)
      type(pool_type), intent(inout) :: pools(n_part)
      real(r8), intent(in), target :: displayed(:), stored(:), transferred(:)
      call point(pools(display), displayed)
      call point(pools(storage), stored)
      call point(pools(xfer), transferred)
    end subroutine three
    subroutine point(pool, array)
      type(pool_type), intent(inout) :: pool
      real(r8), intent(in), target :: array(:)
      pool%a => array
      pool%predicted = .true.
    end subroutine point
  end subroutine plant_init

  subroutine plant_learn(self, names)
    !! Which variables the artifact predicts; without this call it is all of them.
    class(elm_phase_plant_rules_type), intent(inout) :: self
    character(len=*), intent(in) :: names(:)
    integer :: e, k, o

    do e = 1, n_element
      do o = 1, n_organ
        do k = 1, n_part
          self%organ(k, o, e)%predicted = any(names == trim(organ_names(o))//element_names(e)//trim(part_names(k)))
        end do
      end do
    end do
    do k = 1, n_labile
      self%labile(k)%predicted = any(names == labile_names(k))
    end do
    self%annsum_npp%predicted = any(names == 'annsum_npp')
  end subroutine plant_learn

  subroutine plant_remember(self, domain)
    !! The pools of the plugin's patches before a jump.
    class(elm_phase_plant_rules_type), intent(inout) :: self
    type(phase_domain_type), intent(in) :: domain
    integer :: e, k, o

    do e = 1, n_element
      do o = 1, n_organ
        do k = 1, n_part
          call keep(self%organ(k, o, e))
        end do
      end do
    end do
    do k = 1, n_labile
      call keep(self%labile(k))
    end do
    call keep(self%annsum_npp)
  contains
    subroutine keep(pool)
      type(pool_type), intent(inout) :: pool
      integer :: i, slot
      if (allocated(pool%old)) deallocate (pool%old)
      allocate (pool%old(self%npatch), source=0._r8)
      do i = 1, domain%ncol
        do slot = 1, domain%npft
          if (domain%patch(slot, i) > 0) pool%old(domain%patch(slot, i)) = pool%a(domain%patch(slot, i))
        end do
      end do
    end subroutine keep
  end subroutine plant_remember

  subroutine plant_apply(self, k)
    !! One active patch of a written column; bare ground has no plant.
    class(elm_phase_plant_rules_type), intent(inout) :: self
    integer, intent(in) :: k  !! position of the patch in the process, from 1
    real(r8) :: growth(n_element)

    if (veg_pp%itype(self%begp + k - 1) == 0) return
    growth = self%ratio_of_living(k)
    call self%follow_carbon(k, growth(carbon))
    call self%follow_plant(k, growth)
    call self%dormant_leaves(k)
    call self%stoichiometry(k)
    call self%annual_memory(k, growth)
    call self%leaf_fall(k)
  end subroutine plant_apply

  subroutine plant_forget(self)
    !! The memory of a jump is not needed between jumps.
    class(elm_phase_plant_rules_type), intent(inout) :: self
    integer :: e, k, o
    do e = 1, n_element
      do o = 1, n_organ
        do k = 1, n_part
          deallocate (self%organ(k, o, e)%old)
        end do
      end do
    end do
    do k = 1, n_labile
      deallocate (self%labile(k)%old)
    end do
    deallocate (self%annsum_npp%old)
  end subroutine plant_forget

  function ratio_of_living(self, k) result(ratio)
    !! By how much the predicted living tissue has grown, per element; C stands in for an element not predicted.
    class(elm_phase_plant_rules_type), intent(in) :: self
    integer, intent(in) :: k  !! position of the patch in the process, from 1
    real(r8) :: ratio(n_element), old, new
    logical :: known
    integer :: e, o, part

    do e = 1, n_element
      old = 0._r8
      new = 0._r8
      known = .false.
      do o = 1, n_organ
        if (.not. living(o)) cycle
        do part = 1, n_part
          if (.not. self%organ(part, o, e)%predicted) cycle
          known = .true.
          old = old + self%organ(part, o, e)%old(k)
          new = new + self%organ(part, o, e)%a(k)
        end do
      end do
      ratio(e) = bounded(new, old, 1._r8)
      if (.not. known .and. e > carbon) ratio(e) = ratio(carbon)
    end do
  end function ratio_of_living

  subroutine follow_carbon(self, k, growth)
    !! Storage and transfer pools that are not predicted grow with the plant, in all elements; N and P that are not
    !! predicted keep the ratio to a carbon that is.
    class(elm_phase_plant_rules_type), intent(inout) :: self
    integer, intent(in) :: k
    real(r8), intent(in) :: growth !! of living carbon
    real(r8) :: ratio
    integer :: e, o, part

    do o = 1, n_organ
      do part = 1, n_part
        associate (c => self%organ(part, o, carbon))
          if (c%predicted) then
            ratio = bounded(c%a(k), c%old(k), 1._r8)
          else if (part == display) then
            cycle
          else
            ratio = growth
            c%a(k) = c%old(k)*ratio
          end if
        end associate
        do e = nitrogen, phosphorus
          associate (pool => self%organ(part, o, e))
            if (.not. pool%predicted) pool%a(k) = pool%old(k)*ratio
          end associate
        end do
      end do
    end do
  end subroutine follow_carbon

  subroutine follow_plant(self, k, growth)
    !! Growth respiration reserves follow the stored tissue they were set aside for; pools without an organ follow
    !! the plant in their element, a deficit too.
    class(elm_phase_plant_rules_type), intent(inout) :: self
    integer, intent(in) :: k
    real(r8), intent(in) :: growth(n_element)
    integer :: l

    do l = 1, n_labile
      if (self%labile(l)%predicted) cycle
      select case (l)
      case (gresp_storage)
        self%labile(l)%a(k) = self%labile(l)%old(k)*total_ratio(storage)
      case (gresp_xfer)
        self%labile(l)%a(k) = self%labile(l)%old(k)*total_ratio(xfer)
      case default
        self%labile(l)%a(k) = self%labile(l)%old(k)*growth(labile_element(l))
      end select
    end do
  contains
    real(r8) function total_ratio(part)
      integer, intent(in) :: part
      real(r8) :: old, new
      integer :: o
      old = 0._r8
      new = 0._r8
      do o = 1, n_organ
        old = old + self%organ(part, o, carbon)%old(k)
        new = new + self%organ(part, o, carbon)%a(k)
      end do
      total_ratio = bounded(new, old, growth(carbon))
    end function total_ratio
  end subroutine follow_plant

  subroutine dormant_leaves(self, k)
    !! The state is one of 1 January: a dormant plant that showed no leaves shows none after the jump; what was
    !! predicted for them is in store, and comes out with ELM's own onset. Flags and counters are never touched.
    class(elm_phase_plant_rules_type), intent(inout) :: self
    integer, intent(in) :: k
    integer :: e, o, p

    p = self%begp + k - 1
    if (nint(cnstate_vars%dormant_flag_patch(p)) /= 1) return
    if (.not. (veg_vp%season_decid(veg_pp%itype(p)) > 0._r8 .or. veg_vp%stress_decid(veg_pp%itype(p)) > 0._r8)) return
    do o = leaf, froot
      if (self%organ(display, o, carbon)%old(k) > tiny_pool .or. .not. self%organ(display, o, carbon)%a(k) > tiny_pool) cycle
      do e = 1, n_element
        associate (shown => self%organ(display, o, e)%a(k), stored => self%organ(storage, o, e)%a(k))
          stored = stored + shown
          shown = 0._r8
        end associate
      end do
    end do
  end subroutine dormant_leaves

  subroutine stoichiometry(self, k)
    !! Carbon without nitrogen or phosphorus would divide by zero: it gets the plant type's ratio.
    class(elm_phase_plant_rules_type), intent(inout) :: self
    integer, intent(in) :: k
    real(r8) :: ratio
    integer :: e, o, part

    do o = 1, n_organ
      do e = nitrogen, phosphorus
        ratio = target_ratio(o, e, veg_pp%itype(self%begp + k - 1))
        if (.not. ratio > 0._r8) cycle
        do part = 1, n_part
          associate (c => self%organ(part, o, carbon)%a(k), pool => self%organ(part, o, e)%a(k))
            if (c > tiny_pool .and. .not. pool > 0._r8) pool = c/ratio
          end associate
        end do
      end do
    end do
  end subroutine stoichiometry

  pure real(r8) function target_ratio(organ, element, ivt) result(ratio)
    !! C:N or C:P of an organ of a plant type.
    integer, intent(in) :: organ, element, ivt
    logical :: is_n
    is_n = element == nitrogen
    select case (organ)
    case (leaf)
      ratio = merge(veg_vp%leafcn(ivt), veg_vp%leafcp(ivt), is_n)
    case (froot)
      ratio = merge(veg_vp%frootcn(ivt), veg_vp%frootcp(ivt), is_n)
    case (livestem, livecroot)
      ratio = merge(veg_vp%livewdcn(ivt), veg_vp%livewdcp(ivt), is_n)
    case default
      ratio = merge(veg_vp%deadwdcn(ivt), veg_vp%deadwdcp(ivt), is_n)
    end select
  end function target_ratio

  subroutine annual_memory(self, k, growth)
    !! ELM allocates by last year's sums: NPP sets the stem's share and the size of the stores, potential GPP and the
    !! largest retranslocation pool of the year pace the use of that pool. They become those of the new plant.
    class(elm_phase_plant_rules_type), intent(inout) :: self
    integer, intent(in) :: k
    real(r8), intent(in) :: growth(n_element)
    integer :: p

    p = self%begp + k - 1
    if (.not. self%annsum_npp%predicted) self%annsum_npp%a(k) = self%annsum_npp%old(k)*growth(carbon)
    cnstate_vars%annmax_retransn_patch(p) = cnstate_vars%annmax_retransn_patch(p)* &
      bounded(self%labile(retransn)%a(k), self%labile(retransn)%old(k), growth(nitrogen))
    cnstate_vars%annmax_retransp_patch(p) = cnstate_vars%annmax_retransp_patch(p)* &
      bounded(self%labile(retransp)%a(k), self%labile(retransp)%old(k), growth(phosphorus))
    cnstate_vars%annsum_potential_gpp_patch(p) = cnstate_vars%annsum_potential_gpp_patch(p)*bounded( &
      intercepted(sum_leaf(.false.), veg_pp%itype(p)), intercepted(sum_leaf(.true.), veg_pp%itype(p)), 1._r8)
  contains
    real(r8) function sum_leaf(before)
      !! All leaf carbon the year will show.
      logical, intent(in) :: before
      integer :: part
      sum_leaf = 0._r8
      do part = 1, n_part
        if (before) sum_leaf = sum_leaf + self%organ(part, leaf, carbon)%old(k)
        if (.not. before) sum_leaf = sum_leaf + self%organ(part, leaf, carbon)%a(k)
      end do
    end function sum_leaf
  end subroutine annual_memory

  subroutine leaf_fall(self, k)
    !! Leaf fall goes on from the rate of the step before, which belongs to the old plant. A fall in leaf area
    !! becomes stem area in the next step, unless the memory falls too.
    class(elm_phase_plant_rules_type), intent(inout) :: self
    integer, intent(in) :: k
    integer :: p

    p = self%begp + k - 1
    associate (leafc => self%organ(display, leaf, carbon), frootc => self%organ(display, froot, carbon))
      if (nint(cnstate_vars%offset_flag_patch(p)) == 1) then
        if (leafc%old(k) > 0._r8) veg_cf%prev_leafc_to_litter(p) = veg_cf%prev_leafc_to_litter(p)*leafc%a(k)/leafc%old(k)
        if (frootc%old(k) > 0._r8) veg_cf%prev_frootc_to_litter(p) = veg_cf%prev_frootc_to_litter(p)*frootc%a(k)/frootc%old(k)
      end if
      if (leafc%a(k) /= leafc%old(k)) canopystate_vars%tlai_patch(p) = leaf_area(leafc%a(k), veg_pp%itype(p))
    end associate
  end subroutine leaf_fall

  pure real(r8) function leaf_area(leafc, ivt)
    !! As ELM's vegetation structure has it (m2/m2).
    real(r8), intent(in) :: leafc !! gC/m2
    integer, intent(in) :: ivt
    if (veg_vp%dsladlai(ivt) > 0._r8) then
      leaf_area = veg_vp%slatop(ivt)*(exp(min(leafc*veg_vp%dsladlai(ivt), max_exponent)) - 1._r8)/veg_vp%dsladlai(ivt)
    else
      leaf_area = veg_vp%slatop(ivt)*leafc
    end if
    leaf_area = max(0._r8, leaf_area)
  end function leaf_area

  pure real(r8) function intercepted(leafc, ivt)
    !! Share of the light.
    real(r8), intent(in) :: leafc !! gC/m2
    integer, intent(in) :: ivt
    intercepted = 1._r8 - exp(-extinction*leaf_area(leafc, ivt))
  end function intercepted

  pure real(r8) function bounded(new, old, otherwise) result(ratio)
    !! new/old within bounds; otherwise where there was nothing.
    real(r8), intent(in) :: new, old, otherwise
    ratio = otherwise
    if (old > tiny_pool) ratio = min(max(new/old, 0._r8), max_ratio)
  end function bounded

end module elm_phase_plant_rules_mod

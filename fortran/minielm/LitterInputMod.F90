! Accounts of the plant material that leaves the plants in one process (litterfall, gap mortality, fire) and its
! distribution over the soil layers and the litter classes of the columns, for carbon, nitrogen and phosphorus.
module LitterInputMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: nlevdecomp, i_met_lit, i_cel_lit, i_lig_lit, i_cwd
  use decompMod, only: bounds_type
  use VegetationType, only: veg_pp
  use VegetationPropertiesType, only: veg_vp
  use ColumnDataType, only: col_cs, col_cf, col_ns, col_nf, col_ps, col_pf
  use elm_instMod, only: canopystate_vars
  use VerticalProfileMod, only: surface_prof, root_prof, thawed_layers
  use PlantPoolsMod, only: norgan, nelement, i_c, i_n, i_p
  implicit none (type, external)
  private

  public :: LitterInputInit
  public :: LitterInput
  public :: ApplyLitterInput

  ! Accounts: displayed leaves and fine roots (split into litter classes), wood with the surface and with the root
  ! profile (coarse woody debris), everything else above and below ground (metabolic litter).
  integer, parameter, public :: naccount = 6
  integer, parameter, public :: acc_leaf = 1, acc_froot = 2, acc_stem = 3, acc_croot = 4, acc_labile = 5, acc_labile_root = 6

  ! account of each organ: of the displayed pool, and of its storage and transfer pools
  integer, parameter, public :: display_account(norgan) = [acc_leaf, acc_froot, acc_stem, acc_stem, acc_croot, acc_croot]
  integer, parameter, public :: storage_account(norgan) = &
       [acc_labile, acc_labile_root, acc_labile, acc_labile, acc_labile_root, acc_labile_root]

  integer, parameter, public :: process_phenology = 1, process_gap = 2, process_fire = 3
  integer, parameter :: nprocess = 3
  integer, parameter :: nclass = 4  ! litter classes in the order of the decomposing pools: i_met_lit, ..., i_cwd

  ! [g/m2 of the patch] dims: position in the patch filter, account, element; zeroed by the process that uses it
  real(r8), allocatable, target, public :: account(:,:,:)

  ! One column array of litter inputs.
  type :: input_type
     real(r8), pointer, contiguous :: a(:,:) => null()  ! [g/m3/s] dims: column, layer
  end type input_type

  ! One set of decomposing pools.
  type :: decomp_type
     real(r8), pointer, contiguous :: a(:,:,:) => null()  ! [g/m3] dims: column, layer, pool
  end type decomp_type

  type(input_type) :: input(nclass, nelement, nprocess)
  type(decomp_type) :: decomp(nelement)

contains

  ! Allocates the accounts and points to the arrays of the columns; after the state is allocated.
  subroutine LitterInputInit(num_soilp)
    integer, intent(in) :: num_soilp  ! number of patches in the filter

    if (allocated(account)) deallocate(account)
    allocate(account(num_soilp, naccount, nelement), source=0._r8)

    input(i_met_lit, i_c, process_phenology)%a => col_cf%phenology_c_to_litr_met_c
    input(i_cel_lit, i_c, process_phenology)%a => col_cf%phenology_c_to_litr_cel_c
    input(i_lig_lit, i_c, process_phenology)%a => col_cf%phenology_c_to_litr_lig_c
    input(i_met_lit, i_n, process_phenology)%a => col_nf%phenology_n_to_litr_met_n
    input(i_cel_lit, i_n, process_phenology)%a => col_nf%phenology_n_to_litr_cel_n
    input(i_lig_lit, i_n, process_phenology)%a => col_nf%phenology_n_to_litr_lig_n
    input(i_met_lit, i_p, process_phenology)%a => col_pf%phenology_p_to_litr_met_p
    input(i_cel_lit, i_p, process_phenology)%a => col_pf%phenology_p_to_litr_cel_p
    input(i_lig_lit, i_p, process_phenology)%a => col_pf%phenology_p_to_litr_lig_p

    input(i_met_lit, i_c, process_gap)%a => col_cf%gap_mortality_c_to_litr_met_c
    input(i_cel_lit, i_c, process_gap)%a => col_cf%gap_mortality_c_to_litr_cel_c
    input(i_lig_lit, i_c, process_gap)%a => col_cf%gap_mortality_c_to_litr_lig_c
    input(i_cwd, i_c, process_gap)%a => col_cf%gap_mortality_c_to_cwdc
    input(i_met_lit, i_n, process_gap)%a => col_nf%gap_mortality_n_to_litr_met_n
    input(i_cel_lit, i_n, process_gap)%a => col_nf%gap_mortality_n_to_litr_cel_n
    input(i_lig_lit, i_n, process_gap)%a => col_nf%gap_mortality_n_to_litr_lig_n
    input(i_cwd, i_n, process_gap)%a => col_nf%gap_mortality_n_to_cwdn
    input(i_met_lit, i_p, process_gap)%a => col_pf%gap_mortality_p_to_litr_met_p
    input(i_cel_lit, i_p, process_gap)%a => col_pf%gap_mortality_p_to_litr_cel_p
    input(i_lig_lit, i_p, process_gap)%a => col_pf%gap_mortality_p_to_litr_lig_p
    input(i_cwd, i_p, process_gap)%a => col_pf%gap_mortality_p_to_cwdp

    input(i_met_lit, i_c, process_fire)%a => col_cf%m_c_to_litr_met_fire
    input(i_cel_lit, i_c, process_fire)%a => col_cf%m_c_to_litr_cel_fire
    input(i_lig_lit, i_c, process_fire)%a => col_cf%m_c_to_litr_lig_fire
    input(i_cwd, i_c, process_fire)%a => col_cf%fire_mortality_c_to_cwdc
    input(i_met_lit, i_n, process_fire)%a => col_nf%m_n_to_litr_met_fire
    input(i_cel_lit, i_n, process_fire)%a => col_nf%m_n_to_litr_cel_fire
    input(i_lig_lit, i_n, process_fire)%a => col_nf%m_n_to_litr_lig_fire
    input(i_cwd, i_n, process_fire)%a => col_nf%fire_mortality_n_to_cwdn
    input(i_met_lit, i_p, process_fire)%a => col_pf%m_p_to_litr_met_fire
    input(i_cel_lit, i_p, process_fire)%a => col_pf%m_p_to_litr_cel_fire
    input(i_lig_lit, i_p, process_fire)%a => col_pf%m_p_to_litr_lig_fire
    input(i_cwd, i_p, process_fire)%a => col_pf%fire_mortality_p_to_cwdp

    decomp(i_c)%a => col_cs%decomp_cpools_vr
    decomp(i_n)%a => col_ns%decomp_npools_vr
    decomp(i_p)%a => col_ps%decomp_ppools_vr
  end subroutine LitterInputInit

  ! Distributes the accounts of one process over layers and classes. The patches of a column follow each other in the
  ! filter, so that a column is complete when the next one begins.
  subroutine LitterInput(process, dt, num_soilp, filter_soilp)
    integer, intent(in) :: process          ! process_phenology, process_gap or process_fire
    real(r8), intent(in) :: dt              ! time step (s)
    integer, intent(in) :: num_soilp        ! number of patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! patches

    integer :: fp, p, c, ivt, nthaw, e, k, j, nclass_used
    real(r8) :: rate, leaf, froot
    real(r8) :: surface(nclass, nelement)             ! [g/m2/s] with the surface profile
    real(r8) :: layered(nlevdecomp, nclass, nelement) ! [g/m3/s] with the root profiles
    real(r8) :: root(nclass)
    logical :: last_of_column

    ! litterfall has no wood
    nclass_used = merge(i_lig_lit, i_cwd, process == process_phenology)
    surface = 0._r8
    layered = 0._r8
    do fp = 1, num_soilp
       p = filter_soilp(fp)
       c = veg_pp%column(p)
       ivt = veg_pp%itype(p)
       nthaw = thawed_layers(canopystate_vars%altmax_lastyear_indx_col(c))
       rate = veg_pp%wtcol(p)/dt
       do e = 1, nelement
          leaf = rate*account(fp, acc_leaf, e)
          froot = rate*account(fp, acc_froot, e)
          surface(i_met_lit, e) = surface(i_met_lit, e) + leaf*veg_vp%lf_flab(ivt) + rate*account(fp, acc_labile, e)
          surface(i_cel_lit, e) = surface(i_cel_lit, e) + leaf*veg_vp%lf_fcel(ivt)
          ! the rest, so that the three shares add up to all of it
          surface(i_lig_lit, e) = surface(i_lig_lit, e) + leaf*(1._r8 - veg_vp%lf_flab(ivt) - veg_vp%lf_fcel(ivt))
          surface(i_cwd, e) = surface(i_cwd, e) + rate*account(fp, acc_stem, e)
          root(i_met_lit) = froot*veg_vp%fr_flab(ivt) + rate*account(fp, acc_labile_root, e)
          root(i_cel_lit) = froot*veg_vp%fr_fcel(ivt)
          root(i_lig_lit) = froot*(1._r8 - veg_vp%fr_flab(ivt) - veg_vp%fr_fcel(ivt))
          root(i_cwd) = rate*account(fp, acc_croot, e)
          if (root(i_met_lit) == 0._r8 .and. root(i_lig_lit) == 0._r8 .and. root(i_cwd) == 0._r8) cycle
          do k = 1, nclass_used
             layered(:, k, e) = layered(:, k, e) + root(k)*root_prof(:, nthaw, ivt)
          end do
       end do
       last_of_column = fp == num_soilp
       if (.not. last_of_column) last_of_column = veg_pp%column(filter_soilp(fp+1)) /= c
       if (last_of_column) then
          do e = 1, nelement
             do k = 1, nclass_used
                do j = 1, nlevdecomp
                   input(k, e, process)%a(c, j) = layered(j, k, e) + surface(k, e)*surface_prof(j, nthaw)
                end do
             end do
          end do
          surface = 0._r8
          layered = 0._r8
       end if
    end do
  end subroutine LitterInput

  ! Adds the litter of one process to the litter and coarse woody debris pools of the columns.
  subroutine ApplyLitterInput(process, dt, bounds)
    integer, intent(in) :: process           ! process_gap or process_fire
    real(r8), intent(in) :: dt               ! time step (s)
    type(bounds_type), intent(in) :: bounds  ! columns of this rank

    integer :: e, k, j, c

    do e = 1, nelement
       do k = 1, nclass
          do j = 1, nlevdecomp
             do c = bounds%begc, bounds%endc
                decomp(e)%a(c, j, k) = decomp(e)%a(c, j, k) + dt*input(k, e, process)%a(c, j)
             end do
          end do
       end do
    end do
  end subroutine ApplyLitterInput

end module LitterInputMod

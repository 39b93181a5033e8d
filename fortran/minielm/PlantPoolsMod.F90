! Tables over the plant pools, so that what happens alike to every pool is written once: organ pools by organ, form
! (displayed, storage, transfer) and element, and the labile pools by element. The tables point to the arrays of
! veg_cs, veg_ns and veg_ps.
module PlantPoolsMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use VegetationDataType, only: veg_cs, veg_ns, veg_ps
  implicit none (type, external)
  private

  integer, parameter, public :: norgan = 6, nform = 3, nelement = 3
  integer, parameter, public :: i_leaf = 1, i_froot = 2, i_livestem = 3, i_deadstem = 4, i_livecroot = 5, i_deadcroot = 6
  integer, parameter, public :: i_display = 1, i_storage = 2, i_xfer = 3
  integer, parameter, public :: i_c = 1, i_n = 2, i_p = 3
  integer, parameter, public :: max_labile = 3
  integer, parameter, public :: nlabile(nelement) = [3, 2, 2]

  ! One pool of all patches.
  type, public :: pool_type
     real(r8), pointer, contiguous :: a(:) => null()  ! [g/m2] pool by patch
  end type pool_type

  type(pool_type), public, protected :: organ_pool(norgan, nform, nelement)
  type(pool_type), public, protected :: labile_pool(max_labile, nelement)

  public :: PlantPoolsInit
  public :: lose_share
  public :: lose_shares

  ! A pool smaller than this goes to the litter as a whole: a dying plant ends at zero, not in denormal numbers.
  real(r8), parameter :: tiny_pool = 1.e-12_r8

contains

  ! Points the tables to the state arrays; after these are allocated.
  subroutine PlantPoolsInit()
    organ_pool(i_leaf, i_display, i_c)%a => veg_cs%leafc
    organ_pool(i_leaf, i_storage, i_c)%a => veg_cs%leafc_storage
    organ_pool(i_leaf, i_xfer, i_c)%a => veg_cs%leafc_xfer
    organ_pool(i_froot, i_display, i_c)%a => veg_cs%frootc
    organ_pool(i_froot, i_storage, i_c)%a => veg_cs%frootc_storage
    organ_pool(i_froot, i_xfer, i_c)%a => veg_cs%frootc_xfer
    organ_pool(i_livestem, i_display, i_c)%a => veg_cs%livestemc
    organ_pool(i_livestem, i_storage, i_c)%a => veg_cs%livestemc_storage
    organ_pool(i_livestem, i_xfer, i_c)%a => veg_cs%livestemc_xfer
    organ_pool(i_deadstem, i_display, i_c)%a => veg_cs%deadstemc
    organ_pool(i_deadstem, i_storage, i_c)%a => veg_cs%deadstemc_storage
    organ_pool(i_deadstem, i_xfer, i_c)%a => veg_cs%deadstemc_xfer
    organ_pool(i_livecroot, i_display, i_c)%a => veg_cs%livecrootc
    organ_pool(i_livecroot, i_storage, i_c)%a => veg_cs%livecrootc_storage
    organ_pool(i_livecroot, i_xfer, i_c)%a => veg_cs%livecrootc_xfer
    organ_pool(i_deadcroot, i_display, i_c)%a => veg_cs%deadcrootc
    organ_pool(i_deadcroot, i_storage, i_c)%a => veg_cs%deadcrootc_storage
    organ_pool(i_deadcroot, i_xfer, i_c)%a => veg_cs%deadcrootc_xfer

    organ_pool(i_leaf, i_display, i_n)%a => veg_ns%leafn
    organ_pool(i_leaf, i_storage, i_n)%a => veg_ns%leafn_storage
    organ_pool(i_leaf, i_xfer, i_n)%a => veg_ns%leafn_xfer
    organ_pool(i_froot, i_display, i_n)%a => veg_ns%frootn
    organ_pool(i_froot, i_storage, i_n)%a => veg_ns%frootn_storage
    organ_pool(i_froot, i_xfer, i_n)%a => veg_ns%frootn_xfer
    organ_pool(i_livestem, i_display, i_n)%a => veg_ns%livestemn
    organ_pool(i_livestem, i_storage, i_n)%a => veg_ns%livestemn_storage
    organ_pool(i_livestem, i_xfer, i_n)%a => veg_ns%livestemn_xfer
    organ_pool(i_deadstem, i_display, i_n)%a => veg_ns%deadstemn
    organ_pool(i_deadstem, i_storage, i_n)%a => veg_ns%deadstemn_storage
    organ_pool(i_deadstem, i_xfer, i_n)%a => veg_ns%deadstemn_xfer
    organ_pool(i_livecroot, i_display, i_n)%a => veg_ns%livecrootn
    organ_pool(i_livecroot, i_storage, i_n)%a => veg_ns%livecrootn_storage
    organ_pool(i_livecroot, i_xfer, i_n)%a => veg_ns%livecrootn_xfer
    organ_pool(i_deadcroot, i_display, i_n)%a => veg_ns%deadcrootn
    organ_pool(i_deadcroot, i_storage, i_n)%a => veg_ns%deadcrootn_storage
    organ_pool(i_deadcroot, i_xfer, i_n)%a => veg_ns%deadcrootn_xfer

    organ_pool(i_leaf, i_display, i_p)%a => veg_ps%leafp
    organ_pool(i_leaf, i_storage, i_p)%a => veg_ps%leafp_storage
    organ_pool(i_leaf, i_xfer, i_p)%a => veg_ps%leafp_xfer
    organ_pool(i_froot, i_display, i_p)%a => veg_ps%frootp
    organ_pool(i_froot, i_storage, i_p)%a => veg_ps%frootp_storage
    organ_pool(i_froot, i_xfer, i_p)%a => veg_ps%frootp_xfer
    organ_pool(i_livestem, i_display, i_p)%a => veg_ps%livestemp
    organ_pool(i_livestem, i_storage, i_p)%a => veg_ps%livestemp_storage
    organ_pool(i_livestem, i_xfer, i_p)%a => veg_ps%livestemp_xfer
    organ_pool(i_deadstem, i_display, i_p)%a => veg_ps%deadstemp
    organ_pool(i_deadstem, i_storage, i_p)%a => veg_ps%deadstemp_storage
    organ_pool(i_deadstem, i_xfer, i_p)%a => veg_ps%deadstemp_xfer
    organ_pool(i_livecroot, i_display, i_p)%a => veg_ps%livecrootp
    organ_pool(i_livecroot, i_storage, i_p)%a => veg_ps%livecrootp_storage
    organ_pool(i_livecroot, i_xfer, i_p)%a => veg_ps%livecrootp_xfer
    organ_pool(i_deadcroot, i_display, i_p)%a => veg_ps%deadcrootp
    organ_pool(i_deadcroot, i_storage, i_p)%a => veg_ps%deadcrootp_storage
    organ_pool(i_deadcroot, i_xfer, i_p)%a => veg_ps%deadcrootp_xfer

    labile_pool(1, i_c)%a => veg_cs%cpool
    labile_pool(2, i_c)%a => veg_cs%gresp_storage
    labile_pool(3, i_c)%a => veg_cs%gresp_xfer
    labile_pool(1, i_n)%a => veg_ns%npool
    labile_pool(2, i_n)%a => veg_ns%retransn
    labile_pool(1, i_p)%a => veg_ps%ppool
    labile_pool(2, i_p)%a => veg_ps%retransp
  end subroutine PlantPoolsInit

  ! Moves the same share of a pool of every patch to a litter account.
  subroutine lose_share(pool, num_soilp, filter_soilp, share, account)
    real(r8), pointer, contiguous, intent(in) :: pool(:)  ! [g/m2] by patch
    integer, intent(in) :: num_soilp                      ! number of patches in the filter
    integer, intent(in) :: filter_soilp(:)                ! patches
    real(r8), intent(in) :: share                         ! [1] share of the pool
    real(r8), contiguous, intent(inout) :: account(:)                 ! [g/m2] by position in the filter

    integer :: fp, p
    real(r8) :: loss

    do fp = 1, num_soilp
       p = filter_soilp(fp)
       loss = merge(pool(p), share*pool(p), pool(p) < tiny_pool)
       pool(p) = pool(p) - loss
       account(fp) = account(fp) + loss
    end do
  end subroutine lose_share

  ! Burns one share of a pool and moves another to a litter account, with shares by patch.
  subroutine lose_shares(pool, num_soilp, filter_soilp, burned_share, killed_share, burned, account)
    real(r8), pointer, contiguous, intent(in) :: pool(:)  ! [g/m2] by patch
    integer, intent(in) :: num_soilp                      ! number of patches in the filter
    integer, intent(in) :: filter_soilp(:)                ! patches
    real(r8), contiguous, intent(in) :: burned_share(:)               ! [1] by position in the filter
    real(r8), contiguous, intent(in) :: killed_share(:)               ! [1] by position in the filter
    real(r8), contiguous, intent(inout) :: burned(:)                  ! [g/m2] by position in the filter
    real(r8), contiguous, intent(inout) :: account(:)                 ! [g/m2] by position in the filter

    integer :: fp, p
    real(r8) :: to_air, to_litter

    do fp = 1, num_soilp
       p = filter_soilp(fp)
       to_air = burned_share(fp)*pool(p)
       to_litter = killed_share(fp)*pool(p)
       pool(p) = pool(p) - to_air - to_litter
       burned(fp) = burned(fp) + to_air
       account(fp) = account(fp) + to_litter
    end do
  end subroutine lose_shares

end module PlantPoolsMod

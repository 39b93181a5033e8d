! Fire with a prescribed burned fraction by patch, which falls into the dry season of the year. Plant pools burn (combustion
! completeness) or die (fire mortality of what is left); litter and coarse woody debris burn with the burned fraction
! of the column. Nitrogen and phosphorus are lost in proportion.
module FireMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: nlevdecomp, i_cwd
  use elm_varcon, only: secspday, dayspyr, dzsoi_decomp
  use elm_varctl, only: spinup_state, spinup_mortality_factor
  use elm_time_manager, only: get_step_size_real
  use decompMod, only: bounds_type
  use ColumnType, only: col_pp
  use VegetationType, only: veg_pp
  use TopounitDataType, only: top_as
  use VegetationPropertiesType, only: veg_vp
  use VegetationDataType, only: veg_cf, veg_nf, veg_pf
  use ColumnDataType, only: col_cs, col_cf, col_ns, col_nf, col_ps, col_pf
  use CNDecompCascadeConType, only: decomp_cascade_con
  use elm_instMod, only: cnstate_vars
  use SpinupStateMod, only: scalar_speedup
  use PlantPoolsMod, only: organ_pool, labile_pool, nlabile, lose_shares, norgan, nelement, i_c, i_n, i_p
  use PlantPoolsMod, only: i_display, i_storage, i_xfer, i_leaf, i_froot, i_livestem, i_deadstem, i_livecroot, i_deadcroot
  use LitterInputMod, only: account, display_account, storage_account, acc_labile, process_fire
  use LitterInputMod, only: LitterInput, ApplyLitterInput
  implicit none (type, external)
  private

  public :: FireInit
  public :: Fire

  integer, parameter :: i_other = norgan + 1       ! storage, transfer and labile pools
  real(r8), parameter :: cmb_cmplt_fact(i_cwd) = [0.5_r8, 0.5_r8, 0.5_r8, 0.25_r8]  ! burned share of litter and debris

  ! shares of a pool that burn and that die in one step, dims: position in the patch filter, organ or i_other: mean of
  ! the year, and of the day
  real(r8), allocatable :: mean_burned_share(:,:), mean_killed_share(:,:)
  real(r8), allocatable :: burned_share(:,:), killed_share(:,:)
  real(r8), allocatable :: burned(:,:)             ! [g/m2] burned in this step, dims: position in the filter, element
  real(r8), allocatable :: mean_farea_burned(:), farea_burned(:)   ! [1/s] burned fraction of the column
  logical :: any_fire = .false.                    ! false where nothing ever burns

contains

  ! Shares by patch; after the parameters and the burned fractions are read.
  subroutine FireInit(bounds, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilp        ! number of patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! patches

    integer :: fp, p, c, ivt
    real(r8) :: f, rate
    real(r8) :: cc(i_other), fm(i_other)    ! combustion completeness and mortality

    if (allocated(burned_share)) deallocate(burned_share, killed_share, burned, farea_burned, mean_burned_share, &
         mean_killed_share, mean_farea_burned)
    allocate(mean_burned_share(num_soilp, i_other), mean_killed_share(num_soilp, i_other))
    allocate(burned_share(num_soilp, i_other), killed_share(num_soilp, i_other), burned(num_soilp, nelement))
    allocate(mean_farea_burned(bounds%begc:bounds%endc), source=0._r8)
    allocate(farea_burned(bounds%begc:bounds%endc), source=0._r8)
    do fp = 1, num_soilp
       p = filter_soilp(fp)
       c = veg_pp%column(p)
       ivt = veg_pp%itype(p)
       rate = cnstate_vars%fire_frac_patch(p)/(dayspyr*secspday)
       mean_farea_burned(c) = mean_farea_burned(c) + veg_pp%wtcol(p)*rate
       f = rate*get_step_size_real()
       cc = 0._r8
       fm = 0._r8
       cc(i_leaf) = veg_vp%cc_leaf(ivt);      fm(i_leaf) = veg_vp%fm_leaf(ivt)
       cc(i_livestem) = veg_vp%cc_lstem(ivt); fm(i_livestem) = veg_vp%fm_lstem(ivt)
       cc(i_deadstem) = veg_vp%cc_dstem(ivt); fm(i_deadstem) = veg_vp%fm_dstem(ivt)
       cc(i_other) = veg_vp%cc_other(ivt);    fm(i_other) = veg_vp%fm_other(ivt)
       ! roots die but do not burn
       fm(i_froot) = veg_vp%fm_root(ivt)
       fm(i_livecroot) = veg_vp%fm_lroot(ivt)
       fm(i_deadcroot) = veg_vp%fm_droot(ivt)
       mean_burned_share(fp, :) = f*cc
       mean_killed_share(fp, :) = f*(1._r8 - cc)*fm
       if (spinup_state == 1) then
          mean_burned_share(fp, i_deadstem) = mean_burned_share(fp, i_deadstem)*spinup_mortality_factor
          mean_killed_share(fp, i_deadstem) = mean_killed_share(fp, i_deadstem)*spinup_mortality_factor
          mean_killed_share(fp, i_deadcroot) = mean_killed_share(fp, i_deadcroot)*spinup_mortality_factor
       end if
    end do
    any_fire = any(mean_farea_burned > 0._r8)
  end subroutine FireInit

  subroutine Fire(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc, filter_soilc(:)  ! columns
    integer, intent(in) :: num_soilp, filter_soilp(:)  ! patches

    integer :: organ, form, e, l, fp, p, c, acc
    real(r8) :: dt

    if (.not. any_fire) return  ! every flux keeps its initial zero
    dt = get_step_size_real()
    do c = bounds%begc, bounds%endc
       farea_burned(c) = mean_farea_burned(c)*top_as%fire_season(col_pp%topounit(c))
    end do
    do organ = 1, i_other
       do fp = 1, num_soilp
          burned_share(fp, organ) = mean_burned_share(fp, organ)*top_as%fire_season(veg_pp%topounit(filter_soilp(fp)))
          killed_share(fp, organ) = mean_killed_share(fp, organ)*top_as%fire_season(veg_pp%topounit(filter_soilp(fp)))
       end do
    end do
    account = 0._r8
    burned = 0._r8
    do e = 1, nelement
       do organ = 1, norgan
          call lose_shares(organ_pool(organ, i_display, e)%a, num_soilp, filter_soilp, burned_share(:, organ), &
               killed_share(:, organ), burned(:, e), account(:, display_account(organ), e))
          acc = storage_account(organ)
          do form = i_storage, i_xfer
             call lose_shares(organ_pool(organ, form, e)%a, num_soilp, filter_soilp, burned_share(:, i_other), &
                  killed_share(:, i_other), burned(:, e), account(:, acc, e))
          end do
       end do
       do l = 1, nlabile(e)
          call lose_shares(labile_pool(l, e)%a, num_soilp, filter_soilp, burned_share(:, i_other), &
               killed_share(:, i_other), burned(:, e), account(:, acc_labile, e))
       end do
    end do
    call LitterInput(process_fire, dt, num_soilp, filter_soilp)

    do c = bounds%begc, bounds%endc
       col_cf%fire_closs_p2c(c) = 0._r8
       col_nf%fire_nloss_p2c(c) = 0._r8
       col_pf%fire_ploss_p2c(c) = 0._r8
    end do
    do fp = 1, num_soilp
       p = filter_soilp(fp)
       c = veg_pp%column(p)
       veg_cf%fire_closs(p) = burned(fp, i_c)/dt
       veg_nf%fire_nloss(p) = burned(fp, i_n)/dt
       veg_pf%fire_ploss(p) = burned(fp, i_p)/dt
       col_cf%fire_closs_p2c(c) = col_cf%fire_closs_p2c(c) + veg_pp%wtcol(p)*veg_cf%fire_closs(p)
       col_nf%fire_nloss_p2c(c) = col_nf%fire_nloss_p2c(c) + veg_pp%wtcol(p)*veg_nf%fire_nloss(p)
       col_pf%fire_ploss_p2c(c) = col_pf%fire_ploss_p2c(c) + veg_pp%wtcol(p)*veg_pf%fire_ploss(p)
    end do

    ! What burns of litter and debris was there before this fire; the fire's own litter comes after.
    call burn_decomp_pools(bounds, dt, col_cs%decomp_cpools_vr, col_cf%m_decomp_cpools_to_fire_vr, &
         col_cf%fire_decomp_closs, col_cf%fire_closs_p2c, col_cf%fire_closs)
    call burn_decomp_pools(bounds, dt, col_ns%decomp_npools_vr, col_nf%m_decomp_npools_to_fire_vr, &
         col_nf%fire_decomp_nloss, col_nf%fire_nloss_p2c, col_nf%fire_nloss)
    call burn_decomp_pools(bounds, dt, col_ps%decomp_ppools_vr, col_pf%m_decomp_ppools_to_fire_vr, &
         col_pf%fire_decomp_ploss, col_pf%fire_ploss_p2c, col_pf%fire_ploss)
    call ApplyLitterInput(process_fire, dt, bounds)
  end subroutine Fire

  ! Burns litter and coarse woody debris of one element.
  subroutine burn_decomp_pools(bounds, dt, pools, to_fire, decomp_loss, plant_loss, total_loss)
    type(bounds_type), intent(in) :: bounds
    real(r8), intent(in) :: dt                                       ! time step (s)
    real(r8), pointer, contiguous, intent(in) :: pools(:,:,:)        ! [g/m3] decomposing pools
    real(r8), pointer, contiguous, intent(in) :: to_fire(:,:,:)      ! [g/m3/s] their loss
    real(r8), pointer, contiguous, intent(in) :: decomp_loss(:)      ! [g/m2/s] their loss, vertical sum
    real(r8), pointer, contiguous, intent(in) :: plant_loss(:)       ! [g/m2/s] loss of the plants
    real(r8), pointer, contiguous, intent(in) :: total_loss(:)       ! [g/m2/s] loss of the column

    real(r8) :: share(bounds%begc:bounds%endc)    ! [1/s] of a pool that burns
    real(r8) :: speedup(bounds%begc:bounds%endc)  ! [1] of the accelerated pools beyond their factor
    integer :: l, j, c

    do c = bounds%begc, bounds%endc
       decomp_loss(c) = 0._r8
    end do
    do l = 1, i_cwd
       do c = bounds%begc, bounds%endc
          share(c) = cmb_cmplt_fact(l)*farea_burned(c)
       end do
       ! An accelerated pool holds that much less and burns that much faster.
       if (spinup_state == 1 .and. decomp_cascade_con%spinup_factor(l) > 1._r8) then
          call scalar_speedup(bounds, speedup)
          share = share*decomp_cascade_con%spinup_factor(l)*speedup
       end if
       do j = 1, nlevdecomp
          do c = bounds%begc, bounds%endc
             to_fire(c, j, l) = share(c)*pools(c, j, l)
             pools(c, j, l) = pools(c, j, l) - dt*to_fire(c, j, l)
             decomp_loss(c) = decomp_loss(c) + to_fire(c, j, l)*dzsoi_decomp(j)
          end do
       end do
    end do
    do c = bounds%begc, bounds%endc
       total_loss(c) = plant_loss(c) + decomp_loss(c)
    end do
  end subroutine burn_decomp_pools

end module FireMod

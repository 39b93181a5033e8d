! Allocation of assimilated carbon with nutrient storage in the plant. Allocation1 takes maintenance out of
! photosynthesis and states the nutrient demand of the growth that the rest would allow; after the competition with
! the soil, Allocation2 stores the uptake in npool and ppool, lets growth follow the stores and keeps the carbon that
! could not grow in cpool.
module AllocationMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: natpft_lb, natpft_ub
  use elm_varcon, only: secspday
  use elm_time_manager, only: get_step_size_real
  use decompMod, only: bounds_type
  use VegetationType, only: veg_pp
  use VegetationPropertiesType, only: veg_vp
  use VegetationDataType, only: veg_cs, veg_cf, veg_ns, veg_nf, veg_ps, veg_pf
  use ColumnDataType, only: col_nf, col_pf
  use bgc_paramsMod, only: bgc_params
  use elm_instMod, only: cnstate_vars
  use PlantPoolsMod, only: organ_pool, norgan, nelement, i_display, i_storage, i_c, i_n, i_p
  use PlantPoolsMod, only: i_leaf, i_froot, i_livestem, i_deadstem, i_livecroot, i_deadcroot
  implicit none (type, external)
  private

  public :: AllocationInit
  public :: Allocation1
  public :: Allocation2

  real(r8), parameter :: min_storage_need = 0.01_r8  ! [g/m2/yr] smallest yearly need that the stores are measured by
  real(r8), parameter :: max_store_use = 0.9_r8      ! [1] largest share of a store that one step may use
  real(r8), parameter :: retrans_share = 0.5_r8      ! [1] of the retranslocation pool that a year's growth may use

  ! [gX/gC] nutrients per carbon of an organ, dims: organ, element, plant type (carbon is 1)
  real(r8) :: per_carbon(norgan, nelement, natpft_lb:natpft_ub)
  integer :: norgan_used(natpft_lb:natpft_ub)        ! organs of the plant type: 0 bare, 2 without wood, 6 with wood

contains

  ! Constants by plant type; after the parameters are read.
  subroutine AllocationInit()
    integer :: ivt

    per_carbon = 0._r8
    norgan_used = 0
    do ivt = max(natpft_lb, 1), natpft_ub
       norgan_used(ivt) = i_froot
       per_carbon(:, i_c, ivt) = 1._r8
       per_carbon(i_leaf, i_n, ivt) = 1._r8/veg_vp%leafcn(ivt)
       per_carbon(i_leaf, i_p, ivt) = 1._r8/veg_vp%leafcp(ivt)
       per_carbon(i_froot, i_n, ivt) = 1._r8/veg_vp%frootcn(ivt)
       per_carbon(i_froot, i_p, ivt) = 1._r8/veg_vp%frootcp(ivt)
       if (veg_vp%woody(ivt) < 1._r8) cycle
       norgan_used(ivt) = norgan
       per_carbon([i_livestem, i_livecroot], i_n, ivt) = 1._r8/veg_vp%livewdcn(ivt)
       per_carbon([i_livestem, i_livecroot], i_p, ivt) = 1._r8/veg_vp%livewdcp(ivt)
       per_carbon([i_deadstem, i_deadcroot], i_n, ivt) = 1._r8/veg_vp%deadwdcn(ivt)
       per_carbon([i_deadstem, i_deadcroot], i_p, ivt) = 1._r8/veg_vp%deadwdcp(ivt)
    end do
  end subroutine AllocationInit

  ! New organ carbon per new leaf carbon (gC/gC). The stem share of trees grows with last year's NPP.
  pure subroutine organ_shares(ivt, annsum_npp, share)
    integer, intent(in) :: ivt              ! plant type
    real(r8), intent(in) :: annsum_npp      ! gC/m2/yr
    real(r8), intent(out) :: share(norgan)

    real(r8) :: stem

    share = 0._r8
    share(i_leaf) = 1._r8
    share(i_froot) = veg_vp%froot_leaf(ivt)
    if (norgan_used(ivt) < norgan) return
    stem = veg_vp%stem_leaf(ivt)
    if (stem < 0._r8) stem = max(-stem*2.7_r8/(1._r8 + exp(-0.004_r8*(annsum_npp - 300._r8))) - 0.4_r8, 0.2_r8)
    share(i_livestem) = stem*veg_vp%flivewd(ivt)
    share(i_deadstem) = stem*(1._r8 - veg_vp%flivewd(ivt))
    share(i_livecroot) = veg_vp%croot_stem(ivt)*share(i_livestem)
    share(i_deadcroot) = veg_vp%croot_stem(ivt)*share(i_deadstem)
  end subroutine organ_shares

  ! Available carbon, nutrient demand on the soil of every patch and of the columns.
  subroutine Allocation1(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc, filter_soilc(:)  ! columns
    integer, intent(in) :: num_soilp, filter_soilp(:)  ! patches

    integer :: fp, p, c, ivt, organ
    real(r8) :: dt, surplus, repay, share(norgan), gpp_share, need_n, need_p
    real(r8) :: c_allometry, n_allometry, p_allometry

    dt = get_step_size_real()
    do c = bounds%begc, bounds%endc
       col_nf%plant_ndemand(c) = 0._r8
       col_pf%plant_pdemand(c) = 0._r8
    end do
    do fp = 1, num_soilp
       p = filter_soilp(fp)
       c = veg_pp%column(p)
       ivt = veg_pp%itype(p)
       if (norgan_used(ivt) == 0) cycle

       ! a deficit is borrowed from xsmrpool and repaid before anything grows
       surplus = veg_cf%gpp(p) - veg_cf%mr(p)
       repay = surplus
       if (surplus > 0._r8) repay = max(0._r8, min(surplus, -veg_cs%xsmrpool(p)/(bgc_params%dayscrecover*secspday)))
       veg_cf%cpool_to_xsmrpool(p) = repay
       veg_cs%xsmrpool(p) = veg_cs%xsmrpool(p) + repay*dt
       veg_cf%availc(p) = surplus - repay

       call organ_shares(ivt, veg_cf%annsum_npp(p), share)
       c_allometry = 0._r8
       n_allometry = 0._r8
       p_allometry = 0._r8
       do organ = 1, norgan_used(ivt)
          c_allometry = c_allometry + share(organ)
          n_allometry = n_allometry + share(organ)*per_carbon(organ, i_n, ivt)
          p_allometry = p_allometry + share(organ)*per_carbon(organ, i_p, ivt)
       end do
       c_allometry = c_allometry*(1._r8 + veg_vp%grperc(ivt))
       cnstate_vars%c_allometry_patch(p) = c_allometry
       cnstate_vars%n_allometry_patch(p) = n_allometry
       cnstate_vars%p_allometry_patch(p) = p_allometry

       ! what was withdrawn from old leaves and wood meets the demand first
       gpp_share = 0._r8
       if (cnstate_vars%annsum_potential_gpp_patch(p) > 0._r8) then
          gpp_share = retrans_share*veg_cf%gpp(p)/cnstate_vars%annsum_potential_gpp_patch(p)
       end if
       need_n = veg_cf%availc(p)*n_allometry/c_allometry
       need_p = veg_cf%availc(p)*p_allometry/c_allometry
       veg_nf%avail_retransn(p) = min(need_n, gpp_share*cnstate_vars%annmax_retransn_patch(p), veg_ns%retransn(p)/dt)
       veg_pf%avail_retransp(p) = min(need_p, gpp_share*cnstate_vars%annmax_retransp_patch(p), veg_ps%retransp(p)/dt)
       veg_nf%plant_ndemand(p) = need_n - veg_nf%avail_retransn(p)
       veg_pf%plant_pdemand(p) = need_p - veg_pf%avail_retransp(p)
       col_nf%plant_ndemand(c) = col_nf%plant_ndemand(c) + veg_pp%wtcol(p)*veg_nf%plant_ndemand(p)
       col_pf%plant_pdemand(c) = col_pf%plant_pdemand(c) + veg_pp%wtcol(p)*veg_pf%plant_pdemand(p)
    end do
  end subroutine Allocation1

  ! Uptake, growth and the update of the pools they move.
  subroutine Allocation2(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc, filter_soilc(:)  ! columns
    integer, intent(in) :: num_soilp, filter_soilp(:)  ! patches

    integer :: fp, p, c, ivt, organ, e
    real(r8) :: dt, fpg, c_allometry, n_allometry, p_allometry, nalloc, palloc, growth, leaf
    real(r8) :: share(norgan), new_c, new_x, fcur, used(nelement)

    dt = get_step_size_real()
    do fp = 1, num_soilp
       p = filter_soilp(fp)
       c = veg_pp%column(p)
       ivt = veg_pp%itype(p)
       if (norgan_used(ivt) == 0) cycle
       c_allometry = cnstate_vars%c_allometry_patch(p)
       n_allometry = cnstate_vars%n_allometry_patch(p)
       p_allometry = cnstate_vars%p_allometry_patch(p)

       ! both elements are taken up in proportion to the scarcer one
       fpg = min(cnstate_vars%fpg_col(c), cnstate_vars%fpg_p_col(c))
       veg_nf%sminn_to_npool(p) = veg_nf%plant_ndemand(p)*fpg
       veg_pf%sminp_to_ppool(p) = veg_pf%plant_pdemand(p)*fpg
       veg_nf%retransn_to_npool(p) = veg_nf%avail_retransn(p)
       veg_pf%retransp_to_ppool(p) = veg_pf%avail_retransp(p)
       veg_ns%retransn(p) = veg_ns%retransn(p) - veg_nf%retransn_to_npool(p)*dt
       veg_ps%retransp(p) = veg_ps%retransp(p) - veg_pf%retransp_to_ppool(p)*dt
       veg_ns%npool(p) = veg_ns%npool(p) + (veg_nf%sminn_to_npool(p) + veg_nf%retransn_to_npool(p))*dt
       veg_ps%ppool(p) = veg_ps%ppool(p) + (veg_pf%sminp_to_ppool(p) + veg_pf%retransp_to_ppool(p))*dt

       ! growth is the demand times the filling of the stores, whose full size is nstor years of need
       nalloc = withdrawal(veg_nf%plant_ndemand(p) + veg_nf%avail_retransn(p), veg_ns%npool(p), &
            veg_vp%nstor(ivt)*max(veg_cf%annsum_npp(p)*n_allometry/c_allometry, min_storage_need), dt)
       palloc = withdrawal(veg_pf%plant_pdemand(p) + veg_pf%avail_retransp(p), veg_ps%ppool(p), &
            veg_vp%nstor(ivt)*max(veg_cf%annsum_npp(p)*p_allometry/c_allometry, min_storage_need), dt)
       growth = min(nalloc*c_allometry/n_allometry, palloc*c_allometry/p_allometry, veg_cf%availc(p))
       growth = max(growth, 0._r8)
       veg_cf%plant_calloc(p) = growth
       veg_cf%excess_cflux(p) = veg_cf%availc(p) - growth
       veg_cs%cpool(p) = veg_cs%cpool(p) + veg_cf%excess_cflux(p)*dt

       call organ_shares(ivt, veg_cf%annsum_npp(p), share)
       leaf = growth*dt/c_allometry
       fcur = veg_vp%fcur(ivt)
       used = 0._r8
       do organ = 1, norgan_used(ivt)
          new_c = leaf*share(organ)
          do e = 1, nelement
             new_x = new_c*per_carbon(organ, e, ivt)
             organ_pool(organ, i_display, e)%a(p) = organ_pool(organ, i_display, e)%a(p) + fcur*new_x
             organ_pool(organ, i_storage, e)%a(p) = organ_pool(organ, i_storage, e)%a(p) + (1._r8 - fcur)*new_x
             used(e) = used(e) + new_x
          end do
       end do
       veg_nf%plant_nalloc(p) = used(i_n)/dt
       veg_pf%plant_palloc(p) = used(i_p)/dt
       veg_ns%npool(p) = veg_ns%npool(p) - used(i_n)
       veg_ps%ppool(p) = veg_ps%ppool(p) - used(i_p)
       ! the growth that did not become tissue is the cost of building it
       veg_cf%gr(p) = growth - used(i_c)/dt
    end do
  end subroutine Allocation2

  ! Nutrient that growth may take from a store (g/m2/s).
  pure function withdrawal(need, store, full_store, dt) result(alloc)
    real(r8), intent(in) :: need        ! of the growth that the carbon allows (g/m2/s)
    real(r8), intent(in) :: store       ! g/m2
    real(r8), intent(in) :: full_store  ! g/m2
    real(r8), intent(in) :: dt          ! s
    real(r8) :: alloc

    alloc = min(need*min(1._r8, max(store, 0._r8)/full_store), max_store_use*max(store, 0._r8)/dt)
  end function withdrawal

end module AllocationMod

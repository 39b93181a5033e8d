! Reads the plant, decomposition and soil order parameters.
module paramsMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: numpft, nsoilorder
  use elm_varctl, only: paramfile, fsoilordercon, iulog
  use spmdMod, only: masterproc
  use abortutils, only: endrun
  use ncdio_mod, only: ncd_file_type, ncd_open, ncd_close, ncd_dim_len, ncd_has_var, ncd_get_replicated
  use VegetationPropertiesType, only: veg_vp
  use bgc_paramsMod, only: bgc_params
  use soilorder_varcon, only: smax, ks_sorption, r_weather, r_adsorp, r_desorp, r_occlude, k_s1_biochem, r_mort_soilorder
  implicit none (type, external)
  private

  public :: readParameters

contains

  ! Read all parameter files on rank 0 and hand the values to all ranks.
  subroutine readParameters()
    call read_pft_parameters()
    call read_soil_order_parameters()
  end subroutine readParameters

  subroutine read_pft_parameters()
    type(ncd_file_type) :: file
    integer :: npft

    call ncd_open(file, paramfile)
    npft = ncd_dim_len(file, 'pft')
    if (npft < numpft + 1) &
         call endrun("readParameters: '"//trim(paramfile)//"' must hold at least 17 plant types", on_all_ranks=.true.)
    call get_pft('roota_par', veg_vp%roota_par)
    call get_pft('rootb_par', veg_vp%rootb_par)
    call get_pft('rootprof_beta', veg_vp%rootprof_beta)
    call get_pft('smpso', veg_vp%smpso)
    call get_pft('smpsc', veg_vp%smpsc)
    call get_pft('c3psn', veg_vp%c3psn)
    call get_pft('slatop', veg_vp%slatop)
    call get_pft('dsladlai', veg_vp%dsladlai)
    call get_pft('flnr', veg_vp%flnr)
    call get_pft('fnr', veg_vp%fnr)
    call get_pft('act25', veg_vp%act25)
    call get_pft('qe', veg_vp%qe)
    call get_pft('woody', veg_vp%woody)
    call get_pft('evergreen', veg_vp%evergreen)
    call get_pft('season_decid', veg_vp%season_decid)
    call get_pft('stress_decid', veg_vp%stress_decid)
    call get_pft('leafcn', veg_vp%leafcn)
    call get_pft('lflitcn', veg_vp%lflitcn)
    call get_pft('frootcn', veg_vp%frootcn)
    call get_pft('livewdcn', veg_vp%livewdcn)
    call get_pft('deadwdcn', veg_vp%deadwdcn)
    call get_pft('leafcp', veg_vp%leafcp)
    call get_pft('lflitcp', veg_vp%lflitcp)
    call get_pft('frootcp', veg_vp%frootcp)
    call get_pft('livewdcp', veg_vp%livewdcp)
    call get_pft('deadwdcp', veg_vp%deadwdcp)
    call get_pft('froot_leaf', veg_vp%froot_leaf)
    call get_pft('stem_leaf', veg_vp%stem_leaf)
    call get_pft('croot_stem', veg_vp%croot_stem)
    call get_pft('flivewd', veg_vp%flivewd)
    call get_pft('fcur', veg_vp%fcur)
    call get_pft('grperc', veg_vp%grperc)
    call get_pft('grpnow', veg_vp%grpnow)
    call get_pft('lf_flab', veg_vp%lf_flab)
    call get_pft('lf_fcel', veg_vp%lf_fcel)
    call get_pft('lf_flig', veg_vp%lf_flig)
    call get_pft('fr_flab', veg_vp%fr_flab)
    call get_pft('fr_fcel', veg_vp%fr_fcel)
    call get_pft('fr_flig', veg_vp%fr_flig)
    call get_pft('leaf_long', veg_vp%leaf_long)
    call get_pft('froot_long', veg_vp%froot_long)
    call get_pft('nstor', veg_vp%nstor)
    call get_pft('br_xr', veg_vp%br_xr)
    call get_pft('cc_leaf', veg_vp%cc_leaf)
    call get_pft('cc_lstem', veg_vp%cc_lstem)
    call get_pft('cc_dstem', veg_vp%cc_dstem)
    call get_pft('cc_other', veg_vp%cc_other)
    call get_pft('fm_leaf', veg_vp%fm_leaf)
    call get_pft('fm_lstem', veg_vp%fm_lstem)
    call get_pft('fm_dstem', veg_vp%fm_dstem)
    call get_pft('fm_other', veg_vp%fm_other)
    call get_pft('fm_root', veg_vp%fm_root)
    call get_pft('fm_lroot', veg_vp%fm_lroot)
    call get_pft('fm_droot', veg_vp%fm_droot)

    call get_scalar('k_l1', bgc_params%k_l1)
    call get_scalar('k_l2', bgc_params%k_l2)
    call get_scalar('k_l3', bgc_params%k_l3)
    call get_scalar('k_s1', bgc_params%k_s1)
    call get_scalar('k_s2', bgc_params%k_s2)
    call get_scalar('k_s3', bgc_params%k_s3)
    call get_scalar('k_s4', bgc_params%k_s4)
    call get_scalar('k_frag', bgc_params%k_frag)
    call get_scalar('rf_l1s1', bgc_params%rf_l1s1)
    call get_scalar('rf_l2s2', bgc_params%rf_l2s2)
    call get_scalar('rf_l3s3', bgc_params%rf_l3s3)
    call get_scalar('rf_s1s2', bgc_params%rf_s1s2)
    call get_scalar('rf_s2s3', bgc_params%rf_s2s3)
    call get_scalar('rf_s3s4', bgc_params%rf_s3s4)
    call get_scalar('cwd_fcel', bgc_params%cwd_fcel)
    call get_scalar('cn_s1', bgc_params%cn_s1)
    call get_scalar('cn_s2', bgc_params%cn_s2)
    call get_scalar('cn_s3', bgc_params%cn_s3)
    call get_scalar('cn_s4', bgc_params%cn_s4)
    call get_scalar('np_s1_new', bgc_params%np_s1_new)
    call get_scalar('np_s2_new', bgc_params%np_s2_new)
    call get_scalar('np_s3_new', bgc_params%np_s3_new)
    call get_scalar('np_s4_new', bgc_params%np_s4_new)
    call get_scalar('q10_hr', bgc_params%q10_hr)
    call get_scalar('froz_q10', bgc_params%froz_q10)
    call get_scalar('minpsi_hr', bgc_params%minpsi_hr)
    call get_scalar('decomp_depth_efolding', bgc_params%decomp_depth_efolding)
    call get_scalar('br_mr', bgc_params%br_mr)
    call get_scalar('q10_mr', bgc_params%q10_mr)
    call get_scalar('dayscrecover', bgc_params%dayscrecover)
    call get_scalar('r_mort', bgc_params%r_mort)
    call get_scalar('k_nitr_max', bgc_params%k_nitr_max)
    call get_scalar('sf_no3', bgc_params%sf_no3)
    call get_scalar('depth_runoff_Nloss', bgc_params%depth_runoff_Nloss)
    call get_scalar('fstor2tran', bgc_params%fstor2tran)
    call get_scalar('crit_dayl', bgc_params%crit_dayl)
    call get_scalar('ndays_on', bgc_params%ndays_on)
    call get_scalar('ndays_off', bgc_params%ndays_off)
    call get_scalar('crit_onset_fdd', bgc_params%crit_onset_fdd)
    call get_scalar('crit_onset_swi', bgc_params%crit_onset_swi)
    call get_scalar('soilpsi_on', bgc_params%soilpsi_on)
    call get_scalar('crit_offset_fdd', bgc_params%crit_offset_fdd)
    call get_scalar('crit_offset_swi', bgc_params%crit_offset_swi)
    call get_scalar('soilpsi_off', bgc_params%soilpsi_off)
    call get_scalar('crit_dayl_stress', bgc_params%crit_dayl_stress)
    call get_scalar('cumprec_onset', bgc_params%cumprec_onset)
    call get_scalar('lwtop_ann', bgc_params%lwtop_ann)
    call ncd_close(file)
    call require_positive('leafcn', veg_vp%leafcn)
    call require_positive('lflitcn', veg_vp%lflitcn)
    call require_positive('frootcn', veg_vp%frootcn)
    call require_positive('leafcp', veg_vp%leafcp)
    call require_positive('lflitcp', veg_vp%lflitcp)
    call require_positive('frootcp', veg_vp%frootcp)
    call require_positive('slatop', veg_vp%slatop)
    call require_positive('leaf_long', veg_vp%leaf_long)
    call require_positive('froot_long', veg_vp%froot_long)

  contains

    ! Of every plant type; type 0 is bare ground.
    subroutine require_positive(name, values)
      character(len=*), intent(in) :: name
      real(r8), intent(in) :: values(0:numpft)

      integer :: m
      character(len=512) :: msg

      do m = 1, numpft
         if (values(m) > 0._r8) cycle
         write(msg, '(5a,i0,a,g0.6,a)') "readParameters: '", name, "' of '", trim(paramfile), "' for plant type ", m, ' is ', &
              values(m), '; it must be positive'
         call endrun(msg, on_all_ranks=.true.)
      end do
    end subroutine require_positive

    subroutine get_pft(name, values)
      character(len=*), intent(in) :: name
      real(r8), intent(inout) :: values(0:numpft)

      real(r8) :: all_types(npft)

      call ncd_get_replicated(file, name, all_types)
      values = all_types(1:numpft+1)
    end subroutine get_pft

    ! A scalar that the file lacks keeps ELM's value.
    subroutine get_scalar(name, value)
      character(len=*), intent(in) :: name
      real(r8), intent(inout) :: value

      if (ncd_has_var(file, name)) then
         call ncd_get_replicated(file, name, value)
      else if (masterproc) then
         write(iulog, '(a,g0.6,a)') " '"//trim(paramfile)//"' has no "//name//': ', value, ' is used'
      end if
    end subroutine get_scalar

  end subroutine read_pft_parameters

  subroutine read_soil_order_parameters()
    type(ncd_file_type) :: file

    call ncd_open(file, fsoilordercon)
    if (ncd_dim_len(file, 'soilorder') /= nsoilorder + 1) &
         call endrun("readParameters: '"//trim(fsoilordercon)//"' must hold 16 soil orders", on_all_ranks=.true.)
    call ncd_get_replicated(file, 'smax', smax)
    call ncd_get_replicated(file, 'ks_sorption', ks_sorption)
    call ncd_get_replicated(file, 'r_weather', r_weather)
    call ncd_get_replicated(file, 'r_adsorp', r_adsorp)
    call ncd_get_replicated(file, 'r_desorp', r_desorp)
    call ncd_get_replicated(file, 'r_occlude', r_occlude)
    call ncd_get_replicated(file, 'k_s1_biochem', k_s1_biochem)
    call ncd_get_replicated(file, 'r_mort_soilorder', r_mort_soilorder)
    call ncd_close(file)
  end subroutine read_soil_order_parameters

end module paramsMod

! Scalar parameters of the biogeochemistry under the names of the parameter file; the values here are ELM's and hold where
! the file has no such variable.
module bgc_paramsMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  implicit none (type, external)
  private

  type, public :: bgc_params_type
     real(r8) :: k_l1 = 1.20397280432594_r8  ! [1/d] rate of metabolic litter
     real(r8) :: k_l2 = 0.0725706928348355_r8  ! [1/d] rate of cellulose litter
     real(r8) :: k_l3 = 0.0140989243795016_r8  ! [1/d] rate of lignin litter
     real(r8) :: k_s1 = 0.0725706928348355_r8  ! [1/d] rate of the first soil pool
     real(r8) :: k_s2 = 0.0140989243795016_r8  ! [1/d] rate of the second soil pool
     real(r8) :: k_s3 = 0.0014009809156281_r8  ! [1/d] rate of the third soil pool
     real(r8) :: k_s4 = 0.000100005000333347_r8  ! [1/d] rate of the fourth soil pool
     real(r8) :: k_frag = 0.00100050033358353_r8  ! [1/d] fragmentation rate of coarse woody debris
     real(r8) :: rf_l1s1 = 0.39_r8  ! [1] respired fraction, metabolic litter to soil 1
     real(r8) :: rf_l2s2 = 0.55_r8  ! [1] respired fraction, cellulose litter to soil 2
     real(r8) :: rf_l3s3 = 0.29_r8  ! [1] respired fraction, lignin litter to soil 3
     real(r8) :: rf_s1s2 = 0.28_r8  ! [1] respired fraction, soil 1 to 2
     real(r8) :: rf_s2s3 = 0.46_r8  ! [1] respired fraction, soil 2 to 3
     real(r8) :: rf_s3s4 = 0.55_r8  ! [1] respired fraction, soil 3 to 4
     real(r8) :: cwd_fcel = 0.76_r8  ! [1] share of woody debris that becomes cellulose litter
     real(r8) :: cn_s1 = 12.0_r8  ! [gC/gN] C:N of soil 1
     real(r8) :: cn_s2 = 12.0_r8  ! [gC/gN] C:N of soil 2
     real(r8) :: cn_s3 = 10.0_r8  ! [gC/gN] C:N of soil 3
     real(r8) :: cn_s4 = 10.0_r8  ! [gC/gN] C:N of soil 4
     real(r8) :: np_s1_new = 30.0_r8  ! [gN/gP] N:P of new soil 1
     real(r8) :: np_s2_new = 30.0_r8  ! [gN/gP] N:P of new soil 2
     real(r8) :: np_s3_new = 50.0_r8  ! [gN/gP] N:P of new soil 3
     real(r8) :: np_s4_new = 50.0_r8  ! [gN/gP] N:P of new soil 4
     real(r8) :: q10_hr = 1.5_r8  ! [1] Q10 of decomposition
     real(r8) :: froz_q10 = 1.5_r8  ! [1] Q10 of decomposition in frozen soil
     real(r8) :: minpsi_hr = -10.0_r8  ! [MPa] water potential where decomposition stops
     real(r8) :: decomp_depth_efolding = 0.33_r8  ! [m] e-folding depth of decomposition
     real(r8) :: br_mr = 2.525e-06_r8  ! [gC/gN/s] base rate of maintenance respiration
     real(r8) :: q10_mr = 1.5_r8  ! [1] Q10 of maintenance respiration
     real(r8) :: dayscrecover = 30.0_r8  ! [d] time to repay the respiration debt
     real(r8) :: r_mort = 0.02_r8  ! [1/yr] plant mortality
     real(r8) :: k_nitr_max = 1.1574074e-06_r8  ! [1/s] nitrification rate
     real(r8) :: sf_no3 = 1.0_r8  ! [1] soluble fraction of nitrate
     real(r8) :: depth_runoff_Nloss = 0.05_r8  ! [m] depth of nitrate loss with surface runoff
     real(r8) :: fstor2tran = 0.5_r8  ! [1] fraction of storage moved to transfer
     real(r8) :: crit_dayl = 39300.0_r8  ! [s] day length that starts the seasonal offset
     real(r8) :: ndays_on = 30.0_r8  ! [d] length of the onset season
     real(r8) :: ndays_off = 15.0_r8  ! [d] length of the offset season
     real(r8) :: crit_onset_fdd = 15.0_r8  ! [d] freezing days that need a warm onset
     real(r8) :: crit_onset_swi = 15.0_r8  ! [d] wet days of the stress onset
     real(r8) :: soilpsi_on = -2.0_r8  ! [MPa] water potential of the stress onset
     real(r8) :: crit_offset_fdd = 15.0_r8  ! [d] freezing days of the stress offset
     real(r8) :: crit_offset_swi = 15.0_r8  ! [d] dry days of the stress offset
     real(r8) :: soilpsi_off = -2.0_r8  ! [MPa] water potential of the stress offset
     real(r8) :: crit_dayl_stress = 36000.0_r8  ! [s] day length below which stress deciduous plants rest
     real(r8) :: cumprec_onset = 20.0_r8  ! [mm] rain of ten days that the stress onset needs
     real(r8) :: lwtop_ann = 0.7_r8  ! [1/yr] turnover of live wood
  end type bgc_params_type

  type(bgc_params_type), public, target :: bgc_params

end module bgc_paramsMod

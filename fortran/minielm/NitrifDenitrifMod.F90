! Potential nitrification and denitrification. The competition for mineral N decides how much of them happens.
module NitrifDenitrifMod
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type
  use elm_varpar, only: nlevdecomp
  use elm_varcon, only: secspday, denh2o
  use elm_time_manager, only: get_step_size_real
  use bgc_paramsMod, only: bgc_params
  use ColumnDataType, only: col_ns, col_cf, col_nf, col_ws
  use elm_instMod, only: soilstate_vars
  implicit none (type, external)
  private

  public :: nitrif_denitrif

  ! share of nitrified N that leaves as N2O
  real(r8), parameter, public :: nitrif_n2o_loss_frac = 6.e-4_r8

  real(r8), parameter :: ph_factor = 0.92_r8   ! nitrification at the pH of 6.5 that ELM assumes everywhere
  real(r8), parameter :: resp_coef = 0.1_r8    ! denitrification 0.1 R^1.3, limited by carbon (ug/g soil/day)
  real(r8), parameter :: resp_exp = 1.3_r8
  real(r8), parameter :: no3_coef = 1.15_r8    ! denitrification 1.15 NO3^0.57, limited by nitrate (ug/g soil/day)
  real(r8), parameter :: no3_exp = 0.57_r8

contains

  ! Sets pot_f_nit_vr and pot_f_denit_vr.
  subroutine nitrif_denitrif(bounds, num_soilc, filter_soilc, num_soilp, filter_soilp)
    type(bounds_type), intent(in) :: bounds
    integer, intent(in) :: num_soilc        ! number of soil columns in the filter
    integer, intent(in) :: filter_soilc(:)  ! filter for soil columns
    integer, intent(in) :: num_soilp        ! number of soil patches in the filter
    integer, intent(in) :: filter_soilp(:)  ! filter for soil patches

    real(r8) :: dt, k_nit, anaerobic, to_ug, soil_mass, by_carbon, by_nitrate
    integer :: c, j

    dt = get_step_size_real()

    associate( &
         nh4 => col_ns%smin_nh4_vr, &              ! Input:  [real(r8) (:,:)] (gN/m3)
         no3 => col_ns%smin_no3_vr, &              ! Input:  [real(r8) (:,:)] (gN/m3)
         phr_vr => col_cf%phr_vr, &                ! Input:  [real(r8) (:,:)] (gC/m3/s) potential respiration
         t_scalar => col_cf%t_scalar, &            ! Input:  [real(r8) (:,:)] (1)
         w_scalar => col_cf%w_scalar, &            ! Input:  [real(r8) (:,:)] (1)
         o_scalar => col_cf%o_scalar, &            ! Input:  [real(r8) (:,:)] (1) 1 - anaerobic fraction
         h2osoi_vol => col_ws%h2osoi_vol, &        ! Input:  [real(r8) (:,:)] (m3/m3)
         bd => soilstate_vars%bd_col, &            ! Input:  [real(r8) (:,:)] (kg/m3)
         pot_nit => col_nf%pot_f_nit_vr, &         ! Output: [real(r8) (:,:)] (gN/m3/s)
         pot_denit => col_nf%pot_f_denit_vr)       ! Output: [real(r8) (:,:)] (gN/m3/s)

      do j = 1, nlevdecomp
         !GCC$ novector
         do c = bounds%begc, bounds%endc
            anaerobic = 1._r8 - o_scalar(c,j)
            k_nit = bgc_params%k_nitr_max*min(t_scalar(c,j), 1._r8)*w_scalar(c,j)*ph_factor*o_scalar(c,j)
            pot_nit(c,j) = nh4(c,j)*(1._r8 - exp(-k_nit*dt))/dt
            pot_denit(c,j) = 0._r8
            if (anaerobic > 0._r8 .and. no3(c,j) > 0._r8 .and. phr_vr(c,j) > 0._r8) then
               soil_mass = bd(c,j) + denh2o*h2osoi_vol(c,j)     ! kg/m3, wet
               to_ug = 1000._r8/soil_mass                       ! g/m3 to ug/g
               by_carbon = resp_coef*(phr_vr(c,j)*secspday*to_ug)**resp_exp
               by_nitrate = no3_coef*(no3(c,j)*to_ug)**no3_exp
               pot_denit(c,j) = anaerobic*min(by_carbon, by_nitrate)/(to_ug*secspday)
            end if
         end do
      end do
    end associate
  end subroutine nitrif_denitrif

end module NitrifDenitrifMod

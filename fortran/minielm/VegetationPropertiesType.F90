! Parameters of the plant functional types under the names of the parameter file. Index is the plant type (0 is bare
! ground).
module VegetationPropertiesType
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: numpft
  implicit none (type, external)
  private

  type, public :: vegetation_properties_type
     real(r8) :: roota_par(0:numpft) = 0._r8  ! [1/m] rooting distribution
     real(r8) :: rootb_par(0:numpft) = 0._r8  ! [1/m] rooting distribution
     real(r8) :: rootprof_beta(0:numpft) = 0._r8  ! [1] rooting profile of the litter inputs
     real(r8) :: smpso(0:numpft) = 0._r8  ! [mm] soil water potential at full stomatal opening
     real(r8) :: smpsc(0:numpft) = 0._r8  ! [mm] soil water potential at full stomatal closure
     real(r8) :: c3psn(0:numpft) = 0._r8  ! [1] photosynthetic pathway, 1 is C3 and 0 is C4
     real(r8) :: slatop(0:numpft) = 0._r8  ! [m2/gC] specific leaf area at the top of the canopy
     real(r8) :: dsladlai(0:numpft) = 0._r8  ! [m2/gC] change of specific leaf area with leaf area
     real(r8) :: flnr(0:numpft) = 0._r8  ! [gN/gN] fraction of leaf nitrogen in Rubisco
     real(r8) :: fnr(0:numpft) = 0._r8  ! [1] mass ratio of Rubisco to its nitrogen
     real(r8) :: act25(0:numpft) = 0._r8  ! [umol/mg/min] specific activity of Rubisco at 25 C
     real(r8) :: qe(0:numpft) = 0._r8  ! [mol/mol] quantum efficiency
     real(r8) :: woody(0:numpft) = 0._r8  ! [1] 0 is not woody, 1 tree, 2 shrub
     real(r8) :: evergreen(0:numpft) = 0._r8  ! [1] evergreen leaf habit
     real(r8) :: season_decid(0:numpft) = 0._r8  ! [1] seasonal deciduous leaf habit
     real(r8) :: stress_decid(0:numpft) = 0._r8  ! [1] stress deciduous leaf habit
     real(r8) :: leafcn(0:numpft) = 0._r8  ! [gC/gN] leaf C:N
     real(r8) :: lflitcn(0:numpft) = 0._r8  ! [gC/gN] leaf litter C:N
     real(r8) :: frootcn(0:numpft) = 0._r8  ! [gC/gN] fine root C:N
     real(r8) :: livewdcn(0:numpft) = 0._r8  ! [gC/gN] live wood C:N
     real(r8) :: deadwdcn(0:numpft) = 0._r8  ! [gC/gN] dead wood C:N
     real(r8) :: leafcp(0:numpft) = 0._r8  ! [gC/gP] leaf C:P
     real(r8) :: lflitcp(0:numpft) = 0._r8  ! [gC/gP] leaf litter C:P
     real(r8) :: frootcp(0:numpft) = 0._r8  ! [gC/gP] fine root C:P
     real(r8) :: livewdcp(0:numpft) = 0._r8  ! [gC/gP] live wood C:P
     real(r8) :: deadwdcp(0:numpft) = 0._r8  ! [gC/gP] dead wood C:P
     real(r8) :: froot_leaf(0:numpft) = 0._r8  ! [gC/gC] new fine root per new leaf
     real(r8) :: stem_leaf(0:numpft) = 0._r8  ! [gC/gC] new stem per new leaf; negative is dynamic
     real(r8) :: croot_stem(0:numpft) = 0._r8  ! [gC/gC] new coarse root per new stem
     real(r8) :: flivewd(0:numpft) = 0._r8  ! [1] live fraction of new wood
     real(r8) :: fcur(0:numpft) = 0._r8  ! [1] fraction of the growth that is displayed at once
     real(r8) :: grperc(0:numpft) = 0._r8  ! [1] growth respiration per growth
     real(r8) :: grpnow(0:numpft) = 0._r8  ! [1] fraction of growth respiration paid at once
     real(r8) :: lf_flab(0:numpft) = 0._r8  ! [1] labile fraction of leaf litter
     real(r8) :: lf_fcel(0:numpft) = 0._r8  ! [1] cellulose fraction of leaf litter
     real(r8) :: lf_flig(0:numpft) = 0._r8  ! [1] lignin fraction of leaf litter
     real(r8) :: fr_flab(0:numpft) = 0._r8  ! [1] labile fraction of root litter
     real(r8) :: fr_fcel(0:numpft) = 0._r8  ! [1] cellulose fraction of root litter
     real(r8) :: fr_flig(0:numpft) = 0._r8  ! [1] lignin fraction of root litter
     real(r8) :: leaf_long(0:numpft) = 0._r8  ! [yr] leaf longevity
     real(r8) :: froot_long(0:numpft) = 0._r8  ! [yr] fine root longevity
     real(r8) :: nstor(0:numpft) = 0._r8  ! [yr] nutrient storage time
     real(r8) :: br_xr(0:numpft) = 0._r8  ! [1/s] base rate of the respiration of excess carbon
     real(r8) :: cc_leaf(0:numpft) = 0._r8  ! [1] burned fraction of leaves
     real(r8) :: cc_lstem(0:numpft) = 0._r8  ! [1] burned fraction of live stems
     real(r8) :: cc_dstem(0:numpft) = 0._r8  ! [1] burned fraction of dead stems
     real(r8) :: cc_other(0:numpft) = 0._r8  ! [1] burned fraction of the other pools
     real(r8) :: fm_leaf(0:numpft) = 0._r8  ! [1] fire mortality of leaves
     real(r8) :: fm_lstem(0:numpft) = 0._r8  ! [1] fire mortality of live stems
     real(r8) :: fm_dstem(0:numpft) = 0._r8  ! [1] fire mortality of dead stems
     real(r8) :: fm_other(0:numpft) = 0._r8  ! [1] fire mortality of the other pools
     real(r8) :: fm_root(0:numpft) = 0._r8  ! [1] fire mortality of fine roots
     real(r8) :: fm_lroot(0:numpft) = 0._r8  ! [1] fire mortality of live coarse roots
     real(r8) :: fm_droot(0:numpft) = 0._r8  ! [1] fire mortality of dead coarse roots
  end type vegetation_properties_type

  type(vegetation_properties_type), public, target :: veg_vp

end module VegetationPropertiesType

! Sizes of the model. The decomposition pools and the layers are those of ELM's CTC cascade with vertical soil.
module elm_varpar
  implicit none (type, external)
  private

  integer, parameter, public :: nlevgrnd = 15         ! ground layers
  integer, parameter, public :: nlevsoi = 10          ! hydrologically active layers
  integer, parameter, public :: nlevdecomp = 10       ! biogeochemically active layers
  integer, parameter, public :: nlevdecomp_full = nlevgrnd  ! layers of the biogeochemical arrays

  integer, parameter, public :: ndecomp_pools = 8
  integer, parameter, public :: ndecomp_cascade_transitions = 9
  integer, parameter, public :: i_met_lit = 1         ! pool index of metabolic litter
  integer, parameter, public :: i_cel_lit = 2         ! pool index of cellulose litter
  integer, parameter, public :: i_lig_lit = 3         ! pool index of lignin litter
  integer, parameter, public :: i_cwd = 4             ! pool index of coarse woody debris
  integer, parameter, public :: i_soil1 = 5           ! pool index of the first soil pool

  integer, parameter, public :: numpft = 16           ! plant functional types besides bare ground
  integer, parameter, public :: natpft_lb = 0         ! first natural type (bare ground)
  integer, parameter, public :: natpft_ub = numpft    ! last natural type
  integer, parameter, public :: natpft_size = natpft_ub - natpft_lb + 1
  integer, parameter, public :: nsoilorder = 15       ! soil orders of the parameter file, besides order 0

end module elm_varpar

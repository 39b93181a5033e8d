! Constants of the decomposition cascade, with the member names of ELM.
module CNDecompCascadeConType
  use shr_kind_mod, only: r8 => shr_kind_r8
  use elm_varpar, only: ndecomp_pools, ndecomp_cascade_transitions
  implicit none (type, external)
  private

  ! Pools l in 1:ndecomp_pools (receiver 0 is the atmosphere), transitions k in 1:ndecomp_cascade_transitions.
  type, public :: decomp_cascade_type
     character(len=8) :: cascade_step_name(ndecomp_cascade_transitions) = ' '      ! name of the transition
     integer :: cascade_donor_pool(ndecomp_cascade_transitions) = 0                ! pool that loses carbon
     integer :: cascade_receiver_pool(ndecomp_cascade_transitions) = 0             ! pool that gains it, 0 is none
     character(len=8) :: decomp_pool_name_restart(0:ndecomp_pools) = ' '           ! litr1, cwd, soil1, ...
     character(len=8) :: decomp_pool_name_history(0:ndecomp_pools) = ' '           ! LITR1, CWD, SOIL1, ...
     character(len=24) :: decomp_pool_name_long(0:ndecomp_pools) = ' '
     logical :: floating_cn_ratio_decomp_pools(0:ndecomp_pools) = .false.          ! C:N is free
     logical :: floating_cp_ratio_decomp_pools(0:ndecomp_pools) = .false.          ! C:P is free
     logical :: is_litter(0:ndecomp_pools) = .false.
     logical :: is_soil(0:ndecomp_pools) = .false.
     logical :: is_cwd(0:ndecomp_pools) = .false.
     real(r8) :: initial_cn_ratio(0:ndecomp_pools) = 0._r8                         ! [gC/gN] of the cold start
     real(r8) :: initial_cp_ratio(0:ndecomp_pools) = 0._r8                         ! [gC/gP] of the cold start
     real(r8) :: initial_stock(0:ndecomp_pools) = 0._r8                            ! [gC/m3] of the cold start
     real(r8) :: spinup_factor(0:ndecomp_pools) = 1._r8                            ! [1] acceleration of the pool
     real(r8) :: decomp_k_pools(0:ndecomp_pools) = 0._r8                           ! [1/s] rate at 25 C, no limits
  end type decomp_cascade_type

  type(decomp_cascade_type), public, target :: decomp_cascade_con

end module CNDecompCascadeConType

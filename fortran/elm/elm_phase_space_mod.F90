module elm_phase_space_mod
  !! An accelerated run (spinup_state = 1) turns its slow pools over faster by a factor, keeps them smaller
  !! by that factor, and ELM multiplies them by it when it leaves the mode. The plugin and the surrogate know
  !! pools at their normal size only: this module keeps normal-size mirrors of the accelerated pools, which
  !! are registered in their place, filled before the plugin looks and written back after a jump.
  !! Fluxes need no conversion: the rate is larger by the factor by which the pool is smaller.
  use CNDecompCascadeConType, only: decomp_cascade_con
  use ColumnDataType, only: col_cs, col_ns, col_ps
  use elm_instMod, only: cnstate_vars
  use elm_varctl, only: spinup_state, spinup_mortality_factor
  use elm_varpar, only: nlevdecomp, nlevdecomp_full, ndecomp_pools
  use phase_spinup_mod, only: phase_domain_type, phase_state_type
  use shr_kind_mod, only: r8 => shr_kind_r8
  use VegetationDataType, only: veg_cs, veg_ns, veg_ps
  implicit none
  private

  public :: elm_phase_space_init, elm_phase_space_refresh, elm_phase_space_write_back, elm_phase_space_hold, &
    elm_phase_space_save, elm_phase_space_load, elm_phase_normal_layers, elm_phase_normal_wood

  !> ELM divides the factor by scalaravg_col from this model year on, and gathers scalaravg_col until then
  integer, parameter, public :: scalar_year = 40
  !> before this model year ELM sets scalaravg_col to zero in every step: no exit is possible
  integer, parameter, public :: scalar_start_year = 20
  !> ELM takes a smaller scalar for none at all
  real(r8), parameter :: least_scalar = 1.e-3_r8
  integer, parameter :: scalar_layer = 4
  character(len=*), parameter :: held_name = 'scalaravg_held'

  type :: layered_pool_type
    integer :: pool = 0                        !! decomposing pool, gives the factor
    real(r8), pointer :: host(:, :) => null()  !! (column, layer) ELM's array, first column of the process first
    real(r8), allocatable :: normal(:, :)      !! its size in normal mode
  end type layered_pool_type

  type :: wood_pool_type
    real(r8), pointer :: host(:) => null()     !! (patch) ELM's array, first patch of the process first
    real(r8), allocatable :: normal(:)
  end type wood_pool_type

  logical :: accelerated = .false.
  logical :: held = .false.  ! a jump was made before scalar_year: scalaravg_col is kept at one
  integer :: year = 0        ! of the latest refresh
  type(phase_domain_type) :: domain
  type(layered_pool_type), allocatable, target :: layered(:)
  type(wood_pool_type), allocatable, target :: wood(:)

contains

  subroutine elm_phase_space_init(handled)
    !! Find the accelerated pools. In a normal run there are none, and nothing is kept.
    type(phase_domain_type), intent(in) :: handled  !! columns and patches of the plugin
    integer :: l, n

    accelerated = spinup_state == 1
    held = .false.
    domain = handled
    if (allocated(layered)) deallocate (layered)
    if (allocated(wood)) deallocate (wood)
    n = 0
    if (accelerated) n = count(decomp_cascade_con%spinup_factor(1:ndecomp_pools) > 1._r8)
    allocate (layered(3*n))
    allocate (wood(merge(6, 0, accelerated .and. spinup_mortality_factor /= 1._r8)))
    n = 0
    if (size(layered) > 0) then
      do l = 1, ndecomp_pools
        if (.not. decomp_cascade_con%spinup_factor(l) > 1._r8) cycle
        call mirror_layers(layered(n + 1), l, col_cs%decomp_cpools_vr(:, :, l))
        call mirror_layers(layered(n + 2), l, col_ns%decomp_npools_vr(:, :, l))
        call mirror_layers(layered(n + 3), l, col_ps%decomp_ppools_vr(:, :, l))
        n = n + 3
      end do
    end if
    if (size(wood) > 0) then
      call mirror_wood(wood(1), veg_cs%deadstemc)
      call mirror_wood(wood(2), veg_ns%deadstemn)
      call mirror_wood(wood(3), veg_ps%deadstemp)
      call mirror_wood(wood(4), veg_cs%deadcrootc)
      call mirror_wood(wood(5), veg_ns%deadcrootn)
      call mirror_wood(wood(6), veg_ps%deadcrootp)
    end if
  end subroutine elm_phase_space_init

  subroutine mirror_layers(mirror, pool, host)
    type(layered_pool_type), intent(inout) :: mirror
    integer, intent(in) :: pool
    real(r8), intent(in), target :: host(:, :) !! (column, layer)
    mirror%pool = pool
    mirror%host => host
    allocate (mirror%normal(size(host, 1), size(host, 2)), source=0._r8)
  end subroutine mirror_layers

  subroutine mirror_wood(mirror, host)
    type(wood_pool_type), intent(inout) :: mirror
    real(r8), intent(in), target :: host(:)   !! (patch)
    mirror%host => host
    allocate (mirror%normal(size(host)), source=0._r8)
  end subroutine mirror_wood

  function elm_phase_normal_layers(host) result(array)
    !! The mirror of a layered pool, or the pool itself where it has none.
    real(r8), intent(in), target :: host(:, :)
    real(r8), pointer :: array(:, :)
    integer :: k
    array => host
    if (.not. allocated(layered)) return
    do k = 1, size(layered)
      if (associated(layered(k)%host, host)) array => layered(k)%normal
    end do
  end function elm_phase_normal_layers

  function elm_phase_normal_wood(host) result(array)
    !! The mirror of a patch pool, or the pool itself where it has none.
    real(r8), intent(in), target :: host(:)
    real(r8), pointer :: array(:)
    integer :: k
    array => host
    if (.not. allocated(wood)) return
    do k = 1, size(wood)
      if (associated(wood(k)%host, host)) array => wood(k)%normal
    end do
  end function elm_phase_normal_wood

  subroutine elm_phase_space_refresh(model_year)
    !! Fill the mirrors, of the plugin's columns and patches only: elsewhere ELM keeps no numbers.
    integer, intent(in), optional :: model_year  !! of the present moment, between two steps; absent: as before
    integer :: i, j, k, p

    if (.not. accelerated) return
    if (present(model_year)) year = model_year
    do k = 1, size(layered)
      do j = 1, nlevdecomp
        do i = 1, domain%ncol
          associate (c => domain%col(i))
            layered(k)%normal(c, j) = layered(k)%host(c, j)*layer_factor(layered(k)%pool, c, j)
          end associate
        end do
      end do
    end do
    do k = 1, size(wood)
      do i = 1, domain%ncol
        do j = 1, domain%npft
          p = domain%patch(j, i)
          if (p > 0) wood(k)%normal(p) = wood(k)%host(p)*spinup_mortality_factor
        end do
      end do
    end do
  end subroutine elm_phase_space_refresh

  subroutine elm_phase_space_write_back(applied)
    !! After a jump: the mirrors of the written columns to ELM's own arrays. A jump before scalar_year was made
    !! without scalaravg_col, so an exit must do without it as well: from here on it is kept at one.
    logical, intent(in) :: applied(:) !! (ncol)
    integer :: i, j, k, p

    if (.not. accelerated) return
    if (year < scalar_year) held = .true.
    do k = 1, size(layered)
      do j = 1, nlevdecomp
        do i = 1, domain%ncol
          if (.not. applied(i)) cycle
          associate (c => domain%col(i))
            layered(k)%host(c, j) = layered(k)%normal(c, j)/layer_factor(layered(k)%pool, c, j)
          end associate
        end do
      end do
    end do
    do k = 1, size(wood)
      do i = 1, domain%ncol
        if (.not. applied(i)) cycle
        do j = 1, domain%npft
          p = domain%patch(j, i)
          if (p > 0) wood(k)%host(p) = wood(k)%normal(p)/spinup_mortality_factor
        end do
      end do
    end do
    call elm_phase_space_hold()
  end subroutine elm_phase_space_write_back

  subroutine elm_phase_space_hold()
    !! Every step: ELM goes on gathering scalaravg_col.
    integer :: i, begc
    if (.not. held) return
    begc = lbound(cnstate_vars%scalaravg_col, 1)
    do i = 1, domain%ncol
      cnstate_vars%scalaravg_col(begc + domain%col(i) - 1, 1:nlevdecomp_full) = 1._r8
    end do
  end subroutine elm_phase_space_hold

  real(r8) function layer_factor(pool, position, j) result(factor)
    !! Normal size over accelerated size, as ELM's exit has it.
    integer, intent(in) :: pool
    integer, intent(in) :: position !! of the column, from 1
    integer, intent(in) :: j        !! layer
    integer :: c

    factor = decomp_cascade_con%spinup_factor(pool)
    if (held .or. year < scalar_year) return
    c = lbound(cnstate_vars%scalaravg_col, 1) + position - 1
    if (cnstate_vars%scalaravg_col(c, scalar_layer) < least_scalar) return
    factor = factor/cnstate_vars%scalaravg_col(c, j)
  end function layer_factor

  subroutine elm_phase_space_save(state)
    type(phase_state_type), intent(inout) :: state
    if (accelerated) call state%put(held_name, reshape([merge(1._r8, 0._r8, held)], [1, 1]), .false.)
  end subroutine elm_phase_space_save

  subroutine elm_phase_space_load(state)
    type(phase_state_type), intent(in) :: state
    integer :: k
    k = state%find(held_name)
    if (accelerated .and. k > 0) held = state%items(k)%values(1, 1) > 0.5_r8
  end subroutine elm_phase_space_load

end module elm_phase_space_mod

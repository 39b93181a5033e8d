module phase_ledger_mod
  !! A jump is not a flux: what it adds or takes of carbon, nitrogen and phosphorus is written down.
  !! Four columns of figures: before, expected (before plus what the predictions say), written (the
  !! host's arrays after the scatter) and after (after the host's own rules). Written and expected
  !! have to agree to round-off; their largest difference is the error of the scatter.
  use phase_domain_mod, only: phase_domain_type
  use phase_finite_mod, only: is_finite
  use phase_kinds_mod, only: r8
  use phase_parallel_mod, only: phase_parallel_type
  use phase_stock_mod, only: n_elements
  implicit none (type, external)
  private

  public :: phase_ledger_type

  type :: phase_ledger_type
    integer :: year = 0
    real(r8), allocatable :: before(:, :)    !! (element, ncol) g/m2
    real(r8), allocatable :: expected(:, :)  !! (element, ncol) g/m2
    real(r8), allocatable :: written(:, :)   !! (element, ncol) g/m2
    real(r8), allocatable :: after(:, :)     !! (element, ncol) g/m2
    ! of all columns, on rank 0
    real(r8) :: before_pg(n_elements) = 0.0_r8, written_pg(n_elements) = 0.0_r8, after_pg(n_elements) = 0.0_r8
    real(r8) :: before_gm2(n_elements) = 0.0_r8, written_gm2(n_elements) = 0.0_r8, after_gm2(n_elements) = 0.0_r8
    real(r8) :: max_change(n_elements) = 0.0_r8   !! largest |after - before| of a column (g/m2)
    integer :: max_change_gid(n_elements) = 0
    real(r8) :: max_error(n_elements) = 0.0_r8    !! largest |written - expected| of a column (g/m2)
  contains
    procedure :: close => ledger_close
  end type phase_ledger_type

contains

  subroutine ledger_close(self, domain, parallel)
    !! Sum up over all ranks, in the order of the global column ids.
    class(phase_ledger_type), intent(inout) :: self
    type(phase_domain_type), intent(in) :: domain
    type(phase_parallel_type), intent(in) :: parallel
    real(r8), allocatable :: global(:, :)
    real(r8) :: local(4*n_elements + 1, domain%ncol), area, change
    integer :: c, e

    local(1:n_elements, :) = self%before
    local(n_elements + 1:2*n_elements, :) = self%expected
    local(2*n_elements + 1:3*n_elements, :) = self%written
    local(3*n_elements + 1:4*n_elements, :) = self%after
    local(4*n_elements + 1, :) = merge(domain%area_weight, 0.0_r8, domain%vegetated)
    call parallel%gather(local, global)
    area = 0.0_r8
    do c = 1, size(global, 2)
      if (.not. all(is_finite(global(:, c)))) cycle ! a column the host has lost would hide all others
      area = area + global(4*n_elements + 1, c)
      do e = 1, n_elements
        associate (a => global(4*n_elements + 1, c), before => global(e, c), expected => global(n_elements + e, c), &
            written => global(2*n_elements + e, c), after => global(3*n_elements + e, c))
          self%before_pg(e) = self%before_pg(e) + a*before*1.0e-9_r8
          self%written_pg(e) = self%written_pg(e) + a*written*1.0e-9_r8
          self%after_pg(e) = self%after_pg(e) + a*after*1.0e-9_r8
          change = abs(after - before)
          if (change > self%max_change(e)) then
            self%max_change(e) = change
            self%max_change_gid(e) = parallel%gids(c)
          end if
          self%max_error(e) = max(self%max_error(e), abs(written - expected))
        end associate
      end do
    end do
    if (area > 0.0_r8) then ! 1 Pg on 1 km2 is 1e9 g/m2
      self%before_gm2(:) = self%before_pg*1.0e9_r8/area
      self%written_gm2(:) = self%written_pg*1.0e9_r8/area
      self%after_gm2(:) = self%after_pg*1.0e9_r8/area
    end if
  end subroutine ledger_close

end module phase_ledger_mod

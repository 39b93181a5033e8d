! Anderson acceleration against linear maps whose fixed point is known.
program test_phase_anderson
  use phase_anderson_mod, only: anderson_mix
  use phase_fixture, only: check, wanted, finish_tests
  use phase_kinds_mod, only: r8
  implicit none (type, external)

  integer, parameter :: n = 12
  real(r8) :: rest(n), weight(n)
  integer :: k

  rest = [(1000.0_r8 + 50.0_r8*k, k=1, n)]
  weight = [(0.1_r8*k, k=1, n)]

  if (wanted('exact')) then
    ! a map with m slow directions is solved by m + 1 pairs
    call check('rank_1_is_exact', error_after(1, 1, 2) < 1.0e-9_r8)
    call check('rank_2_is_exact', error_after(2, 2, 3) < 1.0e-8_r8)
    call check('rank_3_is_exact', error_after(3, 3, 4) < 1.0e-6_r8)
    call check('fewer_pairs_are_not', error_after(3, 2, 4) > 1.0e-4_r8)
  end if
  if (wanted('better')) call better_than_plain()
  if (wanted('safeguards')) call safeguards()
  call finish_tests()

contains

  pure function map(rank, x) result(g)
    !! rest + sum of rates times projections on orthogonal directions.
    integer, intent(in) :: rank
    real(r8), intent(in) :: x(n)
    real(r8) :: g(n), direction(n)
    real(r8), parameter :: rates(3) = [0.7_r8, 0.3_r8, -0.4_r8]
    integer :: d, j
    g = rest
    do d = 1, rank
      direction = [(cos(3.14159265358979_r8*d*(j - 0.5_r8)/n), j=1, n)]
      g = g + rates(d)*direction*dot_product(direction, x - rest)/dot_product(direction, direction)
    end do
  end function map

  function error_after(rank, depth, steps) result(error)
    !! Relative distance to the fixed point of the state after some steps.
    integer, intent(in) :: rank, depth, steps
    real(r8) :: error, x(n, depth + 1), g(n, depth + 1), new(n)
    logical :: mixed
    integer :: pairs, step, j
    new = map(rank, [(rest(j)*(1.0_r8 + 0.1_r8*sin(2.0_r8*j)), j=1, n)]) ! slow directions only
    pairs = 0
    do step = 1, steps
      x = eoshift(x, -1, dim=2)
      g = eoshift(g, -1, dim=2)
      x(:, 1) = new
      g(:, 1) = map(rank, new)
      pairs = min(pairs + 1, depth + 1)
      call anderson_mix(x(:, 1:pairs), g(:, 1:pairs), weight, 1.0_r8, new, mixed)
    end do
    error = maxval(abs(new - rest)/rest)
  end function error_after

  subroutine better_than_plain()
    !! Three pairs on a map of three directions: closer than the fourth plain step.
    real(r8) :: x(n), accelerated
    integer :: j, step
    x = map(3, [(rest(j)*(1.0_r8 + 0.1_r8*sin(2.0_r8*j)), j=1, n)])
    do step = 1, 4
      x = map(3, x)
    end do
    accelerated = error_after(3, 2, 4)
    call check('closer_than_plain_steps', accelerated < 0.5_r8*maxval(abs(x - rest)/rest))
  end subroutine better_than_plain

  subroutine safeguards()
    real(r8) :: x(n, 3), g(n, 3), new(n)
    logical :: mixed

    x(:, 1) = rest
    g(:, 1) = rest + 1.0_r8
    call anderson_mix(x(:, 1:1), g(:, 1:1), weight, 1.0_r8, new, mixed)
    call check('one_pair_is_the_prediction', .not. mixed .and. all(new == g(:, 1)))

    x(:, 2) = rest
    g(:, 2) = g(:, 1)
    call anderson_mix(x(:, 1:2), g(:, 1:2), weight, 1.0_r8, new, mixed)
    call check('a_pair_that_says_nothing_is_left_out', .not. mixed .and. all(new == g(:, 1)))

    ! a residual that hardly shrinks would extrapolate a thousandfold
    x(:, 2) = rest - 1.0_r8
    g(:, 2) = x(:, 2) + 1.001_r8
    call anderson_mix(x(:, 1:2), g(:, 1:2), weight, 1.0_r8, new, mixed)
    call check('no_wild_extrapolation', .not. mixed .and. all(new == g(:, 1)))

    ! the same pair twice does not disturb the others
    x(:, 2) = rest - 10.0_r8
    g(:, 2) = x(:, 2) + 6.0_r8
    x(:, 3) = x(:, 2)
    g(:, 3) = g(:, 2)
    call anderson_mix(x, g, weight, 1.0_r8, new, mixed)
    call check('twice_the_same_pair', mixed .and. all(abs(new - (rest + 2.0_r8)) < 1.0e-9_r8))

    ! far from the prediction: held within a factor of two, and never negative
    g(:, 1) = 1.0_r8
    x(:, 1) = 5.0_r8
    x(:, 2) = 10.0_r8
    g(:, 2) = 5.0_r8
    call anderson_mix(x(:, 1:2), g(:, 1:2), weight, 1.0_r8, new, mixed)
    call check('within_a_factor_of_the_prediction', mixed .and. all(new >= 0.5_r8) .and. all(new <= 2.0_r8))

    x(:, 1) = 0.0_r8
    g(:, 1) = 0.0_r8
    x(:, 2) = 0.0_r8
    g(:, 2) = 0.0_r8
    call anderson_mix(x(:, 1:2), g(:, 1:2), weight, 0.5_r8, new, mixed)
    call check('empty_pools_stay_empty', all(new == 0.0_r8))
  end subroutine safeguards

end program test_phase_anderson

module phase_anderson_mod
  !! Anderson acceleration of the sequence of jumps, column by column, over the slow carbon pools.
  !!
  !! One cycle of jump, relaxation and prediction is a map: from the state x after a jump to the next
  !! prediction g(x). At rest g(x) = x. From the last few pairs (x, g) the combination whose residual
  !! f = g - x is smallest, in gC/m2 of the column, is a better next state than the newest g alone. A
  !! linear map with m slow directions is solved exactly by m + 1 pairs.
  !!
  !! Safeguards: differences that say nothing new are left out, combinations that extrapolate too far
  !! are shortened to fewer pairs (down to the prediction as it is), and no pool ends up further than a
  !! factor from its prediction or below zero. All arithmetic is within a column and in fixed order.
  use phase_domain_mod, only: phase_domain_type
  use phase_fields_mod, only: phase_fields_type
  use phase_infer_mod, only: tensor_buffer_type
  use phase_kinds_mod, only: r8
  implicit none (type, external)
  private

  public :: phase_anderson_type, anderson_mix

  real(r8), parameter :: independent = 1.0e-8_r8  !! share of a difference that has to be new
  real(r8), parameter :: reach = 20.0_r8          !! largest sum of weights of older pairs
  real(r8), parameter :: factor = 2.0_r8          !! of a pool's prediction

  type :: phase_anderson_type
    logical :: on = .false.
    integer :: npairs_max = 0                !! depth + 1
    integer :: nslow = 0                     !! values per column
    real(r8) :: damping = 1.0_r8             !! share of the residual that is added
    integer, allocatable :: output(:)        !! (nslow) output of the artifact
    integer, allocatable :: element(:)       !! (nslow) layer or PFT slot
    real(r8), allocatable :: weight(:, :)    !! (nslow, ncol) to gC/m2 of the column
    integer, allocatable :: npairs(:)        !! (ncol) pairs in memory
    logical, allocatable :: started(:)       !! (ncol) last holds a state
    real(r8), allocatable :: last(:, :)      !! (nslow, ncol) state after the latest jump
    real(r8), allocatable :: x(:, :, :)      !! (nslow, ncol, pair) states, newest first
    real(r8), allocatable :: g(:, :, :)      !! (nslow, ncol, pair) predictions from them
  contains
    procedure :: init => anderson_init
    procedure :: apply => anderson_apply
    procedure :: remember => anderson_remember
    procedure :: forget => anderson_forget
  end type phase_anderson_type

contains

  subroutine anderson_init(self, outputs, fields, domain, depth, damping)
    !! Slow pools: woody debris and soil organic matter by layer, dead wood by PFT.
    class(phase_anderson_type), intent(inout) :: self
    type(tensor_buffer_type), intent(in) :: outputs(:)
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    integer, intent(in) :: depth          !! older pairs at most; 0: off
    real(r8), intent(in) :: damping
    integer :: j, k, n, s

    self%on = depth > 0
    if (.not. self%on) return
    self%npairs_max = depth + 1
    self%damping = damping
    n = sum([(merge(outputs(k)%nfeature, 0, is_slow(outputs(k), fields)), k=1, size(outputs))])
    self%nslow = n
    allocate (self%output(n), self%element(n), source=0)
    allocate (self%weight(n, domain%ncol), self%last(n, domain%ncol), source=0.0_r8)
    allocate (self%x(n, domain%ncol, self%npairs_max), self%g(n, domain%ncol, self%npairs_max), source=0.0_r8)
    allocate (self%npairs(domain%ncol), source=0)
    allocate (self%started(domain%ncol), source=.false.)
    s = 0
    do k = 1, size(outputs)
      if (.not. is_slow(outputs(k), fields)) cycle
      do j = 1, outputs(k)%nfeature
        s = s + 1
        self%output(s) = k
        self%element(s) = j
        if (fields%list(outputs(k)%field)%on == 'patch') then
          self%weight(s, :) = domain%wtcol(j, :)
        else
          self%weight(s, :) = domain%dz(j)
        end if
      end do
    end do
  end subroutine anderson_init

  pure logical function is_slow(output, fields)
    type(tensor_buffer_type), intent(in) :: output
    type(phase_fields_type), intent(in) :: fields
    is_slow = .false.
    if (output%field == 0) return
    associate (field => fields%list(output%field))
      is_slow = any(field%stock == ['CWDC   ', 'TOTSOMC']) .or. any(field%name == ['deadstemc ', 'deadcrootc'])
    end associate
  end function is_slow

  subroutine anderson_apply(self, outputs, carbon, open, mixed)
    !! Book the pair that this prediction completes, and put the better state in its place.
    class(phase_anderson_type), intent(inout) :: self
    type(tensor_buffer_type), intent(inout) :: outputs(:)
    integer, intent(in) :: carbon(:)      !! which output is the carbon of the same pool
    logical, intent(in) :: open(:)        !! (ncol) columns that have a prediction
    logical, intent(out) :: mixed(:)      !! (ncol) another state than the prediction was put in place
    real(r8) :: new(self%nslow), ratio
    integer :: i, n, p, s

    mixed(:) = .false.
    if (.not. self%on) return
    do i = 1, size(open)
      if (.not. open(i)) then
        call self%forget(i)
        cycle
      end if
      if (.not. self%started(i)) cycle
      do p = self%npairs_max, 2, -1
        self%x(:, i, p) = self%x(:, i, p - 1)
        self%g(:, i, p) = self%g(:, i, p - 1)
      end do
      self%x(:, i, 1) = self%last(:, i)
      do s = 1, self%nslow
        self%g(s, i, 1) = outputs(self%output(s))%values(self%element(s), i)
      end do
      self%npairs(i) = min(self%npairs(i) + 1, self%npairs_max)
      call anderson_mix(self%x(:, i, 1:self%npairs(i)), self%g(:, i, 1:self%npairs(i)), self%weight(:, i), self%damping, &
        new, mixed(i))
      if (.not. mixed(i)) cycle
      do s = 1, self%nslow
        associate (k => self%output(s), j => self%element(s), g => self%g(s, i, 1))
          if (.not. g > 0.0_r8) cycle
          ratio = new(s)/g
          do n = 1, size(outputs)
            if (carbon(n) == k) outputs(n)%values(j, i) = outputs(n)%values(j, i)*ratio
          end do
        end associate
      end do
    end do
  end subroutine anderson_apply

  subroutine anderson_remember(self, outputs)
    !! The state from which the model goes on; the outputs' values are what the host now holds.
    class(phase_anderson_type), intent(inout) :: self
    type(tensor_buffer_type), intent(in) :: outputs(:)
    integer :: s
    if (.not. self%on) return
    do s = 1, self%nslow
      self%last(s, :) = outputs(self%output(s))%before(self%element(s), :)
    end do
    self%started(:) = .true.
  end subroutine anderson_remember

  pure subroutine anderson_forget(self, i)
    !! A column that was set back, or left out, starts its series anew.
    class(phase_anderson_type), intent(inout) :: self
    integer, intent(in) :: i
    if (.not. self%on) return
    self%npairs(i) = 0
    self%x(:, i, :) = 0.0_r8
    self%g(:, i, :) = 0.0_r8
  end subroutine anderson_forget

  pure subroutine anderson_mix(x, g, weight, damping, new, mixed)
    !! new = sum of a_p (x_p + damping f_p), a summing to 1, with the least |sum of a_p f_p|.
    real(r8), intent(in) :: x(:, :)      !! (value, pair) newest first
    real(r8), intent(in) :: g(:, :)      !! (value, pair)
    real(r8), intent(in) :: weight(:)    !! of the values in the norm
    real(r8), intent(in) :: damping
    real(r8), intent(out) :: new(:)
    logical, intent(out) :: mixed        !! false: new is the newest g
    real(r8) :: f1(size(weight)), q(size(weight), size(x, 2)), r(size(x, 2), size(x, 2))
    real(r8) :: rhs(size(x, 2)), gamma(size(x, 2)), length, part
    integer :: pair(size(x, 2)), c, d, m, p

    new(:) = g(:, 1)
    mixed = .false.
    f1 = weight*(g(:, 1) - x(:, 1))
    ! orthogonal basis of the differences of residuals, newest first
    m = 0
    r(:, :) = 0.0_r8
    do p = 2, size(x, 2)
      c = m + 1
      q(:, c) = f1 - weight*(g(:, p) - x(:, p))
      length = norm(q(:, c))
      if (length <= 0.0_r8) cycle
      do d = 1, m
        part = dot(q(:, d), q(:, c))
        q(:, c) = q(:, c) - part*q(:, d)
        r(d, c) = part
      end do
      r(c, c) = norm(q(:, c))
      if (r(c, c) <= independent*length) cycle
      q(:, c) = q(:, c)/r(c, c)
      rhs(c) = dot(q(:, c), f1)
      pair(c) = p
      m = c
    end do
    do while (m > 0)
      do c = m, 1, -1
        gamma(c) = rhs(c)
        do d = c + 1, m
          gamma(c) = gamma(c) - r(c, d)*gamma(d)
        end do
        gamma(c) = gamma(c)/r(c, c)
      end do
      if (sum(abs(gamma(1:m))) <= reach) exit
      m = m - 1
    end do
    if (m == 0) return
    mixed = .true.
    new(:) = x(:, 1) + damping*(g(:, 1) - x(:, 1))
    do c = 1, m
      p = pair(c)
      new(:) = new - gamma(c)*((1.0_r8 - damping)*(x(:, 1) - x(:, p)) + damping*(g(:, 1) - g(:, p)))
    end do
    new(:) = min(factor*g(:, 1), max(g(:, 1)/factor, new))
  end subroutine anderson_mix

  pure real(r8) function dot(a, b)
    !! First to last, so that the bits do not depend on a library.
    real(r8), intent(in) :: a(:), b(:)
    integer :: k
    dot = 0.0_r8
    do k = 1, size(a)
      dot = dot + a(k)*b(k)
    end do
  end function dot

  pure real(r8) function norm(a)
    real(r8), intent(in) :: a(:)
    norm = sqrt(dot(a, a))
  end function norm

end module phase_anderson_mod

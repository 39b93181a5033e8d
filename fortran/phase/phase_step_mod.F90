module phase_step_mod
  !! How far a jump may go. Three rules between the prediction and the host's arrays:
  !!
  !!   sign   a prediction that round-off has made negative is zero
  !!   share  where the jump before was rolled back or went too far, only part of the way, on a logarithmic scale
  !!   ratio  a pool changes by no more than a factor (phase_max_step); nitrogen and phosphorus of a
  !!          pool follow its carbon, so that the limit does not change stoichiometry
  use phase_fields_mod, only: phase_fields_type
  use phase_infer_mod, only: tensor_buffer_type
  use phase_kinds_mod, only: r8, phase_name_len
  implicit none (type, external)
  private

  public :: step_partners, step_sign, step_share, step_ratio

  real(r8), parameter :: roundoff = -1.0e-9_r8
  real(r8), parameter :: tiny_pool = 1.0e-6_r8  !! a ratio to less says nothing (gX/m2 or gX/m3)

contains

  function step_partners(outputs, fields) result(carbon)
    !! For every output the output that holds the carbon of the same pool, itself for carbon, 0 where there is none.
    type(tensor_buffer_type), intent(in) :: outputs(:)
    type(phase_fields_type), intent(in) :: fields
    integer :: carbon(size(outputs))
    character(len=*), parameter :: endings(*) = [character(len=8) :: '_vr', '_storage', '_xfer', ' ']
    character(len=phase_name_len) :: name
    integer :: e, k, last

    carbon(:) = 0
    do k = 1, size(outputs)
      if (outputs(k)%field == 0) cycle
      if (all(fields%list(outputs(k)%field)%units(1:2) /= ['gC', 'gN', 'gP'])) cycle
      name = outputs(k)%name
      do e = 1, size(endings)
        last = len_trim(name) - len_trim(endings(e))
        if (last < 1) cycle
        if (name(last + 1:) == endings(e)) exit
      end do
      if (all(name(last:last) /= ['c', 'n', 'p'])) cycle
      name(last:last) = 'c'
      carbon(k) = findloc([(outputs(e)%name == name, e=1, size(outputs))], .true., dim=1)
    end do
  end function step_partners

  subroutine step_sign(outputs, limited)
    !! A pool is not negative.
    type(tensor_buffer_type), intent(inout) :: outputs(:)
    logical, intent(inout) :: limited(:)  !! (ncol) set where a value was changed
    integer :: i, j, k

    do k = 1, size(outputs)
      if (outputs(k)%field == 0 .or. outputs(k)%lower /= 0.0_r8) cycle
      associate (values => outputs(k)%values)
        do i = 1, size(values, 2)
          do j = 1, size(values, 1)
            if (.not. (values(j, i) < 0.0_r8 .and. values(j, i) >= roundoff)) cycle
            values(j, i) = 0.0_r8
            limited(i) = .true.
          end do
        end do
      end associate
    end do
  end subroutine step_sign

  subroutine step_share(outputs, share, open, limited)
    !! Part of the way: x (p/x)**share for pools, x + share (p - x) where that has no meaning.
    type(tensor_buffer_type), intent(inout) :: outputs(:)
    real(r8), intent(in) :: share(:)      !! (ncol) 1: all the way
    logical, intent(in) :: open(:)        !! (ncol) columns that will be written; others may hold no numbers
    logical, intent(inout) :: limited(:)  !! (ncol)
    integer :: i, j, k

    do i = 1, size(share)
      if (.not. open(i) .or. share(i) >= 1.0_r8) cycle
      limited(i) = .true.
      do k = 1, size(outputs)
        if (outputs(k)%field == 0) cycle
        associate (new => outputs(k)%values(:, i), old => outputs(k)%before(:, i))
          do j = 1, size(new)
            if (new(j) > 0.0_r8 .and. old(j) > 0.0_r8) then
              new(j) = old(j)*(new(j)/old(j))**share(i)
            else
              new(j) = old(j) + share(i)*(new(j) - old(j))
            end if
          end do
        end associate
      end do
    end do
  end subroutine step_share

  subroutine step_ratio(outputs, carbon, largest, open, limited)
    !! No pool of an open column changes by more than a factor.
    type(tensor_buffer_type), intent(inout) :: outputs(:)
    integer, intent(in) :: carbon(:)      !! step_partners
    real(r8), intent(in) :: largest       !! factor, above 1; 0: no limit
    logical, intent(in) :: open(:)        !! (ncol)
    logical, intent(inout) :: limited(:)  !! (ncol)
    integer :: i, j, k, n
    real(r8) :: allowed, ratio

    if (largest <= 0.0_r8) return
    do k = 1, size(outputs)
      if (outputs(k)%field == 0) cycle
      if (carbon(k) /= k .and. carbon(k) /= 0) cycle
      do i = 1, size(limited)
        if (.not. open(i)) cycle
        do j = 1, outputs(k)%nfeature
          associate (new => outputs(k)%values(j, i), old => outputs(k)%before(j, i))
            if (old <= tiny_pool .or. new <= 0.0_r8) cycle
            ratio = new/old
            allowed = min(largest, max(1.0_r8/largest, ratio))
            if (allowed == ratio) cycle
            limited(i) = .true.
            new = old*allowed
          end associate
          do n = 1, size(outputs)
            if (n == k .or. carbon(n) /= k .or. outputs(n)%nfeature < j) cycle
            outputs(n)%values(j, i) = outputs(n)%values(j, i)*allowed/ratio
          end do
        end do
      end do
    end do
  end subroutine step_ratio

end module phase_step_mod

module phase_pack_mod
  !! Gather host arrays into packed buffers and scatter them back.
  !! Packed means feature fastest, (nfeature, ncol): what libtorch sees as a contiguous
  !! (column, feature) tensor without a copy.
  use phase_domain_mod, only: phase_domain_type
  use phase_fields_mod, only: phase_field_type
  use phase_finite_mod, only: is_finite
  use phase_kinds_mod, only: r8
  use phase_status_mod, only: phase_status_type, phase_raise, phase_int_to_text, PHASE_ERR_ARGUMENT, PHASE_ERR_SHAPE, &
    PHASE_ERR_NAN_INPUT
  implicit none (type, external)
  private

  public :: phase_pack, phase_pack_pft, phase_unpack, phase_feature_count, phase_check_extent, &
    phase_check_finite, phase_degrees

contains

  pure integer function phase_feature_count(field, domain) result(n)
    !! Values a variable has per column.
    type(phase_field_type), intent(in) :: field
    type(phase_domain_type), intent(in) :: domain
    select case (field%on)
    case ('column')
      n = 1
    case ('column_level')
      n = domain%nlev
    case default
      n = domain%npft
    end select
  end function phase_feature_count

  subroutine phase_check_extent(field, domain, status)
    !! Every part has to reach all positions the domain points to, without gaps between columns or patches.
    type(phase_field_type), intent(in) :: field
    type(phase_domain_type), intent(in) :: domain
    type(phase_status_type), intent(inout), optional :: status
    integer :: k, expected, found
    logical :: dense

    do k = 1, size(field%parts)
      select case (field%on)
      case ('column_level')
        expected = domain%nlev
        found = size(field%parts(k)%a2, 2)
        dense = found == 0
        if (found > 0) dense = is_contiguous(field%parts(k)%a2(:, 1))
        if (found >= expected) then
          expected = merge(maxval(domain%col), 0, domain%ncol > 0)
          found = size(field%parts(k)%a2, 1)
        end if
      case ('patch')
        expected = merge(maxval(domain%patch), 0, size(domain%patch) > 0)
      case ('pft')
        expected = domain%npft
      case default
        expected = merge(maxval(domain%col), 0, domain%ncol > 0)
      end select
      if (field%on /= 'column_level') then
        found = size(field%parts(k)%a1)
        dense = is_contiguous(field%parts(k)%a1)
      end if
      if (found < expected) then
        call phase_raise(status, PHASE_ERR_SHAPE, 'phase_check_extent', 'variable '//trim(field%name)//' on '// &
          trim(field%on)//': the host''s array has '//phase_int_to_text(found)//' elements, the domain needs '// &
          phase_int_to_text(expected))
        return
      end if
      if (.not. dense) then
        call phase_raise(status, PHASE_ERR_SHAPE, 'phase_check_extent', 'variable '//trim(field%name)//' on '// &
          trim(field%on)//': the host''s array has gaps between neighbouring elements; register one that is contiguous')
        return
      end if
    end do
  end subroutine phase_check_extent

  subroutine phase_pack(field, domain, buffer)
    !! Present values of a per-column variable; patches that are absent or inactive give 0.
    type(phase_field_type), intent(in) :: field
    type(phase_domain_type), intent(in) :: domain
    real(r8), intent(out) :: buffer(:, :) !! (nfeature, ncol)
    integer :: i, j, k, n, p

    buffer(:, :) = 0.0_r8
    n = domain%ncol
    do k = 1, size(field%parts)
      select case (field%on)
      case ('column')
        do i = 1, n
          buffer(1, i) = buffer(1, i) + field%parts(k)%a1(domain%col(i))
        end do
      case ('column_level')
        do i = 1, n
          do j = 1, domain%nlev
            buffer(j, i) = buffer(j, i) + field%parts(k)%a2(domain%col(i), j)
          end do
        end do
      case ('patch')
        do i = 1, n
          do j = 1, domain%npft
            p = domain%patch(j, i)
            if (p > 0) buffer(j, i) = buffer(j, i) + field%parts(k)%a1(p)
          end do
        end do
      end select
    end do
  end subroutine phase_pack

  subroutine phase_pack_pft(field, domain, buffer)
    !! A parameter table, one value per PFT.
    type(phase_field_type), intent(in) :: field
    type(phase_domain_type), intent(in) :: domain
    real(r8), intent(out) :: buffer(:) !! (npft)
    integer :: k
    buffer(:) = 0.0_r8
    do k = 1, size(field%parts)
      buffer(:) = buffer + field%parts(k)%a1(1:domain%npft)
    end do
  end subroutine phase_pack_pft

  subroutine phase_unpack(field, domain, buffer, apply, status)
    !! Write packed values into the host's array, only where apply holds; all other host memory stays.
    type(phase_field_type), intent(in) :: field
    type(phase_domain_type), intent(in) :: domain
    real(r8), intent(in) :: buffer(:, :) !! (nfeature, ncol)
    logical, intent(in) :: apply(:)      !! (ncol)
    type(phase_status_type), intent(inout), optional :: status
    real(r8), pointer :: a1(:), a2(:, :)
    integer :: i, j, p

    if (size(field%parts) /= 1) then
      call phase_raise(status, PHASE_ERR_ARGUMENT, 'phase_unpack', 'variable '//trim(field%name)//' is the sum of '// &
        phase_int_to_text(size(field%parts))//' host arrays and cannot be written back; register one array under that name')
      return
    end if
    a1 => field%parts(1)%a1
    a2 => field%parts(1)%a2
    select case (field%on)
    case ('column')
      do i = 1, domain%ncol
        if (apply(i)) a1(domain%col(i)) = buffer(1, i)
      end do
    case ('column_level')
      do j = 1, domain%nlev
        do i = 1, domain%ncol
          if (apply(i)) a2(domain%col(i), j) = buffer(j, i)
        end do
      end do
    case ('patch')
      do i = 1, domain%ncol
        if (.not. apply(i)) cycle
        do j = 1, domain%npft
          p = domain%patch(j, i)
          if (p > 0) a1(p) = buffer(j, i)
        end do
      end do
    case default
      call phase_raise(status, PHASE_ERR_ARGUMENT, 'phase_unpack', &
        'variable '//trim(field%name)//' on '//trim(field%on)//' is not a state that can be written')
    end select
  end subroutine phase_unpack

  subroutine phase_check_finite(name, what, domain, packed, status)
    !! Name the cell of the first value that is not finite.
    character(len=*), intent(in) :: name      !! variable
    character(len=*), intent(in) :: what      !! instant, mean, monthly, static
    type(phase_domain_type), intent(in) :: domain
    real(r8), intent(in) :: packed(:, :)      !! (nfeature, ncol)
    type(phase_status_type), intent(inout) :: status
    integer :: i, j, nbad, first(2)

    nbad = 0
    first(:) = 0
    do i = 1, size(packed, 2)
      do j = 1, size(packed, 1)
        if (is_finite(packed(j, i))) cycle
        nbad = nbad + 1
        if (nbad == 1) first(:) = [j, i]
      end do
    end do
    if (nbad == 0) return
    i = first(2)
    call phase_raise(status, PHASE_ERR_NAN_INPUT, 'phase_check_finite', 'variable '//trim(name)//' ('//trim(what)// &
      ') holds '//phase_int_to_text(nbad)//' value(s) that are not finite, the first in column '// &
      phase_int_to_text(domain%gid(i))//' ('//phase_degrees(domain%lat(i))//' N, '//phase_degrees(domain%lon(i))// &
      ' E), element '//phase_int_to_text(first(1))// &
      '; the model state was not changed; look at this variable in the host''s history')
  end subroutine phase_check_finite

  function phase_degrees(angle) result(text)
    real(r8), intent(in) :: angle !! degrees
    character(len=:), allocatable :: text
    character(len=16) :: buffer
    write (buffer, '(f10.3)') angle
    text = trim(adjustl(buffer))
  end function phase_degrees

end module phase_pack_mod

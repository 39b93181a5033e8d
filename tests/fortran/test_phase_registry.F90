! Registry of host arrays, and gather and scatter between the host and packed buffers.
program test_phase_registry
  use phase_fields_mod, only: phase_fields_type
  use phase_fixture, only: check, check_message, wanted, finish_tests, test_host_type, host_npft, host_nlev
  use phase_kinds_mod, only: r8
  use phase_pack_mod, only: phase_pack, phase_pack_pft, phase_unpack, phase_feature_count, phase_check_extent
  use phase_status_mod, only: phase_status_type, PHASE_ERR_ARGUMENT
  implicit none (type, external)
  type(test_host_type), target :: host
  type(phase_fields_type) :: fields
  type(phase_status_type) :: status
  real(r8), allocatable, target :: wide(:, :)
  real(r8), target :: a(4), b(4)
  real(r8) :: levels(host_nlev, 3), patches(host_npft, 3), table(host_npft), column(1, 3)
  real(r8), allocatable :: old_patch(:), old_level(:, :)
  integer :: i, j, k

  call host%build([1, 2, 5], [0.0_r8, 30.0_r8, 70.0_r8])

  if (wanted('find')) call check('find', host%fields%find('leafc') > 0 .and. host%fields%find('nonsense') == 0)

  if (wanted('same_name_twice_is_the_sum')) then
    a(:) = [1.0_r8, 2.0_r8, 3.0_r8, 4.0_r8]
    b(:) = 10.0_r8*a
    call fields%add('X', a, 'm', 'column')
    call fields%add('X', b, 'm', 'column')
    call phase_pack(fields%list(1), host%domain, column)
    call check('same_name_twice_is_the_sum', fields%n == 1 .and. all(column(1, :) == 11.0_r8*[2, 3, 4]))
  end if

  if (wanted('parts_must_agree')) then
    call fields%add('Y', a, 'm', 'column')
    call fields%add('Y', b, 'km', 'column', status=status)
    call check_message('parts_must_agree', status, [character(len=8) :: 'Y', 'm on', 'km'])
    call status%clear()
  end if

  if (wanted('place_must_exist')) then
    call fields%add('Z', a, 'm', 'cell', status=status)
    call check_message('place_must_exist', status, [character(len=8) :: 'Z', 'cell'])
    call status%clear()
  end if

  if (wanted('many_names')) then
    do k = 1, 200
      call fields%add('name_'//achar(48 + mod(k, 10))//achar(65 + k/10), a, 'm', 'column')
    end do
    call check('many_names', fields%find('name_9A') > 0 .and. fields%find('name_0U') > 0)
  end if

  if (wanted('absent_patches_are_zero')) then
    call phase_pack(host%fields%list(host%fields%find('leafc')), host%domain, patches)
    call check('absent_patches_are_zero', all(patches(1, :) == 0.0_r8) .and. patches(4, 2) == 0.0_r8 .and. &
      patches(2, 1) == 102.0_r8 .and. patches(4, 3) == 504.0_r8)
  end if

  if (wanted('levels_are_feature_first')) then
    call phase_pack(host%fields%list(host%fields%find('soil1c_vr')), host%domain, levels)
    call check('levels_are_feature_first', all(levels(:, 3) == [5001.0_r8, 5002.0_r8, 5003.0_r8]))
  end if

  if (wanted('pft_table')) then
    call phase_pack_pft(host%fields%list(host%fields%find('leafcn')), host%domain, table)
    call check('pft_table', all(table == host%leafcn) .and. &
      phase_feature_count(host%fields%list(host%fields%find('leafcn')), host%domain) == host_npft)
  end if

  if (wanted('unpack_is_the_inverse')) then
    allocate (old_patch(size(host%leafc)), source=host%leafc)
    allocate (old_level(size(host%soil1c, 1), size(host%soil1c, 2)), source=host%soil1c)
    call phase_pack(host%fields%list(host%fields%find('leafc')), host%domain, patches)
    call phase_pack(host%fields%list(host%fields%find('soil1c_vr')), host%domain, levels)
    call phase_unpack(host%fields%list(host%fields%find('leafc')), host%domain, patches, [.true., .true., .true.])
    call phase_unpack(host%fields%list(host%fields%find('soil1c_vr')), host%domain, levels, [.true., .true., .true.])
    call check('unpack_is_the_inverse', all(host%leafc == old_patch) .and. all(host%soil1c == old_level))
  end if

  if (wanted('unpack_touches_nothing_else')) then
    old_patch = host%leafc
    old_level = host%soil1c
    call phase_unpack(host%fields%list(host%fields%find('leafc')), host%domain, patches + 1.0_r8, [.false., .true., .false.])
    call phase_unpack(host%fields%list(host%fields%find('soil1c_vr')), host%domain, levels + 1.0_r8, &
      [.false., .true., .false.])
    ! column 2 has global id 2: slots 2 and 3 active, patches 9 and 10 of the host
    do i = 1, size(old_patch)
      if (i == 9 .or. i == 10) old_patch(i) = old_patch(i) + 1.0_r8
    end do
    do j = 1, host_nlev
      old_level(3, j) = old_level(3, j) + 1.0_r8
    end do
    call check('unpack_touches_nothing_else', all(host%leafc == old_patch) .and. all(host%soil1c == old_level))
  end if

  if (wanted('a_sum_cannot_be_written')) then
    call phase_unpack(fields%list(1), host%domain, column, [.true., .true., .true.], status)
    call check('a_sum_cannot_be_written', status%code == PHASE_ERR_ARGUMENT)
    call status%clear()
  end if

  if (wanted('short_host_array')) then
    call fields%add('SHORT', a(1:3), 'm', 'column')
    call phase_check_extent(fields%list(fields%find('SHORT')), host%domain, status)
    call check_message('short_host_array', status, [character(len=12) :: 'SHORT', '3 elements', 'needs 4'])
    call status%clear()
  end if

  if (wanted('host_array_with_gaps')) then
    allocate (wide(2, size(a)), source=0.0_r8)
    call fields%add('GAPS', wide(1, :), 'm', 'column')
    call phase_check_extent(fields%list(fields%find('GAPS')), host%domain, status)
    call check_message('host_array_with_gaps', status, [character(len=12) :: 'GAPS', 'contiguous'])
  end if

  call finish_tests()
end program test_phase_registry

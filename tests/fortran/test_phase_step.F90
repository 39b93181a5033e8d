! How far a jump may go: sign, a share of the way, and a largest factor that keeps stoichiometry.
program test_phase_step
  use phase_fields_mod, only: phase_fields_type
  use phase_fixture, only: check, wanted, finish_tests
  use phase_infer_mod, only: tensor_buffer_type
  use phase_kinds_mod, only: r8
  use phase_step_mod, only: step_partners, step_sign, step_share, step_ratio
  implicit none (type, external)
  integer, parameter :: leafc = 1, leafn = 2, leafp = 3
  type(phase_fields_type) :: fields
  type(tensor_buffer_type) :: outputs(4)
  real(r8), target :: array(2)
  logical :: limited(2)

  array(:) = 0.0_r8
  call fields%add('leafc', array, 'gC/m2', 'column')
  call fields%add('leafn', array, 'gN/m2', 'column')
  call fields%add('leafp', array, 'gP/m2', 'column')
  call fields%add('water', array, 'mm', 'column')
  call check('partners', all(partners() == [leafc, leafc, leafc, 0]))
  if (wanted('sign')) call test_sign()
  if (wanted('share')) call test_share()
  if (wanted('ratio')) call test_ratio()
  call finish_tests()

contains

  function partners() result(carbon)
    integer :: carbon(4)
    call build()
    carbon(:) = step_partners(outputs, fields)
  end function partners

  subroutine build()
    !! Two columns, one element each: 100 gC, 4 gN, 0.2 gP, 7 mm before; the first is predicted to grow tenfold in C and N
    !! and eightfold in P, the second to halve.
    real(r8), parameter :: before(4) = [100.0_r8, 4.0_r8, 0.2_r8, 7.0_r8], grown(4) = [10.0_r8, 10.0_r8, 8.0_r8, 1.0_r8]
    character(len=5), parameter :: names(4) = ['leafc', 'leafn', 'leafp', 'water']
    integer :: k
    do k = 1, 4
      outputs(k) = tensor_buffer_type()
      outputs(k)%name = names(k)
      outputs(k)%field = k
      outputs(k)%lower = 0.0_r8
      outputs(k)%before = reshape([before(k), before(k)], [1, 2])
      outputs(k)%values = reshape([grown(k)*before(k), 0.5_r8*before(k)], [1, 2])
    end do
    limited(:) = .false.
  end subroutine build

  subroutine test_sign()
    !! Round-off below zero is zero; a pool that is clearly negative is left for the bounds to refuse.
    call build()
    outputs(leafn)%values(1, :) = [-1.0e-12_r8, -1.0_r8]
    call step_sign(outputs, limited)
    call check('roundoff_is_zero', outputs(leafn)%values(1, 1) == 0.0_r8 .and. limited(1))
    call check('a_negative_pool_stays', outputs(leafn)%values(1, 2) == -1.0_r8 .and. .not. limited(2))
  end subroutine test_sign

  subroutine test_share()
    !! Half of the way on a logarithmic scale, and only in the column that is held back; C, N and P alike.
    call build()
    call step_share(outputs, [0.5_r8, 1.0_r8], [.true., .true.], limited)
    call check('half_of_the_way', abs(outputs(leafc)%values(1, 1) - 100.0_r8*sqrt(10.0_r8)) < 1.0e-9_r8 .and. &
      abs(outputs(leafn)%values(1, 1) - 4.0_r8*sqrt(10.0_r8)) < 1.0e-9_r8 .and. limited(1))
    call check('all_of_the_way', outputs(leafc)%values(1, 2) == 50.0_r8 .and. .not. limited(2))
    call build()
    call step_share(outputs, [0.5_r8, 0.5_r8], [.false., .true.], limited)
    call check('a_column_that_keeps_its_state', outputs(leafc)%values(1, 1) == 1000.0_r8 .and. .not. limited(1))
  end subroutine test_share

  subroutine test_ratio()
    !! No more than fourfold: C is limited and N and P follow it, so that C:N and C:P are those that were predicted.
    real(r8) :: predicted(2)
    call build()
    predicted(:) = [outputs(leafc)%values(1, 1)/outputs(leafn)%values(1, 1), outputs(leafc)%values(1, 1)/ &
      outputs(leafp)%values(1, 1)]
    call step_ratio(outputs, step_partners(outputs, fields), 4.0_r8, [.true., .true.], limited)
    call check('fourfold', outputs(leafc)%values(1, 1) == 400.0_r8 .and. limited(1))
    call check('stoichiometry', abs(outputs(leafc)%values(1, 1)/outputs(leafn)%values(1, 1) - predicted(1)) < 1.0e-9_r8 &
      .and. abs(outputs(leafc)%values(1, 1)/outputs(leafp)%values(1, 1) - predicted(2)) < 1.0e-9_r8)
    call check('within_the_limit', all([outputs(leafc)%values(1, 2), outputs(leafn)%values(1, 2)] == [50.0_r8, 2.0_r8]) &
      .and. .not. limited(2))
    call build()
    call step_ratio(outputs, step_partners(outputs, fields), 0.0_r8, [.true., .true.], limited)
    call check('zero_is_no_limit', outputs(leafc)%values(1, 1) == 1000.0_r8 .and. .not. any(limited))
  end subroutine test_ratio

end program test_phase_step

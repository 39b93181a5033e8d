module phase_check_mod
  !! Start-up checks: does the artifact fit this host? All mismatches are found before the first
  !! time step and told in one message.
  use phase_bridge_mod, only: phase_model_type, phase_tensor_type, PHASE_INPUT, PHASE_OUTPUT
  use phase_config_mod, only: phase_config_type
  use phase_domain_mod, only: phase_domain_type
  use phase_fields_mod, only: phase_fields_type
  use phase_host_mod, only: phase_host_type
  use phase_kinds_mod, only: r8
  use phase_pack_mod, only: phase_check_extent
  use phase_status_mod, only: phase_status_type, phase_raise, phase_int_to_text, PHASE_ERR_STARTUP
  implicit none (type, external)
  private

  public :: phase_startup_check, phase_meta_int, phase_meta_real

  !> input of role control that tells the artifact which phase_method is asked for
  character(len=*), parameter :: method_input = 'jump_method'

  !> facts of the host an artifact was trained for
  character(len=14), parameter :: facts(*) = [character(len=14) :: 'pool_space', 'nu_com', 'decomp_cascade']
  !> nutrient supply of the host's years after the jump, 'NONE' where the artifact does not say
  character(len=10), parameter :: supplies(*) = [character(len=10) :: 'suplnitro', 'suplphos']
  integer, parameter :: max_listed = 16

contains

  subroutine phase_startup_check(model, fields, domain, host, config, status)
    type(phase_model_type), intent(in) :: model
    type(phase_fields_type), intent(in) :: fields
    type(phase_domain_type), intent(in) :: domain
    type(phase_host_type), intent(in) :: host
    type(phase_config_type), intent(in) :: config
    type(phase_status_type), intent(inout), optional :: status
    type(phase_status_type) :: local
    type(phase_tensor_type) :: tensor
    character(len=:), allocatable :: problems, expected, told
    integer :: k, n, problem_count

    problems = ''
    problem_count = 0

    do k = 1, size(facts)
      expected = model%meta(trim(facts(k)), local)
      told = trim(host%get(trim(facts(k))))
      if (local%error()) then
        call add('the artifact does not say its '//trim(facts(k)))
        call local%clear()
      else if (told /= expected) then
        call add(trim(facts(k))//': the artifact was trained for '''//expected//''', the host is '''//told//'''')
      end if
    end do
    call check_protocol()
    call check_supply()

    call compare('observe_years', config%phase_observe_years, 'phase_observe_years')
    call compare('dims.level', domain%nlev, 'the host''s soil layers')
    call compare('dims.pft', domain%npft, 'the host''s patch slots')
    call compare('dims.month', 12*config%phase_observe_years, 'the observed months')

    call check_number('trust_threshold')
    call check_number('horizon_years')
    call check_method()
    do k = 1, model%n_inputs()
      call model%tensor(PHASE_INPUT, k, tensor)
      call check_number('inputs.'//phase_int_to_text(k - 1)//'.mean_years')
      if (tensor%sample == 'control') then
        call check_control()
        cycle
      end if
      call check_tensor('input', .true.)
      select case (tensor%sample)
      case ('instant', 'static', 'monthly', 'start')
        continue
      case ('mean')
        n = phase_meta_int(model, 'inputs.'//phase_int_to_text(k - 1)//'.mean_years', config%phase_observe_years)
        if (n < 1 .or. n > config%phase_observe_years) call add('input '//tensor%name//': mean over '// &
          phase_int_to_text(n)//' years, observed are '//phase_int_to_text(config%phase_observe_years))
      case default
        call add('input '//tensor%name//': unknown sample '''//tensor%sample//'''')
      end select
    end do

    n = 0
    do k = 1, model%n_outputs()
      call model%tensor(PHASE_OUTPUT, k, tensor)
      call check_number('outputs.'//phase_int_to_text(k - 1)//'.lower')
      call check_number('outputs.'//phase_int_to_text(k - 1)//'.upper')
      select case (tensor%role)
      case ('trust')
        n = n + 1
        if (tensor%nfeature /= 1) call add('output '//tensor%name//': trust has one value per column')
      case ('diagnostic')
        continue
      case default
        call check_tensor('output', .false.)
      end select
    end do
    if (n /= 1) call add('the artifact has '//phase_int_to_text(n)//' outputs of role trust, expected one')

    if (problem_count > 0) call phase_raise(status, PHASE_ERR_STARTUP, 'phase_init', 'artifact '// &
      trim(config%phase_model_file)//' does not fit this host, '//phase_int_to_text(problem_count)//' problem(s):'//problems)

  contains

    subroutine add(text)
      character(len=*), intent(in) :: text
      problem_count = problem_count + 1
      problems = problems//new_line('a')//'  '//phase_int_to_text(problem_count)//'. '//text
    end subroutine add

    subroutine check_number(key)
      !! What is there has to be a number, or null: a bound that cannot be read would be none.
      character(len=*), intent(in) :: key
      character(len=:), allocatable :: text
      real(r8) :: number
      integer :: iostat
      text = model%meta(key, local)
      iostat = 0
      if (local%ok() .and. text /= 'null') read (text, *, iostat=iostat) number
      if (iostat /= 0) call add(key//': expected a number, found '''//text//'''')
      call local%clear()
    end subroutine check_number

    subroutine check_method()
      !! An artifact says by its inputs and its list of methods what it can be asked for.
      character(len=:), allocatable :: listed, one
      integer :: m

      if (config%phase_method /= 'hybrid') then
        do m = 1, model%n_inputs()
          call model%tensor(PHASE_INPUT, m, tensor)
          if (tensor%name == method_input) exit
        end do
        if (m > model%n_inputs()) call add('phase_method = '''//trim(config%phase_method)//''': the artifact has no input '// &
          method_input//' and knows ''hybrid'' only')
      end if
      listed = ''
      do m = 0, 9
        one = model%meta('methods.'//phase_int_to_text(m), local)
        if (local%error()) exit
        listed = listed//' '//one
        if (one == config%phase_method) listed = ''
        if (one == config%phase_method) exit
      end do
      call local%clear()
      if (len(listed) > 0) call add('phase_method = '''//trim(config%phase_method)//''': the artifact offers'//listed)
    end subroutine check_method

    subroutine check_control()
      !! A control input is told by the plugin, not taken from the host.
      if (tensor%name /= method_input) then
        call add('input '//tensor%name//': the plugin knows no such control, only '//method_input)
      else if (tensor%dims /= 'column' .or. tensor%nfeature /= 1 .or. tensor%dtype /= 'float64') then
        call add('input '//tensor%name//': expected one float64 value per column, found '// &
          phase_int_to_text(tensor%nfeature)//' of type '//tensor%dtype//' on '//tensor%dims)
      end if
    end subroutine check_control

    subroutine check_protocol()
      !! An artifact lists the protocols it was trained for; an older one names its only one.
      character(len=:), allocatable :: listed, one
      integer :: m

      if (config%phase_allow_protocol_mismatch) return
      told = trim(host%get('protocol'))
      listed = ''
      do m = 0, max_listed - 1
        one = model%meta('protocols.'//phase_int_to_text(m), local)
        if (local%error() .and. m == 0) then
          call local%clear()
          one = model%meta('protocol', local)
        end if
        if (local%error()) exit
        if (one == told) return
        if (index(listed, ''''//one//'''') == 0) listed = listed//' '''//one//''''
      end do
      call local%clear()
      if (len(listed) == 0) then
        call add('the artifact does not say its protocol')
      else
        call add('protocol: the artifact was trained for'//listed//', the host is '''//told// &
          ''' (phase_allow_protocol_mismatch=.true. overrides)')
      end if
    end subroutine check_protocol

    subroutine check_supply()
      !! A run in normal mode keeps its supply for good. An accelerated one is supplied while it is observed, as its
      !! protocol says, and ends before the supply does.
      integer :: m
      if (host%get('run_mode') /= 'normal') return
      do m = 1, size(supplies)
        expected = model%meta(trim(supplies(m)), local)
        if (local%error()) expected = 'NONE'
        call local%clear()
        told = trim(host%get(trim(supplies(m))))
        if (told /= expected) call add(trim(supplies(m))//': the artifact was trained for '''//expected// &
          ''', the host is '''//told//'''; set '//trim(supplies(m))//' = '''//expected//'''')
      end do
    end subroutine check_supply

    subroutine compare(key, found, what)
      character(len=*), intent(in) :: key, what
      integer, intent(in) :: found
      integer :: wanted
      wanted = phase_meta_int(model, key, -1)
      if (wanted /= found) call add(key//': the artifact expects '//phase_int_to_text(wanted)//', '//what//' are '// &
        phase_int_to_text(found))
    end subroutine compare

    subroutine check_tensor(what, is_input)
      !! One tensor against the registry.
      character(len=*), intent(in) :: what
      logical, intent(in) :: is_input
      character(len=:), allocatable :: on
      integer :: f

      f = fields%find(tensor%name)
      if (f == 0) then
        call add(what//' '//tensor%name//': the host has no such variable')
        return
      end if
      on = place_of(tensor%dims)
      associate (field => fields%list(f))
        if (field%on /= on) call add(what//' '//tensor%name//': the artifact has it on '//tensor%dims// &
          ', the host on '//trim(field%on))
        if (field%units /= tensor%units) call add(what//' '//tensor%name//': units of the artifact '//tensor%units// &
          ', of the host '//trim(field%units))
        if (is_input .and. (index(tensor%dims, 'month') > 0 .neqv. tensor%sample == 'monthly')) call add(what//' '// &
          tensor%name//': sample '''//tensor%sample//''' does not go with dimensions '//tensor%dims)
        if (tensor%dtype /= 'float64') call add(what//' '//tensor%name//': type '//tensor%dtype//', expected float64')
        if (.not. is_input .and. size(field%parts) /= 1) call add(what//' '//tensor%name// &
          ': the host registered a sum of arrays, which cannot be written back')
        if (field%on == on) then
          call phase_check_extent(field, domain, local)
          if (local%error()) call add(local%message)
          call local%clear()
          if (tensor%nfeature /= expected_features(on, tensor%sample)) call add(what//' '//tensor%name//': '// &
            phase_int_to_text(tensor%nfeature)//' values, expected '// &
            phase_int_to_text(expected_features(on, tensor%sample)))
        end if
      end associate
    end subroutine check_tensor

    pure integer function expected_features(on, sample)
      character(len=*), intent(in) :: on, sample
      select case (on)
      case ('column')
        expected_features = merge(12*config%phase_observe_years, 1, sample == 'monthly')
      case ('column_level')
        expected_features = domain%nlev
      case default
        expected_features = domain%npft
      end select
    end function expected_features

  end subroutine phase_startup_check

  pure function place_of(dims) result(on)
    !! Where the registry keeps a variable with these dimensions.
    character(len=*), intent(in) :: dims
    character(len=:), allocatable :: on
    select case (dims)
    case ('column', 'column,month')
      on = 'column'
    case ('column,level')
      on = 'column_level'
    case ('column,pft')
      on = 'patch'
    case default
      on = dims
    end select
  end function place_of

  integer function phase_meta_int(model, key, otherwise) result(number)
    !! A whole number of the schema.
    type(phase_model_type), intent(in) :: model
    character(len=*), intent(in) :: key
    integer, intent(in) :: otherwise !! where the schema does not have the key
    real(r8) :: value
    value = phase_meta_real(model, key, real(otherwise, r8))
    number = nint(value)
  end function phase_meta_int

  real(r8) function phase_meta_real(model, key, otherwise) result(number)
    type(phase_model_type), intent(in) :: model
    character(len=*), intent(in) :: key
    real(r8), intent(in) :: otherwise !! where the schema does not have the key, or has null
    type(phase_status_type) :: local
    character(len=:), allocatable :: text
    integer :: iostat
    number = otherwise
    text = model%meta(key, local)
    if (local%error() .or. text == 'null') return
    read (text, *, iostat=iostat) number
    if (iostat /= 0) number = otherwise
  end function phase_meta_real

end module phase_check_mod

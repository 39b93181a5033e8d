program test_phase_bridge
  !! The Fortran binding on the artifact good.pt: test_phase_bridge ARTIFACT_FOLDER [stop]
  !! With `stop` it makes a mistake without asking for the status, which must end the program.
  use, intrinsic :: iso_fortran_env, only: error_unit, int64
  use phase_bridge_mod, only: phase_model_type, phase_tensor_type, PHASE_INPUT, PHASE_OUTPUT
  use phase_kinds_mod, only: r8
  use phase_status_mod, only: phase_status_type, PHASE_ERR_FILE, PHASE_ERR_NAME, PHASE_ERR_SHAPE, &
                              PHASE_ERR_NAN_INPUT, PHASE_ERR_UNBOUND, PHASE_ERR_ARGUMENT
  implicit none (type, external)

  integer, parameter :: npft = 3, nlevel = 4, ncol = 5
  type(phase_model_type) :: model
  character(len=1024) :: folder, mode

  call get_command_argument(1, folder)
  call get_command_argument(2, mode)
  call model%load(trim(folder)//'/good.pt', device='cpu', local_rank=0, n_threads=1)
  if (mode == 'stop') call model%run(ncol, chunk=0)

  call check_description(model)
  call check_values(model)
  call check_errors(model, trim(folder))
  call model%free()
  call expect(.not. model%is_loaded(), 'free leaves no model')
  call model%free()

contains

  subroutine check_description(model)
    type(phase_model_type), intent(in) :: model
    type(phase_tensor_type) :: info
    character(len=:), allocatable :: schema

    call expect(model%is_loaded(), 'the model is loaded')
    call expect(model%device() == 'cpu', 'the device is the one asked for')
    call expect(len(model%checksum()) == 64, 'the checksum has 64 digits')
    schema = model%schema_text()
    call expect(schema(1:1) == '{' .and. schema(len(schema):) == '}', 'the schema is whole')
    call expect(model%meta('name') == 'tiny', 'metadata comes without quotes and padding')
    call expect(model%meta('dims.level') == '4', 'metadata of a nested key')
    call expect(model%n_inputs() == 3, 'inputs are counted')
    call expect(model%n_outputs() == 2, 'outputs are counted')

    call model%tensor(PHASE_INPUT, 2, info)
    call expect(info%name == 'soil4c_vr' .and. info%units == 'gC/m3' .and. info%dtype == 'float64', 'name, units, dtype')
    call expect(info%sample == 'instant' .and. info%role == 'patch_state' .and. info%dims == 'column,level', &
                'sample, role, dims')
    call expect(info%rank == 2 .and. all(info%shape(1:2) == [-1, nlevel]), 'shape of a column tensor')
    call expect(info%has_column .and. info%nfeature == nlevel, 'features of a column tensor')
    call model%tensor(PHASE_INPUT, 3, info)
    call expect(.not. info%has_column .and. info%rank == 1 .and. info%nfeature == npft, 'a parameter has no columns')
    call model%tensor(PHASE_OUTPUT, 2, info)
    call expect(info%name == 'trust' .and. len(info%sample) == 0, 'an output has no sampling')
  end subroutine check_description

  subroutine check_values(model)
    type(phase_model_type), intent(inout) :: model
    real(r8), target :: leafc(npft, ncol), soil(nlevel, ncol), slatop(npft), leafc_out(npft, ncol), trust(1, ncol)
    real(r8), target :: none(npft, 0), no_soil(nlevel, 0), no_trust(1, 0)
    type(phase_status_type) :: status
    integer :: c, p, chunk

    do c = 1, ncol
      leafc(:, c) = [(10.0_r8*c + p, p=1, npft)]
      soil(:, c) = 100.0_r8*c
    end do
    slatop = [0.5_r8, 1.0_r8, 2.0_r8]
    call model%bind(PHASE_INPUT, 'leafc', leafc)
    call model%bind(PHASE_INPUT, 'soil4c_vr', soil)
    call model%bind(PHASE_INPUT, 'slatop', slatop)
    call model%bind(PHASE_OUTPUT, 'leafc', leafc_out)
    call model%bind(PHASE_OUTPUT, 'trust', trust)
    do chunk = 0, ncol + 1
      leafc_out = -1.0_r8
      trust = -1.0_r8
      call model%run(ncol, chunk)
      do c = 1, ncol
        call expect(all(leafc_out(:, c) == leafc(:, c)*slatop + nlevel*100.0_r8*c), 'the output is where it belongs')
      end do
      call expect(all(trust > 0.0_r8 .and. trust < 1.0_r8), 'every column has its trust')
    end do

    leafc(2, 4) = huge(1.0_r8)/4
    call model%run(ncol, 2, status)
    call expect(status%ok(), 'a huge value is finite')

    call model%bind(PHASE_INPUT, 'leafc', none, status)
    call model%bind(PHASE_INPUT, 'soil4c_vr', no_soil, status)
    call model%bind(PHASE_OUTPUT, 'leafc', none, status)
    call model%bind(PHASE_OUTPUT, 'trust', no_trust, status)
    call model%run(0, 16, status)
    call expect(status%ok(), 'a rank without columns runs')
  end subroutine check_values

  subroutine check_errors(model, folder)
    type(phase_model_type), intent(inout) :: model
    character(len=*), intent(in) :: folder
    type(phase_model_type) :: other
    type(phase_tensor_type) :: info
    type(phase_status_type) :: status
    real(r8), target :: wide(2*npft, ncol), wrong(npft + 1, ncol), parameters(2*npft)
    real(r8), target :: leafc(npft, ncol), soil(nlevel, ncol), leafc_out(npft, ncol), trust(1, ncol)
    character(len=:), allocatable :: text

    wide = 1.0_r8
    wrong = 1.0_r8
    parameters = 1.0_r8
    leafc = 1.0_r8
    soil = 1.0_r8
    leafc(3, 2) = transfer(-1_int64, 1.0_r8) ! a NaN that no arithmetic made

    call other%load(folder//'/nowhere.pt', 'auto', 0, 0, status)
    call expect_error(status, PHASE_ERR_FILE, 'nowhere.pt')
    call expect(.not. other%is_loaded(), 'a failed load leaves no model')
    call other%run(1, 0, status)
    call expect_error(status, PHASE_ERR_ARGUMENT, "'model'")
    text = other%schema_text(status)
    call expect_error(status, PHASE_ERR_ARGUMENT, "'model'")
    call expect(text == '', 'no model has no schema')

    text = model%meta('no.such.key', status)
    call expect_error(status, PHASE_ERR_NAME, 'no key "no"')
    call model%tensor(PHASE_INPUT, 4, info, status)
    call expect_error(status, PHASE_ERR_ARGUMENT, "'index'")
    call model%bind(PHASE_INPUT, 'rootc', leafc, status)
    call expect_error(status, PHASE_ERR_NAME, "'rootc'")
    call model%bind(PHASE_INPUT, 'leafc', wrong, status)
    call expect_error(status, PHASE_ERR_SHAPE, 'expected shape (column, 3), found (5, 4)')
    call model%bind(PHASE_INPUT, 'leafc', parameters, status)
    call expect_error(status, PHASE_ERR_SHAPE, 'expected shape (column, 3), found (6)')
    call model%bind(PHASE_INPUT, 'leafc', wide(1:2*npft:2, :), status)
    call expect_error(status, PHASE_ERR_SHAPE, 'contiguous')
    call model%bind(PHASE_INPUT, 'slatop', parameters(1:2*npft:2), status)
    call expect_error(status, PHASE_ERR_SHAPE, 'contiguous')

    call other%load(folder//'/good.pt', 'cpu', 0, 0, status)
    call other%bind(PHASE_INPUT, 'leafc', leafc, status)
    call other%run(ncol, 0, status)
    call expect_error(status, PHASE_ERR_UNBOUND, "'soil4c_vr'")
    call other%bind(PHASE_INPUT, 'soil4c_vr', soil, status)
    call other%bind(PHASE_INPUT, 'slatop', parameters(1:npft), status)
    call other%bind(PHASE_OUTPUT, 'leafc', leafc_out, status)
    call other%bind(PHASE_OUTPUT, 'trust', trust, status)
    call other%run(ncol, 0, status)
    call expect_error(status, PHASE_ERR_NAN_INPUT, 'column 1, element 2')
    call other%free()
  end subroutine check_errors

  subroutine expect(condition, what)
    logical, intent(in) :: condition
    character(len=*), intent(in) :: what
    if (condition) return
    write (error_unit, '(2a)') 'not so: ', what
    error stop 1
  end subroutine expect

  subroutine expect_error(status, code, words)
    !! The status holds this error; it is cleared for the next one.
    type(phase_status_type), intent(inout) :: status
    integer, intent(in) :: code
    character(len=*), intent(in) :: words !! part of the message
    call expect(status%error(), 'there is an error that says '//words)
    call expect(status%code == code, 'the code is right for: '//status%message)
    call expect(index(status%message, words) > 0, 'the message says '//words//': '//status%message)
    call status%clear()
  end subroutine expect_error

end program test_phase_bridge

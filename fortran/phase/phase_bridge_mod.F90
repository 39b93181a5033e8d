module phase_bridge_mod
  !! The surrogate as a Fortran object, over the C interface of phase_bridge.
  !!
  !! A Fortran array x(nfeature, ncol) is the tensor of shape (ncol, nfeature) that the artifact's
  !! schema speaks of: the first Fortran index is the last one of the tensor. A parameter without a
  !! column dimension is x(n). Arrays are bound, not copied: they must be targets that outlive the model
  !! (or their next binding), and the run reads and writes them in place.
  use, intrinsic :: iso_c_binding, only: c_ptr, c_char, c_int, c_int64_t, c_size_t, c_double, &
                                         c_null_ptr, c_null_char, c_loc, c_associated
  use phase_kinds_mod, only: r8
  use phase_status_mod, only: phase_status_type, phase_raise, PHASE_OK, PHASE_ERR_ARGUMENT, PHASE_ERR_SHAPE
  implicit none (type, external)
  private

  public :: phase_model_type, phase_tensor_type

  !> which list of tensors a call refers to
  integer, parameter, public :: PHASE_INPUT = 0
  integer, parameter, public :: PHASE_OUTPUT = 1

  integer, parameter :: MAX_RANK = 8
  integer(c_int), parameter :: DTYPE_FLOAT64 = 1
  integer, parameter :: TEXT_LEN = 4096 !! longest name, units, metadata value

  type :: phase_tensor_type
    !! What the schema says of one tensor.
    character(len=:), allocatable :: name
    character(len=:), allocatable :: units
    character(len=:), allocatable :: dtype  !! 'float64', ...
    character(len=:), allocatable :: sample !! 'instant', 'mean', 'monthly' or 'static'; '' for outputs
    character(len=:), allocatable :: role
    character(len=:), allocatable :: dims   !! 'column,pft'
    integer :: rank = 0
    integer :: shape(MAX_RANK) = 0 !! in the order of dims; -1 is the number of columns
    logical :: has_column = .false.
    integer :: nfeature = 0        !! values per column, or in all when there is no column dimension
  end type phase_tensor_type

  type :: phase_model_type
    !! A loaded surrogate. Free it with %free; a copy by assignment is a second name for the same model.
    private
    type(c_ptr) :: handle = c_null_ptr
  contains
    procedure :: load => model_load
    procedure :: free => model_free
    procedure :: is_loaded => model_is_loaded
    procedure :: device => model_device
    procedure :: checksum => model_checksum
    procedure :: schema_text => model_schema_text
    procedure :: meta => model_meta
    procedure :: n_inputs => model_n_inputs
    procedure :: n_outputs => model_n_outputs
    procedure :: tensor => model_tensor
    procedure, private :: bind_rank1 => model_bind_rank1
    procedure, private :: bind_rank2 => model_bind_rank2
    generic :: bind => bind_rank1, bind_rank2
    procedure :: run => model_run
  end type phase_model_type

  ! The C interface; phase_bridge.h documents every argument.
  interface
    integer(c_int) function c_load(path, device, local_rank, n_threads, out) bind(c, name='phase_model_load')
      import :: c_int, c_char, c_ptr
      implicit none (type, external)
      character(kind=c_char), intent(in) :: path(*), device(*)
      integer(c_int), value :: local_rank, n_threads
      type(c_ptr), intent(out) :: out
    end function c_load

    integer(c_int) function c_free(model) bind(c, name='phase_model_free')
      import :: c_int, c_ptr
      implicit none (type, external)
      type(c_ptr), intent(inout) :: model
    end function c_free

    integer(c_int) function c_last_error(buf, length) bind(c, name='phase_last_error')
      import :: c_int, c_char, c_size_t
      implicit none (type, external)
      character(kind=c_char), intent(inout) :: buf(*)
      integer(c_size_t), value :: length
    end function c_last_error

    integer(c_size_t) function c_last_error_length() bind(c, name='phase_last_error_length')
      import :: c_size_t
      implicit none (type, external)
    end function c_last_error_length

    integer(c_int) function c_device(model, buf, length) bind(c, name='phase_model_device')
      import :: c_int, c_ptr, c_char, c_size_t
      implicit none (type, external)
      type(c_ptr), value :: model
      character(kind=c_char), intent(inout) :: buf(*)
      integer(c_size_t), value :: length
    end function c_device

    integer(c_int) function c_checksum(model, buf, length) bind(c, name='phase_model_checksum')
      import :: c_int, c_ptr, c_char, c_size_t
      implicit none (type, external)
      type(c_ptr), value :: model
      character(kind=c_char), intent(inout) :: buf(*)
      integer(c_size_t), value :: length
    end function c_checksum

    integer(c_int) function c_schema_length(model, length) bind(c, name='phase_model_schema_length')
      import :: c_int, c_ptr, c_size_t
      implicit none (type, external)
      type(c_ptr), value :: model
      integer(c_size_t), intent(out) :: length
    end function c_schema_length

    integer(c_int) function c_schema(model, buf, length) bind(c, name='phase_model_schema')
      import :: c_int, c_ptr, c_char, c_size_t
      implicit none (type, external)
      type(c_ptr), value :: model
      character(kind=c_char), intent(inout) :: buf(*)
      integer(c_size_t), value :: length
    end function c_schema

    integer(c_int) function c_meta(model, key, buf, length) bind(c, name='phase_model_meta')
      import :: c_int, c_ptr, c_char, c_size_t
      implicit none (type, external)
      type(c_ptr), value :: model
      character(kind=c_char), intent(in) :: key(*)
      character(kind=c_char), intent(inout) :: buf(*)
      integer(c_size_t), value :: length
    end function c_meta

    integer(c_int) function c_count(model, kind, count) bind(c, name='phase_model_count')
      import :: c_int, c_ptr
      implicit none (type, external)
      type(c_ptr), value :: model
      integer(c_int), value :: kind
      integer(c_int), intent(out) :: count
    end function c_count

    integer(c_int) function c_tensor(model, kind, index, name, name_len, units, units_len, dtype, dtype_len, &
                                     sample, sample_len, role, role_len, dims, dims_len, rank, shape) &
      bind(c, name='phase_model_tensor')
      import :: c_int, c_ptr, c_char, c_size_t, c_int64_t
      implicit none (type, external)
      type(c_ptr), value :: model
      integer(c_int), value :: kind, index
      character(kind=c_char), intent(inout) :: name(*), units(*), dtype(*), sample(*), role(*), dims(*)
      integer(c_size_t), value :: name_len, units_len, dtype_len, sample_len, role_len, dims_len
      integer(c_int), intent(out) :: rank
      integer(c_int64_t), intent(inout) :: shape(*)
    end function c_tensor

    integer(c_int) function c_bind(model, kind, name, data, dtype, rank, shape) bind(c, name='phase_bind')
      import :: c_int, c_ptr, c_char, c_int64_t
      implicit none (type, external)
      type(c_ptr), value :: model, data
      integer(c_int), value :: kind, dtype, rank
      character(kind=c_char), intent(in) :: name(*)
      integer(c_int64_t), intent(in) :: shape(*)
    end function c_bind

    integer(c_int) function c_run(model, ncol, chunk) bind(c, name='phase_model_run')
      import :: c_int, c_ptr, c_int64_t
      implicit none (type, external)
      type(c_ptr), value :: model
      integer(c_int64_t), value :: ncol, chunk
    end function c_run
  end interface

contains

  subroutine model_load(self, path, device, local_rank, n_threads, status)
    !! Load an artifact; a model loaded before is freed first.
    class(phase_model_type), intent(inout) :: self
    character(len=*), intent(in) :: path     !! file name of the artifact
    character(len=*), intent(in) :: device   !! 'auto', 'cpu', 'cuda' or 'cuda:N'
    integer, intent(in) :: local_rank        !! rank of this process on its node, from 0
    integer, intent(in) :: n_threads         !! threads of libtorch; 0 leaves the present setting
    type(phase_status_type), intent(inout), optional :: status
    integer(c_int) :: code

    call self%free()
    code = c_load(to_c(path), to_c(device), int(local_rank, c_int), int(n_threads, c_int), self%handle)
    call check(code, status)
  end subroutine model_load

  subroutine model_free(self)
    class(phase_model_type), intent(inout) :: self
    integer(c_int) :: code
    code = c_free(self%handle) ! fails on a null argument only
  end subroutine model_free

  pure logical function model_is_loaded(self)
    class(phase_model_type), intent(in) :: self
    model_is_loaded = c_associated(self%handle)
  end function model_is_loaded

  function model_device(self, status) result(text)
    !! 'cpu' or 'cuda:N'
    class(phase_model_type), intent(in) :: self
    type(phase_status_type), intent(inout), optional :: status
    character(len=:), allocatable :: text
    character(kind=c_char) :: buffer(TEXT_LEN)

    buffer = c_null_char
    call check(c_device(self%handle, buffer, size(buffer, kind=c_size_t)), status)
    text = to_fortran(buffer)
  end function model_device

  function model_checksum(self, status) result(text)
    !! SHA-256 of the artifact's file, 64 hexadecimal digits
    class(phase_model_type), intent(in) :: self
    type(phase_status_type), intent(inout), optional :: status
    character(len=:), allocatable :: text
    character(kind=c_char) :: buffer(TEXT_LEN)

    buffer = c_null_char
    call check(c_checksum(self%handle, buffer, size(buffer, kind=c_size_t)), status)
    text = to_fortran(buffer)
  end function model_checksum

  function model_schema_text(self, status) result(text)
    !! The schema as stored in the artifact, JSON
    class(phase_model_type), intent(in) :: self
    type(phase_status_type), intent(inout), optional :: status
    character(len=:), allocatable :: text
    character(kind=c_char), allocatable :: buffer(:)
    integer(c_size_t) :: length
    integer(c_int) :: code

    code = c_schema_length(self%handle, length)
    if (code /= PHASE_OK) then
      length = 0
      call check(code, status)
    end if
    allocate (buffer(length + 1))
    buffer = c_null_char
    if (code == PHASE_OK) call check(c_schema(self%handle, buffer, length + 1), status)
    text = to_fortran(buffer)
  end function model_schema_text

  function model_meta(self, key, status) result(text)
    !! A scalar of the schema as text: meta('protocol'), meta('dims.level'), meta('outputs.0.units')
    class(phase_model_type), intent(in) :: self
    character(len=*), intent(in) :: key !! members separated by dots, array elements by position from 0
    type(phase_status_type), intent(inout), optional :: status
    character(len=:), allocatable :: text
    character(kind=c_char) :: buffer(TEXT_LEN)

    buffer = c_null_char
    call check(c_meta(self%handle, to_c(key), buffer, size(buffer, kind=c_size_t)), status)
    text = to_fortran(buffer)
  end function model_meta

  integer function model_n_inputs(self, status) result(n)
    class(phase_model_type), intent(in) :: self
    type(phase_status_type), intent(inout), optional :: status
    n = count_of(self, PHASE_INPUT, status)
  end function model_n_inputs

  integer function model_n_outputs(self, status) result(n)
    class(phase_model_type), intent(in) :: self
    type(phase_status_type), intent(inout), optional :: status
    n = count_of(self, PHASE_OUTPUT, status)
  end function model_n_outputs

  subroutine model_tensor(self, kind, i, info, status)
    !! What the schema says of the i-th input or output.
    class(phase_model_type), intent(in) :: self
    integer, intent(in) :: kind !! PHASE_INPUT or PHASE_OUTPUT
    integer, intent(in) :: i    !! position in the schema, from 1
    type(phase_tensor_type), intent(out) :: info
    type(phase_status_type), intent(inout), optional :: status
    character(kind=c_char), dimension(TEXT_LEN) :: name, units, dtype, sample, role, dims
    integer(c_size_t), parameter :: length = TEXT_LEN
    integer(c_int64_t) :: shape(MAX_RANK)
    integer(c_int) :: rank, code

    name = c_null_char
    units = c_null_char
    dtype = c_null_char
    sample = c_null_char
    role = c_null_char
    dims = c_null_char
    rank = 0
    shape = 0
    code = c_tensor(self%handle, int(kind, c_int), int(i - 1, c_int), name, length, units, length, &
                    dtype, length, sample, length, role, length, dims, length, rank, shape)
    call check(code, status)
    info%name = to_fortran(name)
    info%units = to_fortran(units)
    info%dtype = to_fortran(dtype)
    info%sample = to_fortran(sample)
    info%role = to_fortran(role)
    info%dims = to_fortran(dims)
    info%rank = rank
    info%shape = int(shape)
    info%has_column = shape(1) == -1
    if (code == PHASE_OK) info%nfeature = abs(int(product(shape(1:rank))))
  end subroutine model_tensor

  subroutine model_bind_rank1(self, kind, name, array, status)
    !! Bind a tensor without column dimension, for example a parameter per plant functional type.
    class(phase_model_type), intent(inout) :: self
    integer, intent(in) :: kind          !! PHASE_INPUT or PHASE_OUTPUT
    character(len=*), intent(in) :: name !! the tensor's name in the schema
    real(r8), intent(inout), target :: array(:) !! contiguous, in the units of the schema
    type(phase_status_type), intent(inout), optional :: status

    if (.not. is_contiguous(array)) then
      call raise_strided(name, status)
      return
    end if
    if (size(array) == 0) then
      call bind_address(self, kind, name, c_null_ptr, [size(array, kind=c_int64_t)], status)
    else
      call bind_address(self, kind, name, c_loc(array(1)), [size(array, kind=c_int64_t)], status)
    end if
  end subroutine model_bind_rank1

  subroutine model_bind_rank2(self, kind, name, array, status)
    !! Bind a tensor with a column dimension.
    class(phase_model_type), intent(inout) :: self
    integer, intent(in) :: kind          !! PHASE_INPUT or PHASE_OUTPUT
    character(len=*), intent(in) :: name !! the tensor's name in the schema
    real(r8), intent(inout), target :: array(:, :) !! (nfeature, ncol), contiguous, in the units of the schema
    type(phase_status_type), intent(inout), optional :: status
    integer(c_int64_t) :: extents(2)

    if (.not. is_contiguous(array)) then
      call raise_strided(name, status)
      return
    end if
    extents = [size(array, 2, kind=c_int64_t), size(array, 1, kind=c_int64_t)]
    if (size(array) == 0) then
      call bind_address(self, kind, name, c_null_ptr, extents, status)
    else
      call bind_address(self, kind, name, c_loc(array(1, 1)), extents, status)
    end if
  end subroutine model_bind_rank2

  subroutine model_run(self, ncol, chunk, status)
    !! Run the surrogate over the bound arrays.
    class(phase_model_type), intent(inout) :: self
    integer, intent(in) :: ncol  !! number of columns; 0 is fine
    integer, intent(in) :: chunk !! columns per call of the graph, bounds memory; 0 is all at once
    type(phase_status_type), intent(inout), optional :: status
    call check(c_run(self%handle, int(ncol, c_int64_t), int(chunk, c_int64_t)), status)
  end subroutine model_run

  integer function count_of(self, kind, status) result(n)
    class(phase_model_type), intent(in) :: self
    integer, intent(in) :: kind
    type(phase_status_type), intent(inout), optional :: status
    integer(c_int) :: count

    count = 0
    call check(c_count(self%handle, int(kind, c_int), count), status)
    n = count
  end function count_of

  subroutine bind_address(self, kind, name, address, extents, status)
    class(phase_model_type), intent(in) :: self
    integer, intent(in) :: kind
    character(len=*), intent(in) :: name
    type(c_ptr), intent(in) :: address
    integer(c_int64_t), intent(in) :: extents(:) !! in the order of the tensor, columns first
    type(phase_status_type), intent(inout), optional :: status
    call check(c_bind(self%handle, int(kind, c_int), to_c(name), address, DTYPE_FLOAT64, &
                      size(extents, kind=c_int), extents), status)
  end subroutine bind_address

  subroutine raise_strided(name, status)
    character(len=*), intent(in) :: name
    type(phase_status_type), intent(inout), optional :: status
    call phase_raise(status, PHASE_ERR_SHAPE, 'phase_bridge_mod', &
                     "tensor '"//name//"': expected a contiguous array, found a strided section; bind a whole array")
  end subroutine raise_strided

  subroutine check(code, status)
    !! Hand a failure of the C interface on, with its text.
    integer(c_int), intent(in) :: code
    type(phase_status_type), intent(inout), optional :: status
    character(kind=c_char), allocatable :: buffer(:)
    integer(c_size_t) :: length
    integer(c_int) :: answered

    if (code == PHASE_OK) return
    length = c_last_error_length() + 1
    allocate (buffer(length))
    answered = c_last_error(buffer, length) ! fails on a null or empty buffer only
    call phase_raise(status, int(code), 'phase_bridge_mod', to_fortran(buffer))
  end subroutine check

  pure function to_c(text) result(chars)
    !! Fortran text, without trailing blanks, as a C string.
    character(len=*), intent(in) :: text
    character(kind=c_char) :: chars(len_trim(text) + 1)
    integer :: i

    do i = 1, len_trim(text)
      chars(i) = text(i:i)
    end do
    chars(len_trim(text) + 1) = c_null_char
  end function to_c

  pure function to_fortran(chars) result(text)
    !! A C string up to its terminating NUL.
    character(kind=c_char), intent(in) :: chars(:)
    character(len=:), allocatable :: text
    integer :: i, length

    length = size(chars)
    do i = 1, size(chars)
      if (chars(i) == c_null_char) then
        length = i - 1
        exit
      end if
    end do
    allocate (character(len=length) :: text)
    do i = 1, length
      text(i:i) = chars(i)
    end do
  end function to_fortran

end module phase_bridge_mod

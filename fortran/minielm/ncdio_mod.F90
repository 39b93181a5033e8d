! netCDF input and output. Rank 0 does all of it and gathers or scatters the distributed arrays; every routine is
! collective. Files are written under a temporary name and renamed when complete, so that a reader never meets half
! a file.
module ncdio_mod
  use mpi_f08, only: MPI_Comm, MPI_Bcast, MPI_DOUBLE_PRECISION, MPI_INTEGER
  use netcdf, only: nf90_open, nf90_create, nf90_close, nf90_nowrite, nf90_clobber, nf90_64bit_data, nf90_noerr, &
       nf90_strerror, nf90_def_dim, nf90_def_var, nf90_put_att, nf90_get_att, nf90_enddef, nf90_inq_dimid, nf90_inquire_dimension, &
       nf90_inq_varid, nf90_inquire_variable, nf90_get_var, nf90_put_var, nf90_global, nf90_max_var_dims, nf90_set_fill, &
       nf90_nofill
  use shr_kind_mod, only: r8 => shr_kind_r8, r4 => shr_kind_r4, cl => shr_kind_cl
  use abortutils, only: endrun
  use spmdMod, only: mpicom, masterproc
  use spmdGathScatMod, only: gather_to_master, scatter_from_master
  use decompMod, only: numg
  implicit none (type, external)
  private

  public :: ncd_open, ncd_create, ncd_enddef, ncd_close, ncd_has_var, ncd_dim_len
  public :: ncd_def_dim, ncd_def_var, ncd_put_att, ncd_put_fill_att, ncd_put_global_att
  public :: ncd_get, ncd_get_transposed, ncd_get_replicated, ncd_get_slab, ncd_get_cell_series
  public :: ncd_put, ncd_put_transposed, ncd_put_replicated, ncd_put_record

  type, public :: ncd_file_type
     private
     integer :: ncid = -1
     character(len=cl), public :: path = ' '
     logical :: writing = .false.
  end type ncd_file_type

  ! Distributed arrays; the file holds (cell) or (cell, level) in Fortran order, that is (cell) or (level, cell) in netCDF
  ! notation. per is the number of elements per gridcell.
  interface ncd_get
     module procedure get_1d_r8, get_1d_int, get_2d_r8
  end interface ncd_get

  interface ncd_put
     module procedure put_1d_r8, put_1d_int
  end interface ncd_put

  ! Arrays that every rank holds whole.
  interface ncd_get_replicated
     module procedure get_replicated_1d, get_replicated_scalar, get_replicated_int
  end interface ncd_get_replicated

  interface ncd_put_replicated
     module procedure put_replicated_r8, put_replicated_int, put_replicated_scalar_int
  end interface ncd_put_replicated

contains

  ! --- files ---

  subroutine ncd_open(file, path)
    type(ncd_file_type), intent(out) :: file
    character(len=*), intent(in) :: path

    integer :: status

    file%path = path
    if (.not. masterproc) return
    status = nf90_open(trim(path), nf90_nowrite, file%ncid)
    if (status /= nf90_noerr) call endrun("cannot open the netCDF file '"//trim(path)//"': "//trim(nf90_strerror(status)))
  end subroutine ncd_open

  subroutine ncd_create(file, path)
    type(ncd_file_type), intent(out) :: file
    character(len=*), intent(in) :: path  ! final name

    integer :: old_mode

    file%path = path
    file%writing = .true.
    if (.not. masterproc) return
    call check(file, nf90_create(temporary_name(path), ior(nf90_clobber, nf90_64bit_data), file%ncid), 'create')
    call check(file, nf90_set_fill(file%ncid, nf90_nofill, old_mode), 'set the fill mode')
  end subroutine ncd_create

  subroutine ncd_enddef(file)
    type(ncd_file_type), intent(in) :: file

    if (masterproc) call check(file, nf90_enddef(file%ncid), 'end the definitions')
  end subroutine ncd_enddef

  subroutine ncd_close(file)
    type(ncd_file_type), intent(inout) :: file

    interface
       ! rename(2) of the C library: replaces the target in one step.
       integer(c_int) function c_rename(old, new) bind(c, name='rename')
         use, intrinsic :: iso_c_binding, only: c_char, c_int
         character(kind=c_char), intent(in) :: old(*), new(*)
       end function c_rename
    end interface

    if (masterproc) then
       call check(file, nf90_close(file%ncid), 'close')
       if (file%writing) then
          if (c_rename(temporary_name(file%path)//achar(0), trim(file%path)//achar(0)) /= 0) &
               call endrun("cannot rename '"//temporary_name(file%path)//"' to '"//trim(file%path)//"'")
       end if
    end if
    file%ncid = -1
  end subroutine ncd_close

  pure function temporary_name(path) result(name)
    character(len=*), intent(in) :: path
    character(len=:), allocatable :: name

    name = trim(path)//'.part'
  end function temporary_name

  ! --- queries ---

  logical function ncd_has_var(file, name)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name

    integer :: found, varid, ierr

    found = 0
    if (masterproc) then
       if (nf90_inq_varid(file%ncid, name, varid) == nf90_noerr) found = 1
    end if
    call MPI_Bcast(found, 1, MPI_INTEGER, 0, MPI_Comm(mpicom), ierr)
    ncd_has_var = found == 1
  end function ncd_has_var

  integer function ncd_dim_len(file, name)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name

    integer :: dimid, ierr

    ncd_dim_len = 0
    if (masterproc) then
       call check(file, nf90_inq_dimid(file%ncid, name, dimid), "find the dimension '"//name//"'")
       call check(file, nf90_inquire_dimension(file%ncid, dimid, len=ncd_dim_len), "read the dimension '"//name//"'")
    end if
    call MPI_Bcast(ncd_dim_len, 1, MPI_INTEGER, 0, MPI_Comm(mpicom), ierr)
  end function ncd_dim_len

  ! Id of a variable whose shape must be the given one (Fortran order; a leading singleton dimension is ignored, as
  ! domain files have dimensions nj=1, ni). Rank 0 only.
  integer function var_of_shape(file, name, expected) result(varid)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    integer, intent(in) :: expected(:)

    integer :: ndims, dimids(nf90_max_var_dims), lengths(nf90_max_var_dims), i
    character(len=64) :: text

    if (nf90_inq_varid(file%ncid, name, varid) /= nf90_noerr) &
         call endrun("'"//trim(file%path)//"' has no variable '"//name//"'; it is required here")
    call check(file, nf90_inquire_variable(file%ncid, varid, ndims=ndims, dimids=dimids), "inquire '"//name//"'")
    do i = 1, ndims
       call check(file, nf90_inquire_dimension(file%ncid, dimids(i), len=lengths(i)), "inquire '"//name//"'")
    end do
    if (ndims == size(expected) + 1) then
       if (lengths(ndims) == 1) ndims = ndims - 1
    end if
    if (ndims == size(expected)) then
       if (all(lengths(1:ndims) == expected)) return
    end if
    write(text, '(*(i0,:,","))') lengths(1:ndims)
    text = "("//trim(text)//"), expected ("
    i = len_trim(text) + 1
    write(text(i:), '(*(i0,:,","))') expected
    call endrun("variable '"//name//"' of '"//trim(file%path)//"' has the shape "//trim(text)//") in Fortran order")
  end function var_of_shape

  ! --- definitions (rank 0 acts) ---

  subroutine ncd_def_dim(file, name, length)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    integer, intent(in) :: length  ! nf90_unlimited for the record dimension

    integer :: dimid

    if (masterproc) call check(file, nf90_def_dim(file%ncid, name, length, dimid), "define the dimension '"//name//"'")
  end subroutine ncd_def_dim

  subroutine ncd_def_var(file, name, xtype, dims, long_name, units)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    integer, intent(in) :: xtype                   ! nf90_double, nf90_float or nf90_int
    character(len=*), intent(in) :: dims(:)        ! names of the dimensions, in Fortran order
    character(len=*), intent(in) :: long_name
    character(len=*), intent(in), optional :: units

    integer :: varid, i, dimids(size(dims))

    if (.not. masterproc) return
    do i = 1, size(dims)
       call check(file, nf90_inq_dimid(file%ncid, trim(dims(i)), dimids(i)), "find the dimension of '"//name//"'")
    end do
    call check(file, nf90_def_var(file%ncid, name, xtype, dimids, varid), "define '"//name//"'")
    call ncd_put_att(file, name, 'long_name', long_name)
    if (present(units)) call ncd_put_att(file, name, 'units', units)
  end subroutine ncd_def_var

  subroutine ncd_put_att(file, name, att, text)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name  ! variable
    character(len=*), intent(in) :: att, text

    integer :: varid

    if (.not. masterproc) return
    call check(file, nf90_inq_varid(file%ncid, name, varid), "find '"//name//"'")
    call check(file, nf90_put_att(file%ncid, varid, att, text), "write an attribute of '"//name//"'")
  end subroutine ncd_put_att

  ! The value that marks missing data.
  subroutine ncd_put_fill_att(file, name, value)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name  ! variable of type float
    real(r4), intent(in) :: value

    integer :: varid

    if (.not. masterproc) return
    call check(file, nf90_inq_varid(file%ncid, name, varid), "find '"//name//"'")
    call check(file, nf90_put_att(file%ncid, varid, '_FillValue', value), "write an attribute of '"//name//"'")
    call check(file, nf90_put_att(file%ncid, varid, 'missing_value', value), "write an attribute of '"//name//"'")
  end subroutine ncd_put_fill_att

  subroutine ncd_put_global_att(file, att, text)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: att, text

    if (masterproc) call check(file, nf90_put_att(file%ncid, nf90_global, att, text), "write the attribute '"//att//"'")
  end subroutine ncd_put_global_att

  ! --- distributed arrays ---

  subroutine get_1d_r8(file, name, local, per)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    real(r8), intent(inout) :: local(:)
    integer, intent(in) :: per

    real(r8), allocatable :: global(:)

    allocate(global(merge(numg*per, 0, masterproc)))
    if (masterproc) call read_var(file, name, global)
    call scatter_from_master(global, local, per)
  end subroutine get_1d_r8

  subroutine get_1d_int(file, name, local, per)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    integer, intent(inout) :: local(:)
    integer, intent(in) :: per

    integer, allocatable :: global(:)

    allocate(global(merge(numg*per, 0, masterproc)))
    if (masterproc) call check(file, nf90_get_var(file%ncid, var_of_shape(file, name, [size(global)]), global), &
         "read '"//name//"'")
    call scatter_from_master(global, local, per)
  end subroutine get_1d_int

  ! File order (cell, level) in Fortran, that is (level, cell) in netCDF notation.
  subroutine get_2d_r8(file, name, local, per)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    real(r8), intent(inout) :: local(:,:)
    integer, intent(in) :: per

    real(r8), allocatable :: global(:,:)
    integer :: j

    allocate(global(merge(numg*per, 0, masterproc), size(local, 2)))
    if (masterproc) then
       call check(file, nf90_get_var(file%ncid, var_of_shape(file, name, shape(global)), global), "read '"//name//"'")
       call refuse_nan(file, name, reshape(global, [size(global)]))
    end if
    do j = 1, size(local, 2)
       call scatter_from_master(global(:,j), local(:,j), per)
    end do
  end subroutine get_2d_r8

  ! File order (level, cell) in Fortran, as in restart files: (cell, level) in netCDF notation.
  subroutine ncd_get_transposed(file, name, local, per)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    real(r8), intent(inout) :: local(:,:)
    integer, intent(in) :: per

    real(r8), allocatable :: global(:,:), one(:)
    integer :: j, n

    n = merge(numg*per, 0, masterproc)
    allocate(global(size(local, 2), n), one(n))
    if (masterproc) then
       call check(file, nf90_get_var(file%ncid, var_of_shape(file, name, shape(global)), global), "read '"//name//"'")
       call refuse_nan(file, name, reshape(global, [size(global)]))
    end if
    do j = 1, size(local, 2)
       one = global(j,:)
       call scatter_from_master(one, local(:,j), per)
    end do
  end subroutine ncd_get_transposed

  ! A block of the records of a forcing variable, dimensions (cell, time) in Fortran order. Values outside the given range
  ! are mistakes of units or of packing.
  subroutine ncd_get_slab(file, name, first, lowest, highest, local)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    integer, intent(in) :: first              ! first record
    real(r4), intent(in) :: lowest, highest   ! range of sensible values
    real(r4), intent(inout) :: local(:,:)     ! (cells of this rank, records)

    real(r4), allocatable :: global(:,:)
    integer :: varid, t, at(2)
    character(len=120) :: text

    allocate(global(merge(numg, 0, masterproc), size(local, 2)))
    if (masterproc) then
       if (nf90_inq_varid(file%ncid, name, varid) /= nf90_noerr) &
            call endrun("'"//trim(file%path)//"' has no variable '"//name//"'; it is required here")
       call check(file, nf90_get_var(file%ncid, varid, global, start=[1, first], count=shape(global)), "read '"//name//"'")
       ! a NaN fails every comparison
       at = findloc(global >= lowest .and. global <= highest, .false.)
       if (all(at > 0)) then
          write(text, '(2(a,i0),3(a,g0.5))') ' at gridcell ', at(1), ', time index ', first + at(2) - 1, ' is ', &
               global(at(1), at(2)), '; expected a value from ', lowest, ' to ', highest
          call endrun("'"//name//"' of '"//trim(file%path)//"'"//trim(text)//'; check data and units')
       end if
    end if
    do t = 1, size(local, 2)
       call scatter_from_master(global(:,t), local(:,t), 1)
    end do
  end subroutine ncd_get_slab

  ! The whole series of one cell of a packed weather variable, dimensions (time, cell) in Fortran order. Rank 0 only.
  subroutine ncd_get_cell_series(file, name, cell, lowest, highest, series)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    integer, intent(in) :: cell               ! place in the file
    real(r4), intent(in) :: lowest, highest   ! range of sensible values
    real(r4), intent(out) :: series(:)

    integer :: varid, at
    real(r4) :: scale, offset
    character(len=120) :: text

    if (nf90_inq_varid(file%ncid, name, varid) /= nf90_noerr) &
         call endrun("'"//trim(file%path)//"' has no variable '"//name//"'; it is required here")
    if (nf90_get_att(file%ncid, varid, 'scale_factor', scale) /= nf90_noerr) scale = 1._r4
    if (nf90_get_att(file%ncid, varid, 'add_offset', offset) /= nf90_noerr) offset = 0._r4
    call check(file, nf90_get_var(file%ncid, varid, series, start=[1, cell], count=[size(series), 1]), "read '"//name//"'")
    series = series*scale + offset
    ! packing may miss a zero by half a step
    where (series < lowest .and. series > lowest - scale) series = lowest
    at = findloc(series >= lowest .and. series <= highest, .false., 1)
    if (at == 0) return
    write(text, '(2(a,i0),3(a,g0.5))') ' at place ', cell, ', time index ', at, ' is ', series(at), '; expected a value from ', &
         lowest, ' to ', highest
    call endrun("'"//name//"' of '"//trim(file%path)//"'"//trim(text)//'; check data and units')
  end subroutine ncd_get_cell_series

  subroutine put_1d_r8(file, name, local, per)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    real(r8), intent(in) :: local(:)
    integer, intent(in) :: per

    real(r8), allocatable :: global(:)

    allocate(global(merge(numg*per, 0, masterproc)))
    call gather_to_master(local, global, per)
    if (masterproc) call check(file, nf90_put_var(file%ncid, varid_of(file, name), global), "write '"//name//"'")
  end subroutine put_1d_r8

  subroutine put_1d_int(file, name, local, per)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    integer, intent(in) :: local(:)
    integer, intent(in) :: per

    integer, allocatable :: global(:)

    allocate(global(merge(numg*per, 0, masterproc)))
    call gather_to_master(local, global, per)
    if (masterproc) call check(file, nf90_put_var(file%ncid, varid_of(file, name), global), "write '"//name//"'")
  end subroutine put_1d_int

  subroutine ncd_put_transposed(file, name, local, per)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    real(r8), intent(in) :: local(:,:)
    integer, intent(in) :: per

    real(r8), allocatable :: global(:,:), one(:)
    integer :: j, n

    n = merge(numg*per, 0, masterproc)
    allocate(global(size(local, 2), n), one(n))
    do j = 1, size(local, 2)
       call gather_to_master(local(:,j), one, per)
       global(j,:) = one
    end do
    if (masterproc) call check(file, nf90_put_var(file%ncid, varid_of(file, name), global), "write '"//name//"'")
  end subroutine ncd_put_transposed

  ! One record of a history field, dimensions (cell, level, time) in Fortran order, or (cell, time) with one level.
  subroutine ncd_put_record(file, name, record, local, layered, per)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    integer, intent(in) :: record
    real(r4), intent(in) :: local(:,:)     ! (elements of this rank, levels)
    logical, intent(in) :: layered         ! the variable has a level dimension
    integer, intent(in) :: per             ! elements per gridcell

    real(r4), allocatable :: global(:,:)
    integer :: j, n, status

    n = merge(numg*per, 0, masterproc)
    allocate(global(n, size(local, 2)))
    do j = 1, size(local, 2)
       call gather_to_master(local(:,j), global(:,j), per)
    end do
    if (.not. masterproc) return
    if (layered) then
       status = nf90_put_var(file%ncid, varid_of(file, name), global, start=[1, 1, record], count=[n, size(global, 2), 1])
    else
       status = nf90_put_var(file%ncid, varid_of(file, name), global(:,1), start=[1, record], count=[n, 1])
    end if
    call check(file, status, "write '"//name//"'")
  end subroutine ncd_put_record

  ! --- replicated arrays ---

  subroutine get_replicated_1d(file, name, values)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    real(r8), intent(inout) :: values(:)

    integer :: ierr

    if (masterproc) call read_var(file, name, values)
    call MPI_Bcast(values, size(values), MPI_DOUBLE_PRECISION, 0, MPI_Comm(mpicom), ierr)
  end subroutine get_replicated_1d

  ! A scalar, or an array of one element.
  subroutine get_replicated_scalar(file, name, value)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    real(r8), intent(inout) :: value

    real(r8) :: one(1)
    integer :: ierr

    if (masterproc) then
       call check(file, nf90_get_var(file%ncid, varid_of(file, name), one), "read '"//name//"'")
       call refuse_nan(file, name, one)
       value = one(1)
    end if
    call MPI_Bcast(value, 1, MPI_DOUBLE_PRECISION, 0, MPI_Comm(mpicom), ierr)
  end subroutine get_replicated_scalar

  subroutine get_replicated_int(file, name, value)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    integer, intent(inout) :: value

    integer :: ierr

    if (masterproc) call check(file, nf90_get_var(file%ncid, varid_of(file, name), value), "read '"//name//"'")
    call MPI_Bcast(value, 1, MPI_INTEGER, 0, MPI_Comm(mpicom), ierr)
  end subroutine get_replicated_int

  subroutine put_replicated_r8(file, name, values)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    real(r8), intent(in) :: values(..)

    if (.not. masterproc) return
    select rank (values)
    rank (0)
       call check(file, nf90_put_var(file%ncid, varid_of(file, name), values), "write '"//name//"'")
    rank (1)
       call check(file, nf90_put_var(file%ncid, varid_of(file, name), values), "write '"//name//"'")
    rank (2)
       call check(file, nf90_put_var(file%ncid, varid_of(file, name), values), "write '"//name//"'")
    end select
  end subroutine put_replicated_r8

  subroutine put_replicated_int(file, name, values)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    integer, intent(in) :: values(:)

    if (masterproc) call check(file, nf90_put_var(file%ncid, varid_of(file, name), values), "write '"//name//"'")
  end subroutine put_replicated_int

  subroutine put_replicated_scalar_int(file, name, value)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    integer, intent(in) :: value

    if (masterproc) call check(file, nf90_put_var(file%ncid, varid_of(file, name), value), "write '"//name//"'")
  end subroutine put_replicated_scalar_int

  ! --- helpers of rank 0 ---

  integer function varid_of(file, name)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name

    call check(file, nf90_inq_varid(file%ncid, name, varid_of), "find the variable '"//name//"'")
  end function varid_of

  subroutine read_var(file, name, values)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    real(r8), intent(inout) :: values(:)

    call check(file, nf90_get_var(file%ncid, var_of_shape(file, name, [size(values)]), values), "read '"//name//"'")
    call refuse_nan(file, name, values)
  end subroutine read_var

  subroutine refuse_nan(file, name, values)
    type(ncd_file_type), intent(in) :: file
    character(len=*), intent(in) :: name
    real(r8), intent(in) :: values(:)

    if (all(abs(values) <= huge(1._r8))) return
    call endrun("'"//name//"' of '"//trim(file%path)//"' holds values that are not finite")
  end subroutine refuse_nan

  subroutine check(file, status, action)
    type(ncd_file_type), intent(in) :: file
    integer, intent(in) :: status
    character(len=*), intent(in) :: action

    if (status == nf90_noerr) return
    call endrun("cannot "//action//" in '"//trim(file%path)//"': "//trim(nf90_strerror(status)))
  end subroutine check

end module ncdio_mod

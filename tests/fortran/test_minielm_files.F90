! minielm's netCDF layer: what the ranks write together comes back to each of them, under the final name only.
program test_minielm_files
  use mpi, only: MPI_Init, MPI_Finalize, MPI_Barrier, MPI_COMM_WORLD
  use netcdf, only: nf90_double, nf90_int, nf90_float
  use phase_fixture, only: check, finish_tests
  use shr_kind_mod, only: r8 => shr_kind_r8, r4 => shr_kind_r4
  use elm_varpar, only: natpft_size
  use decompMod, only: bounds_type, decomp_init, get_proc_bounds, numg
  use ncdio_mod, only: ncd_file_type, ncd_create, ncd_open, ncd_close, ncd_enddef, ncd_def_dim, ncd_def_var, ncd_put, &
       ncd_put_transposed, ncd_put_record, ncd_get, ncd_get_transposed, ncd_get_slab, ncd_has_var, ncd_dim_len
  use spmdMod, only: spmd_init, masterproc
  implicit none (type, external)

  integer, parameter :: nlev = 3, nrec = 2
  character(len=*), parameter :: path = 'test_minielm_files.nc'
  type(bounds_type) :: bounds
  integer :: ierr

  call MPI_Init(ierr)
  call spmd_init(MPI_COMM_WORLD)
  call decomp_init(7)
  call get_proc_bounds(bounds)
  if (masterproc) call remove_leftover()
  call write_file()
  call read_file()
  call MPI_Finalize(ierr)
  call finish_tests()

contains

  subroutine remove_leftover()
    integer :: unit, status

    open(newunit=unit, file=path, status='old', iostat=status)
    if (status == 0) close(unit, status='delete')
  end subroutine remove_leftover

  ! Values that tell their own global index.
  subroutine write_file()
    type(ncd_file_type) :: file
    real(r8) :: column(bounds%begc:bounds%endc), patch(bounds%begp:bounds%endp), layers(bounds%begc:bounds%endc, nlev)
    integer :: number(bounds%begc:bounds%endc), c, p, j, r
    real(r4) :: record(bounds%begc:bounds%endc, 1)
    logical :: exists

    column = [(sqrt(real(c, r8)), c = bounds%begc, bounds%endc)]
    patch = [(sqrt(real(p, r8)), p = bounds%begp, bounds%endp)]
    number = [(10*c, c = bounds%begc, bounds%endc)]
    do j = 1, nlev
       layers(:, j) = column + 100*j
    end do

    call ncd_create(file, path)
    call ncd_def_dim(file, 'column', numg)
    call ncd_def_dim(file, 'pft', numg*natpft_size)
    call ncd_def_dim(file, 'level', nlev)
    call ncd_def_dim(file, 'time', nrec)
    call ncd_def_var(file, 'column_values', nf90_double, ['column'], 'square root of the column index', '1')
    call ncd_def_var(file, 'patch_values', nf90_double, ['pft'], 'square root of the patch index')
    call ncd_def_var(file, 'numbers', nf90_int, ['column'], 'ten times the column index')
    call ncd_def_var(file, 'layers', nf90_double, ['level ', 'column'], 'values by layer')
    call ncd_def_var(file, 'records', nf90_float, ['column', 'time  '], 'values by record')
    call ncd_enddef(file)
    call ncd_put(file, 'column_values', column, 1)
    call ncd_put(file, 'patch_values', patch, natpft_size)
    call ncd_put(file, 'numbers', number, 1)
    call ncd_put_transposed(file, 'layers', layers, 1)
    do r = 1, nrec
       record(:, 1) = real(number + r, r4)
       call ncd_put_record(file, 'records', r, record, layered=.false., per=1)
    end do
    if (masterproc) then
       inquire(file=path, exist=exists)
       call check('no_half_written_file', .not. exists)
    end if
    call ncd_close(file)
    call MPI_Barrier(MPI_COMM_WORLD, ierr)
    inquire(file=path, exist=exists)
    call check('final_name', exists)
    inquire(file=path//'.part', exist=exists)
    call check('no_temporary_name', .not. exists)
  end subroutine write_file

  subroutine read_file()
    type(ncd_file_type) :: file
    real(r8) :: column(bounds%begc:bounds%endc), patch(bounds%begp:bounds%endp), layers(bounds%begc:bounds%endc, nlev)
    integer :: number(bounds%begc:bounds%endc), i, length
    real(r4) :: slab(bounds%begc:bounds%endc, nrec)
    logical :: present, absent

    call ncd_open(file, path)
    present = ncd_has_var(file, 'layers')
    absent = ncd_has_var(file, 'nothing')
    call check('has_var', present .and. .not. absent)
    length = ncd_dim_len(file, 'pft')
    call check('dim_len', length == 7*natpft_size)
    call ncd_get(file, 'column_values', column, 1)
    call check('columns', all(column == [(sqrt(real(i, r8)), i = bounds%begc, bounds%endc)]))
    call ncd_get(file, 'patch_values', patch, natpft_size)
    call check('patches', all(patch == [(sqrt(real(i, r8)), i = bounds%begp, bounds%endp)]))
    call ncd_get(file, 'numbers', number, 1)
    call check('integers', all(number == [(10*i, i = bounds%begc, bounds%endc)]))
    call ncd_get_transposed(file, 'layers', layers, 1)
    call check('layers', all([(all(layers(:, i) == column + 100*i), i = 1, nlev)]))
    call ncd_get_slab(file, 'records', 1, 0._r4, 100._r4, slab)
    call check('records', all(slab(:, 1) == real(number + 1, r4)) .and. all(slab(:, 2) == real(number + 2, r4)))
    call ncd_close(file)
  end subroutine read_file

end program test_minielm_files

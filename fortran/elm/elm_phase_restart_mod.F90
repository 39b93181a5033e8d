module elm_phase_restart_mod
  !! The plugin's state in a netCDF file of its own beside ELM's restart, and its results per column.
  !! Everything is gathered on rank 0 in the order of the global column numbers, so a run may go on
  !! with another number of ranks. Files appear under their names only when they are complete.
  use netcdf, only: nf90_create, nf90_open, nf90_close, nf90_def_dim, nf90_def_var, nf90_put_att, nf90_get_att, &
    nf90_enddef, nf90_inq_dimid, nf90_put_var, nf90_get_var, nf90_inquire, nf90_inquire_variable, nf90_inquire_dimension, &
    nf90_inq_varid, nf90_strerror, nf90_noerr, nf90_nowrite, nf90_clobber, nf90_64bit_data, nf90_double, &
    nf90_int, nf90_global
  use phase_files_mod, only: rename_file, remove_file
  use phase_kinds_mod, only: r8
  use phase_parallel_mod, only: phase_parallel_type
  use phase_state_mod, only: phase_state_type, phase_state_name_len
  use phase_status_mod, only: phase_status_type, phase_raise, phase_int_to_text, PHASE_ERR_FILE, PHASE_ERR_STATE
  implicit none
  private

  public :: elm_phase_state_write, elm_phase_state_read, elm_phase_state_origin, elm_phase_columns_write

  integer, parameter :: file_format = 1

contains

  subroutine elm_phase_state_write(path, state, parallel, checksum, protocol, mode, date_text, status)
    !! Collective.
    character(len=*), intent(in) :: path
    type(phase_state_type), intent(in) :: state
    type(phase_parallel_type), intent(in) :: parallel
    character(len=*), intent(in) :: checksum   !! of the artifact
    character(len=*), intent(in) :: protocol   !! how the run began
    character(len=*), intent(in) :: mode       !! normal or accelerated
    character(len=*), intent(in) :: date_text
    type(phase_status_type), intent(inout) :: status
    real(r8), allocatable :: global(:, :)
    integer :: ncid, k, dims(2), column
    integer, allocatable :: varids(:)

    allocate (varids(state%n), source=0)
    if (parallel%master()) then
      call create(path, ncid, status)
      if (status%ok()) then
        call check(nf90_def_dim(ncid, 'column', parallel%nglobal, column), path, status)
        call check(nf90_put_att(ncid, nf90_global, 'title', 'state of the PHASE spin-up plugin'), path, status)
        call check(nf90_put_att(ncid, nf90_global, 'phase_state_format', file_format), path, status)
        call check(nf90_put_att(ncid, nf90_global, 'artifact_checksum', checksum), path, status)
        call check(nf90_put_att(ncid, nf90_global, 'protocol', protocol), path, status)
        call check(nf90_put_att(ncid, nf90_global, 'run_mode', mode), path, status)
        call check(nf90_put_att(ncid, nf90_global, 'date', date_text), path, status)
        call check(nf90_def_var(ncid, 'gid', nf90_int, [column], dims(1)), path, status)
        call check(nf90_put_att(ncid, dims(1), 'long_name', 'global column number'), path, status)
        do k = 1, state%n
          associate (item => state%items(k))
            dims(1) = dimension_of(ncid, size(item%values, 1))
            if (item%on_column) then
              dims(2) = column
            else
              dims(2) = dimension_of(ncid, size(item%values, 2))
            end if
            call check(nf90_def_var(ncid, trim(item%name), nf90_double, dims, varids(k)), path, status)
          end associate
        end do
        call check(nf90_enddef(ncid), path, status)
        call check(nf90_inq_varid(ncid, 'gid', k), path, status)
        call check(nf90_put_var(ncid, k, parallel%gids), path, status)
      end if
    end if
    if (parallel%master() .and. status%error()) call finish(ncid, path, status)
    call parallel%agree(status)
    if (status%error()) return
    do k = 1, state%n
      if (state%items(k)%on_column) then
        call parallel%gather(state%items(k)%values, global)
        if (parallel%master()) call check(nf90_put_var(ncid, varids(k), global), path, status)
      else if (parallel%master()) then
        call check(nf90_put_var(ncid, varids(k), state%items(k)%values), path, status)
      end if
    end do
    if (parallel%master()) call finish(ncid, path, status)
    call parallel%agree(status)
  end subroutine elm_phase_state_write

  subroutine elm_phase_state_read(path, state, parallel, checksum, ncol, status)
    !! Collective. The columns are dealt to the ranks by their global numbers.
    character(len=*), intent(in) :: path
    type(phase_state_type), intent(inout) :: state
    type(phase_parallel_type), intent(in) :: parallel
    character(len=*), intent(in) :: checksum  !! of the artifact now
    integer, intent(in) :: ncol               !! columns of this rank
    type(phase_status_type), intent(inout) :: status
    character(len=:), allocatable :: name
    real(r8), allocatable :: global(:, :), local(:, :), flat(:)
    integer :: ncid, k, nvar, extents(2), on_column

    nvar = 0
    if (parallel%master()) call open_checked(path, parallel, checksum, ncid, nvar, status)
    call parallel%agree(status)
    if (status%error()) return
    call parallel%bcast_int(nvar, 0)
    do k = 1, nvar
      name = ''
      extents(:) = 0
      on_column = 0
      if (parallel%master()) call read_variable(ncid, k, path, name, global, on_column, status)
      call parallel%agree(status)
      if (status%error()) return
      call parallel%bcast_text(name, 0)
      if (name == 'gid') cycle
      call parallel%bcast_int(on_column, 0)
      if (parallel%master()) extents(:) = shape(global)
      call parallel%bcast_int(extents(1), 0)
      call parallel%bcast_int(extents(2), 0)
      if (on_column == 1) then
        if (.not. parallel%master()) allocate (global(extents(1), 0))
        allocate (local(extents(1), ncol))
        call parallel%scatter(global, local)
      else
        allocate (flat(extents(1)*extents(2)), source=0._r8)
        if (parallel%master()) flat(:) = reshape(global, [size(flat)])
        call parallel%bcast_real(flat, 0)
        allocate (local(extents(1), extents(2)), source=reshape(flat, extents))
        deallocate (flat)
      end if
      call state%put(name, local, on_column == 1)
      deallocate (local)
      if (allocated(global)) deallocate (global)
    end do
    if (parallel%master()) call check(nf90_close(ncid), path, status)
    call parallel%agree(status)
  end subroutine elm_phase_state_read

  subroutine open_checked(path, parallel, checksum, ncid, nvar, status)
    !! Open a state file and make sure that it belongs to this artifact and grid.
    character(len=*), intent(in) :: path, checksum
    type(phase_parallel_type), intent(in) :: parallel
    integer, intent(out) :: ncid, nvar
    type(phase_status_type), intent(inout) :: status
    character(len=64) :: found
    integer, allocatable :: gids(:)
    integer :: dims(1), format, n, varid

    nvar = 0
    call check(nf90_open(path, nf90_nowrite, ncid), path, status)
    if (status%error()) return
    found = ' '
    format = 0
    n = 0
    call check(nf90_get_att(ncid, nf90_global, 'phase_state_format', format), path, status)
    if (status%ok() .and. format /= file_format) call phase_raise(status, PHASE_ERR_STATE, 'elm_phase_restart', &
      path//': phase_state_format is '//phase_int_to_text(format)//', expected '//phase_int_to_text(file_format)// &
      '; it was written by another version of the plugin: go on with that version, or set phase_restart_file = ''none''')
    call check(nf90_get_att(ncid, nf90_global, 'artifact_checksum', found), path, status)
    if (status%ok() .and. found /= checksum) call phase_raise(status, PHASE_ERR_STATE, 'elm_phase_restart', path// &
      ': written with the artifact of sha256 '//trim(found)//', this run has '//checksum// &
      '; use the same artifact for the whole run, or phase_restart_file = ''none'' to observe anew')
    call check(nf90_inq_varid(ncid, 'gid', varid), path, status)
    if (status%error()) return
    call check(nf90_inquire_variable(ncid, varid, dimids=dims), path, status)
    call check(nf90_inquire_dimension(ncid, dims(1), len=n), path, status)
    if (status%ok() .and. n /= parallel%nglobal) call phase_raise(status, PHASE_ERR_STATE, 'elm_phase_restart', path// &
      ': expected '//phase_int_to_text(parallel%nglobal)//' columns, found '//phase_int_to_text(n))
    if (status%error()) return
    allocate (gids(n))
    call check(nf90_get_var(ncid, varid, gids), path, status)
    if (status%ok()) then
      if (any(gids /= parallel%gids)) call phase_raise(status, PHASE_ERR_STATE, 'elm_phase_restart', path// &
        ': its columns are not those of this run; a restart needs the grid and surface data of the run that wrote it')
    end if
    call check(nf90_inquire(ncid, nvariables=nvar), path, status)
  end subroutine open_checked

  subroutine read_variable(ncid, varid, path, name, values, on_column, status)
    integer, intent(in) :: ncid, varid
    character(len=*), intent(in) :: path
    character(len=:), allocatable, intent(inout) :: name
    real(r8), allocatable, intent(out) :: values(:, :)
    integer, intent(out) :: on_column  !! 1: the second dimension is the column
    type(phase_status_type), intent(inout) :: status
    character(len=phase_state_name_len) :: found, dimension_name
    integer :: dims(2), ndims, n1, n2

    on_column = 0
    call check(nf90_inquire_variable(ncid, varid, name=found, ndims=ndims), path, status)
    if (status%error()) return
    name = trim(found)
    if (ndims /= 2) then
      if (name /= 'gid') call phase_raise(status, PHASE_ERR_STATE, 'elm_phase_restart', path//': variable '//name// &
        ' has '//phase_int_to_text(ndims)//' dimensions, expected 2')
      return
    end if
    call check(nf90_inquire_variable(ncid, varid, dimids=dims), path, status)
    call check(nf90_inquire_dimension(ncid, dims(1), len=n1), path, status)
    call check(nf90_inquire_dimension(ncid, dims(2), name=dimension_name, len=n2), path, status)
    if (status%error()) return
    if (dimension_name == 'column') on_column = 1
    allocate (values(n1, n2))
    call check(nf90_get_var(ncid, varid, values), path, status)
  end subroutine read_variable

  subroutine elm_phase_state_origin(path, parallel, protocol, mode, found)
    !! How the run that wrote a state file began, and in which mode; found is false where there is no such file. Collective.
    character(len=*), intent(in) :: path
    type(phase_parallel_type), intent(in) :: parallel
    character(len=:), allocatable, intent(out) :: protocol
    character(len=:), allocatable, intent(out) :: mode  !! normal or accelerated
    logical, intent(out) :: found
    character(len=64) :: texts(2)
    integer :: ncid, code, present_code

    present_code = 0
    texts(:) = ' '
    if (parallel%master()) then
      if (nf90_open(path, nf90_nowrite, ncid) == nf90_noerr) then
        present_code = 1
        code = nf90_get_att(ncid, nf90_global, 'protocol', texts(1))
        code = nf90_get_att(ncid, nf90_global, 'run_mode', texts(2))
        code = nf90_close(ncid)
      end if
    end if
    call parallel%bcast_int(present_code, 0)
    protocol = trim(texts(1))
    mode = trim(texts(2))
    call parallel%bcast_text(protocol, 0)
    call parallel%bcast_text(mode, 0)
    found = present_code == 1
  end subroutine elm_phase_state_origin

  subroutine elm_phase_columns_write(path, names, units, long_names, values, position, facts, parallel, missing, status)
    !! Results per column, one variable each, with the column's place on the model's grid, by CF. Collective.
    character(len=*), intent(in) :: path
    character(len=*), intent(in) :: names(:), units(:), long_names(:)
    real(r8), intent(in) :: values(:, :)       !! (variable, ncol)
    integer, intent(in) :: position(:, :)      !! (2, ncol) longitude and latitude index of the gridcell, from 1
    character(len=*), intent(in) :: facts(:, :) !! (2, n) names and values of global attributes
    type(phase_parallel_type), intent(in) :: parallel
    real(r8), intent(in) :: missing            !! marks what is not known
    type(phase_status_type), intent(inout) :: status
    character(len=*), parameter :: position_names(2) = ['cols1d_ixy', 'cols1d_jxy']
    character(len=*), parameter :: position_long_names(2) = [character(len=40) :: '1-based longitude index on the grid', &
      '1-based latitude index on the grid']
    real(r8), parameter :: fill = 1.e36_r8
    real(r8), allocatable :: global(:, :), place(:, :)
    integer :: ncid, column, k, gid, varids(size(names)), placeids(2)

    call parallel%gather(values, global)
    call parallel%gather(real(position, r8), place)
    if (parallel%master()) then
      call create(path, ncid, status)
      if (status%ok()) then
        call check(nf90_def_dim(ncid, 'column', parallel%nglobal, column), path, status)
        call check(nf90_put_att(ncid, nf90_global, 'Conventions', 'CF-1.10'), path, status)
        call check(nf90_put_att(ncid, nf90_global, 'title', 'PHASE results per column'), path, status)
        do k = 1, size(facts, 2)
          call check(nf90_put_att(ncid, nf90_global, trim(facts(1, k)), trim(facts(2, k))), path, status)
        end do
        call check(nf90_def_var(ncid, 'gid', nf90_int, [column], gid), path, status)
        call check(nf90_put_att(ncid, gid, 'long_name', 'global column number'), path, status)
        do k = 1, size(position_names)
          call check(nf90_def_var(ncid, position_names(k), nf90_int, [column], placeids(k)), path, status)
          call check(nf90_put_att(ncid, placeids(k), 'long_name', trim(position_long_names(k))), path, status)
        end do
        do k = 1, size(names)
          call check(nf90_def_var(ncid, trim(names(k)), nf90_double, [column], varids(k)), path, status)
          call check(nf90_put_att(ncid, varids(k), 'units', trim(units(k))), path, status)
          call check(nf90_put_att(ncid, varids(k), 'long_name', trim(long_names(k))), path, status)
          call check(nf90_put_att(ncid, varids(k), '_FillValue', fill), path, status)
          select case (names(k))
          case ('lat')
            call check(nf90_put_att(ncid, varids(k), 'standard_name', 'latitude'), path, status)
          case ('lon')
            call check(nf90_put_att(ncid, varids(k), 'standard_name', 'longitude'), path, status)
          case default
            call check(nf90_put_att(ncid, varids(k), 'coordinates', 'lat lon'), path, status)
          end select
        end do
        call check(nf90_enddef(ncid), path, status)
        call check(nf90_put_var(ncid, gid, parallel%gids), path, status)
        do k = 1, size(position_names)
          call check(nf90_put_var(ncid, placeids(k), nint(place(k, :))), path, status)
        end do
        do k = 1, size(names)
          call check(nf90_put_var(ncid, varids(k), merge(fill, global(k, :), global(k, :) == missing)), path, status)
        end do
        call finish(ncid, path, status)
      end if
    end if
    call parallel%agree(status)
  end subroutine elm_phase_columns_write

  subroutine create(path, ncid, status)
    !! Open a new file under a temporary name; ncid is -1 where there is none.
    character(len=*), intent(in) :: path
    integer, intent(out) :: ncid
    type(phase_status_type), intent(inout) :: status
    call check(nf90_create(path//'.tmp', ior(nf90_clobber, nf90_64bit_data), ncid), path//'.tmp', status)
    if (status%error()) ncid = -1
  end subroutine create

  subroutine finish(ncid, path, status)
    !! Give a complete file its name; remove one that is not.
    integer, intent(in) :: ncid
    character(len=*), intent(in) :: path
    type(phase_status_type), intent(inout) :: status

    if (ncid < 0) return
    call check(nf90_close(ncid), path, status)
    if (status%ok()) then
      if (.not. rename_file(path//'.tmp', path)) call phase_raise(status, PHASE_ERR_FILE, &
        'elm_phase_restart', 'cannot rename '//path//'.tmp to '//path)
    else
      call remove_file(path//'.tmp')
    end if
  end subroutine finish

  integer function dimension_of(ncid, extent) result(dimid)
    !! Dimensions are named by their extent; asking twice gives the same one.
    integer, intent(in) :: ncid, extent
    integer :: code
    if (nf90_inq_dimid(ncid, 'n'//phase_int_to_text(extent), dimid) == nf90_noerr) return
    code = nf90_def_dim(ncid, 'n'//phase_int_to_text(extent), extent, dimid)
  end function dimension_of

  subroutine check(code, path, status)
    !! The first netCDF error stays in the status.
    integer, intent(in) :: code
    character(len=*), intent(in) :: path
    type(phase_status_type), intent(inout) :: status
    if (code /= nf90_noerr) call phase_raise(status, PHASE_ERR_FILE, 'elm_phase_restart', &
      path//': '//trim(nf90_strerror(code)))
  end subroutine check

end module elm_phase_restart_mod

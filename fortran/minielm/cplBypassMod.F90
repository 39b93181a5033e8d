! Weather as ELM reads it without a data atmosphere (CPL_BYPASS, CRU-NCEP layout): a folder with zone_mappings.txt and
! packed files CRUNCEP.v5_<variable>_1901-2013_z<zone>.nc of dimensions (n, DTIME). Its values become daily means.
module cplBypassMod
  use mpi_f08, only: MPI_Comm, MPI_Bcast, MPI_INTEGER
  use shr_kind_mod, only: r8 => shr_kind_r8, r4 => shr_kind_r4, cl => shr_kind_cl
  use spmdMod, only: mpicom, masterproc
  use spmdGathScatMod, only: scatter_from_master, gather_to_master
  use abortutils, only: endrun
  use decompMod, only: bounds_type, numg
  use GridcellType, only: grc_pp
  use ncdio_mod, only: ncd_file_type, ncd_open, ncd_close, ncd_dim_len, ncd_get_replicated, ncd_get_cell_series
  implicit none (type, external)
  private

  public :: is_cpl_bypass
  public :: cpl_bypass_read

  character(len=*), parameter :: mapping = 'zone_mappings.txt'
  real(r8), parameter :: farthest = 1._r8   ! [degrees] between a gridcell and its weather

contains

  ! Does the path name such a folder?
  logical function is_cpl_bypass(path)
    character(len=*), intent(in) :: path

    inquire(file=trim(path)//'/'//mapping, exist=is_cpl_bypass)
  end function is_cpl_bypass

  ! The daily means of all variables over the whole cycle.
  subroutine cpl_bypass_read(bounds, folder, names, lowest, highest, cycle_data)
    type(bounds_type), intent(in) :: bounds
    character(len=*), intent(in) :: folder
    character(len=*), intent(in) :: names(:)
    real(r4), intent(in) :: lowest(:), highest(:)             ! range of sensible values by variable
    real(r4), allocatable, intent(out) :: cycle_data(:,:,:)   ! (gridcell, variable, day)

    integer :: zone(numg), place(numg)
    integer :: v, day, ndays
    real(r4), allocatable :: daily(:,:)
    real(r4) :: local(bounds%begg:bounds%endg)

    call find_weather(bounds, folder, zone, place)
    do v = 1, size(names)
       call read_variable(folder, trim(names(v)), lowest(v), highest(v), zone, place, daily)
       ndays = size(daily, 2)
       if (.not. allocated(cycle_data)) then
          allocate(cycle_data(bounds%begg:bounds%endg, size(names), ndays))
       else if (size(cycle_data, 3) /= ndays) then
          call endrun("cpl_bypass_read: '"//trim(names(v))//"' of '"//trim(folder)//"' has another length than '" &
               //trim(names(1))//"'; all variables must cover the same years", on_all_ranks=.true.)
       end if
       do day = 1, ndays
          call scatter_from_master(daily(:, day), local, 1)
          cycle_data(:, v, day) = local
       end do
    end do
  end subroutine cpl_bypass_read

  ! Zone and place in the zone's files of every gridcell: those of the nearest line of the mapping.
  subroutine find_weather(bounds, folder, zone, place)
    type(bounds_type), intent(in) :: bounds
    character(len=*), intent(in) :: folder
    integer, intent(out) :: zone(numg), place(numg)

    real(r8) :: lat(merge(numg, 0, masterproc)), lon(merge(numg, 0, masterproc))
    integer :: ierr

    zone = 0
    place = 0
    call gather_to_master(grc_pp%latdeg(bounds%begg:bounds%endg), lat, 1)
    call gather_to_master(grc_pp%londeg(bounds%begg:bounds%endg), lon, 1)
    if (masterproc) call read_mapping()
    call MPI_Bcast(zone, numg, MPI_INTEGER, 0, MPI_Comm(mpicom), ierr)
    call MPI_Bcast(place, numg, MPI_INTEGER, 0, MPI_Comm(mpicom), ierr)

  contains

    subroutine read_mapping()
      real(r8) :: best(numg), at_lon, at_lat, distance
      integer :: unit, status, g, in_zone, in_place
      character(len=160) :: msg

      best = huge(1._r8)
      open(newunit=unit, file=trim(folder)//'/'//mapping, status='old', action='read', iostat=status)
      if (status /= 0) call endrun("find_weather: cannot open '"//trim(folder)//'/'//mapping//"'")
      do
         read(unit, *, iostat=status) at_lon, at_lat, in_zone, in_place
         if (status < 0) exit
         if (status > 0) call endrun("find_weather: '"//trim(folder)//'/'//mapping// &
              "' must have lines of longitude, latitude, zone and place")
         do g = 1, numg
            distance = hypot(modulo(lon(g) - at_lon + 180._r8, 360._r8) - 180._r8, lat(g) - at_lat)
            if (distance >= best(g)) cycle
            best(g) = distance
            zone(g) = in_zone
            place(g) = in_place
         end do
      end do
      close(unit)
      g = maxloc(best, 1)
      if (best(g) <= farthest) return
      write(msg, '(a,i0,2(a,f8.3),a)') 'find_weather: gridcell ', g, ' (lat ', lat(g), ', lon ', lon(g), ') has no weather in '
      call endrun(trim(msg)//" '"//trim(folder)//'/'//mapping//"' within 1 degree")
    end subroutine read_mapping

  end subroutine find_weather

  ! Daily means of one variable at all gridcells, on rank 0.
  subroutine read_variable(folder, name, lowest, highest, zone, place, daily)
    character(len=*), intent(in) :: folder, name
    real(r4), intent(in) :: lowest, highest
    integer, intent(in) :: zone(numg), place(numg)
    real(r4), allocatable, intent(out) :: daily(:,:)   ! (gridcell, day)

    integer :: z, g, day, ntimes, ndays, a_day
    type(ncd_file_type) :: file
    real(r8), allocatable :: times(:)
    real(r4), allocatable :: series(:)
    character(len=cl) :: path

    do z = 1, maxval(zone)
       if (all(zone /= z)) cycle
       write(path, '(4a,i2.2,a)') trim(folder), '/CRUNCEP.v5_', name, '_1901-2013_z', z, '.nc'
       call ncd_open(file, path)
       ntimes = ncd_dim_len(file, 'DTIME')
       allocate(times(ntimes), series(ntimes))
       call ncd_get_replicated(file, 'DTIME', times)
       a_day = max(1, nint(1._r8/max(times(min(2, ntimes)) - times(1), 1.e-3_r8)))
       ndays = ntimes/a_day
       if (ndays == 0 .or. mod(ntimes, 365*a_day) /= 0) call endrun("cpl_bypass_read: '"//trim(path)// &
            "' must hold whole years of 365 days", on_all_ranks=.true.)
       if (.not. allocated(daily)) allocate(daily(merge(numg, 0, masterproc), ndays), source=0._r4)
       if (size(daily, 2) /= ndays) call endrun("cpl_bypass_read: '"//trim(path)// &
            "' has another length than the files of other zones", on_all_ranks=.true.)
       do g = 1, size(daily, 1)
          if (zone(g) /= z) cycle
          call ncd_get_cell_series(file, name, place(g), lowest, highest, series)
          do day = 1, ndays
             daily(g, day) = sum(series((day-1)*a_day+1:day*a_day))/real(a_day, r4)
          end do
       end do
       deallocate(times, series)
       call ncd_close(file)
    end do
  end subroutine read_variable

end module cplBypassMod

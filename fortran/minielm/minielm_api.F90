! The model as a few flat procedures, for wrapping with f90wrap (phase_elm.minielm). One model a process.
module minielm_api
  use, intrinsic :: iso_c_binding, only: c_loc, c_intptr_t
  use, intrinsic :: iso_fortran_env, only: int64
  use shr_kind_mod, only: r8 => shr_kind_r8
  use decompMod, only: bounds_type, get_proc_bounds
  use elm_time_manager, only: get_curr_date
  use AnnualBudgetMod, only: annual_closure
  use lnd_comp_mod, only: lnd_init, lnd_run_step, lnd_run_years, lnd_final
  use elm_phase_mod, only: elm_phase_register, phase_driver_packed_shape, phase_driver_packed, phase_driver_jump
  use phase_spinup_mod, only: phase_fields_type, phase_status_type
  implicit none (type, external)
  private

  public :: start, run_steps, run_years, current_date, finish
  public :: field_count, field_at, field_part
  public :: packed_shape, packed, jump, last_error, closure

  type(phase_fields_type), save :: fields   ! the adapter's list of named arrays
  type(phase_status_type), save :: failure  ! the plugin's last answer

contains

  ! Read the namelist and build the model on a communicator of an initialised MPI.
  subroutine start(comm, namelist_file)
    integer, intent(in) :: comm                    ! Fortran handle (mpi4py: comm.py2f())
    character(len=*), intent(in) :: namelist_file  ! lnd_in

    type(bounds_type) :: bounds

    call lnd_init(comm, namelist_file)
    call get_proc_bounds(bounds)
    fields = phase_fields_type()
    call elm_phase_register(bounds, fields)
  end subroutine start

  subroutine run_steps(n)
    integer, intent(in) :: n  ! time steps

    integer :: i

    do i = 1, n
       call lnd_run_step()
    end do
  end subroutine run_steps

  subroutine run_years(n)
    integer, intent(in) :: n  ! years

    call lnd_run_years(n)
  end subroutine run_years

  subroutine current_date(year, month, day, tod)
    integer, intent(out) :: year, month, day
    integer, intent(out) :: tod  ! seconds into the day

    call get_curr_date(year, month, day, tod)
  end subroutine current_date

  ! Write what is due at the end of a run and give everything back.
  subroutine finish()
    call lnd_final()
    fields = phase_fields_type()
  end subroutine finish

  subroutine field_count(n)
    integer, intent(out) :: n

    n = fields%n
  end subroutine field_count

  ! Describe one registered variable.
  subroutine field_at(k, name, units, on, parts)
    integer, intent(in) :: k                 ! 1..field_count
    character(len=64), intent(out) :: name
    character(len=32), intent(out) :: units
    character(len=16), intent(out) :: on     ! column, column_level, patch or pft
    integer, intent(out) :: parts            ! arrays whose sum is the variable

    name = fields%list(k)%name
    units = fields%list(k)%units
    on = fields%list(k)%on
    parts = size(fields%list(k)%parts)
  end subroutine field_at

  ! Where one part of a variable lies in memory. Strides are taken from addresses, since a host
  ! may register a section of a larger array.
  subroutine field_part(k, part, address, n1, n2, stride1, stride2)
    integer, intent(in) :: k, part               ! 1-based
    integer(int64), intent(out) :: address       ! of the first element
    integer(int64), intent(out) :: n1            ! columns, patches or PFTs
    integer(int64), intent(out) :: n2            ! layers; 0 for a 1-D array
    integer(int64), intent(out) :: stride1, stride2  ! bytes

    real(r8), parameter :: one = 0._r8
    integer(int64), parameter :: width = storage_size(one)/8

    stride1 = width
    stride2 = 0
    n2 = 0
    associate (p => fields%list(k)%parts(part))
      if (associated(p%a2)) then
         address = address_of(p%a2(1, 1))
         n1 = size(p%a2, 1, kind=int64)
         n2 = size(p%a2, 2, kind=int64)
         if (n1 > 1) stride1 = address_of(p%a2(2, 1)) - address
         stride2 = width*n1
         if (n2 > 1) stride2 = address_of(p%a2(1, 2)) - address
      else
         address = address_of(p%a1(1))
         n1 = size(p%a1, kind=int64)
         if (n1 > 1) stride1 = address_of(p%a1(2)) - address
      end if
    end associate
  end subroutine field_part

  integer(int64) function address_of(element)
    real(r8), intent(in), target :: element

    address_of = int(transfer(c_loc(element), 0_c_intptr_t), int64)
  end function address_of

  ! Size of a variable as the plugin packs it for the surrogate; n1 = -1 after an error.
  subroutine packed_shape(name, nfeature, ncol)
    character(len=*), intent(in) :: name
    integer, intent(out) :: nfeature, ncol

    call phase_driver_packed_shape(name, nfeature, ncol, failure)
    if (failure%error()) nfeature = -1
  end subroutine packed_shape

  subroutine packed(name, buffer, code)
    character(len=*), intent(in) :: name
    real(r8), intent(inout) :: buffer(:, :)  ! (nfeature, ncol)
    integer, intent(out) :: code             ! 0 when all went well

    call phase_driver_packed(name, buffer, failure)
    code = failure%code
  end subroutine packed

  ! The jump that is due when the next year begins, now; the model stands at a year's end.
  subroutine jump(code)
    integer, intent(out) :: code  ! 0 when all went well

    type(bounds_type) :: bounds

    call get_proc_bounds(bounds)
    call phase_driver_jump(bounds, failure)
    code = failure%code
  end subroutine jump

  ! Largest relative error of the budgets of the last complete year among the columns of this rank: carbon, nitrogen,
  ! phosphorus, phosphorus with occluded and primary.
  subroutine closure(values)
    real(r8), intent(out) :: values(4)

    call annual_closure(values)
  end subroutine closure

  subroutine last_error(text)
    character(len=1024), intent(out) :: text

    text = ' '
    if (allocated(failure%message)) text = failure%message
  end subroutine last_error

end module minielm_api

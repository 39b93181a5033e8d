! Namelist group of the plugin: defaults, values, and errors that name what is wrong.
program test_phase_config
  use mpi, only: MPI_COMM_WORLD, MPI_FINALIZE, MPI_INIT
  use phase_config_mod, only: phase_config_type, phase_config_read
  use phase_fixture, only: check, check_message, wanted, finish_tests, write_namelist
  use phase_parallel_mod, only: phase_parallel_type
  use phase_status_mod, only: phase_status_type, PHASE_ERR_CONFIG, PHASE_ERR_FILE
  implicit none (type, external)
  type(phase_parallel_type) :: parallel
  type(phase_config_type) :: config
  type(phase_status_type) :: status
  integer :: ierr, unit
  character(len=*), parameter :: file = 'test_phase_config.nml'

  call MPI_INIT(ierr)
  call parallel%init(MPI_COMM_WORLD)

  if (wanted('absent_group_is_off')) then
    open (newunit=unit, file=file, status='replace')
    write (unit, '(a)') "&elm_inparm finidat = '/a/b' /"
    close (unit)
    call read_config()
    call check('absent_group_is_off', status%ok() .and. .not. config%use_phase_spinup)
  end if

  if (wanted('longer_group_name_is_another_group')) then
    open (newunit=unit, file=file, status='replace')
    write (unit, '(a)') '&phase_inparm_old use_phase_spinup = .true. /'
    close (unit)
    call read_config()
    call check('longer_group_name_is_another_group', status%ok() .and. .not. config%use_phase_spinup)
  end if

  if (wanted('entries_in_elms_group_are_read')) then
    open (newunit=unit, file=file, status='replace')
    write (unit, '(a)') '&elm_inparm', " finidat = ' use_phase_spinup = .false.'", ' Phase_chunk = 17', &
      " phase_model_file = '/some/path/model.pt'", ' use_phase_spinup = .true.', '/', '&elmu_inparm', '/'
    close (unit)
    call read_config()
    call check('entries_in_elms_group_are_read', status%ok() .and. config%use_phase_spinup .and. config%phase_chunk == 17 &
      .and. config%phase_model_file == '/some/path/model.pt')
  end if

  if (wanted('own_group_wins')) then
    open (newunit=unit, file=file, status='replace')
    write (unit, '(a)') '&elm_inparm', ' use_phase_spinup = .true.', '/', '&phase_inparm', 'phase_chunk = 17', '/'
    close (unit)
    call read_config()
    call check('own_group_wins', status%ok() .and. config%phase_chunk == 17 .and. .not. config%use_phase_spinup)
  end if

  if (wanted('values_are_read')) then
    call write_namelist(file, [character(len=80) :: 'use_phase_spinup = .true. ! on', &
      "phase_model_file = '/some/path/model.pt', phase_observe_years = 5", 'PHASE_CHUNK = 17 phase_dry_run=T', &
      'phase_crit_area = 0.5'])
    call read_config()
    call check('values_are_read', status%ok() .and. config%use_phase_spinup .and. config%phase_observe_years == 5 .and. &
      config%phase_model_file == '/some/path/model.pt' .and. config%phase_chunk == 17 .and. config%phase_dry_run .and. &
      abs(config%phase_crit_area - 0.5d0) < 1.0d-15 .and. config%phase_relax_years == 20)
  end if

  if (wanted('unknown_entry_is_named')) then
    call write_namelist(file, [character(len=80) :: 'use_phase_spinup = .true.', "phase_modle_file = 'x'"])
    call read_config()
    call check_message('unknown_entry_is_named', status, [character(len=40) :: 'phase_modle_file', file, 'phase_model_file'])
    call check('unknown_entry_code', status%code == PHASE_ERR_CONFIG)
  end if

  if (wanted('unreadable_value_is_an_error')) then
    call write_namelist(file, [character(len=80) :: 'phase_observe_years = twenty'])
    call read_config()
    call check('unreadable_value_is_an_error', status%code == PHASE_ERR_CONFIG)
  end if

  if (wanted('missing_file_is_named')) then
    call status%clear()
    call phase_config_read(config, 'no_such_file.nml', parallel, status)
    call check_message('missing_file_is_named', status, ['no_such_file.nml'])
    call check('missing_file_code', status%code == PHASE_ERR_FILE)
  end if

  if (wanted('open_group_is_an_error')) then
    open (newunit=unit, file=file, status='replace')
    write (unit, '(a)') '&phase_inparm', 'use_phase_spinup = .true.'
    close (unit)
    call read_config()
    call check_message('open_group_is_an_error', status, [character(len=20) :: 'does not end', 'the end of file'])
  end if

  if (wanted('impossible_values_come_together')) then
    call write_namelist(file, [character(len=80) :: 'use_phase_spinup = .true.', "phase_method = 'magic'", &
      'phase_observe_years = 0', 'phase_chunk = -1', 'phase_crit_area = 1.5'])
    call read_config()
    call check_message('impossible_values_come_together', status, [character(len=40) :: 'phase_model_file is blank', &
      'magic', '''steady_state''', 'phase_observe_years', 'phase_chunk', 'phase_crit_area'])
  end if

  if (wanted('tabs_and_carriage_returns_are_blanks')) then
    open (newunit=unit, file=file, status='replace')
    write (unit, '(a)') achar(9)//'&phase_inparm'//achar(13), achar(9)//'phase_chunk ='//achar(9)//'17'//achar(13), &
      '/'//achar(13)
    close (unit)
    call read_config()
    call check('tabs_and_carriage_returns_are_blanks', status%ok() .and. config%phase_chunk == 17)
  end if

  if (wanted('last_line_needs_no_end')) then
    open (newunit=unit, file=file, status='replace', access='stream')
    write (unit) '&phase_inparm'//new_line('a')//'phase_chunk = 17 /'
    close (unit)
    call read_config()
    call check('last_line_needs_no_end', status%ok() .and. config%phase_chunk == 17)
  end if

  if (wanted('nothing_is_cut_off')) then
    call write_namelist(file, ['phase_chunk = 17'//repeat(' ', 2040)//'phase_chunk = 18'])
    call read_config()
    call check_message('a_line_is_not_cut_off', status, [character(len=24) :: file, '2048', 'break it'])
    call write_namelist(file, [character(len=1200) :: 'use_phase_spinup = .true.', "phase_model_file = '"// &
      repeat('x', 1100)//"'", "phase_report_file = ' '", 'phase_max_jumps = 65'])
    call read_config()
    call check_message('a_path_is_not_cut_off', status, [character(len=40) :: '1024 characters', &
      'phase_max_jumps must be 1 to 64', 'phase_report_file is blank'])
  end if

  if (wanted('methods')) then
    call write_namelist(file, [character(len=80) :: ' '])
    call read_config()
    call check('hybrid_is_the_default', status%ok() .and. config%method_code() == 0)
    call write_namelist(file, [character(len=80) :: "phase_method = 'surrogate'"])
    call read_config()
    call check('surrogate_is_1', status%ok() .and. config%method_code() == 1)
    call write_namelist(file, [character(len=80) :: "phase_method = 'steady_state'"])
    call read_config()
    call check('steady_state_is_2', status%ok() .and. config%method_code() == 2)
  end if

  if (wanted('polish_needs_a_window')) then
    call write_namelist(file, [character(len=80) :: 'use_phase_spinup = .true.', "phase_model_file = 'x'", &
      'phase_max_jumps = 2', 'phase_relax_years = 10'])
    call read_config()
    call check_message('polish_needs_a_window', status, [character(len=40) :: 'phase_relax_years', 'phase_observe_years'])
  end if

  if (wanted('off_is_not_checked')) then
    call write_namelist(file, [character(len=80) :: 'phase_observe_years = 0'])
    call read_config()
    call check('off_is_not_checked', status%ok())
  end if

  call MPI_FINALIZE(ierr)
  call finish_tests()

contains

  subroutine read_config()
    call status%clear()
    call phase_config_read(config, file, parallel, status)
  end subroutine read_config

end program test_phase_config

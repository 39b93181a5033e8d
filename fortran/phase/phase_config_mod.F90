module phase_config_mod
  !! Namelist group &phase_inparm: read by rank 0, sent as text, parsed by every rank.
  !! A misspelt entry is an error that names it, whatever the compiler's own message says.
  use phase_kinds_mod, only: r8, phase_path_len, phase_jumps_max
  use phase_parallel_mod, only: phase_parallel_type
  use phase_status_mod, only: phase_status_type, phase_raise, phase_forward, phase_int_to_text, PHASE_ERR_CONFIG, PHASE_ERR_FILE
  implicit none (type, external)
  private

  public :: phase_config_type, phase_config_read

  integer, parameter :: line_len = 2048
  character(len=*), parameter :: group = 'phase_inparm'

  type :: phase_config_type
    logical :: use_phase_spinup = .false.
    character(len=phase_path_len) :: phase_model_file = ' '    !! TorchScript artifact
    integer :: phase_start_year = 0      !! first observed year; 0: the first full year of the run
    integer :: phase_observe_years = 20  !! years watched before the jump
    integer :: phase_relax_years = 20    !! years the model runs on before a further jump is considered
    integer :: phase_max_jumps = 1       !! jumps at most
    integer :: phase_cycle_years = 20    !! years of the forcing cycle; drift is taken over exactly one
    character(len=32) :: phase_device = 'auto'  !! auto, cpu, cuda, cuda:N
    integer :: phase_threads = 0         !! libtorch threads per rank; 0: leave as they are
    integer :: phase_chunk = 256         !! columns per inference call; 0: all at once
    real(r8) :: phase_trust_threshold = -1.0_r8  !! below it a column keeps its own state; negative: the artifact's value
    real(r8) :: phase_max_pool = 1.0e7_r8        !! largest believable prediction, in the unit of the variable
    character(len=32) :: phase_method = 'hybrid'       !! hybrid, surrogate, steady_state: see method_code
    logical :: phase_rollback = .true.   !! judge jumps: take them back where the drift is clearly larger after than before
    real(r8) :: phase_rollback_factor = 3.0_r8   !! clearly: by more than this factor
    real(r8) :: phase_rollback_drift = 20.0_r8   !! and above this drift (gC/m2/yr)
    real(r8) :: phase_max_step = 0.0_r8  !! largest factor by which a jump changes a pool; 0: no limit
    character(len=32) :: phase_accelerate = 'none'  !! none, anderson: slow pools from the sequence of jumps
    integer :: phase_anderson_depth = 2  !! earlier jumps that take part
    real(r8) :: phase_anderson_damping = 1.0_r8  !! share of the residual that is added, in (0, 1]
    logical :: phase_dry_run = .false.   !! predict and report, write nothing into the model
    logical :: phase_allow_protocol_mismatch = .false.
    character(len=phase_path_len) :: phase_restart_file = ' '  !! plugin state; blank: beside finidat, 'none': observe anew
    character(len=phase_path_len) :: phase_report_file = 'phase_report.json'
    real(r8) :: phase_crit_totecosysc = 1.0_r8  !! gC/m2/yr, a column below it is at rest
    real(r8) :: phase_crit_area = 0.97_r8       !! share of the vegetated area that has to be at rest
    real(r8) :: phase_crit_global = 0.02_r8     !! PgC/yr, for TOTECOSYSC, TOTSOMC, TOTVEGC and GPP of the whole globe
    real(r8) :: phase_crit_tlai = 0.02_r8       !! m2/m2/yr
    real(r8) :: phase_crit_land_area = 1.30e8_r8 !! km2, vegetated area the global limits stand for
  contains
    procedure :: check => config_check
    procedure :: method_code => config_method_code
  end type phase_config_type

  character(len=*), parameter :: known(*) = [character(len=32) :: 'use_phase_spinup', 'phase_model_file', &
    'phase_start_year', 'phase_observe_years', 'phase_relax_years', 'phase_max_jumps', 'phase_cycle_years', &
    'phase_device', 'phase_threads', 'phase_chunk', 'phase_trust_threshold', 'phase_max_pool', 'phase_method', &
    'phase_rollback', 'phase_rollback_factor', 'phase_rollback_drift', 'phase_max_step', 'phase_accelerate', &
    'phase_anderson_depth', 'phase_anderson_damping', 'phase_dry_run', 'phase_allow_protocol_mismatch', 'phase_restart_file', &
    'phase_report_file', 'phase_crit_totecosysc', 'phase_crit_area', 'phase_crit_global', 'phase_crit_tlai', 'phase_crit_land_area']

contains

  subroutine phase_config_read(config, filename, parallel, status)
    !! A file without the group leaves the defaults: the plugin is off.
    type(phase_config_type), intent(out) :: config
    character(len=*), intent(in) :: filename
    type(phase_parallel_type), intent(in) :: parallel
    type(phase_status_type), intent(inout), optional :: status
    character(len=:), allocatable :: text
    type(phase_status_type) :: local

    text = ''
    if (parallel%master()) call read_group(filename, text, local)
    call parallel%agree(local)
    if (local%ok()) then
      call parallel%bcast_text(text, 0)
      if (len(text) > 0) call parse_group(config, filename, text, local)
    end if
    if (local%ok() .and. config%use_phase_spinup) call config%check(filename, local)
    call phase_forward(status, local)
  end subroutine phase_config_read

  subroutine read_group(filename, text, status)
    !! The group, from & to /, comments removed, lines separated by line feeds; empty when the file has none. Where
    !! there is no such group, entries that begin lines of other groups make one: ELM's build-namelist puts those of
    !! user_nl_elm into &elm_inparm.
    character(len=*), intent(in) :: filename
    character(len=:), allocatable, intent(inout) :: text
    type(phase_status_type), intent(inout) :: status
    character(len=line_len) :: line
    character(len=256) :: iomsg
    character(len=1) :: quote
    character(len=:), allocatable :: elsewhere
    integer :: unit, iostat, k, start
    logical :: cut_off, inside

    open (newunit=unit, file=filename, status='old', action='read', iostat=iostat, iomsg=iomsg)
    if (iostat /= 0) then
      call phase_raise(status, PHASE_ERR_FILE, 'phase_config_read', &
        'cannot open namelist file '//trim(filename)//' ('//trim(iomsg)//')')
      return
    end if
    inside = .false.
    quote = ' '
    elsewhere = ''
    lines: do
      read (unit, '(a)', advance='no', iostat=iostat) line
      if (iostat /= 0 .and. .not. is_iostat_eor(iostat)) exit lines
      cut_off = iostat == 0
      if (cut_off) read (unit, '(a)', iostat=iostat)
      line = blanks_for_controls(line)
      if (cut_off .and. (inside .or. opens_group(line) .or. is_entry(line))) then
        call phase_raise(status, PHASE_ERR_CONFIG, 'phase_config_read', 'a line of group &'//group//' in '//trim(filename)// &
          ' has '//phase_int_to_text(line_len)//' characters or more; break it at a comma')
        close (unit)
        return
      end if
      start = 1
      if (.not. inside) then
        if (is_entry(line)) elsewhere = elsewhere//new_line('a')//trim(line)
        if (.not. opens_group(line)) cycle lines
        inside = .true.
        start = index(line, '&') + len(group) + 1
        text = '&'//group
      end if
      do k = start, len_trim(line)
        if (quote /= ' ') then
          if (line(k:k) == quote) quote = ' '
        else if (line(k:k) == '''' .or. line(k:k) == '"') then
          quote = line(k:k)
        else if (line(k:k) == '!') then
          exit
        else if (line(k:k) == '/') then
          text = text//' /'
          close (unit)
          return
        end if
        text = text//line(k:k)
      end do
      if (quote /= ' ') exit lines
      text = text//new_line('a')
    end do lines
    close (unit)
    if (len(elsewhere) > 0 .and. .not. inside) text = '&'//group//elsewhere//new_line('a')//' /'
    if (inside) call phase_raise(status, PHASE_ERR_CONFIG, 'phase_config_read', &
      'group &'//group//' in '//trim(filename)//' does not end: expected a line with /, found '// &
      trim(merge('an open quote  ', 'the end of file', quote /= ' ')))
  end subroutine read_group

  pure function blanks_for_controls(line) result(clean)
    !! Tabs and the carriage returns of other systems are blanks.
    character(len=*), intent(in) :: line
    character(len=len(line)) :: clean
    integer :: k
    clean = line
    do k = 1, len_trim(line)
      if (iachar(line(k:k)) < iachar(' ')) clean(k:k) = ' '
    end do
  end function blanks_for_controls

  pure logical function opens_group(line)
    character(len=*), intent(in) :: line
    character(len=:), allocatable :: word
    word = lower(adjustl(line))
    opens_group = .false.
    if (len(word) <= len(group)) return
    if (word(1:len(group) + 1) /= '&'//group) return
    opens_group = .true.
    if (len(word) > len(group) + 1) opens_group = .not. is_name_character(word(len(group) + 2:len(group) + 2))
  end function opens_group

  pure logical function is_entry(line)
    !! The line begins with an entry of the group and an equals sign.
    character(len=*), intent(in) :: line
    character(len=:), allocatable :: word
    word = lower(adjustl(line))
    is_entry = any(known == word(1:max(index(word, '=') - 1, 0)))
  end function is_entry

  subroutine parse_group(config, filename, text, status)
    type(phase_config_type), intent(inout) :: config
    character(len=*), intent(in) :: filename, text
    type(phase_status_type), intent(inout) :: status

    logical :: use_phase_spinup, phase_rollback, phase_dry_run, phase_allow_protocol_mismatch
    integer :: phase_start_year, phase_observe_years, phase_relax_years, phase_max_jumps, phase_cycle_years, &
      phase_threads, phase_chunk, phase_anderson_depth
    real(r8) :: phase_trust_threshold, phase_max_pool, phase_rollback_factor, phase_rollback_drift, phase_max_step, &
      phase_anderson_damping, phase_crit_totecosysc, phase_crit_area, phase_crit_global, phase_crit_tlai, &
      phase_crit_land_area
    character(len=phase_path_len) :: phase_model_file, phase_restart_file, phase_report_file
    character(len=32) :: phase_device, phase_method, phase_accelerate
    namelist /phase_inparm/ use_phase_spinup, phase_model_file, phase_start_year, phase_observe_years, &
      phase_relax_years, phase_max_jumps, phase_cycle_years, phase_device, phase_threads, phase_chunk, &
      phase_trust_threshold, phase_max_pool, phase_method, phase_rollback, phase_rollback_factor, &
      phase_rollback_drift, phase_max_step, phase_accelerate, phase_anderson_depth, phase_anderson_damping, &
      phase_dry_run, phase_allow_protocol_mismatch, phase_restart_file, phase_report_file, phase_crit_totecosysc, &
      phase_crit_area, phase_crit_global, phase_crit_tlai, phase_crit_land_area

    character(len=line_len), allocatable :: lines(:)
    character(len=256) :: iomsg
    integer :: iostat, k, n, from

    call check_names(filename, text, status)
    if (status%error()) return

    n = 1
    do k = 1, len(text)
      if (text(k:k) == new_line('a')) n = n + 1
    end do
    allocate (lines(n))
    lines(:) = ' '
    from = 1
    n = 1
    do k = 1, len(text)
      if (text(k:k) == new_line('a')) then
        lines(n) = text(from:k - 1)
        from = k + 1
        n = n + 1
      end if
    end do
    lines(n) = text(from:)

    use_phase_spinup = config%use_phase_spinup
    phase_model_file = config%phase_model_file
    phase_start_year = config%phase_start_year
    phase_observe_years = config%phase_observe_years
    phase_relax_years = config%phase_relax_years
    phase_max_jumps = config%phase_max_jumps
    phase_cycle_years = config%phase_cycle_years
    phase_device = config%phase_device
    phase_threads = config%phase_threads
    phase_chunk = config%phase_chunk
    phase_trust_threshold = config%phase_trust_threshold
    phase_max_pool = config%phase_max_pool
    phase_method = config%phase_method
    phase_rollback = config%phase_rollback
    phase_rollback_factor = config%phase_rollback_factor
    phase_rollback_drift = config%phase_rollback_drift
    phase_max_step = config%phase_max_step
    phase_accelerate = config%phase_accelerate
    phase_anderson_depth = config%phase_anderson_depth
    phase_anderson_damping = config%phase_anderson_damping
    phase_dry_run = config%phase_dry_run
    phase_allow_protocol_mismatch = config%phase_allow_protocol_mismatch
    phase_restart_file = config%phase_restart_file
    phase_report_file = config%phase_report_file
    phase_crit_totecosysc = config%phase_crit_totecosysc
    phase_crit_area = config%phase_crit_area
    phase_crit_global = config%phase_crit_global
    phase_crit_tlai = config%phase_crit_tlai
    phase_crit_land_area = config%phase_crit_land_area

    read (lines, nml=phase_inparm, iostat=iostat, iomsg=iomsg)
    if (iostat /= 0) then
      call phase_raise(status, PHASE_ERR_CONFIG, 'phase_config_read', 'a value in group &'//group//' of '// &
        trim(filename)//' cannot be read: '//trim(iomsg))
      return
    end if

    config%use_phase_spinup = use_phase_spinup
    config%phase_model_file = phase_model_file
    config%phase_start_year = phase_start_year
    config%phase_observe_years = phase_observe_years
    config%phase_relax_years = phase_relax_years
    config%phase_max_jumps = phase_max_jumps
    config%phase_cycle_years = phase_cycle_years
    config%phase_device = phase_device
    config%phase_threads = phase_threads
    config%phase_chunk = phase_chunk
    config%phase_trust_threshold = phase_trust_threshold
    config%phase_max_pool = phase_max_pool
    config%phase_method = phase_method
    config%phase_rollback = phase_rollback
    config%phase_rollback_factor = phase_rollback_factor
    config%phase_rollback_drift = phase_rollback_drift
    config%phase_max_step = phase_max_step
    config%phase_accelerate = phase_accelerate
    config%phase_anderson_depth = phase_anderson_depth
    config%phase_anderson_damping = phase_anderson_damping
    config%phase_dry_run = phase_dry_run
    config%phase_allow_protocol_mismatch = phase_allow_protocol_mismatch
    config%phase_restart_file = phase_restart_file
    config%phase_report_file = phase_report_file
    config%phase_crit_totecosysc = phase_crit_totecosysc
    config%phase_crit_area = phase_crit_area
    config%phase_crit_global = phase_crit_global
    config%phase_crit_tlai = phase_crit_tlai
    config%phase_crit_land_area = phase_crit_land_area
  end subroutine parse_group

  subroutine check_names(filename, text, status)
    !! Every word in front of an equals sign has to be an entry of the group.
    character(len=*), intent(in) :: filename, text
    type(phase_status_type), intent(inout) :: status
    character(len=1) :: quote
    character(len=:), allocatable :: name
    integer :: k, first, last

    quote = ' '
    do k = 1, len(text)
      if (quote /= ' ') then
        if (text(k:k) == quote) quote = ' '
      else if (text(k:k) == '''' .or. text(k:k) == '"') then
        quote = text(k:k)
      else if (text(k:k) == '=') then
        last = k - 1
        do while (last > 1 .and. .not. is_name_character(text(max(last, 1):max(last, 1))))
          last = last - 1
        end do
        first = last
        do while (first > 1)
          if (.not. is_name_character(text(first - 1:first - 1))) exit
          first = first - 1
        end do
        name = lower(text(first:last))
        if (.not. any(known == name)) then
          call phase_raise(status, PHASE_ERR_CONFIG, 'phase_config_read', 'unknown entry '''//name//''' in group &'// &
            group//' of '//trim(filename)//'; known entries: '//known_list())
          return
        end if
      end if
    end do
  end subroutine check_names

  subroutine config_check(self, filename, status)
    !! All impossible values in one message.
    class(phase_config_type), intent(in) :: self
    character(len=*), intent(in) :: filename
    type(phase_status_type), intent(inout), optional :: status
    character(len=:), allocatable :: problems

    problems = ''
    if (len_trim(self%phase_model_file) == 0) call add('phase_model_file is blank; give the path of a .pt artifact')
    if (len_trim(self%phase_report_file) == 0) call add('phase_report_file is blank; give the name of the report')
    if (max(len_trim(self%phase_model_file), len_trim(self%phase_restart_file), len_trim(self%phase_report_file)) == &
      phase_path_len) call add('a path has '//phase_int_to_text(phase_path_len)//' characters or more; use a shorter one')
    if (self%method_code() < 0) call add('phase_method is '''//trim(self%phase_method)// &
      '''; expected ''hybrid'', ''surrogate'' or ''steady_state''')
    if (all(self%phase_accelerate /= ['none    ', 'anderson'])) call add('phase_accelerate is '''// &
      trim(self%phase_accelerate)//'''; expected ''none'' or ''anderson''')
    if (self%phase_anderson_depth < 1 .or. self%phase_anderson_depth > 8) call add( &
      'phase_anderson_depth must be 1 to 8')
    if (.not. (self%phase_anderson_damping > 0.0_r8 .and. self%phase_anderson_damping <= 1.0_r8)) call add( &
      'phase_anderson_damping must be in (0, 1]')
    if (.not. self%phase_rollback_factor >= 1.0_r8) call add('phase_rollback_factor must be at least 1')
    if (.not. self%phase_rollback_drift >= 0.0_r8) call add('phase_rollback_drift must not be negative')
    if (self%phase_max_step /= 0.0_r8 .and. .not. self%phase_max_step > 1.0_r8) call add( &
      'phase_max_step must be above 1, or 0 for no limit')
    if (self%phase_start_year < 0) call add('phase_start_year is negative; years count from 1, 0 means the first full year')
    if (self%phase_observe_years < 1) call add('phase_observe_years must be at least 1')
    if (self%phase_cycle_years < 1) call add('phase_cycle_years must be at least 1')
    if (self%phase_max_jumps < 1 .or. self%phase_max_jumps > phase_jumps_max) call add('phase_max_jumps must be 1 to '// &
      phase_int_to_text(phase_jumps_max))
    if (self%phase_relax_years < 0) call add('phase_relax_years must not be negative')
    if (self%phase_max_jumps > 1 .and. self%phase_relax_years < self%phase_observe_years) call add( &
      'phase_relax_years is below phase_observe_years: a further jump needs as many observed years as the first one')
    if (self%phase_chunk < 0) call add('phase_chunk must not be negative; 0 means all columns at once')
    if (self%phase_threads < 0) call add('phase_threads must not be negative; 0 leaves them as they are')
    if (self%phase_trust_threshold > 1.0_r8) call add('phase_trust_threshold is above 1: no column would ever be trusted')
    if (.not. self%phase_max_pool > 0.0_r8) call add('phase_max_pool must be positive')
    if (self%phase_crit_area <= 0.0_r8 .or. self%phase_crit_area > 1.0_r8) call add('phase_crit_area must be in (0, 1]')
    if (min(self%phase_crit_totecosysc, self%phase_crit_global, self%phase_crit_tlai, self%phase_crit_land_area) <= 0.0_r8) &
      call add('phase_crit_totecosysc, _global, _tlai and _land_area must be positive')
    if (len(problems) > 0) call phase_raise(status, PHASE_ERR_CONFIG, 'phase_config_read', 'group &'//group//' of '// &
      trim(filename)//': '//problems)
  contains
    subroutine add(text)
      character(len=*), intent(in) :: text
      if (len(problems) > 0) problems = problems//'; '
      problems = problems//text
    end subroutine add
  end subroutine config_check

  pure integer function config_method_code(self) result(code)
    !! What the artifact's control input jump_method is told; negative: no such method.
    class(phase_config_type), intent(in) :: self
    character(len=12), parameter :: methods(*) = [character(len=12) :: 'hybrid', 'surrogate', 'steady_state']
    code = findloc(methods == self%phase_method, .true., dim=1) - 1
  end function config_method_code

  pure function known_list() result(text)
    character(len=:), allocatable :: text
    integer :: k
    text = trim(known(1))
    do k = 2, size(known)
      text = text//', '//trim(known(k))
    end do
  end function known_list

  pure logical function is_name_character(letter)
    character(len=1), intent(in) :: letter
    is_name_character = verify(letter, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_') == 0
  end function is_name_character

  pure function lower(text) result(small)
    character(len=*), intent(in) :: text
    character(len=len(text)) :: small
    integer :: k, code
    do k = 1, len(text)
      code = iachar(text(k:k))
      if (code >= iachar('A') .and. code <= iachar('Z')) code = code + 32
      small(k:k) = achar(code)
    end do
  end function lower

end module phase_config_mod

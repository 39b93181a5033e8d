module elm_phase_settings_mod
  !! Which settings of the model go with the plugin. Each host fills the type below in its site module;
  !! what follows from them is decided here, the same for both.
  implicit none
  private

  public :: elm_phase_settings_problems, elm_phase_settings_warnings

  type, public :: elm_phase_settings_type
    logical :: use_cn = .true.
    logical :: use_vertsoilc = .true.
    logical :: use_fates = .false.
    logical :: use_betr = .false.
    logical :: use_elm_interface = .false.
    logical :: use_pflotran = .false.
    logical :: use_crop = .false.
    logical :: land_use_change = .false.       !! flanduse_timeseries is set, or patches or crops are transient
    logical :: harvest = .false.
    logical :: iac_present = .false.
    logical :: use_c13 = .false.
    logical :: use_c14 = .false.
    logical :: ECA_Pconst_RGspin = .false.
    logical :: do_budgets = .false.
    integer :: budget_ltann = 0
    logical :: use_dynroot = .false.
    character(len=16) :: suplnitro = 'NONE'    !! the artifact decides whether they fit
    character(len=16) :: suplphos = 'NONE'
    logical :: use_century_decomp = .false.
  end type elm_phase_settings_type

contains

  function elm_phase_settings_problems(settings) result(text)
    !! Settings under which pools live elsewhere or are moved by others, or under which ELM would stop after a
    !! jump, numbered, each with what to do; blank where there are none.
    type(elm_phase_settings_type), intent(in) :: settings
    character(len=:), allocatable :: text
    integer :: n

    text = ''
    n = 0
    call refuse(.not. settings%use_cn, 'use_cn = .false.: there are no carbon pools; take a BGC compset')
    call refuse(.not. settings%use_vertsoilc, 'use_vertsoilc = .false.: the soil has one layer, the surrogate needs layers; '// &
      'take the layered soil carbon (BGC_CONFIG with vertical soil)')
    call refuse(settings%use_fates, 'use_fates = .true.: plants live in FATES'' cohorts; switch use_phase_spinup off')
    call refuse(settings%use_betr, 'use_betr = .true.: soil pools live in BeTR; switch one of the two off')
    call refuse(settings%use_elm_interface .or. settings%use_pflotran, &
      'use_elm_interface or use_pflotran = .true.: soil pools live behind the interface; switch one of the two off')
    call refuse(settings%use_crop, 'use_crop = .true.: prognostic crops are not covered; '// &
      'spin up without them (create_crop_landunit alone is fine)')
    call refuse(settings%land_use_change, 'flanduse_timeseries or transient patches: patches must keep their weights '// &
      'during a spin-up; leave flanduse_timeseries blank until it is done')
    call refuse(settings%harvest, 'do_harvest = .true.: harvest takes wood that the steady state does not know of; '// &
      'set do_harvest = .false. until the spin-up is done')
    call refuse(settings%iac_present, 'the integrated assessment model is coupled: it changes land use; spin up without it')
    call refuse(settings%use_c13 .or. settings%use_c14, 'use_c13 or use_c14 = .true.: isotope pools would not follow the '// &
      'jump; switch them on after the spin-up')
    call refuse(settings%ECA_Pconst_RGspin, 'ECA_Pconst_RGspin = .true.: mineral P is held constant and a jump would '// &
      'change it for good; set it to .false.')
    call refuse(settings%do_budgets .and. settings%budget_ltann /= 0, 'do_budgets = .true. with budget_ltann /= 0: '// &
      'ELM''s all-time carbon budget ends the run at the first 1 January after a jump; put the line '// &
      'budget_ltann = 0 into user_nl_elm')

  contains

    subroutine refuse(applies, message)
      logical, intent(in) :: applies
      character(len=*), intent(in) :: message
      character(len=8) :: number
      if (.not. applies) return
      n = n + 1
      write (number, '(i0)') n
      text = text//new_line('a')//'  '//trim(number)//'. '//message
    end subroutine refuse

  end function elm_phase_settings_problems

  function elm_phase_settings_warnings(settings) result(text)
    !! What works, but not as well; one line, blank where there is nothing.
    type(elm_phase_settings_type), intent(in) :: settings
    character(len=:), allocatable :: text
    text = ''
    if (settings%use_dynroot) text = 'use_dynroot = .true.: root profiles follow fine roots and mineral N, so they change '// &
      'for some years after a jump'
  end function elm_phase_settings_warnings

end module elm_phase_settings_mod

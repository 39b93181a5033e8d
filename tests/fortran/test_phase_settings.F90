! Which settings of the model go with the plugin: the same decision for ELM and minielm.
program test_phase_settings
  use elm_phase_settings_mod, only: elm_phase_settings_type, elm_phase_settings_problems, elm_phase_settings_warnings
  use phase_fixture, only: check, finish_tests
  implicit none (type, external)

  type(elm_phase_settings_type) :: s
  character(len=:), allocatable :: problems, warnings

  problems = elm_phase_settings_problems(s)
  warnings = elm_phase_settings_warnings(s)
  call check('a_plain_bgc_run_is_accepted', problems == '' .and. warnings == '')

  s = elm_phase_settings_type(use_cn=.false.)
  call refused('without_biogeochemistry', 'use_cn')
  s = elm_phase_settings_type(use_vertsoilc=.false.)
  call refused('single_soil_layer', 'use_vertsoilc')
  s = elm_phase_settings_type(use_fates=.true.)
  call refused('fates', 'use_fates')
  s = elm_phase_settings_type(use_betr=.true.)
  call refused('betr', 'use_betr')
  s = elm_phase_settings_type(use_elm_interface=.true.)
  call refused('elm_interface', 'use_elm_interface')
  s = elm_phase_settings_type(use_pflotran=.true.)
  call refused('pflotran', 'use_pflotran')
  s = elm_phase_settings_type(use_crop=.true.)
  call refused('prognostic_crops', 'use_crop')
  s = elm_phase_settings_type(land_use_change=.true.)
  call refused('land_use_change', 'flanduse_timeseries')
  s = elm_phase_settings_type(harvest=.true.)
  call refused('harvest', 'do_harvest')
  s = elm_phase_settings_type(iac_present=.true.)
  call refused('integrated_assessment', 'integrated assessment')
  s = elm_phase_settings_type(use_c13=.true.)
  call refused('carbon_13', 'use_c13')
  s = elm_phase_settings_type(use_c14=.true.)
  call refused('carbon_14', 'use_c14')
  s = elm_phase_settings_type(ECA_Pconst_RGspin=.true.)
  call refused('constant_mineral_p', 'ECA_Pconst_RGspin')
  s = elm_phase_settings_type(do_budgets=.true., budget_ltann=1)
  call refused('all_time_budget', 'budget_ltann = 0 into user_nl_elm')

  s = elm_phase_settings_type(do_budgets=.true., budget_ltann=0)
  problems = elm_phase_settings_problems(s)
  call check('budgets_without_the_all_time_one_are_accepted', problems == '')
  s = elm_phase_settings_type(budget_ltann=1)
  problems = elm_phase_settings_problems(s)
  call check('a_budget_that_is_off_is_accepted', problems == '')
  s = elm_phase_settings_type(use_dynroot=.true.)
  problems = elm_phase_settings_problems(s)
  warnings = elm_phase_settings_warnings(s)
  call check('dynamic_roots_are_a_warning', problems == '' .and. index(warnings, 'use_dynroot') > 0)

  s = elm_phase_settings_type(use_fates=.true., use_crop=.true., harvest=.true.)
  problems = elm_phase_settings_problems(s)
  call check('all_problems_are_told_at_once', index(problems, '1. use_fates') > 0 .and. index(problems, '2. use_crop') > 0 &
    .and. index(problems, '3. do_harvest') > 0)
  call finish_tests()

contains

  subroutine refused(name, words)
    !! One problem, and it names the setting.
    character(len=*), intent(in) :: name, words
    character(len=:), allocatable :: text
    text = elm_phase_settings_problems(s)
    call check(name//'_is_refused', index(text, words) > 0 .and. index(text, '1. ') > 0 .and. index(text, '2. ') == 0, text)
  end subroutine refused

end program test_phase_settings

"""Put the plugin into a case of ELM, check it there, and take it out again."""

from phase_elm.install.install import plan_install
from phase_elm.install.parts import find_bridge, fortran_sources
from phase_elm.install.plan import InstallError, Options, Plan, plan_uninstall

__all__ = [
    "InstallError",
    "Options",
    "Plan",
    "find_bridge",
    "fortran_sources",
    "plan_install",
    "plan_uninstall",
]

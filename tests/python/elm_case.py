"""A small E3SM checkout and a case of our own making, with the anchors the installer looks for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from phase_elm.install import Options, plan_install
from phase_elm.install.parts import Bridge, fortran_sources

DRIVER = """\
module elm_driver
  ! one step of a pretended land model
  use timeinfoMod
  implicit none
contains
  subroutine elm_drv(rstwr)
    logical, intent(in) :: rstwr
    call get_proc_bounds(bounds_proc)
    jday_mod  =  get_curr_calday()   ! day of the year
    ! jday_mod = get_curr_calday() is told in a comment too
    call BeginGridCBalance(bounds_clump)
    if (rstwr) then
       call write_it('elm_drv_io_wrest')
       call t_stopf('elm_drv_io_wrest')
    end if
  end subroutine elm_drv
end module elm_driver
"""
FINALIZE = """\
module elm_finalizeMod
  use SoilLittVertTranspMod, only : cleanupLitterTransportList
  implicit none
contains
  subroutine final( )
    use elm_varctl, only : use_cn
    if (use_cn) then
       call cleanupLitterTransportList()
    endif
  end subroutine final
end module elm_finalizeMod
"""
CONTROL = """\
module controlMod
  use shr_kind_mod, only : r8 => shr_kind_r8
contains
  subroutine control_init( )
    namelist /elm_inparm/ hist_wrtch4diag
    read(unitn, elm_inparm)
  end subroutine control_init
end module controlMod
"""
DEFINITION = """\
<?xml version="1.0"?>
<namelist_definition>
<entry id="nu_com" type="char*3" category="bgc" group="elm_inparm">
competition
</entry>
</namelist_definition>
"""
MACROS = """\
set(CMAKE_Fortran_FLAGS "")
set(E3SM_LINK_WITH_FORTRAN "FALSE")
"""
USER_NL = """\
! the user's own settings
fsurdat = '/in/surface!data.nc'
suplphos = 'NONE'
do_budgets = .false.
"""
ENV = {
    "env_case.xml": {"CASE": "pretended", "CASEROOT": "{case}", "SRCROOT": "{e3sm}"},
    "env_build.xml": {"COMPILER": "gnu", "MPILIB": "openmpi", "COMP_INTERFACE": "mct"},
    "env_run.xml": {
        "CIME_OUTPUT_ROOT": "{scratch}",
        "RUNDIR": "$CIME_OUTPUT_ROOT/$CASE/run",
        "ELM_BLDNML_OPTS": "-bgc bgc -nutrient cnp -nutrient_comp_pathway rd -soil_decomp ctc",
        "RUN_TYPE": "startup",
        "CONTINUE_RUN": "FALSE",
    },
}


@dataclass(frozen=True)
class Pretended:
    """Folders of a pretended checkout, a case and its scratch space."""

    root: Path

    @property
    def e3sm(self) -> Path:
        return self.root / "e3sm"

    @property
    def case(self) -> Path:
        return self.root / "case"

    @property
    def rundir(self) -> Path:
        return self.root / "scratch" / "pretended" / "run"

    @property
    def mods(self) -> Path:
        return self.case / "SourceMods" / "src.elm"

    @property
    def source(self) -> Path:
        return self.e3sm / "components" / "elm" / "src" / "main"

    @property
    def definition(self) -> Path:
        return self.e3sm / "components/elm/bld/namelist_files/namelist_definition.xml"

    @property
    def bridge(self) -> Bridge:
        """Only its paths are used."""
        return Bridge(
            self.root / "lib" / "libphase_bridge.so", self.root / "include", self.root / "torch"
        )

    def plan(self, caseroot: Path | None = None, **options):
        """The plan of an installation with an artifact that is only a name."""
        options.setdefault("artifact", self.root / "artifact.pt")
        asked = Options(caseroot=caseroot or self.case, e3sm=self.e3sm, **options)
        return plan_install(asked, self.bridge, fortran_sources())

    def tree(self) -> dict[str, str]:
        """Every folder and file with the hash of its content."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            content = path.read_bytes() if path.is_file() else b"folder"
            found[str(path.relative_to(self.root))] = hashlib.sha256(content).hexdigest()
        return found

    def set_env(self, **values: str) -> None:
        """Give variables of ``env_run.xml`` other values."""
        self._write_env("env_run.xml", ENV["env_run.xml"] | values)

    def set_pes(self, **values: str) -> None:
        """Give the land component's variables of ``env_mach_pes.xml`` other values."""
        entries = "".join(
            f'<entry id="{key}"><values><value compclass="LND">{value}</value></values></entry>'
            for key, value in ({"NTHRDS": "1", "NINST": "1"} | values).items()
        )
        (self.case / "env_mach_pes.xml").write_text(f"<file>{entries}</file>\n")

    def _write_env(self, name: str, values: dict[str, str]) -> None:
        filled = {
            key: value.format(case=self.case, e3sm=self.e3sm, scratch=self.root / "scratch")
            for key, value in values.items()
        }
        entries = "".join(f'<entry id="{key}" value="{value}"/>' for key, value in filled.items())
        (self.case / name).write_text(f"<?xml version='1.0'?>\n<file>{entries}</file>\n")


def pretend(root: Path) -> Pretended:
    """Write the checkout and the case."""
    made = Pretended(root)
    made.source.mkdir(parents=True)
    (made.source / "elm_driver.F90").write_text(DRIVER)
    (made.source / "elm_finalizeMod.F90").write_text(FINALIZE)
    (made.source / "controlMod.F90").write_text(CONTROL)
    made.definition.parent.mkdir(parents=True)
    made.definition.write_text(DEFINITION)
    made.mods.mkdir(parents=True)
    (made.mods / "README").write_text("SourceMods\n")
    (made.case / "cmake_macros").mkdir()
    (made.case / "cmake_macros" / "universal.cmake").write_text(MACROS)
    (made.case / "user_nl_elm").write_text(USER_NL)
    for name, values in ENV.items():
        made._write_env(name, values)
    made.set_pes()
    (root / "artifact.pt").write_bytes(b"only a name")
    return made

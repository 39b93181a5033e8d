"""Does a case's configuration of ELM go with a jump, and with the artifact?"""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

from phase_elm.install import namelist
from phase_elm.install.case import Case
from phase_elm.install.findings import Findings
from phase_elm.install.settings import Settings


def check_settings(settings: Settings, found: Findings) -> None:
    """Settings under which pools live elsewhere or are moved by others, or ELM would stop."""
    before = len(found.errors)
    found.refuse(
        not settings.on("use_cn"),
        "use_cn = .false.: there are no carbon pools; take a BGC compset",
    )
    found.refuse(
        not settings.on("use_vertsoilc"),
        "use_vertsoilc = .false.: the soil has one layer, the surrogate needs layers",
    )
    found.refuse(
        settings.on("use_fates"), "use_fates = .true.: plants live in FATES, not in ELM's pools"
    )
    found.refuse(settings.on("use_betr"), "use_betr = .true.: soil pools live in BeTR")
    found.refuse(
        settings.on("use_elm_interface") or settings.on("use_pflotran"),
        "use_elm_interface or use_pflotran = .true.: soil pools live behind the interface",
    )
    found.refuse(
        settings.on("use_crop"),
        "use_crop = .true.: prognostic crops are not covered (create_crop_landunit alone is fine)",
    )
    transient = settings.on("do_transient_pfts") or settings.on("do_transient_crops")
    found.refuse(
        bool(settings.text("flanduse_timeseries")) or transient,
        f"land use changes (flanduse_timeseries = '{settings.text('flanduse_timeseries')}', "
        "do_transient_*): patches must keep their weights in a spin-up; take an 1850 or control "
        "compset",
    )
    found.refuse(
        settings.on("do_harvest"),
        "do_harvest = .true.: harvest takes wood that the steady state does not know of",
    )
    found.refuse(
        settings.on("use_c13") or settings.on("use_c14"),
        "use_c13 or use_c14 = .true.: isotope pools would not follow the jump; switch "
        "them on after "
        "the spin-up",
    )
    found.refuse(
        settings.on("eca_pconst_rgspin"),
        "ECA_Pconst_RGspin = .true.: mineral P is held constant, a jump would change it for good",
    )
    found.refuse(
        settings.on("do_budgets") and settings.number("budget_ltann") != 0,
        "do_budgets = .true. with budget_ltann = 1 (both are ELM's defaults): ELM's "
        "all-time carbon "
        "budget ends the run at the first 1 January after a jump; put budget_ltann = 0 into "
        "user_nl_elm (phase elm install --set-budget does)",
    )
    if settings.on("use_dynroot"):
        found.warn(
            "use_dynroot = .true.: root profiles follow fine roots and mineral N, so "
            "they change for "
            "some years after a jump"
        )
    if settings.on("use_var_soil_thick"):
        found.warn("use_var_soil_thick = .true. has not been tried with the plugin")
    if len(found.errors) == before:
        found.ok(f"settings of ELM go with a jump ({settings.source})")


def check_case(case: Case, found: Findings) -> None:
    """Variables of the case itself."""
    if case.get("MPILIB") == "mpi-serial":
        found.error("MPILIB = mpi-serial: the plugin needs a full MPI; set MPILIB to the machine's")
    if case.get("COMP_IAC") not in ("", "siac"):
        found.error(
            f"COMP_IAC = {case.get('COMP_IAC')}: the integrated assessment model changes land use"
        )
    threads = case.get("NTHRDS_LND", "1")
    if threads.isdigit() and int(threads) > 1:
        found.warn(
            f"NTHRDS_LND = {threads}: the plugin is called outside ELM's threads and was "
            "tried with "
            "MPI tasks only; ./xmlchange NTHRDS_LND=1 is the tried way"
        )
    compiler = case.get("COMPILER")
    if compiler and not compiler.startswith("gnu"):
        found.warn(f"COMPILER = {compiler}: the sources were built with gnu only so far")
    if case.get("COMP_INTERFACE") not in ("", "mct"):
        found.warn(f"COMP_INTERFACE = {case.get('COMP_INTERFACE')}: only mct was tried")


def protocol_of(case: Case, settings: Settings) -> str:
    """How the plugin will see the run begin."""
    if settings.number("spinup_state") == 1:
        return "accelerated"
    goes_on = case.get("RUN_TYPE") in ("hybrid", "branch") or case.get("CONTINUE_RUN") == "TRUE"
    return "short_accelerated" if settings.text("finidat") or goes_on else "cold"


def read_schema(path: Path) -> dict[str, Any]:
    """The schema inside an artifact, without loading the artifact.

    Raises
    ------
    ValueError
        When it is no artifact.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if n.endswith("extra/phase_schema.json")]
            if not names:
                raise ValueError("it holds no phase_schema.json")
            return json.loads(archive.read(names[0]))
    except (OSError, zipfile.BadZipFile, json.JSONDecodeError) as error:
        raise ValueError(f"it is no TorchScript archive ({error})") from error


def check_artifact(
    path: Path, entries: dict[str, str], case: Case, settings: Settings, found: Findings
) -> None:
    """The artifact against the case: what the plugin would refuse at its first step."""
    from phase_elm.export.artifact import ArtifactError, load

    if not path.is_file():
        found.error(f"phase_model_file: {path} is not there")
        return
    try:
        schema = read_schema(path)
    except ValueError as error:
        found.error(f"phase_model_file: {path} is no artifact: {error}")
        return
    before = len(found.errors)
    try:
        if not load(path).checksum_holds():
            found.error(
                f"{path}: the checksum does not hold, the file was changed; export it again"
            )
    except (ArtifactError, ValueError, RuntimeError) as error:
        found.error(f"{path} cannot be loaded: {error}")
    for text in artifact_problems(schema, entries, case, settings):
        found.error(f"{path.name}: {text}")
    if len(found.errors) == before:
        found.ok(f"artifact {path} fits the case ({protocol_of(case, settings)})")
    protocol = protocol_of(case, settings)
    years = _integer(entries, "phase_observe_years", 20)
    if protocol == "cold":
        found.warn(
            "a cold start in normal mode: ELM has no mineral N and P then and NPP falls to nothing "
            "within 20 years; begin with an accelerated run (docs/elm_user.md)"
        )
    if protocol == "accelerated" and settings.number("nyears_ad_carbon_only") < years:
        found.warn(
            f"an accelerated run with nyears_ad_carbon_only = "
            f"{settings.number('nyears_ad_carbon_only')}: N and P should be supplied "
            "while the plugin "
            f"observes; set it to {years} or more"
        )


def artifact_problems(
    schema: dict[str, Any], entries: dict[str, str], case: Case, settings: Settings
) -> list[str]:
    """What in a case an artifact was not made for."""
    wrong: list[str] = []
    years = _integer(entries, "phase_observe_years", 20)
    layers = 23 if settings.on("more_vertlayers") else 10
    if not settings.on("use_vertsoilc"):
        layers = 1
    dims = schema.get("dims", {})
    cascade = "CENTURY" if settings.on("use_century_decomp") else "CTC"
    for what, expected, here in (
        ("soil layers", dims.get("level"), layers),
        ("PFTs", dims.get("pft"), settings.number("maxpatch_pft")),
        ("observed years (phase_observe_years)", schema.get("observe_years"), years),
        ("nu_com", schema.get("nu_com"), settings.text("nu_com")),
        ("decomposition cascade", schema.get("decomp_cascade"), cascade),
    ):
        if expected != here:
            wrong.append(f"{what}: the artifact was made for {expected}, the case has {here}")
    protocols = schema.get("protocols") or [schema.get("protocol")]
    protocol = protocol_of(case, settings)
    allowed = namelist.is_true(entries.get("phase_allow_protocol_mismatch", ".false."))
    if protocol not in protocols and not allowed:
        wrong.append(
            f"protocol: the artifact was made for {', '.join(map(str, protocols))}, the case is "
            f"{protocol} (phase_allow_protocol_mismatch = .true. overrides)"
        )
    method = namelist.unquoted(entries.get("phase_method", "'hybrid'"))
    controls = [entry["name"] for entry in schema.get("inputs", []) if entry["role"] == "control"]
    methods = schema.get("methods") or (["hybrid"] if not controls else [method])
    if method not in methods:
        wrong.append(f"phase_method = '{method}': the artifact offers {', '.join(methods)}")
    if protocol != "accelerated":
        for name in ("suplnitro", "suplphos"):
            expected = schema.get(name, "NONE")
            if settings.text(name) != expected:
                wrong.append(
                    f"{name} = '{settings.text(name)}': the artifact was made for '{expected}'"
                )
    return wrong


def check_length(case: Case, entries: dict[str, str], found: Findings) -> None:
    """Whether the case runs long enough to jump and to judge."""
    if case.get("STOP_OPTION") not in ("nyears", "nyear") or not case.get("STOP_N").isdigit():
        return
    segments = 1 + int(case.get("RESUBMIT", "0") or 0)
    years = int(case.get("STOP_N")) * segments
    observe = _integer(entries, "phase_observe_years", 20)
    relax = _integer(entries, "phase_cycle_years", 20)
    if case.get("CONTINUE_RUN") == "TRUE":
        return
    if years <= observe:
        found.warn(
            f"the case runs {years} years (STOP_N = {case.get('STOP_N')}, RESUBMIT = "
            f"{segments - 1}): "
            f"the jump comes in year {observe + 1}"
        )
    elif years < observe + relax:
        found.warn(
            f"the case runs {years} years: the first drift after the jump is known after "
            f"{observe + relax}"
        )


def check_continued(case: Case, entries: dict[str, str], found: Findings) -> None:
    """A run that goes on needs the plugin's state of the same date."""
    restart = namelist.unquoted(entries.get("phase_restart_file", "''"))
    if case.get("CONTINUE_RUN") != "TRUE" or case.rundir is None or restart == "none":
        return
    pointers = sorted(case.rundir.glob("rpointer.lnd*"), key=lambda path: path.stat().st_mtime)
    if not pointers:
        found.error(f"CONTINUE_RUN = TRUE, but {case.rundir} has no rpointer.lnd")
        return
    name = pointers[-1].read_text().strip().rpartition("/")[2]
    date = re.search(r"\.elm(_\d{4})?\.r\.(.+\.nc)$", name)
    if date is None:
        found.warn(f"{pointers[-1]}: found '{name}', expected <case>.elm.r.<date>.nc")
        return
    state = (
        Path(restart)
        if restart
        else case.rundir / (f"{name[: date.start()]}.phase{date.group(1) or ''}.r.{date.group(2)}")
    )
    if not (case.rundir / state).is_file():
        found.error(
            f"the run goes on from {name}, but the plugin's state {state.name} is not in "
            f"{case.rundir}: put it there, or set phase_restart_file = 'none' to observe anew"
        )


def _integer(entries: dict[str, str], name: str, default: int) -> int:
    try:
        return int(entries.get(name, str(default)))
    except ValueError:
        return default

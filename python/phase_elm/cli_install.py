"""``phase elm install``, ``phase elm uninstall`` and ``phase elm check``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

console = Console(soft_wrap=True, highlight=False)
_CASE = typer.Option("--case", help="CASEROOT: the folder of the case.", show_default=False)
_E3SM = typer.Option("--e3sm", help="SRCROOT: the E3SM checkout; default: the case's own.")


class NamelistPlace(StrEnum):
    """Where the entries of ``&phase_inparm`` go."""

    phase_in = "phase_in"
    user_nl = "user_nl"


def _settings(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise typer.BadParameter(f"expected entry=value, found '{pair}'", param_hint="--set")
        found[name.strip()] = value.strip()
    return found


def install(
    case: Annotated[Path, _CASE],
    e3sm: Annotated[Path | None, _E3SM] = None,
    artifact: Annotated[
        Path | None, typer.Option(help="Artifact for phase_model_file; default: the packaged one.")
    ] = None,
    namelist: Annotated[
        NamelistPlace, typer.Option(help="A file phase_in in the run folder, or user_nl_elm.")
    ] = NamelistPlace.phase_in,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="entry=value of &phase_inparm; repeatable.")
    ] = None,
    bridge: Annotated[
        Path | None, typer.Option(help="Folder with lib/ and include/ of a bridge built alone.")
    ] = None,
    set_budget: Annotated[
        bool, typer.Option("--set-budget", help="Put budget_ltann = 0 into user_nl_elm.")
    ] = False,
    edit_e3sm: Annotated[
        bool,
        typer.Option(
            "--edit-e3sm", help="With --namelist user_nl: add the entries to ELM's definitions."
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell, change nothing.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite installed files that were edited since.")
    ] = False,
    take_out: Annotated[
        bool, typer.Option("--uninstall", help="The same as `phase elm uninstall`.")
    ] = False,
) -> None:
    """Put the plugin into a case of ELM. A second run changes nothing."""
    from phase_elm.install import Options, find_bridge, fortran_sources, plan_install

    if take_out:
        uninstall(case, dry_run, force)
        return
    options = Options(
        caseroot=case,
        e3sm=e3sm,
        namelist=namelist.value,
        artifact=artifact,
        settings=_settings(settings or []),
        set_budget=set_budget,
        edit_e3sm=edit_e3sm,
        force=force,
    )
    plan = plan_install(options, find_bridge(bridge), fortran_sources())
    _carry_out(plan, dry_run, "installed")
    if not dry_run:
        console.print(f"next: phase elm check --case {plan.case.root}", markup=False)
        console.print("then ./case.build and ./case.submit in the case, as ever")


def uninstall(
    case: Annotated[Path, _CASE],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell, change nothing.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Delete installed files that were edited since.")
    ] = False,
) -> None:
    """Take the plugin out of a case: every file as it was."""
    from phase_elm.install import plan_uninstall

    _carry_out(plan_uninstall(case, force), dry_run, "taken out")


def check(
    case: Annotated[Path, _CASE],
    e3sm: Annotated[Path | None, _E3SM] = None,
    bridge: Annotated[
        Path | None, typer.Option(help="Folder with lib/ and include/ of a bridge built alone.")
    ] = None,
) -> None:
    """Tell what is wrong with an installation; fails where the build or the run would."""
    from phase_elm.install import find_bridge, fortran_sources
    from phase_elm.install.check import check as look

    found = look(case, e3sm, find_bridge(bridge), fortran_sources())
    colours = {"ok": "green", "warning": "yellow", "error": "red"}
    for finding in found.all:
        console.print(f"[{colours[finding.level]}]{finding.level:>7}[/]  {escape(finding.text)}")
    console.print(f"{len(found.errors)} errors, {len(found.warnings)} warnings")
    if found.errors:
        raise typer.Exit(1)


def _carry_out(plan, dry_run: bool, done: str) -> None:
    steps = plan.steps()
    if not dry_run:
        plan.commit()
    for step in steps:
        console.print(f"  {step}", markup=False)
    for note in plan.notes:
        console.print(f"  note: {note}", markup=False)
    if dry_run:
        console.print(f"{len(steps)} files would change; nothing was changed")
    else:
        console.print(f"{done}: {len(steps)} files changed in {plan.case.root}", markup=False)


def register(app: typer.Typer) -> None:
    """Add the group to the command."""
    group = typer.Typer(
        name="elm",
        help="The plugin in a case of ELM: install, check, take out.",
        no_args_is_help=True,
    )
    for verb in (install, check, uninstall):
        group.command()(verb)
    app.add_typer(group)

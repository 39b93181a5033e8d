"""The command ``phase``."""

from __future__ import annotations

import typer

from phase_elm import (
    cli_compare,
    cli_evaluate,
    cli_fuse,
    cli_install,
    cli_minielm,
    cli_predict,
    cli_report,
    cli_run,
    cli_surrogate,
    cli_truth,
    cli_world,
)
from phase_elm.cli_common import Verbs

app = typer.Typer(
    name="phase",
    cls=Verbs,
    help="Spin up the carbon, nitrogen and phosphorus pools of a land model with a learned jump.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
for part in (
    cli_world,
    cli_truth,
    cli_fuse,
    cli_surrogate,
    cli_predict,
    cli_evaluate,
    cli_report,
    cli_run,
    cli_install,
    cli_compare,
    cli_minielm,
):
    part.register(app)


def main() -> None:
    """Entry point of the installed command."""
    app()


if __name__ == "__main__":
    main()

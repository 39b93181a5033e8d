"""Verbs of the surrogate: train, export, inspect."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from phase_elm.cli_common import console


def _errors_table(errors: dict[str, Any]) -> Table:
    table = Table(title="Errors in physical units, against the end states of the training set")
    table.add_column("")
    for split in errors:
        for who in ("do_nothing", "surrogate"):
            table.add_column(f"{split}\n{who}", justify="right")
    columns = [errors[s][w] for s in errors for w in ("do_nothing", "surrogate")]
    rows = [
        ("implied drift, median (gC/m2/yr)", "drift_median_gC_m2_yr", "{:.2f}"),
        ("implied drift, mean (gC/m2/yr)", "drift_mean_gC_m2_yr", "{:.2f}"),
        ("columns within 1 gC/m2/yr", "share_within_1_gC_m2_yr", "{:.0%}"),
    ]
    for label, key, form in rows:
        table.add_row(label, *[form.format(c[key]) for c in columns])
    for name in columns[0]["median_relative_error"]:
        values = [c["median_relative_error"][name] for c in columns]
        table.add_row(f"{name}, median error", *[f"{v:.1%}" for v in values])
    return table


def train(
    config: Annotated[Path, typer.Argument(help="training configuration (YAML)")],
    resume: Annotated[bool, typer.Option(help="go on from the last checkpoints")] = False,
    part: Annotated[
        str | None,
        typer.Option(
            metavar="K/N",
            help="train the K-th of N parts of the members alone; when all are done, --resume "
            "joins them",
        ),
    ] = None,
) -> None:
    """Train the surrogate and write surrogate.ckpt."""
    from phase_elm.train.config import load_config
    from phase_elm.train.distributed import Ranks
    from phase_elm.train.run import train as run
    from phase_elm.train.run import train_part

    first = Ranks.from_environment().first
    share_of = _part(part)
    settings = load_config(config)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not first,
    ) as bars:
        task = bars.add_task("training", total=1.0)

        def report(text: str, share: float) -> None:
            bars.update(task, description=text, completed=share)

        if share_of is not None:
            count = train_part(settings, share_of, resume, report)
            console.print(f"members of part {part}: {count}; join all parts with --resume")
            return
        path, errors = run(settings, resume=resume, report=report)
    if not first:
        return
    console.print(_errors_table(errors))
    console.print(f"checkpoint: {path}", soft_wrap=True)


def _part(text: str | None) -> tuple[int, int] | None:
    """``2/3`` as numbers."""
    if text is None:
        return None
    found = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", text)
    if found is None or int(found[1]) > int(found[2]):
        raise ValueError(f"--part: expected K/N with K from 1 to N, as 1/2; found {text!r}")
    return int(found[1]), int(found[2])


def check(
    config: Annotated[Path, typer.Argument(help="training configuration (YAML)")],
) -> None:
    """Read a training configuration and its sets, without training."""
    from phase_elm.train.config import load_config
    from phase_elm.train.run import check as run

    facts = run(load_config(config))
    for key, value in facts.items():
        console.print(f"{key}: {value}", soft_wrap=True, highlight=False)


def ablate(
    config: Annotated[Path, typer.Argument(help="training configuration (YAML)")],
    test: Annotated[
        list[Path] | None,
        typer.Option(help="set whose held-out columns are judged; default: the training sets"),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="at most so many epochs")] = None,
    members: Annotated[int | None, typer.Option(min=1, help="at most so many members")] = None,
    add: Annotated[bool, typer.Option("--add", help="switch on terms that are off, too")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help="name of a variant; repeatable; default all")
    ] = None,
) -> None:
    """Train without each constraint in turn and show what that costs; goes on where it stopped."""
    from phase_elm.ablate import AblateConfig, markdown
    from phase_elm.ablate import ablate as run
    from phase_elm.evaluate.report import write_texts
    from phase_elm.train.config import load_config

    settings = load_config(config)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console
    ) as bars:
        task = bars.add_task("ablation", total=1.0)
        document = run(
            AblateConfig(
                train=settings, test=tuple(test or ()), epochs=epochs, members=members,
                add=add, only=tuple(only or ()),
            ),
            lambda text, share: bars.update(task, description=text, completed=share),
        )  # fmt: skip
    text = markdown(document)
    console.print(text, highlight=False, markup=False, soft_wrap=True)
    folder = settings.output / "ablation"
    texts = {"ablation.json": json.dumps(document, indent=1) + "\n", "ablation.md": text}
    written = write_texts(texts, folder)
    console.print("wrote " + ", ".join(str(path) for path in written), soft_wrap=True)


def export(
    output: Annotated[Path, typer.Option("-o", "--output", help="artifact to write")],
    checkpoint: Annotated[
        Path | None, typer.Argument(help="surrogate.ckpt or artifact with weights")
    ] = None,
    steady_state: Annotated[
        bool, typer.Option("--steady-state", help="no checkpoint: the balance alone, no weights")
    ] = False,
    horizon: Annotated[
        float | None,
        typer.Option(help="with --steady-state: years that the balance stands for"),
    ] = None,
    host_rates: Annotated[
        bool, typer.Option(help="whether the host gives decomposition rates; else ELM's law")
    ] = True,
    depth_efolding: Annotated[
        float | None,
        typer.Option(help="with --no-host-rates: e-folding depth of decomposition (m), ELM: 0.33"),
    ] = None,
) -> None:
    """Write the artifact that a land model loads."""
    from phase_elm.export import ArtifactError, export_checkpoint, export_steady_state
    from phase_elm.export.writer import STEADY_STATE_HORIZON

    if steady_state == (checkpoint is not None) or (horizon is not None and not steady_state):
        raise ArtifactError(
            "expected either a checkpoint, or --steady-state (with or without --horizon)"
        )
    if depth_efolding is not None and host_rates:
        raise ArtifactError("--depth-efolding: expected only with --no-host-rates")
    if checkpoint is not None:
        artifact = export_checkpoint(checkpoint, output, host_rates, depth_efolding)
    else:
        years = horizon or STEADY_STATE_HORIZON
        artifact = export_steady_state(output, years, host_rates, depth_efolding)
    console.print(f"artifact: {artifact.path}", soft_wrap=True)
    console.print(f"checksum: {artifact.schema['checksum']}", soft_wrap=True)


def inspect(
    artifact: Annotated[Path, typer.Argument(help="artifact (.pt)")],
    as_json: Annotated[bool, typer.Option("--json", help="print the schema as JSON")] = False,
) -> None:
    """Show what an artifact reads, predicts and was trained for."""
    from phase_elm.export import load

    loaded = load(artifact)
    if as_json:
        typer.echo(json.dumps(loaded.schema, indent=2))
        return
    facts = Table(title=str(artifact.name), show_header=False)
    for key in (
        "name", "created", "checksum", "pool_space", "protocol", "nu_com", "decomp_cascade",
        "observe_years", "horizon_years", "trust_threshold",
    ):  # fmt: skip
        facts.add_row(key, str(loaded.schema[key]))
    facts.add_row("host_rates", str(loaded.schema.get("host_rates", True)))
    facts.add_row("dims", ", ".join(f"{k} {v}" for k, v in loaded.schema["dims"].items()))
    facts.add_row("checksum holds", "yes" if loaded.checksum_holds() else "NO")
    for key, value in loaded.schema["provenance"].items():
        if not isinstance(value, dict):
            facts.add_row(f"provenance: {key}", str(value))
    console.print(facts)
    for side in ("inputs", "outputs"):
        table = Table(title=f"{len(loaded.schema[side])} {side}")
        for heading in ("name", "long name", "units", "dims", "sample", "role"):
            table.add_column(heading)
        for entry in loaded.schema[side]:
            dims = ", ".join(entry["dims"])
            sample = entry.get("sample", "")
            table.add_row(
                entry["name"], entry["long_name"], entry["units"], dims, sample, entry["role"]
            )
        console.print(table)
    errors = loaded.schema["provenance"].get("errors")
    if errors:
        console.print(_errors_table(errors))


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.command()(train)
    app.command()(check)
    app.command()(ablate)
    app.command()(export)
    app.command()(inspect)

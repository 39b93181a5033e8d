"""``phase predict``: restart and observed set in, restart with the predicted pools out."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated

import typer

from phase_elm.atomic import write_text
from phase_elm.cli_common import console


def predict(
    restart: Annotated[Path, typer.Option(help="Restart at the end of the observed years.")],
    observed: Annotated[Path, typer.Option(help="Set of `phase fuse` made with that restart.")],
    artifact: Annotated[Path, typer.Option(help="Artifact of `phase export`.")],
    parameters: Annotated[Path, typer.Option(help="PFT parameter file of the run.")],
    out: Annotated[Path, typer.Option(help="Restart to write.")],
    soil_orders: Annotated[
        Path | None, typer.Option(help="fsoilordercon of the run, where mineral P is predicted.")
    ] = None,
    method: Annotated[str, typer.Option(help="hybrid, surrogate or steady_state.")] = "hybrid",
    trust_threshold: Annotated[
        float | None, typer.Option(help="Columns trusted less keep their state.")
    ] = None,
    max_pool: Annotated[float, typer.Option(help="Largest believable pool.")] = 1.0e7,
    allow_protocol_mismatch: Annotated[
        bool, typer.Option(help="Accept an artifact trained for another protocol.")
    ] = False,
    dead_wood_factor: Annotated[
        float | None, typer.Option(help="spinup_mortality_factor of an accelerated run.")
    ] = None,
    namelist: Annotated[
        Path | None,
        typer.Option(help="lnd_in of the ELM run: refuse the settings that the plugin refuses."),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="JSON file: what was done where.")] = None,
) -> None:
    """Write predicted pools into a copy of a restart, for a model that cannot be rebuilt."""
    from phase_elm.predict import PredictConfig
    from phase_elm.predict import predict as run

    done = run(
        PredictConfig(
            restart=restart,
            observed=observed,
            artifact=artifact,
            out=out,
            parameters=parameters,
            soil_orders=soil_orders,
            method=method,
            trust_threshold=trust_threshold,
            max_pool=max_pool,
            allow_protocol_mismatch=allow_protocol_mismatch,
            dead_wood_factor=dead_wood_factor,
            namelist=namelist,
        )
    )
    kept = [(i, text) for i, text in enumerate(done.gate.reason) if text]
    for i, text in kept[:20]:
        console.print(
            f"column {i + 1} ({done.lat[i]:.3f} N, {done.lon[i]:.3f} E) keeps its state: {text}",
            highlight=False,
        )
    console.print(
        f"wrote {done.out}: pools of {int(done.gate.applied.sum())} of "
        f"{len(done.gate.reason)} columns",
        soft_wrap=True,
    )
    if report is not None:
        document = {
            "restart": str(done.out),
            "artifact_sha256": done.checksum,
            "columns": len(done.gate.reason),
            "columns_written": int(done.gate.applied.sum()),
            "trust": [
                value if math.isfinite(value) else None for value in done.gate.trust.tolist()
            ],
            "kept": [
                {"column": i + 1, "lat": done.lat[i], "lon": done.lon[i], "reason": text}
                for i, text in kept
            ],
        }
        write_text(report, json.dumps(document, indent=1))


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command()(predict)

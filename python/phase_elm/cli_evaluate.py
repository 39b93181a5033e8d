"""``phase evaluate``, ``phase evaluate-elm`` and ``phase finetune``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from phase_elm.cli_common import console

Named = Annotated[
    list[str] | None, typer.Option("--artifact", help="Artifact, as NAME=FILE or FILE; repeatable.")
]


def _named(given: list[str] | None) -> dict[str, Path]:
    out = {}
    for text in given or ():
        name, _, path = text.rpartition("=")
        out[name or Path(path).stem] = Path(path)
    return out


def evaluate(
    train: Annotated[list[Path], typer.Option(help="Training set; repeatable.")],
    out: Annotated[Path, typer.Option(help="Folder for table and figures.")],
    test: Annotated[
        list[Path] | None, typer.Option(help="Test set; default: held-out columns of --train.")
    ] = None,
    artifact: Named = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option(
            help="no_change, steady_state, ridge, trees, mse_network; repeatable; default all."
        ),
    ] = None,
    outside: Annotated[
        list[Path] | None,
        typer.Option(help="Set of another climate, for its trust scores; repeatable."),
    ] = None,
    held_out_only: Annotated[
        bool, typer.Option(help="Of the test sets, columns of split 1 alone.")
    ] = False,
    in_model: Annotated[
        Path | None,
        typer.Option(help="World of the test columns: put the pools back into minielm."),
    ] = None,
    cycles: Annotated[int, typer.Option(min=1, help="Forcing cycles to run in the model.")] = 2,
    ranks: Annotated[int, typer.Option(min=1, help="MPI ranks of the model.")] = 1,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of the MSE network at most.")] = 150,
) -> None:
    """Compare predictions with baselines on columns that took no part in training."""
    from phase_elm.evaluate import EvaluateConfig
    from phase_elm.evaluate import evaluate as run
    from phase_elm.evaluate.in_model import run_in_model
    from phase_elm.evaluate.plots import write_plots, write_trust_plot
    from phase_elm.evaluate.report import headline, write_report
    from phase_elm.evaluate.run import BASELINES
    from phase_elm.schema import load_schema

    def tell(text: str) -> None:
        console.print(text, highlight=False)

    config = EvaluateConfig(
        train=tuple(train),
        test=tuple(test or ()),
        artifacts=_named(artifact),
        outside=tuple(outside or ()),
        baselines=tuple(baseline) if baseline else BASELINES,
        held_out_only=held_out_only,
        epochs=epochs,
    )
    document, columns, states = run(config, tell)
    schema = load_schema()
    if in_model is not None:
        document["in_model"] = run_in_model(
            in_model, columns, states, schema, out / "runs", cycles, ranks, tell
        )
    written = write_report(document, out)
    console.print("\n".join(headline(document)), highlight=False, markup=False, soft_wrap=True)
    written += [
        write_trust_plot(name, entry["trust"], out)
        for name, entry in document["predictors"].items()
        if "trust" in entry
    ]
    written += write_plots(columns, states, out, {v.name: v.units for v in schema.variables})
    console.print("wrote " + ", ".join(str(path) for path in written), soft_wrap=True)


def evaluate_elm(
    observed: Annotated[Path, typer.Option(help="Set of `phase fuse` of the ELM run.")],
    reference: Annotated[
        list[str], typer.Option(help="Restart to compare with, as NAME=FILE; repeatable.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the table.")],
    artifact: Named = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="surrogate.ckpt or artifact: fine-tuned on all cells but one."),
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of the fine-tuning.")] = 5,
) -> None:
    """Compare predictions for ELM cells with the states ELM itself came to."""
    from phase_elm.evaluate.elm import ElmConfig
    from phase_elm.evaluate.elm import evaluate_elm as run
    from phase_elm.evaluate.elm_table import elm_markdown
    from phase_elm.evaluate.report import write_texts

    document = run(
        ElmConfig(
            observed=observed,
            references=_named(reference),
            artifacts=_named(artifact),
            checkpoint=checkpoint,
            epochs=epochs,
        ),
        lambda text: console.print(text, highlight=False),
    )
    text = elm_markdown(document)
    console.print(text, highlight=False, markup=False, soft_wrap=True)
    write_texts({"elm.json": json.dumps(document, indent=1), "elm.md": text}, out)


def finetune(
    checkpoint: Annotated[Path, typer.Argument(help="surrogate.ckpt or artifact with weights.")],
    data: Annotated[list[Path], typer.Option(help="Set of the new grid; repeatable.")],
    out: Annotated[Path, typer.Option(help="Checkpoint to write.")],
    share: Annotated[float, typer.Option(help="Share of the new columns, at most 0.05.")] = 0.05,
    epochs: Annotated[int, typer.Option(help="Epochs, at most 5.")] = 5,
    learning_rate: Annotated[float, typer.Option(help="Learning rate.")] = 1.0e-4,
    seed: Annotated[int, typer.Option(help="Of the drawn columns.")] = 0,
) -> None:
    """Go on training a surrogate on a few columns of another grid or climate."""
    from phase_elm.evaluate.finetune import FinetuneConfig
    from phase_elm.evaluate.finetune import finetune as run

    config = FinetuneConfig(
        checkpoint=checkpoint,
        data=tuple(data),
        out=out,
        share=share,
        epochs=epochs,
        learning_rate=learning_rate,
        seed=seed,
    )
    path, facts = run(config, lambda text: console.print(text, highlight=False))
    console.print(
        f"wrote {path}: fine-tuned on {facts['finetuned_columns']} columns "
        f"({100 * facts['finetuned_share']:.1f} % of the set)",
        highlight=False,
        soft_wrap=True,
    )


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.command()(evaluate)
    app.command("evaluate-elm")(evaluate_elm)
    app.command()(finetune)

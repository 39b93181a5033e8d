"""The table of an evaluation: JSON for machines, Markdown for people."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from phase_elm.atomic import write_text
from phase_elm.evaluate.layer import layer_lines
from phase_elm.model.constants import layer_nodes

HEAD = ("TOTSOMC", "TOTVEGC", "TOTECOSYSC", "TOTSOMN", "TOTSOMP")
RATIOS = ("organ_cn", "organ_cp", "soil_cn")
SCORES = ["units", "mean", "bias", "RMSE", "nRMSE", "R2"]


def write_report(document: dict[str, Any], folder: Path) -> list[Path]:
    """Write the document as JSON, its table as Markdown, and a Markdown page of all parts.

    The page of parts has a row for every pool, plant type or layer, and predictor.
    """
    texts = {
        "evaluation.json": json.dumps(plain(document), indent=1, allow_nan=False) + "\n",
        "evaluation.md": markdown(document),
        "evaluation_parts.md": parts_markdown(document),
    }
    return write_texts(texts, folder)


def write_texts(texts: dict[str, str], folder: Path) -> list[Path]:
    """Write files into a folder, each in one move."""
    folder.mkdir(parents=True, exist_ok=True)
    return [write_text(folder / name, text) for name, text in texts.items()]


def plain(value: Any) -> Any:
    """JSON has no NaN: what is not known is null."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def number(value: float, digits: int = 3) -> str:
    return "" if not math.isfinite(value) else f"{value:.{digits}f}"


def percent(value: float) -> str:
    return "" if not math.isfinite(value) else f"{100.0 * value:.1f} %"


def markdown(document: dict[str, Any]) -> str:
    """Headline table, then every pool of every predictor."""
    found = document["predictors"]
    lines = [
        "# Evaluation",
        "",
        f"{document['test_columns']} columns that took no part in training, "
        f"{document['training_columns']} training columns; weighted by land area, physical units. "
        "nRMSE is over the mean of the truth.",
        "",
        *headline(document),
        "",
        "The median R2 is over all plant pools and all layers of column pools, in C, N and P. The "
        "last columns are the shares of pools on which an artifact has the smaller RMSE.",
        "",
        *table(
            ["", *[f"{name} nRMSE" for name in HEAD], "median R2 of pools", "of layers and types",
             "implied drift, median (gC/m2/yr)", "area within 1 gC/m2/yr"],
            [_head_row(name, entry) for name, entry in found.items()],
        ),
        "",
        *_laws(document),
        *_regions(found),
    ]  # fmt: skip
    for name, row in document["comparison"].items():
        shares = ", ".join(f"{o} {percent(s)}" for o, s in row["share_better_than"].items())
        lines += [
            f"`{name}` has the smallest RMSE of all on "
            f"{percent(row['share_better_than_every_baseline'])} of {row['pools']} pools "
            f"(against each alone: {shares}).",
            "",
        ]
    if "in_model" in document:
        lines += _in_model(document["in_model"])
    for name, entry in found.items():
        if entry.get("layer_residual"):
            lines += [f"## Balance of {name}", "", *layer_lines(entry)]
        if "trust" in entry:
            lines += _trust(name, entry["trust"])
    for name, entry in found.items():
        lines += [f"## {name}", "", *_totals(entry), "", *_pools(entry), ""]
    return "\n".join(lines)


def headline(document: dict[str, Any]) -> list[str]:
    """The three totals, the median over pools and layers, and how often an artifact is better."""
    comparison = document["comparison"]
    better = {name: row["share_better_than"] for name, row in comparison.items()}
    return table(
        [
            "", *[f"{name} R2" for name in HEAD[:3]], *[f"{name} nRMSE" for name in HEAD[:3]],
            "median R2", *[f"`{name}` better" for name in comparison],
        ],
        [
            [
                who,
                *[number(entry["totals"][t]["r2"]) for t in HEAD[:3]],
                *[percent(entry["totals"][t]["nrmse"]) for t in HEAD[:3]],
                number(entry["median_r2_of_pools_by_layer"]),
                *[percent(share[who]) if who in share else "" for share in better.values()],
            ]
            for who, entry in document["predictors"].items()
        ],
    )  # fmt: skip


def _trust(name: str, entry: dict[str, Any]) -> list[str]:
    """Error by score, and the scores of columns outside training."""
    few = entry["least_trusted"]
    return [
        f"## Trust of {name}",
        "",
        f"Rank correlation of score and implied drift: {number(entry['rank_correlation'], 2)}; "
        f"threshold {entry['threshold']:g}.",
        f"The {percent(few['share'])} of the columns with the smallest scores drift by "
        f"{number(few['drift_over_mean'], 2)} times the mean, and among them are "
        f"{percent(few['share_of_worst'])} of the worst tenth.",
        "",
        *table(
            ["score", "columns", "drift, median (gC/m2/yr)", "drift, mean", "drift, expected",
             "TOTECOSYSC off by"],
            [
                [
                    f"{row['score_from']:.2f} to {row['score_to']:.2f}", str(row["columns"]),
                    number(row["drift_median_gC_m2_yr"], 2), number(row["drift_mean_gC_m2_yr"], 2),
                    "" if row["expected_drift_gC_m2_yr"] is None
                    else number(row["expected_drift_gC_m2_yr"], 2),
                    percent(row["TOTECOSYSC_error"]),
                ]
                for row in entry["bins"]
            ],
        ),
        "",
        *table(
            ["columns", "number", "score, median", "smallest", "below the threshold"],
            [
                [
                    f"held out, {who}" if who == "as they are" else who, str(row["columns"]),
                    number(row["median"]), number(row["smallest"]),
                    percent(row["share_below_threshold"]),
                ]
                for who, row in entry["outside"].items()
            ],
        ),
        "",
    ]  # fmt: skip


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table."""
    return [
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *["| " + " | ".join(row) + " |" for row in rows],
    ]


def _head_row(name: str, entry: dict[str, Any]) -> list[str]:
    totals, drift = entry["totals"], entry["implied_drift_gC_m2_yr"]
    return [
        name,
        *[percent(totals[t]["nrmse"]) for t in HEAD],
        number(entry["median_r2_of_pools"]),
        number(entry["median_r2_of_layers_and_types"]),
        number(drift["median"], 2),
        percent(drift["share_of_area_within_1"]),
    ]


def _laws(document: dict[str, Any]) -> list[str]:
    """Ratios, zeros, signs and balances of every prediction, and of the end state itself."""

    def balances(soil: dict[str, float], column: dict[str, Any]) -> list[str]:
        return [percent(soil["median"]), *[percent(column[e]["median"]) for e in "cnp"]]

    end = balances(document["end_state_soil_balance_residual"],
                   document["end_state_column_balance"])  # fmt: skip
    rows = []
    for name, entry in document["predictors"].items():
        holds = entry["stoichiometry"]
        ratios = [f"{holds[f'{k}_largest_departure']:.0e}" for k in RATIOS]
        counts = [str(holds["zeros_filled"]), str(holds["negative_pools"])]
        residuals = balances(entry["soil_balance_residual"], entry["column_balance"])
        rows.append([name, *ratios, *counts, *residuals])
    return [
        "## What has to hold",
        "",
        "Largest departure from fixed ratios; zeros of the host that were filled; pools below "
        "zero; median over columns of |in - out| over in, of soil pools and of the column in C and "
        "N, and of what P of the column changed by. Pools of 1 January under annual means are not "
        "quite at rest even in the end state (last row).",
        "",
        *table(
            ["", "organ C:N", "organ C:P", "soil C:N", "zeros filled", "negative pools",
             "soil balance", "column C", "column N", "column P"],
            [*rows, ["end state", "", "", "", "", "", *end]],
        ),
        "",
    ]  # fmt: skip


def _regions(found: dict[str, Any]) -> list[str]:
    """Bias and nRMSE of TOTECOSYSC, block by block of the split."""
    regions = next(iter(found.values()))["regions"]
    return [
        "## By region",
        "",
        "TOTECOSYSC by block of the split (mean latitude and longitude of its columns): bias over "
        "the mean, and nRMSE.",
        "",
        *table(
            ["region", "lat", "lon", "columns", *found],
            [
                [
                    region, f"{row['lat']:.0f}", f"{row['lon']:.0f}", str(row["columns"]),
                    *[_region_cell(entry["regions"][region]) for entry in found.values()],
                ]
                for region, row in regions.items()
            ],
        ),
        "",
    ]  # fmt: skip


def _region_cell(row: dict[str, Any]) -> str:
    scores = row["TOTECOSYSC"]
    return f"{percent(scores['bias'] / max(scores['mean'], 1.0))}, {percent(scores['nrmse'])}"


def parts_markdown(document: dict[str, Any]) -> str:
    """Every pool by plant type or layer, predictor by predictor."""
    depth = layer_nodes()
    lines = [
        "# Evaluation by plant type and layer",
        "",
        f"{document['test_columns']} columns; weighted by land area and patch weight, physical "
        "units. Plant types are ELM's numbers; layers count from the surface, with the depth of "
        "their node.",
        "",
    ]
    for name, entry in document["predictors"].items():
        rows = []
        for pool, row in entry["variables"].items():
            for key, kind in (("by_pft", "type"), ("by_layer", "layer")):
                for part, scores in row.get(key, {}).items():
                    k = int(part)
                    where = f"type {k}" if kind == "type" else f"layer {k + 1}, {depth[k]:.2f} m"
                    rows.append([pool, where, *_scores(row["units"], scores)])
        lines += [f"## {name}", "", *table(["pool", "part", *SCORES], rows), ""]
    return "\n".join(lines)


def _in_model(entry: dict[str, Any]) -> list[str]:
    years = [str(year) for year in next(iter(entry["runs"].values()))["share_of_area_at_rest"]]
    return [
        "## Put back into the model",
        "",
        f"Share of the vegetated area whose TOTECOSYSC drifts by no more than 1 gC/m2/yr over the "
        f"20-year cycle that ends in the year; the pools go in at the beginning of year "
        f"{entry['jump_year']}.",
        "",
        *table(
            ["", *[f"year {year}" for year in years]],
            [
                [name, *[percent(run["share_of_area_at_rest"][year]) for year in years]]
                for name, run in entry["runs"].items()
            ],
        ),
        "",
    ]


def _totals(entry: dict[str, Any]) -> list[str]:
    rows = [[name, *_scores(row["units"], row)] for name, row in entry["totals"].items()]
    return table(["total", *SCORES], rows)


def _pools(entry: dict[str, Any]) -> list[str]:
    rows = [[name, *_scores(row["units"], row)] for name, row in entry["variables"].items()]
    return table(["pool", *SCORES], rows)


def _scores(units: str, row: dict[str, float]) -> list[str]:
    """Cells below ``SCORES``; empty where a score is not known."""
    size = [f"{row[n]:.4g}" if math.isfinite(row[n]) else "" for n in ("mean", "bias", "rmse")]
    return [units, *size, percent(row["nrmse"]), number(row["r2"])]

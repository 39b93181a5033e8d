"""The table of ``phase evaluate-elm`` as Markdown."""

from __future__ import annotations

from typing import Any

from phase_elm.evaluate.report import number, table


def elm_markdown(document: dict[str, Any]) -> str:
    """Closure, counts within 10 %, and median ratios by layer."""
    closure = document["closure"]
    cells = document["cells"]
    references = list(next(iter(document["predictors"].values())))
    lines = [
        "# Real ELM cells",
        "",
        f"Soil budget of the {cells} cells over the observed years: residual "
        f"{_closure(closure['column'])}; of every pool and layer, added up in size, "
        f"{_closure(closure['pools_and_layers'])}.",
        "",
        "Soil carbon, predicted over reference: cells within 10 %, and the median ratio.",
        "",
        *table(
            ["", *[f"{ref}, {part}" for ref in references for part in ("upper 1.4 m", "whole")]],
            [
                [who, *[_cell(row[ref][part], cells) for ref in references for part in _PARTS]]
                for who, row in document["predictors"].items()
            ],
        ),
        "",
        "The references among each other:",
        "",
        *table(
            ["", *[f"{ref}, {part}" for ref in references for part in ("upper 1.4 m", "whole")]],
            [
                [
                    one,
                    *[
                        _cell(row[two][part], cells) if two in row else "-"
                        for two in references
                        for part in _PARTS
                    ],
                ]
                for one, row in document["references"].items()
            ],
        ),
        "",
    ]
    for ref in references:
        lines += [
            f"Median ratio of soil carbon by layer, to {ref}:",
            "",
            *table(
                ["", *[str(k) for k in range(1, 11)]],
                [
                    [who, *[number(v, 2) for v in row[ref]["median_ratio_by_layer"]["soil"]]]
                    for who, row in document["predictors"].items()
                ],
            ),
            "",
        ]
    return "\n".join(lines)


_PARTS = ("upper", "whole")


def _closure(row: dict[str, Any]) -> str:
    return (
        f"{100.0 * row['median']:.2g} % of the flux in the median and "
        f"{100.0 * row['largest']:.2g} % at most"
    )


def _cell(row: dict[str, Any], cells: int) -> str:
    return f"{row['cells_within_10_percent']} of {cells}, {number(row['median'], 2)}"

"""The table of an ablation."""

from __future__ import annotations

from typing import Any

from phase_elm.evaluate.report import number, percent, table

TOTALS = ("TOTSOMC", "TOTVEGC", "TOTECOSYSC")


def markdown(document: dict[str, Any]) -> str:
    """One row a variant; physical units, held-out columns."""
    head = [
        "", "level", *[f"{t} R2" for t in TOTALS], *[f"{t} nRMSE" for t in TOTALS], "median R2",
        "implied drift, median (gC/m2/yr)", "area within 1 gC/m2/yr", "soil balance residual",
        "ratios depart by", "negative pools", "zeros filled",
    ]  # fmt: skip
    lines = [
        "# Ablation",
        "",
        f"{document['test_columns']} held-out columns, {document['training_columns']} training "
        f"columns; {document['members']} members, at most {document['epochs']} epochs, seed "
        f"{document['seed']}. The second row, another seed, says how far rows differ by chance.",
        "",
        *table(head, [_row(name, found) for name, found in document["variants"].items()]),
        "",
        "The median R2 is over plant pools and layers of column pools; the residual is the change "
        "of soil pools under the observed rates over what enters them, from pools of Jan 1 "
        f"({percent(document['end_state_soil_balance_residual'])} for the end state itself); "
        "ratios are C:N:P of organs and C:N of soil pools, the largest departure.",
        "",
    ]
    return "\n".join(lines)


def _row(name: str, found: dict[str, Any]) -> list[str]:
    totals = found["totals"]

    def shown(value: float | None, digits: int = 3) -> str:
        return "" if value is None else number(value, digits)

    return [
        name,
        found["level"],
        *[shown(totals[t]["r2"]) for t in TOTALS],
        *["" if totals[t]["nrmse"] is None else percent(totals[t]["nrmse"]) for t in TOTALS],
        shown(found["median_r2"]),
        shown(found["implied_drift_median_gC_m2_yr"], 2),
        percent(found["share_of_area_within_1"]),
        percent(found["soil_balance_residual_median"]),
        f"{found['stoichiometry_departs']:.0e}",
        str(found["negative_pools"]),
        str(found["zeros_filled"]),
    ]

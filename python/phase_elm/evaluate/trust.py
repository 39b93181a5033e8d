"""Is the trust score worth its name: error against score, and columns from another climate."""

from __future__ import annotations

from typing import Any

import numpy as np

from phase_elm.evaluate.baselines import ArtifactPredictor
from phase_elm.evaluate.cases import Columns, Named
from phase_elm.evaluate.metrics import implied_drift, totals

BINS = 5
LEAST_TRUSTED = 0.05
WORST = 0.1
CLAUSIUS = 0.067  # 1/K: saturation humidity with temperature
LONGWAVE = 5.0  # W/m2/K: incident longwave with air temperature
# Kelvin, and factor of rain.
SHIFTS = {
    "8 K warmer": (8.0, 1.0),
    "8 K warmer, a third of the rain": (8.0, 1.0 / 3.0),
    "8 K colder": (-8.0, 1.0),
    "a third of the rain": (0.0, 1.0 / 3.0),
    "three times the rain": (0.0, 3.0),
    "15 K warmer, three times the rain": (15.0, 3.0),
}


def shifted(inputs: Named, kelvin: float, rain: float) -> Named:
    """Columns under another climate: air, soil, humidity, longwave and rain; the rest as it was."""
    return inputs | {
        "TBOT": inputs["TBOT"] + kelvin,
        "TSOI": inputs["TSOI"] + kelvin,
        "QBOT": inputs["QBOT"] * np.exp(CLAUSIUS * kelvin),
        "FLDS": inputs["FLDS"] + LONGWAVE * kelvin,
        "PRECTmms": inputs["PRECTmms"] * rain,
    }


def judge_trust(
    predictor: ArtifactPredictor,
    test: Columns,
    predicted: Named,
    score: np.ndarray,
    outside: dict[str, Columns],
) -> dict[str, Any]:
    """Error by score, and scores of columns outside training.

    Parameters:
        predictor: Who predicts.
        test: Held-out columns.
        predicted: Their complete state.
        score: Their trust.
        outside: Columns of other climates by name, besides the shifts of the test columns.
    """
    artifact = predictor.artifact
    drift = np.abs(implied_drift(predicted, test))
    wtcol = test.inputs["wtcol"]
    stock = totals(test.truth, wtcol)["TOTECOSYSC"]
    error = np.abs(totals(predicted, wtcol)["TOTECOSYSC"] - stock)
    expected = artifact.expected_error(score)
    out: dict[str, Any] = {
        "threshold": artifact.trust_threshold,
        "rank_correlation": _rank_correlation(score, drift),
        "columns": {
            "score": score.tolist(),
            "drift_gC_m2_yr": drift.tolist(),
            "expected_drift_gC_m2_yr": None if expected is None else expected.tolist(),
        },
        "least_trusted": _least_trusted(score, drift),
        "bins": _bins(score, drift, error, stock, expected),
        "outside": {},
    }
    scores = {"as they are": score}
    for name, (kelvin, rain) in SHIFTS.items():
        scores[name] = predictor.ask(shifted(test.inputs, kelvin, rain))["trust"][:, 0]
    for name, columns in outside.items():
        scores[name] = predictor.ask(columns.inputs)["trust"][:, 0]
    for name, found in scores.items():
        out["outside"][name] = {
            "columns": len(found),
            "median": float(np.median(found)),
            "smallest": float(found.min()),
            "share_below_threshold": float((found < artifact.trust_threshold).mean()),
        }
    return out


def _least_trusted(score: np.ndarray, drift: np.ndarray) -> dict[str, float]:
    """What the columns with the smallest scores are like, next to all."""
    few = np.argsort(score, kind="stable")[: max(1, round(LEAST_TRUSTED * len(score)))]
    worst = drift >= np.quantile(drift, 1.0 - WORST)
    return {
        "share": len(few) / len(score),
        "drift_over_mean": float(drift[few].mean() / max(drift.mean(), 1.0e-12)),
        "share_of_worst": float(worst[few].sum() / worst.sum()),
    }


def _bins(
    score: np.ndarray,
    drift: np.ndarray,
    error: np.ndarray,
    stock: np.ndarray,
    expected: np.ndarray | None,
) -> list[dict[str, Any]]:
    """Columns in parts of equal counts, least trusted first."""
    parts = np.array_split(np.argsort(score, kind="stable"), min(BINS, len(score)))
    return [
        {
            "columns": len(part),
            "score_from": float(score[part].min()),
            "score_to": float(score[part].max()),
            "drift_median_gC_m2_yr": float(np.median(drift[part])),
            "drift_mean_gC_m2_yr": float(drift[part].mean()),
            "TOTECOSYSC_error": float(error[part].sum() / max(stock[part].sum(), 1.0)),
            "expected_drift_gC_m2_yr": None if expected is None else float(expected[part].mean()),
        }
        for part in parts
    ]


def _rank_correlation(one: np.ndarray, two: np.ndarray) -> float:
    """Spearman's; NaN where one of them does not vary."""
    a, b = (np.argsort(np.argsort(v)).astype(float) for v in (one, two))
    if np.ptp(one) == 0.0 or np.ptp(two) == 0.0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])

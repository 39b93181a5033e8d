"""A plugin's report with made-up numbers, in the shape that docs/report.md describes."""

from __future__ import annotations

import copy
import json
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

NAMES = ("TOTVEGC", "TOTSOMC", "TOTECOSYSC", "TOTECOSYSN", "TOTECOSYSP", "GPP", "TLAI")
COUNTED = ("TOTVEGC", "TOTSOMC", "TOTECOSYSC", "GPP", "TLAI")
STATUS = ("jumped", "rolled_back", "below_trust", "out_of_bounds", "jumped", "jumped")


def _ledger(change: float) -> dict:
    one = {
        "before_Pg": 1.0,
        "after_Pg": 1.0 + change,
        "change_Pg": change,
        "before_g_m2": 1000.0,
        "after_g_m2": 1000.0 * (1.0 + change),
        "change_g_m2": 1000.0 * change,
        "host_rules_g_m2": 0.5,
        "max_column_change_g_m2": 900.0,
        "max_column_change_gid": 3,
        "max_column_error_g_m2": 1.0e-12,
    }
    return {element: dict(one) for element in "CNP"}


def _jump(year: int, **counts: object) -> dict:
    return {
        "year": year,
        "dry_run": False,
        "columns": 6,
        "columns_jumped": 4,
        "columns_accepted": 4,
        "columns_below_trust": 0,
        "columns_out_of_bounds": 0,
        "columns_not_finite": 0,
        "columns_rolled_back": 0,
        "columns_limited": 0,
        "columns_accelerated": 0,
        "trust_threshold": 0.5,
        "inference_seconds": 0.05,
        "total_seconds": 0.06,
        "ledger": _ledger(5.0 if year == 21 else -0.01),
        "gated": [],
        **counts,
    }


def _years(met: bool) -> list[dict]:
    found = []
    for year in range(1, 63):
        jumps = (year > 21) + (year > 41)
        measured = year in (21, 41, 61, 62)
        level = 0.2 * year if jumps == 0 else 20.0
        share = (1.0 if met else 0.5) if jumps == 2 else 0.1 * jumps
        found.append(
            {
                "year": year,
                "jumps_done": jumps,
                "share_at_rest": share if measured else None,
                "columns_not_finite": 0,
                "totals": dict.fromkeys(NAMES, level if year > 1 else None),
                "drifts": dict.fromkeys(NAMES, 1e-05 if measured else None),
            }
        )
    return found


def example(met: bool = True) -> dict:
    """A run of 62 years and two jumps, at rest or not."""
    places = [(60.0, 7.5), (52.0, 12.5), (8.0, 37.5), (-4.0, 37.5), (-16.0, 317.5), (64.0, 162.5)]
    gated = {
        "gid": 4,
        "lat": -4.0,
        "lon": 37.5,
        "area_km2": 1.0e5,
        "reason": "out_of_bounds",
        "variable": "deadstemc",
        "element": 5,
        "value": None,
        "rank": 0,
    }
    back = {
        "gid": 2,
        "lat": 52.0,
        "lon": 12.5,
        "area_km2": 1.0e5,
        "jump_year": 21,
        "drift_before": 2.0,
        "drift_after": -9.0,
    }
    held = {
        "gid": 3,
        "lat": 8.0,
        "lon": 37.5,
        "area_km2": 1.0e5,
        "drift_gC_m2_yr": -7.5,
        "pool": "TOTVEGC",
        "pool_drift_gC_m2_yr": -7.0,
        "status": "below_trust",
    }
    variables = [
        {
            "name": name,
            "units": "PgC/yr",
            "limit": 1.0e-4 if name in COUNTED else None,
            "drift_before": 0.3,
            "drift_before_year": 21,
            "met_before": False,
            "drift_after": 1.0e-5 if met or name != "TOTSOMC" else -3.0e-3,
            "drift_after_year": 61,
            "met_after": met or name != "TOTSOMC",
            "in_criterion": name in COUNTED,
            "met_year": 61 if met and name in COUNTED else None,
        }
        for name in NAMES
    ]
    return {
        "report_format": 1,
        "artifact": {
            "file": "/data/a<b>&\"c'.pt",
            "name": "minielm-demo",
            "checksum": "0123456789abcdef" * 4,
            "horizon_years": 200000.0,
        },
        "run": {
            "ranks": 2,
            "device": "cpu",
            "columns": 6,
            "vegetated_area_km2": 6.0e5,
            "dry_run": False,
            "method": "hybrid",
            "rollback": True,
            "accelerate": "none",
            "run_mode": "normal",
            "pool_space": "normal",
            "start_year": 1,
            "years_integrated": 62,
            "steps": 22630,
            "observe_years": 20,
            "relax_years": 20,
            "cycle_years": 20,
        },
        "timing": {
            "plugin_seconds": 0.5,
            "model_seconds": 9.5,
            "years": {
                "year": [float(year) for year in range(1, 62)],
                "plugin_seconds": [0.008] * 61,
                "model_seconds": [0.152] * 61,
            },
        },
        "jumps": [
            _jump(21, columns_below_trust=1, columns_out_of_bounds=1, gated=[gated]),
            _jump(41, columns_rolled_back=1, columns_limited=2),
        ],
        "rollbacks": [
            {"year": 41, "columns_rolled_back": 1, "ledger": _ledger(0.001), "cells": [back]}
        ],
        "certificate": {
            "met": met,
            "complete": True,
            "met_at_year": 61 if met else None,
            "years_integrated_when_met": 60 if met else None,
            "area_at_rest": {
                "limit_gC_m2_yr": 1.0,
                "share_required": 0.97,
                "share_before": 0.0,
                "share_after": 1.0 if met else 0.5,
                "met_year": 61 if met else None,
            },
            "variables": variables,
            "columns_not_at_rest": 0 if met else 3,
            "kept_own_state": {
                "columns": 2,
                "area_share": 0.25,
                "below_trust": 2,
                "rolled_back": 0,
            },
            "holding_back": [] if met else [held],
        },
        "years": _years(met),
        "cells": {
            "gid": [float(k + 1) for k in range(6)],
            "lat": [lat for lat, _ in places],
            "lon": [lon for _, lon in places],
            "area_km2": [1.0e5] * 5 + [0.0],
            "drift_before": [300.0, 150.0, -20.0, 4.0, 0.4, 0.0],
            "drift_after": [0.2, -9.0, -7.5, 4.0, None, 0.0],
            "trust": [0.9, 0.9, 0.2, 0.8, None, 1.0],
            "status": list(STATUS),
        },
    }


def write(document: dict, path: Path) -> Path:
    path.write_text(json.dumps(copy.deepcopy(document)))
    return path


class _Links(HTMLParser):
    """What a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.found += [
            value or ""
            for name, value in attrs
            if name in ("src", "href", "srcset", "data", "action", "poster", "xlink:href")
        ]
        if tag in ("script", "iframe", "link", "object", "embed", "base"):
            self.found.append(tag)


def parsed(text: str) -> ElementTree.Element:
    """The page as a tree: it is well-formed, and it fetches nothing."""
    links = _Links()
    links.feed(text)
    outside = [
        link[:60] for link in links.found if not link.startswith("data:image/svg+xml;base64,")
    ]
    assert outside == []
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    head = "<!DOCTYPE html>\n"
    assert text.startswith(head)
    return ElementTree.fromstring(text[len(head) :])


def words(tree: ElementTree.Element) -> str:
    """All text of a page."""
    return " ".join(piece.strip() for piece in tree.find("body").itertext() if piece.strip())

"""Constraints of all columns together: stocks by latitude band and in all."""

from __future__ import annotations

import torch
from torch import Tensor

from phase_elm.constraints.columns import (
    PLANT_POOLS,
    Columns,
    Named,
    carbon_of,
    huber,
    log_error,
    zero_like,
)
from phase_elm.model import constants as c
from phase_elm.model.features import MINERALS

SOIL_MINERALS = {"n": MINERALS[:2], "p": MINERALS[2:5]}


def column_stocks(state: Named, columns: Columns) -> dict[str, Tensor]:
    """Stocks of a column (col), g/m2: plants, litter with debris, soil; C, N and P."""
    out: dict[str, Tensor] = {}
    layered = {
        "c": columns.of_layers(carbon_of(state)),
        "n": columns.of_layers(torch.stack([state[pool + "n_vr"] for pool in c.POOLS], 1)),
        "p": columns.of_layers(torch.stack([state[pool + "p_vr"] for pool in c.POOLS], 1)),
    }
    for element, pools in PLANT_POOLS.items():
        up = element.upper()
        out["TOTVEG" + up] = columns.of_patches(state, pools)
        out["TOTLITCWD" + up] = layered[element][:, :4].sum(1)
        out["TOTSOM" + up] = layered[element][:, 4:].sum(1)
        if element in SOIL_MINERALS:
            out["SMIN" + up] = sum(
                (columns.of_layers(state[name]) for name in SOIL_MINERALS[element]),
                torch.zeros_like(out["TOTSOM" + up]),
            )
    return out


class BandStocks:
    """sum_b A x of the prediction = that of the end state, for bands of latitude and the globe.

    A is land area (km2), x a stock of the column (g/m2). The global stock is the sum of the
    columns by construction; what this adds is that errors of columns in a band must not all have
    one sign. Source: land carbon is judged by its zonal and global sums (CTSM's spin-up criterion
    for TOTECOSYSC, ILAMB). In training the sum is over the columns of a step. Loss: log error of
    the sums, Huber at ``tolerance``, bands weighted by their area; the globe counts as one
    band more.
    """

    def __init__(self, tolerance: float, degrees: float = 30.0) -> None:
        self.tolerance = tolerance
        self.degrees = degrees

    def bands(self, columns: Columns) -> Tensor:
        """Share of each column's land in each band (band, col); the last band is the globe."""
        lat = columns.inputs["lat"][:, 0]
        label = torch.floor(lat / self.degrees)
        rows = [(label == value).to(lat.dtype) for value in torch.unique(label)]
        return torch.stack([*rows, torch.ones_like(lat)]) * columns.area

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        bands = self.bands(columns)
        area = bands.sum(1)
        weight = area / area.sum()
        found, true = column_stocks(predicted, columns), column_stocks(truth, columns)
        error = zero_like(predicted)
        for name, stock in found.items():
            e = log_error(bands @ stock / area, bands @ true[name] / area, 1.0e-3)
            error = error + (weight * huber(e, self.tolerance)).sum()
        return error / len(found)

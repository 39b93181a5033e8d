"""Which regions take part in training and which are held out.

Cells near each other resemble each other, so whole blocks of 20 by 30 degrees are held out, never
single cells.
"""

from __future__ import annotations

import numpy as np

TRAINING, HELD_OUT = 0, 1
BLOCK_LAT_DEG, BLOCK_LON_DEG = 20.0, 30.0
_BLOCKS_AROUND = int(360.0 / BLOCK_LON_DEG)


def region_id(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Number of the block a point lies in, rows from the south, columns from 180 W."""
    row = np.floor((np.asarray(lat) + 90.0) / BLOCK_LAT_DEG).astype(int)
    wrapped = (np.asarray(lon) + 180.0) % 360.0
    column = np.floor(wrapped / BLOCK_LON_DEG).astype(int)
    return np.minimum(row, int(180.0 / BLOCK_LAT_DEG) - 1) * _BLOCKS_AROUND + column


def split_of(region: np.ndarray) -> np.ndarray:
    """0 for training, 1 for held out: every fifth block along each row, shifted from row to row."""
    row, column = np.divmod(np.asarray(region), _BLOCKS_AROUND)
    return np.where((column + 2 * row) % 5 == 0, HELD_OUT, TRAINING)

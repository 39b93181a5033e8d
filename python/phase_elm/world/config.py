"""What world to build."""

from __future__ import annotations

import re
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, field_validator

from phase_elm.world.sites import Site

CYCLE_YEARS = 20
DAYS_PER_YEAR = 365


class Subset(StrEnum):
    """Which side of the regional split to draw cells from."""

    train = "train"
    heldout = "heldout"
    all = "all"


class WorldConfig(BaseModel):
    """A world, described.

    Parameters:
        grid: Latitude by longitude spacing in degrees, such as ``4x5``. Both must divide the
            sphere evenly.
        seed: Seed of the weather and of the small local variations of soils.
        subset: Training cells, held-out cells, or both.
        max_cells: At most so many cells, drawn with probability proportional to their land
            area; ``None`` keeps every land cell.
        min_land_fraction: Cells with less land are ocean.
        sites: Places (degrees north, degrees east) that take the place of the grid's cells; each
            stands for a cell of the grid's size around it that is all land. Deserts stay in.
        variety: Size of differences between a cell and its place (``phase_elm.world.variety``):
            0 the places as they are, 1 climates, plants and grounds mixed anew by the seed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    grid: str = "4x5"
    seed: int = Field(default=1, ge=0)
    subset: Subset = Subset.all
    max_cells: int | None = Field(default=None, ge=1)
    min_land_fraction: float = Field(default=0.35, gt=0.0, le=1.0)
    sites: tuple[Site, ...] = ()
    variety: float = Field(default=0.0, ge=0.0, le=2.0)

    @field_validator("grid")
    @classmethod
    def _grid_is_regular(cls, value: str) -> str:
        parts = re.fullmatch(r"(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)", value)
        if not parts:
            raise ValueError(
                f"expected <degrees latitude>x<degrees longitude>, such as 4x5; found {value!r}"
            )
        for name, span, text in zip(
            ("latitude", "longitude"), (180.0, 360.0), parts.groups(), strict=True
        ):
            step = float(text)
            if step <= 0.0 or abs(span / step - round(span / step)) > 1.0e-9:
                raise ValueError(f"{name} spacing {text} does not divide {span:g} degrees evenly")
        return value

    @field_validator("sites")
    @classmethod
    def _sites_are_places(cls, value: tuple[Site, ...]) -> tuple[Site, ...]:
        for number, (lat, lon) in enumerate(value, start=1):
            if not (abs(lat) <= 90.0 and -180.0 <= lon <= 360.0):
                raise ValueError(
                    f"site {number}: expected degrees north within 90 and degrees east from -180 "
                    f"to 360, found {lat:g}, {lon:g}"
                )
        places = {(round(lat, 3), round(lon % 360.0, 3)) for lat, lon in value}
        if len(places) < len(value):
            raise ValueError(f"expected different places, found {len(places)} in {len(value)}")
        return value

    @property
    def label(self) -> str:
        """What the files call the grid."""
        return "sites" if self.sites else self.grid

    @property
    def spacing(self) -> tuple[float, float]:
        """Latitude and longitude spacing in degrees."""
        lat, lon = self.grid.split("x")
        return float(lat), float(lon)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of latitudes and longitudes."""
        lat, lon = self.spacing
        return round(180.0 / lat), round(360.0 / lon)

"""A stand-in for the model of long runs."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from phase_elm.schema import load_schema

NCELL = 4


class OneRank:
    """The few calls of mpi4py that are used, on one rank."""

    rank = 0

    def bcast(self, value, root):
        return value

    def gather(self, value, root):
        return [value]

    def allreduce(self, value):
        return value


class GrowingModel:
    """Every pool grows by one unit a year; writes restart markers as minielm does."""

    starts: ClassVar[list[int]] = []
    jumps: ClassVar[list[int]] = []
    world = None
    stop_at: ClassVar[int | None] = None

    def __init__(self, comm, namelist):
        self.folder = Path(namelist).parent
        text = Path(namelist).read_text()
        self.year = 0
        if ".elm.r." in text:
            self.year = int(text.split(".elm.r.")[1][:4]) - 1
        self.starts.append(self.year)
        self.schema = load_schema()
        self.namelist = text

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def run_years(self, n):
        self.year += n
        if self.stop_at is not None and self.year > self.stop_at:
            raise KeyboardInterrupt
        if self.year % 20 == 0:
            for kind in ("elm", "phase"):
                stamp = f"truth.{kind}.r.{self.year + 1:04d}-01-01-00000.nc"
                (self.folder / stamp).touch()

    def jump(self):
        self.jumps.append(self.year)

    def packed(self, name):
        variable = self.schema.by_name[name]
        shape = self.schema.shape_of(name, NCELL)
        if variable.dims == "pft":
            return np.ones((1, 17))
        for key, values in (
            ("lat", self.world.lat),
            ("lon", self.world.lon),
            ("area", self.world.area),
            ("landfrac", self.world.geography.land_fraction),
        ):
            if name == key:
                return np.asarray(values)[:, None]
        if name == "wtcol":
            return self.world.pft.T
        return np.full(shape, float(self.year))

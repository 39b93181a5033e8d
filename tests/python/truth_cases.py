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

    def allgather(self, value):
        return [value]

    def allreduce(self, value):
        return value


class GrowingModel:
    """Every pool grows by one unit a year; writes restart markers as minielm does.

    Pools stop growing in the year ``rests_at`` of a case.
    """

    rests_at: ClassVar[int | None] = None

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
        self.schema = load_schema()
        self.namelist = text
        self.case = text.split("caseid = '")[1].split("'")[0]
        self.day = 0
        if "start_type = 'startup'" in text:
            self.year = 0
        self.starts.append(self.year)

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
                stamp = f"{self.case}.{kind}.r.{self.year + 1:04d}-01-01-00000.nc"
                (self.folder / stamp).touch()

    def step(self, n):
        self.day += n
        if self.day == 365:
            self.day = 0
            self.run_years(1)

    def closure(self):
        return {"C": 1.0e-16 * self.year, "N": 0.0}

    def field(self, name):
        size = NCELL if name == "GPP" else 17 * NCELL
        return np.full(size, 1.0e-5)

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
        if name == "SOIL_ORDER":
            return np.asarray(self.world.soil.order, float)[:, None]
        if name == "wtcol":
            return self.world.pft.T
        age = self.year if self.rests_at is None else min(self.year, self.rests_at)
        return np.full(shape, float(age))

"""Fields of a running model are views of the model's memory. Arguments: lnd_in."""

import sys

import numpy as np
import pytest
from mpi4py import MPI

from phase_elm.minielm import MiniElm, MiniElmError

with MiniElm(sys.argv[1], comm=MPI.COMM_WORLD) as model:
    assert model.date == (1, 1, 1, 0), model.date
    model.step(3)
    assert model.date == (1, 1, 4, 0), model.date
    model.run_years(1)
    assert model.date == (2, 1, 1, 0), model.date

    names = [field.name for field in model.fields()]
    assert len(names) == len(set(names))
    assert {"leafc", "soil4c_vr", "labilep_vr", "TBOT"} <= set(names)

    # Two views of one array are one memory, and the model reads what is written there.
    leaf, again = model.field("leafc"), model.field("leafc")
    assert leaf.base is not None
    assert np.shares_memory(leaf, again)
    before = leaf.copy()
    leaf *= 2.0
    assert np.array_equal(again, 2.0 * before)

    # Soil layers: the column is fastest in memory, as in Fortran.
    soil = model.field("soil4c_vr")
    assert soil.ndim == 2
    assert soil.strides[0] == 8
    ncol = soil.shape[0]
    grown = soil[0, 0] = soil[0, 0] + 1000.0
    assert model.packed("soil4c_vr").shape == (ncol, 10)
    assert model.packed("soil4c_vr")[0, 0] == grown
    model.step()
    assert abs(soil[0, 0] - grown) < 1.0, "the model went on from the value written"
    assert soil[0, 0] != grown, "the view shows the model's new value"

    with pytest.raises(KeyError, match="no_such_variable"):
        model.field("no_such_variable")
    with pytest.raises(MiniElmError, match="close it first"):
        MiniElm(sys.argv[1])

with pytest.raises(MiniElmError, match="closed"):
    model.step()

print("rank", MPI.COMM_WORLD.rank, "views hold")

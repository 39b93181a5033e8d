"""Write what the model holds right after its start. Arguments: lnd_in, file, names."""

import sys

import numpy as np
from mpi4py import MPI

from phase_elm.minielm import MiniElm

with MiniElm(sys.argv[1], comm=MPI.COMM_WORLD) as model:
    date = model.date
    np.savez(sys.argv[2], date=date, **{name: np.array(model.field(name)) for name in sys.argv[3:]})

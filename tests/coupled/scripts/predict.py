"""The artifact gives the same pools through PyTorch as through the plugin.

Arguments: lnd_in, artifact, output file. Runs to the jump, keeps what the surrogate sees, lets
the plugin jump, and writes both predictions.
"""

import sys

import numpy as np

from phase_elm.export import load
from phase_elm.minielm import MiniElm

namelist, path, output = sys.argv[1:]
artifact = load(path)
with MiniElm(namelist) as model:
    model.run_years(20)
    inputs = {}
    for entry in artifact.schema["inputs"]:
        values = model.packed(entry["name"])
        inputs[entry["name"]] = values.reshape(-1) if len(entry["shape"]) == 1 else values
    python = artifact.predict(inputs)
    model.jump()
    found = {name: model.packed(name) for name in python if name != "trust"}
np.savez(
    output,
    **{f"python_{name}": values for name, values in python.items()},
    **{f"fortran_{name}": values for name, values in found.items()},
    **{f"before_{name}": inputs[name] for name in found if name in inputs},
)

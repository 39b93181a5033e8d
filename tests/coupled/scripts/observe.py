"""Keep what the surrogate sees and what the plugin's jump makes of it, beside the run's own files.

Arguments: lnd_in, artifact, output file, number of windows of 20 years. The inputs of the
last window and the pools after the jump at its end are written.
"""

import sys

import numpy as np

from phase_elm.export import load
from phase_elm.minielm import MiniElm

namelist, path, output, windows = sys.argv[1:]
artifact = load(path)
with MiniElm(namelist) as model:
    model.run_years(20 * int(windows))
    seen = {
        entry["name"]: model.packed(entry["name"]).squeeze()
        for entry in artifact.schema["inputs"]
        if entry["role"] != "control"
    }
    model.jump()
    after = {name: model.packed(name) for name in artifact.output_names if name in seen}
    after["tlai"] = model.field("PFT_TLAI").reshape(len(after["leafc"]), -1).copy()
np.savez(
    output,
    **{f"seen_{name}": values for name, values in seen.items()},
    **{f"after_{name}": values for name, values in after.items()},
)

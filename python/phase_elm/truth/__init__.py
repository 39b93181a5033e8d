"""Long runs of minielm: what the surrogate learns from and is judged by."""

from phase_elm.truth.compact import NoReference, compact_truth, read_compact
from phase_elm.truth.config import TruthConfig
from phase_elm.truth.observe import ObserveConfig, run_observe
from phase_elm.truth.run import run_truth

__all__ = [
    "NoReference",
    "ObserveConfig",
    "TruthConfig",
    "compact_truth",
    "read_compact",
    "run_observe",
    "run_truth",
]

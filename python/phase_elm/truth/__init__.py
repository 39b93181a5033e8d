"""Long runs of minielm: what the surrogate learns from and is judged by."""

from phase_elm.truth.compact import NoReference, compact_truth, read_compact
from phase_elm.truth.config import TruthConfig
from phase_elm.truth.curve import Curve, CurveError, read_curve
from phase_elm.truth.observe import ObserveConfig, run_observe
from phase_elm.truth.run import run_truth
from phase_elm.truth.spinup import SpinupConfig, run_spinup

__all__ = [
    "Curve",
    "CurveError",
    "NoReference",
    "ObserveConfig",
    "SpinupConfig",
    "TruthConfig",
    "compact_truth",
    "read_compact",
    "read_curve",
    "run_observe",
    "run_spinup",
    "run_truth",
]

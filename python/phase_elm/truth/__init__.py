"""Native long runs of minielm: what the surrogate learns from and is judged by."""

from phase_elm.truth.compact import compact_truth, read_compact
from phase_elm.truth.config import TruthConfig
from phase_elm.truth.run import run_truth

__all__ = ["TruthConfig", "compact_truth", "read_compact", "run_truth"]

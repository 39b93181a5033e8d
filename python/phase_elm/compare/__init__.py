"""minielm next to ELM on the same cells: inputs, runs, tables."""

from phase_elm.compare.config import CompareConfig
from phase_elm.compare.run import compare_with_elm

__all__ = ["CompareConfig", "compare_with_elm"]

"""minielm judged by itself: does it conserve what it moves, and how fast is it?"""

from phase_elm.selfcheck.bench import BenchConfig, run_bench
from phase_elm.selfcheck.closure import ClosureConfig, run_closure

__all__ = ["BenchConfig", "ClosureConfig", "run_bench", "run_closure"]

"""minielm judged by itself: does it conserve what it moves, and how fast is it?"""

from phase_elm.selfcheck.bench import BenchConfig, run_bench
from phase_elm.selfcheck.closure import ClosureConfig, run_closure
from phase_elm.selfcheck.plugin_cost import CostConfig, run_cost

__all__ = ["BenchConfig", "ClosureConfig", "CostConfig", "run_bench", "run_closure", "run_cost"]

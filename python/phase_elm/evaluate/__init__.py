"""How good a prediction is, next to what else could be done (``phase evaluate``)."""

from phase_elm.evaluate.cases import EvaluateError
from phase_elm.evaluate.run import EvaluateConfig, evaluate

__all__ = ["EvaluateConfig", "EvaluateError", "evaluate"]

"""The jump on files (``phase predict``)."""

from phase_elm.predict.config import PredictConfig, PredictError
from phase_elm.predict.run import Prediction, predict

__all__ = ["PredictConfig", "PredictError", "Prediction", "predict"]

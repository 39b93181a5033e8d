"""The demonstration: a cold start, twenty observed years, one jump, and the model's own verdict."""

from phase_elm.demo.config import DemoConfig
from phase_elm.demo.run import run_demo

__all__ = ["DemoConfig", "run_demo"]

"""From ELM's and minielm's own files to a training set (``phase fuse``)."""

from phase_elm.fuse.config import FuseConfig, FuseError
from phase_elm.fuse.held import held_pools
from phase_elm.fuse.run import fuse

__all__ = ["FuseConfig", "FuseError", "fuse", "held_pools"]

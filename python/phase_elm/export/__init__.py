"""Artifacts: write one from a checkpoint or from the balance alone, load and look at one."""

from phase_elm.export.artifact import Artifact, ArtifactError, load
from phase_elm.export.writer import export_checkpoint, export_steady_state, read_checkpoint

__all__ = [
    "Artifact",
    "ArtifactError",
    "export_checkpoint",
    "export_steady_state",
    "load",
    "read_checkpoint",
]

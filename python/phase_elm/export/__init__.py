"""Artifacts: write one from a checkpoint, load and look at one."""

from phase_elm.export.artifact import Artifact, ArtifactError, load
from phase_elm.export.writer import export_checkpoint, read_checkpoint

__all__ = ["Artifact", "ArtifactError", "export_checkpoint", "load", "read_checkpoint"]

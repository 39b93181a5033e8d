"""Where the training of one member keeps what it needs to go on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from phase_elm.atomic import complete, write_text
from phase_elm.model.stage import Stage
from phase_elm.train.config import ConfigError, TrainConfig
from phase_elm.train.distributed import Ranks

# What may change between a run and its continuation without changing what comes out.
FREE = {"name", "output", "threads", "test"}


class MemberFolder:
    """Checkpoints of one member, and the settings that they belong to."""

    def __init__(self, folder: Path, config: TrainConfig, fingerprint: str) -> None:
        self.folder = folder
        self.last = folder / "last.ckpt"
        self.done = folder / "trained.ckpt"
        self._settings = folder / "settings.json"
        self._wanted = _chosen(config) | {"data": fingerprint}

    def open(self, resume: bool, ranks: Ranks) -> None:
        """Clear the folder, or make sure that what lies in it belongs to these settings."""
        if resume and self._settings.is_file():
            found = _complete(json.loads(self._settings.read_text()))
            keys = sorted(self._wanted.keys() | found.keys())
            other = [key for key in keys if found.get(key) != self._wanted.get(key)]
            if other:
                raise ConfigError(
                    f"{self.folder}: was trained with another {', '.join(other)}; expected the "
                    "same. Train without --resume, or give another output"
                )
            return
        if ranks.first:
            self.folder.mkdir(parents=True, exist_ok=True)
            for old in self.folder.glob("*.ckpt"):
                old.unlink()
            write_text(self._settings, json.dumps(self._wanted, indent=1))

    def finish(self, model: Stage) -> None:
        """Keep the trained member."""
        with complete(self.done) as partial:
            torch.save(model.state_dict(), partial)


def _complete(found: dict[str, Any]) -> dict[str, Any]:
    """Settings with the keys that have come since, at their defaults."""
    later = ["later"] if found["model"].get("later_members", 0) else []
    entries = {"data": ["data"], "output": "output", "later": later}
    kept = {key: value for key, value in found.items() if key != "data"}
    settings = TrainConfig.model_validate(kept | entries)
    return _chosen(settings) | {"data": found["data"]}


def _chosen(config: TrainConfig) -> dict[str, Any]:
    return config.model_dump(mode="json", exclude=FREE | {"data", "later"})

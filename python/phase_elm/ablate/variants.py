"""Which trainings an ablation compares."""

from __future__ import annotations

from dataclasses import dataclass

from phase_elm.constraints import LEVELS
from phase_elm.train.config import TrainConfig

ALL = "all on"
OTHER_SEED = "all on, other seed"
IN_GRAPH = {
    "balance": "local",
    "stoichiometry": "local",
    "zeros": "local",
    "sign": "local",
}
FREE_WEIGHT = 0.3  # of the error that teaches ratios which are no longer fixed
ADDED_WEIGHT = 0.3


@dataclass(frozen=True)
class Variant:
    """One training: its name in the table, the level of what is switched, and its settings."""

    name: str
    level: str
    config: TrainConfig


def variants(config: TrainConfig, add: bool = False) -> list[Variant]:
    """All on, all on with another seed, then each constraint off in turn.

    Parameters:
        config: Training that is taken apart.
        add: Switch on each term that is off, too, one at a time.
    """
    loss = config.loss
    out = [
        Variant(ALL, "", config),
        Variant(OTHER_SEED, "", config.model_copy(update={"seed": config.seed + 1})),
    ]
    for name, level in IN_GRAPH.items():
        model = config.model.model_copy(update={"without": (name,)})
        weights = {"organ_nutrient": FREE_WEIGHT} if name == "stoichiometry" else {}
        out.append(
            Variant(
                f"without {name} in the graph",
                level,
                config.model_copy(update={"model": model, "loss": loss.model_copy(update=weights)}),
            )
        )
    for name, level in LEVELS.items():
        weight = getattr(loss, name)
        if weight > 0.0:
            out.append(_reweighted(config, f"without loss term {name}", level, name, 0.0))
        elif add and level != "error":
            out.append(_reweighted(config, f"with loss term {name}", level, name, ADDED_WEIGHT))
    return out


def _reweighted(config: TrainConfig, label: str, level: str, name: str, weight: float) -> Variant:
    loss = config.loss.model_copy(update={name: weight})
    return Variant(label, level, config.model_copy(update={"loss": loss}))

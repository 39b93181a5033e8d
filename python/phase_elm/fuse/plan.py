"""Where each schema variable comes from: decided before anything large is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from phase_elm.fuse.budgets import INPUT_POOLS, PATCH_MEANS
from phase_elm.fuse.config import FuseConfig, FuseError
from phase_elm.fuse.history import HistoryFiles, history_advice
from phase_elm.fuse.places import Wanted
from phase_elm.fuse.restart import missing_names
from phase_elm.fuse.statics import SurfaceData
from phase_elm.model import constants as c
from phase_elm.schema import Schema

# History names of a forcing variable; several are added.
FORCING = {
    "FLDS": ("FLDS",),
    "PSRF": ("PBOT",),
    "FSDS": ("FSDS",),
    "QBOT": ("QBOT",),
    "PRECTmms": ("RAIN", "SNOW"),
    "TBOT": ("TBOT",),
}
MOST_EXTRA = 20  # fields that an error lists besides those that are missing
PLACE = ("lat", "lon", "area", "landfrac")
TRANSFERS = {name: c.POOLS[donor].upper() for donor, _, _, name in c.TRANSFERS if donor != c.CWD}
INPUTS = {f"{pool}C_INPUT_vr": pool for pool in INPUT_POOLS}
POOL_MEANS = tuple(f"{pool.upper()}C_vr" for pool in c.POOLS)
FIRE_FROM_LITTER = tuple(f"M_LITR{k}C_TO_FIRE_vr" for k in (1, 2, 3))


@dataclass(frozen=True)
class Plan:
    """What to read of the history, and how each schema variable is made.

    Parameters:
        wanted: History variables to read.
        forcing_files: Forcing variables that come from forcing files.
        origin: How each variable is made, in words, by schema name.
    """

    wanted: tuple[Wanted, ...]
    forcing_files: tuple[str, ...]
    origin: dict[str, str] = field(default_factory=dict)


def wanted_of(schema: Schema) -> list[Wanted]:
    """Everything of the history that could serve."""
    nlevel = schema.dims.level
    out: dict[tuple[str, bool], Wanted] = {}

    def add(want: Wanted) -> None:
        out.setdefault(want.key, want)

    for v in schema.inputs:
        if v.name in FORCING:
            for name in FORCING[v.name]:
                add(Wanted(name, v.units, monthly=True, mean=False))
        elif v.name in PATCH_MEANS:
            tape, column, _ = PATCH_MEANS[v.name]
            add(Wanted(tape, v.units, by_patch=True))
            if column is not None:
                add(Wanted(column, v.units))
        elif v.sample == "mean":
            levels = nlevel if v.dims == "column_level" else 0
            series = v.name in POOL_MEANS or v.name == "ALTMAX"
            first = v.name in POOL_MEANS[3:]
            add(Wanted(v.name, v.units, levels=levels, monthly=series, first_only=first))
    return list(out.values())


def make_plan(
    config: FuseConfig, schema: Schema, history: HistoryFiles, surface: SurfaceData
) -> Plan:
    """Decide all sources; everything that is missing is told in one message."""
    problems: list[str] = []
    advice: list[str] = []
    origin: dict[str, str] = {}
    forcing_files: list[str] = []
    for v in schema.inputs:
        if v.name in PLACE:
            origin[v.name] = "history grid" if v.name in ("area", "landfrac") else "restart"
        elif v.name == "wtcol":
            origin[v.name] = "restart"
        elif v.dims == "pft":
            origin[v.name] = "parameter file"
        elif v.sample == "static":
            origin[v.name] = "surface data"
        elif v.name in FORCING:
            names = FORCING[v.name]
            if all(history.is_monthly(name) for name in names):
                origin[v.name] = f"history {' + '.join(names)}"
            elif config.forcing:
                origin[v.name] = "forcing files"
                forcing_files.append(v.name)
            else:
                problems.append(f"{v.name} (history {', '.join(names)} by month, or --forcing)")
                advice += [name for name in names if not history.is_monthly(name)]
        elif v.name in PATCH_MEANS:
            origin[v.name] = _patch_origin(v.name, history)
        elif v.sample == "mean":
            made = _mean_origin(v.name, history)
            if made is None:
                problems.append(v.name)
                advice += [name for name in _made_from(v.name) if not history.has(name)]
            else:
                origin[v.name] = made
        elif v.sample == "start":
            origin[v.name] = _start_origin(v.name, config)
        elif v.sample == "instant":
            origin[v.name] = "restart"
        elif v.sample == "control":
            origin[v.name] = "zero: the method is asked for when the set is used"
    static = [v for v in schema.inputs if origin.get(v.name) == "surface data"]
    problems += [f"{name} in {config.surface}" for name in surface.missing(static)]
    problems += _missing_in_restarts(config, schema)
    if problems:
        raise FuseError(_what_is_missing(problems, advice, schema, history))
    used = tuple(want for want in wanted_of(schema) if want.key in history.pieces)
    return Plan(used, tuple(forcing_files), origin)


def _what_is_missing(
    problems: list[str], advice: list[str], schema: Schema, history: HistoryFiles
) -> str:
    """All that is missing, what would have written it, and what is there that nobody asked for."""
    known = history.names()
    text = f"{len(problems)} variables of the schema are nowhere in the files: "
    text += ", ".join(problems)
    if advice:
        fields = dict.fromkeys([name for name in advice if name not in known] or advice)
        text += f". For ELM's history set {history_advice(fields)}"
    extra = sorted(set(known) - {want.name for want in wanted_of(schema)} - {"time_bounds"})
    if extra:
        more = f" and {len(extra) - MOST_EXTRA} more" if len(extra) > MOST_EXTRA else ""
        text += f". Not used of the history: {', '.join(extra[:MOST_EXTRA])}{more}"
    return text


def _mean_origin(name: str, history: HistoryFiles) -> str | None:
    if history.has(name):
        return "history"
    if name in TRANSFERS and history.has(f"{TRANSFERS[name]}_HR_vr"):
        return "respired share of the decomposition"
    if name in INPUTS and all(history.has(needed) for needed in _made_from(name)):
        return "budget of the pool"
    return None


def _made_from(name: str) -> list[str]:
    """Fields of ELM's history that a mean is, or is made from where ELM has none."""
    if name not in INPUTS:
        return [f"{TRANSFERS[name]}_HR_vr"] if name in TRANSFERS else [name]
    pool = INPUTS[name]
    needed = [f"{pool}C_vr", f"M_{pool}C_TO_FIRE_vr"]
    if pool != "CWD":
        needed.append(f"{pool}_HR_vr")
    if pool != "LITR1":
        needed += ["CWDC_TO_LITR2C_vr", "CWDC_TO_LITR3C_vr"]
    return needed


def _patch_origin(name: str, history: HistoryFiles) -> str:
    tape, column, marker = PATCH_MEANS[name]
    if history.has(tape, by_patch=True):
        return "history by patch"
    if column is not None and history.has(column):
        return f"column mean {column} of the history shared out by {marker} of the restart"
    if name == "PFT_FIRE_CLOSS":
        return "burnt share of the litter and combustion completeness of the patch"
    if name in ("LEAFC", "FROOTC") and history.has("TLAI"):
        return "column mean TLAI of the history shared out by leaf carbon of the restart"
    return "middle of the states at the ends of the window"


def _start_origin(name: str, config: FuseConfig) -> str:
    if config.start_restart is not None:
        return "restart at the start of the window"
    if name.endswith("_vr_start"):
        return "first month of the history"
    return "assumed at rest (no restart at the start of the window)"


def _missing_in_restarts(config: FuseConfig, schema: Schema) -> list[str]:
    state = [v.name for v in schema.inputs if v.sample == "instant"]
    start = [v.name.removesuffix("_start") for v in schema.inputs if v.sample == "start"]
    target = [v.name for v in schema.outputs if v.role != "trust"]
    out = []
    for path, names in (
        (config.restart, state),
        (config.start_restart, start),
        (config.equilibrium, target),
    ):
        if path is not None:
            out += [f"{name} in {path}" for name in missing_names(path, names)]
    return out

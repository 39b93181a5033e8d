"""Units of ELM's files, read by meaning: ``gC/m^2/s``, ``gC m-2 s-1`` and ``gC/m2/s`` are one.

Masses of carbon, nitrogen, phosphorus and water are dimensions of their own, so that a nitrogen
flux never passes for a carbon flux.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from phase_elm.fuse.config import FuseError

_DAY = 86400.0
_YEAR = 365.0 * _DAY
EARTH_RADIUS_KM = 6371.22  # ELM's SHR_CONST_REARTH

# Symbol to factor, offset and dimensions (exponents by base).
_Dimensions = dict[str, float]
_SYMBOLS: dict[str, tuple[float, _Dimensions]] = {
    "1": (1.0, {}),
    "m": (1.0, {"m": 1}),
    "cm": (1.0e-2, {"m": 1}),
    "mm": (1.0e-3, {"m": 1}),
    "km": (1.0e3, {"m": 1}),
    "s": (1.0, {"s": 1}),
    "h": (3600.0, {"s": 1}),
    "d": (_DAY, {"s": 1}),
    "yr": (_YEAR, {"s": 1}),
    # ELM's shares per month are no rates: nothing but another spelling becomes one
    "month": (1.0, {"month": 1}),
    "g": (1.0e-3, {"kg": 1}),
    "kg": (1.0, {"kg": 1}),
    "gC": (1.0, {"gC": 1}),
    "kgC": (1.0e3, {"gC": 1}),
    "mgC": (1.0e-3, {"gC": 1}),
    "gN": (1.0, {"gN": 1}),
    "kgN": (1.0e3, {"gN": 1}),
    "mgN": (1.0e-3, {"gN": 1}),
    "gP": (1.0, {"gP": 1}),
    "kgP": (1.0e3, {"gP": 1}),
    "mgP": (1.0e-3, {"gP": 1}),
    "K": (1.0, {"K": 1}),
    "Pa": (1.0, {"Pa": 1}),
    "hPa": (1.0e2, {"Pa": 1}),
    "mb": (1.0e2, {"Pa": 1}),
    "kPa": (1.0e3, {"Pa": 1}),
    "MPa": (1.0e6, {"Pa": 1}),
    "W": (1.0, {"W": 1}),
    "%": (1.0e-2, {}),
    "degrees_north": (1.0, {"lat": 1}),
    "degrees_east": (1.0, {"lon": 1}),
    "radian2": ((EARTH_RADIUS_KM * 1.0e3) ** 2, {"m": 2}),
}
_WORDS = {
    "": "1", "none": "1", "unitless": "1", "fraction": "1", "proportion": "1", "-": "1",
    "flag": "1", "logical": "1", "logical flag": "1", "0 to 1": "1", "dimensionless": "1",
    "percent": "%", "sec": "s", "second": "s", "seconds": "s", "hour": "h", "hours": "h", "hr": "h",
    "day": "d", "days": "d", "year": "yr", "years": "yr", "y": "yr", "a": "yr", "months": "month",
    "mon": "month", "meters": "m", "meter": "m", "kelvin": "K", "gp": "gP", "gn": "gN", "gc": "gC",
    "radians2": "radian2", "radian^2": "radian2", "mbar": "mb",
    "degrees north": "degrees_north", "degrees east": "degrees_east",
    "degreesn": "degrees_north", "degreese": "degrees_east",
}  # fmt: skip
_OFFSETS = {"degC": 273.15, "C": 273.15, "celsius": 273.15, "degrees_celsius": 273.15}
_TOKEN = re.compile(r"^(?P<symbol>[A-Za-z_%]+|1)(?:\^|\*\*)?(?P<power>[+-]?\d+)?$")


class Unit(NamedTuple):
    """value in base units = factor * value + offset."""

    factor: float
    offset: float
    dimensions: tuple[tuple[str, float], ...]


@cache
def parse(text: str) -> Unit:
    """Read a unit; ``ValueError`` when it is none that is known."""
    plain = text.strip()
    plain = _WORDS.get(plain.lower(), plain)
    if plain in _OFFSETS or plain.lower() in _OFFSETS:
        return Unit(1.0, 273.15, (("K", 1.0),))
    if plain == "radian2":
        plain = "radian2 1"
    factor = 1.0
    dimensions: _Dimensions = {}
    sign = 1.0
    for piece in re.split(r"(/|\s+|\*(?!\*)|\.(?!\d))", plain):
        token = piece.strip()
        if token in ("", "*", "."):
            continue
        if token == "/":
            sign = -1.0
            continue
        size, own, power = _symbol(token)
        factor *= size ** (sign * power)
        for name, exponent in own.items():
            dimensions[name] = dimensions.get(name, 0.0) + sign * power * exponent
        sign = 1.0
    held = tuple(sorted((name, power) for name, power in dimensions.items() if power))
    return Unit(factor, 0.0, held)


def _symbol(token: str) -> tuple[float, _Dimensions, float]:
    if token == "radian2":
        return *_SYMBOLS[token], 1.0
    found = _TOKEN.match(token)
    if not found:
        raise ValueError(f"unknown unit {token!r}")
    name = found["symbol"]
    name = _WORDS.get(name.lower(), name) if name not in _SYMBOLS else name
    if name not in _SYMBOLS:
        raise ValueError(f"unknown unit {token!r}")
    return *_SYMBOLS[name], float(found["power"] or 1)


def conversion(found: str | None, wanted: str, where: str) -> tuple[float, float]:
    """Factor and offset that bring values of a file to the schema's unit.

    Parameters:
        found: Unit as the file tells it; ``None`` where the file tells none (ELM's restart files
            hold none), which stands for ELM's own unit, the schema's.
        wanted: Unit of the schema.
        where: File and variable, for the message.

    Returns:
        ``factor`` and ``offset``: value in the wanted unit = factor * value + offset.
    """
    if found is None or found.strip().lower() in ("none", "unset"):
        return 1.0, 0.0
    try:
        have, want = parse(found), parse(wanted)
    except ValueError as error:
        raise FuseError(f"{where}: units are {found!r}, expected {wanted!r} ({error})") from error
    if have.dimensions != want.dimensions:
        raise FuseError(
            f"{where}: units are {found!r}, expected {wanted!r} or what converts to it; "
            "look at how the file was written"
        )
    factor = have.factor / want.factor
    return (1.0 if abs(factor - 1.0) < 1.0e-12 else factor), (have.offset - want.offset)

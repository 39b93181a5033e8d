"""Synthetic worlds for minielm: geography, climate, weather, vegetation and soils.

A world is a set of land columns on a regular latitude-longitude grid, with a climate that a
geographer would recognise, twenty years of daily weather and the surface data that a land
model needs. The places are those of the Earth; the data are generated, not observed.
"""

from phase_elm.world.config import Subset, WorldConfig
from phase_elm.world.files import write_world
from phase_elm.world.generator import World, build_world

__all__ = ["Subset", "World", "WorldConfig", "build_world", "write_world"]

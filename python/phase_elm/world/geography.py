"""Coastlines, ice, elevation and distance to the sea, from a packaged sketch of the Earth.

The continents are simple polygons of some tens of vertices each, drawn from general
geographical knowledge to about one degree. They are good enough to tell Siberia from Iberia,
and small enough to read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from matplotlib.path import Path
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree

EARTH_RADIUS_KM = 6371.0

# Outlines, (longitude, latitude) in degrees.
# fmt: off
LAND: dict[str, list[tuple[float, float]]] = {
    "north_america": [
        (-168, 66), (-162, 70), (-156, 71), (-141, 70), (-128, 70), (-115, 68), (-108, 68),
        (-95, 68), (-94, 72), (-85, 70), (-82, 67), (-87, 64), (-94, 61), (-94, 58), (-88, 57),
        (-82, 55), (-80, 51), (-79, 55), (-77, 57), (-78, 62), (-72, 61), (-66, 59), (-62, 57),
        (-56, 53), (-60, 50), (-67, 49), (-64, 47), (-60, 46), (-66, 44), (-70, 43), (-70, 41.5),
        (-74, 40), (-76, 37), (-76, 35), (-81, 31), (-80, 26), (-82, 27), (-84, 30), (-90, 29),
        (-95, 29), (-97.5, 26), (-97.5, 22), (-94, 18), (-91, 19), (-90, 21), (-87, 21),
        (-88, 16), (-83.5, 15), (-83.5, 11), (-80, 9), (-78, 8), (-80, 7.5), (-86, 10),
        (-87.5, 13), (-92, 14.5), (-96, 16), (-101, 17.5), (-105, 20), (-106, 23), (-109, 26),
        (-113, 31), (-114.5, 31), (-110, 24), (-112, 25), (-115, 29), (-117, 32.5), (-120.5, 34.5),
        (-124, 40), (-124, 46), (-123, 48.5), (-128, 51), (-131, 55), (-137, 58.5), (-146, 60.5),
        (-152, 59.5), (-158, 56.5), (-157, 58.5), (-162, 59), (-165, 62), (-161, 64), (-167, 65),
    ],
    "baffin": [(-73, 62.5), (-66, 62), (-62, 66), (-72, 71), (-80, 73.5), (-89, 73.5), (-85, 70),
               (-73, 66)],
    "victoria_banks": [(-125, 72), (-117, 69), (-105, 69), (-105, 73), (-120, 74.5)],
    "ellesmere": [(-90, 77), (-78, 76.5), (-76, 79), (-62, 82.5), (-80, 83), (-95, 81)],
    "greenland": [(-44, 60), (-40, 65), (-22, 70), (-18, 77), (-20, 82), (-35, 83.5), (-60, 82),
                  (-68, 79), (-72, 77), (-60, 76), (-54, 70), (-52, 64), (-48, 61)],
    "newfoundland": [(-59, 47.6), (-53, 46.7), (-53, 48.5), (-56, 51.5)],
    "cuba": [(-85, 22), (-80, 23), (-75, 20.5), (-77.5, 19.8), (-80, 21.8)],
    "hispaniola": [(-74.4, 18.3), (-73, 20), (-68.5, 18.5), (-71.5, 17.8)],
    "south_america": [
        (-78, 8), (-75, 11), (-72, 12), (-68, 11), (-62, 10.5), (-60, 8.5), (-52, 5), (-50, 1),
        (-48, -1), (-44, -2.7), (-38, -4), (-35, -6), (-35, -9), (-39, -14), (-39.5, -19),
        (-42, -23), (-48, -26), (-49, -29), (-53, -34), (-57, -35), (-57.5, -38), (-62, -39),
        (-65, -42), (-67, -46), (-69, -51), (-66, -55), (-71, -55), (-75, -52), (-75, -47),
        (-73.5, -40), (-71.5, -30), (-70, -18), (-76, -14), (-81, -6), (-80, -2), (-78.5, 1.5),
        (-77.3, 4), (-77.5, 7),
    ],
    "africa": [
        (-6, 35.8), (0, 36), (10, 37.2), (11, 34), (20, 31), (25, 32), (32, 31.2), (34, 28),
        (37, 22), (39, 16), (43, 12), (51, 12), (48, 5), (42, -1), (39, -6), (40.5, -12),
        (35, -20), (35, -24), (32.5, -28), (28, -33), (20, -34.8), (18, -33), (15, -27),
        (12, -18), (13.5, -10), (9, -1), (9.5, 4), (5, 4.5), (-4, 5), (-8, 4.5), (-13, 8),
        (-17, 14.5), (-16.5, 21), (-13, 27.5), (-9.5, 31), (-9, 33),
    ],
    "madagascar": [(49, -12), (50.4, -16), (47, -25), (43.6, -23), (44.4, -17)],
    "eurasia": [
        (-9, 43.5), (-1.5, 43.5), (-1.5, 46), (-4.7, 48.3), (1.5, 50.5), (4, 52), (8, 54),
        (8.2, 57), (10.5, 57.7), (10, 54.5), (19, 54.5), (21, 57), (24, 58), (30, 60),
        (22, 60.2), (21.5, 63), (25.3, 65), (22, 65.7), (17.5, 62), (18, 60), (16, 56.5),
        (13, 55.5), (11, 59), (7, 58), (5, 60), (5, 62), (12, 65), (15, 68.5), (25, 71),
        (31, 70), (41, 67), (40, 64.5), (44, 66), (46, 68.3), (58, 68.8), (68, 68.5), (68, 72),
        (80, 72.5), (90, 75.5), (104, 77.6), (113, 74), (128, 72.5), (140, 72.5), (160, 69.7),
        (170, 69.7), (180, 69), (180, 65), (177, 62.5), (170, 60), (163, 58), (162, 55),
        (156.5, 51), (156, 57), (163, 62), (155, 59.5), (142, 59), (135, 54.7), (141, 53),
        (140, 48.5), (135.5, 44), (130.5, 42.5), (127.5, 39.5), (129.4, 36), (126.4, 34.5),
        (125, 38), (121.5, 39), (121.5, 40.7), (118, 39), (119, 37.5), (122.4, 37), (119.3, 35),
        (121.8, 31), (121.5, 28), (117, 23.5), (110, 21), (106, 19.5), (109, 13), (105, 9),
        (102, 12.5), (100, 13.5), (99.5, 9), (103.4, 4), (104, 1.4), (101, 3), (98.3, 8),
        (97.5, 16), (94.5, 16), (92, 21.5), (88.5, 21.7), (80.2, 15.5), (80, 12), (77.5, 8),
        (74, 15), (72.8, 20.5), (69, 22), (66.7, 25), (57, 25.7), (56.5, 27), (51, 28),
        (48.5, 30), (48, 29.5), (50, 26.5), (51.5, 24.5), (56, 26), (59.8, 22.5), (55, 17.5),
        (45, 12.8), (43, 14), (39, 21.5), (35, 28), (34.3, 31.3), (36, 36.5), (30.5, 36.5),
        (27.3, 37), (26.5, 40), (30, 41.2), (36, 41.5), (41.5, 41.7), (37.5, 44.7), (39, 47),
        (35, 46), (31, 46.5), (28.5, 43.5), (28, 41.5), (23.5, 40.3), (23.7, 37.5), (21.5, 37),
        (19.5, 41), (14, 45), (12.5, 44.3), (18, 40.3), (16, 38.2), (12, 42), (8.7, 44.3),
        (3.2, 43.3), (0, 40), (-2, 36.8), (-6, 36.2), (-9, 37.3), (-9, 39),
    ],
    "chukotka_east": [(-180, 69), (-175, 67.5), (-170, 66), (-173, 64.4), (-180, 65)],
    "britain": [(-5, 50), (1.4, 51.3), (0, 53.5), (-2, 56), (-3, 58.6), (-5.5, 57.5), (-3, 54),
                (-4.8, 52)],
    "ireland": [(-10, 52), (-6.3, 52.2), (-6, 54.5), (-8, 55.2), (-10, 54)],
    "iceland": [(-24, 65.5), (-22, 64), (-18.5, 63.4), (-13.7, 65), (-16, 66.4)],
    "novaya_zemlya": [(52, 71), (57, 70.7), (68, 76.5), (62, 76)],
    "sakhalin": [(142, 46), (143.5, 49), (143, 54), (142, 52)],
    "japan_north": [(140, 41.5), (145.5, 43.3), (142, 45.4)],
    "japan_main": [(130, 31.2), (136, 33.5), (140.8, 35.5), (142, 39.7), (141, 41.3), (139.7, 39),
                   (136, 36), (131, 34)],
    "taiwan": [(120.2, 23), (121, 22), (122, 25), (121, 25)],
    "sri_lanka": [(79.8, 8.5), (80.2, 6), (81.8, 7), (80.5, 9.7)],
    "sumatra": [(95.3, 5.6), (98.5, 4), (103.5, -0.5), (106, -3), (105.5, -5.8), (102, -4),
                (98.5, 1.5)],
    "java": [(105.3, -6.8), (108, -6.3), (114.4, -7.7), (114.4, -8.7), (108, -7.8)],
    "borneo": [(109, 1.5), (111.5, 2.5), (116, 6.8), (119, 5), (117.7, 1), (116, -4), (110.2, -3)],
    "sulawesi": [(119, -3), (120, 1), (125, 1.5), (121, 0.4), (122.5, -4.5), (119.8, -5.5)],
    "luzon": [(120.2, 16), (120.7, 18.5), (122.2, 18.3), (121.8, 14.3), (124, 12.7), (120.5, 14)],
    "mindanao": [(122, 7), (125.5, 5.8), (126.4, 8.5), (125.5, 9.7), (123.5, 8.5)],
    "new_guinea": [(131, -0.8), (134.3, -0.8), (135, -3.3), (138, -1.7), (144.5, -3.8),
                   (147.5, -6), (150.5, -10.5), (147, -9.5), (143.5, -8.5), (138.5, -8.3),
                   (138, -5.3), (133, -4)],
    "australia": [
        (114, -22), (119, -20), (122.3, -18), (126, -14), (129.5, -15), (131, -12), (136.5, -12.2),
        (135.5, -15), (140.5, -17.6), (142, -11), (145.3, -15), (146.3, -19), (150.5, -22.8),
        (153.3, -26), (153, -31), (150, -37.3), (146, -39), (141, -38.3), (138, -35.5),
        (136, -34.8), (131.5, -31.5), (124, -33.3), (118, -35), (115, -34.2), (115.8, -31.5),
        (113.5, -26),
    ],
    "tasmania": [(144.7, -40.8), (148.3, -41), (147.5, -43.5), (146, -43.5)],
    "new_zealand_north": [(172.8, -34.5), (175.5, -36.7), (178.4, -37.7), (176.5, -41),
                          (174.8, -41.4), (174, -39.3)],
    "new_zealand_south": [(172.7, -40.6), (174.3, -41.8), (170.7, -45.8), (168.5, -46.6),
                          (166.5, -46), (171, -42.6)],
}

WATER: dict[str, list[tuple[float, float]]] = {
    "caspian": [(47, 45), (51, 46.8), (53, 45), (51, 41.5), (54, 37), (50, 37.3), (48.5, 42)],
    "superior": [(-92, 46.8), (-85, 46.6), (-85, 48), (-88.5, 48.7)],
    "michigan_huron": [(-87.7, 41.8), (-86.3, 42), (-84, 43.5), (-80.5, 44.5), (-84.5, 46),
                       (-87, 45.3)],
    "baikal": [(104, 51.6), (106, 52), (109.8, 55.7), (108.8, 55.7)],
    "victoria": [(31.8, -2.5), (34, -1.5), (33.7, 0.3), (31.8, 0)],
}

ICE = ("greenland", "ellesmere")

# Highlands: a spine of (longitude, latitude), its half width in km and its height in m.
HIGHLANDS: list[tuple[list[tuple[float, float]], float, float]] = [
    ([(79, 33), (84, 32.5), (90, 33.5), (97, 33.5)], 420.0, 4300.0),  # Tibet
    ([(68, 36), (74, 38), (79, 42), (85, 43)], 220.0, 2300.0),  # Hindu Kush, Tien Shan
    ([(88, 48), (97, 48), (106, 48), (113, 48)], 480.0, 1250.0),  # Altai, Mongolia
    ([(46, 35), (52, 32), (58, 31), (66, 32)], 330.0, 1400.0),  # Iran
    ([(34, 38.5), (40, 39), (45, 40)], 230.0, 1400.0),  # Anatolia, Caucasus
    ([(6, 45), (10, 46.6), (14, 47)], 130.0, 1400.0),  # Alps
    ([(7, 61), (14, 66)], 160.0, 750.0),  # Scandinavia
    ([(59, 52), (60, 60), (65, 67)], 150.0, 450.0),  # Urals
    ([(116, 56), (122, 56)], 300.0, 600.0),  # Stanovoy
    ([(130, 66), (140, 66), (148, 63)], 300.0, 650.0),  # Verkhoyansk, Kolyma
    ([(44, 15), (43, 20)], 220.0, 1300.0),  # western Arabia
    ([(76, 12), (77, 17), (79, 21)], 260.0, 500.0),  # Deccan
    ([(100, 26), (104, 25)], 300.0, 1600.0),  # Yunnan
    ([(-151, 62.5), (-140, 61), (-128, 56)], 190.0, 900.0),  # Alaska, Yukon
    ([(-120, 52), (-114, 46), (-110, 42), (-106, 38), (-107, 34)], 380.0, 1700.0),  # Rockies
    ([(-118, 40), (-114, 39)], 300.0, 700.0),  # Great Basin
    ([(-106, 28), (-102, 23), (-98, 19)], 260.0, 1600.0),  # Mexico
    ([(-82, 36), (-78, 40)], 150.0, 400.0),  # Appalachians
    ([(-76, 6), (-78, -2), (-76, -10), (-70, -16), (-67, -21), (-69, -29)], 220.0, 3000.0),
    ([(-70, -33), (-72, -44), (-73, -50)], 110.0, 1000.0),  # southern Andes
    ([(-47, -16), (-45, -21)], 420.0, 650.0),  # Brazilian highlands
    ([(38, 13), (39, 8)], 260.0, 1800.0),  # Ethiopia
    ([(36, 2), (34, -4), (33, -10), (31, -17)], 420.0, 950.0),  # East Africa
    ([(27, -30), (24, -25), (17, -22)], 420.0, 950.0),  # southern Africa
    ([(15, -12), (18, -13)], 300.0, 700.0),  # Angola
    ([(6, 23), (17, 21)], 280.0, 700.0),  # Sahara massifs
    ([(-6, 32), (2, 35)], 160.0, 900.0),  # Atlas
    ([(136, -4), (145, -6.5)], 120.0, 1300.0),  # New Guinea
    ([(149, -35), (150, -29)], 170.0, 450.0),  # Great Dividing Range
    ([(127, -25), (133, -24)], 420.0, 350.0),  # central Australia
]
# fmt: on
BACKGROUND_ELEVATION_M = 200.0
_SAMPLE_DEG = 0.5


@dataclass(frozen=True)
class Geography:
    """Fields at cell centres, one value per cell.

    Parameters:
        land_fraction: Ice-free land share of the cell, 0 to 1.
        elevation: Height above sea level in m.
        coast_km: Distance to the nearest sea in km.
        west_km: Distance over land to the sea in the west in km.
        east_km: Distance over land to the sea in the east in km.
    """

    land_fraction: np.ndarray
    elevation: np.ndarray
    coast_km: np.ndarray
    west_km: np.ndarray
    east_km: np.ndarray


def unit_vectors(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Points on the unit sphere, shape (n, 3), from degrees."""
    lam, phi = np.radians(lon), np.radians(lat)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)


def _inside(names: dict[str, list[tuple[float, float]]], points: np.ndarray) -> np.ndarray:
    mask = np.zeros(len(points), dtype=bool)
    for outline in names.values():
        mask |= Path(outline).contains_points(points)
    return mask


@cache
def _sample_grid() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Half-degree axes, land mask and ice mask (latitude, longitude)."""
    lat = np.arange(-90.0 + _SAMPLE_DEG / 2, 90.0, _SAMPLE_DEG)
    lon = np.arange(-180.0 + _SAMPLE_DEG / 2, 180.0, _SAMPLE_DEG)
    grid_lon, grid_lat = np.meshgrid(lon, lat)
    points = np.column_stack([grid_lon.ravel(), grid_lat.ravel()])
    land = _inside(LAND, points) & ~_inside(WATER, points)
    ice = _inside({name: LAND[name] for name in ICE}, points)
    shape = grid_lon.shape
    return lat, lon, land.reshape(shape), ice.reshape(shape)


def _run_length_km(land: np.ndarray, lat: np.ndarray, towards_west: bool) -> np.ndarray:
    """Length of unbroken land from each point to the sea along its parallel, in km.

    Water narrower than two degrees (lakes, straits) shortens the way but does not end it.
    """
    flip = slice(None) if towards_west else slice(None, None, -1)
    rows = land[:, flip]
    doubled = np.concatenate([rows, rows], axis=1)
    length = np.zeros(len(lat))
    gap = np.full(len(lat), 99.0)
    out = np.zeros(doubled.shape)
    for column in range(doubled.shape[1]):
        here = doubled[:, column]
        gap = np.where(here, 0.0, gap + _SAMPLE_DEG)
        length = np.where(here, length + _SAMPLE_DEG, np.where(gap > 2.0, 0.0, length))
        out[:, column] = length
    km_per_degree = np.radians(1.0) * EARTH_RADIUS_KM * np.cos(np.radians(lat))[:, None]
    return out[:, rows.shape[1] :][:, flip] * km_per_degree


@cache
def _distance_fields() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distance to the nearest sea, to the sea in the west and in the east, in km."""
    lat, lon, land, _ = _sample_grid()
    grid_lon, grid_lat = np.meshgrid(lon, lat)
    points = unit_vectors(grid_lon, grid_lat)
    coarse = (slice(None, None, 2), slice(None, None, 2))
    sea = points[coarse][~land[coarse]]
    coast = np.zeros(land.shape)
    chord, _ = cKDTree(sea).query(points[land])
    coast[land] = 2.0 * EARTH_RADIUS_KM * np.arcsin(np.clip(chord / 2.0, 0.0, 1.0))
    return coast, _run_length_km(land, lat, True), _run_length_km(land, lat, False)


def _at(field: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Bilinear value of a half-degree field at points."""
    row = np.clip((lat + 90.0) / _SAMPLE_DEG - 0.5, 0.0, field.shape[0] - 1.0)
    column = (lon + 180.0) / _SAMPLE_DEG - 0.5
    return map_coordinates(field, [row, column], order=1, mode="grid-wrap")


def _distance_to_spine_km(spine: list[tuple[float, float]], points: np.ndarray) -> np.ndarray:
    """Distance from points on the unit sphere to a polyline, in km."""
    nodes = np.asarray(spine, dtype=float)
    steps = np.linspace(0.0, 1.0, 12)
    dense = np.concatenate(
        [start + steps[:, None] * (end - start) for start, end in pairwise(nodes)]
    )
    chord, _ = cKDTree(unit_vectors(dense[:, 0], dense[:, 1])).query(points)
    return 2.0 * EARTH_RADIUS_KM * np.arcsin(np.clip(chord / 2.0, 0.0, 1.0))


def elevation_m(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Height above sea level in m: a low plain with the large highlands on top."""
    points = unit_vectors(lon, lat)
    height = np.full(lon.shape, BACKGROUND_ELEVATION_M)
    for spine, half_width, top in HIGHLANDS:
        height += top * np.exp(-((_distance_to_spine_km(spine, points) / half_width) ** 4))
    return height


def grid_land_fraction(shape: tuple[int, int]) -> np.ndarray:
    """Ice-free land share of every cell of a regular grid, (latitude, longitude)."""
    nlat, nlon = shape
    lat, lon, land, ice = _sample_grid()
    row = np.minimum(((lat + 90.0) / 180.0 * nlat).astype(int), nlat - 1)
    column = np.minimum(((lon + 180.0) / 360.0 * nlon).astype(int), nlon - 1)
    index = (row[:, None] * nlon + column[None, :]).ravel()
    free = (land & ~ice).ravel().astype(float)
    count = np.bincount(index, minlength=nlat * nlon)
    if np.any(count == 0):
        raise ValueError(
            f"grid {180 / nlat:g}x{360 / nlon:g}: finer than the land mask "
            f"({_SAMPLE_DEG} degrees); "
            "choose a coarser grid"
        )
    return (np.bincount(index, weights=free, minlength=nlat * nlon) / count).reshape(shape)


def on_land(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Whether points (degrees, -180 to 180 east) lie on ice-free land."""
    axis_lat, axis_lon, land, ice = _sample_grid()
    row = np.clip(((lat + 90.0) / _SAMPLE_DEG).astype(int), 0, len(axis_lat) - 1)
    column = ((lon + 180.0) / _SAMPLE_DEG).astype(int) % len(axis_lon)
    return (land & ~ice)[row, column]


def describe(lon: np.ndarray, lat: np.ndarray, land_fraction: np.ndarray) -> Geography:
    """Geography of cells with centres ``lon``, ``lat`` (degrees, -180 to 180)."""
    coast, west, east = _distance_fields()
    return Geography(
        land_fraction=land_fraction,
        elevation=elevation_m(lon, lat),
        coast_km=_at(coast, lon, lat),
        west_km=_at(west, lon, lat),
        east_km=_at(east, lon, lat),
    )

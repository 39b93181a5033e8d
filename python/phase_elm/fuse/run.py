"""``phase fuse``: a run's own files to one training set."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from phase_elm.fuse.assemble import COMBUSTION_PARAMETERS, Assembler, Block, start_year
from phase_elm.fuse.config import FuseConfig, FuseError
from phase_elm.fuse.context import Context, read_context
from phase_elm.fuse.held import EQUILIBRIUM, RESTART, START, space_attributes
from phase_elm.fuse.history import HistoryFiles
from phase_elm.fuse.opened import keep_open, opened
from phase_elm.fuse.plan import make_plan, wanted_of
from phase_elm.fuse.restart import cascade, restart_date
from phase_elm.fuse.statics import SurfaceData, read_parameters
from phase_elm.fuse.subgrid import SAME_PLACE_DEGREES, Subgrid, degrees_apart, read_subgrid
from phase_elm.fuse.window import Window
from phase_elm.fuse.writer import SetWriter
from phase_elm.schema import Schema, load_schema
from phase_elm.world.split import region_id, split_of

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

Progress = Callable[[int, int], None]


def fuse(
    config: FuseConfig,
    comm: Comm | None = None,
    progress: Progress = lambda done, total: None,
    schema: Schema | None = None,
) -> Path | None:
    """Make the training set; all ranks call this, rank 0 writes.

    Parameters:
        config: Files of the run.
        comm: Communicator over whose ranks the history files are dealt out.
        progress: Called with files read and files in all, over all blocks.
        schema: Variables; the package's own by default.
    """
    schema = schema or load_schema()
    if schema.observe_years != config.observe_years:
        months = 12 * config.observe_years
        dims = schema.dims.model_copy(update={"month": months})
        years = {"observe_years": config.observe_years, "mean_years": config.observe_years}
        schema = schema.model_copy(update=years | {"dims": dims})
    with keep_open():
        return _fuse(config, comm, progress, schema)


def _fuse(config: FuseConfig, comm: Comm | None, progress: Progress, schema: Schema) -> Path | None:
    grid = _grid(config.restart, schema)
    window = Window.before(restart_date(config.restart), config.observe_years, config.restart)
    if cascade(config.restart) != schema.decomp_cascade:
        raise FuseError(
            f"{config.restart}: decomposition cascade is {cascade(config.restart)}, the schema is "
            f"for {schema.decomp_cascade}"
        )
    start_grid = _partner(config.start_restart, grid, schema)
    target_grid = _partner(config.equilibrium, grid, schema)
    root = comm is None or comm.rank == 0
    with ExitStack() as stack:
        surface = stack.enter_context(closing(SurfaceData(config.surface)))
        history = stack.enter_context(closing(HistoryFiles(config.history, window)))
        history.scan(wanted_of(schema))
        _check_start(config, window, history)
        plan = make_plan(config, schema, history, surface)
        context = read_context(config, schema, window, grid, start_grid, target_grid, surface)
        parameters = read_parameters(
            config.parameters, [v for v in schema.inputs if v.dims == "pft"], schema.dims.pft
        )
        plain = _plain_parameters(config.parameters, COMBUSTION_PARAMETERS, schema.dims.pft)
        make = Assembler(config, schema, window, plan, history, surface, {**parameters, **plain})
        writer: SetWriter | None = None
        if root:
            attributes = _attributes(config, schema, window, grid, history, context)
            groups = ("observed",) if target_grid is None else ("observed", "equilibrium")
            extra = {group: context.variables(group) for group in groups}
            origin = {**plan.origin, **context.origin}
            writer = stack.enter_context(
                SetWriter(config.out, schema, len(grid), extra, origin, attributes)
            )
        blocks = _blocks(len(grid), config.block_columns)
        total = len(blocks) * len(history.paths)
        for number, rows in enumerate(blocks):
            block = _block(context, grid, start_grid, rows)

            def scale(name: str, year: int, block: Block = block) -> np.ndarray | float:
                return block.space.factor(name, window.first_year + year)

            done = number * len(history.paths)
            means = history.read(
                plan.wanted, block.grid, scale, comm,
                lambda files, done=done: progress(done + files, total),
            )  # fmt: skip
            if writer is None:
                continue
            seen = make.observed(block, means)
            _check_values(seen, block.grid, config)
            writer.root(rows, _root(surface, block.grid, seen))
            seen |= context.rows("observed", rows)
            writer.put("observed", rows, {**seen, **parameters})
            if target_grid is not None:
                space, year = context.spaces[EQUILIBRIUM]
                target = make.target(target_grid.rows(rows), space.rows(rows), year)
                writer.put("equilibrium", rows, target | context.rows("equilibrium", rows))
    return config.out if root else None


def _blocks(count: int, size: int) -> list[slice]:
    """Columns in parts of at most ``size``."""
    return [slice(first, min(first + size, count)) for first in range(0, count, size)]


def _grid(path: Path, schema: Schema) -> Subgrid:
    if not path.is_file():
        raise FuseError(f"{path}: no such restart file")
    return read_subgrid(path, schema.dims.pft)


def _partner(path: Path | None, grid: Subgrid, schema: Schema) -> Subgrid | None:
    """Columns of another restart of the same run; they have to be the same ones."""
    if path is None:
        return None
    other = _grid(path, schema)
    same = len(other) == len(grid) and np.array_equal(other.patch >= 0, grid.patch >= 0)
    if same:
        apart = degrees_apart(grid.lon, grid.lat, other.lon, other.lat)
        same = bool((apart < SAME_PLACE_DEGREES).all())
    if not same:
        raise FuseError(
            f"{path}: its {len(other)} soil columns are not the {len(grid)} of {grid.path}; "
            "expected restarts of one grid with the same active patches"
        )
    return other


def _check_start(config: FuseConfig, window: Window, history: HistoryFiles) -> None:
    """The start restart stands at the window's start, or is what the run began from."""
    if config.start_restart is None:
        return
    year = start_year(config, window)
    began_from = Path(history.initial_file).name == config.start_restart.name
    if year != window.first_year and not (began_from and window.first_year == 1):
        raise FuseError(
            f"{config.start_restart}: stands at year {year}, the window begins with year "
            f"{window.first_year}, and the history does not name it as the initial file of the run"
        )


def _block(context: Context, grid: Subgrid, start: Subgrid | None, rows: slice) -> Block:
    spaces = {moment: space.rows(rows) for moment, (space, _) in context.spaces.items()}
    began = None if start is None else start.rows(rows)
    return Block(grid.rows(rows), spaces[RESTART], began, spaces.get(START))


def _plain_parameters(path: Path, names: tuple[str, ...], npft: int) -> dict[str, np.ndarray]:
    with opened(path) as data:
        return {
            name: np.asarray(data[name][:npft], dtype=np.float64)
            for name in names
            if name in data.variables
        }


def _root(surface: SurfaceData, grid: Subgrid, seen: dict[str, np.ndarray]) -> dict[str, Any]:
    region = surface.optional("region", grid)
    region = region_id(grid.lon, grid.lat) if region is None else region
    split = surface.optional("split", grid)
    number = None if grid.shares_cells else surface.optional("gid", grid)
    return {
        **{name: seen[name] for name in ("lat", "lon", "area", "landfrac")},
        "gid": grid.column + 1 if number is None else number,
        "region": region,
        "split": split_of(region) if split is None else split,
        "column_index": grid.column + 1,
        "column_weight": grid.weight,
    }


def _check_values(seen: dict[str, np.ndarray], grid: Subgrid, config: FuseConfig) -> None:
    for name, values in seen.items():
        bad = ~np.isfinite(values)
        if bad.any():
            row = int(np.argwhere(bad)[0][0])
            raise FuseError(
                f"{config.out}: {name} came out not finite in column {grid.column[row] + 1} "
                f"({grid.lat[row]:.3f} N, {grid.lon[row]:.3f} E)"
            )


def _attributes(
    config: FuseConfig,
    schema: Schema,
    window: Window,
    grid: Subgrid,
    history: HistoryFiles,
    context: Context,
) -> dict[str, Any]:
    protocol = config.protocol
    if protocol == "auto":
        began = Path(history.initial_file.strip()).name
        protocol = "short_accelerated" if began else "cold"
        if context.spaces[RESTART][0].accelerated:
            protocol = "accelerated"
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0).isoformat()
    out: dict[str, Any] = {
        "title": "observed years of a land model run, fused from its own files",
        "source": f"phase fuse ({history.source or 'history and restart files'})",
        "history": f"{now} phase fuse {config.restart.name}",
        "observe_years": np.int32(config.observe_years),
        "first_observed_year": np.int32(window.first_year),
        "schema_format_version": np.int32(schema.format_version),
        "protocol": protocol,
        "nu_com": config.nu_com,
        "decomp_cascade": schema.decomp_cascade,
        **space_attributes(context.spaces),
        "restart_file": config.restart.name,
        "start_restart_file": config.start_restart.name if config.start_restart else "",
        "equilibrium_file": config.equilibrium.name if config.equilibrium else "",
        "gridcells_share_columns": np.int32(grid.shares_cells),
        "soil_order_file": config.soil_orders.name if config.soil_orders else "",
    }
    if config.horizon_years is not None:
        out["horizon_years"] = config.horizon_years
    return out

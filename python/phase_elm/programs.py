"""Find the compiled programs, start them under MPI, and read why one stopped.

A build folder named by ``PHASE_BUILD_DIR`` comes first, so that a developer's build is used
instead of the installed one; then the programs inside the installed package; then ``PATH``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_OWN_LINES = ("minielm: ", "phase: ")  # how the programs begin the line that tells why they stop
_END = 8


def find_program(name: str) -> Path:
    """Return the path of a compiled program such as ``minielm`` or ``minielm-plain``.

    Raises
    ------
    FileNotFoundError
        With the places looked in and what to do.
    """
    looked: list[Path] = []
    build = os.environ.get("PHASE_BUILD_DIR")
    if build:
        looked.append(Path(build).resolve() / "fortran" / "minielm" / name)
    looked.append(_PACKAGE / "bin" / name)
    for path in looked:
        if path.is_file() and os.access(path, os.X_OK):
            return path
    on_path = shutil.which(name)
    if on_path:
        return Path(on_path)
    places = "\n".join(f"  {path}" for path in looked)
    raise FileNotFoundError(
        f"the program '{name}' was not found; looked for\n{places}\n  {name} on PATH\n"
        "Build and install it with `ci/setup` or `pip install .` in a checkout, or point "
        "PHASE_BUILD_DIR at a Meson build folder."
    )


def mpirun(ranks: int) -> list[str]:
    """Return the command prefix that starts ``ranks`` MPI processes on this machine.

    ``PHASE_MPIRUN`` replaces the launcher, for example ``srun``. Run it with
    :func:`mpi_environment`.
    """
    if ranks < 1:
        raise ValueError(f"ranks: expected 1 or more, found {ranks}")
    launcher = os.environ.get("PHASE_MPIRUN", "").split()
    if not launcher:
        found = shutil.which("mpirun") or shutil.which("mpiexec")
        if found is None:
            raise FileNotFoundError(
                "neither mpirun nor mpiexec is on PATH; install an MPI (Debian and Ubuntu: "
                "openmpi-bin libopenmpi-dev), load its module, or name a launcher in PHASE_MPIRUN"
            )
        launcher = [found]
    return [*launcher, "-n", str(ranks)]


def last_words(log: Path, begin: int = 0) -> str:
    """Why a program stopped: its own messages in its log, or else the log's last lines.

    Parameters:
        log: What the program printed.
        begin: Bytes of the log that are of earlier runs.
    """
    whole = log.read_bytes() if log.is_file() else b""
    lines = whole[begin:].decode(errors="replace").splitlines()
    told = [line.partition(": ")[2] for line in lines if line.startswith(_OWN_LINES)]
    if told:
        return "; ".join(dict.fromkeys(told))
    return "\n".join(["it gave no reason; the end of its log:", *lines[-_END:]])


def run_minielm(lnd_in: Path, ranks: int = 1) -> Path:
    """Run minielm in the folder of a namelist.

    Parameters:
        lnd_in: Namelist; relative names in it are of its own folder.
        ranks: MPI ranks.

    Returns:
        The log, ``run.log`` in that folder.
    """
    launcher = mpirun(ranks) if ranks > 1 else []
    log = lnd_in.with_name("run.log")
    with log.open("w") as file:
        done = subprocess.run(
            [*launcher, str(find_program("minielm")), lnd_in.name],
            cwd=lnd_in.parent,
            env=mpi_environment(),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode != 0:
        raise RuntimeError(
            f"minielm stopped with status {done.returncode}: {last_words(log)} (log: {log})"
        )
    return log


def mpi_environment() -> dict[str, str]:
    """Return this process's environment with what ``mpirun`` needs to start anywhere.

    Open MPI refuses to start more ranks than cores, and refuses to start for root (the usual
    user in a container), unless told otherwise. MPICH ignores these variables.
    """
    environment = dict(os.environ)
    environment.setdefault("OMPI_MCA_rmaps_base_oversubscribe", "1")
    environment.setdefault("PRTE_MCA_rmaps_default_mapping_policy", ":oversubscribe")
    # Ranks that share cores must yield them while they wait.
    environment.setdefault("OMPI_MCA_mpi_yield_when_idle", "1")
    # Containers forbid the system call Open MPI prefers for messages within a node.
    environment.setdefault("OMPI_MCA_btl_vader_single_copy_mechanism", "none")
    # Some have no /sys either; the hardware locality library can do without and need not say so.
    environment.setdefault("HWLOC_HIDE_ERRORS", "2")
    # One thread a rank: several ranks share this machine's cores.
    environment.setdefault("OMP_NUM_THREADS", "1")
    if os.geteuid() == 0:
        environment.setdefault("OMPI_ALLOW_RUN_AS_ROOT", "1")
        environment.setdefault("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
    return environment

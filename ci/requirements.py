"""Print what pyproject.toml asks for to build, run and test, one requirement a line.

PyTorch is left out: ci/setup installs it first and by itself, in the build that suits the
machine.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = settings["project"]
    wanted = [
        *settings["build-system"]["requires"],
        *project["dependencies"],
        *project["optional-dependencies"]["test"],
    ]
    for requirement in wanted:
        if not requirement.startswith("torch>"):
            print(requirement)


if __name__ == "__main__":
    main()

"""Print one hash of everything that a set-up step depends on.

    python ci/stamp.py TEXT... -- PATH...

Files are hashed by name and content, folders by all files below them (caches apart), so that
a second ``ci/demo`` starts at once and a changed source file rebuilds.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def files_below(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)


def main(arguments: list[str]) -> None:
    split = arguments.index("--")
    digest = hashlib.sha256()
    for text in arguments[:split]:
        digest.update(text.encode() + b"\0")
    for name in arguments[split + 1 :]:
        for file in files_below(ROOT / name):
            digest.update(str(file.relative_to(ROOT)).encode() + b"\0")
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    print(digest.hexdigest())


if __name__ == "__main__":
    main(sys.argv[1:])

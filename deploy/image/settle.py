"""``settle.py FOLDER [--compile] [--as PLACE]``: makes a tree the same, whoever copied it and whenever.

Modes say only whether a file is run, times are ``SOURCE_DATE_EPOCH`` (seconds since 1970, else 0).
``--compile`` adds byte code that names no time, for the place where the tree will stand in the end.
"""

from __future__ import annotations

import argparse
import compileall
import os
import sys
from pathlib import Path
from py_compile import PycInvalidationMode


def settle(folder: Path, epoch: int) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or bool(path.stat().st_mode & 0o100)
            path.chmod(0o755 if runs else 0o644)
        os.utime(path, (epoch, epoch), follow_symlinks=False)


def compiled(folder: Path, place: Path) -> bool:
    """Whether every module could be compiled: one after the other, so that each has the same bytes again."""
    return bool(
        compileall.compile_dir(
            folder,
            quiet=1,
            workers=1,
            stripdir=str(folder),
            prependdir=str(place),
            invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
        )
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--as", dest="place", type=Path)
    given = parser.parse_args()
    if given.compile and not compiled(given.folder, given.place or given.folder):
        return 1
    settle(given.folder, int(os.environ.get("SOURCE_DATE_EPOCH", "0")))
    return 0


if __name__ == "__main__":
    sys.exit(main())

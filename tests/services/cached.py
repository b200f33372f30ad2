"""What is fetched or built once for all tests, and kept outside the tree."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path


def cached(name: str) -> Path:
    """The folder of this name, whether or not it is there."""
    root = os.environ.get("SHARDWRIGHT_CACHE") or Path.home() / ".cache" / "shardwright"
    return Path(root) / name


def keep(folder: Path, absent: Callable[[], str | None], make: Callable[[Path], Path]) -> None:
    """Have ``folder`` hold what ``make`` leaves in a working folder; two who do it at once do no harm.

    ``absent``: why it is not there, or not whole; None when it is.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as name:
        made = make(Path(name))
        if folder.exists() and absent() is not None:
            shutil.rmtree(folder)
        try:
            made.rename(folder)
        except OSError:
            if absent() is not None:
                raise

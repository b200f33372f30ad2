"""A copy of an embedded store, as it stood at one moment, while its server runs. Blocks: for a thread."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from orchestrator.store.sqlite_errors import explained


def copy_of(path: Path, to: Path) -> None:
    """The server neither waits for it nor notices. Raises Unavailable, Permanent."""
    try:
        with (
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(to)) as target,
        ):
            source.backup(target)
    except sqlite3.Error as exc:
        raise explained(exc, path) from exc

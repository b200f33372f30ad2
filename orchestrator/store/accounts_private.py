"""A database file that holds secrets is for its owner's eyes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from sqlalchemy.engine import make_url


def keep_private(url: str) -> None:
    """Nothing to do where it is none of a file of SQLite."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or not address.database or address.database == ":memory:":
        return
    # SQLite gives the files beside it the permissions that it has when they are made.
    for file in (address.database, f"{address.database}-wal", f"{address.database}-shm"):
        with suppress(FileNotFoundError):
            Path(file).chmod(0o600)

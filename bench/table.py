"""The catalog's table and the ids in it."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from uuid import UUID

KIND = "Thing"
TABLE = "Thing"
WEIGHT = "cpu"


def ids(count: int, seed: int = 7) -> list[str]:
    """UUIDs as text, the same for the same seed."""
    chance = random.Random(seed)
    return [str(UUID(int=chance.getrandbits(128), version=4)) for _ in range(count)]


def make(path: Path, rows: Sequence[str], weights: Sequence[int] | None = None) -> None:
    """A new catalog of these rows; with ``weights`` in their order, a column ``WEIGHT`` holds these."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"CREATE TABLE {TABLE} (id VARCHAR(64) NOT NULL PRIMARY KEY, name VARCHAR(64))")
    add(path, rows)
    if weights is not None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(f"ALTER TABLE {TABLE} ADD COLUMN {WEIGHT} INTEGER")
            weighed = zip(weights, rows, strict=True)
            connection.executemany(f"UPDATE {TABLE} SET {WEIGHT} = ? WHERE id = ?", weighed)


def add(path: Path, rows: Sequence[str]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(f"INSERT INTO {TABLE} VALUES (?, ?)", _named(rows))


def _named(rows: Sequence[str]) -> Iterator[tuple[str, str]]:
    return ((row, f"thing {row[:8]}") for row in rows)

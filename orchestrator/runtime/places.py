"""Where the process runtime keeps its files, and how a file's name says whose it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

Key = tuple[str, int]
"""Kind and shard."""


@dataclass(frozen=True, slots=True)
class Places:
    """The folders ``run``, ``logs`` and ``work`` under one directory, on a local disk."""

    directory: Path

    def prepare(self) -> None:
        """Make the folders, readable by nobody else: logs may hold what users' workers print."""
        for folder in ("run", "logs", "work"):
            (self.directory / folder).mkdir(mode=0o700, parents=True, exist_ok=True)

    def lock(self, key: Key) -> Path:
        return self.directory / "run" / f"{stem(key)}.lock"

    def record(self, key: Key) -> Path:
        return self.directory / "run" / f"{stem(key)}.json"

    def log(self, key: Key) -> Path:
        return self.directory / "logs" / f"{stem(key)}.log"

    def work(self, key: Key) -> Path:
        """The directory in which the shard's process starts."""
        return self.directory / "work" / stem(key)

    def known(self) -> Iterator[Key]:
        """Every shard that ever had a lock or a record here."""
        names = {
            path.stem for path in (self.directory / "run").iterdir() if path.suffix in (".lock", ".json")
        }
        for name in sorted(names):
            if (key := parse(name)) is not None:
                yield key


def stem(key: Key) -> str:
    """The beginning of all file names of a shard. A shard is digits only, so the last dash divides."""
    kind, shard = key
    return f"{quote(kind, safe='')}-{shard}"


def parse(name: str) -> Key | None:
    """The shard that a stem names, None when it names none."""
    kind, dash, shard = name.rpartition("-")
    if not dash or not (shard.isascii() and shard.isdigit()):
        return None
    key = unquote(kind), int(shard)
    return key if stem(key) == name else None

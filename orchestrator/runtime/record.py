"""What is written down of a shard's process, so that the next orchestrator finds it again.

A record is written before the process starts and completed after: it never claims less than what runs.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from orchestrator.runtime.places import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One incarnation. ``pid`` None: about to start, or started by an orchestrator that died at that moment.

    ``created`` tells a process from a later one with the same number (``host.look_up``). ``since`` and
    ``ended`` are wall-clock seconds; ``ended`` None: no end was seen.
    """

    kind: str
    shard: int
    incarnation: int
    revision: int
    since: float
    pid: int | None = None
    created: str = ""
    stopping: bool = False
    ended: float | None = None
    detail: str = ""

    @property
    def key(self) -> Key:
        return self.kind, self.shard


def write(path: Path, record: Record) -> None:
    """Replace the record whole, whoever else does so at the same time. Raises OSError."""
    new = path.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps(asdict(record)), encoding="utf-8")
    os.replace(new, path)  # noqa: PTH105 - the same call under a name that says what happens


def read(path: Path) -> Record | None:
    """The record, None when there is none or what is there is not one. Raises OSError."""
    try:
        said = json.loads(path.read_bytes())
        record = Record(**said)
    except (FileNotFoundError, ValueError, TypeError):
        # A torn record is left by a machine that lost power, and with it every process.
        return None
    whole = (record.shard, record.incarnation, record.revision)
    fits = isinstance(record.kind, str) and all(type(number) is int for number in whole)
    return record if fits and (record.pid is None or type(record.pid) is int) else None

"""The journal as a list: for tests and the simulated world."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from orchestrator.errors import Unavailable
from orchestrator.ports import JournalFilter, JournalLine, Recorded
from orchestrator.replay.packing import pack


class MemoryJournal:
    """Holds the last ``max_lines``."""

    def __init__(self, max_lines: int = 100_000) -> None:
        self._lines: deque[JournalLine] = deque(maxlen=max_lines)
        self._last = 0
        self._closed = False

    async def append(self, lines: Sequence[JournalLine]) -> Sequence[JournalLine]:
        self._require_open()
        written = [replace(line, sequence=self._last + n) for n, line in enumerate(lines, start=1)]
        self._last += len(written)
        self._lines.extend(written)
        return written

    async def read(self, wanted: JournalFilter) -> Sequence[JournalLine]:
        self._require_open()
        found = [line for line in reversed(self._lines) if matches(line, wanted)]
        return [replace(line, payload=()) for line in found[: max(0, wanted.limit)]]

    async def recorded(self, kind: str, *, after: int, limit: int) -> Sequence[Recorded]:
        self._require_open()
        found = [line for line in self._lines if line.kind == kind and line.sequence > after][:limit]
        return [Recorded(line=replace(line, payload=()), body=_packed(line)) for line in found]

    async def close(self) -> None:
        self._closed = True

    def _require_open(self) -> None:
        if self._closed:
            raise Unavailable("the journal is closed")


def matches(line: JournalLine, wanted: JournalFilter) -> bool:
    """Whether the filter wants this line. A shard is named as the source or as the target."""
    return (
        wanted.kind in (None, line.kind)
        and (wanted.shard is None or wanted.shard in (line.shard, line.to))
        and (wanted.resource_id is None or wanted.resource_id in line.ids)
        and wanted.verb in (None, line.verb)
        and wanted.reason in (None, line.reason)
        and (wanted.since is None or line.at >= wanted.since)
        and (wanted.until is None or line.at < wanted.until)
        and (wanted.before is None or line.sequence < wanted.before)
        and (wanted.after is None or line.sequence > wanted.after)
    )


def _packed(line: JournalLine) -> bytes:
    return pack(line.payload) if line.payload != () else b""

"""The bounded history of inputs and decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """One input or decision, with the wall clock at which it was taken.

    ``sequence`` is given by the journal (0 before it is written). ``ids`` holds at most 128;
    ``count`` is the true number. ``payload``: all that an input was, as plain JSON values; it is kept apart,
    and only ``recorded`` gives it back.
    """

    at: float
    kind: str
    verb: str
    reason: str
    sequence: int = 0
    shard: int | None = None
    to: int | None = None
    count: int = 0
    ids: tuple[str, ...] = ()
    detail: str = ""
    op: str = ""
    actor: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    payload: Iterable[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFilter:
    """Which lines to read, newest first; None means any.

    ``since``, ``until``: wall-clock seconds, from the one on and before the other.
    """

    kind: str | None = None
    shard: int | None = None
    resource_id: str | None = None
    verb: str | None = None
    reason: str | None = None
    since: float | None = None
    until: float | None = None
    before: int | None = None
    after: int | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A line with its payload as it is kept (``orchestrator.replay.packing``); empty where it has none."""

    line: JournalLine
    body: bytes = b""


class Journal(Protocol):
    """The bounded history of inputs and decisions. Payloads may go before their lines."""

    async def append(self, lines: Sequence[JournalLine]) -> Sequence[JournalLine]:
        """Write lines in order; returns them with their sequence numbers. Raises Unavailable."""

    async def read(self, wanted: JournalFilter) -> Sequence[JournalLine]:
        """Raises Unavailable."""

    async def recorded(self, kind: str, *, after: int, limit: int) -> Sequence[Recorded]:
        """The lines of a kind after that sequence with their payloads, oldest first.

        Fewer than ``limit`` where they are large, but never none where there are any. Raises Unavailable.
        """

    async def close(self) -> None: ...

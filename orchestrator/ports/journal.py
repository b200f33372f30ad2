"""The bounded history of inputs and decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """One input or decision, with the wall clock at which it was taken.

    ``sequence`` is given by the journal (0 before it is written). ``ids`` holds at most 128;
    ``count`` is the true number.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFilter:
    """Which lines to read, newest first; None means any."""

    kind: str | None = None
    shard: int | None = None
    resource_id: str | None = None
    verb: str | None = None
    before: int | None = None
    after: int | None = None
    limit: int = 100


class Journal(Protocol):
    """The bounded history of inputs and decisions."""

    async def append(self, lines: Sequence[JournalLine]) -> Sequence[JournalLine]:
        """Write lines in order; returns them with their sequence numbers. Raises Unavailable."""

    async def read(self, wanted: JournalFilter) -> Sequence[JournalLine]:
        """Raises Unavailable."""

    async def close(self) -> None: ...

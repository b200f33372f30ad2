"""Signs of life, and the proof that they would be heard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A sign of life. ``generation`` and ``pending`` are None from workers that cannot acknowledge.

    ``received``: monotonic seconds at which it reached us (or broker time, for a shared channel).
    ``impossible``: how many values of its load could not be true and were left out. ``weights``: of single
    ids, by dimension; ``unweighable``: how many values of those could not be any.
    """

    kind: str
    shard: int
    received: float
    incarnation: int | None = None
    generation: int | None = None
    pending: frozenset[str] | None = None
    more: bool = False
    load: Mapping[str, int] = field(default_factory=dict)
    impossible: int = 0
    weights: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    unweighable: int = 0


class Heartbeats(Protocol):
    """The channel that decides over life and death of a kind's instances."""

    def batches(self) -> AsyncIterator[Sequence[Beat]]: ...

    def proven(self) -> float | None:
        """Monotonic time at which the channel last proved that a beat would have reached us; None: never."""

    @property
    def fault(self) -> str:
        """Why it does not prove itself at the moment, for people; empty when it does."""
        ...

    @property
    def counters(self) -> Mapping[str, int]:
        """By name, what came over the channel and was not taken for a beat, and what else befell it."""
        ...

    @property
    def last_malformed(self) -> Sequence[str]:
        """Why the latest that were taken for none were none, each a sentence, the oldest first."""
        ...

    async def close(self) -> None: ...

"""Where workers' exchanges wait: one a shard, answered at once when its assignment changes."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from orchestrator.core.decisions import ShardChange
from orchestrator.core.model import Shard
from orchestrator.core.view import touched_chunks

HISTORY = 64
"""Generations of a shard whose differences are kept; a worker further behind gets the whole."""


class Woken(StrEnum):
    CHANGED = "changed"
    SUPERSEDED = "superseded"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Step:
    """What one generation of a shard brought."""

    generation: int
    added: frozenset[str]
    removed: frozenset[str]


class Desk:
    """The waiting exchanges of a kind, and the latest differences of its shards."""

    def __init__(self) -> None:
        self._steps: dict[int, deque[Step]] = {}
        self._waiting: dict[int, asyncio.Future[Woken]] = {}

    def record(self, change: ShardChange) -> Step | None:
        """Take note of a committed change, and answer the exchange that waits for it.

        What it did to the ids of a shard that had some; None: nothing, or all that it has now is new.
        """
        before, after = change.before, change.after
        step = None
        if after is None:
            self._steps.pop(change.number, None)
        elif before is not None and after.generation != before.generation and before.used:
            old, new = _touched_ids(before, after), _touched_ids(after, before)
            steps = self._steps.setdefault(change.number, deque(maxlen=HISTORY))
            step = Step(after.generation, added=new - old if old else new, removed=old - new)
            steps.append(step)
        self.wake(change.number)
        return step

    def wake(self, number: int) -> None:
        """Answer the shard's waiting exchange, if there is one."""
        waiting = self._waiting.pop(number, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(Woken.CHANGED)

    def forget(self) -> None:
        """After a reload nothing is known of how the shards came to be as they are."""
        self._steps.clear()
        for number in list(self._waiting):
            self.wake(number)

    def difference(self, shard: Shard, base: int) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """(added, removed) since generation ``base``; None: not known, or longer than the whole."""
        if base == shard.generation:
            return (), ()
        steps = [s for s in self._steps.get(shard.number, ()) if base < s.generation <= shard.generation]
        if len(steps) != shard.generation - base:
            return None
        added: set[str] = set()
        removed: set[str] = set()
        for step in steps:
            removed = (removed | step.removed) - step.added
            added = (added - step.removed) | step.added
        if len(added) + len(removed) > shard.used:
            return None
        return tuple(sorted(added)), tuple(sorted(removed))

    def arriving(self, shard: Shard, acknowledged: int | None) -> frozenset[str] | None:
        """Ids that the shard got after the acknowledged generation; None: possibly all of them."""
        if acknowledged is None:
            return None
        if acknowledged >= shard.generation:
            return frozenset()
        difference = self.difference(shard, acknowledged)
        return None if difference is None else frozenset(difference[0])

    async def wait(self, number: int, seconds: float) -> Woken:
        """Wait for a change of the shard. A later exchange of the same shard takes over at once."""
        earlier = self._waiting.pop(number, None)
        if earlier is not None and not earlier.done():
            earlier.set_result(Woken.SUPERSEDED)
        mine: asyncio.Future[Woken] = asyncio.get_running_loop().create_future()
        self._waiting[number] = mine
        try:
            async with asyncio.timeout(seconds):
                return await mine
        except TimeoutError:
            return Woken.QUIET
        finally:
            if self._waiting.get(number) is mine:
                del self._waiting[number]


def _touched_ids(shard: Shard, other: Shard) -> frozenset[str]:
    """The ids in those chunks of ``shard`` that ``other`` does not hold alike."""
    return frozenset(chain.from_iterable(chunk.ids for _, chunk in touched_chunks(shard, other)))

"""What instances have lived with: ids that a shard's instance held for long enough are weaker suspects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.core.model import Instance, Protocol, Shard
from orchestrator.engine.roster import Roster

Blocks = tuple[tuple[str, ...], ...]
"""Ids as the tuples of their chunks, which are shared with the view."""


@dataclass(frozen=True, slots=True)
class Sample:
    at: float
    incarnation: int
    held: Blocks


class Baseline:
    """Looked at now and then: two looks at one incarnation, far enough apart, tell what it lived with."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._lately: dict[int, Sample] = {}
        self._known: dict[int, Blocks] = {}

    def look(self, shards: Mapping[int, Shard], now: float) -> None:
        for number in [n for n in self._lately if n not in shards]:
            self.forget(number)
        for shard in shards.values():
            if not is_settled(self._roster, shard):
                continue
            lately = self._lately.get(shard.number)
            if lately is None or lately.incarnation != shard.incarnation:
                self._lately[shard.number] = Sample(now, shard.incarnation, owned(shard))
            elif now - lately.at >= self._roster.health.stable_after:
                self._known[shard.number] = lately.held
                self._lately[shard.number] = Sample(now, shard.incarnation, owned(shard))

    def known(self, number: int) -> Blocks | None:
        """What an instance of the shard has lived with; None: nobody has seen one live."""
        return self._known.get(number)

    def forget(self, number: int) -> None:
        self._lately.pop(number, None)
        self._known.pop(number, None)


def owned(shard: Shard) -> Blocks:
    return tuple(chunk.ids for chunk in shard.chunks if chunk.ids)


def is_settled(roster: Roster, shard: Shard) -> bool:
    """Whether the shard's instance runs with exactly what the shard owns, as far as it can say."""
    if shard.instance is not Instance.LIVE:
        return False
    if roster.policy.protocol is Protocol.SEED:
        return roster.member(shard).accepted
    return roster.acknowledged(shard) == shard.generation

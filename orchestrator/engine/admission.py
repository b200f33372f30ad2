"""Who gets an assignment, and which: the rules of the exchange, without its waiting. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core.model import Instance, Shard
from orchestrator.engine.answers import Turned
from orchestrator.ports import Beat

Difference = tuple[tuple[str, ...], tuple[str, ...]]
"""Added, removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an answer says of the assignment: all of it, or what changed since the generation ``base``."""

    generation: int
    whole: bool
    ids: tuple[str, ...] = ()
    base: int = -1
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


def admit(shard: Shard | None, beat: Beat, *, holds: bool) -> Shard | Turned:
    """The worker's shard, or why it gets nothing. ``holds``: whether this leader is in no doubt."""
    if not holds:
        return Turned(status=503, detail="this orchestrator is not the leader")
    incarnation = beat.incarnation or 0
    if shard is None or shard.instance is Instance.NONE or incarnation < shard.incarnation:
        who = f"incarnation {beat.incarnation} of shard {beat.shard} of {beat.kind}"
        return Turned(status=410, detail=f"{who} is over")
    if incarnation > shard.incarnation:
        return Turned(status=503, detail=f"incarnation {incarnation} is not known here (yet)")
    if beat.generation is not None and beat.generation > shard.generation:
        return Turned(status=503, detail=f"generation {beat.generation} is not known here (yet)")
    return shard


def told(shard: Shard, base: int, difference: Difference | None) -> Told:
    """The answer to a worker that has applied generation ``base``; a stopping instance gets no change.

    ``difference``: since that generation; None: the whole is told.
    """
    if shard.instance is Instance.STOPPING:
        return Told(generation=base, base=base, whole=False)
    if difference is None:
        return Told(generation=shard.generation, whole=True, ids=tuple(shard.ids()))
    add, remove = difference
    return Told(generation=shard.generation, whole=False, base=base, add=add, remove=remove)

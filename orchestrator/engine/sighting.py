"""What it means for a shard that the runtime shows this, or nothing, of its instance. Pure."""

from __future__ import annotations

from enum import Enum, auto

from orchestrator.core.model import Instance, Shard
from orchestrator.ports import InstanceSeen, Phase


class Sighting(Enum):
    FENCED = auto()
    """It provably runs no more, and was to stop before the runtime was asked."""
    ASK = auto()
    """What the store says is yet to be asked of the runtime, perhaps again."""
    RUNNING = auto()
    ENDED = auto()
    MISSING = auto()
    NOTHING = auto()


def sighting(shard: Shard, seen: InstanceSeen | None, *, was_stopping: bool, was_known: bool) -> Sighting:
    """``seen``: the shard in a complete answer of the runtime, None where that does not have it.

    ``was_stopping``: this very incarnation was already to stop when the runtime was asked: only an end
    that is seen after that is one for good. ``was_known``: the runtime had taken it before.
    """
    if was_stopping and has_ended(seen):
        return Sighting.FENCED
    if shard.instance is Instance.STOPPING:
        return Sighting.ASK
    if shard.instance is Instance.NONE:
        return Sighting.NOTHING
    if seen is not None and seen.incarnation == shard.incarnation:
        return Sighting.ENDED if seen.phase is Phase.ENDED else Sighting.RUNNING
    return Sighting.MISSING if was_known else Sighting.ASK


def has_ended(seen: InstanceSeen | None) -> bool:
    """Whether no process of the shard can be running: absence from a complete answer is evidence, too."""
    return seen is None or seen.phase is Phase.ENDED


def is_unwanted(shard: Shard | None, seen: InstanceSeen) -> bool:
    """Whether what runs under our name is not what the store wants, and is to be ended."""
    if seen.phase is Phase.ENDED:
        return False
    return shard is None or shard.instance is Instance.NONE or seen.incarnation < shard.incarnation

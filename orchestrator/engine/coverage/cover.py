"""What is known of the instance of a shard: whether it serves what the store gives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from orchestrator.core.coverage.cover import Cover
from orchestrator.core.decisions import Reason
from orchestrator.core.health import Health, is_proven
from orchestrator.core.model import Instance, Protocol, Shard
from orchestrator.core.moves.handoff import Report
from orchestrator.engine.roster import Roster

OVER = (Reason.ENDED, Reason.MISSING, Reason.REJECTED)
"""Verdicts that say that nothing runs any more; after the others it still may."""

Known = tuple[Cover, str]
Proven = Callable[[], float | None]
"""When a beat would last have been heard for certain; None: not yet."""


@dataclass(slots=True)
class Told:
    """What the ledger was last told of one incarnation.

    ``generation``: of its shard. ``is_doubtful``: it may serve more than it has told this leader; ``need``:
    the generation from which on it serves all that is not named in the ledger. ``report``: the last that was
    taken account of.
    """

    incarnation: int
    generation: int
    is_doubtful: bool
    need: int
    report: Report | None = None


def cover_of(shard: Shard, told: Told, roster: Roster, *, proven: Proven, now: float) -> Known:
    """Whether the shard's instance serves it, and why not. ``proven``: asked where it is silent."""
    if shard.instance is Instance.NONE:
        return Cover.UNOWNED, "its shard has no instance"
    if shard.instance is Instance.STOPPING:
        return Cover.UNOWNED, "its instance is being ended"
    member = roster.members.get(shard.number)
    if member is not None and member.verdict is not None and member.verdict.reason in OVER:
        return Cover.UNOWNED, "its instance has ended"
    silence = _silence(shard, roster, proven=proven, now=now)
    if silence is not None and silence[0] is Cover.UNOWNED:
        return silence
    unsaid = _unsaid(shard, told, roster)
    return unsaid or silence or (Cover.COVERED, "")


def _silence(shard: Shard, roster: Roster, *, proven: Proven, now: float) -> Known | None:
    found = roster.diagnosis(shard, now)
    if found is None or found.health in (Health.FRESH, Health.STARTING):
        return None
    if found.health is Health.LATE:
        return Cover.UNKNOWN, "its instance is late"
    if not is_proven(proven(), roster.health, now=now):
        return Cover.UNKNOWN, "its instance is silent, and so is the channel of its beats"
    return Cover.UNOWNED, "its instance is silent"


def _unsaid(shard: Shard, told: Told, roster: Roster) -> Known | None:
    """What the instance has yet to say before it is known to serve; None: nothing."""
    if roster.policy.protocol is Protocol.V1:
        acknowledged = roster.acknowledged(shard)
        if acknowledged is not None and acknowledged >= told.need:
            return None
        if told.is_doubtful:
            return Cover.UNKNOWN, "its instance has yet to say what it holds"
        return Cover.UNOWNED, "its instance has not acknowledged its assignment yet"
    member = roster.current(shard)
    accepted = member is not None and member.accepted
    if accepted and not roster.health.heart:
        return None
    if member is not None and member.accepted and member.last_beat is not None:
        return None
    if accepted or told.is_doubtful:
        return Cover.UNKNOWN, "its instance has not beaten yet"
    return Cover.UNOWNED, "its instance does not run yet"

"""The instance of one shard from beginning to end, as far as this leader has seen it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from orchestrator.core.balance.draining import Drain, plan_drain
from orchestrator.core.decisions import Refused
from orchestrator.core.draft import Draft
from orchestrator.core.model import Instance, Shard
from orchestrator.engine.answers.instance import Drainable, HeartBeat, InstanceDetail
from orchestrator.engine.member import Member
from orchestrator.engine.status import instance_status
from orchestrator.engine.supervisor import Supervisor
from orchestrator.engine.tenure import Tenure
from orchestrator.ports import InstanceSeen, Phase


def instance_detail(tenure: Tenure, supervisor: Supervisor, shard: Shard) -> InstanceDetail:
    seen, member = supervisor.sight(shard), tenure.roster.current(shard) or Member()
    clock, health = tenure.around.clock, tenure.setup.health
    ahead = clock.wall() - clock.monotonic()
    return InstanceDetail(
        instance=instance_status(tenure, supervisor, shard),
        node="" if seen is None else seen.node,
        beats=_beats(member, ahead),
        interval=health.interval,
        deadline=health.deadline if health.heart else None,
        lane=_lane(tenure, shard, member, seen, ahead),
        generation=shard.generation,
        acknowledged=tenure.roster.acknowledged(shard),
        previous=tuple(tenure.chronicle.pasts.get(shard.number, ())),
        can_drain=drainable(tenure.draft(), shard),
    )


def drainable(draft: Draft, shard: Shard) -> Drainable:
    """As far as the counts tell: each id is looked at when it is drained. The draft is spent by it."""
    found = plan_drain(draft, shard.number, "", asks_rules=False)
    if isinstance(found, Refused):
        return Drainable(ok=False, reason=found.detail, ids=shard.used, to_shards=0, each=0)
    return told(found)


def told(drain: Drain) -> Drainable:
    return Drainable(ok=True, reason="", ids=drain.ids, to_shards=drain.shards, each=drain.each)


def _beats(member: Member, ahead: float) -> tuple[HeartBeat, ...]:
    times = list(member.beats)
    gaps: Iterable[float | None] = (
        None,
        *(late - early for early, late in pairwise(times)),
    )
    return tuple(HeartBeat(at=at + ahead, gap=gap) for at, gap in zip(times, gaps, strict=False))


def _lane(
    tenure: Tenure, shard: Shard, member: Member, seen: InstanceSeen | None, ahead: float
) -> tuple[tuple[str, float], ...]:
    """What it has come through, in that order; what was not seen is left out."""
    course = tenure.chronicle.courses.get(shard.number)
    if course is not None and course.incarnation != shard.incarnation:
        course = None
    health, now = tenure.setup.health, tenure.around.clock.monotonic()
    stages: list[tuple[str, float | None]] = [("created", None if course is None else course.created)]
    if seen is not None and seen.phase is not Phase.PENDING:
        stages.append(("running", seen.since or None))
    stages += [
        ("firstBeat", _wall(member.first_beat, ahead)),
        ("serving", _wall(member.reported_first, ahead)),
    ]
    if health.heart and member.last_beat is not None and shard.instance is Instance.LIVE:
        for stage, after in (("late", health.late_after), ("lost", health.deadline)):
            if now >= member.last_beat + after:
                stages.append((stage, member.last_beat + after + ahead))
    if shard.instance is Instance.STOPPING:
        stages.append(("replaced", None if course is None else course.stopping))
    return tuple((stage, at) for stage, at in stages if at is not None)


def _wall(at: float | None, ahead: float) -> float | None:
    return None if at is None else at + ahead

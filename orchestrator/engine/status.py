"""What the facade says of a kind: put together from the view, the roster and the findings."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.core.decisions import Reason
from orchestrator.core.health import Health
from orchestrator.core.model import Instance, Protocol, Shard
from orchestrator.engine.alarms import alarms
from orchestrator.engine.answers import Counts, InstanceStatus, KindStatus
from orchestrator.engine.answers.shard import ShardStatus
from orchestrator.engine.poison.apart import count_apart
from orchestrator.engine.resync import Resync
from orchestrator.engine.stored import stored_kind, stored_shard
from orchestrator.engine.supervisor import Supervisor
from orchestrator.engine.tenure import Tenure

SHOWN_UNPLACED = 100


def shard_status(tenure: Tenure, supervisor: Supervisor, shard: Shard) -> ShardStatus:
    roster, now = tenure.roster, tenure.around.clock.monotonic()
    member, seen = roster.current(shard), supervisor.sight(shard)
    beat = None if member is None else member.last_beat
    acknowledged = roster.acknowledged(shard)
    arriving = tenure.desk.arriving(shard, acknowledged)
    if tenure.setup.policy.protocol is Protocol.SEED:
        arriving = frozenset()
    stored = stored_shard(tenure.setup, tenure.view, shard)
    return replace(
        stored,
        acknowledged=acknowledged,
        arriving=stored.arriving if arriving is None else len(arriving),
        health=shard_health(tenure, shard, now),
        beat_age=None if beat is None else now - beat,
        since=None if seen is None else seen.since or None,
        load={} if member is None else dict(member.load),
        detail=_detail(tenure, shard, now),
    )


def shard_health(tenure: Tenure, shard: Shard, now: float) -> str:
    """ok, starting, late, lost, stopping, backoff, draining, none."""
    roster = tenure.roster
    if shard.instance is Instance.STOPPING:
        return "stopping"
    if shard.instance is Instance.NONE:
        member = roster.members.get(shard.number)
        return "backoff" if member is not None and member.not_before > now else "none"
    found = roster.diagnosis(shard, now)
    if found is None:
        member = roster.current(shard)
        accepted = member is not None and member.accepted
        health = "ok" if accepted and not roster.health.heart else "starting"
    else:
        health = "ok" if found.health is Health.FRESH else found.health.value
    return "draining" if health == "ok" and not shard.is_active else health


def _detail(tenure: Tenure, shard: Shard, now: float) -> str:
    member = tenure.roster.members.get(shard.number)
    if member is None:
        return ""
    if shard.instance is Instance.NONE and member.not_before > now:
        return f"ended early {member.failures} times, next try in {member.not_before - now:.0f} s: " + (
            member.complaint
        )
    if member.verdict is not None:
        return f"{member.verdict.reason.value}: {member.verdict.detail}"
    return member.complaint if member.failures > 1 else ""


def instance_status(tenure: Tenure, supervisor: Supervisor, shard: Shard) -> InstanceStatus:
    status = shard_status(tenure, supervisor, shard)
    seen = supervisor.sight(shard)
    return InstanceStatus(
        kind=status.kind,
        shard=status.number,
        name=status.name,
        incarnation=status.incarnation,
        state=status.instance,
        phase="unknown" if seen is None else seen.phase.value,
        health=status.health,
        uid="" if seen is None else seen.uid,
        since=status.since,
        beat_age=status.beat_age,
        detail=status.detail or ("" if seen is None else seen.detail),
    )


def count_ids(tenure: Tenure, shards: tuple[ShardStatus, ...]) -> Counts:
    view, findings = tenure.view, tenure.findings
    used = sum(shard.used for shard in shards)
    stranded = sum(shard.used for shard in shards if shard.health == "backoff")
    arriving = sum(_arriving(shard) for shard in shards)
    moving = sum(view.load(number).reserved[0] for number in view.shards)
    leaving = sum(shard.releasing for shard in shards)
    counted_apart = (Reason.AWAITING_RELEASE, Reason.QUARANTINED)
    unplaced = sum(1 for one in findings.unplaced.values() if one.reason not in counted_apart)
    held = len(findings.held_ids)
    apart = count_apart(view, findings.set_aside)
    return Counts(
        catalog=used - held + moving + unplaced + apart.leaving + apart.nowhere,
        owned=max(0, used - stranded - arriving - held),
        arriving=arriving,
        moving=moving - apart.aside,
        held=held,
        unowned=unplaced + stranded,
        deleting=max(0, leaving - moving - apart.leaving),
        quarantined=apart.nowhere + apart.leaving + apart.aside,
    )


def _arriving(shard: ShardStatus) -> int:
    """Ids that are assigned and, as far as is known, not served yet, or not any more."""
    if shard.health in ("ok", "late", "draining"):
        return shard.arriving
    return 0 if shard.health == "backoff" else shard.used


def kind_status(tenure: Tenure, supervisor: Supervisor, resync: Resync, *, ready: bool) -> KindStatus:
    shards = tuple(shard_status(tenure, supervisor, shard) for _, shard in sorted(tenure.view.shards.items()))
    unplaced = tuple(list(tenure.findings.unplaced.values())[:SHOWN_UNPLACED])
    standing = tuple(alarms(tenure, supervisor, resync, shards))
    return replace(
        stored_kind(tenure.setup, tenure.view, shards),
        ready=ready,
        counts=count_ids(tenure, shards),
        held=tenure.findings.held,
        unplaced=unplaced,
        audited_age=resync.audited_age,
        alarms=tuple(dict.fromkeys(alarm.sentence for alarm in standing)),
        issues=standing,
        moves_waiting=tenure.moves.waiting,
        place_here=supervisor.place.here,
    )

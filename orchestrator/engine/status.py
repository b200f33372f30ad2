"""What the facade says of a kind: put together from the view, the roster and the findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from orchestrator.core.health import Health
from orchestrator.core.model import Instance, Protocol, Shard
from orchestrator.core.placement.pins import PAPER as PINS
from orchestrator.core.placement.pins import pins_fault
from orchestrator.core.plan import Reason
from orchestrator.engine.answers import Counts, InstanceStatus, KindStatus
from orchestrator.engine.answers.shard import ShardStatus
from orchestrator.engine.plans.shelf import is_paused
from orchestrator.engine.poison.apart import count_apart
from orchestrator.engine.resync import Resync
from orchestrator.engine.stored import stored_kind, stored_shard
from orchestrator.engine.supervisor import Supervisor
from orchestrator.engine.tenure import Tenure
from orchestrator.ports import Phase

SHOWN_UNPLACED = 100


def shard_status(tenure: Tenure, supervisor: Supervisor, shard: Shard) -> ShardStatus:
    roster, now = tenure.roster, tenure.around.clock.monotonic()
    member = roster.members.get(shard.number)
    current = member is not None and member.incarnation == shard.incarnation
    beat = member.last_beat if member is not None and current else None
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
        since=_since(supervisor, shard),
        load=dict(member.load) if member is not None and current else {},
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
        member = roster.members.get(shard.number)
        accepted = member is not None and member.accepted and member.incarnation == shard.incarnation
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


def _since(supervisor: Supervisor, shard: Shard) -> float | None:
    seen = supervisor.observed.get(shard.number)
    if seen is None or seen.incarnation != shard.incarnation:
        return None
    return seen.since or None


def instance_status(tenure: Tenure, supervisor: Supervisor, shard: Shard) -> InstanceStatus:
    status = shard_status(tenure, supervisor, shard)
    seen = supervisor.observed.get(shard.number)
    fits = seen is not None and seen.incarnation == shard.incarnation
    return InstanceStatus(
        kind=status.kind,
        shard=status.number,
        name=status.name,
        incarnation=status.incarnation,
        state=status.instance,
        phase=seen.phase.value if seen is not None and fits else "unknown",
        health=status.health,
        uid=seen.uid if seen is not None and fits else "",
        since=status.since,
        beat_age=status.beat_age,
        detail=status.detail or (seen.detail if seen is not None and fits else ""),
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
    return replace(
        stored_kind(tenure.setup, tenure.view, shards),
        ready=ready,
        counts=count_ids(tenure, shards),
        held=tenure.findings.held,
        unplaced=unplaced,
        audited_age=resync.audited_age,
        alarms=_alarms(tenure, supervisor, resync, shards),
        moves_waiting=tenure.moves.waiting,
    )


def _alarms(
    tenure: Tenure,
    supervisor: Supervisor,
    resync: Resync,
    shards: tuple[ShardStatus, ...],
) -> tuple[str, ...]:
    findings = tenure.findings
    told = (findings.waiting, findings.trouble, supervisor.trouble, resync.trouble)
    alarms = list(dict.fromkeys(trouble for trouble in told if trouble))
    alarms.extend((*findings.warnings, *findings.doubts))
    if fault := pins_fault(tenure.view.papers.get(PINS)):
        alarms.append(f"nobody is pinned: {fault}; pin anew")
    if unowned := [one for one in findings.unplaced.values() if one.reason != Reason.QUARANTINED]:
        alarms.append(f"{len(unowned)} unowned, e.g. {unowned[0].id[:64]}: {unowned[0].detail}")
    held = tenure.findings.held
    if held is not None:
        alarms.append(f"{held.count} removals are held ({held.reason}); accept digest {held.digest}")
    kept = supervisor.judge.without_target(tenure.view.shards, tenure.around.clock.monotonic())
    if kept and not tenure.view.state.paused and not is_paused(tenure.view):
        alarms.extend(f"shard {number} cannot be drained: no other has room" for number in kept)
    if supervisor.judge.spared:
        alarms.append(f"silent instances are not stopped: {supervisor.judge.spared}")
    alarms.extend(
        f"{shard.name}: {shard.detail or shard.health}"
        for shard in shards
        if shard.health in ("backoff", "lost")
    )
    alarms.extend(tenure.coverage.alarms)
    alarms.extend(_not_begun(tenure, supervisor))
    alarms.extend(_newer(tenure, supervisor))
    return tuple(alarms)


def _newer(tenure: Tenure, supervisor: Supervisor) -> Iterator[str]:
    """Instances that this store cannot have made: it is an older copy, or somebody else's."""
    for number, seen in sorted(supervisor.observed.items()):
        shard = tenure.view.shards.get(number)
        if shard is not None and seen.incarnation > shard.incarnation and seen.phase is not Phase.ENDED:
            yield (
                f"{tenure.setup.instance_name}-{number} runs incarnation {seen.incarnation} ({seen.uid}), and"
                f" the store knows {shard.incarnation} only: the store is older than its instances, or is not"
                f" theirs. The shard waits until that instance has ended: end it yourself, or put the newer"
                f" store back"
            )


def _not_begun(tenure: Tenure, supervisor: Supervisor) -> Iterator[str]:
    """Instances that the runtime has not begun within the grace of one that has."""
    wall, grace = tenure.around.clock.wall(), tenure.setup.health.startup_grace
    for number, seen in sorted(supervisor.observed.items()):
        shard = tenure.view.shards.get(number)
        current = shard is not None and shard.incarnation == seen.incarnation
        if current and seen.phase is Phase.PENDING and wall - seen.since > grace:
            name = f"{tenure.setup.instance_name}-{number}"
            yield f"{name} has not begun for {wall - seen.since:.0f} s: {seen.detail or 'no reason is known'}"

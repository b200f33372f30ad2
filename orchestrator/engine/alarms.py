"""What is wrong with a kind, alarm by alarm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from orchestrator.core.alerting.alarm import Alarm, unnumbered
from orchestrator.core.decisions import Reason
from orchestrator.core.placement.pins import PAPER as PINS
from orchestrator.core.placement.pins import pins_fault
from orchestrator.engine.answers.shard import ShardStatus
from orchestrator.engine.kept_shards import kept_alarms
from orchestrator.engine.plans.shelf import is_paused
from orchestrator.engine.resync import Resync
from orchestrator.engine.supervisor import Supervisor
from orchestrator.engine.tenure import Tenure
from orchestrator.ports import Phase


def alarms(
    tenure: Tenure, supervisor: Supervisor, resync: Resync, shards: Sequence[ShardStatus]
) -> Iterator[Alarm]:
    """The most general ones first."""
    kind = tenure.setup.kind
    yield from _troubles(tenure, supervisor, resync)
    yield from _findings(tenure)
    kept = supervisor.judge.without_target(tenure.view.shards, tenure.around.clock.monotonic())
    if kept and not tenure.view.state.paused and not is_paused(tenure.view):
        yield from kept_alarms(tenure, kept)
    if supervisor.judge.spared:
        sentence = f"silent instances are not stopped: {supervisor.judge.spared}"
        yield Alarm(kind=kind, code="silent-spared", sentence=sentence, needs_person=True)
    for shard in shards:
        if shard.health in ("backoff", "lost"):
            sentence = f"{shard.name}: {shard.detail or shard.health}"
            yield Alarm(kind=kind, code=f"instance-{shard.health}", subject=shard.name, sentence=sentence)
    yield from _uncovered(tenure)
    yield from _not_begun(tenure, supervisor)
    yield from _newer(tenure, supervisor)


def _troubles(tenure: Tenure, supervisor: Supervisor, resync: Resync) -> Iterator[Alarm]:
    findings = tenure.findings
    for subject, sentence in (
        ("start", findings.waiting),
        ("pass", findings.trouble),
        ("runtime", supervisor.trouble),
        ("resync", resync.trouble),
    ):
        if sentence:
            yield Alarm(kind=tenure.setup.kind, code="trouble", subject=subject, sentence=sentence)


def _findings(tenure: Tenure) -> Iterator[Alarm]:
    kind, findings = tenure.setup.kind, tenure.findings
    for sentence in findings.warnings:
        yield Alarm(
            kind=kind,
            code="quarantine" if sentence in findings.apart else "crashes",
            subject=unnumbered(sentence),
            sentence=sentence,
            needs_person=True,
        )
    for sentence in findings.doubts:
        yield Alarm(kind=kind, code="weights", sentence=sentence, needs_person=True)
    if fault := pins_fault(tenure.view.papers.get(PINS)):
        sentence = f"nobody is pinned: {fault}; pin anew"
        yield Alarm(kind=kind, code="pins", sentence=sentence, needs_person=True)
    if unowned := [one for one in findings.unplaced.values() if one.reason != Reason.QUARANTINED]:
        sentence = f"{len(unowned)} unowned, e.g. {unowned[0].id[:64]}: {unowned[0].detail}"
        yield Alarm(kind=kind, code="unowned", sentence=sentence, needs_person=True)
    held = findings.held
    if held is not None:
        sentence = f"{held.count} removals are held ({held.reason}); accept digest {held.digest}"
        yield Alarm(kind=kind, code="held-removals", sentence=sentence, needs_person=True)


def _uncovered(tenure: Tenure) -> Iterator[Alarm]:
    for sentence in tenure.coverage.alarms:
        is_double = "by two at once" in sentence
        yield Alarm(
            kind=tenure.setup.kind,
            code="double-owned" if is_double else "unserved",
            # That of a whole shard begins with its name.
            subject=sentence.partition(":")[0] if sentence.startswith(tenure.setup.instance_name) else "",
            sentence=sentence,
            needs_person=is_double,
        )


def _newer(tenure: Tenure, supervisor: Supervisor) -> Iterator[Alarm]:
    """Instances that this store cannot have made: it is an older copy, or somebody else's."""
    for number, seen in sorted(supervisor.observed.items()):
        shard = tenure.view.shards.get(number)
        if shard is not None and seen.incarnation > shard.incarnation and seen.phase is not Phase.ENDED:
            name = f"{tenure.setup.instance_name}-{number}"
            sentence = (
                f"{name} runs incarnation {seen.incarnation} ({seen.uid}), and"
                f" the store knows {shard.incarnation} only: the store is older than its instances, or is not"
                f" theirs. The shard waits until that instance has ended: end it yourself, or put the newer"
                f" store back"
            )
            yield Alarm(
                kind=tenure.setup.kind,
                code="newer-instance",
                subject=name,
                sentence=sentence,
                needs_person=True,
            )


def _not_begun(tenure: Tenure, supervisor: Supervisor) -> Iterator[Alarm]:
    """Instances that the runtime has not begun within the grace of one that has."""
    wall, grace = tenure.around.clock.wall(), tenure.setup.health.startup_grace
    for number, seen in sorted(supervisor.observed.items()):
        shard = tenure.view.shards.get(number)
        current = shard is not None and shard.incarnation == seen.incarnation
        if current and seen.phase is Phase.PENDING and wall - seen.since > grace:
            name = f"{tenure.setup.instance_name}-{number}"
            why = seen.detail or "no reason is known"
            sentence = f"{name} has not begun for {wall - seen.since:.0f} s: {why}"
            yield Alarm(
                kind=tenure.setup.kind,
                code="not-begun",
                subject=name,
                sentence=sentence,
                needs_person=True,
            )

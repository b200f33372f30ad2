"""What we lean on, whether it is there, and what stops while it is away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestrator.engine.answers import Dependency
from orchestrator.engine.intake import Intake
from orchestrator.engine.leadership import Leadership
from orchestrator.engine.lookout import Lookout
from orchestrator.engine.recorder import Recorder
from orchestrator.engine.steward import Steward


def dependencies(
    leadership: Leadership,
    intake: Intake | None,
    stewards: Sequence[Steward],
    closed: Mapping[str, str],
    recorder: Recorder,
) -> list[Dependency]:
    found = [_store(leadership, closed), _notifications(intake), _journal(recorder)]
    found.extend(_catalog(steward) for steward in stewards)
    found.extend(_runtime(steward) for steward in stewards)
    found.extend(_heartbeats(steward) for steward in stewards if steward.setup.health.heart)
    return found


def dependencies_of_follower(lookout: Lookout) -> list[Dependency]:
    """A follower needs the store alone; all else it takes up with the office."""
    return [
        Dependency(
            name="store",
            ok=lookout.is_informed and not lookout.unfit,
            detail=lookout.trouble or lookout.unfit,
            age=lookout.heard_age,
            effect="this server cannot take office, nor read where nobody leads",
        )
    ]


def _store(leadership: Leadership, closed: Mapping[str, str]) -> Dependency:
    holds = leadership.holds()
    return Dependency(
        name="store",
        ok=holds and not closed,
        detail="; ".join(dict.fromkeys(closed.values())) if holds else leadership.why_doubt,
        age=None,
        effect="nothing can be changed; instances keep what they own",
    )


def _notifications(intake: Intake | None) -> Dependency:
    return Dependency(
        name="mqtt",
        ok=None if intake is None else intake.connected,
        detail="" if intake is None else intake.trouble,
        age=None,
        effect="changes of the catalog are found by the next resync only",
    )


def _journal(recorder: Recorder) -> Dependency:
    return Dependency(
        name="journal",
        ok=not recorder.trouble,
        detail=recorder.trouble,
        age=None,
        effect="what happens is kept in memory until it is back, and history cannot be read",
    )


def _catalog(steward: Steward) -> Dependency:
    trouble = steward.contact.trouble or steward.resync.trouble
    age = steward.resync.audited_age
    return Dependency(
        name=f"catalog {steward.setup.kind}",
        ok=False if trouble else (None if age is None else True),
        detail=trouble or steward.tenure.findings.waiting,
        age=age,
        effect="new resources wait, nothing is removed",
    )


def _runtime(steward: Steward) -> Dependency:
    age = steward.supervisor.observed_age
    return Dependency(
        name=f"runtime {steward.setup.kind}",
        ok=False if steward.supervisor.trouble else (None if age is None else True),
        detail=steward.supervisor.trouble,
        age=age,
        effect="no instance is started or stopped",
    )


def _heartbeats(steward: Steward) -> Dependency:
    channel = steward.setup.heartbeats
    proven = channel.proven()
    age = None if proven is None else steward.tenure.around.clock.monotonic() - proven
    return Dependency(
        name=f"heartbeats {steward.setup.kind}",
        ok=None if age is None else age <= steward.setup.health.deadline,
        detail=channel.fault or ("" if age is not None else "the channel has not proven itself yet"),
        age=age,
        effect="silence of an instance means nothing",
    )

"""History run again on a virtual clock: as it was recorded, or with other settings."""

from __future__ import annotations

from orchestrator.core.policy import KindPolicy
from orchestrator.replay.inputs import Heard, Pass, Taken, Wish
from orchestrator.replay.kind import ReplayedKind
from orchestrator.replay.modelled import Modelled, Sizes
from orchestrator.replay.outcome import Differences, Replayed, outcome_of
from orchestrator.replay.recording import Recording
from orchestrator.replay.taking import give_up, learn, tell

AS_RECORDED = Sizes()

__all__ = ["Differences", "Replayed", "Sizes", "as_recorded", "replay"]


def as_recorded(recording: Recording, policy: KindPolicy) -> Replayed:
    """The run of what happened: each input where the recording has it, nothing added.

    ``policy``: that of the settings which were in force.
    """
    kind = ReplayedKind(recording.start, policy, recording.since)
    adopted = 0
    kind.scorer.look(kind.view, kind.answering(), len(kind.nowhere), balance=True)
    for one in recording.inputs:
        kind.scorer.pass_to(one.at)
        match one:
            case Pass():
                learn(kind, one)
                give_up(kind, one.ended)
                kind.fenced.update(one.fenced)
                kind.aside = kind.aside if one.aside is None else one.aside
                is_known = one.present is not None
                if not one.is_step:
                    quarantine, cut = one.quarantine, one.cut
                    kind.pass_(one.at, one.hints, one.free, is_known=is_known, quarantine=quarantine, cut=cut)
                if not one.wishes:
                    kind.step(one.at, one.cut)
            case Wish():
                kind.orchestrate(one)
                kind.step(one.at, one.cut)
            case Heard(shard=number):
                kind.awake.add(number)
            case Taken(checkpoint=checkpoint):
                if not kind.is_as(checkpoint):
                    kind.adopt(checkpoint)
                    adopted += 1
                kind.awake = set(checkpoint.awake)
                kind.waiting = kind.failing = frozenset()
                kind.aside = None, frozenset()
            case _:
                tell(kind, one)
        kind.scorer.look(kind.view, kind.answering(), len(kind.nowhere))
    return outcome_of(kind, recording, adopted)


def replay(recording: Recording, policy: KindPolicy, sizes: Sizes = AS_RECORDED) -> Replayed:
    """The same history under this policy."""
    return Modelled(recording, policy, sizes).run()

"""Rules left out, one at a time: what each is there for shows in the story that its absence tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from orchestrator.core.decisions import Reason
from orchestrator.core.draft import Draft
from orchestrator.core.model import Instance, Shard
from orchestrator.core.moves import handoff
from orchestrator.core.placement import placement
from orchestrator.engine import admission, judge, sighting
from orchestrator.engine.answers import Turned
from orchestrator.ports import Beat, InstanceSeen, Office
from orchestrator.store import leadership
from shardwright_worker import assignment
from tests.model.configuration import Configuration, Fault
from tests.model.configurations import BACK, FULL, JOIN, SPREAD, THREE, TO_THREE
from tests.model.rules import Rules
from tests.model.search import Verdict, search

Patch = tuple[object, str, Any]


@dataclass(frozen=True, kw_only=True)
class Break:
    """``rule``: what is left out. ``breaks``: what stands in the verdict then."""

    name: str
    rule: str
    breaks: str
    configuration: Configuration
    patches: Sequence[Patch] = ()
    rules: Rules | None = None

    def search(self) -> Verdict:
        """The search with the rule left out."""
        with patched(self.patches):
            return search(self.configuration, self.rules)

    def control(self) -> Verdict:
        """The same search with the rule in place."""
        return search(self.configuration)


@contextmanager
def patched(patches: Sequence[Patch]) -> Iterator[None]:
    if not patches:
        yield
        return
    owner, name, value = patches[0]
    with patch.object(owner, name, value), patched(patches[1:]):
        yield


_admit, _told, _sighting = admission.admit, admission.told, sighting.sighting


def _admit_ungated(shard: Shard | None, beat: Beat, *, holds: bool) -> Shard | Turned:
    if not holds and shard is not None and beat.generation is not None:
        beat = replace(beat, generation=min(beat.generation, shard.generation))
    return _admit(shard, beat, holds=True)


def _apply_anything(self: assignment.Assignment, answer: Any) -> assignment.Outcome:
    """A worker that takes an older generation over, too."""
    if answer.generation < self.generation:
        self.generation = answer.generation - 1
    return _apply(self, answer)


def _admit_finished(shard: Shard | None, beat: Beat, *, holds: bool) -> Shard | Turned:
    if holds and shard is not None and beat.incarnation == shard.incarnation:
        return shard
    return _admit(shard, beat, holds=holds)


def _told_always(shard: Shard, base: int, difference: admission.Difference | None) -> admission.Told:
    return _told(replace(shard, instance=Instance.LIVE), base, difference)


def _sees_no_absence(
    shard: Shard, seen: InstanceSeen | None, *, was_stopping: bool, was_known: bool
) -> sighting.Sighting:
    return _sighting(shard, seen, was_stopping=was_stopping and seen is not None, was_known=was_known)


def _fences_too_early(
    shard: Shard, seen: InstanceSeen | None, *, was_stopping: bool, was_known: bool
) -> sighting.Sighting:
    is_stopping = shard.instance is Instance.STOPPING
    return _sighting(shard, seen, was_stopping=is_stopping, was_known=was_known)


def _fences_anyway(
    path: str, found: leadership.Leader | None, office: Office, owns: Callable[[str], bool], nonce: str
) -> Any:
    assert found is not None
    mine = replace(office, version=found.version, nonce=found.nonce)
    pretended = replace(found, holder=office.holder, epoch=office.epoch)
    return leadership_fencing(path, pretended, mine, owns, nonce)


leadership_fencing = leadership.fencing


def _no_claim(draft: Draft, draining: Shard) -> int:
    return 0


def _snapshot_of_the_served(self: assignment.Assignment) -> Any:
    beat = _snapshot(self)
    served = [i for i in beat.pending if self._phase[i].name not in ("ACQUIRING", "ACQUIRE_RAISED")]
    return beat._replace(pending=tuple(served))


_apply = assignment.Assignment.apply
_snapshot = assignment.Assignment.snapshot
_free_ids = handoff._free_ids


def _free_of_more(shard: Any, entry: Any, report: Any, *rest: Any) -> tuple[str, ...]:
    return _free_ids(shard, entry, None if report is None else replace(report, more=False), *rest)


def _never(*arguments: Any, **named: Any) -> tuple[int, ...]:
    return ()


def _go_live_again(self: Draft, number: int, reason: Reason, detail: str = "") -> None:
    """The incarnation of the one before."""
    incarnation = self.existing(number).incarnation or self.state.next_incarnation
    self.amend(number, instance=Instance.LIVE, incarnation=incarnation, revision=self.state.revision)
    self.amend_state(next_incarnation=max(self.state.next_incarnation, incarnation + 1))


BREAKS = (
    Break(
        name="the_gate_on_answers_an_id_has_two_owners",
        rule="a leader in doubt answers no worker",
        breaks="is served by two",
        configuration=replace(SPREAD, faults=1, among=(Fault.SESSION,), lingers=True),
        patches=((admission, "admit", _admit_ungated), (assignment.Assignment, "apply", _apply_anything)),
    ),
    Break(
        name="live_incarnations_only_an_id_has_two_owners",
        rule="an assignment goes to the live incarnation only",
        breaks="is served by two",
        configuration=replace(JOIN, faults=1, among=(Fault.LOSS,), leftover=(1,), leaders=1),
        patches=((admission, "admit", _admit_finished),),
    ),
    Break(
        name="silence_to_stopping_ones_an_id_has_two_owners",
        rule="no assignment while stopping",
        breaks="is served by two",
        configuration=replace(JOIN, faults=1, among=(Fault.LOSS,), leftover=(1,), leaders=1),
        patches=((admission, "told", _told_always),),
    ),
    Break(
        name="absence_as_evidence_it_never_ends",
        rule="absence from a complete list is evidence",
        breaks="from here",
        configuration=replace(SPREAD, faults=1, among=(Fault.LOSS,), leaders=1),
        patches=((sighting, "sighting", _sees_no_absence),),
    ),
    Break(
        name="the_nonce_two_lead_at_once",
        rule="the proof is renewed by the one only that wrote it last, under the same candidacy",
        breaks="two lead at once",
        configuration=replace(SPREAD, faults=1, among=(Fault.SESSION,), lingers=True),
        patches=((leadership, "fencing", _fences_anyway),),
        rules=Rules(candidacy=False),
    ),
    Break(
        name="held_from_the_begin_of_acquire_an_id_has_two_owners",
        rule="held from the begin of acquire",
        breaks="is served by two",
        configuration=replace(BACK, slow=True, leaders=1),
        patches=((assignment.Assignment, "snapshot", _snapshot_of_the_served),),
    ),
    Break(
        name="more_frees_nothing_an_id_has_two_owners",
        rule="a beat that names not all frees nothing",
        breaks="is served by two",
        configuration=replace(THREE, script=TO_THREE, leaders=1),
        patches=((handoff, "_free_ids", _free_of_more), (assignment, "MAX_PENDING", 1)),
    ),
    Break(
        name="a_hand_off_deadline_it_never_ends",
        rule="the hand-off deadline",
        breaks="from here",
        configuration=replace(SPREAD, hangs=True, leaders=1),
        patches=((judge.Judge, "stuck", _never),),
    ),
    Break(
        name="room_for_what_drains_it_never_ends",
        rule="what draining shards hold has a claim on the room",
        breaks="from here",
        configuration=FULL,
        patches=((placement, "_claim", _no_claim),),
    ),
    Break(
        name="tokens_by_commit_a_stale_writer_is_accepted",
        rule="tokens are compared by commit first",
        breaks="was placed with",
        configuration=replace(BACK, tokens=True, leaders=1),
        rules=Rules(commit_first=False),
    ),
    Break(
        name="asking_the_runtime_after_stopping_an_id_has_two_owners",
        rule="evidence is gathered after stopping was committed",
        breaks="is served by two",
        configuration=replace(JOIN, faults=1, among=(Fault.SILENCE,), looking=True, leaders=1),
        patches=((sighting, "sighting", _fences_too_early),),
    ),
    Break(
        name="a_new_incarnation_it_never_ends",
        rule="each new instance gets an incarnation of its own",
        breaks="it goes on for ever",
        configuration=replace(JOIN, faults=1, among=(Fault.DEATH,), leaders=1, script=()),
        patches=((Draft, "go_live", _go_live_again),),
    ),
    Break(
        name="comparing_the_view_with_the_store_what_was_read_late_is_believed_for_ever",
        rule="a leader compares its view with the store at each resync",
        breaks="from here",
        configuration=replace(SPREAD, faults=2, among=(Fault.SESSION, Fault.STALE)),
        rules=Rules(recheck=False),
    ),
    Break(
        name="ending_the_instances_before_a_restore_it_never_ends",
        rule="no instance runs when an older copy is put back",
        breaks="from here",
        configuration=replace(SPREAD, faults=1, among=(Fault.RESTORE,), leaders=1),
        rules=Rules(ended_first=False),
    ),
    Break(
        name="ending_the_instances_before_a_restore_an_id_has_two_owners",
        rule="no instance runs when an older copy is put back",
        breaks="is served by two",
        configuration=replace(JOIN, faults=1, among=(Fault.RESTORE,), leaders=1),
        rules=Rules(ended_first=False),
    ),
)

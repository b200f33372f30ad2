"""What a leader believes: its view of the kind and what it knows of the instances, by number.

Views, rosters, plans and verdicts are the product's own; here they only get a number, so that each
thought is thought once.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Hashable
from dataclasses import dataclass

from orchestrator.core import differences, lifecycle, settling
from orchestrator.core.balance import orchestration
from orchestrator.core.decisions import Reason, Transaction
from orchestrator.core.draft import Draft
from orchestrator.core.due import Due
from orchestrator.core.hints import Claim
from orchestrator.core.model import Instance, Shard
from orchestrator.core.moves import handoff
from orchestrator.core.traits import PLAIN
from orchestrator.core.view import View
from orchestrator.engine import admission, judge, sighting
from orchestrator.engine.answers import Turned
from orchestrator.engine.roster import Roster
from orchestrator.ports import Beat, InstanceSeen, Loaded, Phase
from shardwright_worker.protocol import Beat as WorkerBeat
from tests.model.configuration import Configuration
from tests.model.ensemble import KIND
from tests.model.table import Remembered, Table

Pod = tuple[int, int, str]
"""Shard, incarnation, phase."""


@dataclass(frozen=True)
class Mind:
    """``inherited``: live instances of an earlier leader that were not looked for yet."""

    view: View
    roster: Roster
    inherited: frozenset[tuple[int, int]]

    def shard(self, number: int) -> Shard | None:
        return self.view.shards.get(number)


class Minds:
    def __init__(self, configuration: Configuration) -> None:
        self._policy = configuration.policy
        self._health = configuration.health
        self._limits = configuration.limits
        self._table: Table[Mind] = Table(_key)
        self.learned = Remembered(self._learned)
        self.heard = Remembered(self._heard)
        self.observed = Remembered(self._observed)
        self.accepted = Remembered(self._accepted)
        self.condemned = Remembered(self._condemned)
        self.stuck = Remembered(self._stuck)
        self.overdue = Remembered(self._overdue)
        self.passing = Remembered(self._passing)
        self.orchestrating = Remembered(self._orchestrating)
        self.admitted = Remembered(self._admitted)

    def __getitem__(self, number: int) -> Mind:
        return self._table[number]

    def opened(self, loaded: Loaded) -> int:
        """A leader takes the kind into office."""
        roster = Roster(self._policy, self._health, 0.0)
        roster.keep(loaded.shards, 0.0)
        live = ((s.number, s.incarnation) for s in loaded.shards.values() if s.instance is Instance.LIVE)
        return self._table.number(Mind(View.of(loaded.state, loaded.shards), roster, frozenset(live)))

    def reloaded(self, number: int, loaded: Loaded) -> int:
        """A leader reads the kind anew, and keeps what it knows of the instances."""
        mind = self._copy(number)
        mind.roster.keep(loaded.shards, 0.0)
        return self._table.number(Mind(View.of(loaded.state, loaded.shards), mind.roster, mind.inherited))

    def _copy(self, number: int) -> Mind:
        mind = self._table[number]
        return Mind(mind.view, _copied(mind.roster), mind.inherited)

    def _learned(self, number: int, done: Transaction) -> int:
        """The leader's own transaction is in the store."""
        mind = self._copy(number)
        view = View.of(mind.view.state, mind.view.shards)
        view.apply(done)
        for change in done.changes:
            if change.after is None:
                mind.roster.forget(change.number)
            else:
                mind.roster.follow(change.after, 0.0)
        return self._table.number(Mind(view, mind.roster, mind.inherited))

    # --- what is heard and seen ---

    def _admitted(
        self, number: int, shard: int, beat: WorkerBeat, holds: bool
    ) -> tuple[int, admission.Told | None, int]:
        """The status of an exchange, what is told (None: nothing new), and the mind after it."""
        said = _beat(shard, beat)
        mind = self._table[number]
        found = admission.admit(mind.shard(shard), said, holds=holds)
        if isinstance(found, Turned):
            return found.status, None, number
        after = self.heard[number, shard, beat]
        told = admission.told(found, beat.generation, None)
        return 200, (told if told.generation != beat.generation else None), after

    def _heard(self, number: int, shard: int, beat: WorkerBeat) -> int:
        mind = self._copy(number)
        mind.roster.heard(mind.view.shards[shard], _beat(shard, beat), counts=True)
        return self._table.number(mind)

    def stopping(self, number: int) -> frozenset[tuple[int, int]]:
        shards = self._table[number].view.shards.values()
        return frozenset((s.number, s.incarnation) for s in shards if s.instance is Instance.STOPPING)

    def _observed(self, number: int, pods: Collection[Pod], stopping: frozenset[tuple[int, int]]) -> int:
        """``stopping``: what was to stop when the runtime was asked."""
        mind = self._copy(number)
        roster = mind.roster
        seen = {one.shard: one for one in map(seen_of, pods)}
        for shard in mind.view.shards.values():
            one, name = seen.get(shard.number), (shard.number, shard.incarnation)
            known = name in mind.inherited or roster.member(shard).accepted
            meaning = sighting.sighting(shard, one, was_stopping=name in stopping, was_known=known)
            if meaning is sighting.Sighting.FENCED:
                roster.fence(shard, "ended")
            elif meaning is sighting.Sighting.ENDED:
                roster.saw_end(shard, Reason.ENDED, "", 0.0)
            elif meaning is sighting.Sighting.MISSING:
                roster.saw_end(shard, Reason.MISSING, "", 0.0)
            elif meaning is sighting.Sighting.RUNNING:
                roster.accept(shard, 0.0)
        return self._table.number(Mind(mind.view, roster, frozenset()))

    def _accepted(self, number: int, shard: int) -> int:
        """The runtime says that it has the shard's instance."""
        mind = self._copy(number)
        mind.roster.accept(mind.view.shards[shard], 0.0)
        return self._table.number(mind)

    def _condemned(self, number: int, shard: int) -> int:
        """The shard's instance was not heard of in time."""
        mind = self._copy(number)
        mind.roster.condemn(mind.view.shards[shard], Reason.SILENT, "")
        return self._table.number(mind)

    def _stuck(self, number: int) -> int:
        """The hand-off deadline passes."""
        mind = self._copy(number)
        if mind.roster.reported_at is not None:
            judge.Judge(mind.roster).stuck(mind.view.shards, now=0.0)
        return self._table.number(mind)

    def _overdue(self, number: int) -> int:
        """The deadline of those that drain passes."""
        mind = self._copy(number)
        judge.Judge(mind.roster).draining(mind.view.shards, now=0.0)
        return self._table.number(mind)

    # --- what is decided ---

    def _draft(self, mind: Mind) -> Draft:
        return Draft(mind.view, self._policy, lambda: "op", self._limits)

    def _passing(self, number: int, catalog: frozenset[str]) -> tuple[Transaction, ...]:
        """What a pass of the leader writes, with all hints that a comparison with the catalog gives."""
        mind = self._table[number]
        view, roster = mind.view, mind.roster
        goal = view.state.rebalance
        if not view.shards or (goal is not None and not goal.is_planned):
            return self.orchestrating[number, catalog, None, None]
        free = []
        for shard in view.shards.values():
            seen = roster.watch_entries(shard, 0.0)
            report = roster.reports.get(shard.number)
            free += handoff.freed(shard, report, self._policy, now=0.0, first_seen=seen)
        found = list(differences.compare(view, sorted(catalog)))[-1]
        hints = dict.fromkeys([*found.missing, *found.surplus], Claim.FOUND)
        asked = {*hints, *(i for one in free for i in one.ids)}
        draft = self._draft(mind)
        present = {i: PLAIN for i in asked if i in catalog}
        settling.plan_ids(draft, view, free, hints, present, self._limits, wall=0.0)
        lifecycle.plan_instances(
            draft, verdicts=roster.verdicts(), fenced=roster.fenced(view.shards), waiting=roster.waiting(0.0)
        )
        if made := draft.plan().transactions:
            return made
        draft = self._draft(mind)
        orchestration.continue_rebalance(draft, roster.awake(view.shards))
        return draft.plan().transactions

    def _orchestrating(
        self, number: int, catalog: frozenset[str], each: int | None, most: int | None
    ) -> tuple[Transaction, ...]:
        mind = self._table[number]
        draft = self._draft(mind)
        fresh = sorted(i for i in catalog if i not in mind.view.index)
        goal = orchestration.plan_orchestration(
            draft, fresh, len(catalog), "p", max_instances=most, resource_per_instance=each
        )
        if not isinstance(goal, orchestration.Goal):
            return ()
        if goal.changed:
            orchestration.continue_rebalance(draft, mind.roster.awake(mind.view.shards))
        return draft.plan().transactions


def _copied(roster: Roster) -> Roster:
    other = copy.copy(roster)
    other.members = {number: copy.copy(member) for number, member in roster.members.items()}
    other.reports = dict(roster.reports)
    other.live, other.stopping, other.draining = set(roster.live), set(roster.stopping), set(roster.draining)
    other.due = Due()
    other._entries_seen = {number: dict(seen) for number, seen in roster._entries_seen.items()}
    return other


def seen_of(pod: Pod) -> InstanceSeen:
    shard, incarnation, phase = pod
    return InstanceSeen(kind=KIND, shard=shard, incarnation=incarnation, phase=Phase(phase))


def _beat(shard: int, beat: WorkerBeat) -> Beat:
    return Beat(
        kind=KIND,
        shard=shard,
        received=0.0,
        incarnation=beat.incarnation,
        generation=beat.generation,
        pending=frozenset(beat.pending),
        more=beat.more,
    )


def _key(mind: Mind) -> Hashable:
    members = (
        (
            n,
            m.incarnation,
            m.accepted,
            None if m.verdict is None else (m.verdict.incarnation, m.verdict.reason),
            bool(m.evidence),
        )
        for n, m in sorted(mind.roster.members.items())
    )
    reports = (
        (n, r.incarnation, r.generation, r.pending, r.more) for n, r in sorted(mind.roster.reports.items())
    )
    shards = tuple(shard for _, shard in sorted(mind.view.shards.items()))
    return mind.view.state, shards, tuple(members), tuple(reports), mind.inherited

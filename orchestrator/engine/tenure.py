"""All that this leader holds of a kind while it is in office, and the one way to change the kind.

It is forgotten with the office. Only the kind's reconciler commits.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Collection, Mapping
from functools import partial

import structlog

from orchestrator.core.decisions import (
    CommitResult,
    Committed,
    Conflict,
    Decision,
    Plan,
    Reason,
    ShardChange,
    Transaction,
)
from orchestrator.core.draft import Draft
from orchestrator.core.model import Instance, Protocol, Shard, ShardVersions
from orchestrator.core.view import View
from orchestrator.engine.beside import Beside
from orchestrator.engine.convoy import commit_in_order, in_convoys
from orchestrator.engine.coverage.ledger import Coverage
from orchestrator.engine.desk import Desk
from orchestrator.engine.findings import Findings
from orchestrator.engine.inbox import Inbox
from orchestrator.engine.leadership import Leadership
from orchestrator.engine.move_watch import MoveWatch
from orchestrator.engine.plans.hand_offs import HandOffs
from orchestrator.engine.reads.chronicle import Chronicle
from orchestrator.engine.recent_moves import RecentMoves
from orchestrator.engine.record import Record
from orchestrator.engine.recorder import Recorder
from orchestrator.engine.roster import Roster
from orchestrator.engine.setup import KindSetup, Surroundings
from orchestrator.engine.weighing import Weighing
from orchestrator.errors import NotNow, Permanent
from orchestrator.ports import Store

log = structlog.get_logger()


class Tenure:
    """``changed``: is told of each shard that a commit or a reload changed, so that effects follow.
    ``ended``: is told once of each live instance that the runtime says is no more. ``is_furnished``: weights
    and labels are known, where the settings ask for any. ``learning``: held while the view takes them over.
    """

    def __init__(
        self,
        setup: KindSetup,
        around: Surroundings,
        store: Store,
        leadership: Leadership,
        recorder: Recorder,
        view: View,
    ) -> None:
        self.setup = setup
        self.around = around
        self.recorder = recorder
        self.leadership = leadership
        self.view = view
        self.beside = Beside(setup.kind, recorder)
        self.inbox = Inbox()
        self.desk = Desk()
        self.roster = Roster(setup.policy, setup.health, leadership.since)
        self.roster.keep(view.shards, around.clock.monotonic())
        self.coverage = Coverage(
            setup, around.clock, self.roster, lambda: self.view, self.beats_proven, around.traces
        )
        self.learning = asyncio.Lock()
        self.is_furnished = not setup.policy.dimensions and setup.policy.rules.is_empty
        self.findings = Findings()
        self.hand_offs = HandOffs()
        self.chronicle = Chronicle()
        recent = RecentMoves(setup.kind, setup.policy, self.roster)
        self.moves = MoveWatch(setup.policy.move_policy, recent, self.inbox, around.clock)
        recent.follow(view, around.clock.monotonic())
        self.record = Record(self, recorder)
        self.weighing = Weighing(self)
        self._place: tuple[str, Reason] | None = None
        self.changed: Callable[[int], None] = lambda number: None
        self.ended: Callable[[Shard, Reason, str], None] = lambda shard, reason, detail: None
        self._store = store

    def shard(self, number: int) -> Shard | None:
        return self.view.shards.get(number)

    def is_leaving(self, number: int) -> bool:
        """Whether the shard has yet to let go of ids."""
        return self.view.load(number).leaving[0] > 0

    def saw_running(self, shard: Shard) -> None:
        """The runtime has the shard's instance: an orchestration that waited for it goes on."""
        is_news = not self.roster.member(shard).accepted
        self.roster.accept(shard, self.around.clock.monotonic())
        if is_news:
            self.beside("coverage", self.coverage.look, shard, self.around.clock.monotonic())
        if is_news and self.setup.policy.protocol is Protocol.SEED:
            self.beside("record", self.record.heard, shard)
        if is_news and self.view.state.rebalance is not None:
            self.inbox.wake()

    def saw_end(self, shard: Shard, reason: Reason, detail: str) -> None:
        """The runtime says that the shard's instance is no more: have it replaced."""
        is_news = self.roster.member(shard).verdict is None
        self.roster.saw_end(shard, reason, detail, self.around.clock.monotonic())
        if is_news:
            self.beside("coverage", self.coverage.look, shard, self.around.clock.monotonic())
            self.beside("poison", self.ended, shard, reason, detail)
        self.inbox.wake()

    def beats_proven(self) -> float | None:
        """When a beat would last have been heard; None: not yet. While another may lead none is taken."""
        proven = self.setup.heartbeats.proven()
        doubt = self.leadership.doubt() if self.setup.beats_over_http else None
        now = self.around.clock.monotonic()
        return proven if proven is None or doubt is None else min(proven, now - doubt)

    def unheard_for(self, most: float = math.inf) -> float:
        """Seconds for which this leader has yet to listen, ``most`` in all, before silence says anything."""
        if not self.setup.health.heart:
            return 0.0
        listened = self.around.clock.monotonic() - self.leadership.listening_since()
        return max(0.0, min(self.setup.health.deadline, most) - listened)

    async def hold(self, ids: Collection[str], why: str) -> None:
        """Hold these removals until a person lets them go."""
        if self.findings.held_ids.issuperset(ids):
            return
        await self.around.offload(partial(self.findings.hold, ids, why, self.around.clock.wall()))
        count = len(self.findings.held_ids)
        self.recorder.note(self.setup.kind, "hold", Reason.HELD.value, count=count, detail=why)

    def claim_place(self, place: str, reason: Reason) -> None:
        """Have the store say that the instances run there."""
        self._place = place, reason
        self.inbox.wake()

    def name_place(self, draft: Draft) -> None:
        """Put the place that was claimed into the draft, where the store does not name it yet."""
        if self._place is not None and draft.state.place != self._place[0]:
            place, reason = self._place
            draft.amend_state(place=place)
            draft.decide(Decision(verb="place", reason=reason, detail=place))

    def draft(self) -> Draft:
        return Draft(self.view, self.setup.policy, lambda: self.around.name("op"), self.setup.limits)

    async def commit(self, plan: Plan, actor: str = "") -> bool:
        """Write the transactions in order; False when the view had to be loaded anew instead."""
        for convoy in in_convoys(plan.transactions, self.setup.in_flight):
            result = await commit_in_order(
                self.leadership.commit,
                convoy,
                self.setup.in_flight,
                partial(self._take_over, actor=actor),
                partial(self.recorder.committed, actor=actor),
                lambda: self.leadership.is_settling,
            )
            if not isinstance(result, Committed):
                await self._reload_after(result)
                return False
        self.beside("record", self.record.written)
        return True

    async def _reload_after(self, result: CommitResult) -> None:
        self.recorder.counters[f"commits.{type(result).__name__.lower()}"] += 1
        if isinstance(result, Conflict):
            log.info("conflict", kind=self.setup.kind, detail=result.detail)
        await self.reload()

    async def reload(self) -> None:
        """Read the kind anew and forget what was thought of it. Raises Unavailable, NotNow."""
        if self.leadership.lost.is_set():
            raise NotNow("this orchestrator is not the leader any more")
        if (loaded := await self._store.load(self.setup.kind)) is None:
            raise Permanent(f"the store holds {self.setup.kind} no more")
        of = partial(View.of, loaded.state, loaded.shards, papers=loaded.papers)
        of = partial(of, dimensions=self.setup.dimensions, watched=self.view.groups.watched)
        async with self.learning:
            known = partial(of, weights=self.view.weights, labels=self.view.labels)
            self.view = await self.around.offload(known)
        self.findings.strike_owned(self.view)
        self.desk.forget()
        self.recorder.counters["reloads"] += 1
        self.roster.keep(self.view.shards, self.around.clock.monotonic())
        self.beside("coverage", self.coverage.reread)
        self.beside("moves", self.moves.recent.follow, self.view, self.around.clock.monotonic())
        for number in self.view.shards:
            self.changed(number)

    async def recheck(self) -> bool:
        """Whether the store holds what this leader wrote last; where not, the kind is to be loaded anew.

        A commit while it is read leaves the question to the next time. Raises Unavailable, and
        Permanent for a document that cannot be read: what is believed goes on.
        """
        before = self.view.state
        if (loaded := await self._store.load(self.setup.kind)) is None:
            raise Permanent(f"the store holds {self.setup.kind} no more")
        is_newer = loaded.state.commit != before.commit and self.leadership.is_writing
        if self.view.state is not before or is_newer:
            return True
        held, found = _versions_of(self.view.shards), _versions_of(loaded.shards)
        if (loaded.state.version, found, loaded.papers) == (before.version, held, self.view.papers):
            return True
        self.recorder.counters["edited"] += 1
        self.inbox.reread()
        return False

    def _take_over(self, transaction: Transaction, actor: str) -> None:
        self.view.apply(transaction)
        self.beside("weights", self.weighing.committed, transaction.changes)
        self.recorder.committed(transaction, actor)
        self.beside("record", self.record.wrote, transaction)
        wall, now = self.around.clock.wall(), self.around.clock.monotonic()
        self.beside("moves", self.moves.recent.committed, transaction, self.view, wall=wall, now=now)
        self.beside("chronicle", self.chronicle.committed, transaction, wall=wall, now=now)
        for change in transaction.changes:
            self.findings.strike_placed(change)
            step = self.desk.record(change)
            if seen := self.roster.entries_seen().get(change.number):
                self.beside("hand-offs", self.hand_offs.note, change, seen, now)
            if change.after is None:
                self.roster.forget(change.number)
            else:
                self.roster.follow(change.after, now)
            self.beside("coverage", self.coverage.committed, change, step)
            if self._calls_for_more(change):
                self.inbox.wake()
            self.changed(change.number)

    def _calls_for_more(self, change: ShardChange) -> bool:
        """Whether the next step follows from this one at once, with no word from outside."""
        before, after = change.before, change.after
        if before is None or after is None or before.instance is not after.instance:
            return True
        return after.instance is Instance.NONE and self.is_leaving(after.number)


def _versions_of(shards: Mapping[int, Shard]) -> dict[int, tuple[ShardVersions, tuple[int, ...]]]:
    return {n: (one.versions, tuple(chunk.version for chunk in one.chunks)) for n, one in shards.items()}

"""Keeps the ledger of a kind's coverage: tells it of what is committed and heard."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial

from orchestrator.core.coverage.cover import Cover
from orchestrator.core.coverage.latency import Latency
from orchestrator.core.coverage.ledger import Ledger
from orchestrator.core.decisions import ShardChange
from orchestrator.core.model import Protocol, Shard
from orchestrator.core.view import View, touched_entries
from orchestrator.engine.coverage.catalog import CatalogWitness
from orchestrator.engine.coverage.cover import Proven, Told, cover_of
from orchestrator.engine.coverage.doubles import Doubles
from orchestrator.engine.desk import Step
from orchestrator.engine.roster import Roster
from orchestrator.engine.setup import KindSetup
from orchestrator.ports import Beat, Clock, InstanceSeen, Phase, Traces


class Coverage:
    """One a kind and a term of office. ``view``: gives the view, which a reload replaces; ``proven``: when
    a beat would last have been heard for certain.

    Nothing is awaited here. What nothing happened to costs nothing, but for ``sweep``. ``raised``: the
    alarms as of the last sweep. ``traces``: is told of each new resource that has come to its owner.
    """

    def __init__(
        self,
        setup: KindSetup,
        clock: Clock,
        roster: Roster,
        view: Callable[[], View],
        proven: Proven,
        traces: Traces | None = None,
    ) -> None:
        self.acknowledges = setup.policy.protocol is Protocol.V1
        self.ledger = Ledger(clock.monotonic(), acknowledges=self.acknowledges)
        self.latency = Latency(ended=None if traces is None else partial(traces.journey, setup.kind))
        self.raised: tuple[str, ...] = ()
        self.catalog = CatalogWitness(self.ledger, self.latency, clock, view)
        self.doubles = Doubles(self.ledger, view, setup.health.late_after)
        self._proven = proven
        self._clock = clock
        self._roster = roster
        self._view = view
        self._told: dict[int, Told] = {}
        self.reread()

    @property
    def alarms(self) -> tuple[str, ...]:
        """What a person should know, a sentence each."""
        ledger = self.ledger
        is_so = ledger.open.count(Cover.UNOWNED) or ledger.doubles.count(Cover.DOUBLE)
        return self.raised if is_so else ()

    # --- the store ---

    def reread(self) -> None:
        """The view was loaded: what it holds came to be so unseen."""
        now, view = self._clock.monotonic(), self._view()
        for number in [n for n in self._told if n not in view.shards]:
            self._forget(number, now)
        changed = set()
        for number, shard in view.shards.items():
            told = self._told.get(number)
            if told is None or told.generation != shard.generation:
                changed.add(number)
                self.ledger.gone(number, now)
                self._told[number] = Told(shard.incarnation, shard.generation, True, shard.generation)
        self.ledger.drop(self._outdated(changed), now)
        for shard in view.shards.values():
            self.look(shard, now)
        self.doubles.stored(now)

    def _outdated(self, changed: Collection[int]) -> list[str]:
        """Ids by name whose place is not the one that the ledger knows: their shard stands for them."""
        view, ledger = self._view(), self.ledger
        found = []
        for resource_id, known in ledger.open.named.items():
            place = view.index.get(resource_id)
            if place is None:
                if resource_id not in ledger.missing:
                    found.append(resource_id)
            elif known.shard in changed or (
                place.shard in changed and resource_id in view.shards[place.shard].chunks[place.chunk].ids
            ):
                found.append(resource_id)
        return found

    def committed(self, change: ShardChange, step: Step | None) -> None:
        """The view has taken the change over. ``step``: what it did to the ids of the shard."""
        now, number, before, after = self._clock.monotonic(), change.number, change.before, change.after
        if before is not None and self.ledger.open.named:
            self.ledger.drop(self._dropped(before, after), now)
        if after is None:
            self._forget(number, now)
            return
        if before is None or before.instance is not after.instance:
            self.look(after, now)
        self._told[number].generation = after.generation
        if before is None or (after.used and not before.used):
            self._assigned(after, tuple(after.ids()), now)
        elif step is not None:
            if step.removed:
                self._withdrawn(before, after, step, now)
            if step.added:
                self._assigned(after, step.added, now)
        self.doubles.stored(now)

    def _assigned(self, shard: Shard, ids: Collection[str], now: float) -> None:
        number, used = shard.number, self._view().load(shard.number).used[0]
        fold = not self.acknowledges or self._roster.acknowledged(shard) is None
        self.ledger.assign(number, ids, shard.generation, used, now, fold=fold)
        if fold:
            # Where its instance is away: what it is given is not told apart from the rest.
            self._told[number].need = shard.generation
        if self.latency.flights:
            self.latency.committed(number, shard.generation, ids, now)
            if not self.acknowledges and self.ledger.cover(number) is Cover.COVERED:
                self.latency.acknowledged(number, None, now)

    def _withdrawn(self, before: Shard, after: Shard, step: Step, now: float) -> None:
        number, used = after.number, self._view().load(after.number).used[0]
        moved = {
            resource_id
            for entry in touched_entries(after, before)
            if entry.to is not None and entry.generation == after.generation
            for resource_id in entry.ids
        }
        leaving = step.removed & moved
        self.ledger.withdraw(number, deleted=step.removed - leaving, leaving=leaving, used=used, now=now)
        if self.latency.flights:
            self.latency.forget(step.removed - leaving)

    def _dropped(self, before: Shard, after: Shard | None) -> Iterable[str]:
        """Ids that were on their way to another shard, and are nowhere any more."""
        index = self._view().index
        for entry in touched_entries(before, after):
            if entry.to is not None:
                yield from (i for i in entry.ids if i not in index)

    def _forget(self, number: int, now: float) -> None:
        self.ledger.gone(number, now)
        self.doubles.forget(number)
        self._told.pop(number, None)

    # --- the instances ---

    def look(self, shard: Shard, now: float) -> None:
        """What is known of the shard's instance may have changed."""
        number = shard.number
        told = self._told.get(number)
        if told is None or told.incarnation != shard.incarnation:
            told = Told(shard.incarnation, shard.generation, False, shard.generation)
            self._told[number] = told
        cover, why = cover_of(shard, told, self._roster, proven=self._proven, now=now)
        before = self.ledger.cover(number)
        if cover is before and cover is Cover.COVERED:
            return
        used = self._view().load(number).used[0]
        leaving = () if cover is before else _leaving(shard)
        self.ledger.stand(number, cover, now, used=used, leaving=leaving, why=why)
        if cover is Cover.COVERED:
            self._acknowledged(shard, told, now)

    def heard(self, shard: Shard) -> None:
        """The roster has taken a beat of the shard's current instance."""
        told = self._told.get(shard.number)
        if told is None or self.ledger.cover(shard.number) is not Cover.COVERED:
            self.look(shard, self._clock.monotonic())
            return
        report, known = self._roster.reports.get(shard.number), told.report
        if report is not None and report != known:
            self._acknowledged(shard, told, self._clock.monotonic())

    def _acknowledged(self, shard: Shard, told: Told, now: float) -> None:
        """The instance is there. Tell what it serves."""
        number, report = shard.number, self._roster.reports.get(shard.number)
        if report is None or not self.acknowledges:
            self.latency.acknowledged(number, None, now)
            return
        told.report = report
        free, held = self._let_go(shard)
        self.ledger.acknowledge(number, report.generation, now, free=free, held=held)
        self.latency.acknowledged(number, report.generation, now)
        self.doubles.reported(number, report.pending, now)

    def _let_go(self, shard: Shard) -> tuple[Sequence[str], Sequence[str]]:
        """Of the ids that the shard gives to others: those that its instance has let go of, and the rest."""
        report = self._roster.reports.get(shard.number)
        if report is None or not self._view().load(shard.number).leaving[0]:
            return (), ()
        free: list[str] = []
        held: list[str] = []
        for _, entry in shard.entries():
            if entry.to is not None:
                is_told = report.generation >= entry.generation and not report.more
                for resource_id in entry.ids:
                    (free if is_told and resource_id not in report.pending else held).append(resource_id)
        return free, held

    def turned_away(self, beat: Beat) -> None:
        """A beat did not count: one of an earlier instance says that two of a shard are alive."""
        shard = self._view().shards.get(beat.shard)
        if shard is not None and beat.incarnation is not None and beat.incarnation < shard.incarnation:
            self.doubles.two(shard, self._clock.monotonic())

    def observed(self, seen: Iterable[InstanceSeen]) -> None:
        """A complete answer of the runtime: one of an earlier instance, too, says that two are alive."""
        for one in seen:
            shard = self._view().shards.get(one.shard)
            if shard is not None and one.phase is Phase.RUNNING and one.incarnation < shard.incarnation:
                self.doubles.two(shard, self._clock.monotonic())

    def sweep(self) -> None:
        """Whatever only time changes: who is late, who is silent, who was not heard of again."""
        now = self._clock.monotonic()
        for shard in list(self._view().shards.values()):
            self.look(shard, now)
        self.doubles.sweep(now)


def _leaving(shard: Shard) -> Iterable[str]:
    """The ids that the shard gives to others."""
    for _, entry in shard.entries():
        if entry.to is not None:
            yield from entry.ids

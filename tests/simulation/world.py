"""A world: documents, a catalog, a runtime with workers, and the orchestrators that look after them."""

from __future__ import annotations

import asyncio
import math
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from zlib import crc32

from orchestrator.catalog.memory import MemoryCatalog
from orchestrator.core.decisions import Reason, Transaction
from orchestrator.core.model import Instance
from orchestrator.core.policy import Acts, HealthPolicy, KindPolicy, Limits, PoisonPolicy
from orchestrator.engine.answers import KindStatus
from orchestrator.engine.engine import Engine
from orchestrator.engine.setup import KindSetup
from orchestrator.ports import Beat, InstanceSpec
from orchestrator.runtime.memory import MemoryRuntime
from orchestrator.store.memory_journal import MemoryJournal
from orchestrator.store.migration import MIGRATION, Migration
from tests.simulation.beats import Beats, Channel, Hearing
from tests.simulation.checker import WatchedDocuments
from tests.simulation.coverage import CoverageCheck
from tests.simulation.demands import labels_for
from tests.simulation.ledger import Ledger
from tests.simulation.loop import VirtualClock, VirtualLoop
from tests.simulation.node import Node
from tests.simulation.publisher import Publisher
from tests.simulation.rest import faults_of_rest
from tests.simulation.story import Story
from tests.simulation.weather import Weather
from tests.simulation.witnesses import Witnesses
from tests.simulation.workforce import Workforce

POLICY = KindPolicy(poison=PoisonPolicy(acts=Acts.ADVISE))
"""Where a world is not about them, crash loops take their usual course, without trials."""


@dataclass(frozen=True, kw_only=True)
class WorldSettings:
    kinds: tuple[str, ...] = ("Thing",)
    policy: KindPolicy = field(default_factory=lambda: POLICY)
    health: HealthPolicy = field(default_factory=HealthPolicy)
    limits: Limits = field(default_factory=Limits)
    max_instances: int = 100
    resource_per_instance: int = 5000
    resync_interval: float = 300.0
    start_s: float = 0.0
    away_limit: float | None = None
    store_id: str = "sim"
    template: str = "template"
    beats_over_http: bool = True
    in_flight: int = 1
    mixed: bool = False


class World:
    """Nothing runs before a node is started. ``seed`` decides what chance decides here."""

    def __init__(self, settings: WorldSettings, seed: int = 0, *, echo: bool = False) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self.loop = loop
        self.settings = settings
        self.chance = random.Random(seed)
        self.clock = VirtualClock(loop)
        self.story = Story(loop.time, echo=echo)
        self.weather = Weather(chance=self.chance)
        self.ledger = Ledger(self.story)
        most = settings.limits.operations + 2
        self.documents = WatchedDocuments(self.story, self.ledger, loop.time, settings.policy, most)
        self.catalog = MemoryCatalog()
        self.workforce = Workforce(self)
        self.runtime = MemoryRuntime(self.clock, world=self.workforce, start_s=settings.start_s)
        self.heartbeats = Channel(self.clock)
        self.beats = Beats(self)
        self.hearing = Hearing(loop, settings.health.deadline)
        self._stopped: list[tuple[float, str]] = []
        self._alone: dict[str, list[tuple[float, int]]] = defaultdict(list)
        self._most_ids: dict[str, int] = {}
        self.journal = MemoryJournal()
        self.publisher = Publisher(self)
        if settings.policy.extra_capacity:
            self.publisher.weigh = lambda resource_id: (1, 1 + crc32(resource_id.encode()) % 9)
        is_ruled = not settings.policy.rules.is_empty
        if is_ruled:
            self.publisher.label = labels_for
        is_split = settings.limits.size < Limits().size
        witnesses = Witnesses(self.story, self.publisher, loop.time, is_ruled=is_ruled, is_split=is_split)
        self.documents.on_seen = witnesses.judge
        self.names = count(1)
        self.nodes: list[Node] = []
        self.transactions = 0
        self.healed_at = -math.inf
        self.on_commit: Callable[[Transaction], None] = lambda transaction: None
        self.setups = [self._setup(kind) for kind in settings.kinds]
        self._later: set[asyncio.Task[None]] = set()
        self._told: dict[tuple[Engine, str], KindStatus] = {}
        self._told_at = 0
        self._coverage = CoverageCheck(self)
        self._expire()

    def _setup(self, kind: str) -> KindSetup:
        return KindSetup(
            kind=kind,
            table=f"t_{kind}",
            instance_name=kind.lower(),
            template=self.settings.template,
            catalog=self.catalog,
            runtime=self.runtime,
            heartbeats=self.heartbeats,
            policy=self.settings.policy,
            health=self.settings.health,
            limits=self.settings.limits,
            max_instances=self.settings.max_instances,
            resource_per_instance=self.settings.resource_per_instance,
            resync_interval=self.settings.resync_interval,
            beats_over_http=self.settings.beats_over_http,
            in_flight=self.settings.in_flight,
        )

    @property
    def kinds(self) -> Sequence[str]:
        return self.settings.kinds

    def add_node(self, name: str = "a", migration: Migration = MIGRATION) -> Node:
        node = Node(self, name, migration)
        self.nodes.append(node)
        node.start()
        return node

    @property
    def leader(self) -> Node | None:
        return next((node for node in self.nodes if node.leads), None)

    @property
    def engine(self) -> Engine:
        """The leader's. Requires: there is one."""
        leader = self.leader
        assert leader is not None, "nobody leads"
        assert leader.engine is not None
        return leader.engine

    def status(self, engine: Engine, kind: str) -> KindStatus:
        """What this engine says of the kind, as of now: asked once, until anything more has run."""
        if self._told_at != self.loop.steps:
            self._told, self._told_at = {}, self.loop.steps
        if (engine, kind) not in self._told:
            self._told[engine, kind] = engine.kind(kind)
        return self._told[engine, kind]

    # --- time ---

    def later(self, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        """Have the world itself do something, whatever process asks for it."""

        async def after() -> None:
            await asyncio.sleep(seconds)
            await work()

        task = self.loop.spawn("", after())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def until(
        self, is_so: Callable[[], bool], within: float, what: str, *, step: float = 0.05
    ) -> float:
        """Wait until it is so; returns how long it took. Raises Broken."""
        began = self.loop.time()
        while not is_so():
            self.story.close()
            self.story.require(self.loop.time() - began < within, f"not within {within:g} s: {what}")
            await asyncio.sleep(step)
        self.story.close()
        return self.loop.time() - began

    async def pass_(self, seconds: float) -> None:
        """Let time pass, watching."""
        end = self.loop.time() + seconds
        while self.loop.time() < end:
            await asyncio.sleep(min(1.0, end - self.loop.time()))
            self.story.close()

    async def rest(self, within: float) -> float:
        """Wait until all is as it should be in every kind. Raises Broken, which says what is not."""
        began = self.loop.time()
        while faults := await faults_of_rest(self):
            self.story.close()
            late = self.loop.time() - began >= within
            self.story.require(not late, f"L1: no rest within {within:g} s: {'; '.join(faults[:6])}")
            await asyncio.sleep(0.5)
        self.story.close()
        return self.loop.time() - began

    async def close(self) -> None:
        """End everything, and raise what was found broken meanwhile."""
        for node in self.nodes:
            if node.is_up:
                node.crash()
            await node.gone()
        for worker in list(self.workforce.alive.values()):
            worker.kill()
        for task in list(self._later):
            task.cancel()
        self._sessions.cancel()
        await self.runtime.close()
        self.story.close()

    # --- watching ---

    def committed(self, transaction: Transaction, node: Node | None = None) -> None:
        self.transactions += 1
        self._check_wipe(transaction)
        for decision in transaction.decisions:
            if decision.verb == "start" and decision.shard is not None:
                self.hearing.begins(transaction.kind, decision.shard)
            if decision.verb == "stop" and decision.reason is Reason.SILENT and decision.shard is not None:
                self._check_silence(transaction.kind, decision.shard)
        self.on_commit(transaction)

    def add_up(self, engine: Engine) -> None:
        for name in ("reloads", "passes.failed", "catalog.unavailable", "runtime.unavailable"):
            self.story.meet(name, engine.counters[name])
        self.story.meet("office lost", max(0, engine.counters["terms"] - 1))
        for name, times in engine.counters.items():
            if name.startswith("bugs.") and self.story.broken is None:
                self.story.break_(f"the engine counted {name}: {times}")

    def _expire(self) -> None:
        for node in self.nodes:
            node.keep_session()
        self._coverage.look()
        self._sessions = self.loop.call_later(1.0, self._expire)

    def _check_wipe(self, transaction: Transaction) -> None:
        """S9: most of a kind goes only when a person has let it go."""
        seen, policy = self.documents.seen[transaction.kind], self.settings.policy
        removed = sum(
            decision.count or len(decision.ids)
            for decision in transaction.decisions
            if decision.verb == "release" and decision.reason in (Reason.DELETED, Reason.FOUND_DELETED)
        )
        dropped = sum(one.count or len(one.ids) for one in transaction.decisions if one.verb == "drop")
        total = len(seen.owned) + len(seen.releasing) + dropped
        wipe = total >= policy.hold_from and removed > total * policy.hold_ratio
        self.story.require(
            not wipe, f"S9: {removed} of {total} ids of {transaction.kind} were released at once"
        )
        self._check_witnessed_alone(transaction, total)

    def _check_witnessed_alone(self, transaction: Transaction, total: int) -> None:
        """S9: what goes on the word of the catalog alone is counted here, too, whatever the store says."""
        now, policy, kind = self.loop.time(), self.settings.policy, transaction.kind
        alone = sum(
            one.count
            for one in transaction.decisions
            if (one.verb, one.reason) == ("release", Reason.FOUND_DELETED)
        )
        if not alone:
            return
        most = self._most_ids[kind] = max(total, self._most_ids.get(kind, 0))
        within = [(at, many) for at, many in self._alone[kind] if now - at < policy.removal_window]
        self._alone[kind] = [*within, (now, alone)]
        # a window of the product begins anywhere in this one, and anew when the wall clock is set
        windows = 2 + self.story.met["wall clock set"]
        bound = windows * max(policy.removal_floor, int(most * policy.removal_ratio))
        count = sum(many for _, many in self._alone[kind])
        self.story.require(
            count <= bound, f"S9: {count} removals of {kind} with one witness in one window, at most {bound}"
        )

    def heard(self, beat: Beat) -> None:
        """A beat reached whoever leads; one of another incarnation says nothing of this one."""
        seen = self.documents.seen.get(beat.kind)
        shard = None if seen is None else seen.loaded.shards.get(beat.shard)
        if shard is not None and beat.incarnation in (None, shard.incarnation):
            self.hearing.heard(beat)

    def _check_silence(self, kind: str, shard: int) -> None:
        """S9, S10: only who was silent for a deadline is stopped for it, and few of them at once."""
        now, health = self.loop.time(), self.settings.health
        was_silent = self.hearing.was_silent(kind, shard)
        self.story.require(was_silent, f"S10: {kind}/{shard} was stopped for a silence that never was")
        self._stopped = [(at, of) for at, of in self._stopped if now - at < health.window] + [(now, kind)]
        live = len(self.documents.seen[kind].loaded.shards)
        # Verdicts of two windows, and of two leaders, may be committed in one.
        most = 2 * max(1, int(live * health.kill_ratio)) + len(self.nodes)
        count = sum(1 for _, of in self._stopped if of == kind)
        self.story.require(count <= most, f"S9: {count} of {kind} were stopped for silence, at most {most}")

    def check_stop(self, spec: InstanceSpec) -> None:
        """S11: nobody has an instance ended that the store wants to live."""
        seen = self.documents.seen.get(spec.kind)
        shard = None if seen is None else seen.loaded.shards.get(spec.shard)
        if shard is not None and shard.instance is Instance.LIVE:
            wanted = shard.incarnation == spec.incarnation
            self.story.require(not wanted, f"S11: {spec.name}:{spec.incarnation} was stopped, and is wanted")

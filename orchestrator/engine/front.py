"""What the engine answers to people and workers: the facade."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import structlog

from orchestrator.core.plan import Refused
from orchestrator.engine.answers import (
    Assignment,
    Dependency,
    InstanceStatus,
    KindStatus,
    OrchestrationSummary,
    Overview,
    ResourceStatus,
    ShardStatus,
    Turned,
)
from orchestrator.engine.dependencies import dependencies
from orchestrator.engine.feed import Feed
from orchestrator.engine.intake import Intake
from orchestrator.engine.leadership import Leadership
from orchestrator.engine.lookup import acknowledged_owner, resource_status
from orchestrator.engine.recorder import Recorder
from orchestrator.engine.service import FeedItem
from orchestrator.engine.setup import KindSetup, Surroundings
from orchestrator.engine.status import instance_status, kind_status, shard_status
from orchestrator.engine.steward import Steward
from orchestrator.engine.tokens import token_fits
from orchestrator.errors import NotNow, UnknownKind
from orchestrator.ports import (
    Beat,
    Journal,
    JournalFilter,
    JournalLine,
    Malformed,
    Notifications,
    Store,
)

log = structlog.get_logger()


class Front:
    """The facade (``orchestrator.engine.service``), and what the engine keeps to answer it."""

    def __init__(
        self,
        *,
        version: str,
        holder: str,
        store: Store,
        journal: Journal,
        notifications: Notifications,
        kinds: Sequence[KindSetup],
        around: Surroundings,
    ) -> None:
        self.version = version
        self._holder = holder
        self._store = store
        self._journal = journal
        self._notifications = notifications
        self._setups = {setup.kind: setup for setup in kinds}
        self._around = around
        self._feed = Feed()
        self._started_at = around.clock.wall()
        self._stewards: dict[str, Steward] = {}
        self._intake: Intake | None = None
        self.recorder = Recorder(journal, self._feed, around.clock)
        self.leadership = Leadership(store, around.clock, holder)
        self.closed_kinds: dict[str, str] = {}
        self.opened = asyncio.Event()

    def kinds(self) -> Sequence[str]:
        return sorted(self._setups)

    def overview(self) -> Overview:
        office = self.leadership.office
        return Overview(
            version=self.version,
            holder=self._holder,
            leader=self.leadership.holds(),
            epoch=office.epoch if office else None,
            started_at=self._started_at,
            ready=self._is_ready(),
            dependencies=self._dependencies(),
            kinds=[self.kind(kind) for kind in self._stewards],
            counters=dict(self.recorder.counters),
        )

    def kind(self, kind: str) -> KindStatus:
        steward = self._steward(kind)
        return kind_status(steward.tenure, steward.supervisor, steward.resync, ready=steward.ready.is_set())

    def shards(self, kind: str) -> Sequence[ShardStatus]:
        steward = self._steward(kind)
        return [
            shard_status(steward.tenure, steward.supervisor, shard)
            for _, shard in sorted(steward.tenure.view.shards.items())
        ]

    def instances(self, kind: str | None = None) -> Sequence[InstanceStatus]:
        stewards = self._stewards.values() if kind is None else [self._steward(kind)]
        return [
            instance_status(steward.tenure, steward.supervisor, shard)
            for steward in stewards
            for _, shard in sorted(steward.tenure.view.shards.items())
        ]

    def owner(self, kind: str, resource_id: str) -> tuple[int, int] | None:
        steward = self._steward(kind)
        return acknowledged_owner(steward.tenure, resource_id)

    async def resource(self, kind: str, resource_id: str) -> ResourceStatus | None:
        return await resource_status(self._steward(kind), self._journal, resource_id)

    async def orchestrate(
        self,
        kind: str,
        *,
        max_instances: int | None,
        resource_per_instance: int | None,
        dry_run: bool,
        actor: str,
    ) -> OrchestrationSummary | Refused:
        steward = self._changeable(kind)
        return await steward.orchestrate(
            max_instances=max_instances,
            resource_per_instance=resource_per_instance,
            dry_run=dry_run,
            actor=actor,
        )

    async def resync(self, kind: str, *, actor: str) -> None:
        steward = self._changeable(kind)
        self.recorder.input(kind, "resync-request", 0, actor=actor)
        await steward.resync.carried_out()

    async def accept_removals(self, kind: str, *, digest: str, count: int, actor: str) -> int | Refused:
        steward = self._changeable(kind)
        self.recorder.input(kind, "accept-removals", count, actor=actor, detail=digest)
        return steward.accept_removals(digest, count)

    async def logs(self, kind: str, shard: int, *, lines: int) -> Sequence[str]:
        return await self._steward(kind).setup.runtime.logs(kind, shard, lines=lines)

    def malformed(self) -> Sequence[Malformed]:
        return [] if self._intake is None else list(self._intake.malformed)

    async def events(self, wanted: JournalFilter) -> Sequence[JournalLine]:
        return await self._journal.read(wanted)

    def stream(self, after: int | None) -> AsyncIterator[FeedItem]:
        return self._feed.read(after)

    def worker_token_fits(self, kind: str, shard: int, incarnation: int, token: str) -> bool:
        return token_fits(self._around.key, kind, shard, incarnation, token)

    async def exchange(self, beat: Beat) -> Assignment | Turned:
        return await self._steward(beat.kind).exchange.take(beat)

    # --- inside ---

    def _steward(self, kind: str) -> Steward:
        steward = self._stewards.get(kind)
        if steward is not None:
            return steward
        if kind in self.closed_kinds:
            raise NotNow(self.closed_kinds[kind])
        if kind in self._setups:
            raise NotNow(f"{kind} is not loaded yet")
        known = ", ".join(self.kinds())
        raise UnknownKind(f"there is no kind {kind[:64]!r}; there are: {known}")

    def _changeable(self, kind: str) -> Steward:
        steward = self._steward(kind)
        if not self.leadership.holds():
            raise NotNow("this orchestrator is not the leader")
        if not steward.ready.is_set():
            raise NotNow(f"{kind} is not ready yet: {steward.tenure.findings.waiting or 'starting'}")
        return steward

    def _is_ready(self) -> bool:
        started = len(self._stewards) == len(self._setups)
        return (
            started
            and self.leadership.holds()
            and self._intake is not None
            and all(steward.ready.is_set() for steward in self._stewards.values())
        )

    def _dependencies(self) -> list[Dependency]:
        return dependencies(self.leadership, self._intake, list(self._stewards.values()), self.closed_kinds)

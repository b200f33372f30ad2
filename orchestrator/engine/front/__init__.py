"""What the engine answers to people and workers: the facade, from the term of office or from the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from orchestrator.core.decisions import Refused
from orchestrator.engine.answers import (
    Assignment,
    InstanceStatus,
    KindStatus,
    OrchestrationSummary,
    Overview,
    ResourceStatus,
    Standing,
    Turned,
)
from orchestrator.engine.answers.shard import ShardStatus
from orchestrator.engine.facade import Reading
from orchestrator.engine.front.coverage import CoverageFront
from orchestrator.engine.front.drill import DrillFront
from orchestrator.engine.front.elastic import ElasticFront
from orchestrator.engine.front.measures import MeasuresFront
from orchestrator.engine.front.override import OverrideFront
from orchestrator.engine.front.placement import PlacementFront
from orchestrator.engine.front.plans import PlansFront
from orchestrator.engine.front.quarantine import QuarantineFront
from orchestrator.engine.front.reads import ReadsFront
from orchestrator.engine.front.record import RecordFront
from orchestrator.engine.front.shard import ShardFront
from orchestrator.engine.front.system import SystemFront
from orchestrator.engine.front.upgrade import UpgradeFront
from orchestrator.engine.lookup import acknowledged_owner, resource_status
from orchestrator.engine.recalled import (
    recalled_instances,
    recalled_kind,
    recalled_resource,
    recalled_shards,
)
from orchestrator.engine.status import instance_status, kind_status, shard_status
from orchestrator.engine.tokens import token_fits
from orchestrator.ports import (
    Beat,
    Heartbeats,
    JournalFilter,
    JournalLine,
    Malformed,
)


class Front(
    MeasuresFront,
    CoverageFront,
    QuarantineFront,
    ElasticFront,
    DrillFront,
    RecordFront,
    OverrideFront,
    PlansFront,
    PlacementFront,
    ReadsFront,
    ShardFront,
    SystemFront,
    UpgradeFront,
):
    """The facade (``orchestrator.engine.facade``)."""

    # --- who leads ---

    async def recall(self) -> None:
        # What this program cannot lead it may misread: the reason is said instead.
        if self.term is None and not self._lookout.unfit:
            await self._recollection.refresh()

    async def turn(self, standing: Standing) -> None:
        before = standing.in_office, standing.leader, standing.epoch
        while True:
            now = self.standing()
            if (now.in_office, now.leader, now.epoch) != before:
                return
            await self._lookout.turn()

    # --- what people read ---

    def kinds(self) -> Sequence[str]:
        return sorted(self._setups)

    def overview(self) -> Overview:
        standing = self.standing()
        return Overview(
            version=self.version,
            holder=self._holder,
            leader=standing.leads,
            epoch=standing.epoch,
            standing=standing,
            started_at=self._started_at,
            ready=self._is_ready(),
            dependencies=self._dependencies(),
            kinds=[self.kind(kind) for kind in self._known_kinds()],
            counters=dict(self.counters + self._heard()),
        )

    def kind(self, kind: str) -> KindStatus:
        if (known := self._recalled(kind)) is not None:
            return recalled_kind(self._setups[kind], known.view, self._age(known))
        steward = self._steward(kind)
        status = kind_status(steward.tenure, steward.supervisor, steward.resync, ready=steward.ready.is_set())
        return replace(status, sizing=steward.elastic.sentence)

    def shards(self, kind: str) -> Sequence[ShardStatus]:
        if (known := self._recalled(kind)) is not None:
            return recalled_shards(self._setups[kind], known.view)
        steward = self._steward(kind)
        return [
            shard_status(steward.tenure, steward.supervisor, shard)
            for _, shard in sorted(steward.tenure.view.shards.items())
        ]

    def instances(self, kind: str | None = None) -> Sequence[InstanceStatus]:
        return [one for each in ([kind] if kind else self._known_kinds()) for one in self._instances(each)]

    def _instances(self, kind: str) -> Sequence[InstanceStatus]:
        if (known := self._recalled(kind)) is not None:
            return recalled_instances(self._setups[kind], known.view)
        steward = self._steward(kind)
        return [
            instance_status(steward.tenure, steward.supervisor, shard)
            for _, shard in sorted(steward.tenure.view.shards.items())
        ]

    def owner(self, kind: str, resource_id: str) -> tuple[int, int] | None:
        steward = self._steward(kind)
        return acknowledged_owner(steward.tenure, resource_id) if self.leadership.holds() else None

    async def resource(self, kind: str, resource_id: str) -> ResourceStatus | None:
        if (known := self._recalled(kind)) is not None:
            return await recalled_resource(self._setups[kind], known.view, resource_id)
        return await resource_status(self._steward(kind), self.events, resource_id)

    def malformed(self) -> Sequence[Malformed]:
        intake = None if self.term is None else self.term.intake
        return [] if intake is None else list(intake.malformed)

    def malformed_beats(self) -> Sequence[str]:
        return [text for channel in self._channels() for text in channel.last_malformed]

    async def events(self, wanted: JournalFilter) -> Sequence[JournalLine]:
        return await self._patience.wait(self._journal.read(wanted))

    def stream(self, after: int | None, wake: Callable[[], None]) -> Reading:
        return self._feed.read(after, wake)

    async def logs(self, kind: str, shard: int, *, lines: int) -> Sequence[str]:
        return await self._setup(kind).runtime.logs(kind, shard, lines=lines)

    # --- what people change ---

    async def orchestrate(
        self,
        kind: str,
        *,
        max_instances: int | None,
        resource_per_instance: int | None,
        dry_run: bool,
        actor: str,
    ) -> OrchestrationSummary | Refused:
        return await self._changeable(kind).orchestrate(
            max_instances=max_instances,
            resource_per_instance=resource_per_instance,
            dry_run=dry_run,
            actor=actor,
        )

    async def resync(self, kind: str, *, actor: str, dry_run: bool = False) -> None:
        steward = self._changeable(kind)
        await steward.contact.require()
        if dry_run:
            return
        steward.tenure.recorder.input(kind, "resync-request", 0, actor=actor)
        await steward.resync.carried_out()

    # --- what workers ask ---

    def worker_token_fits(self, kind: str, shard: int, incarnation: int, token: str) -> bool:
        return token_fits(self._around.key, kind, shard, incarnation, token)

    async def exchange(self, beat: Beat) -> Assignment | Turned:
        return await self._steward(beat.kind).exchange.take(beat)

    # --- inside ---

    def _is_ready(self) -> bool:
        if self.term is None:
            return self._lookout.is_informed and not self._lookout.unfit
        started = len(self._stewards) == len(self._setups)
        return (
            started
            and self.leadership.holds()
            and self.term.intake is not None
            and all(steward.ready.is_set() for steward in self._stewards.values())
        )

    def _heard(self) -> Counter[str]:
        """What the channels of the beats counted, all kinds together."""
        counted: Counter[str] = Counter()
        for channel in self._channels():
            counted.update({f"beats.{name}": count for name, count in channel.counters.items()})
        return counted

    def _channels(self) -> Collection[Heartbeats]:
        return {id(setup.heartbeats): setup.heartbeats for setup in self._setups.values()}.values()

"""The facade: everything that people and workers may ask of the engine, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

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
from orchestrator.engine.facade.coverage import CoverageFacade
from orchestrator.engine.facade.drill import DrillFacade
from orchestrator.engine.facade.elastic import ElasticFacade
from orchestrator.engine.facade.measures import MeasuresFacade
from orchestrator.engine.facade.placement import PlacementFacade
from orchestrator.engine.facade.plans import PlansFacade
from orchestrator.engine.facade.quarantine import QuarantineFacade
from orchestrator.engine.facade.reads import ReadsFacade
from orchestrator.engine.facade.record import RecordFacade
from orchestrator.engine.facade.shard import ShardFacade
from orchestrator.engine.facade.system import SystemFacade
from orchestrator.engine.facade.upgrade import UpgradeFacade
from orchestrator.ports import Beat, JournalFilter, JournalLine, Malformed


@dataclass(slots=True, kw_only=True)
class FeedItem:
    """One item of the live stream: ``event`` is its name, ``id`` grows by one.

    ``data``: plain JSON for a line of the ``journal`` and for ``reload``, else a value of
    ``orchestrator.engine.answers.news``. ``kind``: the one that it is about; None: none, or all. ``rows``:
    how much it is. ``frame``: as it was written for the first of its readers, kept for the others.
    """

    id: int
    event: str
    data: Any
    kind: str | None = None
    rows: int = 1
    frame: bytes = b""


class Reading(Protocol):
    """One reader's place in the live stream."""

    def take(self) -> Sequence[FeedItem] | None:
        """All there is since the last time; None: the leader is gone, and nothing more will come.

        An item ``reload`` instead when some were missed. After it was empty ``wake`` is called once, as soon
        as there is more, or as the leader goes.
        """

    def close(self) -> None:
        """Nothing more is taken."""


class Facade(
    MeasuresFacade,
    CoverageFacade,
    QuarantineFacade,
    ElasticFacade,
    DrillFacade,
    RecordFacade,
    PlansFacade,
    PlacementFacade,
    ReadsFacade,
    ShardFacade,
    SystemFacade,
    UpgradeFacade,
    Protocol,
):
    """Methods that take a kind raise ``UnknownKind``; those that change something raise ``NotNow``.

    ``dry_run``: answer as if it were done, or refuse as it would be refused, and change nothing.
    Where this server is not in office, those that read answer from the store as ``recall`` read it last.
    """

    def standing(self) -> Standing: ...
    async def recall(self) -> None:
        """Have at hand what the store holds, not older than a few seconds where it answers.

        Raises Unavailable, and Permanent for what cannot be read.
        """

    async def turn(self, standing: Standing) -> None:
        """Return when another server leads than by this standing, or none, or this one."""

    def kinds(self) -> Sequence[str]: ...
    def overview(self) -> Overview: ...
    def kind(self, kind: str) -> KindStatus: ...
    def shards(self, kind: str) -> Sequence[ShardStatus]: ...
    def instances(self, kind: str | None = None) -> Sequence[InstanceStatus]: ...
    def owner(self, kind: str, resource_id: str) -> tuple[int, int] | None:
        """(shard, incarnation) of an id whose owner has acknowledged it; None: ask ``resource``."""

    async def resource(self, kind: str, resource_id: str) -> ResourceStatus | None:
        """Who owns the id and why; None when neither catalog nor store knows it."""

    async def orchestrate(
        self,
        kind: str,
        *,
        max_instances: int | None,
        resource_per_instance: int | None,
        dry_run: bool,
        actor: str,
    ) -> OrchestrationSummary | Refused: ...
    async def resync(self, kind: str, *, actor: str, dry_run: bool = False) -> None:
        """Ask for a resync; returns when it has been carried out. Raises NotNow."""

    async def accept_removals(
        self, kind: str, *, digest: str, count: int, actor: str, dry_run: bool = False
    ) -> int | Refused:
        """Let exactly the held set go; the number of ids released."""

    async def accept_place(
        self, kind: str, *, instead_of: str, actor: str, dry_run: bool = False
    ) -> Refused | None:
        """Let the instances run where this server sees them; None when the store says so."""

    async def fence(
        self, kind: str, shard: int, *, uid: str, actor: str, dry_run: bool = False
    ) -> Refused | None:
        """Give up exactly this lost instance on a person's word; None when the runtime has forgotten it."""

    def malformed(self) -> Sequence[Malformed]:
        """The latest messages that were none, for inspection."""

    def malformed_beats(self) -> Sequence[str]:
        """Why the latest heartbeats that were none were none, each a sentence."""

    async def logs(self, kind: str, shard: int, *, lines: int) -> Sequence[str]: ...
    async def events(self, wanted: JournalFilter) -> Sequence[JournalLine]: ...
    def stream(self, after: int | None, wake: Callable[[], None]) -> Reading:
        """What happens after the item with that id; None: from now on.

        ``wake``: must not raise, and only notes that it was called. Readers that share one are woken once.
        """

    def worker_token_fits(self, kind: str, shard: int, incarnation: int, token: str) -> bool: ...
    async def exchange(self, beat: Beat) -> Assignment | Turned:
        """One worker exchange: takes the beat, answers a change at once, else after the interval."""

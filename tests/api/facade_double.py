"""A double of the engine's facade: a small world in memory, with switches for each answer that can fail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from orchestrator.core.decisions import Reason, Refused
from orchestrator.core.elastic.advice import Advice, Use, Verb
from orchestrator.core.policy import OnCoordinatorLoss
from orchestrator.engine.answers import (
    Assignment,
    Counts,
    Dependency,
    HeldRemovals,
    InstanceStatus,
    KindStatus,
    OrchestrationSummary,
    Overview,
    ResourceStatus,
    Standing,
    Turned,
    Unplaced,
)
from orchestrator.engine.answers.coverage import CoverageStatus, LatencyStatus, StageStatus, Worst
from orchestrator.engine.answers.elastic import ShardUse, Sizing
from orchestrator.engine.answers.explanation import Explanation, Opinion, Wait, Weight
from orchestrator.engine.answers.quarantine import Quarantined
from orchestrator.engine.answers.shard import ShardStatus
from orchestrator.engine.facade import FeedItem
from orchestrator.errors import UnknownKind
from orchestrator.ports import Beat, JournalFilter, JournalLine, Malformed
from orchestrator.store.memory_journal import matches
from tests.api.drill_double import DrillDouble
from tests.api.measures_double import MeasuresDouble
from tests.api.placement_double import PlacementDouble
from tests.api.plans_double import PlansDouble
from tests.api.queue_reading import QueueReading
from tests.api.reads_double import ReadsDouble
from tests.api.shard_double import ShardDouble
from tests.api.system_double import SystemDouble
from tests.api.upgrade_double import UpgradeDouble

HOSTILE_IDS = (
    "a/b",
    "../../etc/passwd",
    ".",
    "..",
    "nul\0inside",
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "emoji 🧵🪡",
    "right \u202eto left",
    "new\nline",
    "percent%2Fsigns%00",
    "{id}",
    "a?b#c&d=e",
    "a b+c;d",
    "设备-0001",
    "x" * 512,
)


def shard(number: int, **changed: object) -> ShardStatus:
    status = ShardStatus(
        kind="Thing",
        number=number,
        name=f"iota-dac-{number}",
        used=40,
        count=50,
        generation=12,
        acknowledged=12,
        releasing=0,
        arriving=0,
        state="active",
        instance="live",
        incarnation=number + 1,
        revision=1,
        health="ok",
        beat_age=1.2,
        since=1_700_000_000.0,
        load={"held": 40},
    )
    return replace(status, **changed)  # type: ignore[arg-type]


def kind(name: str = "Thing", shards: int = 5, **changed: object) -> KindStatus:
    numbered = tuple(shard(number, kind=name) for number in range(shards))
    owned = sum(one.used for one in numbered)
    status = KindStatus(
        kind=name,
        instance_name="iota-dac" if name == "Thing" else "iota-rules-engine",
        protocol="v1",
        exclusive=True,
        ready=True,
        paused=False,
        orchestrating=False,
        plan_id=None,
        commit=1,
        shards_wanted=shards,
        init_instances=3,
        max_instances=100,
        resource_per_instance=50,
        counts=Counts(catalog=owned, owned=owned, arriving=0, moving=0, held=0, unowned=0),
        shards=numbered,
        held=None,
        unplaced=(),
        audited_age=3.0,
    )
    return replace(status, **changed)  # type: ignore[arg-type]


HELD = HeldRemovals(digest="d-1", count=12, reason="budget", sample=("a", "b"), since=1_700_000_000.0)
UNPLACED = Unplaced(id="lost-1", reason="no-room", detail="every shard is full")


def line(sequence: int, **changed: object) -> JournalLine:
    given = JournalLine(
        at=1_700_000_000.0 + sequence,
        kind="Thing",
        verb="assign",
        reason="created",
        sequence=sequence,
        shard=sequence % 5,
        count=1,
        ids=(f"thing-{sequence}",),
    )
    return replace(given, **changed)  # type: ignore[arg-type]


def feed_item(given: JournalLine) -> FeedItem:
    data: dict[str, object] = {
        "sequence": given.sequence,
        "at": given.at,
        "kind": given.kind,
        "verb": given.verb,
        "reason": given.reason,
        "shard": given.shard,
        "to": given.to,
        "count": given.count,
        "ids": list(given.ids),
        "detail": given.detail,
        "op": given.op,
        "actor": given.actor,
    }
    return FeedItem(id=given.sequence, event="journal", data=data)


SIZING = Sizing(
    kind="Thing",
    mode="advise",
    by_count=3,
    most=20,
    ceiling_instances=200,
    ceiling_resources=9000,
    advice=Advice(
        verb=Verb.SHRINK,
        shards=4,
        now=5,
        why="For 600 s 4 shards would have been enough (cpu 40% of 70% of the target).",
        uses=(
            Use(
                name="cpu",
                capacity=1000,
                target=0.7,
                total=2010,
                smoothed=2000.123456,
                utilisation=0.4,
                highest=0.45,
                known=5,
                unknown=(),
            ),
        ),
    ),
    waits="",
    shards=tuple(
        ShardUse(shard=n, name=f"iota-dac-{n}", load={"cpu": 402}, utilisation={"cpu": 0.402})
        for n in range(5)
    ),
    ignored={"cpu": 2},
)


COVERAGE = CoverageStatus(
    kind="Thing",
    acknowledged=True,
    watched_s=3600.0,
    store=200,
    unowned=41,
    unknown=2,
    double_owned=1,
    unowned_seconds=410.5,
    unknown_seconds=2.0,
    double_owned_seconds=0.5,
    unnamed=0,
    catalog_age=12.0,
    catalog_trouble="",
    alarm_after=30.0,
    alarms=("1 resource is served by two at once: a/b",),
    window_s=3600.0,
    worst=(
        Worst(id="", shard=3, count=40, state="unowned", for_s=10.0, total_s=10.0, why="it is silent"),
        Worst(id="a/b", shard=None, count=1, state="double", for_s=0.5, total_s=0.5, why="twice"),
    ),
    worst_in_window=(Worst(id="c", shard=None, count=1, state="", for_s=0.0, total_s=7.0, why="it is over"),),
    latency=LatencyStatus(
        in_flight=1,
        stages=tuple(
            StageStatus(
                stage=stage,
                count=3,
                sum_s=0.3,
                p50_s=0.08,
                p99_s=0.2,
                longest_s=0.2,
                buckets=((0.1, 2), (1.0, 3), (float("inf"), 3)),
            )
            for stage in ("stamp-to-owned", "receipt-to-owned")
        ),
        counted={"duplicates": 4, "disorder": 0},
        numbering={"missed": 2},
    ),
)


def explained(status: ResourceStatus) -> Explanation:
    return Explanation(
        resource=status,
        shards=(
            Opinion(shard=3, role="owner", code="", sentence="the best score, 0.8000", score=0.8),
            Opinion(shard=1, role="other", code="no-room", sentence="shard 1 has no room", score=None),
        ),
        waits=(Wait(code="budget", sentence="100 of at most 100 ids are moving already"),),
        history=(line(7, shard=3, ids=(status.id,)),),
        history_trouble="",
        unserved_s=None,
        unserved_why="",
        weights=(
            Weight(name="memory", value=512, reported=False),
            Weight(name="cpu", value=1200, reported=True),
        ),
    )


@dataclass
class FacadeDouble(
    MeasuresDouble,
    DrillDouble,
    PlansDouble,
    PlacementDouble,
    ReadsDouble,
    ShardDouble,
    SystemDouble,
    UpgradeDouble,
):
    """``failing``: raised by every method that may raise. ``calls``: what was asked of it, in order."""

    world: dict[str, KindStatus] = field(default_factory=lambda: {"Thing": kind(), "Rule": kind("Rule", 2)})
    owners: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    resources: dict[tuple[str, str], ResourceStatus] = field(default_factory=dict)
    lines: list[JournalLine] = field(default_factory=lambda: [line(number) for number in range(1, 8)])
    calls: list[tuple[str, object]] = field(default_factory=list)
    failing: Exception | None = None
    refusal: Refused | None = None
    exchange_answer: Assignment | Turned | None = None
    apart: dict[tuple[str, str], Quarantined] = field(default_factory=dict)
    moves: int = 0
    ready: bool = True
    dependency_ok: bool | None = True
    store_ok: bool = True
    flood: int = 0
    written: list[str] = field(default_factory=list)
    counters: dict[str, int] = field(
        default_factory=lambda: {
            "transactions": 5,
            "Weird name!": 1,
            "decisions.move": 3,
            "decisions.drop": 2,
        }
    )
    place: Standing = field(default_factory=lambda: leading())
    turned: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: list[QueueReading] = field(default_factory=list)

    def _may_fail(self) -> None:
        if self.failing is not None:
            raise self.failing

    def _known(self, name: str) -> KindStatus:
        if name not in self.world:
            raise UnknownKind(f"the kind {name!r} is not configured; known: {', '.join(self.world)}")
        return self.world[name]

    def own(self, name: str, resource_id: str, number: int = 3) -> None:
        self.owners[name, resource_id] = (number, number + 1)
        self.resources[name, resource_id] = owned(name, resource_id, number)

    def standing(self) -> Standing:
        return self.place

    async def recall(self) -> None:
        self.calls.append(("recall", None))
        self._may_fail()

    async def turn(self, standing: Standing) -> None:
        await self.turned.wait()

    def kinds(self) -> Sequence[str]:
        return tuple(self.world)

    def overview(self) -> Overview:
        return Overview(
            version="0.1.0",
            holder="orch-0",
            leader=True,
            epoch=7,
            standing=self.place,
            started_at=1_700_000_000.0,
            ready=self.ready,
            dependencies=(
                Dependency(
                    name="store",
                    ok=self.store_ok,
                    detail="",
                    age=0.2,
                    effect="nothing is assigned while it is away",
                ),
                Dependency(
                    name="catalog",
                    ok=self.dependency_ok,
                    detail="" if self.dependency_ok else "connection refused",
                    age=4.0,
                    effect="new ids wait, nothing is removed",
                ),
            ),
            kinds=tuple(self.world.values()),
            counters=self.counters,
        )

    def kind(self, kind: str) -> KindStatus:
        self._may_fail()
        return self._known(kind)

    def coverage(self, kind: str, *, shown: int = 10) -> CoverageStatus:
        self.calls.append(("coverage", (kind, shown)))
        self._may_fail()
        self._known(kind)
        return replace(COVERAGE, kind=kind, worst=COVERAGE.worst[:shown])

    async def explain(self, kind: str, resource_id: str) -> Explanation | None:
        self.calls.append(("explain", resource_id))
        self._may_fail()
        self._known(kind)
        status = self.resources.get((kind, resource_id))
        return None if status is None else explained(status)

    def shards(self, kind: str) -> Sequence[ShardStatus]:
        return self._known(kind).shards[::-1]

    def sizing(self, kind: str) -> Sizing:
        self._may_fail()
        self._known(kind)
        return replace(SIZING, kind=kind)

    def instances(self, kind: str | None = None) -> Sequence[InstanceStatus]:
        chosen = self.world.values() if kind is None else [self._known(kind)]
        return [instance(one) for status in chosen for one in status.shards]

    def owner(self, kind: str, resource_id: str) -> tuple[int, int] | None:
        self._known(kind)
        return self.owners.get((kind, resource_id))

    async def resource(self, kind: str, resource_id: str) -> ResourceStatus | None:
        self.calls.append(("resource", resource_id))
        self._may_fail()
        self._known(kind)
        return self.resources.get((kind, resource_id))

    async def orchestrate(
        self,
        kind: str,
        *,
        max_instances: int | None,
        resource_per_instance: int | None,
        dry_run: bool,
        actor: str,
    ) -> OrchestrationSummary | Refused:
        self.calls.append(("orchestrate", (kind, max_instances, resource_per_instance, dry_run, actor)))
        self._may_fail()
        status = self._known(kind)
        if max_instances is not None and not 3 <= max_instances <= 100:
            sentence = f"maxInstances is {max_instances}; allowed: a whole number from 3 to 100"
            return Refused(detail=sentence, reasons=(sentence,))
        if self.refusal is not None:
            return self.refusal
        before = len(status.shards)
        moves = self.moves
        return OrchestrationSummary(
            plan_id="p-1" if moves else None,
            dry_run=dry_run,
            changed=moves > 0,
            shards_before=before,
            shards_after=before + 1 if moves else before,
            created=(before,) if moves else (),
            draining=(),
            moves=moves,
            moves_by_pair=((0, before, moves - 8), (1, before, 8)) if moves else (),
            placed=0,
            load_before=(40, 40),
            load_after=(33, 34) if moves else (40, 40),
            max_instances=max_instances or status.max_instances,
            resource_per_instance=resource_per_instance or status.resource_per_instance,
            count=200,
            reason="orchestrated" if moves else "unchanged",
        )

    async def resync(self, kind: str, *, actor: str, dry_run: bool = False) -> None:
        self.calls.append(("resync", (kind, actor)))
        self._may_fail()
        self._known(kind)

    async def accept_removals(
        self, kind: str, *, digest: str, count: int, actor: str, dry_run: bool = False
    ) -> int | Refused:
        self.calls.append(("accept", (kind, digest, count, actor)))
        self._may_fail()
        held = self._known(kind).held
        if held is None or (held.digest, held.count) != (digest, count):
            return Refused(reason=Reason.HELD, detail="the set has changed", reasons=("look again",))
        return held.count

    async def accept_place(
        self, kind: str, *, instead_of: str, actor: str, dry_run: bool = False
    ) -> Refused | None:
        self.calls.append(("place", (kind, instead_of, actor)))
        self._may_fail()
        self._known(kind)
        return self.refusal

    async def fence(
        self, kind: str, shard: int, *, uid: str, actor: str, dry_run: bool = False
    ) -> Refused | None:
        self.calls.append(("fence", (kind, shard, uid, actor)))
        self._may_fail()
        self._known(kind)
        return self.refusal

    def quarantine(self, kind: str) -> Sequence[Quarantined]:
        self._may_fail()
        self._known(kind)
        return [one for (of, _), one in self.apart.items() if of == kind]

    async def quarantine_add(
        self,
        kind: str,
        resource_id: str,
        *,
        seconds: float | None,
        why: str,
        actor: str,
        dry_run: bool = False,
    ) -> Quarantined | Refused | None:
        self.calls.append(("quarantine", (kind, resource_id, seconds, why, actor)))
        self._may_fail()
        self._known(kind)
        if (kind, resource_id) not in self.resources:
            return None
        if self.refusal is not None:
            return self.refusal
        self.apart[kind, resource_id] = apart(resource_id, by=actor, evidence=(why,) if why else ())
        return self.apart[kind, resource_id]

    async def quarantine_lift(
        self, kind: str, resource_id: str, *, actor: str, dry_run: bool = False
    ) -> bool:
        self.calls.append(("lift", (kind, resource_id, actor)))
        self._may_fail()
        self._known(kind)
        return self.apart.pop((kind, resource_id), None) is not None

    def malformed_beats(self) -> Sequence[str]:
        return ["partition 0, offset 7: not JSON"]

    def malformed(self) -> Sequence[Malformed]:
        return [Malformed(detail="not JSON", head=b"\xff{<script>")]

    async def logs(self, kind: str, shard: int, *, lines: int) -> Sequence[str]:
        self._may_fail()
        return self.written[-lines:] if self.written else [f"line {number}" for number in range(lines)]

    async def events(self, wanted: JournalFilter) -> Sequence[JournalLine]:
        self.calls.append(("events", wanted))
        self._may_fail()
        return [one for one in reversed(self.lines) if matches(one, wanted)][: wanted.limit]

    def happen(self, given: JournalLine) -> None:
        self.lines.append(given)
        for queue in self.waiting:
            queue.put(feed_item(given))

    def stream(self, after: int | None, wake: Callable[[], None]) -> QueueReading:
        self.calls.append(("stream", after))
        queue = QueueReading(self.waiting, wake)
        for number in range(self.flood):
            queue.put(FeedItem(id=number, event="journal", data={"detail": "x" * 10_000}))
        for one in self.lines:
            if after is not None and one.sequence > after:
                queue.put(feed_item(one))
        return queue

    def worker_token_fits(self, kind: str, shard: int, incarnation: int, token: str) -> bool:
        self._known(kind)
        return token == f"token-{kind}-{shard}-{incarnation}"

    async def exchange(self, beat: Beat) -> Assignment | Turned:
        self.calls.append(("exchange", beat))
        self._may_fail()
        return self.exchange_answer or whole_assignment()


def apart(resource_id: str, **changed: object) -> Quarantined:
    given = Quarantined(
        id=resource_id,
        since=1_700_000_000.0,
        until=1_700_003_600.0,
        by="shardwright",
        evidence=("iota-dac-3 incarnation 7 ended after 0.2 s: exit code 1",),
        times=1,
        tried=None,
    )
    return replace(given, **changed)  # type: ignore[arg-type]


def leading(**changed: object) -> Standing:
    given = Standing(
        holder="orch-0",
        in_office=True,
        leads=True,
        leader="orch-0",
        url="http://orch-0",
        epoch=7,
        since=1_700_000_000.0,
        age=None,
    )
    return replace(given, **changed)  # type: ignore[arg-type]


def following(url: str = "", **changed: object) -> Standing:
    given = {
        "in_office": False,
        "leads": False,
        "leader": "orch-1" if url else "",
        "url": url,
        "why": "orch-1 leads",
    }
    return leading(**{**given, **changed})


def whole_assignment(**changed: object) -> Assignment:
    given = Assignment(
        generation=4,
        commit=9,
        lease=15.0,
        interval=5.0,
        on_loss=OnCoordinatorLoss.SERVE,
        away_limit=60.0,
        whole=True,
        ids=("a", "b"),
    )
    return replace(given, **changed)  # type: ignore[arg-type]


def owned(name: str, resource_id: str, number: int = 3) -> ResourceStatus:
    return ResourceStatus(
        kind=name,
        id=resource_id,
        state="owned",
        shard=number,
        run_in=f"iota-dac-{number}",
        incarnation=number + 1,
        generation=12,
        acknowledged=12,
        to=None,
        since=1_700_000_000.0,
        reason="created",
        detail="least loaded with room",
        in_catalog=True,
    )


def unowned(name: str, resource_id: str, **changed: object) -> ResourceStatus:
    nowhere = replace(
        owned(name, resource_id), state="unowned", shard=None, run_in=None, incarnation=None, generation=None
    )
    return replace(nowhere, acknowledged=None, since=None, reason="no-room", **changed)  # type: ignore[arg-type]


def instance(of: ShardStatus) -> InstanceStatus:
    return InstanceStatus(
        kind=of.kind,
        shard=of.number,
        name=of.name,
        incarnation=of.incarnation,
        state=of.instance,
        phase="running",
        health=of.health,
        uid="1234",
        since=of.since,
        beat_age=of.beat_age,
        detail="",
    )

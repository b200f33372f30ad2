"""Answers of the API, made from the engine's values by the API's own shapes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from api.shapes.kind import ShardShape, summarise
from api.shapes.orchestration import outcome
from api.shapes.resource import ResourceShape
from api.shapes.sizing import sized
from api.shapes.system import EventShape, InstanceShape, overview_shape
from orchestrator.engine.answers import (
    Counts,
    Dependency,
    HeldRemovals,
    InstanceStatus,
    KindStatus,
    OrchestrationSummary,
    Overview,
    ResourceStatus,
    Standing,
)
from orchestrator.engine.answers.elastic import Sizing
from orchestrator.engine.answers.shard import ShardStatus
from orchestrator.ports import JournalLine
from tests.api.facade_double import kind, shard

AUDIT_BOUND_S = 660.0

WELL = shard(
    16,
    used=4967,
    count=5000,
    generation=211,
    acknowledged=211,
    incarnation=3,
    beat_age=4.2,
    since=1.0,
    load={},
)
LOST = replace(
    WELL,
    number=17,
    name="iota-dac-17",
    incarnation=6,
    health="lost",
    beat_age=38.0,
    generation=212,
    acknowledged=209,
    detail="replacing",
)
THING = replace(
    kind("Thing", 0),
    commit=7,
    shards_wanted=2,
    init_instances=10,
    resource_per_instance=5000,
    counts=Counts(catalog=412300, owned=412300, arriving=0, moving=0, held=0, unowned=0),
    shards=(WELL,),
)
HELD = HeldRemovals(digest="d1", count=3, reason="more than half", sample=("a", "b"), since=0.0)
OVERVIEW = Overview(
    version="0.1.0",
    holder="orch-0",
    leader=True,
    epoch=7,
    standing=Standing(
        holder="orch-0",
        in_office=True,
        leads=True,
        leader="orch-0",
        url="http://orch-0",
        epoch=7,
        since=0.0,
        age=None,
    ),
    started_at=0.0,
    ready=True,
    dependencies=(Dependency(name="store", ok=True, detail="", age=0.2, effect="nothing changes"),),
    kinds=(THING,),
    counters={},
)
OWNED = ResourceStatus(
    kind="Thing",
    id="a/b",
    state="owned",
    shard=17,
    run_in="iota-dac-17",
    incarnation=6,
    generation=212,
    acknowledged=212,
    to=None,
    since=1.0,
    reason="created",
    detail="least loaded",
    in_catalog=True,
)
SUMMARY = OrchestrationSummary(
    plan_id="p-7f3a91",
    dry_run=False,
    changed=True,
    shards_before=83,
    shards_after=92,
    created=(84, 85),
    draining=(),
    moves=40329,
    moves_by_pair=((1, 84, 300), (2, 85, 400)),
    placed=0,
    load_before=(4960, 4968),
    load_after=(4481, 4482),
    max_instances=100,
    resource_per_instance=4500,
    count=412300,
    reason="",
)
LINE = JournalLine(
    at=0.0,
    kind="Thing",
    verb="place",
    reason="created",
    sequence=5,
    shard=3,
    count=1,
    ids=("a",),
    actor="ann",
)


def overview(*kinds: KindStatus, **other: Any) -> Any:
    whole = replace(OVERVIEW, kinds=kinds or OVERVIEW.kinds, **other)
    return overview_shape(whole, AUDIT_BOUND_S).model_dump(mode="json", by_alias=True)


def kinds(*found: KindStatus) -> Any:
    return {
        "items": [summarise(each, AUDIT_BOUND_S).model_dump(mode="json", by_alias=True) for each in found]
    }


def shards(*found: ShardStatus) -> Any:
    return {"items": [ShardShape.of(each).model_dump(mode="json", by_alias=True) for each in found]}


def instances(*found: InstanceStatus) -> Any:
    return {"items": [InstanceShape.of(each).model_dump(mode="json", by_alias=True) for each in found]}


def resource(found: ResourceStatus) -> Any:
    return ResourceShape.of(found).model_dump(mode="json", by_alias=True)


def sizing(found: Sizing) -> Any:
    return sized(found).model_dump(mode="json", by_alias=True)


def orchestration(summary: OrchestrationSummary) -> Any:
    return outcome("Thing", 0, summary).model_dump(mode="json", by_alias=True)


def event(line: JournalLine) -> Any:
    return EventShape.of(line).model_dump(mode="json", by_alias=True)


def stream(*items: tuple[str, str, Any]) -> bytes:
    """Server-sent events: (id, event, data)."""
    import json

    return b"".join(
        f"id: {id_}\nevent: {event_}\ndata: {json.dumps(data)}\n\n".encode() for id_, event_, data in items
    )

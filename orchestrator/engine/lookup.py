"""Who owns an id, since when, and why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from orchestrator.core.model import Releasing, Shard, id_fault
from orchestrator.core.standing import Place
from orchestrator.engine.answers import ResourceStatus
from orchestrator.engine.steward import Steward
from orchestrator.engine.tenure import Tenure
from orchestrator.errors import Unavailable
from orchestrator.ports import JournalFilter, JournalLine

Events = Callable[[JournalFilter], Awaitable[Sequence[JournalLine]]]
PLACING = ("assign", "move", "return")


def acknowledged_owner(tenure: Tenure, resource_id: str) -> tuple[int, int] | None:
    """Shard and incarnation of an id that is owned, and known to its owner; None: ask in full."""
    view = tenure.view
    place = view.index.get(resource_id)
    if place is None:
        return None
    shard = view.shards[place.shard]
    if view.loads[place.shard].leaving[0] and resource_id not in shard.chunks[place.chunk].ids:
        return None
    acknowledged = tenure.roster.acknowledged(shard)
    if acknowledged != shard.generation:
        arriving = tenure.desk.arriving(shard, acknowledged)
        if arriving is None or resource_id in arriving:
            return None
    return shard.number, shard.incarnation


async def resource_status(steward: Steward, events: Events, resource_id: str) -> ResourceStatus | None:
    """None when neither the catalog nor the store knows the id."""
    view = steward.tenure.view
    place = view.index.get(resource_id)
    status = _unowned(steward, resource_id) if place is None else _placed(steward, resource_id, place)
    try:
        present = await steward.patience.wait(steward.setup.catalog.lookup(steward.setup.kind, [resource_id]))
        in_catalog: bool | None = resource_id in present
    except Unavailable:
        in_catalog = None
    if id_fault(resource_id) is not None and resource_id in steward.tenure.findings.unplaced:
        # A listing named it, though the catalog cannot be asked for such an id alone.
        in_catalog = True
    if place is None and in_catalog is False:
        return None
    status = replace(status, in_catalog=in_catalog)
    return await _with_history(status, events)


def _placed(steward: Steward, resource_id: str, place: Place) -> ResourceStatus:
    tenure = steward.tenure
    shard = tenure.view.shards[place.shard]
    acknowledged = tenure.roster.acknowledged(shard)
    entry = _entry(shard, place, resource_id)
    state = "moving" if entry is not None and entry.to is not None else "deleting"
    if entry is None:
        arriving = tenure.desk.arriving(shard, acknowledged)
        state = "arriving" if arriving is None or resource_id in arriving else "owned"
    if resource_id in tenure.findings.held_ids:
        state = "held"
    return ResourceStatus(
        kind=steward.setup.kind,
        id=resource_id,
        state=state,
        shard=shard.number,
        run_in=f"{steward.setup.instance_name}-{shard.number}",
        incarnation=shard.incarnation,
        generation=shard.generation,
        acknowledged=acknowledged,
        to=entry.to if entry is not None else None,
        since=None,
        reason="",
        detail="" if entry is None else f"its owner has yet to let go of it (generation {entry.generation})",
        in_catalog=None,
    )


def _unowned(steward: Steward, resource_id: str) -> ResourceStatus:
    unplaced = steward.tenure.findings.unplaced.get(resource_id)
    return ResourceStatus(
        kind=steward.setup.kind,
        id=resource_id,
        state="unowned",
        shard=None,
        run_in=None,
        incarnation=None,
        generation=None,
        acknowledged=None,
        to=None,
        since=None,
        reason=unplaced.reason if unplaced else "not-seen-yet",
        detail=unplaced.detail if unplaced else "Nothing has told us of it yet; the next resync finds it.",
        in_catalog=None,
    )


def _entry(shard: Shard, place: Place, resource_id: str) -> Releasing | None:
    for entry in shard.chunks[place.chunk].releasing:
        if resource_id in entry.ids:
            return entry
    return None


async def _with_history(status: ResourceStatus, events: Events) -> ResourceStatus:
    """Since when and why, from the journal's newest line that placed the id; unknown when it is gone."""
    if status.shard is None:
        return status
    try:
        lines = await events(JournalFilter(kind=status.kind, resource_id=status.id, limit=20))
    except Unavailable:
        return replace(status, reason="unknown", detail=status.detail or "the journal cannot be read")
    for line in lines:
        if line.verb in PLACING or (line.verb == "release" and status.state in ("moving", "deleting")):
            return replace(status, since=line.at, reason=line.reason)
    return replace(status, reason="before-journal", detail=status.detail or "placed before the oldest line")

"""Puts together why a resource is where it is."""

from __future__ import annotations

from orchestrator.core.coverage.cover import Cover
from orchestrator.core.draft import Draft
from orchestrator.core.explanation import Handing, opinions, waits
from orchestrator.core.load import padded
from orchestrator.core.plans.papers import decode_proposal, head_name
from orchestrator.core.plans.proposal import Stage, plan_number
from orchestrator.engine.answers.explanation import Explanation, Weight
from orchestrator.engine.lookup import Events, resource_status
from orchestrator.engine.status import shard_health
from orchestrator.engine.steward import Steward
from orchestrator.engine.tenure import Tenure
from orchestrator.errors import Unavailable
from orchestrator.ports import JournalFilter, JournalLine

LINES = 50
DECISIONS = ("assign", "release", "move", "return", "drop", "quarantine")


async def explanation(steward: Steward, events: Events, resource_id: str) -> Explanation | None:
    """None when neither the catalog nor the store knows the id."""
    status = await resource_status(steward, events, resource_id)
    if status is None:
        return None
    trouble, lines = "", list[JournalLine]()
    try:
        read = await events(JournalFilter(kind=steward.setup.kind, resource_id=resource_id, limit=LINES))
        lines = [line for line in read if line.verb in DECISIONS]
    except Unavailable as error:
        trouble = str(error)
    tenure = steward.tenure
    draft, now = tenure.draft(), tenure.around.clock.monotonic()
    gate = tenure.moves.gate(tenure.view)
    unserved_s, why = _unserved(tenure, resource_id, now)
    return Explanation(
        resource=status,
        shards=opinions(draft, resource_id),
        waits=waits(
            draft,
            resource_id,
            handing=_handing(tenure, resource_id, now),
            policy=None if gate is None else gate.waiting(resource_id),
            paused=_paused(tenure),
            awake=tenure.roster.awake(tenure.view.shards),
            now=now,
        ),
        history=lines,
        history_trouble=trouble,
        unserved_s=unserved_s,
        unserved_why=why,
        weights=_weights(tenure, draft, resource_id),
    )


def _weights(tenure: Tenure, draft: Draft, resource_id: str) -> tuple[Weight, ...]:
    names = tuple(map(draft.dimension_name, range(draft.dimensions)))
    parts = padded(draft.weight(resource_id), len(names))
    told = tenure.weighing.reported.of(resource_id)
    found = tuple(zip(names, parts, strict=True))[1:]
    return tuple(Weight(name=name, value=value, reported=name in told) for name, value in found)


def _unserved(tenure: Tenure, resource_id: str, now: float) -> tuple[float | None, str]:
    ledger, place = tenure.coverage.ledger, tenure.view.index.get(resource_id)
    known = ledger.since(resource_id, None if place is None else place.shard)
    if known is None or known[0] != Cover.UNOWNED:
        return None, "" if known is None else known[2]
    return now - known[1], known[2]


def _paused(tenure: Tenure) -> str:
    """What a person has paused: the kind, or the plan under way."""
    view = tenure.view
    if view.state.paused:
        return "the kind is paused"
    goal = view.state.rebalance
    number = None if goal is None else plan_number(goal.id)
    head = None if number is None else view.papers.get(head_name(number))
    try:
        is_paused = head is not None and decode_proposal(head.body).stage is Stage.PAUSED
    except ValueError:
        return ""  # the alarms of the kind tell of a plan that cannot be read
    return f"plan {number} is paused" if is_paused else ""


def _handing(tenure: Tenure, resource_id: str, now: float) -> Handing | None:
    place = tenure.view.index.get(resource_id)
    if place is None:
        return None
    shard = tenure.view.shards[place.shard]
    entries = shard.chunks[place.chunk].releasing
    entry = next((one for one in entries if resource_id in one.ids), None)
    if entry is None:
        return None
    member, report = tenure.roster.members.get(shard.number), tenure.roster.reports.get(shard.number)
    current = report is not None and report.incarnation == shard.incarnation
    heard = None if member is None or member.last_beat is None else now - member.last_beat
    seen = tenure.roster.entries_seen().get(shard.number, {}).get(entry.generation)
    return Handing(
        report=report if current else None,
        seen_at=seen,
        heard_age=heard,
        health=shard_health(tenure, shard, now),
    )

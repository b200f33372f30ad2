"""Shards that were to end long ago and still hold ids: which id stays, what keeps it, and the way out."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from orchestrator.core.alerting.alarm import Alarm
from orchestrator.core.balance.draining import is_drain
from orchestrator.core.balance.stranded import Stranded, stranded
from orchestrator.core.draft import Draft
from orchestrator.core.printable import printable
from orchestrator.engine.tenure import Tenure


def kept_alarms(tenure: Tenure, kept: Iterable[int]) -> Iterator[Alarm]:
    """An alarm for each of these shards. Requires: they are there."""
    kind, draft = tenure.setup.kind, tenure.draft()
    for number in kept:
        yield Alarm(
            kind=kind,
            code="cannot-drain",
            subject=str(number),
            sentence=f"shard {number} cannot be drained: {_why(draft, number)}",
            needs_person=True,
        )


def _why(draft: Draft, number: int) -> str:
    kind, shard = draft.state.kind, draft.existing(number)
    found = None if shard.is_active else stranded(draft, number)
    if found is None:
        return f"{shard.used:,} of its ids have yet to leave, though others would take them"
    others = f", and {found.alike:,} more like it" if found.alike else ""
    return f"{printable(found.id)[:64]} stays{others}. {found.why} {_way_out(draft, kind, number, found)}"


def _way_out(draft: Draft, kind: str, number: int, found: Stranded) -> str:
    if found.pin is not None:
        name = printable(found.id)
        return f"To let it go: shardwright unpin {kind} {shlex.quote(name)}"
    goal = draft.state.rebalance
    if goal is None or is_drain(goal):
        return f"Make room, or keep the shard: shardwright drain {kind}/{number} --undo"
    return "Orchestrate with more shards or a larger resourcePerInstance"

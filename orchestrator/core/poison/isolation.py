"""Writes down which ids are set apart, and has their owners let go of them.

An id in quarantine leaves its shard for good and is placed nowhere. One that is only set aside, while a
trial runs, is released towards its own shard: it keeps its room there, nothing else gets it, and a leader
that knows of no trial sends it back like any other id on its way.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from orchestrator.core.decisions import Decision, Reason
from orchestrator.core.draft import Draft
from orchestrator.core.hints import release_deleted
from orchestrator.core.moves.handoff import Freed
from orchestrator.core.poison.quarantine import PAPER, Entry, apart, encode_quarantine, quarantine_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """``changes``: entries to write, None to take one out; ``aside``: what ``home`` runs without for now."""

    changes: Mapping[str, Entry | None] = field(default_factory=dict)
    home: int | None = None
    aside: frozenset[str] = frozenset()


def carry_out(draft: Draft, orders: Orders) -> None:
    """Bring the paper and the shards to what the orders say."""
    if orders.changes:
        _write(draft, orders.changes)
    if kept_out := apart(draft):
        owned = [i for i in sorted(kept_out) if draft.is_owned(i)]
        release_deleted(draft, owned, Reason.QUARANTINED)
    home = None if orders.home is None else draft.shard(orders.home)
    if home is not None and home.is_active and orders.aside:
        block = [i for i in home.ids() if i in orders.aside and not draft.is_doubled(i) and draft.is_owned(i)]
        if block:
            draft.release(home.number, block, home.number, Reason.SET_ASIDE)


def _write(draft: Draft, changes: Mapping[str, Entry | None]) -> None:
    before = quarantine_in(draft.papers())
    after = dict(before)
    for resource_id, entry in sorted(changes.items()):
        if entry is None:
            after.pop(resource_id, None)
        else:
            after[resource_id] = entry
    if after:
        draft.write_paper(PAPER, encode_quarantine(after))
    else:
        draft.remove_paper(PAPER)
    for resource_id, entry in sorted(changes.items()):
        if entry != before.get(resource_id):
            draft.decide(_decision(resource_id, entry))


def _decision(resource_id: str, entry: Entry | None) -> Decision:
    verb = "lift" if entry is None else "quarantine" if entry.tried is None else "try-again"
    detail = ""
    if entry is not None and entry.tried is None:
        by = () if entry.is_automatic else (f"by {entry.by}",)
        detail = "; ".join((*by, *entry.evidence))
    return Decision(verb=verb, reason=Reason.QUARANTINED, count=1, ids=(resource_id,), detail=detail)


def kept_aside(free: Collection[Freed], orders: Orders) -> list[Freed]:
    """Without what is to stay where it is: ids that a trial has set aside."""
    kept = []
    for one in free:
        if one.shard == orders.home and one.to == orders.home and orders.aside:
            one = replace(one, ids=tuple(i for i in one.ids if i not in orders.aside))
        if one.ids:
            kept.append(one)
    return kept

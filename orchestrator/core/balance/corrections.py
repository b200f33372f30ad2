"""Ids that stand where a rule does not want them, and the moves that put them right.

These come before any move for the sake of balance, and nothing keeps them waiting. An id for which no shard
is right stays where it is: what the rules forbid together is not solved by moving.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from typing import NamedTuple

from orchestrator.core.decisions import Move, Reason
from orchestrator.core.draft import Draft
from orchestrator.core.model import Shard
from orchestrator.core.placement.choosing import choose
from orchestrator.core.placement.rules import is_ruled, pins_of
from orchestrator.core.traits import Labels, label

Group = tuple[str, str]
"""A label that a rule is about, and a value of it."""


class Astray(NamedTuple):
    """``homes``: the shards that would be right as far as one rule says, None: any that all rules allow."""

    id: str
    source: int
    homes: tuple[int, ...] | None


def astray(draft: Draft) -> Iterator[Astray]:
    """The ids that an active shard owns against a rule, those of one rule after those of another."""
    if not is_ruled(draft):
        return
    for resource_id, home in sorted(pins_of(draft).items()):
        source = _owner(draft, resource_id)
        if source is not None and source != home:
            yield Astray(resource_id, source, (home,))
    rules = draft.policy.rules
    if rules.is_empty:
        return
    members: dict[Group, list[tuple[str, int]]] = defaultdict(list)
    lacking: list[Astray] = []
    grouped = frozenset((*rules.together, *rules.apart))
    # shard by shard: to look up half a million ids one by one takes seconds
    for shard in draft.active() if grouped or rules.require else ():
        asked = [(one.label, label(shard.labels, one.shard_label)) for one in rules.require]
        for resource_id, labels in _labelled(draft, shard):
            if any(key == name and value != has for key, value in labels for name, has in asked):
                lacking.append(Astray(resource_id, shard.number, None))
            for name, value in labels if grouped else ():
                if name in grouped:
                    members[name, value].append((resource_id, shard.number))
    yield from sorted(lacking)
    for (name, _), group in sorted(members.items()):
        group.sort()
        if name in rules.apart:
            yield from _crowded(group)
        else:
            yield from _scattered(group)


def put_right(draft: Draft, awake: Collection[int] | None, budget: int) -> tuple[int, bool]:
    """Release what stands against a rule; how many these are, and whether others wait for their turn."""
    begun, is_waiting = 0, False
    for one in astray(draft):
        if _owner(draft, one.id) != one.source:
            continue
        target = choose(draft, one.id, among=one.homes, other_than=one.source)
        if target is None:
            continue
        if begun >= budget or (awake is not None and target not in awake):
            is_waiting = True
            continue
        draft.release(one.source, [one.id], target, Reason.REBALANCED)
        begun += 1
    return begun, is_waiting


def corrections(draft: Draft) -> list[Move]:
    """The moves of ``put_right``, as things stand, without making them."""
    found = []
    for one in astray(draft):
        target = choose(draft, one.id, among=one.homes, other_than=one.source)
        if target is not None:
            found.append(Move(one.id, one.source, target))
    return found


def _owner(draft: Draft, resource_id: str) -> int | None:
    """The active shard that owns the id; None while it leaves one, or stands twice."""
    place = draft.place_of(resource_id)
    if place is None or draft.is_doubled(resource_id) or not draft.is_owned(resource_id):
        return None
    return place.shard if draft.existing(place.shard).is_active else None


def _labelled(draft: Draft, shard: Shard) -> Iterator[tuple[str, Labels]]:
    """The ids with labels that the active shard owns, and that stand nowhere else."""
    for resource_id in shard.ids():
        labels = draft.labels(resource_id)
        if labels and (not draft.has_doubled or _owner(draft, resource_id) == shard.number):
            yield resource_id, labels


def _crowded(group: list[tuple[str, int]]) -> Iterator[Astray]:
    """All but one of those that should stand apart and share a shard."""
    seen: set[int] = set()
    for resource_id, source in group:
        if source in seen:
            yield Astray(resource_id, source, None)
        seen.add(source)


def _scattered(group: list[tuple[str, int]]) -> Iterator[Astray]:
    """Those that should stand together and do not stand where most of them do."""
    counts = Counter(source for _, source in group)
    if len(counts) > 1:
        home = min(counts, key=lambda number: (-counts[number], number))
        yield from (Astray(i, source, (home,)) for i, source in group if source != home)

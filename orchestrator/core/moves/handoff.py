"""When a released id is free, and where it goes then (docs/architecture.md).

An entry is free when the current incarnation reported a generation at or above the entry's without
the id pending, or the shard has no instance, or, for workers that cannot acknowledge, when the wait
has passed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestrator.core.balance.rebalance import deficit
from orchestrator.core.decisions import Reason
from orchestrator.core.draft import Draft
from orchestrator.core.model import Instance, Protocol, Releasing, Shard
from orchestrator.core.placement.placement import choose, grow, spare_room
from orchestrator.core.placement.rules import Demands, forbids, is_ruled
from orchestrator.core.poison.quarantine import is_quarantined, without
from orchestrator.core.policy import KindPolicy
from orchestrator.core.traits import Traits


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a shard's instance said last: one atomic snapshot.

    ``pending``: ids that it was told to let go of and still holds; ``more``: there are others, not named.
    """

    incarnation: int
    generation: int
    pending: frozenset[str] = frozenset()
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Freed:
    """Ids of a shard that their old owner has provably let go of, with where they were meant to go."""

    shard: int
    to: int | None
    ids: tuple[str, ...]


def acknowledged(shard: Shard, report: Report | None) -> int | None:
    """The generation that the shard's current instance has applied, None when it has said nothing."""
    if report is None or shard.instance is Instance.NONE or report.incarnation != shard.incarnation:
        return None
    return report.generation


def freed(
    shard: Shard,
    report: Report | None,
    policy: KindPolicy,
    *,
    now: float,
    first_seen: Mapping[int, float],
) -> list[Freed]:
    """The ids of the shard that are free.

    ``first_seen``: when this leader first saw the entries of each generation.
    """
    found = []
    for _, entry in shard.entries():
        ids = _free_ids(shard, entry, report, policy, now, first_seen)
        if ids:
            found.append(Freed(shard=shard.number, to=entry.to, ids=ids))
    return found


def _free_ids(
    shard: Shard,
    entry: Releasing,
    report: Report | None,
    policy: KindPolicy,
    now: float,
    first_seen: Mapping[int, float],
) -> tuple[str, ...]:
    if shard.instance is Instance.NONE:
        return entry.ids
    if policy.protocol is Protocol.SEED:
        seen = first_seen.get(entry.generation)
        waited = seen is not None and now - seen >= policy.seed_release_wait
        return entry.ids if waited else ()
    if report is None or report.incarnation != shard.incarnation:
        return ()
    if report.more or report.generation < entry.generation:
        return ()
    return tuple(i for i in entry.ids if i not in report.pending)


def settle(draft: Draft, free: Sequence[Freed], present: Mapping[str, Traits] | None) -> list[str]:
    """Send free ids on; returns those that the catalog lists and that nothing has room for.

    ``present``: those that the catalog lists, None when it could not be read. A moved id goes to its
    target, or elsewhere when that is unfit, or back to its source when nothing has room; a deleted one
    goes nowhere, unless the catalog lists it again, and neither does one in quarantine. With the catalog
    unknown nothing is dropped, but an id that stands in a second place, too, loses this one.
    """
    if present:
        draft.learn(present)
    unplaced: list[str] = []
    repaired: set[str] = set()
    for one in free:
        there = [i for i in one.ids if _stands(draft, i, one.shard) and i not in repaired]
        doubled = [i for i in there if draft.is_doubled(i)]
        if doubled:
            draft.settle(one.shard, doubled, None, Reason.DOUBLED)
            repaired.update(doubled)
        single = [i for i in there if i not in repaired]
        gone = [i for i in single if present is not None and i not in present]
        if gone:
            draft.settle(one.shard, gone, None, Reason.DROPPED)
        left = without(draft, (i for i in single if present is None or i in present))
        kept_out = [i for i in single if present and i in present and is_quarantined(draft, i)]
        if kept_out:
            draft.settle(one.shard, kept_out, None, Reason.QUARANTINED)
        if one.to is not None:
            _move_on(draft, one.shard, one.to, left)
        elif present is not None:
            unplaced.extend(_place_again(draft, one.shard, left))
    return unplaced


def _stands(draft: Draft, resource_id: str, shard: int) -> bool:
    place = draft.place_of(resource_id)
    return place is not None and place.shard == shard


def _move_on(draft: Draft, source: int, to: int, ids: Sequence[str]) -> None:
    target = draft.shard(to)
    on_target: list[str] = []
    others: list[str] = []
    ruled = is_ruled(draft)
    for resource_id in ids:
        # what comes back to its own shard takes the room that it leaves
        fits = target is not None and target.is_active
        fits = fits and (to == source or _still_fits(draft, resource_id, to, len(on_target)))
        if fits and ruled and to != source:
            fits = Demands(draft, resource_id).bars(draft.existing(to)) is None
        (on_target if fits else others).append(resource_id)
    if on_target:
        draft.settle(source, on_target, to, Reason.RELEASED)
    goal = draft.state.rebalance
    wanted = deficit(draft, goal, at_once=False) if others and goal is not None else {}
    for resource_id in others:
        choice = _choose(draft, resource_id, source, wanted)
        draft.settle(source, [resource_id], choice, Reason.RETURNED if choice == source else Reason.RELEASED)
        if choice in wanted:
            wanted[choice] -= 1


def _choose(draft: Draft, resource_id: str, source: int, wanted: Mapping[int, int]) -> int:
    """Where an id goes whose target is unfit: as the orchestration under way wants it, else where room is."""
    if wanted.get(source, 0) > 0:
        return source
    for number in sorted(wanted, key=lambda n: (-wanted[n], n)):
        if wanted[number] > 0 and forbids(draft, resource_id, number) is None:
            return number
    choice = choose(draft, resource_id, other_than=source)
    return source if choice is None else choice


def _still_fits(draft: Draft, resource_id: str, to: int, ahead: int) -> bool:
    """Whether the target has room; the id's own reservation there is part of it."""
    capacity = draft.existing(to).capacity
    load = draft.load(to)
    if draft.is_uniform:
        return load.used[0] + load.leaving[0] + ahead + 1 <= capacity[0]
    return all(
        used + leaving + reserved <= most
        for used, leaving, reserved, most in zip(
            load.used, load.leaving, load.reserved, capacity, strict=False
        )
    )


def _place_again(draft: Draft, source: int, ids: Sequence[str]) -> list[str]:
    """An id that was deleted and created again may be another thing: it is placed like any other."""
    unplaced = []
    is_source_active = draft.existing(source).is_active
    for resource_id in ids:
        # the room that the id itself takes at its source becomes free with it
        admitted = spare_room(draft) + is_source_active > 0
        choice = choose(draft, resource_id) if admitted else None
        if choice is None and (grown := grow(draft, [resource_id])) is not None:
            choice = grown if spare_room(draft) > 0 else None
        reason = Reason.CREATED if choice is not None else Reason.NO_ROOM
        draft.settle(source, [resource_id], choice, reason)
        if choice is None:
            unplaced.append(resource_id)
    return unplaced

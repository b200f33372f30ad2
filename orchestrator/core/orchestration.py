"""Re-orchestration: the number of shards, an even share for each, and the fewest moves that reach it.

``plan_orchestration`` sets the goal and places new ids; ``continue_rebalance`` takes ids towards it
and goes on from the stored goal after a change of leader.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.core.draft import Draft
from orchestrator.core.model import Rebalance, ShardState
from orchestrator.core.placement import capacity_of, deal, lowest_free, place_on
from orchestrator.core.plan import Reason, Refused
from orchestrator.core.rebalance import Moves, continue_rebalance, deficit, pair_moves, surplus
from orchestrator.core.sizing import Size, size_kind

__all__ = ["Goal", "continue_rebalance", "even_targets", "plan_orchestration"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What an orchestration is going to do; ``changed``: whether it differs from what is so already."""

    size: Size
    shards_before: int
    created: tuple[int, ...]
    draining: tuple[int, ...]
    reactivated: tuple[int, ...]
    placed: int
    moves: Moves
    load_before: tuple[int, int]
    load_after: tuple[int, int]
    changed: bool

    @property
    def moved(self) -> int:
        return sum(count for _, _, count in self.moves)


def plan_orchestration(
    draft: Draft,
    new_ids: Sequence[str],
    count: int,
    plan_id: str,
    *,
    max_instances: int | None = None,
    resource_per_instance: int | None = None,
) -> Goal | Refused:
    """Set the goal. ``count``: resources in the catalog; ``new_ids``: those of them that stand nowhere."""
    if draft.state.paused:
        return Refused(reason=Reason.PAUSED, detail=f"{draft.state.kind} is paused; resume it first.")
    placed = sum(draft.load(n).expected for n in draft.numbers()) + _floating(draft)
    total = max(count, placed + len(new_ids))
    size = size_kind(
        total,
        draft.state,
        draft.policy,
        max_instances=max_instances,
        resource_per_instance=resource_per_instance,
    )
    if isinstance(size, Refused):
        return size
    asked = draft.state
    before = [draft.load(shard.number).used[0] for shard in draft.active()]
    draft.amend_state(
        shards=size.shards,
        max_instances=size.max_instances,
        resource_per_instance=size.resource_per_instance,
        # until the goal is known: a successor that finds no more than this plans anew
        rebalance=Rebalance(id=plan_id, is_planned=False),
    )
    changes = _reshape(draft, size.shards)
    targets = even_targets(draft, placed + len(new_ids))
    left = _place_new(draft, new_ids, targets)
    gives, takes = _imbalance(draft, targets)
    goal = Rebalance(id=plan_id, gives=tuple(gives.items()), takes=tuple(takes.items()))
    moves = pair_moves(surplus(draft, goal), deficit(draft, goal, at_once=False))
    is_needed = bool(moves) or any(not shard.is_active for shard in draft.shards())
    draft.amend_state(rebalance=goal if is_needed else None)
    placed_now = len(new_ids) - len(left)
    reshaped = changes.created or changes.draining or changes.reactivated or changes.resized
    changed = bool(reshaped) or placed_now > 0 or draft.state != asked
    return Goal(
        size=size,
        shards_before=len(before),
        created=changes.created,
        draining=changes.draining,
        reactivated=changes.reactivated,
        placed=placed_now,
        moves=moves,
        load_before=(min(before, default=0), max(before, default=0)),
        load_after=(min(targets.values(), default=0), max(targets.values(), default=0)),
        changed=changed,
    )


def even_targets(draft: Draft, total: int) -> dict[int, int]:
    """An even share of ``total`` for each active shard; the fullest get the remainder, which saves moves."""
    active = sorted(draft.active(), key=lambda s: (-draft.load(s.number).expected, s.number))
    if not active:
        return {}
    share, more = divmod(total, len(active))
    return {shard.number: share + (position < more) for position, shard in enumerate(active)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changes:
    created: tuple[int, ...]
    draining: tuple[int, ...]
    reactivated: tuple[int, ...]
    resized: tuple[int, ...]


def _reshape(draft: Draft, wanted: int) -> _Changes:
    """Have exactly ``wanted`` active shards: wake draining ones, create, or drain the emptiest."""
    active = draft.active()
    by_use = sorted(active, key=lambda s: (draft.load(s.number).expected, -s.number))
    draining = [shard.number for shard in by_use[: max(0, len(active) - wanted)]]
    for number in draining:
        draft.drain(number, Reason.ORCHESTRATED)
    missing = wanted - len(active)
    asleep = [shard for shard in draft.shards() if not shard.is_active and shard.number not in draining]
    # the fullest first: what they keep need not move
    asleep.sort(key=lambda s: (-draft.load(s.number).expected, s.number))
    reactivated = [shard.number for shard in asleep[: max(0, missing)]]
    for number in reactivated:
        draft.amend(number, state=ShardState.ACTIVE)
        draft.note("activate", Reason.ORCHESTRATED, (), shard=number)
    created = []
    for _ in range(missing - len(reactivated)):
        number = lowest_free(draft)
        draft.create(number, capacity_of(draft), Reason.ORCHESTRATED)
        created.append(number)
    resized = [s.number for s in draft.active() if s.capacity != capacity_of(draft)]
    for number in resized:
        draft.amend(number, capacity=capacity_of(draft))
    return _Changes(
        created=tuple(created),
        draining=tuple(sorted(draining)),
        reactivated=tuple(sorted(reactivated)),
        resized=tuple(resized),
    )


def _place_new(draft: Draft, ids: Sequence[str], targets: dict[int, int]) -> list[str]:
    """Fill each shard up to its target; what a target has no room for goes wherever there is some."""
    left: list[str] = []
    start = 0
    for number, target in sorted(targets.items()):
        block = ids[start : start + max(0, target - draft.load(number).expected)]
        start += len(block)
        left.extend(place_on(draft, block, number, Reason.ORCHESTRATED))
    left.extend(ids[start:])
    return deal(draft, left, Reason.ORCHESTRATED, shards_a_transaction=len(targets)) if left else left


def _imbalance(draft: Draft, targets: dict[int, int]) -> tuple[dict[int, int], dict[int, int]]:
    gives, takes = {}, {}
    for shard in draft.shards():
        expected = draft.load(shard.number).expected
        target = targets.get(shard.number, 0)
        if expected > target or not shard.is_active:
            gives[shard.number] = target
        elif expected < target:
            takes[shard.number] = target
    return gives, takes


def _floating(draft: Draft) -> int:
    """Ids on their way to a shard that is gone: they will need room, though no shard expects them."""
    known = set(draft.numbers())
    return sum(
        len(entry.ids)
        for shard in draft.shards()
        for _, entry in shard.entries()
        if entry.to is not None and entry.to not in known
    )

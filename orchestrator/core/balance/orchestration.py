"""Re-orchestration: the number of shards, an even share for each, and the fewest moves that reach it.

``plan_orchestration`` sets the goal and places new ids; ``continue_rebalance`` takes ids towards it
and goes on from the stored goal after a change of leader.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, filterfalse, islice

from orchestrator.core.balance.aim import even_targets, set_aim
from orchestrator.core.balance.rebalance import Moves, continue_rebalance
from orchestrator.core.balance.sizing import Size, size_kind
from orchestrator.core.balance.stalemate import is_stalemate
from orchestrator.core.decisions import Reason, Refused
from orchestrator.core.draft import Draft
from orchestrator.core.load import add
from orchestrator.core.model import Rebalance, ShardState
from orchestrator.core.placement.placement import capacity_of, refit
from orchestrator.core.placement.rule_policy import Strategy
from orchestrator.core.placement.rules import pins_of
from orchestrator.core.poison.quarantine import without
from orchestrator.core.traits import label

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
    shards: int | None = None,
) -> Goal | Refused:
    """Set the goal. ``count``: resources in the catalog; ``new_ids``: those of them that stand nowhere.

    ``shards``: how many there are to be where the count asks for fewer; None: as ``size_kind`` says.
    """
    if draft.state.paused:
        return Refused(reason=Reason.PAUSED, detail=f"{draft.state.kind} is paused; resume it first.")
    new_ids = without(draft, new_ids)
    placed = sum(draft.load(n).expected for n in draft.numbers()) + _floating(draft)
    total = max(count, placed + len(new_ids))
    size = size_kind(
        total,
        draft.state,
        draft.policy,
        max_instances=max_instances,
        resource_per_instance=resource_per_instance,
        shards=shards,
        demand=_demand(draft, new_ids),
    )
    if isinstance(size, Refused):
        return size
    asked = draft.state
    before = [draft.load(shard.number).used[0] for shard in draft.active()]
    draft.amend_state(
        shards=size.shards,
        # it may be cut before the last of them is drained, and no more than the maximum may be active
        max_instances=max(size.max_instances, len(before)),
        resource_per_instance=size.resource_per_instance,
        # until the goal is known: a successor that finds no more than this plans anew
        rebalance=Rebalance(id=plan_id, is_planned=False),
    )
    changes = _reshape(draft, size.shards)
    draft.amend_state(max_instances=size.max_instances)
    # those of an orchestration that this one takes the place of still want their part
    unfilled = () if asked.rebalance is None else (number for number, _ in asked.rebalance.takes)
    came = {*changes.created, *changes.reactivated, *unfilled}
    aim = set_aim(draft, new_ids, placed + len(new_ids), plan_id, came)
    moves, left = aim.moves, aim.left
    # what is on its way to a shard that is to give some of it moves on once it has arrived
    is_over = any(draft.load(number).expected > keep for number, keep in aim.goal.gives)
    is_draining = any(not shard.is_active for shard in draft.shards())
    is_needed = bool(moves) or is_over or is_draining
    held = asked.rebalance
    draft.amend_state(rebalance=held)
    # a goal that is there already, or none, serves as well as one that moves nothing
    may_stay = held.is_planned if held is not None else not is_draining
    if is_needed and may_stay and draft.state == asked and is_stalemate(draft, aim.goal):
        moves, is_over = (), False
    else:
        draft.amend_state(rebalance=aim.goal if is_needed else None)
    stays = [draft.load(shard.number).expected for shard in draft.active()]
    shares = aim.shares if moves or is_over else stays
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
        load_after=(min(shares, default=0), max(shares, default=0)),
        changed=changed,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changes:
    created: tuple[int, ...]
    draining: tuple[int, ...]
    reactivated: tuple[int, ...]
    resized: tuple[int, ...]


def _reshape(draft: Draft, wanted: int) -> _Changes:
    """Have exactly ``wanted`` active shards: wake draining ones, create, or drain the emptiest."""
    active = draft.active()
    draining = _leaving(draft, len(active) - wanted)
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
    taken = set(draft.numbers())
    for number in islice(filterfalse(taken.__contains__, count()), max(0, missing - len(reactivated))):
        draft.create(number, capacity_of(draft), Reason.ORCHESTRATED)
        created.append(number)
    resized = refit(draft)
    return _Changes(
        created=tuple(created),
        draining=tuple(sorted(draining)),
        reactivated=tuple(sorted(reactivated)),
        resized=tuple(resized),
    )


def _leaving(draft: Draft, many: int) -> list[int]:
    """The emptiest shards. Those that ids would never leave stay as long as others can go: one to which
    ids are pinned, and the last with a label that ids may require.
    """
    pinned = frozenset(pins_of(draft).values())
    active = sorted(draft.active(), key=lambda s: (draft.load(s.number).expected, -s.number))
    names = {one.shard_label for one in draft.policy.rules.require}
    left = Counter((name, label(shard.labels, name)) for shard in active for name in names)
    leaving: list[int] = []
    kept: list[int] = []
    for shard in active:
        if len(leaving) >= many:
            break
        values = [(name, label(shard.labels, name)) for name in names]
        is_last = any(value is not None and left[name, value] == 1 for name, value in values)
        if is_last or shard.number in pinned:
            kept.append(shard.number)
            continue
        leaving.append(shard.number)
        left.subtract(values)
    return leaving + kept[: max(0, many - len(leaving))]


def _demand(draft: Draft, new_ids: Sequence[str]) -> int:
    """How many shards the weights fill in the dimension that needs the most; 0 where the count decides."""
    if draft.policy.strategy is Strategy.EVEN or draft.dimensions == 1:
        return 0
    capacity = capacity_of(draft)
    totals = [0] * draft.dimensions
    for number in draft.numbers():
        load = draft.load(number)
        for dimension, parts in enumerate(zip(load.used, load.reserved, strict=True)):
            totals[dimension] += sum(parts)
    for resource_id in new_ids:
        add(totals, draft.weight(resource_id), 1)
    return max(-(-total // most) for total, most in zip(totals[1:], capacity[1:], strict=False))


def _floating(draft: Draft) -> int:
    """Ids on their way to a shard that is gone: they will need room, though no shard expects them."""
    known = set(draft.numbers())
    return sum(
        len(entry.ids)
        for shard in draft.shards()
        for _, entry in shard.entries()
        if entry.to is not None and entry.to not in known
    )

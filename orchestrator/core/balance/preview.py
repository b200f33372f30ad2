"""What an orchestration will move, id by id, found by carrying it out to its end on a draft."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from orchestrator.core.balance.orchestration import Goal
from orchestrator.core.balance.rebalance import continue_rebalance
from orchestrator.core.decisions import Move, Reason
from orchestrator.core.draft import Draft
from orchestrator.core.moves.gate import lasting

ROUNDS = 100
"""Rounds of room becoming free after which the rest is left to what happens meanwhile."""


def planned_moves(draft: Draft, goal: Goal) -> Iterator[Move]:
    """The moves that the goal asks for, in the order in which they begin; what moves already is left out.

    Requires: ``goal`` was set on this draft, which is of no other use afterwards. All instances are
    taken to answer, and each to let go at once; limits of moves at a time and of moves a day say when
    an id moves, not whether.
    """
    if draft.state.rebalance is None:
        return
    policy = draft.policy
    gate = lasting(policy.move_policy, draft.labels)
    draft.policy = replace(policy, move_floor=1 << 40)
    try:
        _hand_over(draft)
        for _ in range(ROUNDS):
            continue_rebalance(draft, gate=gate)
            begun = _under_way(draft)
            if not begun:
                return
            yield from begun
            if draft.state.rebalance is None:
                return
            _hand_over(draft)
    finally:
        draft.policy = policy


def _under_way(draft: Draft) -> list[Move]:
    return [
        Move(resource_id, shard.number, entry.to)
        for shard in draft.shards()
        for _, entry in shard.entries()
        if entry.to is not None
        for resource_id in entry.ids
    ]


def _hand_over(draft: Draft) -> None:
    """What is on its way arrives; an id whose target is gone stays where it is."""
    groups: dict[tuple[int, int], list[str]] = {}
    for move in _under_way(draft):
        groups.setdefault((move.source, move.target), []).append(move.id)
    for (source, target), ids in sorted(groups.items()):
        shard = draft.shard(target)
        arrives = shard is not None and shard.is_active
        draft.settle(source, ids, target if arrives else source, Reason.RELEASED)

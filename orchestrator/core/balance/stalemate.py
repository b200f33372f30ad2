"""Whether nothing comes of a goal: what is uneven stays so, because no id may go where it is wanted.

Rules, pins, resources that fit nowhere else and moves that are never allowed all come to that. Such a goal is
not worth a transaction: whoever asks once more would write it once more.
"""

from __future__ import annotations

from dataclasses import replace

from orchestrator.core.balance.rebalance import continue_rebalance
from orchestrator.core.draft import Draft
from orchestrator.core.model import Rebalance
from orchestrator.core.moves.gate import MoveGate, lasting

ANY = 1 << 40


def is_stalemate(draft: Draft, goal: Rebalance) -> bool:
    """Whether no id would begin to move towards the goal, though all instances answered.

    False while ids are on their way or leave, which may make room, and where the draft changes shards.
    What a move policy only puts off counts as a move.
    """
    if draft.touched() or draft.moving() or any(draft.load(n).leaving[0] for n in draft.numbers()):
        return False
    gate = lasting(draft.policy.move_policy, draft.labels)
    if _begins(draft, goal, gate, at_most=1):
        return False
    # the one that is looked at first, by weight or by cost, may fit nowhere where others do
    return not ((goal.bound or gate is not None) and _begins(draft, goal, gate, at_most=ANY))


def _begins(draft: Draft, goal: Rebalance, gate: MoveGate | None, *, at_most: int) -> bool:
    trial = draft.afresh()
    trial.policy = replace(draft.policy, move_floor=at_most, move_ratio=0.0)
    trial.amend_state(rebalance=goal)
    continue_rebalance(trial, gate=gate)
    return trial.moving() > 0

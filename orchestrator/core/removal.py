"""How much may be removed on the word of the catalog alone (docs/architecture.md, two witnesses)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from orchestrator.core.model import RemovalBudget
from orchestrator.core.policy import KindPolicy


def allowance(budget: RemovalBudget, total: int, policy: KindPolicy, *, wall: float) -> int:
    """Removals with one witness that the window has left, for a kind of ``total`` ids."""
    most = max(policy.removal_floor, int(total * policy.removal_ratio))
    return max(0, most - _current(budget, policy, wall).spent)


def spend(budget: RemovalBudget, count: int, policy: KindPolicy, *, wall: float) -> RemovalBudget:
    """The budget after ``count`` removals; a window begins with the first removal in it."""
    current = _current(budget, policy, wall)
    since = current.since if current.spent else wall
    return RemovalBudget(since=since, spent=current.spent + count)


def is_wipe(removals: int, total: int, policy: KindPolicy) -> bool:
    """Whether a pass would remove so much of the kind that a person must agree, whatever the witnesses."""
    return total >= policy.hold_from and removals > total * policy.hold_ratio


def digest(ids: Collection[str]) -> str:
    """The name of a set of ids, for a person to accept exactly that set.

    The sum of their hashes: sorting hundreds of thousands would hold the interpreter.
    """
    total = sum(int.from_bytes(hashlib.sha256(i.encode()).digest()[:16]) for i in ids)
    return hashlib.sha256(f"{len(ids)}:{total}".encode()).hexdigest()[:16]


def _current(budget: RemovalBudget, policy: KindPolicy, wall: float) -> RemovalBudget:
    # a clock set back by a little must not renew the budget, one set back by much not freeze it for ever
    if abs(wall - budget.since) < policy.removal_window:
        return budget
    return RemovalBudget(since=wall, spent=0)

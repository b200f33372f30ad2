"""An exact solver over small balances: how even it can get at all, and how few moves that takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import highspy

from orchestrator.core.balance.levels import Bin, Item


@dataclass(frozen=True, kw_only=True)
class Case:
    """``homes``: where each item stands, an index of ``bins``."""

    bins: tuple[Bin, ...]
    items: tuple[Item, ...]
    homes: tuple[int, ...]


def least_peak(case: Case) -> float:
    """The level of the fullest shard in the most even assignment of all, a share of its capacity."""
    model, held = _model(case)
    peak = model.addVariable(lb=0)
    for number, one in enumerate(case.bins):
        for dimension, most in enumerate(one.capacity):
            model.addConstr(_load(case, held, number, dimension) <= most * peak)
    model.minimize(peak)
    return float(model.getObjectiveValue())


def fewest_moves(case: Case, limits: Sequence[Sequence[int]]) -> int | None:
    """How few moves keep each shard within its limit in every dimension; None where nothing does."""
    model, held = _model(case)
    for number in range(len(case.bins)):
        for dimension, most in enumerate(limits[number]):
            model.addConstr(_load(case, held, number, dimension) <= most)
    model.minimize(len(case.items) - sum(held[i][home] for i, home in enumerate(case.homes)))
    if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return round(model.getObjectiveValue())


def _model(case: Case):  # type: ignore[no-untyped-def]
    model = highspy.Highs()
    model.silent()
    model.setOptionValue("mip_rel_gap", 0.0)
    model.setOptionValue("threads", 1)
    held = [
        [model.addBinary() if one.is_staying else model.addVariable(lb=0, ub=0) for one in case.bins]
        for _ in case.items
    ]
    for row in held:
        model.addConstr(sum(row) == 1)
    return model, held


def _load(case: Case, held, number: int, dimension: int):  # type: ignore[no-untyped-def]
    return sum(item.weight[dimension] * held[i][number] for i, item in enumerate(case.items))

"""What every planner is asked: sizes, steps from one number of nodes to another, and how it is judged."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench import table
from bench.options import Options

SIZES = (1_000, 5_000, 25_000, 100_000, 500_000)
TINY = 1_000
RUNS = 15
BUDGET_S = 5.0
"""Of the runs of one step: what takes long is run once or twice. The best counts, as the least disturbed."""

A_RESOURCE = 5_000
"""Ids in one resource of Helix: a record of ZooKeeper holds not many more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """``nodes`` of which the last ``dead`` live no more; ``before``: the step whose outcome is there."""

    name: str
    before: str | None
    nodes: int
    dead: int = 0

    @property
    def alive(self) -> int:
        return self.nodes - self.dead


STEPS = (
    Step(name="first", before=None, nodes=100),
    Step(name="grow", before="first", nodes=120),
    Step(name="shrink", before="grow", nodes=100),
    Step(name="die", before="first", nodes=100, dead=1),
)
WORDS = {"first": "first", "grow": "100 -> 120", "shrink": "120 -> 100", "die": "100 -> 99"}

Owners = Sequence[int]
"""The number of the node of each id, in the order of the ids; -1: none."""


def sizes(options: Options) -> tuple[int, ...]:
    return options.sizes or (SIZES[:3] if options.quick else SIZES)


def judged(
    step: Step,
    seconds: Sequence[tuple[float, float]],
    before: Owners | None,
    after: Owners,
    weights: Sequence[int] | None,
) -> dict[str, Any]:
    """What a planner did, from nothing but the owners: the same judge for all.

    ``seconds``: on the wall, and of CPU, of each run. ``bound``: the weight that must move at least from the
    loads before to the loads after; without weights each id weighs one. ``spread``: the fullest node less the
    emptiest; ``over_mean``: the fullest by the mean.
    """
    heavy = _loads(after, weights)
    loads = [heavy[node] for node in heavy] + [0] * (step.alive - len(heavy))
    old = heavy if before is None else _loads(before, weights)
    moved = [position for position, owner in enumerate(after) if before and before[position] != owner]
    return {
        "seconds": [wall for wall, _ in seconds],
        "cpu": [cpu for _, cpu in seconds],
        "moves": len(moved),
        "moved": sum(1 if weights is None else weights[position] for position in moved),
        "bound": sum(max(0, load - heavy[node]) for node, load in old.items()),
        "spread": max(loads) - min(loads),
        "over_mean": max(loads) / (sum(loads) / len(loads)),
        "unplaced": sum(owner < 0 for owner in after),
    }


def _loads(owners: Owners, weights: Sequence[int] | None) -> Counter[int]:
    found: Counter[int] = Counter()
    for position, owner in enumerate(owners):
        if owner >= 0:
            found[owner] += 1 if weights is None else weights[position]
    return found


def weights_of(count: int) -> list[int]:
    """Weights of a hundred to one, skewed as real ones are: most light, few heavy; the same each time."""
    chance = random.Random(5)
    return [min(1000, int(chance.paretovariate(1.2) * 10)) for _ in range(count)]


def ids_of(count: int) -> list[str]:
    return table.ids(count)


def short(size: int) -> str:
    return f"{size // 1000}k"

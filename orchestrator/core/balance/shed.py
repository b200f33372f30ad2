"""Which resources a shard gives away so that as few as possible bring it down to its limit."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate, repeat
from operator import attrgetter, itemgetter, truediv

from orchestrator.core.balance.levels import Item

_ID, _WEIGHT = attrgetter("id"), attrgetter("weight")

FEW = 32
"""Up to so many items the one that serves most is looked for anew after each."""


def shed(items: Sequence[Item], excess: Sequence[int]) -> list[Item]:
    """The fewest of the items that together weigh the excess in every dimension, as light as they can be.

    All of them where they do not suffice. Exact in their number where one dimension is exceeded, and with
    several where some in a row do, by how much they take of all; else the next one is that which takes the
    most of what is left.
    """
    over = [dimension for dimension, part in enumerate(excess) if part > 0]
    if not over or not items:
        return []
    if len(over) == 1:
        return _in_one(items, excess[over[0]], over[0])
    return _in_several(items, excess, over)


def fewest(weights: Sequence[int], excess: int) -> int:
    """How many of the weights, the largest first, it takes; one more than there are if none suffice."""
    for count, weight in enumerate(weights):
        if excess <= 0:
            return count
        excess -= weight
    return len(weights) + (excess > 0)


def _in_one(items: Sequence[Item], excess: int, dimension: int) -> list[Item]:
    # ascending, so that the smallest that suffices is found by bisection
    ranked = sorted((item.weight[dimension], item.id, item) for item in items)
    ordered = [item for _, _, item in ranked]
    weights = [weight for weight, _, _ in ranked]
    first, total = len(ordered), 0
    while first and total < excess:
        first -= 1
        total += weights[first]
    chosen = list(range(first, len(ordered)))
    spare = total - excess
    taken = set(chosen)
    # each is exchanged for the lightest that still suffices: what is light finds a place more easily
    for slot, position in enumerate(chosen):
        if spare <= 0:
            break
        lighter = bisect_left(weights, weights[position] - spare)
        while lighter in taken and lighter < position:
            lighter += 1
        if lighter < position and weights[lighter] < weights[position]:
            spare -= weights[position] - weights[lighter]
            taken.remove(position)
            taken.add(lighter)
            chosen[slot] = lighter
    return [ordered[position] for position in sorted(chosen, key=lambda p: (-weights[p], ordered[p].id))]


def _in_several(items: Sequence[Item], excess: Sequence[int], over: Sequence[int]) -> list[Item]:
    wanted = [excess[d] for d in over]
    columns = _columns(items, over)
    needed = max(fewest(sorted(one, reverse=True), most) for one, most in zip(columns, wanted, strict=True))
    # of those that are alike in use, so many in a row: what is given away is mixed like what is kept
    shares = [map(truediv, one, repeat(most)) for one, most in zip(columns, wanted, strict=True)]
    uses = map(sum, zip(*shares, strict=False))
    ordered = [item for _, _, item in sorted(zip(uses, map(_ID, items), items, strict=False))]
    first = _first_in_a_row(_columns(ordered, over), wanted, needed)
    if first is None:
        return _one_by_one(ordered[::-1], excess, over)
    return ordered[first : first + needed][::-1]


def _columns(items: Sequence[Item], over: Sequence[int]) -> list[list[int]]:
    weights = list(map(_WEIGHT, items))
    return [list(map(itemgetter(d), weights)) for d in over]


def _first_in_a_row(columns: Sequence[Sequence[int]], wanted: Sequence[int], needed: int) -> int | None:
    """Where so many in a row begin that together weigh what is wanted; None: nowhere."""
    firsts: Iterable[int] = range(len(columns[0]) - needed + 1)
    for column, most in zip(columns, wanted, strict=True):
        if min(column) * needed >= most:
            # any of them do, as of a weight that all have in common
            continue
        sums = [0, *accumulate(column)]
        firsts = [first for first in firsts if sums[first + needed] - sums[first] >= most]
    return next(iter(firsts), None)


def _one_by_one(items: Sequence[Item], excess: Sequence[int], over: Sequence[int]) -> list[Item]:
    left = list(excess)
    chosen: list[Item] = []
    rest = list(items)
    for position in range(len(rest)):
        if all(left[d] <= 0 for d in over):
            break
        if len(rest) <= FEW:
            # what serves most is another with each that is gone
            rest[position:] = sorted(rest[position:], key=lambda one: (-_use(one, left, over), one.id))
        item = rest[position]
        if _use(item, left, over) > 0:
            chosen.append(item)
            left = [one - part for one, part in zip(left, item.weight, strict=True)]
    # what a later one made needless stays
    for item in sorted(chosen, key=lambda one: (sum(one.weight), one.id)):
        if all(left[d] + item.weight[d] <= 0 for d in over):
            chosen.remove(item)
            left = [one + part for one, part in zip(left, item.weight, strict=True)]
    return chosen


def _use(item: Item, left: Sequence[int], over: Sequence[int]) -> float:
    """How much of what is left to give away the item takes, a share of each dimension."""
    weight = item.weight
    return sum(min(weight[d], left[d]) / left[d] for d in over if left[d] > 0)

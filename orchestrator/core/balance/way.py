"""What would have to leave a shard so that a heavy one finds a place there: the fewest, each lighter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import ge
from typing import NamedTuple

from orchestrator.core.balance.levels import Bin, Item
from orchestrator.core.balance.shed import shed
from orchestrator.core.model import Vector


class Way(NamedTuple):
    """``items``: what leaves the shard."""

    bin: Bin
    items: list[Item]


def ways(
    item: Item,
    targets: Iterable[Bin],
    takers: Sequence[Bin],
    limits: Mapping[int, Vector],
    contents: Callable[[int], Sequence[Item]],
) -> list[Way]:
    """The ways to each of the targets, those of which the least is moved first.

    ``takers``: where that may go, within their limits. Only what is lighter than the item leaves: else one
    would make way for another without end.
    """
    found: list[Way] = []
    slack = {one.number: [m - n for m, n in zip(limits[one.number], one.load, strict=True)] for one in takers}
    for target in targets:
        others = [room for number, room in slack.items() if number != target.number]
        if not others:
            continue
        most = [max(parts) for parts in zip(*others, strict=True)]
        limit = limits[target.number]
        excess = [max(0, n + p - m) for n, p, m in zip(target.load, item.weight, limit, strict=True)]
        over = [dimension for dimension, part in enumerate(excess) if part]
        light = [
            one
            for one in contents(target.number)
            if all(map(ge, most, one.weight)) and any(one.weight[d] < item.weight[d] for d in over)
        ]
        chosen = shed(light, excess)
        if all(sum(one.weight[d] for one in chosen) >= excess[d] for d in over):
            found.append(Way(target, chosen))
    found.sort(key=lambda way: (len(way.items), sum(one.weight[-1] for one in way.items), way.bin.number))
    return found

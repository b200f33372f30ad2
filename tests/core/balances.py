"""Small balances to try: shards, resources and where these stand, from a random source or from Hypothesis."""

from __future__ import annotations

import random

from hypothesis import strategies as st

from orchestrator.core.balance.levels import Bin, Item
from orchestrator.core.balance.planning import Balance
from tests.core.oracle import Case


def case_of(
    weights: list[tuple[int, ...]],
    capacities: list[tuple[int, ...]],
    homes: list[int],
    *,
    drains: bool = False,
) -> Case:
    """``drains``: the first shard is to give all it has."""
    items = tuple(Item(f"i{number}", weight) for number, weight in enumerate(weights))
    bins = []
    for number, capacity in enumerate(capacities):
        held = [item.weight for item, home in zip(items, homes, strict=True) if home == number]
        load = [sum(weight[d] for weight in held) for d in range(len(capacity))]
        goes = drains and number == 0
        bins.append(Bin(number=number, capacity=capacity, load=load, is_staying=not goes, is_open=not goes))
    return Case(bins=tuple(bins), items=items, homes=tuple(homes))


def random_case(seed: int) -> Case:
    chance = random.Random(seed)
    dimensions = chance.choice([1, 1, 2, 3])
    many, shards = chance.randint(1, 16), chance.randint(2, 5)
    alike = chance.random() < 0.5
    capacities = [
        (100, *(100 if alike else chance.choice([50, 100, 200]) for _ in range(dimensions - 1)))
        for _ in range(shards)
    ]
    parts = chance.choice([range(1, 13), (1, 2, 3, 30)])
    weights = [(1, *(chance.choice(parts) for _ in range(dimensions - 1))) for _ in range(many)]
    skew = chance.random()
    homes = [0 if chance.random() < skew else chance.randrange(shards) for _ in range(many)]
    return case_of(weights, capacities, homes, drains=shards > 2 and chance.random() < 0.3)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    dimensions, shards = draw(st.integers(1, 3)), draw(st.integers(2, 4))
    part = st.integers(1, 12)
    weight = st.tuples(st.just(1), *[part] * (dimensions - 1))
    capacity = st.tuples(st.just(40), *[st.sampled_from([60, 90, 120])] * (dimensions - 1))
    weights = draw(st.lists(weight, min_size=1, max_size=12))
    homes = draw(st.lists(st.integers(0, shards - 1), min_size=len(weights), max_size=len(weights)))
    capacities = draw(st.lists(capacity, min_size=shards, max_size=shards))
    return case_of(weights, capacities, homes, drains=shards > 2 and draw(st.booleans()))


def contents_of(case: Case, number: int) -> list[Item]:
    return [item for item, home in zip(case.items, case.homes, strict=True) if home == number]


def carried_out(case: Case, balance: Balance) -> list[Bin]:
    """The shards when the moves are done; fails for a move of what is not there."""
    bins = {one.number: one.copy() for one in case.bins}
    homes = {item.id: home for item, home in zip(case.items, case.homes, strict=True)}
    weights = {item.id: item.weight for item in case.items}
    for move in balance.moves:
        assert homes.pop(move.id) == move.source, "an id moves once, from where it stands"
        assert bins[move.target].is_open
        for dimension, part in enumerate(weights[move.id]):
            bins[move.source].load[dimension] -= part
            bins[move.target].load[dimension] += part
    return list(bins.values())

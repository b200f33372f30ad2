"""Few heavy ids among many light ones: shards that go or are lost, and shards that come."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.balance.levels import Bin, Item, low_level, peak
from orchestrator.core.balance.planning import BAND, Balance, balanced, calm_level
from tests.core.balances import carried_out, case_of, contents_of
from tests.core.oracle import Case, fewest_moves

PARTS = (1, 1, 1, 2, 2, 3, 5, 8, 13)


def evened(many: int, each: int, chance: random.Random, *, gone: int = 0, came: int = 0) -> Case:
    """So many shards of skewed ids, even but for chance; the last ones drain, or are new and empty."""
    weights = sorted(
        ((1, min(1000, int(chance.paretovariate(1.2) * 10))) for _ in range(many * each)), reverse=True
    )
    loads = [0] * many
    homes = []
    for _, weight in weights:
        number = loads.index(min(loads))
        loads[number] += weight
        homes.append(number)
    most = 2 * sum(loads) // many
    case = case_of(weights, [(4 * each, most)] * (many + came), homes)
    for one in case.bins[many - gone : many]:
        one.is_staying = one.is_open = False
    return case


def planned(case: Case, came: Sequence[int] = ()) -> Balance:
    held: dict[int, list[Item]] = {one.number: [] for one in case.bins}
    for item, home in zip(case.items, case.homes, strict=True):
        held[home].append(item)
    return balanced(case.bins, held.__getitem__, came=came)


@st.composite
def shrinking(draw: st.DrawFn) -> Case:
    """Small and skewed; one or two shards drain."""
    shards = draw(st.integers(3, 5))
    weights = [(1, part) for part in draw(st.lists(st.sampled_from(PARTS), min_size=3, max_size=14))]
    homes = [draw(st.integers(0, shards - 1)) for _ in weights]
    case = case_of(weights, [(40, 60)] * shards, homes, drains=True)
    if shards > 3 and draw(st.booleans()):
        case.bins[1].is_staying = case.bins[1].is_open = False
    return case


@settings(max_examples=80, deadline=None)
@given(shrinking())
def test_skewed_ids_of_draining_shards_go_in_the_fewest_moves_that_reach_the_level(case: Case) -> None:
    balance = balanced(case.bins, lambda number: contents_of(case, number))
    after = carried_out(case, balance)
    assert all(not any(one.load) for one in after if not one.is_staying)
    assert peak(after) <= balance.bound
    least = fewest_moves(case, [one.limit(balance.bound) for one in case.bins])
    assert least is not None
    assert len(balance.moves) <= 1.05 * least


@pytest.mark.parametrize(("many", "gone"), [(24, 4), (60, 10), (120, 20)])
@pytest.mark.parametrize("seed", range(4))
def test_after_a_shrink_a_skewed_kind_is_inside_the_band_with_hardly_a_move_too_many(
    many: int, gone: int, seed: int
) -> None:
    case = evened(many, 40, random.Random(seed), gone=gone)
    balance = planned(case)
    after = carried_out(case, balance)
    assert all(not any(one.load) for one in after if not one.is_staying)
    assert peak(after) <= calm_level(balance.least, BAND)
    forced = sum(one.load[0] for one in case.bins if not one.is_staying)
    assert forced <= len(balance.moves) <= 1.05 * forced


@pytest.mark.parametrize("many", [40, 100])
@pytest.mark.parametrize("seed", range(4))
def test_the_heavy_ids_of_a_lost_shard_find_a_place_inside_the_band(many: int, seed: int) -> None:
    case = evened(many, 40, random.Random(seed), gone=1)
    balance = planned(case)
    after = carried_out(case, balance)
    level = calm_level(balance.least, BAND)
    assert not any(after[many - 1].load)
    assert peak(after) <= level
    lost = [item.weight[1] for item in contents_of(case, many - 1)]
    # a shard has so much to spare; what is heavier drives others out, in parts that are no larger
    spare = case.bins[0].capacity[1] * level // 1_000_000 - min(one.load[1] for one in case.bins[:-1])
    assert len(balance.moves) <= len(lost) + 2 * sum(-(-weight // spare) - 1 for weight in lost)


@pytest.mark.parametrize("came", [1, 2])
@pytest.mark.parametrize("many", [24, 60])
def test_a_new_shard_gets_its_part_in_few_moves_though_the_others_are_inside_the_band(
    many: int, came: int
) -> None:
    case = evened(many, 40, random.Random(7), came=came)
    assert planned(case).moves == ()
    new = range(many, many + came)
    balance = planned(case, new)
    after = carried_out(case, balance)
    low = low_level(case.bins, BAND)
    assert all(one.level >= low for one in after)
    assert peak(after) <= balance.bound
    # no shard can give more than what leaves it at the lower side, in ids that are lighter than that
    limit = [one.load[1] - case.bins[0].capacity[1] * low // 1_000_000 for one in case.bins[:many]]
    light = sorted(
        (i.weight[1] for i, home in zip(case.items, case.homes, strict=True) if i.weight[1] <= limit[home]),
        reverse=True,
    )
    wanted, fewest = came * (case.bins[0].capacity[1] * low // 1_000_000), 0
    while wanted > 0:
        wanted -= light[fewest]
        fewest += 1
    assert fewest <= len(balance.moves) <= 1.05 * fewest + came


def test_a_draining_shard_is_given_nothing_and_asked_for_nothing_to_fill_a_new_one() -> None:
    bins = [Bin(number=n, capacity=(10,), load=[4]) for n in range(3)]
    bins.append(Bin(number=3, capacity=(10,), load=[0], is_staying=False, is_open=False))
    contents = {n: [Item(f"{n}-{k}", (1,)) for k in range(4 if n < 3 else 0)] for n in range(4)}
    assert balanced(bins, contents.__getitem__, came=[3]).moves == ()

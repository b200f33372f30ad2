"""How even a balance gets and how few moves that takes, against an exact solver and a lower bound."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.balance.levels import WHOLE, Bin, Item, even_shares, least_level, level, peak
from orchestrator.core.balance.planning import balanced
from orchestrator.core.balance.shed import fewest, shed
from tests.core.balances import carried_out, case_of, cases, contents_of, random_case
from tests.core.oracle import Case, fewest_moves, least_peak

BANDS = (0.0, 0.05, 0.1)


def judge(case: Case, band: float) -> None:
    """The fullest within 1.10 of the optimum, the moves within 1.05 of the fewest that reach the bound."""
    balance = balanced(case.bins, lambda number: contents_of(case, number), band=band)
    optimum = least_peak(case)
    if optimum > 1:
        # nothing fits: no shard may be given more than it holds, whatever the others have
        return
    after = carried_out(case, balance)
    assert all(not any(one.load) for one in after if not one.is_staying)
    assert peak(after) <= balance.bound
    assert peak(after) <= 1.10 * optimum * WHOLE + 2
    least = fewest_moves(case, [one.limit(balance.bound) for one in case.bins])
    assert least is not None
    assert len(balance.moves) <= 1.05 * least


@pytest.mark.parametrize("seed", range(120))
def test_a_random_balance_is_near_the_optimum_with_few_moves(seed: int) -> None:
    judge(random_case(seed), BANDS[seed % 3])


@settings(max_examples=60, deadline=None)
@given(cases(), st.sampled_from(BANDS))
def test_any_balance_is_near_the_optimum_with_few_moves(case: Case, band: float) -> None:
    judge(case, band)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 4)), min_size=1, max_size=8),
    st.integers(0, 60),
    st.tuples(st.integers(1, 5), st.integers(0, 9)),
)
def test_shares_of_one_weight_are_the_most_even_that_there_are(
    shards: list[tuple[int, int]], more: int, weight: tuple[int, int]
) -> None:
    bins = [
        Bin(number=n, capacity=(100 * size, 200 * size), load=[held * w for w in weight])
        for n, (held, size) in enumerate(shards)
    ]
    count = sum(held for held, _ in shards) + more
    shares = even_shares(bins, count, weight)
    assert sum(shares.values()) == count
    fullest = max(level([w * shares[one.number] for w in weight], one.capacity) for one in bins)
    # one less anywhere would have to go somewhere else: nobody takes it without becoming as full
    for one in bins:
        with_one_more = level([w * (shares[one.number] + 1) for w in weight], one.capacity)
        assert with_one_more >= fullest or count == 0
    if len({one.capacity for one in bins}) == 1:
        assert max(shares.values()) - min(shares.values()) <= 1


@given(st.lists(st.integers(1, 20), max_size=14), st.integers(1, 60))
def test_no_fewer_resources_of_one_dimension_could_be_shed(weights: list[int], excess: int) -> None:
    items = [Item(f"i{n}", (1, weight)) for n, weight in enumerate(weights)]
    chosen = shed(items, (0, excess))
    needed = fewest(sorted(weights, reverse=True), excess)
    if needed > len(weights):
        assert len(chosen) == len(weights)
        return
    assert len(chosen) == needed == len({item.id for item in chosen})
    assert sum(item.weight[1] for item in chosen) >= excess


@given(
    st.lists(st.tuples(st.just(1), st.integers(0, 9), st.integers(0, 9)), max_size=12),
    st.tuples(st.integers(0, 5), st.integers(0, 20), st.integers(0, 20)),
)
def test_what_is_shed_suffices_and_none_of_it_is_needless(
    weights: list[tuple[int, ...]], excess: tuple[int, ...]
) -> None:
    chosen = shed([Item(f"i{n}", weight) for n, weight in enumerate(weights)], excess)
    totals = [sum(item.weight[d] for item in chosen) for d in range(3)]
    if all(sum(weight[d] for weight in weights) >= excess[d] for d in range(3)):
        assert all(total >= part for total, part in zip(totals, excess, strict=True))
        for item in chosen:
            assert any(t - w < e for t, w, e in zip(totals, item.weight, excess, strict=True))


def test_inside_the_band_nothing_moves() -> None:
    case = case_of([(1, 10)] * 10 + [(1, 9)] * 10, [(100, 200)] * 2, [0] * 10 + [1] * 10)
    balance = balanced(case.bins, lambda number: contents_of(case, number), band=0.1)
    assert balance.moves == ()
    assert balanced(case.bins, lambda number: contents_of(case, number), band=0.0).moves


def test_the_hottest_shard_is_relieved_first() -> None:
    weights = [(1, 5)] * 40
    homes = [0] * 20 + [1] * 14 + [2] * 6
    case = case_of(weights, [(100, 200)] * 5, homes)
    big = [Item(item.id, item.weight) for item in case.items]
    balance = balanced(case.bins, lambda n: [i for i, home in zip(big, homes, strict=True) if home == n])
    sources = [move.source for move in balance.moves]
    assert set(sources) == {0, 1}
    assert sources == sorted(sources)


def test_what_no_shard_can_hold_stays_and_the_rest_is_balanced() -> None:
    case = case_of([(1, 500), *[(1, 10)] * 8], [(100, 100)] * 3, [0] * 9)
    balance = balanced(case.bins, lambda number: contents_of(case, number))
    assert "i0" not in {move.id for move in balance.moves}
    assert len(balance.moves) >= 6


def test_a_cheap_move_is_made_before_a_dear_one() -> None:
    case = case_of([(1, 10)] * 8, [(100, 100)] * 2, [0] * 8)
    dear = {"i6", "i7", "i5", "i4"}
    balance = balanced(
        case.bins, lambda number: contents_of(case, number), cost=lambda one: int(one in dear), band=0.0
    )
    assert {move.id for move in balance.moves} == {"i0", "i1", "i2", "i3"}


def test_the_lower_bound_counts_what_draining_shards_have() -> None:
    bins = [
        Bin(number=0, capacity=(10,), load=[6], is_staying=False, is_open=False),
        Bin(number=1, capacity=(10,), load=[2]),
    ]
    assert least_level(bins) == WHOLE * 8 // 10
    assert least_level([bins[1]], [(9,)]) == WHOLE * 9 // 10

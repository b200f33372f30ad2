"""Ids in order, whatever happens to the shards that they stand on."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core import ordered_ids
from orchestrator.core.model import Chunk, Releasing, Shard
from orchestrator.core.ordered_ids import OrderedIds

TEXT = st.text(alphabet="ab\U0010ffff", max_size=4)
CHUNK = st.builds(
    lambda ids, going: Chunk(
        ids=tuple(ids), releasing=(Releasing(generation=1, to=None, ids=tuple(going - ids)),)
    ),
    st.frozensets(TEXT, max_size=6),
    st.frozensets(TEXT, max_size=3),
)
SHARDS = st.dictionaries(
    st.integers(0, 3),
    st.builds(
        lambda chunks: Shard(number=0, capacity=(9,), chunks=tuple(chunks)), st.lists(CHUNK, max_size=3)
    ),
)


def ids_of(shards: dict[int, Shard]) -> list[str]:
    return sorted({i for shard in shards.values() for chunk in shard.chunks for i in chunk.all_ids()})


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordered_ids, "BLOCK", 4)


@given(histories=st.lists(SHARDS, min_size=1, max_size=5), last=st.none() | TEXT, prefix=TEXT)
def test_after_any_history_every_page_and_count_is_that_of_the_sorted_ids(
    histories: list[dict[int, Shard]], last: str | None, prefix: str
) -> None:
    ordered = OrderedIds()
    for shards in histories:
        standing = ids_of(shards)
        ordered.follow(shards, set(standing))
        assert ordered.lag(shards) == 0
        assert list(ordered.after(None)) == standing
        fitting = [i for i in standing if i.startswith(prefix)]
        assert ordered.count(prefix) == len(fitting)
        later = [i for i in fitting if last is None or i > last]
        assert list(islice(ordered.after(last, prefix), 3)) == later[:3]
    assert len(ordered) == len(standing)


def test_a_kind_that_was_read_anew_is_the_same_kind() -> None:
    def read() -> dict[int, Shard]:
        chunks = tuple(Chunk(ids=(f"id-{number}",)) for number in range(50))
        return {0: Shard(number=0, capacity=(9,), chunks=chunks)}

    ordered = OrderedIds()
    ordered.follow(read(), set())
    again = read()
    assert ordered.lag(again) == 50
    ordered.follow(again, set())
    assert ordered.lag(again) == 0
    assert len(ordered) == 50


def test_an_id_that_only_moved_stays_in_order() -> None:
    ordered = OrderedIds()
    one = {0: Shard(number=0, capacity=(9,), chunks=(Chunk(ids=("a", "b")),))}
    ordered.follow(one, {"a", "b"})
    both = {
        0: Shard(number=0, capacity=(9,), chunks=(Chunk(ids=("a",)),)),
        1: Shard(number=1, capacity=(9,), chunks=(Chunk(ids=("b",)),)),
    }
    ordered.follow(both, {"a", "b"})
    assert list(ordered.after(None)) == ["a", "b"]


def test_most_ids_that_are_alike_end_no_build() -> None:
    ordered = OrderedIds()
    chunks = tuple(Chunk(ids=("same",)) for _ in range(40))
    ordered.follow({0: Shard(number=0, capacity=(9,), chunks=chunks)}, {"same"})
    assert list(ordered.after(None)) == ["same"]

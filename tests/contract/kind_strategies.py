"""Kinds as Hypothesis makes them: whatever the model can hold, ids of any text included."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from orchestrator.core.model import (
    Chunk,
    Instance,
    KindState,
    Protocol,
    Rebalance,
    Releasing,
    RemovalBudget,
    Shard,
    ShardState,
)
from orchestrator.core.traits import labels_of
from tests.contract.arena import PROTOCOLS

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
NUMBER = st.integers(0, 2**53)
PAIRS = st.lists(st.tuples(st.integers(0, 99), NUMBER), max_size=3).map(tuple)


@st.composite
def chunk(draw: st.DrawFn) -> Chunk:
    """Each id stands once in it."""
    lists = [draw(st.lists(TEXT, max_size=4)) for _ in range(draw(st.integers(1, 3)))]
    known: set[str] = set()
    parts = []
    for ids in lists:
        parts.append(tuple(i for i in dict.fromkeys(ids) if i not in known))
        known.update(ids)
    entries = [
        Releasing(generation=draw(NUMBER), to=draw(st.none() | st.integers(0, 99)), ids=part)
        for part in parts[1:]
    ]
    return Chunk(ids=parts[0], releasing=tuple(entries))


def chunks(protocol: Protocol) -> st.SearchStrategy[tuple[Chunk, ...]]:
    least, most = (1, 1) if protocol is Protocol.SEED else (0, 3)
    return st.lists(chunk(), min_size=least, max_size=most).map(tuple)


def shards(protocol: Protocol, number: int) -> st.SearchStrategy[Shard]:
    return st.builds(
        Shard,
        number=st.just(number),
        capacity=st.lists(NUMBER, min_size=1, max_size=3).map(tuple),
        labels=st.dictionaries(TEXT, TEXT, max_size=2).map(labels_of),
        bounds=st.dictionaries(TEXT, NUMBER, max_size=2).map(lambda own: tuple(sorted(own.items()))),
        incarnation=NUMBER,
        instance=st.sampled_from(Instance),
        revision=NUMBER,
        state=st.sampled_from(ShardState),
        chunks=chunks(protocol),
    )


@st.composite
def shard_sets(draw: st.DrawFn, kind: str) -> dict[int, Shard]:
    numbers = draw(st.sets(st.integers(0, 4)))
    return {number: draw(shards(PROTOCOLS[kind], number)) for number in numbers}


def states(kind: str) -> st.SearchStrategy[KindState]:
    return st.builds(
        KindState,
        kind=st.just(kind),
        shards=NUMBER,
        resource_per_instance=NUMBER,
        max_instances=NUMBER,
        revision=NUMBER,
        paused=st.booleans(),
        next_incarnation=NUMBER,
        removal_budget=st.builds(
            RemovalBudget, since=st.floats(allow_nan=False, allow_infinity=False), spent=NUMBER
        ),
        rebalance=st.none()
        | st.builds(Rebalance, id=TEXT, gives=PAIRS, takes=PAIRS, is_planned=st.booleans())
        | st.builds(Rebalance, id=TEXT, bound=st.integers(1, 10**12), left=NUMBER),
        store_id=TEXT,
        place=TEXT,
    )


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[KindState, dict[int, Shard]]]:
    """What one kind looks like after each of a few transactions, versions left to the committer."""
    kind: Any = draw(st.sampled_from(sorted(PROTOCOLS)))
    moment = st.tuples(states(kind), shard_sets(kind))
    return draw(st.lists(moment, min_size=1, max_size=4))

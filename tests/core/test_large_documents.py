"""Shards of the seed whose documents are so large that no transaction holds two of them."""

from __future__ import annotations

import pytest

from orchestrator.core.decisions import Reason
from orchestrator.core.draft import Draft
from orchestrator.core.model import Chunk, Instance, KindState, Protocol, Releasing, Shard
from orchestrator.core.policy import KindPolicy, Limits
from orchestrator.core.view import View
from orchestrator.store.layout import Layout
from orchestrator.store.transaction import encode_transaction

LONG = "x" * 80


def ids(first: int, count: int) -> tuple[str, ...]:
    return tuple(f"{first + n:05d}{LONG}" for n in range(count))


def view(target: int) -> View:
    """Shard 0 lets go of 100 ids towards shard 1, which has ``target`` ids."""
    leaving = Releasing(generation=3, to=1, ids=ids(0, 100))
    chunks = [Chunk(ids=ids(100, 4500), releasing=(leaving,)), Chunk(ids=ids(10_000, target))]
    shards = {
        n: Shard(number=n, capacity=(5000,), generation=3, instance=Instance.LIVE, chunks=(chunk,))
        for n, chunk in enumerate(chunks)
    }
    return View.of(KindState(kind="Thing"), shards)


def handed_over(target: int) -> tuple[View, list[View]]:
    """The view after the hand-over, and the one after each of its transactions."""
    start = view(target)
    draft = Draft(start, KindPolicy(protocol=Protocol.SEED), lambda: "op", Limits())
    draft.settle(0, ids(0, 100), 1, Reason.RELEASED)
    steps = []
    for transaction in draft.plan().transactions:
        # Raises TooLarge for what no store would take.
        encode_transaction(transaction, Layout(), Protocol.SEED, 0)
        start.apply(transaction)
        steps.append(View.of(start.state, start.shards))
    return start, steps


def test_two_documents_that_fit_are_written_together() -> None:
    after, steps = handed_over(50)
    assert len(steps) == 1
    assert set(after.shards[1].ids()) == {*ids(10_000, 50), *ids(0, 100)}


def test_two_that_do_not_fit_are_written_one_after_the_other_and_nothing_is_doubled() -> None:
    after, (between, last) = handed_over(4500)
    moved = set(ids(0, 100))
    assert not moved & between.index.keys(), "they stand nowhere, so that they may be placed"
    assert between.shards[0].releasing == 0
    assert moved <= set(after.shards[1].ids())
    assert after.index == last.index
    assert not after.duplicates
    assert after.load(1).used[0] == 4600
    assert (after.load(0).leaving[0], after.load(1).reserved[0]) == (0, 0)
    assert (after.shards[0].generation, after.shards[1].generation) == (3, 4)


@pytest.mark.parametrize("size", [1_000, 418_000])
def test_what_comes_back_to_its_own_document_never_stands_nowhere(size: int) -> None:
    """It went through nowhere, and lost its room, where the ids did not fit a second time."""
    start = view(0)
    draft = Draft(start, KindPolicy(protocol=Protocol.SEED), lambda: "op", Limits(size=size))
    draft.settle(0, ids(0, 100), 0, Reason.RETURNED)
    (only,) = draft.plan().transactions
    start.apply(only)
    assert [(one.verb, one.count) for one in only.decisions] == [("return", 100)]
    assert set(start.shards[0].ids()) == {*ids(0, 100), *ids(100, 4500)}
    assert (start.load(0).used[0], start.load(0).leaving[0], start.load(1).reserved[0]) == (4600, 0, 0)

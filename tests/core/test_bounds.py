"""What a transaction is reckoned to cost is never less than what the store counts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.balance.orchestration import Goal, plan_orchestration
from orchestrator.core.documents import Cost, chunk_size
from orchestrator.core.model import MAX_ID_BYTES, Chunk, KindState, Protocol, Releasing, id_fault
from orchestrator.core.placement.rule_policy import RulePolicy
from orchestrator.core.policy import KindPolicy, Limits
from orchestrator.store.codec import encode_chunk
from orchestrator.store.layout import Layout
from orchestrator.store.operations import size_of
from orchestrator.store.transaction import encode_transaction
from tests.core.worlds import World, world_of

IDS = st.lists(st.text(min_size=1, max_size=40).filter(lambda i: id_fault(i) is None), max_size=8).map(tuple)
ENTRIES = st.lists(
    st.builds(Releasing, generation=st.integers(0, 2**50), to=st.none() | st.integers(0, 10**9), ids=IDS),
    max_size=3,
).map(tuple)


@given(st.builds(Chunk, ids=IDS, releasing=ENTRIES))
def test_a_chunk_is_reckoned_no_smaller_than_its_document(chunk: Chunk) -> None:
    assert len(encode_chunk(chunk)) <= chunk_size(chunk)


@pytest.mark.parametrize("filling", ["x", "é", '"', "漢"])
@pytest.mark.parametrize("protocol", Protocol)
def test_a_kind_of_long_ids_stays_within_the_bounds(protocol: Protocol, filling: str) -> None:
    world = world_of(0, protocol=protocol, init_instances=20, each=30)
    length = (MAX_ID_BYTES - 8) // len(filling.encode())
    world.add(*(f"{i:06}{filling * length}" for i in range(600)))
    assert isinstance(world.orchestrate(), Goal)
    world.settle()
    assert world.owned() == set(world.catalog)
    world.drop(*list(world.catalog)[:500])
    world.settle()
    assert world.owned() == set(world.catalog)


@settings(max_examples=20, deadline=None)
@given(operations=st.integers(40, 480), size=st.integers(40_000, 448 * 1024), ids=st.integers(0, 900))
def test_every_transaction_is_within_its_own_limits(operations: int, size: int, ids: int) -> None:
    world = world_of(0, init_instances=12)
    world.limits = Limits(operations=operations, size=size)
    world.add(*(f"t{i}" for i in range(ids)))
    draft = world.draft()
    plan_orchestration(draft, list(world.catalog), ids, "p")
    plan = draft.plan()
    for transaction in plan.transactions:
        encoded = encode_transaction(transaction, Layout(), Protocol.V1, 1)
        assert len(encoded) <= operations
        assert size_of(encoded) <= size
    world.commit(plan)


def test_removing_many_shards_is_cut_like_anything_else() -> None:
    world: World = world_of(0, init_instances=3, most=150)
    for wanted in (150, 3):
        world.policy = type(world.policy)(init_instances=wanted, max_max_instances=200)
        assert isinstance(world.orchestrate(most=150), Goal)
        world.settle()
    assert len(world.view.shards) == 3


def test_a_shard_counts_once_whatever_is_written_of_it() -> None:
    cost = Cost()
    cost.write((1, 0), 100)
    once = (cost.operations, cost.size)
    cost.write((1, 0), 100)
    assert (cost.operations, cost.size) == once
    assert cost.with_chunks({(1, 0): 150}) == (once[0], once[1] + 50)


def test_a_transaction_of_shards_with_long_labels_stays_within_its_bounds() -> None:
    names = tuple(f"{n:0>63}" for n in range(16))
    rules = RulePolicy(shard_labels=tuple((name, ("ü" * 63,)) for name in names))
    policy = KindPolicy(init_instances=150, max_max_instances=200, rules=rules)
    world = World(policy=policy, state=KindState(kind="Thing", max_instances=200))
    world.orchestrate()
    assert len(world.view.shards) == 150
    assert world.transactions > 1

"""A store that is another's, or was not filled to its end, is led by nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator.core.decisions import Transaction
from orchestrator.core.model import UNFINISHED, KindState, Protocol, Revision
from orchestrator.engine.store_identity import InMemory, decide
from orchestrator.errors import Permanent
from orchestrator.store.codec import encode_revision
from orchestrator.store.document import Document
from orchestrator.store.memory import MemoryDocuments, MemoryStore
from tests.contract.changes import NEW, lead, put
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, things
from tests.simulation.world import World


async def test_an_import_that_was_cut_off_is_nobodys_store() -> None:
    store = MemoryStore(MemoryDocuments(), {"Thing": Protocol.V1})
    begun = replace(NEW, store_id=f"{UNFINISHED}0123456789abcdef-store-1")
    await put(store, await lead(store), Transaction(op="op", before=None, after=begun))
    with pytest.raises(Permanent, match="Thing was imported in part only: run that import again"):
        await decide(store, ["Thing"], InMemory())


async def test_a_kind_is_not_begun_in_the_store_of_another_installation(make_world: MakeWorld) -> None:
    world = make_world(kinds=("Thing", "Rule"))
    store = MemoryStore(world.documents, {"Thing": Protocol.V1, "Rule": Protocol.V1})
    state = KindState(kind="Thing", commit=1, store_id="theirs")
    office = await lead(store)
    await put(store, office, Transaction(op="op", before=None, after=state))
    await store.resign(office)
    node = world.add_node()
    node.identity.remember("ours")
    await world.until(lambda: bool(node.engine and node.engine.opened.is_set()), 10.0, "opened")
    assert node.engine is not None
    assert set(node.engine.closed_kinds) == {"Thing", "Rule"}
    assert await store.load("Rule") is None


async def test_a_replica_that_can_lead_no_kind_leaves_the_office_to_one_that_can(world: World) -> None:
    await at_rest(world, things(30))
    first = world.nodes[0]
    stranger = world.add_node("b")
    stranger.identity.remember("another")
    first.crash()
    await world.until(lambda: stranger.leads, 20.0, "the stranger leads")
    await first.gone()
    first.start()
    await world.until(lambda: first.leads, 60.0, "who knows the store leads again")
    world.publisher.create(KIND, ["new"])
    await world.rest(30.0)
    await world.pass_(120.0)
    assert first.leads


async def test_a_store_that_lost_its_data_is_left_to_nobody_who_would_begin_anew(
    make_world: MakeWorld,
) -> None:
    world = make_world(store_id="")
    keeper = world.add_node("a")
    keeper.identity.remember("earlier")
    await world.until(lambda: keeper.leads, 5.0, "it leads")
    world.add_node("b")
    await world.pass_(200.0)
    assert keeper.leads and world.transactions == 0


@pytest.mark.parametrize("number", [1, 2])
async def test_a_template_that_a_hand_left_of_a_removed_kind_is_in_nobodys_way(
    make_world: MakeWorld, number: int
) -> None:
    world = make_world()
    left = Revision(kind=KIND, number=number, digest="d", template="by hand")
    document = Document(encode_revision(left), 0)
    world.documents.documents[world.documents.layout.revision(KIND, number)] = document
    await at_rest(world, things(30))
    node = world.nodes[0]
    node.crash()
    await node.gone()
    world.setups[0] = replace(world.setups[0], template="changed")
    node.start()
    await world.rest(30.0)
    assert world.documents.seen[KIND].loaded.state.revision == 3

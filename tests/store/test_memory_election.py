"""Several orchestrators on one set of documents: who waits, who is next, what an ended session may do."""

from __future__ import annotations

import math

import pytest

from orchestrator.core.decisions import Committed, Deposed, Transaction
from orchestrator.core.model import KindState, Protocol
from orchestrator.errors import Unavailable
from orchestrator.ports import Held, Office
from orchestrator.store.memory import MemoryDocuments, MemoryStore

CREATE = Transaction(op="op", before=None, after=KindState(kind="Thing"))


@pytest.fixture
def stores() -> list[MemoryStore]:
    documents = MemoryDocuments()
    return [MemoryStore(documents, {"Thing": Protocol.V1}) for _ in range(3)]


async def test_candidates_take_office_in_the_order_in_which_they_asked(stores: list[MemoryStore]) -> None:
    one, two, three = stores
    assert isinstance(await one.campaign("one", "u1"), Office)
    assert await three.campaign("three", "u3") == Held(holder="one", url="u1", epoch=1)
    assert await two.campaign("two", "u2") == Held(holder="one", url="u1", epoch=1)
    one.expire()
    assert isinstance(await two.campaign("two", "u2"), Held)
    assert isinstance(await three.campaign("three", "u3"), Office)
    await three.close()
    office = await two.campaign("two", "u2")
    assert isinstance(office, Office)
    assert office.epoch == 3


async def test_a_candidate_who_is_first_but_has_not_taken_office_keeps_the_others_out(
    stores: list[MemoryStore],
) -> None:
    one, two, _ = stores
    office = await one.campaign("one", "")
    assert isinstance(office, Office)
    assert isinstance(await two.campaign("two", ""), Held)
    await one.resign(office)
    assert isinstance(await one.campaign("one", ""), Held)
    assert isinstance(await two.campaign("two", ""), Office)


async def test_an_ended_session_may_commit_until_a_successor_takes_office_but_not_fence(
    stores: list[MemoryStore],
) -> None:
    one, two, _ = stores
    office = await one.campaign("one", "")
    assert isinstance(office, Office)
    one.expire()
    assert isinstance(await one.fence(office), Deposed)
    assert await one.commit(CREATE, office) == Committed()
    assert isinstance(await two.campaign("two", ""), Office)
    assert isinstance(await one.commit(CREATE, office), Deposed)


async def test_closing_one_handle_leaves_the_documents_to_the_others(stores: list[MemoryStore]) -> None:
    one, two, _ = stores
    office = await one.campaign("one", "")
    assert isinstance(office, Office)
    await one.commit(CREATE, office)
    await one.close()
    assert await two.load("Thing") is not None
    with pytest.raises(Unavailable):
        await one.load("Thing")


async def test_the_lease_is_what_the_world_says_while_the_session_lives(stores: list[MemoryStore]) -> None:
    office = await stores[0].campaign("one", "")
    assert isinstance(office, Office)
    assert stores[0].valid_until(office) == math.inf
    stores[0].lease_until = 7.5
    assert stores[0].valid_until(office) == 7.5
    stores[0].expire()
    assert stores[0].valid_until(office) == -math.inf

"""Two versions side by side on one store, and the day after: the store is converted while instances go on."""

from __future__ import annotations

import json

import pytest

from orchestrator.core.decisions import Refused
from orchestrator.engine.answers.upgrade import LayoutStatus
from orchestrator.errors import Doubtful, NotNow
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, held, things
from tests.simulation.faulty_store import Fault
from tests.simulation.node import Node
from tests.simulation.world import World
from tests.store.next_version import NEXT

INSTANCES = 10


async def pair(make_world: MakeWorld) -> tuple[World, Node, Node]:
    """``a`` leads, of this version; ``b`` is of the next one."""
    world = await at_rest(make_world(), things(30))
    world.documents.migration = NEXT
    newer = world.add_node("b", NEXT)
    await world.until(lambda: newer.engine is not None and newer.engine.overview().ready, 10.0, "b follows")
    return world, world.nodes[0], newer


async def end(world: World, node: Node, other: Node) -> None:
    node.crash()
    await world.until(lambda: other.leads, 20.0, f"{other.name} leads")
    await world.rest(30.0)


async def again(world: World, node: Node) -> None:
    await node.gone()
    node.start()
    await world.pass_(3.0)


async def finalized(world: World, node: Node) -> LayoutStatus:
    assert node.engine is not None
    answer = await node.engine.finalize(actor="test")
    assert isinstance(answer, LayoutStatus), answer
    return answer


def layouts(world: World) -> set[int]:
    """Of all documents of the kind."""
    layout, found = world.documents.layout, world.documents.documents
    of = {path for path in found if layout.is_of(KIND, path) and not path.endswith("/tmp")}
    return {json.loads(found[path].body).get("layout", 1) for path in of}


async def served(world: World, *ids: str) -> None:
    world.publisher.create(KIND, list(ids))
    await world.rest(30.0)
    assert all(held(world, one) for one in ids)
    assert len(world.workforce.started) == INSTANCES, "no instance was replaced"


async def test_a_new_store_begins_with_the_newest_layout_and_says_so(make_world: MakeWorld) -> None:
    world = make_world()
    world.documents.migration = NEXT
    world.publisher.create(KIND, things(30), tell=False)
    node = world.add_node("b", NEXT)
    await world.rest(30.0)
    assert world.documents.written == 2 and layouts(world) == {2}
    assert node.engine is not None
    status = await node.engine.store_layout()
    assert (status.layout, status.can_finalize) == (2, False)
    assert status.why == "the store has layout 2, and this program knows no newer one"


@pytest.mark.parametrize("fault", [Fault.APPLIED, Fault.LOST])
async def test_a_new_store_is_written_in_what_it_says_when_the_answer_to_that_is_lost(
    make_world: MakeWorld, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world()
    world.documents.migration = NEXT
    world.publisher.create(KIND, things(30), tell=False)
    first = iter(["declare"])
    monkeypatch.setattr(
        world.weather, "store_fault", lambda call: fault if call == "declare" and next(first, "") else None
    )
    node = world.add_node("b", NEXT)
    await world.rest(30.0)
    assert node.store is not None and node.store.faulty.hits[fault] == 1
    assert world.documents.written == 2 and layouts(world) == {2}


@pytest.mark.parametrize("fault", [Fault.APPLIED, Fault.LOST])
async def test_a_word_whose_answer_is_lost_is_doubtful_or_done(make_world: MakeWorld, fault: Fault) -> None:
    world, old, new = await pair(make_world)
    await end(world, old, new)
    await world.pass_(10.0)
    assert new.store is not None and new.engine is not None
    new.store.faulty.inject("declare", fault)
    if fault is Fault.LOST:
        with pytest.raises(Doubtful, match="not converted, or not yet"):
            await finalized(world, new)
        await served(world, "x1")
        assert layouts(world) == {1}
    else:
        await finalized(world, new)
    await world.rest(30.0)
    await finalized(world, new)
    await world.until(lambda: new.leads and layouts(world) == {2}, 30.0, "it is converted")
    await served(world, "x2")


async def test_either_version_leads_in_turn_and_the_older_layout_stays(make_world: MakeWorld) -> None:
    world, old, new = await pair(make_world)
    assert layouts(world) == {1}
    await end(world, old, new)
    await served(world, "x1")
    await again(world, old)
    await end(world, new, old)
    await served(world, "x2")
    assert layouts(world) == {1}


async def test_the_store_is_not_converted_while_an_older_version_is_seen(make_world: MakeWorld) -> None:
    world, old, new = await pair(make_world)
    await end(world, old, new)
    await again(world, old)
    assert new.engine is not None and old.engine is not None
    answer = await new.engine.finalize(actor="test")
    assert isinstance(answer, Refused)
    assert answer.detail == "Nothing was changed: not every replica knows layout 2: a (layout 1)."
    with pytest.raises(NotNow):
        await old.engine.finalize(actor="test")
    assert world.documents.written == 1
    await end(world, new, old)
    await again(world, new)
    answer = await old.engine.finalize(actor="test")
    assert isinstance(answer, Refused)
    assert answer.reasons == ("this program knows layout 1 only, and others know more: b (layouts 1 to 2)",)
    await served(world, "x1")


async def test_the_store_is_converted_and_no_instance_is_replaced(make_world: MakeWorld) -> None:
    world, old, new = await pair(make_world)
    await end(world, old, new)
    await world.pass_(10.0)  # until the session of the one that crashed has ended
    assert new.engine is not None
    tried = await new.engine.finalize(actor="test", dry_run=True)
    assert isinstance(tried, LayoutStatus) and tried.can_finalize and world.documents.written == 1
    done = await finalized(world, new)
    assert (done.layout, done.next, done.can_finalize) == (1, 2, False)
    await world.until(lambda: new.leads and layouts(world) == {2}, 10.0, "b leads again")
    assert layouts(world) == {2}
    assert (await new.engine.store_layout()).layout == 2
    assert (await finalized(world, new)).layout == 2, "asked again, it is so"
    await served(world, "x1")
    assert layouts(world) == {2}


async def test_an_older_version_says_that_it_cannot_lead_and_does_not(make_world: MakeWorld) -> None:
    world, old, new = await pair(make_world)
    await end(world, old, new)
    await world.pass_(10.0)
    await finalized(world, new)
    await world.rest(30.0)
    await again(world, old)
    assert old.engine is not None
    overview = old.engine.overview()
    sentence = "the store has layout 2, and this program reads and writes layout 1: it is too old to lead"
    assert not overview.ready
    assert [(one.name, one.ok) for one in overview.dependencies] == [("store", False)]
    assert sentence in overview.dependencies[0].detail
    assert f"b leads, this orchestrator follows and could not take over: {sentence}" in overview.standing.why
    new.crash()
    await world.pass_(30.0)
    assert not old.leads and sentence in old.engine.standing().why
    await old.engine.recall()
    assert list(old.engine.overview().kinds) == [], "it reads nothing that it may misread"
    with pytest.raises(NotNow, match="it is too old to lead"):
        old.engine.kind(KIND)
    await again(world, new)
    await world.until(lambda: new.leads, 20.0, "b leads again")
    await served(world, "x1")


@pytest.mark.parametrize("fault", [Fault.APPLIED, Fault.LOST, Fault.LATE, Fault.UNAVAILABLE])
@pytest.mark.parametrize("call", ["convert", "declare"])
async def test_a_conversion_whose_answer_is_lost_is_finished(
    make_world: MakeWorld, fault: Fault, call: str
) -> None:
    world, old, new = await pair(make_world)
    await end(world, old, new)
    await world.pass_(10.0)
    assert new.store is not None
    # the first declaration is the person's, which meets no fault here
    new.store.faulty.inject(call, *((None,) if call == "declare" else ()), fault)
    await finalized(world, new)
    await world.until(lambda: new.leads and layouts(world) == {2}, 60.0, "it is converted")
    await new.store.faulty.deliver()
    await world.rest(60.0)
    assert new.store.faulty.hits[fault] == 1
    await served(world, "x1")
    assert world.documents.written == 2
    assert b'"next"' not in world.documents.documents[world.documents.layout.layout].body


def lost(node: Node) -> bool:
    """Whether a write of its conversion came to nothing."""
    return node.store is not None and node.store.faulty.hits[Fault.LOST] > 0


async def test_a_crash_in_the_midst_of_a_conversion_leaves_it_to_the_next_leader(
    make_world: MakeWorld,
) -> None:
    world, old, new = await pair(make_world)
    third = world.add_node("c", NEXT)
    old.crash()
    await world.until(lambda: new.leads or third.leads, 20.0, "either leads")
    await world.rest(30.0)
    leader = next(node for node in (new, third) if node.leads)
    for node in (new, third):
        assert node.store is not None
        node.store.faulty.inject("convert", Fault.LOST)
    await finalized(world, leader)
    await world.until(lambda: any(map(lost, (new, third))), 5.0, "it has begun")
    assert world.documents.written == 2 and layouts(world) == {1}, "begun is not done"
    next(node for node in (new, third) if lost(node)).crash()
    await world.until(lambda: layouts(world) == {2}, 60.0, "another one has converted it")
    await world.rest(60.0)
    await served(world, "x1")

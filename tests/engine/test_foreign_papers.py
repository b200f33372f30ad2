"""Papers that a hand wrote, or that take no more: the kind goes on, and somebody is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orchestrator.core.decisions import Refused
from orchestrator.core.papers import MAX_PAPERS
from orchestrator.core.policy import Limits
from orchestrator.engine.answers.quarantine import Quarantined
from orchestrator.errors import NotNow
from orchestrator.store.memory import MemoryDocuments
from orchestrator.store.operations import Create, Delete, Operation, Set
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, owner, shards, succeed, things
from tests.engine.test_plans import apply, make, placed, ready
from tests.simulation.world import World


def write(world: World, name: str, body: bytes | None) -> None:
    """Have the paper say this, whatever it says, and the leader see that the store was edited."""
    documents = world.documents
    path, kind = documents.layout.paper(KIND, name), documents.layout.kind(KIND)
    known, state = documents.documents.get(path), documents.documents[kind]
    change: list[Operation] = [Set(kind, state.body, state.version)]
    if body is None:
        change += [] if known is None else [Delete(path, known.version)]
    elif known is None:
        change.append(Create(path, body))
    else:
        change.append(Set(path, body, known.version))
    assert MemoryDocuments.apply(documents, change) is None
    documents._look_at(KIND, None)


async def quarantined(world: World, resource_id: str) -> Quarantined | Refused | None:
    return await world.engine.quarantine_add(KIND, resource_id, seconds=None, why="test", actor="test")


@pytest.mark.parametrize(
    "body",
    [
        b"not JSON",
        b"[" * 100_000,
        b'{"t1":{"since":1,"until":1e400,"by":"x","evidence":[],"times":1,"tried":null}}',
        b'{"t1":{"since":1,"until":NaN,"by":"x","evidence":[],"times":1,"tried":null}}',
        b'{"t1":{"since":1,"until":1e300,"by":"x","evidence":[],"times":1,"tried":null}}',
        b'{"t1":{"since":1,"until":2,"by":"x","evidence":[],"times":Infinity,"tried":null}}',
        b'{"\\ud800":{"since":1,"until":2,"by":"x","evidence":[],"times":1,"tried":null}}',
    ],
)
async def test_a_quarantine_that_cannot_be_read_keeps_nobody_apart_stops_nothing_and_is_told(
    make_world: MakeWorld, body: bytes
) -> None:
    world = await at_rest(make_world(), things(40))
    write(world, "quarantine", body)
    await world.engine.resync(KIND, actor="test")
    await world.pass_(70.0)
    world.publisher.create(KIND, ["new"])
    await world.pass_(5.0)
    assert None not in (owner(world, "new"), owner(world, "t1"))
    assert any("the paper quarantine" in alarm for alarm in world.engine.kind(KIND).alarms)
    # a person writes it anew
    assert isinstance(await quarantined(world, "t2"), Quarantined)
    await world.pass_(5.0)
    assert owner(world, "t2") is None
    assert not any("the paper quarantine" in alarm for alarm in world.engine.kind(KIND).alarms)


async def test_where_no_paper_fits_any_more_nobody_is_set_apart_and_the_kind_goes_on(
    make_world: MakeWorld,
) -> None:
    world = await at_rest(make_world(), things(40))
    for number in range(MAX_PAPERS):
        write(world, f"foreign.{number}", b"{}")
    await world.engine.resync(KIND, actor="test")
    await world.pass_(5.0)
    with pytest.raises(NotNow, match="cannot be written: the kind has"):
        await quarantined(world, "t1")
    pinned = await world.engine.pin(KIND, "t1", shard=1, actor="test")
    assert isinstance(pinned, Refused) and "the kind has" in pinned.detail
    world.publisher.create(KIND, ["new"])
    await world.pass_(5.0)
    assert None not in (owner(world, "new"), owner(world, "t1"))
    assert any("cannot be written" in alarm for alarm in world.engine.kind(KIND).alarms)
    for number in range(10):
        write(world, f"foreign.{number}", None)
    await world.engine.resync(KIND, actor="test")
    await world.pass_(5.0)
    assert isinstance(await quarantined(world, "t1"), Quarantined)


def damaged(world: World, number: int) -> None:
    write(world, f"plan.{number}", b"{}")


def listless(world: World, number: int) -> None:
    write(world, f"moves.{number}.0", b'{"layout":1,"zlib":"AAAA"}')


def gone(world: World, number: int) -> None:
    write(world, f"plan.{number}", None)


@pytest.mark.parametrize("spoil", [damaged, listless, gone])
async def test_a_plan_cut_off_whose_papers_are_damaged_is_planned_anew_by_the_next_leader(
    make_world: MakeWorld, spoil: Callable[[World, int], None]
) -> None:
    world = await cut_off(make_world, spoil)
    await succeed(world, world.nodes[0])
    await world.rest(200.0)
    assert len(placed(world)) == 100
    assert sorted(shard.used for shard in shards(world).values()) == [16, 16, 17, 17, 17, 17]


async def test_a_kind_paused_while_an_orchestration_was_cut_off_is_served_and_goes_on_when_it_is_resumed(
    make_world: MakeWorld,
) -> None:
    def pause(world: World, number: int) -> None:
        world.documents.by_hand(world.documents.layout.kind(KIND), lambda body: {**body, "paused": True})

    world = await cut_off(make_world, pause)
    await succeed(world, world.nodes[0])
    await world.pass_(60.0)
    before = placed(world)
    # what nobody told of is found by the resync, and nothing moves
    world.publisher.create(KIND, ["new"], tell=False)
    await world.engine.resync(KIND, actor="test")
    await world.pass_(5.0)
    assert owner(world, "new") is not None
    assert world.engine.kind(KIND).ready
    assert before.items() <= placed(world).items()
    await world.engine.pause_kind(KIND, paused=False, actor="test")
    await world.rest(200.0)
    assert len(shards(world)) == 6


async def test_a_kind_whose_orchestration_was_cut_off_and_fits_no_more_is_served_and_says_so(
    make_world: MakeWorld,
) -> None:
    def shrink(world: World, number: int) -> None:
        sizes = {"resourcePerInstance": 5, "maxInstances": 6}
        path = world.documents.layout.paper(KIND, f"plan.{number}")
        world.documents.by_hand(world.documents.layout.kind(KIND), lambda body: {**body, **sizes})
        world.documents.by_hand(path, lambda body: {"damaged": True})

    world = await cut_off(make_world, shrink)
    await succeed(world, world.nodes[0])
    await world.pass_(60.0)
    gone = sorted(placed(world))[0]
    world.publisher.delete(KIND, [gone], tell=False)
    await world.engine.resync(KIND, actor="test")
    await world.pass_(20.0)
    assert owner(world, gone) is None
    assert any("at 5 each need" in alarm for alarm in world.engine.kind(KIND).alarms)


async def cut_off(make_world: MakeWorld, spoil: Callable[[World, int], None]) -> World:
    """A world whose leader crashed after the first transaction of a plan that it was applying."""
    world = await ready(make_world, limits=Limits(operations=25))
    number = (await make(world)).proposal.number
    node, since = world.nodes[0], world.transactions

    def crash(transaction: object) -> None:
        if world.transactions - since == 1:
            node.crash()

    world.on_commit = crash
    asking = world.loop.spawn(node.label, apply(world, number))
    await world.pass_(2.0)
    asking.cancel()
    goal = world.documents.seen[KIND].loaded.state.rebalance
    assert goal is not None and not goal.is_planned
    spoil(world, number)
    return world


async def test_a_plan_that_was_paused_while_its_shards_were_made_stays_paused_with_the_next_leader(
    make_world: MakeWorld,
) -> None:
    def pause(world: World, number: int) -> None:
        path = world.documents.layout.paper(KIND, f"plan.{number}")
        world.documents.by_hand(path, lambda body: {**body, "stage": "paused"})

    world = await cut_off(make_world, pause)
    homes = placed(world)
    await succeed(world, world.nodes[0])
    await world.pass_(60.0)
    assert (world.engine.plan(KIND, 2).stage, placed(world)) == ("paused", homes)
    assert len(shards(world)) == 6
    await world.engine.act_on_plan(KIND, 2, act="resume", actor="test")
    await world.rest(200.0)


async def test_what_bears_no_name_of_a_paper_is_nobodys_and_an_export_leaves_it_out(world: World) -> None:
    await at_rest(world, things(10))
    write(world, "Not_Ours", b"x")
    write(world, "ours.1", b"x")
    await world.engine.resync(KIND, actor="test")
    await world.pass_(5.0)
    papers = world.engine._steward(KIND).tenure.view.papers
    assert "ours.1" in papers
    assert "Not_Ours" not in papers
    assert not world.engine.kind(KIND).alarms

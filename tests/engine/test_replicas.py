"""Two orchestrators: one leads, the other waits; each may lead again, and begins anew with each term."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from orchestrator.clock import SystemClock
from orchestrator.engine.engine import ADOPT_EVERY_S
from orchestrator.engine.lookout import Lookout
from orchestrator.errors import NotNow, Unavailable
from orchestrator.ports import Connected, Held
from tests.engine.conftest import MakeWorld
from tests.engine.reading import reading_of
from tests.engine.scenes import KIND, at_rest, held, is_live, orchestrate, owner, shards, things
from tests.simulation.loop import PROCESS
from tests.simulation.node import SESSION_S
from tests.simulation.world import World


def effects(world: World, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """Which process asked the runtime for anything but a look, and when."""
    asked: list[tuple[str, float]] = []
    for name in ("ensure", "stop"):
        inner = getattr(world.runtime, name)

        async def noted(*given: Any, inner: Any = inner, **more: Any) -> Any:
            asked.append((PROCESS.get(), world.loop.time()))
            return await inner(*given, **more)

        monkeypatch.setattr(world.runtime, name, noted)
    return asked


async def test_an_orderly_end_hands_over_at_once_and_leaves_every_instance_alone(world: World) -> None:
    await at_rest(world, things(30), nodes=2)
    first, second = world.nodes
    assert first.engine is not None
    world.publisher.create(KIND, ["new"])
    await asyncio.sleep(0.001)
    await first.engine.hand_over()
    took = await world.until(lambda: second.leads, 1.0, "the second leads", step=0.01)
    assert took < 0.1, "it is told, it does not ask now and then"
    await world.rest(10.0)
    assert held(world, "new") and len(world.workforce.started) == 10
    assert not first.is_up, "it does not stand for office again"


async def test_what_was_deposed_follows_and_leads_again_when_it_is_its_turn(world: World) -> None:
    await at_rest(world, things(30), nodes=2)
    first, second = world.nodes
    engine = first.engine
    assert engine is not None and second.engine is not None
    first.freeze()
    await world.until(lambda: second.leads, 10.0, "the second leads")
    first.thaw()
    await world.until(lambda: engine.standing().leader == "b", 10.0, "the first follows")
    standing = engine.standing()
    assert (standing.role, standing.url, standing.epoch) == ("follower", "http://b", 2)
    assert standing.can_pass_on and engine.term is None
    second.crash()
    await world.until(lambda: first.leads, 10.0, "the first leads again")
    assert first.engine is engine and engine.standing().epoch == 3
    world.publisher.create(KIND, ["new"])
    await world.rest(30.0)
    assert len(world.workforce.started) == 10


async def test_a_leader_that_lost_the_store_does_nothing_after_its_deadline(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = effects(world, monkeypatch)
    await at_rest(world, things(30), nodes=2)
    first, second = world.nodes
    engine, label = first.engine, first.label
    assert engine is not None
    began = world.loop.time()
    deadline = began + SESSION_S * 2 / 3
    first.cut_off()
    await world.until(lambda: not first.leads, 10.0, "it is in doubt")
    assert world.loop.time() <= deadline + 0.1
    assert not second.leads, "nobody leads for a while"
    world.workforce.crash(KIND, 4)
    standing = engine.standing()
    assert (standing.in_office, standing.leads) == (True, False)
    assert standing.age is not None and standing.age < 2.0
    assert engine.kind(KIND).counts.owned == 30, "it still says what it knows"
    assert engine.owner(KIND, "t3") is None, "though not without saying how old that is"
    with pytest.raises(NotNow):
        await engine.resync(KIND, actor="test")
    took = await world.until(lambda: is_live(world, 4, 11), 20.0, "the second replaces what crashed")
    assert second.leads and took < 10.0
    assert not [at for who, at in asked if who == label and at > deadline]
    first.reconnect()
    await world.until(lambda: engine.standing().leader == "b", 10.0, "the first follows")
    await world.rest(30.0)
    assert not [at for who, at in asked if who == label and at > deadline]


async def test_only_the_leader_is_subscribed(world: World) -> None:
    await at_rest(world, things(30), nodes=2)
    first, second = world.nodes
    assert [node.engine.counters["notifications.connects"] for node in world.nodes if node.engine] == [1, 0]
    assert first.engine is not None and second.engine is not None
    first.freeze()
    await world.until(lambda: second.leads, 10.0, "the second leads")
    first.thaw()
    await world.rest(30.0)
    seen = first.engine.counters["notifications.received"]
    world.publisher.create(KIND, ["new"])
    await world.rest(5.0)
    assert first.engine.counters["notifications.received"] == seen
    assert second.engine.counters["notifications.received"] == 1
    unread = anext(first.notifications.batches())
    assert await unread == [Connected()], "nothing waits there for the next term"


async def test_with_no_leader_the_store_is_read_and_its_age_is_told(world: World) -> None:
    await at_rest(world, things(30), nodes=2)
    first, second = world.nodes
    engine = second.engine
    assert engine is not None
    with pytest.raises(NotNow, match="a leads"):
        engine.kind(KIND)
    first.crash()
    await engine.recall()
    kind = engine.kind(KIND)
    assert kind.age is not None and kind.age < 1.0
    assert (kind.counts.catalog, kind.counts.owned, kind.counts.arriving) == (None, 0, 30)
    assert sum(shard.used for shard in engine.shards(KIND)) == 30
    assert {one.phase for one in engine.instances()} == {"unknown"}
    found = await engine.resource(KIND, "t3")
    assert found is not None and found.shard == owner(world, "t3")
    assert await engine.resource(KIND, "t99") is None
    with pytest.raises(NotNow):
        await engine.orchestrate(
            KIND, max_instances=None, resource_per_instance=None, dry_run=False, actor="test"
        )
    world.weather.out.add("store")
    await world.pass_(3.0)
    await engine.recall()
    assert 3.0 <= (engine.kind(KIND).age or 0.0) < 4.0, "what was read once is shown, ever older"
    world.weather.out.clear()
    await world.until(lambda: second.leads, 20.0, "the second leads")
    await world.until(lambda: engine.kind(KIND).age is None, 5.0, "and answers from its own view")


async def test_what_was_never_read_is_unknown_and_not_empty(world: World) -> None:
    await at_rest(world, things(30), nodes=2)
    second = world.nodes[1].engine
    assert second is not None
    world.weather.out.add("store")
    with pytest.raises(Unavailable):
        await second.recall()
    world.weather.out.clear()


async def test_two_that_start_at_once_on_an_empty_store_agree_on_its_id(make_world: MakeWorld) -> None:
    world = make_world(store_id="")
    await at_rest(world, things(30), nodes=2)
    stored = world.documents.seen[KIND].loaded.state.store_id
    assert stored
    await world.pass_(2 * ADOPT_EVERY_S)
    assert [node.identity.known for node in world.nodes] == [stored, stored]


async def test_a_store_without_its_data_is_not_begun_anew_by_whoever_remembers_it(world: World) -> None:
    node = world.add_node()
    node.identity.remember("earlier")
    await world.until(lambda: node.leads, 5.0, "it leads")
    await world.pass_(30.0)
    assert node.engine is not None and world.transactions == 0
    with pytest.raises(NotNow, match="the store is empty, and memory says that it held earlier"):
        node.engine.kind(KIND)
    assert not node.engine.overview().ready


async def test_readers_of_the_stream_are_sent_away_with_the_office_and_reload_after_it(world: World) -> None:
    await at_rest(world, things(30), nodes=2)
    first, second = world.nodes
    assert first.engine is not None and second.engine is not None
    stream = reading_of(first.engine.stream, None)
    reading = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    await orchestrate(world, max_instances=50)
    last = (await reading)[-1].id
    ended = asyncio.ensure_future(_drain(stream))
    await first.engine.hand_over()
    await world.until(lambda: ended.done() and second.leads, 5.0, "the reader was sent away")
    assert (await anext(reading_of(second.engine.stream, last)))[0].event == "reload"


async def _drain(stream: Any) -> None:
    async for _ in stream:
        pass


async def test_the_shards_stay_as_they_are_through_many_changes_of_office(world: World) -> None:
    await at_rest(world, things(30), nodes=2)
    before = shards(world)
    for _ in range(6):
        leader = world.leader
        assert leader is not None
        leader.freeze()
        await world.until(lambda: world.leader not in (None, leader), 15.0, "the other leads")  # noqa: B023
        leader.thaw()
        await world.rest(30.0)
    assert {n: (s.incarnation, set(s.ids())) for n, s in shards(world).items()} == {
        n: (s.incarnation, set(s.ids())) for n, s in before.items()
    }
    assert len(world.workforce.started) == 10


def test_who_led_from_this_very_address_before_a_restart_is_nobody_to_pass_on_to() -> None:
    lookout = Lookout(SystemClock(), lambda: "http://a")
    lookout.heard(Held(holder="a-1", url="http://a", epoch=1))
    assert (lookout.standing("a-2", None).leader, lookout.standing("a-2", None).can_pass_on) == ("", False)
    lookout.heard(Held(holder="b-1", url="http://b", epoch=2))
    assert lookout.standing("a-2", None).leader == "b-1"

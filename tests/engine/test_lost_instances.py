"""Instances of which nothing is known any more, and instances that this store cannot have made."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from orchestrator.core.decisions import Refused
from orchestrator.core.model import Instance
from orchestrator.errors import NotNow
from tests.engine.scenes import KIND, at_rest, is_live, journal, shards, things
from tests.simulation.world import World


def uid(world: World, number: int) -> str:
    return next(one.uid for one in world.engine.instances(KIND) if one.shard == number)


def lose(world: World, number: int) -> str:
    """Its node is gone with the process, and the runtime cannot tell."""
    found = uid(world, number)
    world.workforce.alive.pop((KIND, number)).kill()
    world.runtime.lose(KIND, number)
    return found


async def fence(world: World, number: int, named: str) -> Refused | None:
    return await world.engine.fence(KIND, number, uid=named, actor="test")


async def test_a_lost_instance_is_given_up_on_a_persons_word_only(world: World) -> None:
    await at_rest(world, things(30))
    lost = lose(world, 3)
    await world.until(
        lambda: shards(world)[3].instance is Instance.STOPPING, 60.0, "it is silent, so it is to be replaced"
    )
    await world.pass_(600.0)
    assert shards(world)[3].instance is Instance.STOPPING, "nothing proves its end"
    assert await fence(world, 3, lost) is None
    await world.until(lambda: is_live(world, 3, 11), 5.0, "its shard gets the next instance")
    await world.rest(30.0)
    [line] = await journal(world, "input-fence")
    assert (line.shard, line.detail, line.actor) == (3, lost, "test")


async def test_what_still_answers_is_not_given_up(world: World) -> None:
    await at_rest(world, things(30))
    world.runtime.lose(KIND, 3)
    answer = await fence(world, 3, uid(world, 3))
    assert isinstance(answer, Refused) and "still answers" in answer.detail
    assert is_live(world, 3, 4)


async def test_a_new_leader_gives_nothing_up_before_it_would_have_been_heard_of(world: World) -> None:
    await at_rest(world, things(30))
    world.runtime.lose(KIND, 3)
    # it runs on, and does not find the next leader yet
    world.workforce.freeze(KIND, 3)
    node = world.nodes[0]
    node.crash()
    await node.gone()
    node.start()
    await world.until(
        lambda: node.leads and any(one.shard == 3 for one in world.engine.instances(KIND)), 30.0, "it leads"
    )
    answer = await fence(world, 3, uid(world, 3))
    assert isinstance(answer, Refused) and "only begun to listen" in answer.detail
    assert is_live(world, 3, 4)
    world.workforce.thaw(KIND, 3)
    await world.pass_(5.0)
    answer = await fence(world, 3, uid(world, 3))
    assert isinstance(answer, Refused) and "still answers" in answer.detail


async def test_what_the_runtime_knows_of_is_not_given_up(world: World) -> None:
    await at_rest(world, things(30))
    answer = await fence(world, 3, uid(world, 3))
    assert isinstance(answer, Refused) and "it is running" in answer.detail
    other = await fence(world, 3, "somebody else")
    assert isinstance(other, Refused) and "not somebody else" in other.detail
    assert isinstance(await fence(world, 77, "x"), Refused)
    assert is_live(world, 3, 4)


async def test_a_lost_instance_that_is_still_live_in_the_store_is_given_up_first(world: World) -> None:
    await at_rest(world, things(30))
    lost = lose(world, 3)
    # silent for long, as far as its channel says, though nobody has judged it
    world.heartbeats.cut()
    await world.pass_(world.settings.health.deadline + 1)
    assert is_live(world, 3, 4)
    asked = asyncio.ensure_future(fence(world, 3, lost))
    assert await asyncio.wait_for(asked, 10.0) is None
    world.heartbeats.mend()
    await world.until(lambda: is_live(world, 3, 11), 10.0, "its shard gets the next instance")
    stops = [line for line in await journal(world, "stop") if line.shard == 3]
    assert [(line.reason, line.detail) for line in stops] == [("operator", "fenced by test")]
    await world.rest(60.0)


async def test_what_comes_back_while_it_is_given_up_is_ended_in_good_order(world: World) -> None:
    await at_rest(world, things(30))
    lost = uid(world, 3)
    known = next(one for one in world.engine.instances(KIND) if one.shard == 3)
    seen = next(one for one in await world.runtime.observe(KIND) if one.shard == known.shard)
    world.runtime.lose(KIND, 3)
    world.workforce.freeze(KIND, 3)
    world.heartbeats.cut()
    await world.pass_(world.settings.health.deadline + 1)
    assert is_live(world, 3, 4)
    asked = asyncio.ensure_future(fence(world, 3, lost))
    member = world.engine.term.stewards[KIND].tenure.roster.members[3]
    while member.verdict is None:
        await asyncio.sleep(0)
    # its node answers again, just then, and it takes its time to end
    world.runtime.deafen(KIND, 3)
    world.runtime._seen[KIND, 3] = seen
    answer = await asked
    assert isinstance(answer, Refused) and "knows again" in answer.detail
    assert uid(world, 3) == lost
    world.heartbeats.mend()
    await world.until(lambda: is_live(world, 3, 11), 60.0, "it was ended and is replaced")
    await world.rest(60.0)


async def test_a_runtime_that_does_not_answer_forgets_nothing(world: World) -> None:
    await at_rest(world, things(30))
    lost = lose(world, 3)
    await world.until(lambda: shards(world)[3].instance is Instance.STOPPING, 60.0, "it is to be replaced")
    world.runtime.fail("force")
    with pytest.raises(NotNow):
        await fence(world, 3, lost)
    assert shards(world)[3].instance is Instance.STOPPING
    assert await fence(world, 3, lost) is None
    await world.rest(30.0)


async def test_an_instance_newer_than_the_store_is_an_alarm_that_says_what_to_do(world: World) -> None:
    await at_rest(world, things(30))
    spec = world.runtime.specs[KIND, 3]
    world.runtime.end(KIND, 3, 4)
    await asyncio.sleep(0)
    # as after a store was put back from an older copy: what came later runs on
    await world.runtime.ensure(replace(spec, incarnation=99))
    await world.until(
        lambda: any("99" in alarm for alarm in world.engine.kind(KIND).alarms), 30.0, "there is an alarm"
    )
    await world.pass_(60.0)
    [alarm] = [one for one in world.engine.kind(KIND).alarms if "99" in one]
    assert alarm.startswith("thing-3 runs incarnation 99 (thing-3:99), and the store knows ")
    assert "end it yourself" in alarm
    world.runtime.end(KIND, 3, 99)
    await world.rest(60.0)
    assert world.engine.kind(KIND).alarms == ()

"""The leader tells people what is wrong, once, and goes on where the leader before it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from orchestrator.core.alerting.book import AlertPolicy, Said
from orchestrator.core.policy import KindPolicy
from orchestrator.engine.alerting import SETTLES_S, Alerting, alarms_of
from orchestrator.engine.answers import Dependency, Overview
from orchestrator.errors import Permanent, Unavailable
from orchestrator.ports.alerts import Message, Target
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, shards, things
from tests.simulation.world import World

POLICY = AlertPolicy(after=60.0, quiet=120.0, repeat=None)


@dataclass
class Inbox:
    """``failing``: raised by every send."""

    names: tuple[str, ...] = ("oncall",)
    failing: Exception | None = None
    heard: list[tuple[str, Said, str]] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    @property
    def targets(self) -> Sequence[Target]:
        return [Target(name=name) for name in self.names]

    async def send(self, target: str, message: Message) -> None:
        if self.failing is not None:
            raise self.failing
        self.messages.append(message)
        self.heard += [(target, one.said, one.alarm.code) for one in message.notices]


@dataclass
class Page:
    text: str = ""
    failing: Exception | None = None
    saves: int = 0

    async def load(self) -> str:
        if self.failing is not None:
            raise self.failing
        return self.text

    async def save(self, text: str) -> None:
        if self.failing is not None:
            raise self.failing
        self.text, self.saves = text, self.saves + 1


def alerting(world: World, inbox: Inbox, page: Page, overview: Any = None) -> Alerting:
    names = iter(range(10**6))
    return Alerting(
        overview or world.engine.overview,
        inbox,
        page,
        world.clock,
        POLICY,
        interval=10.0,
        page=lambda: "http://127.0.0.1:8080/",
        name=lambda prefix: f"{prefix}-{next(names)}",
    )


async def world_of(make_world: MakeWorld) -> World:
    world = make_world(policy=KindPolicy(init_instances=3), resource_per_instance=40)
    return await at_rest(world, things(60))


async def rounds(work: Alerting, world: World, seconds: float) -> None:
    for _ in range(int(seconds / 10)):
        await work.round()
        await world.pass_(10.0)


async def test_what_needs_a_person_is_told_once_and_its_end_as_well(make_world: MakeWorld) -> None:
    world, inbox, page = await world_of(make_world), Inbox(), Page()
    work = alerting(world, inbox, page)
    await rounds(work, world, 120)
    assert inbox.heard == []
    one = next(iter(shards(world)[0].ids()))
    await world.engine.quarantine_add(KIND, one, seconds=9_000.0, why="", actor="test")
    await rounds(work, world, 300)
    assert inbox.heard == [("oncall", Said.OPEN, "quarantine")]
    assert page.saves == 2, "it is written when somebody was told, and not at each look"
    await world.engine.quarantine_lift(KIND, one, actor="test")
    await rounds(work, world, 300)
    assert inbox.heard[1:] == [("oncall", Said.RESOLVED, "quarantine")]
    assert len({message.id for message in inbox.messages}) == 2


async def test_the_next_leader_repeats_nothing_and_tells_what_is_over(make_world: MakeWorld) -> None:
    world, inbox, page = await world_of(make_world), Inbox(), Page()
    one, two = sorted(shards(world)[0].ids())[:2]
    for each in (one, two):
        await world.engine.quarantine_add(KIND, each, seconds=9_000.0, why="", actor="test")
    await rounds(alerting(world, inbox, page), world, 120)
    assert inbox.heard == [("oncall", Said.OPEN, "quarantine")]
    await rounds(alerting(world, inbox, page), world, 120)
    assert len(inbox.heard) == 1
    for each in (one, two):
        await world.engine.quarantine_lift(KIND, each, actor="test")
    successor = alerting(world, inbox, page)
    await rounds(successor, world, SETTLES_S)
    assert len(inbox.heard) == 1, "it has only begun to look"
    await rounds(successor, world, 120)
    assert inbox.heard[1:] == [("oncall", Said.RESOLVED, "quarantine")]


async def test_who_does_not_lead_tells_nothing(make_world: MakeWorld) -> None:
    world, inbox, page = await world_of(make_world), Inbox(), Page()
    await world.engine.quarantine_add(
        KIND, next(iter(shards(world)[0].ids())), seconds=9_000.0, why="", actor="test"
    )
    follower = alerting(world, inbox, page, lambda: replace(world.engine.overview(), leader=False))
    await rounds(follower, world, 300)
    assert inbox.heard == [] and page.saves == 0


async def test_who_could_not_be_told_is_told_later_and_the_others_at_once(make_world: MakeWorld) -> None:
    world, page = await world_of(make_world), Page()
    inbox = Inbox(failing=Unavailable("oncall answers 500"))
    await world.engine.quarantine_add(
        KIND, next(iter(shards(world)[0].ids())), seconds=9_000.0, why="", actor="test"
    )
    work = alerting(world, inbox, page)
    await rounds(work, world, 200)
    inbox.failing = Permanent("oncall refuses with 404")
    await rounds(work, world, 50)
    assert inbox.heard == []
    inbox.failing = None
    await rounds(work, world, 50)
    assert inbox.heard == [("oncall", Said.OPEN, "quarantine")]


async def test_a_book_that_cannot_be_read_or_written_keeps_nobody_from_being_told(
    make_world: MakeWorld,
) -> None:
    world, inbox, page = await world_of(make_world), Inbox(), Page(failing=Unavailable("away"))
    await world.engine.quarantine_add(
        KIND, next(iter(shards(world)[0].ids())), seconds=9_000.0, why="", actor="test"
    )
    await rounds(alerting(world, inbox, page), world, 200)
    page.failing, page.text = None, "no book at all"
    await rounds(alerting(world, Inbox(), page), world, 20)
    assert inbox.heard == [("oncall", Said.OPEN, "quarantine")]


async def test_a_bug_in_one_look_does_not_end_the_next(make_world: MakeWorld) -> None:
    world, inbox, page = await world_of(make_world), Inbox(), Page()
    faults = [RuntimeError("a bug")]

    def overview() -> Overview:
        if faults:
            raise faults.pop()
        return world.engine.overview()

    await world.engine.quarantine_add(
        KIND, next(iter(shards(world)[0].ids())), seconds=9_000.0, why="", actor="test"
    )
    running = asyncio.ensure_future(alerting(world, inbox, page, overview).run())
    await world.pass_(120.0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not faults and inbox.heard == [("oncall", Said.OPEN, "quarantine")]


async def test_every_alarm_of_a_kind_has_a_name_and_its_sentence(make_world: MakeWorld) -> None:
    world = await world_of(make_world)
    await world.engine.quarantine_add(
        KIND, next(iter(shards(world)[0].ids())), seconds=9_000.0, why="", actor="test"
    )
    await world.pass_(10.0)
    overview = world.engine.overview()
    away = Dependency(name="catalog", ok=False, detail="refused", age=1.0, effect="new ids wait")
    named = list(alarms_of(replace(overview, dependencies=[away])))
    assert [one.code for one in named] == ["dependency", "quarantine"]
    assert "new ids wait" in named[0].sentence
    assert [one.sentence for one in named[1:]] == list(world.engine.kind(KIND).alarms)

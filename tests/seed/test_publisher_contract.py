"""The messages that the seed's model hooks publish, and what each comes to in ZooKeeper."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from orchestrator.errors import InvalidMessage
from tests.seed.scene import Scene, scene

THERE = ["a", "b", "7"]

Message = dict[str, Any]


@pytest.fixture
async def world() -> AsyncIterator[Scene]:
    """Three things are owned, and no resync comes before its hour."""
    async with scene() as made:
        made.catalog.put("Thing", THERE)
        await made.lead(resync_interval=3600.0)
        await made.owned(THERE)
        await asyncio.sleep(1.3)
        yield made


def row(resource_id: str | int) -> Message:
    return {"id": resource_id, "name": "a row", "desc": None, "template": {"k": [1]}}


CREATED: list[tuple[Message, list[str]]] = [
    ({"o": "c", "k": {"id": "new"}, "instance": row("new")}, ["new"]),
    ({"o": "c", "k": "new", "instance": row("new")}, ["new"]),
    ({"o": "c", "k": {"id": 8}, "instance": row(8)}, ["8"]),
    ({"o": "bc", "keys": [{"id": "n1"}, {"id": "n2"}]}, ["n1", "n2"]),
    ({"o": "bc", "keys": ["n1", 9]}, ["n1", "9"]),
    ({"o": "bc"}, ["n1", "n2"]),
    ({"o": "c"}, ["new"]),
    ({"o": "c", "instance": row("new")}, ["new"]),
    ({"o": "u", "k": {"id": "late"}, "instance": row("late")}, ["late"]),
    ({"o": "bu", "where": {"name": "x"}}, ["late"]),
    ({"o": "bu"}, ["late"]),
]


async def test_what_was_created_is_owned_by_each_form_of_message(world: Scene) -> None:
    for message, ids in CREATED:
        world.catalog.put("Thing", ids)
        world.publish({**message, "t": "Thing"})
        await world.owned([*THERE, *ids], within=5)
        world.catalog.drop("Thing", ids)
        world.publish({"o": "bd", "t": "Thing", "where": {"id": ids}})
        await world.owned(THERE, within=5)


DELETED: list[tuple[Message, list[str]]] = [
    ({"o": "d", "k": {"id": "a"}, "instance": row("a")}, ["a"]),
    ({"o": "d", "k": {"id": 7}, "instance": row(7)}, ["7"]),
    ({"o": "bd", "where": {"id": "a"}}, ["a"]),
    ({"o": "bd", "where": {"id": 7}}, ["7"]),
    ({"o": "bd", "where": {"id": ["a", "b"]}}, ["a", "b"]),
    ({"o": "bd", "where": {"id": {"$in": ["a", 7]}}}, ["a", "7"]),
    # The operators of later versions of its ORM are symbols, which JSON leaves out.
    ({"o": "bd", "where": {"id": {}}}, ["a"]),
    ({"o": "bd", "where": {"thingId": "x"}}, ["a"]),
    ({"o": "bd", "where": {}}, ["a"]),
    ({"o": "bd"}, ["a"]),
    ({"o": "d"}, ["a"]),
]


async def test_what_was_deleted_is_released_by_each_form_of_message(world: Scene) -> None:
    for message, ids in DELETED:
        world.catalog.drop("Thing", ids)
        world.publish({**message, "t": "Thing"})
        await world.owned(set(THERE) - set(ids), within=5)
        world.catalog.put("Thing", ids)
        world.publish({"o": "bc", "t": "Thing", "keys": ids})
        await world.owned(THERE, within=5)


async def test_what_the_catalog_contradicts_or_is_no_thing_changes_nothing(world: Scene) -> None:
    before = world.tree()
    for message in (
        {"o": "c", "t": "Thing", "k": {"id": "never"}},
        {"o": "d", "t": "Thing", "k": {"id": "a"}},
        {"o": "bd", "t": "Thing", "where": {"id": ["a", "b"]}},
        {"o": "bd", "t": "Thing"},
        {"o": "u", "t": "Thing", "k": {"id": "a"}, "instance": row("a")},
        {"o": "c", "t": "ProtocolMeta", "k": {"id": "a"}},
        {"o": "bd", "t": "DeviceMeta", "where": {"id": "a"}},
    ):
        world.publish(message)
        await asyncio.sleep(0.1)
    await asyncio.sleep(2.0)
    assert world.tree() == before


async def test_a_message_that_comes_before_its_row_can_be_seen_is_looked_at_again(world: Scene) -> None:
    world.publish({"o": "c", "t": "Thing", "k": {"id": "soon"}, "instance": row("soon")})
    await asyncio.sleep(0.4)
    world.catalog.put("Thing", ["soon"])
    await world.owned([*THERE, "soon"], within=5)


async def test_messages_that_come_twice_and_in_the_wrong_order_end_as_the_catalog_is(world: Scene) -> None:
    world.catalog.put("Thing", ["new"])
    world.catalog.drop("Thing", ["a"])
    for operation, resource_id in (("d", "new"), ("c", "new"), ("c", "new"), ("c", "a"), ("d", "a")):
        world.publish({"o": operation, "t": "Thing", "k": {"id": resource_id}})
    await world.owned([*set(THERE) - {"a"}, "new"], within=8)


async def test_what_is_no_message_is_refused_where_it_is_decoded(world: Scene) -> None:
    for raw in (b"", b"[]", b'{"o":"x","t":"Thing"}', b'{"o":"c"}', b"\xff"):
        with pytest.raises(InvalidMessage):
            world.publish(raw)

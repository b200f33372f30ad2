"""What somebody else changed in ZooKeeper beside a leader is noticed at the next resync at the latest."""

from __future__ import annotations

import asyncio
import json

from tests.seed.scene import scene
from tests.services.waiting import until

THINGS = [f"t{number}" for number in range(9)]


async def test_an_id_that_was_taken_out_by_hand_is_owned_again_and_one_put_in_is_released() -> None:
    async with scene() as world:
        world.catalog.put("Thing", THINGS)
        await world.lead(resync_interval=1.0)
        place = (await world.owned(THINGS))["t4"][0]
        await asyncio.sleep(1.5)
        ids = [i for i in world.read(f"{place}/resources")["ids"] if i != "t4"]
        body = json.dumps({"ids": [*ids, "strange"]}).encode()
        world.eyes.set(f"{world.root}/Thing/{place}/resources", body)
        await world.owned(THINGS, within=15)
        assert world.engine is not None
        assert world.engine.counters["edited"] == 1


async def test_an_edit_that_cannot_be_read_leaves_what_is_believed_at_work() -> None:
    async with scene() as world:
        world.catalog.put("Thing", THINGS)
        await world.lead(resync_interval=1.0)
        await world.owned(THINGS)
        await asyncio.sleep(1.5)
        whole = world.eyes.get(f"{world.root}/Thing/0/resources")[0]
        world.eyes.set(f"{world.root}/Thing/0/resources", b"{")
        await asyncio.sleep(2.5)
        assert world.engine is not None
        assert world.engine.kind("Thing").counts.owned == len(THINGS)
        world.eyes.set(f"{world.root}/Thing/0/resources", whole)
        await until(lambda: world.engine is not None and world.engine.counters["edited"] > 0, 10, "noticed")
        await world.owned(THINGS)

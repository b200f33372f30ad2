"""Whatever becomes of the messages, the catalog decides what is owned in the end."""

from __future__ import annotations

import random

import pytest

from orchestrator.core.policy import KindPolicy
from orchestrator.ports import Notification, Witness
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, things


@pytest.mark.parametrize("seed", range(6))
async def test_messages_lost_doubled_and_out_of_order_end_in_the_same_ownership(
    make_world: MakeWorld, seed: int
) -> None:
    """The history of the catalog is the same each time; the messages are not."""
    history, noise = random.Random(1), random.Random(seed)
    world = make_world(policy=KindPolicy(init_instances=3, removal_floor=1_000, hold_ratio=1.0))
    await at_rest(world, things(40))
    late: list[Notification] = []
    there, number = set(things(40)), 100
    for _ in range(60):
        if history.random() < 0.5 or not there:
            number += 1
            changed, witness = f"t{number - history.choice((0, 0, 1))}", Witness.CREATED
            there.add(changed)
            world.publisher.create(KIND, [changed], tell=False)
        else:
            changed, witness = history.choice(sorted(there)), Witness.DELETED
            there.discard(changed)
            world.publisher.delete(KIND, [changed], tell=False)
        copies = noise.choice((0, 1, 1, 3)) if seed else 1
        late.extend([Notification(table="t_Thing", witness=witness, ids=(changed,))] * copies)
        if seed:
            noise.shuffle(late)
        while late and (noise.random() < 0.5 or not seed):
            world.publisher.push(late.pop())
        await world.pass_(noise.choice((0.0, 0.1, 2.0)))
    await world.rest(320.0)
    assert set(world.documents.seen[KIND].owned) == there

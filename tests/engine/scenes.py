"""How scenes begin, and what is looked at in them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from orchestrator.core.model import Instance, Shard
from orchestrator.engine.answers import OrchestrationSummary
from orchestrator.ports import JournalFilter, JournalLine
from tests.simulation.node import Node
from tests.simulation.world import World

KIND = "Thing"


def things(count: int, first: int = 0) -> list[str]:
    return [f"t{number}" for number in range(first, first + count)]


async def at_rest(world: World, ids: Iterable[str] = (), *, nodes: int = 1) -> World:
    """A world whose catalog holds the ids, all of them served."""
    world.publisher.create(KIND, list(ids), tell=False)
    for name in ("a", "b")[:nodes]:
        world.add_node(name)
        await asyncio.sleep(0.01)
    await world.rest(30.0)
    # and past the resyncs of the start, which would find what a scene is about to hide
    await world.pass_(5.0)
    return world


def shards(world: World) -> dict[int, Shard]:
    """As the store holds them."""
    return dict(world.documents.seen[KIND].loaded.shards)


def owner(world: World, resource_id: str) -> int | None:
    """The shard that owns the id in the store."""
    return world.documents.seen[KIND].owned.get(resource_id)


def owned_by(world: World, number: int) -> set[str]:
    return set(shards(world)[number].ids())


def is_live(world: World, number: int, incarnation: int) -> bool:
    shard = shards(world).get(number)
    return shard is not None and (shard.instance, shard.incarnation) == (Instance.LIVE, incarnation)


def held(world: World, resource_id: str) -> bool:
    """Whether some worker holds the id."""
    return any(resource_id in ids for ids in world.ledger.holdings(KIND).values())


async def orchestrate(world: World, **wanted: object) -> OrchestrationSummary:
    given = {"max_instances": None, "resource_per_instance": None, "dry_run": False, "actor": "test"}
    answer = await world.engine.orchestrate(KIND, **{**given, **wanted})  # type: ignore[arg-type]
    assert isinstance(answer, OrchestrationSummary), answer
    return answer


async def journal(world: World, verb: str) -> list[JournalLine]:
    """The lines of a verb, oldest first."""
    await asyncio.sleep(0.5)
    lines = await world.journal.read(JournalFilter(kind=KIND, verb=verb, limit=10_000))
    return list(reversed(lines))


async def succeed(world: World, crashed: Node) -> None:
    """The crashed orchestrator comes back and leads."""
    await crashed.gone()
    crashed.start()
    await world.until(lambda: crashed.leads, 30.0, "the next life leads")

"""What is done in a run of the matrix: where it begins, what somebody does, and what may happen unseen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from orchestrator.core.policy import HealthPolicy, KindPolicy, Limits
from orchestrator.engine.answers import OrchestrationSummary
from orchestrator.errors import ShardwrightError
from orchestrator.ports import Witness
from tests.simulation.worker_process import Temper
from tests.simulation.world import World, WorldSettings

KIND = "Thing"
COUNT = 24
SHARDS = 3

POLICY = KindPolicy(
    init_instances=SHARDS, move_floor=6, handoff_deadline=12.0, drain_deadline=20.0, removal_window=120.0
)
HEALTH = HealthPolicy(
    interval=4.0,
    late_after=4.4,
    deadline=12.0,
    startup_grace=6.0,
    window=12.0,
    stop_grace=4.0,
    backoff_most=8.0,
    stable_after=10.0,
)
SETTINGS = WorldSettings(
    kinds=(KIND,),
    policy=POLICY,
    health=HEALTH,
    limits=Limits(operations=25),
    max_instances=8,
    resource_per_instance=20,
    resync_interval=30.0,
)

Act = Callable[[World], Awaitable[None]]


async def nothing(world: World) -> None:
    """Nobody does anything."""


@dataclass(frozen=True, kw_only=True)
class Workload:
    """``prepare``: before anything runs; ``act``: what is disturbed; ``unseen``: what else happens while
    nobody leads.

    ``runs_before``: whether the world is at rest before ``act``, ``begin`` included; else the orchestrators
    start with it. ``moves``: whether it moves ids that are there; else all stay where they are.
    """

    name: str
    act: Act
    unseen: Act
    prepare: Callable[[World], None] = lambda world: None
    runs_before: bool = True
    begin: Act = nothing
    moves: bool = False


def things(count: int, first: int = 0) -> list[str]:
    return [f"t{number:02}" for number in range(first, first + count)]


async def orchestrate(world: World, resource_per_instance: int) -> None:
    """Ask as a person does who asks again until there is an answer."""
    for _ in range(90):
        leader = world.leader
        if leader is not None and leader.engine is not None:
            asked = leader.engine.orchestrate(
                KIND,
                max_instances=None,
                resource_per_instance=resource_per_instance,
                dry_run=False,
                actor="matrix",
            )
            answering = world.loop.spawn(leader.label, asked)
            await asyncio.wait([answering], timeout=30.0)
            if not answering.done():
                answering.cancel()
                await asyncio.wait([answering])
            if not answering.cancelled():
                failed = answering.exception()
                if failed is None:
                    refused = not isinstance(answering.result(), OrchestrationSummary)
                    world.story.require(not refused, f"an orchestration was refused: {answering.result()}")
                    return
                known = isinstance(failed, ShardwrightError)
                world.story.require(known, f"an orchestration was answered {failed!r}")
        await asyncio.sleep(1.0)
    world.story.require(False, "an orchestration was never answered")


async def _create(world: World) -> None:
    world.publisher.create(KIND, ["new"])


async def _delete(world: World) -> None:
    world.publisher.delete(KIND, ["t05"])


async def _create_again(world: World) -> None:
    world.publisher.create(KIND, ["t05"])


async def _delete_created(world: World) -> None:
    world.publisher.delete(KIND, ["new"])


async def _delete_and_create(world: World) -> None:
    world.publisher.delete(KIND, ["t05"])
    await asyncio.sleep(0.02)
    world.publisher.create(KIND, ["t05"])


async def _bulk(world: World) -> None:
    world.publisher.create(KIND, things(10, 100))
    world.publisher.delete(KIND, things(4))


async def _bulk_undone(world: World) -> None:
    world.publisher.delete(KIND, things(10, 100))
    world.publisher.create(KIND, things(4))


async def _up(world: World) -> None:
    await orchestrate(world, 6)


async def _down(world: World) -> None:
    await orchestrate(world, 20)


async def _one_comes_one_goes(world: World) -> None:
    world.publisher.create(KIND, ["late"])
    world.publisher.delete(KIND, ["t05"])


async def _instance_fails(world: World) -> None:
    world.workforce.crash(KIND, 1)


async def _all_fail(world: World) -> None:
    for kind, shard in sorted(world.workforce.alive):
        world.workforce.crash(kind, shard)


async def _workers_restart(world: World) -> None:
    """One after the other, each when the one before is back."""
    for shard in range(SHARDS):
        world.workforce.crash(KIND, shard)
        await asyncio.sleep(0.5)
        await world.rest(120.0)


async def _orchestrators_restart(world: World) -> None:
    for node in world.nodes:
        await node.restart()
        await world.rest(120.0)


async def _release(world: World) -> None:
    """One worker never lets go of anything, and is replaced for it."""
    await orchestrate(world, 6)


def _first_of_shard_0_hangs(world: World) -> None:
    tempers: list[Temper] = [Temper(hangs=True, release_s=0.0)]
    world.workforce.tempers = lambda spec: tempers.pop() if spec.shard == 0 and tempers else Temper()


async def _begin(world: World) -> None:
    for node in world.nodes:
        node.start()
        await asyncio.sleep(0.01)


async def _updates(world: World) -> None:
    world.publisher.tell(KIND, Witness.UPDATED, ["t01"])
    await asyncio.sleep(0.5)
    world.publisher.tell(KIND, Witness.UPDATED, [])


WORKLOADS = {
    one.name: one
    for one in (
        Workload(name="take office", act=_begin, unseen=_one_comes_one_goes, runs_before=False, moves=True),
        Workload(name="create", act=_create, unseen=_delete_created),
        Workload(name="delete", act=_delete, unseen=_create_again),
        Workload(name="delete and create", act=_delete_and_create, unseen=_delete),
        Workload(name="update", act=_updates, unseen=_one_comes_one_goes),
        Workload(name="bulk", act=_bulk, unseen=_bulk_undone),
        Workload(name="orchestrate up", act=_up, unseen=_one_comes_one_goes, moves=True),
        Workload(name="orchestrate down", begin=_up, act=_down, unseen=_one_comes_one_goes, moves=True),
        Workload(
            name="release of a move",
            prepare=_first_of_shard_0_hangs,
            act=_release,
            unseen=_one_comes_one_goes,
            moves=True,
        ),
        Workload(name="instance failure", act=_instance_fails, unseen=_all_fail),
        Workload(name="rolling restart of workers", act=_workers_restart, unseen=_all_fail),
        Workload(name="rolling restart of orchestrators", act=_orchestrators_restart, unseen=_all_fail),
    )
}

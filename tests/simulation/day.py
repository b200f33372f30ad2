"""A day in the life of a kind, through the whole engine in virtual time; its journal is a true recording.

Things come and go with the hours, some in bulk, a few weigh as much as a hundred others; instances crash, and
two orchestrations are asked for. ``python -m tests.simulation.day FILE`` writes the recording.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from orchestrator.bootstrap.parts import recorded_settings
from orchestrator.core.decisions import Refused
from orchestrator.ports import JournalFilter, Recorded, Witness
from orchestrator.replay.recording import entry, write_recording
from orchestrator.settings.kind import KindSettings
from tests.simulation.loop import VirtualLoop, simulate
from tests.simulation.worker_process import Temper
from tests.simulation.world import World, WorldSettings

KIND = "Thing"
HOUR_S = 3600.0
PAGE = 1000


@dataclass(frozen=True, kw_only=True)
class Day:
    """``things``: at the beginning. ``hours``: how long it is; what happens is spread over them.

    ``crashes``, ``imports``, ``orchestrations``: how many of each; an import brings ``imported`` things.
    """

    things: int = 10_000
    hours: float = 24.0
    created: int = 3_000
    deleted: int = 2_000
    imports: int = 3
    imported: int = 500
    crashes: int = 12
    orchestrations: int = 2
    seed: int = 7
    resource_per_instance: int = 1_000


def settings_of(day: Day) -> KindSettings:
    """Of the kind: an instance takes so many things, and three messages a second of each; there are twice
    as many instances as the things need, so that the messages decide who is full.
    """
    return KindSettings.model_validate(
        {
            "table": "t_Thing",
            "instance_name": "thing",
            "weight_columns": {"messages": "rate"},
            "capacity": {"messages": 3 * day.resource_per_instance},
            "resource_per_instance": day.resource_per_instance,
            "init_instances": 2 * day.things // day.resource_per_instance,
            "health": {"interval": 60.0, "deadline": 180.0, "startup_grace": 180.0},
        }
    )


def record_day(day: Day = Day()) -> list[bytes]:
    """The lines of its recording. The same day gives the same lines."""

    async def main(loop: VirtualLoop) -> list[bytes]:
        settings = settings_of(day)
        world = World(
            WorldSettings(
                policy=settings.policy(),
                health=settings.health_policy(stop_grace=10.0),
                resource_per_instance=day.resource_per_instance,
                start_s=1.5,
            ),
            day.seed,
        )
        dumped = recorded_settings(settings)
        world.setups = [replace(setup, settings=dumped) for setup in world.setups]
        world.workforce.tempers = lambda spec: Temper(release_s=0.3)
        # The checker goes through all ids each second, which is most of a day; other worlds have it.
        world._coverage.look = lambda: None  # type: ignore[method-assign]
        try:
            await _live(world, day)
            return list(write_recording(KIND, await _entries(world)))
        finally:
            await world.close()

    return simulate(main, day.seed, max_steps=1_000_000_000)


async def _live(world: World, day: Day) -> None:
    chance = random.Random(day.seed)
    first = _things(day.things, 0)
    _create(world, day, chance, first, tell=False)
    world.add_node("a")
    await world.rest(600.0)
    began = world.loop.time()
    present, number = list(first), day.things
    for at, verb in sorted(_happenings(day, chance)):
        await asyncio.sleep(max(0.0, began + at - world.loop.time()))
        if verb == "create" or verb == "import":
            many = day.imported if verb == "import" else 1
            new = _things(many, number)
            number += many
            _create(world, day, chance, new)
            present += new
        elif verb == "delete" and present:
            gone = present.pop(chance.randrange(len(present)))
            world.publisher.delete(KIND, [gone])
        elif verb == "crash":
            alive = sorted(world.workforce.alive)
            world.workforce.crash(*alive[chance.randrange(len(alive))])
        elif verb == "orchestrate":
            await _orchestrate(world)
    await asyncio.sleep(max(0.0, began + day.hours * HOUR_S - world.loop.time()))
    await world.rest(1200.0)
    leader = world.leader
    assert leader is not None
    assert leader.engine is not None
    await leader.engine.checkpoint(KIND, actor="day")


async def _orchestrate(world: World) -> None:
    answer = await world.engine.orchestrate(
        KIND, max_instances=None, resource_per_instance=None, dry_run=False, actor="day"
    )
    assert not isinstance(answer, Refused), answer


def _happenings(day: Day, chance: random.Random) -> Iterator[tuple[float, str]]:
    span = day.hours * HOUR_S
    for verb, many in (("create", day.created), ("delete", day.deleted)):
        for _ in range(many):
            yield _by_the_hour(chance) * span, verb
    for verb, many in (("import", day.imports), ("crash", day.crashes)):
        for _ in range(many):
            yield chance.uniform(0.05, 0.95) * span, verb
    for each in range(day.orchestrations):
        yield (each + 1) / (day.orchestrations + 1) * span, "orchestrate"


def _by_the_hour(chance: random.Random) -> float:
    """A moment of the day from 0 to 1: five times as likely at noon as at midnight."""
    while True:
        moment = chance.random()
        if chance.random() < 0.6 - 0.4 * math.cos(2.0 * math.pi * moment):
            return moment


def _things(count: int, first: int) -> list[str]:
    return [f"thing-{number:06}" for number in range(first, first + count)]


def _create(world: World, day: Day, chance: random.Random, ids: list[str], *, tell: bool = True) -> None:
    world.publisher.create(KIND, ids, tell=False)
    heaviest = max(20, day.resource_per_instance // 20)
    weights = {i: (1, min(heaviest, int(chance.paretovariate(1.1)))) for i in ids}
    world.catalog.put(KIND, weights)
    if tell:
        world.publisher.tell(KIND, Witness.CREATED, ids)


async def _entries(world: World) -> list[dict[str, Any]]:
    await asyncio.sleep(1.0)
    marks = await world.journal.read(JournalFilter(kind=KIND, verb="input-checkpoint", limit=100))
    first, last = min(one.sequence for one in marks), max(one.sequence for one in marks)
    found: list[Recorded] = []
    after = first - 1
    while page := await world.journal.recorded(KIND, after=after, limit=PAGE):
        found += [one for one in page if one.line.sequence <= last]
        after = page[-1].line.sequence
    return [entry_of(one) for one in found]


def entry_of(one: Recorded) -> dict[str, Any]:
    """A line of the journal as a line of a recording."""
    line = one.line
    return entry(
        at=line.at,
        verb=line.verb,
        reason=line.reason,
        shard=line.shard,
        to=line.to,
        count=line.count,
        op=line.op,
        body=one.body,
    )


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.simulation.day", description=__doc__)
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--hours", type=float, default=Day.hours)
    arguments.add_argument("--things", type=int, default=Day.things)
    arguments.add_argument("--seed", type=int, default=Day.seed)
    given = arguments.parse_args()
    day = Day(hours=given.hours, things=given.things, seed=given.seed)
    given.file.parent.mkdir(parents=True, exist_ok=True)
    given.file.write_bytes(gzip.compress(b"".join(record_day(day)), mtime=0))
    print(f"{given.file}: {day.hours:g} hours of {day.things} things, seed {day.seed}")


if __name__ == "__main__":
    main()

"""What a world is like when there is nothing left to do (L1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from orchestrator.core.coverage.cover import Cover
from orchestrator.core.health import Health
from orchestrator.core.model import Instance, Protocol, Shard
from orchestrator.core.poison.quarantine import apart_in
from orchestrator.core.policy import Acts
from orchestrator.errors import NotNow
from orchestrator.ports import InstanceSeen, Phase
from tests.simulation.workforce import AnyWorker

if TYPE_CHECKING:
    from tests.simulation.world import World


ROADS = 10
"""So many times its mean latency an exchange may be on the way, there and back, in a world that is well."""


async def faults_of_rest(world: World) -> list[str]:
    """Why the world is not at rest; empty when it is."""
    if world.leader is None:
        return ["nobody leads"]
    faults: list[str] = []
    for kind in world.kinds:
        running = {
            one.shard: one for one in await world.runtime.observe(kind) if one.phase is not Phase.ENDED
        }
        faults += [f"{kind}: {fault}" for fault in _of_kind(world, kind, running)]
    return faults


def _of_kind(world: World, kind: str, running: Mapping[int, InstanceSeen]) -> list[str]:
    seen = world.documents.seen.get(kind)
    if seen is None:
        return ["not in the store"]
    faults: list[str] = []
    apart = apart_in(seen.loaded.papers)
    catalog = world.catalog.ids(kind) - apart
    owned = set(seen.owned)
    if owned != catalog:
        faults.append(f"unowned {sorted(catalog - owned)[:5]}, surplus {sorted(owned - catalog)[:5]}")
    if world.settings.policy.poison.acts is Acts.ACT and world.settings.policy.protocol is Protocol.V1:
        # in a trial it is held for a moment, too
        faults += [f"{one} is poison, and not set apart" for one in owned & world.workforce.poison]
    if seen.releasing:
        faults.append(f"releasing {sorted(seen.releasing)[:5]}")
    if not seen.loaded.shards:
        faults.append("its first orchestration is still to come")
    if seen.loaded.state.rebalance is not None:
        faults.append("an orchestration is under way")
    for shard in seen.loaded.shards.values():
        worker = world.workforce.alive.get((kind, shard.number))
        faults += _of_shard(shard, running.get(shard.number), worker)
        if worker is not None and worker.answered_at < world.healed_at:
            faults.append(f"{worker.label} was not answered yet")
    faults += [f"orphan {number}" for number in running if number not in seen.loaded.shards]
    wanted = {(s.number, s.incarnation) for s in seen.loaded.shards.values()}
    held = world.ledger.holdings(kind)
    faults += [f"{process} holds ids" for process in held if process[1:3] not in wanted]
    if not faults:
        faults += _of_status(world, kind, len(catalog))
    return faults


def _of_shard(shard: Shard, seen: InstanceSeen | None, worker: AnyWorker | None) -> list[str]:
    faults = []
    if not shard.is_active or shard.instance is not Instance.LIVE:
        faults.append(f"shard {shard.number} is {shard.state}, {shard.instance}")
    runs = seen is not None and (seen.phase, seen.incarnation) == (Phase.RUNNING, shard.incarnation)
    if worker is None or not runs:
        faults.append(f"shard {shard.number}: incarnation {shard.incarnation} does not run")
    elif fault := worker.fault(shard):
        faults.append(f"{worker.label} {fault}")
    return faults


def _of_status(world: World, kind: str, count: int) -> list[str]:
    """What people are told must be so, too."""
    try:
        status = world.engine.kind(kind)
    except NotNow as error:
        return [str(error)]
    counts = status.counts
    if status.paused:
        return ["it is paused, until a person resumes it"]
    if status.orchestrating:
        # the write that ends it is in the store, and its answer is on the way
        return ["the leader does not know yet that the orchestration has ended"]
    covered = world.engine.coverage(kind, shown=0)
    # an id in quarantine is served by nobody on purpose, and yet by nobody
    unknown = covered.unknown - _on_the_way(world, kind)
    if covered.unowned != counts.quarantined or unknown or covered.double_owned:
        where = f"{covered.unowned} unowned, {covered.unknown} unknown, {covered.double_owned} twice"
        return [f"the ledger has {where} of {count}"]
    rest = (counts.unowned, counts.moving, counts.arriving, counts.deleting, counts.held)
    wrong = counts.owned != count or any(rest)
    return [f"the status says {counts} of {count}"] if wrong else []


def _on_the_way(world: World, kind: str) -> int:
    """How many ids are unknown only because the next exchange of a well instance takes its time.

    A leader answers after an interval, and from 1.1 intervals on an instance is late, which is not known to
    serve: where the way there and back takes longer than the rest, that is so for a moment of each exchange.
    """
    health, latency, engine = world.settings.health, world.weather.latency_s, world.engine
    if not latency or not world.settings.beats_over_http or engine.term is None:
        return 0
    tenure, now, count = engine.term.stewards[kind].tenure, world.loop.time(), 0
    for number, mark in tenure.coverage.ledger.open.marks.items():
        worker, shard = world.workforce.alive.get((kind, number)), tenure.view.shards.get(number)
        if worker is None or shard is None or mark.state != Cover.UNKNOWN:
            continue
        found = tenure.roster.diagnosis(shard, now)
        is_late = found is not None and found.health is Health.LATE
        if is_late and now - worker.answered_at < health.interval + ROADS * latency:
            count += tenure.coverage.ledger.open.whole(number)
    return count

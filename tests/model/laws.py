"""What must hold in every state, and what rest is."""

from __future__ import annotations

from orchestrator.core.model import Instance, Protocol
from tests.model.state import LEADING, WAITING, State
from tests.model.world import RUNNING, World

ENDLESS = 60
"""Transactions beyond those that any of these worlds needs."""


def broken(world: World, state: State) -> str:
    """Which law the state breaks, a sentence; empty: none."""
    if doubled := world.ensemble.doubled[(state.documents,)]:
        return f"{doubled[0]} stands twice in the store"
    loaded = world.ensemble.load[(state.documents,)]
    if loaded is not None and loaded.state.commit > ENDLESS:
        return f"it goes on for ever: {loaded.state.commit} transactions"
    if sum(world.holds(state, number) for number in range(len(state.leaders))) > 1:
        return "two lead at once, and neither is in doubt"
    holders: dict[str, tuple[int, int, int]] = {}
    serving: set[tuple[int, int]] = set()
    for process in state.processes:
        held = world.crew.held[(process.work,)]
        for resource_id in held:
            other = holders.setdefault(resource_id, process[:3])
            if other != process[:3]:
                return f"{resource_id} is served by two: {_named(other)} and {_named(process[:3])}"
        if held:
            if process[:2] in serving:
                return f"incarnation {process.incarnation} of shard {process.shard} serves in two processes"
            serving.add(process[:2])
    return ""


def _named(process: tuple[int, int, int]) -> str:
    shard, incarnation, serial = process
    return f"shard {shard} (incarnation {incarnation}{', its second process' if serial else ''})"


def is_at_rest(world: World, state: State) -> bool:
    """Whether everything is owned and served by a live one, and nothing is pending."""
    if state.late or sum(leader.phase == LEADING for leader in state.leaders) != 1:
        return False
    for number, leader in enumerate(state.leaders):
        if leader.phase == LEADING:
            if not world.holds(state, number) or leader.todo or leader.look is not None:
                return False
            if world.minds.passing[leader.mind, state.catalog]:
                return False
        elif leader.phase != WAITING or leader.node not in world.ensemble.queue[(state.documents,)]:
            return False
    return _is_served(world, state)


def _is_served(world: World, state: State) -> bool:
    loaded = world.ensemble.load[(state.documents,)]
    if loaded is None or loaded.state.rebalance is not None:
        return False
    placed = [i for shard in loaded.shards.values() for i in shard.ids()]
    room = loaded.state.max_instances * loaded.state.resource_per_instance
    if not state.catalog.issuperset(placed) or len(placed) != min(len(state.catalog), room):
        return False
    if len(state.processes) != len(loaded.shards):
        return False
    processes = {process[:2]: process for process in state.processes}
    for number, shard in loaded.shards.items():
        name = number, shard.incarnation
        process = processes.get(name)
        if not shard.is_active or shard.instance is not Instance.LIVE or shard.releasing or process is None:
            return False
        if process.frozen or (*name, RUNNING) not in state.pods:
            return False
        if world.configuration.protocol is Protocol.SEED:
            continue
        if world.crew.held[(process.work,)] != frozenset(shard.ids()) or world.crew.busy[(process.work,)]:
            return False
    return True

"""The recordings of random worlds, with all their faults, can be run again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from orchestrator.replay.recording import Recording, read_recording, write_recording
from orchestrator.replay.run import as_recorded, replay
from tests.simulation.day import entry_of
from tests.simulation.random_world import run_world
from tests.simulation.world import World


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 6, 7, 8, 19, 21, 37, 41, 53, 57, 87])
def test_what_is_recorded_whole_ends_as_recorded_and_nothing_is_too_odd_to_run(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[tuple[World, Recording]] = []
    close = World.close

    async def record_and_close(world: World) -> None:
        for kind in world.kinds:
            await world.engine.checkpoint(kind, actor="test")
            await asyncio.sleep(1.0)
            lines = await world.journal.recorded(kind, after=0, limit=1_000_000)
            entries = [entry_of(one) for one in lines]
            terms = [n for n, one in enumerate(entries) if _begins_a_term(one)]
            parts = [entries, entries[terms[-1] :]]
            found.extend((world, read_recording(write_recording(kind, part))) for part in parts)
        await close(world)

    monkeypatch.setattr(World, "close", record_and_close)
    run_world(seed)
    assert found
    for world, recording in found:
        policy = world.settings.policy
        run = as_recorded(recording, policy)
        assert run.differences is not None
        # After inputs that are missing, as those of a leader that crashed, it goes on from a checkpoint.
        if not recording.doubts:
            assert run.differences.elsewhere == 0, run.differences
        assert replay(recording, policy).score.transactions > 0


def _begins_a_term(entry: dict[str, Any]) -> bool:
    part = entry["payload"][0] if "payload" in entry else {}
    return part.get("type") == "checkpoint" and part["n"] == 0

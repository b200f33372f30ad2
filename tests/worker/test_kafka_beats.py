"""A worker that is told of brokers beats there as well, and goes on serving when they are away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.heartbeat.kafka_scene import listening, with_topic
from tests.services.kafka import shared
from tests.services.waiting import free_ports, until

if TYPE_CHECKING:
    from conftest import Orchestrator, Start


async def test_it_beats_there_with_all_that_it_says_in_an_exchange(
    orchestrator: Orchestrator, start: Start
) -> None:
    chosen = with_topic(shared())
    said = chosen.worker_environment(0.3)
    async with listening(chosen) as channel:
        orchestrator.assign("a", "b")
        start(**said)
        await until(lambda: any(beat.load.get("held") == 2 for beat in channel.heard), 60, "both are held")
        beat = channel.heard[-1]
        assert beat.incarnation == 12
        assert beat.generation is not None
        await until(lambda: len(channel.heard) >= 4, 60, "again and again")


def test_without_brokers_it_serves_all_the_same(orchestrator: Orchestrator, start: Start) -> None:
    process = start(SHARDWRIGHT_KAFKA_BOOTSTRAP=f"127.0.0.1:{free_ports(1)[0]}")
    orchestrator.assign("a")
    orchestrator.wait(lambda beat: beat["load"]["held"] == 1)
    assert process.poll() is None
    process.terminate()
    assert process.wait(20) == 0


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"SHARDWRIGHT_KAFKA_BOOTSTRAP": "nonsense"}, "host:port"),
        (
            {
                "SHARDWRIGHT_KAFKA_BOOTSTRAP": "127.0.0.1:1",
                "SHARDWRIGHT_KAFKA_SECURITY": "ssl",
                "SHARDWRIGHT_KAFKA_CA": "/nowhere/ca.pem",
            },
            "cannot be used",
        ),
    ],
)
def test_what_cannot_be_meant_ends_it_with_2(
    start: Start, tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    process = start(**environment)
    assert process.wait(10.0) == 2
    assert process.stderr is not None
    assert said in process.stderr.read()

"""Two servers on one machine look after the same folder; one leads, and both hear of every end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestrator.ports import Phase, Started
from orchestrator.runtime import census, local, record
from orchestrator.runtime.process import ProcessRuntime
from tests.runtime.pods import SLEEP, spec
from tests.runtime.waiting import phase, seen_of

Make = Callable[[], ProcessRuntime]
KEY = "Thing", 3


async def ended(runtime: ProcessRuntime) -> None:
    """Incarnation 7 was started and has ended, which nobody has looked at yet."""
    await runtime.ensure(spec(*SLEEP, incarnation=7))
    seen = await seen_of(runtime, 3)
    assert seen is not None
    pid = int(seen.uid.partition(":")[0])
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


async def test_a_slow_look_at_an_end_does_not_hide_the_instance_that_was_started_since(
    make_runtime: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads, follows = make_runtime(), make_runtime()
    await follows.observe("Thing")
    await ended(leads)
    started: list[Any] = []

    def slow(*given: Any) -> list[str]:
        if not started:
            started.append(None)
            started.append(leads._local.start(spec(*SLEEP, incarnation=8)))
        return []

    monkeypatch.setattr(census, "tail", slow)
    follows._census.look(KEY)
    assert started[1] == Started()
    for server in (leads, follows):
        seen = await seen_of(server, 3)
        assert seen is not None
        assert (seen.incarnation, seen.phase) == (8, Phase.RUNNING)


async def test_a_stop_that_was_meant_for_an_earlier_instance_leaves_the_next_alone(
    make_runtime: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = make_runtime()
    await runtime.ensure(spec(*SLEEP, incarnation=7))
    earlier = await seen_of(runtime, 3)
    assert earlier is not None
    os.kill(int(earlier.uid.partition(":")[0]), signal.SIGKILL)
    await phase(runtime, 3, Phase.ENDED)
    await runtime.ensure(spec(*SLEEP, incarnation=8))
    look = local.LocalInstances.running
    monkeypatch.setattr(
        local.LocalInstances,
        "running",
        lambda self, key, incarnation: earlier if incarnation == 7 else look(self, key, incarnation),
    )
    runtime._local.signal(KEY, 7, signal.SIGKILL)
    await asyncio.sleep(0.2)
    seen = await seen_of(runtime, 3)
    assert seen is not None
    assert (seen.incarnation, seen.phase) == (8, Phase.RUNNING)


REWRITE = """
import sys
from pathlib import Path
from orchestrator.runtime import record
from orchestrator.runtime.record import Record

path, number = Path(sys.argv[1]), int(sys.argv[2])
for _ in range(2000):
    record.write(path, Record(kind="x" * 10 * number, shard=3, incarnation=number, revision=1, since=0.0))
"""


def test_two_that_write_a_record_at_once_leave_a_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    writers = [subprocess.Popen([sys.executable, "-c", REWRITE, path, number]) for number in ("1", "200")]
    while any(writer.poll() is None for writer in writers):
        assert not path.exists() or record.read(path) is not None
    assert [writer.returncode for writer in writers] == [0, 0]

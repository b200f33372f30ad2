"""What processes of this machine use, measured on real ones."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import psutil
import pytest

from orchestrator.ports import Phase, Usage
from orchestrator.runtime import gauge
from orchestrator.runtime.process import ProcessRuntime
from tests.runtime.pods import SLEEP, spec
from tests.runtime.waiting import phase, until

MB = 1024 * 1024
BUSY = ("python3", "-c", f"x = b'x' * {64 * MB}\nwhile True: pass")
BY_A_CHILD = (
    "sh",
    "-c",
    f"""python3 -c "x = b'x' * {64 * MB}
while True: pass" & wait""",
)


async def measured(runtime: ProcessRuntime, shard: int) -> Usage:
    """The use of the shard once it is busy in both dimensions."""
    found: list[Usage] = []

    async def is_busy() -> bool:
        used = (await runtime.usage("Thing")).get(shard)
        if used is not None:
            found.append(used)
        return used is not None and (used.cpu or 0) > 100 and (used.memory or 0) > 64 * MB

    await until(is_busy, 30.0)
    return found[-1]


async def test_a_busy_process_and_an_idle_one_are_told_apart(runtime: ProcessRuntime) -> None:
    await runtime.ensure(spec(*BUSY, shard=1))
    await runtime.ensure(spec(*SLEEP, shard=2, incarnation=5))
    busy = await measured(runtime, 1)
    assert busy.incarnation == 1
    assert (busy.cpu or 0) <= 1300 and (busy.memory or 0) < 256 * MB
    idle = (await runtime.usage("Thing"))[2]
    assert (idle.incarnation, idle.cpu) == (5, 0)
    assert 0 < (idle.memory or 0) < 64 * MB
    assert await runtime.usage("Rule") == {}


async def test_what_its_children_use_counts_for_an_instance(runtime: ProcessRuntime) -> None:
    await runtime.ensure(spec(*BY_A_CHILD, shard=1))
    assert (await measured(runtime, 1)).incarnation == 1


async def test_the_first_reading_says_nothing_of_the_processor(runtime: ProcessRuntime) -> None:
    await runtime.ensure(spec(*SLEEP))
    first = (await runtime.usage("Thing"))[3]
    assert first.cpu is None and (first.memory or 0) > 0
    assert (await runtime.usage("Thing"))[3] == first, "two readings at once are one"
    await asyncio.sleep(0.6)
    assert (await runtime.usage("Thing"))[3].cpu == 0


async def test_who_ends_while_it_is_read_is_left_out(
    runtime: ProcessRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(pid: int) -> psutil.Process:
        raise psutil.NoSuchProcess(pid)

    await runtime.ensure(spec(*SLEEP))
    with monkeypatch.context() as there:
        there.setattr(gauge.psutil, "Process", ended)
        assert await runtime.usage("Thing") == {}
    assert (await runtime.usage("Thing"))[3].memory


async def test_who_has_ended_uses_nothing_and_his_successor_begins_anew(
    runtime: ProcessRuntime, tmp_path: Path
) -> None:
    await runtime.ensure(spec(*BUSY, shard=1))
    await measured(runtime, 1)
    seen = await phase(runtime, 1, Phase.RUNNING)
    assert seen is not None
    os.kill(int(seen.uid.partition(":")[0]), signal.SIGKILL)
    await phase(runtime, 1, Phase.ENDED)
    assert await runtime.usage("Thing") == {}
    await runtime.ensure(spec(*SLEEP, shard=1, incarnation=2))
    fresh = (await runtime.usage("Thing"))[1]
    assert (fresh.incarnation, fresh.cpu) == (2, None)

"""After the orchestrator died: its instances live on and are found again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.errors import Unavailable
from orchestrator.ports import InstanceSeen, Occupied, Phase, Started
from orchestrator.runtime import host, record
from orchestrator.runtime.places import Places
from orchestrator.runtime.process import ProcessRuntime
from tests.runtime.pods import DEAF, spec
from tests.runtime.waiting import line_in, phase, seen_of

Make = Callable[[], ProcessRuntime]
Crash = Callable[[str], Awaitable[None]]

SERVER = """
import asyncio, os, signal, sys
from pathlib import Path
from orchestrator.runtime import local, record
from orchestrator.runtime.process import ProcessRuntime
from tests.runtime.pods import DEAF, SLEEP, spec

directory, cluster, die = sys.argv[1:]

def crash():
    os.kill(os.getpid(), signal.SIGKILL)

real_spawn, real_write = local.spawn, record.write

def spawn(*args, **kwargs):
    if die == "before-spawn":
        crash()
    pid = real_spawn(*args, **kwargs)
    if die == "after-spawn":
        crash()
    return pid

local.spawn = spawn

async def main():
    runtime = ProcessRuntime(Path(directory), cluster=cluster)
    command = DEAF if die == "stopping" else SLEEP
    await runtime.ensure(spec(*command, incarnation=7))
    if die == "stopping":
        while len(await runtime.logs("Thing", 3, lines=2)) < 2:
            await asyncio.sleep(0.02)
        await runtime.stop("Thing", 3, 7, grace_s=300)
    crash()

asyncio.run(main())
"""


@pytest.fixture
def crashed_server(tmp_path: Path, cluster: str) -> Crash:
    """Run a server that starts incarnation 7 of shard 3 and is killed at the point that is named."""

    async def run(die: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-c", SERVER, str(tmp_path / "data"), cluster, die, env=environment
        )
        assert await server.wait() == -signal.SIGKILL

    return run


def pid_of(seen: InstanceSeen | None) -> int:
    assert seen is not None
    return int(seen.uid.partition(":")[0])


async def test_a_new_runtime_adopts_what_runs(crashed_server: Crash, make_runtime: Make) -> None:
    await crashed_server("after-start")
    runtime = make_runtime()
    seen = await seen_of(runtime, 3)
    assert seen is not None
    assert (seen.phase, seen.incarnation) == (Phase.RUNNING, 7)
    assert await runtime.ensure(spec(incarnation=7)) == Started()
    assert await runtime.ensure(spec(incarnation=8)) == Occupied(
        incarnation=7, detail=f"its process is {seen.uid}"
    )
    news = runtime.news()
    os.kill(pid_of(seen), signal.SIGKILL)
    async with asyncio.timeout(2):
        assert (await anext(news)).phase is Phase.ENDED
    assert await runtime.ensure(spec(incarnation=8)) == Started()


async def test_an_adopted_instance_can_be_stopped(crashed_server: Crash, make_runtime: Make) -> None:
    await crashed_server("after-start")
    runtime = make_runtime()
    await runtime.stop("Thing", 3, 6, grace_s=0)
    await runtime.stop("Thing", 3, 8, grace_s=0)
    await phase(runtime, 3, Phase.RUNNING)
    await runtime.stop("Thing", 3, 7, grace_s=5)
    await phase(runtime, 3, Phase.ENDED)


async def test_a_crash_before_the_process_started_leaves_nothing(
    crashed_server: Crash,
    make_runtime: Make,
) -> None:
    await crashed_server("before-spawn")
    runtime = make_runtime()
    assert await runtime.observe("Thing") == []
    assert await runtime.ensure(spec(incarnation=7)) == Started()


async def test_a_crash_before_the_pid_was_written_is_adopted(
    crashed_server: Crash,
    make_runtime: Make,
    tmp_path: Path,
) -> None:
    await crashed_server("after-spawn")
    written = record.read(Places(tmp_path / "data").record(("Thing", 3)))
    assert written is not None
    assert written.pid is None
    runtime = make_runtime()
    assert await runtime.ensure(spec(incarnation=8)) != Started()
    seen = await seen_of(runtime, 3)
    assert seen is not None
    assert (seen.phase, seen.incarnation) == (Phase.RUNNING, 7)
    await runtime.stop("Thing", 3, 7, grace_s=5)
    await phase(runtime, 3, Phase.ENDED)


async def test_a_stop_under_way_is_still_visible_after_a_crash(
    crashed_server: Crash,
    make_runtime: Make,
) -> None:
    await crashed_server("stopping")
    runtime = make_runtime()
    await phase(runtime, 3, Phase.STOPPING)
    await runtime.stop("Thing", 3, 7, grace_s=0.2)
    await phase(runtime, 3, Phase.ENDED)


async def test_instances_whose_files_were_removed_are_found_by_their_mark(
    crashed_server: Crash,
    make_runtime: Make,
    tmp_path: Path,
) -> None:
    await crashed_server("after-start")
    for file in (tmp_path / "data" / "run").iterdir():
        file.unlink()
    runtime = make_runtime()
    seen = await seen_of(runtime, 3)
    assert seen is not None
    assert (seen.phase, seen.incarnation) == (Phase.RUNNING, 7)
    assert isinstance(await runtime.ensure(spec(incarnation=8)), Occupied)
    await runtime.stop("Thing", 3, 7, grace_s=5)
    await phase(runtime, 3, Phase.ENDED)


async def test_a_pid_that_now_belongs_to_another_process_is_not_touched(
    runtime: ProcessRuntime, make_runtime: Make, tmp_path: Path
) -> None:
    stranger = await asyncio.create_subprocess_exec("sleep", "300", start_new_session=True)
    await runtime.ensure(spec("true"))
    await phase(runtime, 3, Phase.ENDED)
    path = Places(tmp_path / "data").record(("Thing", 3))
    old = record.read(path)
    assert old is not None
    record.write(path, replace(old, pid=stranger.pid, ended=None, detail=""))
    again = make_runtime()
    seen = await seen_of(again, 3)
    assert seen is not None
    assert seen.phase is Phase.ENDED
    await again.stop("Thing", 3, 1, grace_s=0)
    assert await again.ensure(spec(incarnation=2)) == Started()
    assert stranger.returncode is None
    stranger.kill()
    await stranger.wait()


async def test_a_process_of_the_recorded_identity_without_our_mark_is_not_signalled(
    runtime: ProcessRuntime, tmp_path: Path
) -> None:
    stranger = await asyncio.create_subprocess_exec("sleep", "300", start_new_session=True)
    identity = host.look_up(stranger.pid)
    assert identity is not None
    await runtime.ensure(spec("true"))
    await phase(runtime, 3, Phase.ENDED)
    path = Places(tmp_path / "data").record(("Thing", 3))
    old = record.read(path)
    assert old is not None
    record.write(path, replace(old, pid=stranger.pid, created=identity.created, ended=None, detail=""))
    with pytest.raises(Unavailable, match="not provably ours"):
        await runtime.stop("Thing", 3, 1, grace_s=0)
    assert stranger.returncode is None
    stranger.kill()
    await stranger.wait()


async def test_another_installation_of_the_same_name_does_not_see_ours(
    runtime: ProcessRuntime, tmp_path: Path, cluster: str
) -> None:
    await runtime.ensure(spec())
    other = ProcessRuntime(tmp_path / "other", cluster=cluster)
    assert await other.observe("Thing") == []
    assert await other.ensure(spec()) == Started()
    await other.stop("Thing", 3, 1, grace_s=0)
    await phase(other, 3, Phase.ENDED)
    await phase(runtime, 3, Phase.RUNNING)
    await other.close()


async def test_a_torn_record_of_a_running_instance_is_made_anew(
    runtime: ProcessRuntime, make_runtime: Make, tmp_path: Path
) -> None:
    await runtime.ensure(spec(*DEAF))
    await line_in(tmp_path / "data" / "logs" / "Thing-3.log", "deaf")
    first = await seen_of(runtime, 3)
    path = tmp_path / "data" / "run" / "Thing-3.json"
    path.write_text(path.read_text()[:20])
    seen = await seen_of(make_runtime(), 3)
    assert pid_of(seen) == pid_of(first)
    assert json.loads(path.read_text())["incarnation"] == 1

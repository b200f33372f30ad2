"""What the process runtime does beyond the contract of all runtimes."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.errors import Unavailable
from orchestrator.ports import Occupied, Phase, Rejected, Started
from orchestrator.runtime import spawn as spawning
from orchestrator.runtime.places import Places
from orchestrator.runtime.process import ProcessRuntime
from tests.runtime.pods import DEAF, SLEEP, pod, spec
from tests.runtime.waiting import line_in, phase, seen_of, until


def open_files() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


PRINT_ENVIRONMENT = (
    "import os, sys; [print(f'{k}={v}') for k, v in sorted(os.environ.items())]; print(sys.prefix)"
)


async def test_ten_instances_start_within_a_second(runtime: ProcessRuntime) -> None:
    await runtime.observe("Thing")
    begun = time.perf_counter()
    results = await asyncio.gather(*(runtime.ensure(spec(shard=shard)) for shard in range(10)))
    assert time.perf_counter() - begun < 5.0
    assert results == [Started()] * 10
    assert [seen.phase for seen in await runtime.observe("Thing")] == [Phase.RUNNING] * 10


async def test_an_end_is_news_within_a_moment(runtime: ProcessRuntime) -> None:
    news = runtime.news()
    await runtime.ensure(spec())
    started = await anext(news)
    assert (started.phase, started.shard, started.incarnation) == (Phase.RUNNING, 3, 1)
    begun = time.perf_counter()
    os.kill(int(started.uid.partition(":")[0]), signal.SIGKILL)
    ended = await anext(news)
    assert time.perf_counter() - begun < 2.0
    assert ended.phase is Phase.ENDED
    assert ended.uid == started.uid
    assert "SIGKILL" in ended.detail


async def test_a_process_that_fails_at_once_is_seen_as_ended_with_its_last_words(
    runtime: ProcessRuntime,
) -> None:
    assert await runtime.ensure(spec("sh", "-c", "echo no such database >&2; exit 7")) == Started()
    seen = await phase(runtime, 3, Phase.ENDED)
    assert seen is not None
    assert "exit code 7" in seen.detail
    assert "no such database" in seen.detail


async def test_an_incarnation_that_has_ended_is_not_started_again(
    runtime: ProcessRuntime, tmp_path: Path
) -> None:
    once = spec("sh", "-c", f"echo x >> {tmp_path}/starts")
    await runtime.ensure(once)
    await phase(runtime, 3, Phase.ENDED)
    assert await runtime.ensure(once) == Started()
    assert (tmp_path / "starts").read_text() == "x\n"
    assert (await phase(runtime, 3, Phase.ENDED)) is not None


async def test_the_next_incarnation_starts_once_the_first_has_ended(runtime: ProcessRuntime) -> None:
    await runtime.ensure(spec("true"))
    await phase(runtime, 3, Phase.ENDED)
    assert await runtime.ensure(spec(incarnation=2)) == Started()
    seen = await seen_of(runtime, 3)
    assert seen is not None
    assert (seen.phase, seen.incarnation) == (Phase.RUNNING, 2)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (pod("no-such-command-anywhere"), "no-such-command-anywhere"),
        (pod("/etc/hostname"), "/etc/hostname"),
        (pod(), "no command"),
        ("a: [", "not YAML"),
        (pod("true", env={"BAD": "a\0b"}), "null byte"),
        (pod("true", env={"A": "1"}).replace('"value": "1"', '"valueFrom": {"fieldRef": {}}'), "valueFrom"),
    ],
)
async def test_what_can_never_start_is_rejected(runtime: ProcessRuntime, template: str, said: str) -> None:
    result = await runtime.ensure(replace(spec(), template=template))
    assert isinstance(result, Rejected)
    assert said in result.detail
    assert await runtime.observe("Thing") == []


async def test_a_machine_without_room_for_a_process_is_unavailable(
    runtime: ProcessRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    with monkeypatch.context() as patched:
        patched.setattr(spawning.subprocess, "Popen", no_room)
        with pytest.raises(Unavailable):
            await runtime.ensure(spec())
    assert await runtime.observe("Thing") == []
    assert await runtime.ensure(spec()) == Started()


async def test_an_instance_gets_its_identity_and_nothing_else_of_our_environment(
    runtime: ProcessRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "secret")
    await runtime.ensure(
        spec("python", "-u", "-c", PRINT_ENVIRONMENT, environment={"SHARDWRIGHT_KIND": "Thing"})
    )
    await phase(runtime, 3, Phase.ENDED)
    lines = await runtime.logs("Thing", 3, lines=100)
    assert "INSTANCE_ID=3" in lines
    assert "SHARDWRIGHT_KIND=Thing" in lines
    assert lines[-1] == sys.prefix
    assert not any("secret" in line for line in lines)


async def test_a_deaf_instance_is_ended_by_force_after_its_grace(runtime: ProcessRuntime) -> None:
    await runtime.ensure(spec(*DEAF))
    await line_in(runtime._places.log(("Thing", 3)), "deaf")
    begun = time.perf_counter()
    await runtime.stop("Thing", 3, 1, grace_s=0.5)
    assert time.perf_counter() - begun < 2.0
    seen = await seen_of(runtime, 3)
    assert seen is not None
    assert seen.phase is Phase.STOPPING
    ended = await phase(runtime, 3, Phase.ENDED)
    assert 0.4 < time.perf_counter() - begun < 3
    assert ended is not None
    assert "SIGKILL" in ended.detail


async def test_asking_again_shortens_the_grace(runtime: ProcessRuntime) -> None:
    await runtime.ensure(spec(*DEAF))
    await line_in(runtime._places.log(("Thing", 3)), "deaf")
    await runtime.stop("Thing", 3, 1, grace_s=300)
    await runtime.stop("Thing", 3, 1, grace_s=0)
    await phase(runtime, 3, Phase.ENDED)


async def test_a_stop_ends_the_whole_group(runtime: ProcessRuntime) -> None:
    await runtime.ensure(spec("sh", "-c", "sleep 300 & echo child $!; wait"))
    log = runtime._places.log(("Thing", 3))
    await line_in(log, "child")
    child = int(log.read_text().split("child ")[1].split()[0])
    await runtime.stop("Thing", 3, 1, grace_s=1)
    await phase(runtime, 3, Phase.ENDED)

    async def gone() -> bool:
        try:
            state = Path(f"/proc/{child}/stat").read_text()
        except FileNotFoundError:
            return True
        return state.rpartition(")")[2].split()[0] == "Z"

    await until(gone)


@pytest.mark.parametrize("close_lock", [False, True])
async def test_a_grandchild_that_lives_on_occupies_the_shard_until_it_is_stopped(
    runtime: ProcessRuntime, close_lock: bool
) -> None:
    keeping = f"import subprocess; subprocess.Popen(['sleep', '300'], close_fds={close_lock})"
    await runtime.ensure(spec("python", "-c", keeping))
    seen = await phase(runtime, 3, Phase.UNKNOWN)
    assert seen is not None
    assert "exit code 0" in seen.detail
    assert isinstance(await runtime.ensure(spec(incarnation=2)), Occupied)
    await runtime.stop("Thing", 3, 1, grace_s=2)
    await phase(runtime, 3, Phase.ENDED)
    assert await runtime.ensure(spec(incarnation=2)) == Started()


async def test_a_grandchild_with_an_empty_environment_is_stopped_too(runtime: ProcessRuntime) -> None:
    keeping = "import subprocess; subprocess.Popen(['sleep', '300'], close_fds=False, env={})"
    await runtime.ensure(spec("python", "-c", keeping))
    await phase(runtime, 3, Phase.UNKNOWN)
    await runtime.stop("Thing", 3, 1, grace_s=0)
    await phase(runtime, 3, Phase.ENDED)


async def test_a_daemon_that_left_its_session_is_stopped_by_its_mark(runtime: ProcessRuntime) -> None:
    keeping = "import subprocess; subprocess.Popen(['sleep', '300'], close_fds=False, start_new_session=True)"
    await runtime.ensure(spec("python", "-c", keeping))
    await phase(runtime, 3, Phase.UNKNOWN)
    await runtime.stop("Thing", 3, 1, grace_s=0)
    await phase(runtime, 3, Phase.ENDED)


async def test_a_worker_that_closes_the_lock_is_still_seen(runtime: ProcessRuntime) -> None:
    await runtime.ensure(
        spec(
            "python",
            "-c",
            "import os, time; os.closerange(3, 100); print('closed', flush=True); time.sleep(300)",
        )
    )
    await line_in(runtime._places.log(("Thing", 3)), "closed")
    seen = await seen_of(runtime, 3)
    assert seen is not None
    assert seen.phase is Phase.RUNNING
    assert isinstance(await runtime.ensure(spec(incarnation=2)), Occupied)
    assert await runtime.ensure(spec()) == Started()


async def test_an_end_is_forgotten_after_a_while(tmp_path: Path, cluster: str) -> None:
    now = [1000.0]
    runtime = ProcessRuntime(tmp_path / "data", cluster=cluster, wall=lambda: now[0])
    await runtime.ensure(spec("true"))
    await phase(runtime, 3, Phase.ENDED)
    now[0] += 601
    assert await runtime.observe("Thing") == []
    await runtime.close()


async def test_kinds_with_dashes_and_dots_do_not_mix(runtime: ProcessRuntime) -> None:
    kinds = ["a", "a-1", "a.b_c", "a-1-2", "A"]
    for shard, kind in enumerate(kinds):
        await runtime.ensure(spec(kind=kind, shard=shard))
    for shard, kind in enumerate(kinds):
        assert [(seen.kind, seen.shard) for seen in await runtime.observe(kind)] == [(kind, shard)]


async def test_a_large_log_is_put_aside_and_one_is_kept(
    runtime: ProcessRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spawning, "LOG_LIMIT", 10)
    for incarnation in (1, 2, 3):
        await runtime.ensure(spec("echo", f"a long line number {incarnation}", incarnation=incarnation))
        await phase(runtime, 3, Phase.ENDED)
    assert await runtime.logs("Thing", 3, lines=10) == ["--- incarnation 3", "a long line number 3"]
    log = runtime._places.log(("Thing", 3))
    assert log.with_name(log.name + ".1").read_text() == "--- incarnation 2\na long line number 2\n"
    assert len(list(log.parent.iterdir())) == 2


async def test_long_lines_are_cut_and_only_the_last_are_read(runtime: ProcessRuntime) -> None:
    script = "print('x' * 20000); [print(n) for n in range(100_000)]; print('y' * 20000)"
    await runtime.ensure(spec("python", "-c", script))
    await phase(runtime, 3, Phase.ENDED)
    lines = await runtime.logs("Thing", 3, lines=3)
    assert lines == ["99998", "99999", "y" * 8192]
    assert await runtime.logs("Thing", 4, lines=3) == []


async def test_closing_leaves_instances_running_and_nothing_of_ours(
    make_runtime: Callable[[], ProcessRuntime], tmp_path: Path
) -> None:
    gc.collect()  # what other tests left behind
    before = open_files()
    runtime = make_runtime()
    await runtime.ensure(spec())
    await runtime.ensure(spec(shard=4))
    await runtime.stop("Thing", 4, 1, grace_s=300)
    news = runtime.news()
    await runtime.close()
    await runtime.close()
    assert [seen async for seen in news] == []
    with pytest.raises(Unavailable):
        await runtime.observe("Thing")
    gc.collect()
    assert open_files() <= before
    assert len(asyncio.all_tasks()) == 1
    seen = await seen_of(make_runtime(), 3)
    assert seen is not None
    assert seen.phase is Phase.RUNNING


async def test_a_lock_held_by_a_stranger_is_neither_overrun_nor_signalled(
    runtime: ProcessRuntime, tmp_path: Path
) -> None:
    places = Places(tmp_path / "data")
    places.prepare()
    stranger = await asyncio.create_subprocess_exec("flock", str(places.lock(("Thing", 3))), *SLEEP)

    async def held() -> bool:
        return await seen_of(runtime, 3) is not None

    await until(held)
    seen = await seen_of(runtime, 3)
    assert seen is not None
    assert (seen.phase, seen.incarnation) == (Phase.UNKNOWN, 0)
    with pytest.raises(Unavailable, match="not known to be ours"):
        await runtime.ensure(spec())
    with pytest.raises(Unavailable):
        await runtime.stop("Thing", 3, 0, grace_s=0)
    await runtime.stop("Thing", 3, 1, grace_s=0)
    assert stranger.returncode is None
    os.killpg(os.getpgid(stranger.pid), 0)
    for child in Path(f"/proc/{stranger.pid}/task/{stranger.pid}/children").read_text().split():
        os.kill(int(child), signal.SIGKILL)
    await stranger.wait()
    assert await runtime.observe("Thing") == []

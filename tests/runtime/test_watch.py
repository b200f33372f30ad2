"""Ends are noticed with and without the system's handles, on either event loop."""

from __future__ import annotations

import asyncio
import subprocess

import pytest
import uvloop

from orchestrator.runtime import host
from orchestrator.runtime.watch import Watches


async def noticed(handles: bool) -> int | None:
    process = subprocess.Popen(["sleep", "300"])
    found = host.look_up(process.pid)
    assert found is not None
    watches = Watches(handles=handles)
    ended = asyncio.Event()
    try:
        assert watches.add(found.pid, found.created, ended.set)
        assert not watches.add(found.pid, found.created, ended.set)
        await asyncio.sleep(0.1)
        assert not ended.is_set()
    finally:
        process.kill()
    async with asyncio.timeout(2):
        await ended.wait()
    assert len(watches) == 0
    watches.add(found.pid, found.created, ended.set)
    await watches.close()
    assert len(watches) == 0
    process.returncode = host.reap(found.pid, found.created)
    return process.returncode


@pytest.mark.parametrize("handles", [True, False])
@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_an_end_is_noticed_once(handles: bool, loop: object) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:  # type: ignore[arg-type]
        assert runner.run(noticed(handles)) == -9

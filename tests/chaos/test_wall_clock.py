"""The wall clock that chaos steps, in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.services import wall_clock
from tests.services.require import missing
from tests.services.wall_clock import WallClock

HOUR = 3600.0
LOOSE_S = 5.0
LOOK = """
import datetime, json, sys, time
for line in sys.stdin:
    began = time.monotonic()
    time.sleep(0.01)
    wall = [time.time(), datetime.datetime.now().timestamp(), time.clock_gettime(time.CLOCK_REALTIME)]
    print(json.dumps({
        "wall": wall,
        "boot": [time.clock_gettime(one) for one in (time.CLOCK_MONOTONIC, time.CLOCK_BOOTTIME)],
        "slept": time.monotonic() - began,
    }), flush=True)
"""
OTHERS = (time.CLOCK_MONOTONIC, time.CLOCK_BOOTTIME)


class Looking:
    """A process that says its clocks."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    def ahead(self) -> tuple[float, float]:
        """By how much the wall clocks are ahead of ours at most, and by how much at least."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        said = json.loads(self._process.stdout.readline())
        now = time.time()
        for clock, told in zip(OTHERS, said["boot"], strict=True):
            assert abs(time.clock_gettime(clock) - told) < LOOSE_S
        assert 0.0 < said["slept"] < LOOSE_S
        return max(said["wall"]) - now, min(said["wall"]) - now


@pytest.fixture
def clock(tmp_path: Path) -> WallClock:
    if (reason := wall_clock.absent()) is not None:
        missing("C", reason)
    return WallClock(wall_clock.build(tmp_path), tmp_path / "clock")


@contextmanager
def looking(clock: WallClock) -> Iterator[Looking]:
    process = subprocess.Popen(
        [sys.executable, "-c", LOOK],
        env={**os.environ, **clock.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Looking(process)
    finally:
        process.communicate(timeout=10)


@pytest.mark.parametrize("by", [HOUR, -HOUR, 5.5, -5.5, 10 * 365 * 24 * HOUR])
def test_a_step_moves_the_wall_clock_of_a_process_that_runs_and_no_other_clock(
    clock: WallClock, by: float
) -> None:
    with looking(clock) as process:
        process.ahead()
        assert clock.is_of(process.pid) and not clock.is_of(os.getpid())
        for step in (0.0, by, 0.0):
            clock.set(step)
            most, least = process.ahead()
            assert step - LOOSE_S < least <= most < step + LOOSE_S


def test_a_process_does_not_run_on_a_clock_that_cannot_be_had(clock: WallClock, tmp_path: Path) -> None:
    (tmp_path / "clock").unlink()
    done = subprocess.run(
        [sys.executable, "-c", ""],
        env={**os.environ, **clock.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 127 and "clock: No such file" in done.stderr

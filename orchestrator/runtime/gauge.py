"""What the processes of shards on this machine use. Blocking; one thread only."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import psutil

from orchestrator.ports import InstanceSeen, Phase, Usage
from orchestrator.runtime import host

LEAST_S = 0.5
"""Two readings that are nearer to each other say nothing of the processor."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """``seconds``: of the processor, by process; ``cpu``: the use that was worked out, None: not yet."""

    at: float
    wall: float
    memory: int
    seconds: Mapping[int, float]
    cpu: int | None = None


@dataclass(slots=True)
class Gauge:
    """An instance is its first process and all that run in the session that it leads.

    The use of the processor is that since the reading before; the first reading has none.
    """

    wall: Callable[[], float]
    _last: dict[tuple[str, int], tuple[str, _Reading]] = field(default_factory=dict)

    def measure(self, kind: str, seen: Iterable[InstanceSeen]) -> dict[int, Usage]:
        """What those of the instances use that run; what ended meanwhile is left out."""
        running = [one for one in seen if one.phase in (Phase.RUNNING, Phase.STOPPING)]
        sessions = _sessions() if running else {}
        found: dict[int, Usage] = {}
        kept: dict[tuple[str, int], tuple[str, _Reading]] = {}
        for one in running:
            pid, _, created = one.uid.partition(":")
            if not host.runs(int(pid), created):
                continue
            key = kind, one.shard
            uid, before = self._last.get(key, ("", None))
            reading = self._read([int(pid), *sessions.get(int(pid), ())], before if uid == one.uid else None)
            if not reading.seconds:
                continue
            kept[key] = one.uid, reading
            # What is about to end has given its memory back: that is no measure of what it used.
            memory = reading.memory or None
            found[one.shard] = Usage(
                incarnation=one.incarnation, at=reading.wall, cpu=reading.cpu, memory=memory
            )
        self._last = {key: last for key, last in self._last.items() if key[0] != kind} | kept
        return found

    def _read(self, pids: Iterable[int], before: _Reading | None) -> _Reading:
        now = time.monotonic()
        if before is not None and now - before.at < LEAST_S:
            return before
        memory, seconds = 0, {}
        for pid in dict.fromkeys(pids):
            try:
                process = psutil.Process(pid)
                times = process.cpu_times()
                memory += process.memory_info().rss
            except (psutil.Error, OSError):
                continue
            seconds[pid] = times.user + times.system
        cpu = None
        if before is not None:
            spent = sum(max(0.0, used - before.seconds.get(pid, 0.0)) for pid, used in seconds.items())
            cpu = round(1000 * spent / (now - before.at))
        return _Reading(now, self.wall(), memory, seconds, cpu)


def _sessions() -> Mapping[int, list[int]]:
    """By the process that leads it, who runs in each session of this machine."""
    found: dict[int, list[int]] = defaultdict(list)
    for pid in psutil.pids():
        for leader in _leader(pid):
            found[leader].append(pid)
    return found


def _leader(pid: int) -> Iterator[int]:
    try:
        yield os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return

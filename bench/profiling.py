"""Says where the time went: how often each function was running, by thread, sampled."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TextIO

EVERY_S = 0.001
SHOWN = 25
LATE_S = 0.02
IDLE = (
    "wait",
    "select",
    "acquire",
    "_worker",
    "poll",
    "readline",
    "recv",
    "sleep",
    "run_forever",
    "run",
    "publish",
    "_loop",
)


@contextmanager
def profiled(wanted: bool, out: TextIO) -> Iterator[None]:
    """Sample all threads of the process while it lasts, and print the most frequent places."""
    if not wanted:
        yield
        return
    samples: Counter[str] = Counter()
    over = threading.Event()
    before = cpu_by_thread()
    me = threading.Thread(target=_sample, args=(samples, over), name="profiler", daemon=True)
    me.start()
    try:
        yield
    finally:
        over.set()
        me.join()
        for name, spent in sorted(cpu_by_thread().items()):
            print(f"{(spent - before.get(name, 0)) * 1e3:8.1f} ms of CPU  {name}", file=out)
        print(f"--- {sum(samples.values())} samples that were not idle", file=out)
        for place, count in samples.most_common(SHOWN):
            print(f"{count:6d}  {place}", file=out)


def cpu_by_thread() -> Counter[str]:
    """Seconds of CPU that each thread has had, added up by what comes before a number in its name."""
    spent: Counter[str] = Counter()
    for thread in threading.enumerate():
        try:
            text = Path(f"/proc/self/task/{thread.native_id}/schedstat").read_text(encoding="ascii")
        except OSError:
            continue
        spent[thread.name.split("_")[0]] += int(text.split()[0]) / 1e9  # type: ignore[assignment]
    return spent


class Culprits:
    """Watches a loop that says when it lives; says what ran while it did not."""

    def __init__(self, *, wanted: bool, out: TextIO) -> None:
        self._out = out
        self._alive = time.perf_counter()
        self._loop = threading.get_ident()
        self._found: Counter[str] = Counter()
        self._over = threading.Event()
        if wanted:
            threading.Thread(target=self._watch, name="culprits", daemon=True).start()

    def alive(self) -> None:
        self._alive = time.perf_counter()

    def report(self, title: str) -> None:
        found, self._found = self._found, Counter()
        for place, count in found.most_common(SHOWN):
            print(f"{title}: {count:4d}  {place}", file=self._out)

    def close(self) -> None:
        self._over.set()

    def _watch(self) -> None:
        while not self._over.is_set():
            time.sleep(EVERY_S)
            late = time.perf_counter() - self._alive
            if late < LATE_S:
                continue
            names = {thread.ident: thread.name for thread in threading.enumerate()}
            for ident, frame in sys._current_frames().items():
                if ident == threading.get_ident() or frame.f_code.co_name in IDLE:
                    continue
                name = "loop" if ident == self._loop else names.get(ident, "?")
                self._found[f"{round(late, 2):.2f} s late, {name}: {_place(frame)}"] += 1


def _sample(samples: Counter[str], over: threading.Event) -> None:
    own = threading.get_ident()
    while not over.is_set():
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        for ident, frame in sys._current_frames().items():
            if ident != own and frame.f_code.co_name not in IDLE:
                samples[f"{names.get(ident, '?').split('_')[0]}: {_place(frame)}"] += 1
        time.sleep(EVERY_S)


def _place(frame: FrameType) -> str:
    """The innermost function, and the innermost one of ours around it."""
    inner = f"{_file(frame)}:{frame.f_code.co_name}"
    around: FrameType | None = frame
    while around is not None and not _is_ours(around):
        around = around.f_back
    if around is None or around is frame:
        return inner
    return f"{inner} < {_file(around)}:{around.f_code.co_name}"


def _is_ours(frame: FrameType) -> bool:
    name = frame.f_globals.get("__name__", "")
    return name.split(".")[0] in ("orchestrator", "notify", "heartbeat", "api", "bench")


def _file(frame: FrameType) -> str:
    return "/".join(frame.f_code.co_filename.rsplit("/", 2)[-2:])

"""An event loop without time and without order: time jumps, and any ready callback may run next.

One seed gives one interleaving. Processes are told apart by a label in the context of their tasks, so
that one can be frozen, as by SIGSTOP, while the others go on.
"""

from __future__ import annotations

import asyncio
import heapq
import random
from asyncio import Handle, TimerHandle
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from itertools import count
from typing import Any, TypeVar

Answer = TypeVar("Answer")

PROCESS: ContextVar[str] = ContextVar("process", default="")
"""The simulated process that a task belongs to; inherited by all that it begins."""

WALL_AT_START = 1_700_000_000.0


class Deadlock(Exception):
    """Nothing is ready and no timer is set: whoever waits now waits for ever."""


class Endless(Exception):
    """More callbacks ran than a world of this size can need."""


_serial = count()


class _Task(asyncio.Task[Any]):
    """Hashed by its number instead of its address, so that sets of tasks have one order in every run."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self._serial = next(_serial)
        super().__init__(*args, **more)

    def __hash__(self) -> int:
        return self._serial


class _Future(asyncio.Future[Any]):
    def __init__(self, *args: Any, **more: Any) -> None:
        self._serial = next(_serial)
        super().__init__(*args, **more)

    def __hash__(self) -> int:
        return self._serial


class VirtualLoop(asyncio.BaseEventLoop):
    """``trace``: receives the label of each callback's process when it runs."""

    def __init__(self, seed: int, *, max_steps: int = 5_000_000) -> None:
        global _serial
        super().__init__()
        _serial = count()
        self.steps = 0
        self.trace: Callable[[str], None] | None = None
        self._now = 0.0
        self._max_steps = max_steps
        self._random = random.Random(seed)
        self._ready: list[Handle] = []
        self._scheduled: list[TimerHandle] = []
        self._timer_cancelled_count = 0
        self._frozen: dict[str, list[Handle]] = {}
        self._labels: dict[asyncio.Task[Any], str] = {}
        self.set_task_factory(self._make_task)

    def time(self) -> float:
        return self._now

    def create_future(self) -> asyncio.Future[Any]:
        return _Future(loop=self)

    # --- processes ---

    def freeze(self, label: str) -> None:
        """Let nothing of this process run until ``thaw``; its timers go off meanwhile, unheard."""
        self._frozen.setdefault(label, [])

    def thaw(self, label: str) -> None:
        self._ready.extend(self._frozen.pop(label, ()))

    def is_frozen(self, label: str) -> bool:
        return label in self._frozen

    def spawn(self, label: str, work: Coroutine[Any, Any, Answer]) -> asyncio.Task[Answer]:
        """Begin a task as part of that process."""
        context = copy_context()
        context.run(PROCESS.set, label)
        return self.create_task(work, context=context)

    def left_behind(self, label: str) -> list[str]:
        """Tasks and timers of a process that are still there."""
        tasks = [repr(task) for task, owner in self._labels.items() if owner == label and not task.done()]
        timers = [
            repr(timer) for timer in self._scheduled if not timer.cancelled() and _owner(timer) == label
        ]
        return tasks + timers

    def end_all(self) -> None:
        """Cancel every task, and let each tidy up."""
        for label in list(self._frozen):
            self.thaw(label)
        self._max_steps = self.steps + 100_000
        tasks = asyncio.all_tasks(self)
        for task in tasks:
            task.cancel()
        if tasks:
            with suppress(Deadlock, Endless):
                self.run_until_complete(asyncio.wait(tasks))
        for task in tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined]

    def _make_task(self, loop: asyncio.AbstractEventLoop, work: Any, **more: Any) -> asyncio.Task[Any]:
        task = _Task(work, loop=loop, **more)
        context = more.get("context")
        self._labels[task] = PROCESS.get() if context is None else context.get(PROCESS, "")
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._labels.pop(task, None)

    # --- what BaseEventLoop asks of its heirs ---

    def _run_once(self) -> None:
        if not self._ready:
            self._advance()
        position = int(self._random.random() * len(self._ready))
        self._ready[position], self._ready[-1] = self._ready[-1], self._ready[position]
        handle = self._ready.pop()
        if handle.cancelled():
            return
        label = _owner(handle)
        if label in self._frozen:
            self._frozen[label].append(handle)
            return
        self.steps += 1
        if self.steps > self._max_steps:
            raise Endless(f"{self.steps} callbacks, and no end by {self._now:.3f} s")
        if self.trace is not None:
            self.trace(label)
        handle._run()

    def _advance(self) -> None:
        """Jump to the next timer, and make all of that moment ready."""
        timers = self._scheduled
        if self._timer_cancelled_count > 100 and 2 * self._timer_cancelled_count > len(timers):
            timers[:] = [timer for timer in timers if not timer.cancelled()]
            heapq.heapify(timers)
            self._timer_cancelled_count = 0
        while timers and timers[0].cancelled():
            self._timer_cancelled_count -= 1
            self._take_timer()
        if not timers:
            raise Deadlock(f"everything waits at {self._now:.3f} s")
        self._now = max(self._now, timers[0].when())
        while timers and timers[0].when() <= self._now:
            self._ready.append(self._take_timer())

    def _take_timer(self) -> TimerHandle:
        timer = heapq.heappop(self._scheduled)
        timer._scheduled = False  # type: ignore[attr-defined]
        return timer

    def _timer_handle_cancelled(self, handle: TimerHandle) -> None:
        if handle._scheduled:  # type: ignore[attr-defined]
            self._timer_cancelled_count += 1

    def _process_events(self, event_list: object) -> None:
        """There are no sockets."""

    def _write_to_self(self) -> None:
        """There are no threads to wake it from."""


def _owner(handle: Handle) -> str:
    context: Context = handle._context  # type: ignore[attr-defined]
    return context.get(PROCESS, "")


class VirtualClock:
    """The Clock port on a virtual loop."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def monotonic(self) -> float:
        return self._loop.time()

    def wall(self) -> float:
        return WALL_AT_START + self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def simulate(main: Callable[[VirtualLoop], Coroutine[Any, Any, Answer]], seed: int, **more: Any) -> Answer:
    """Run a world to its end. Raises what it raises, Deadlock and Endless."""
    loop = VirtualLoop(seed, **more)
    try:
        return loop.run_until_complete(main(loop))
    finally:
        loop.end_all()
        loop.close()

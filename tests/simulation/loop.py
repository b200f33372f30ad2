"""An event loop without time and without order: time jumps, and any ready callback may run next.

One seed gives one interleaving. Processes are told apart by a label in the context of their tasks, so
that one can be frozen, as by SIGSTOP, while the others go on.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from heapq import heappop, heappush
from itertools import count
from typing import Any, TypeVar

from tests.simulation.callback import Callback

Answer = TypeVar("Answer")

PROCESS: ContextVar[str] = ContextVar("process", default="")
"""The simulated process that a task belongs to; inherited by all that it begins."""

WALL_AT_START = 1_700_000_000.0


class Deadlock(Exception):
    """Nothing is ready and no timer is set: whoever waits now waits for ever."""


class Endless(Exception):
    """More callbacks ran than a world of this size can need."""


_serial = count()


class _Numbered:
    """Hashed by its number instead of its address, so that sets of tasks have one order in every run."""

    _serial = -1

    def __hash__(self) -> int:
        if self._serial < 0:
            self._serial = next(_serial)
        return self._serial


class _Task(_Numbered, asyncio.Task[Any]):
    label = ""


class _Future(_Numbered, asyncio.Future[Any]):
    pass


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
        self._chance = random.Random(seed).random
        self._runnable: list[Callback] = []
        self._timers: list[tuple[float, int, Callback]] = []
        self._timer_numbers = count()
        self._frozen: dict[str, list[Callback]] = {}
        self._begun: list[_Task] = []
        self._most_begun = 256

    def time(self) -> float:
        return self._now

    def create_future(self) -> asyncio.Future[Any]:
        return _Future(loop=self)

    # --- processes ---

    def freeze(self, label: str) -> None:
        """Let nothing of this process run until ``thaw``; its timers go off meanwhile, unheard."""
        self._frozen.setdefault(label, [])

    def thaw(self, label: str) -> None:
        self._runnable.extend(self._frozen.pop(label, ()))

    def is_frozen(self, label: str) -> bool:
        return label in self._frozen

    def spawn(self, label: str, work: Coroutine[Any, Any, Answer]) -> asyncio.Task[Answer]:
        """Begin a task as part of that process."""
        context = copy_context()
        context.run(PROCESS.set, label)
        return self.create_task(work, context=context)

    def left_behind(self, label: str) -> list[str]:
        """Tasks and timers of a process that are still there."""
        tasks = [repr(task) for task in self._tasks() if task.label == label]
        timers = [
            repr(timer)
            for _, _, timer in self._timers
            if not timer.is_cancelled and timer.context.get(PROCESS) == label
        ]
        return tasks + timers

    def end_all(self) -> None:
        """Cancel every task, and let each tidy up."""
        for label in list(self._frozen):
            self.thaw(label)
        self._max_steps = self.steps + 100_000
        tasks = self._tasks()
        for task in tasks:
            task.cancel()
        if tasks:
            with suppress(Deadlock, Endless):
                self.run_until_complete(asyncio.wait(tasks))
        for task in tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined]

    def _tasks(self) -> list[_Task]:
        """Those that have not ended, in the order of their beginning."""
        return [task for task in self._begun if not task.done()]

    def create_task(  # type: ignore[override]
        self,
        work: Coroutine[Any, Any, Answer],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> asyncio.Task[Answer]:
        task = _Task(work, loop=self, name=name, context=context)
        task.label = PROCESS.get() if context is None else context.get(PROCESS, "")
        self._begun.append(task)
        if len(self._begun) > self._most_begun:
            self._begun = self._tasks()
            self._most_begun = 256 + 2 * len(self._begun)
        return task

    # --- what asyncio asks of a loop, as short as it can be: a world is little else ---

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Callback:
        made = Callback(callback, args, copy_context() if context is None else context, self._now)
        self._runnable.append(made)
        return made

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Callback:
        made = Callback(callback, args, copy_context() if context is None else context, when)
        heappush(self._timers, (when, next(self._timer_numbers), made))
        return made

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Callback:
        when = self._now + delay
        made = Callback(callback, args, copy_context() if context is None else context, when)
        heappush(self._timers, (when, next(self._timer_numbers), made))
        return made

    get_debug = bool  # type: ignore[assignment]
    """Asked for with every future there is: to call a type, which gives False, costs the least."""

    def _run_once(self) -> None:
        """Run until something asks the loop to stop."""
        runnable, chance, frozen = self._runnable, self._chance, self._frozen
        while True:
            if not runnable:
                self._advance()
            position = int(chance() * len(runnable))
            made = runnable[position]
            runnable[position] = runnable[-1]
            runnable.pop()
            if made.is_cancelled:
                continue
            if frozen and (label := made.context.get(PROCESS, "")) in frozen:
                frozen[label].append(made)
                continue
            self.steps += 1
            if self.steps > self._max_steps:
                raise Endless(f"{self.steps} callbacks, and no end by {self._now:.3f} s")
            if self.trace is not None:
                self.trace(made.context.get(PROCESS, ""))
            try:
                made.context.run(made.work, *made.args)
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as error:  # noqa: BLE001 as asyncio does with what a callback raises
                self.call_exception_handler({"message": f"{made!r} raised", "exception": error})
            if self._stopping:  # type: ignore[attr-defined]
                return

    def _advance(self) -> None:
        """Jump to the next timer, and make all of that moment ready."""
        timers, runnable = self._timers, self._runnable
        while timers and timers[0][2].is_cancelled:
            heappop(timers)
        if not timers:
            raise Deadlock(f"everything waits at {self._now:.3f} s")
        now = timers[0][0]
        if now > self._now:
            self._now = now
        else:
            now = self._now
        while timers and timers[0][0] <= now:
            runnable.append(heappop(timers)[2])

    def _process_events(self, event_list: object) -> None:
        """There are no sockets."""

    def _write_to_self(self) -> None:
        """There are no threads to wake it from."""


class VirtualClock:
    """The Clock port on a virtual loop. ``stepped``: seconds by which somebody set the wall clock."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.stepped = 0.0

    def monotonic(self) -> float:
        return self._loop._now

    def wall(self) -> float:
        return WALL_AT_START + self.stepped + self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """As ``asyncio.sleep``, with fewer calls."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        slept = _Future(loop=self._loop)
        timer = self._loop.call_later(seconds, _wake, slept)
        try:
            await slept
        except BaseException:
            timer.cancel()
            raise


def _wake(slept: asyncio.Future[Any]) -> None:
    if not slept.cancelled():
        slept.set_result(None)


def simulate(main: Callable[[VirtualLoop], Coroutine[Any, Any, Answer]], seed: int, **more: Any) -> Answer:
    """Run a world to its end. Raises what it raises, Deadlock and Endless."""
    loop = VirtualLoop(seed, **more)
    try:
        return loop.run_until_complete(main(loop))
    finally:
        loop.end_all()
        loop.close()

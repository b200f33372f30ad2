"""What waits to be run by the virtual loop."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from typing import Any


class Callback:
    """What asyncio calls a handle, without what only a debugger wants."""

    __slots__ = ("args", "context", "is_cancelled", "moment", "work")

    def __init__(
        self, work: Callable[..., object], args: tuple[Any, ...], context: Context, moment: float
    ) -> None:
        self.work = work
        self.args = args
        self.context = context
        self.moment = moment
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True
        self.work, self.args = _nothing, ()

    def cancelled(self) -> bool:
        return self.is_cancelled

    def when(self) -> float:
        return self.moment

    def __repr__(self) -> str:
        return f"<{getattr(self.work, '__qualname__', self.work)} at {self.moment:.3f} s>"


def _nothing() -> None:
    """What a cancelled callback does."""

"""What one session has sent to the store: carried out in the order in which it was sent, as on ZooKeeper."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from orchestrator.core.decisions import Transaction

Answer = TypeVar("Answer")
Work = Callable[[], Awaitable[Any]]


class Letter:
    """One request. ``late``: what is still done of it where its sender is gone; None: nothing."""

    def __init__(self, late: Work | None) -> None:
        self.late = late
        self.is_through = asyncio.Event()


class Wire:
    """``under_way``: the transactions that were asked for and not answered yet."""

    def __init__(self) -> None:
        self.under_way: list[Transaction] = []
        self._letters: deque[Letter] = deque()

    def send(self, late: Work | None = None) -> Letter:
        """Take the next place in the order."""
        letter = Letter(late)
        self._letters.append(letter)
        return letter

    async def carry_out(self, letter: Letter, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """Do the work once all that was sent before it is through."""
        while self._letters[0] is not letter:
            await self._letters[0].is_through.wait()
        try:
            return await work()
        finally:
            self.take_off(letter)

    def take_off(self, letter: Letter) -> None:
        """It was carried out, or never will be."""
        if letter in self._letters:
            self._letters.remove(letter)
            letter.is_through.set()

    def left(self) -> list[Work]:
        """What the store still gets, in order, though the sender is gone by now."""
        return [letter.late for letter in self._letters if letter.late is not None]

    def others(self, transaction: Transaction) -> int:
        """How many more of its kind are under way."""
        return sum(1 for one in self.under_way if one.kind == transaction.kind and one.op != transaction.op)

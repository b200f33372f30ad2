"""How long a reader waits for what only completes its answer: long, unless it was waited for in vain."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from orchestrator.errors import Unavailable

Answer = TypeVar("Answer")

USUAL_S = 1.0
SHORT_S = 0.15


class Patience:
    """With one source; ``source`` names it in a sentence."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._lost = False

    async def wait(self, answer: Awaitable[Answer]) -> Answer:
        """Raises Unavailable when there is no answer in time, and what ``answer`` raises."""
        within = SHORT_S if self._lost else USUAL_S
        try:
            async with asyncio.timeout(within):
                given = await answer
        except TimeoutError as error:
            self._lost = True
            raise Unavailable(f"{self._source} did not answer within {within:g} s") from error
        self._lost = False
        return given

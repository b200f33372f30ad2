"""Whether the catalog of a kind answers: asked now and then, and before what people wait for.

Where it or the store was away, catalog and store are compared once both are there again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from orchestrator.engine.tenure import Tenure
from orchestrator.errors import Unavailable

EVERY_S = 5.0
WITHIN_S = 3.0
"""How long a catalog may take over one id before people are told that it does not answer."""

SOME_ID = "1"


class Contact:
    """``back``: called when the catalog or the store is there again. ``trouble``: why the catalog is not."""

    def __init__(self, tenure: Tenure, back: Callable[[], None]) -> None:
        self.trouble = ""
        self._tenure = tenure
        self._back = back

    async def run(self) -> None:
        """Ask for ever."""
        in_touch = True
        while True:
            await self._tenure.around.clock.sleep(EVERY_S)
            await self._ask()
            before, in_touch = in_touch, self._tenure.leadership.holds()
            if in_touch and not before:
                self._back()

    async def require(self) -> None:
        """Raises Unavailable when the catalog does not answer now."""
        await self._ask()
        if self.trouble:
            raise Unavailable(self.trouble)

    async def _ask(self) -> None:
        kind, before = self._tenure.setup.kind, self.trouble
        known = next(iter(self._tenure.view.index), SOME_ID)
        try:
            async with asyncio.timeout(WITHIN_S):
                await self._tenure.setup.catalog.lookup(kind, [known])
        except TimeoutError:
            self.trouble = f"the catalog of {kind} did not answer within {WITHIN_S:g} s"
        except Unavailable as error:
            self.trouble = str(error)
        else:
            self.trouble = ""
            if before:
                self._back()

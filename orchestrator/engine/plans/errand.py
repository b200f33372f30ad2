"""What a person asks of a kind beside orchestrating it: carried out by its one writer, in its turn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from orchestrator.engine.tenure import Tenure


class Errand(Protocol):
    """``answer`` gets what ``carry_out`` returns."""

    answer: asyncio.Future[Any]

    async def carry_out(self, tenure: Tenure) -> Any | None:
        """None: the view was loaded anew in between, and it is to be carried out again.

        Raises Unavailable, NotNow and Permanent, as a pass does.
        """


async def carry_out_errands(tenure: Tenure, errands: list[Errand]) -> bool:
    """Answer each in turn, taking it off the list; False when the view was loaded anew in between."""
    while errands:
        errand = errands[0]
        if not errand.answer.done():
            answer = await errand.carry_out(tenure)
            if answer is None:
                return False
            if not errand.answer.done():
                errand.answer.set_result(answer)
        errands.pop(0)
    return True

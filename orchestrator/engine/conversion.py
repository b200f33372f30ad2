"""The layout of the store at the beginning of a term: declared where it is new, converted where it was begun.

No kind is open yet, so nothing else is written meanwhile. Instances go on with what they have.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from orchestrator.core.decisions import Committed
from orchestrator.engine.leadership import Leadership
from orchestrator.errors import NotNow, Permanent, Unavailable
from orchestrator.ports import Clock, Store, StoreLayout

log = structlog.get_logger()

AGAIN_S = 1.0


async def settle_layout(store: Store, leadership: Leadership, clock: Clock, kinds: Sequence[str]) -> None:
    """Try until it is done. ``kinds``: those that are configured, beside what else the store holds.

    Raises Permanent where it cannot be read which layout the store has, NotNow when the office was lost.
    """
    while True:
        try:
            return await _settle(store, leadership, kinds)
        except (Unavailable, NotNow) as error:
            await leadership.prove()
            if leadership.lost.is_set():
                raise NotNow(leadership.why_lost) from error
            log.warning("the layout of the store is not settled", error=str(error))
            await clock.sleep(AGAIN_S)


async def _settle(store: Store, leadership: Leadership, kinds: Sequence[str]) -> None:
    found = await store.layout()
    if found.at is None:
        # Nobody reads an empty store yet, so it begins with the newest layout.
        first = found.layout if await store.kinds() else store.span.newest
        await _declare(leadership, found, StoreLayout(layout=first))
        found = await store.layout()
    # Here, and not with the declaration: that may have been made by an attempt whose answer was lost.
    leadership.write_in(found.written)
    if found.next is not None:
        log.info("the store is converted", before=found.layout, after=found.next)
        if await _converted(store, leadership, kinds):
            await _declare(leadership, found, StoreLayout(layout=found.next))
            log.info("the store is converted to its end", layout=found.next)


async def _converted(store: Store, leadership: Leadership, kinds: Sequence[str]) -> bool:
    """Whether every kind was; one that cannot be read stays as it is, and holds up no other."""
    is_whole = True
    for kind in sorted({*kinds, *await store.kinds()}):
        try:
            result = await leadership.convert(kind)
        except Permanent as error:
            log.error("the kind is not converted", kind=kind, error=str(error))
            is_whole = False
            continue
        if not isinstance(result, Committed):
            raise Unavailable(f"{kind} is converted in part: {result.detail}")
    return is_whole


async def _declare(leadership: Leadership, before: StoreLayout, after: StoreLayout) -> None:
    result = await leadership.declare(before, after)
    if not isinstance(result, Committed):
        raise Unavailable(f"the layout of the store could not be written: {result.detail}")

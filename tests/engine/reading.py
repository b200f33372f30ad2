"""The live stream as a test reads it: what there is, as often as there is more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from orchestrator.engine.facade import FeedItem, Reading


async def reading_of(
    stream: Callable[[int | None, Callable[[], None]], Reading], after: int | None
) -> AsyncGenerator[Sequence[FeedItem], None]:
    news = asyncio.Event()
    place = stream(after, news.set)
    try:
        while True:
            news.clear()
            items = place.take()
            if items is None:
                return
            if items:
                yield items
            else:
                await news.wait()
    finally:
        place.close()

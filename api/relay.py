"""The leader's event stream, handed through as it comes."""

from __future__ import annotations

import asyncio
import logging

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

from api.options import OPTIONS
from api.problem import Problem

logger = logging.getLogger(__name__)


class Relays:
    """The streams that this server hands through."""

    def __init__(self) -> None:
        self._open: set[asyncio.Future[None]] = set()

    async def relay(
        self,
        request: web.Request,
        answer: aiohttp.ClientResponse,
        headers: CIMultiDict[str],
        turn: asyncio.Future[None],
    ) -> web.StreamResponse:
        """Until the leader ends it or leads no more, the reader leaves or is too slow, or the server ends."""
        options = request.app[OPTIONS]
        if len(self._open) >= options.stream_limit:
            raise Problem(429, f"{options.stream_limit} streams are open", headers={"Retry-After": "5"})
        response = web.StreamResponse(status=answer.status, headers=headers)
        copying = asyncio.ensure_future(_copy(request, answer, response, options.stream_patience))
        self._open.add(copying)
        try:
            await asyncio.wait({copying, turn}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._open.discard(copying)
            copying.cancel()
            (ended,) = await asyncio.gather(copying, return_exceptions=True)
        if isinstance(ended, (aiohttp.ClientError, OSError, TimeoutError)):
            logger.debug("a stream that was handed through ended: %r", ended)
        elif isinstance(ended, Exception):
            logger.error("a stream that was handed through failed", exc_info=ended)
        return response

    def close(self) -> None:
        """End all of them, so that a shutdown waits for none."""
        for copying in self._open:
            copying.cancel()


async def _copy(
    request: web.Request, answer: aiohttp.ClientResponse, response: web.StreamResponse, patience: float
) -> None:
    await response.prepare(request)
    async for part in answer.content.iter_any():
        async with asyncio.timeout(patience):
            await response.write(part)

"""Events as they happen, as server-sent events; a reader that does not read is cut off."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from api.options import FACADE, OPTIONS
from api.problem import Problem
from api.query import read_query, whole
from api.route import Parameter, Route

logger = logging.getLogger(__name__)
_RECONNECT_MS = 1000
_HIGHEST = 2**63 - 1
_AFTER = Parameter(
    name="after",
    schema={"type": "integer", "minimum": 0, "maximum": _HIGHEST},
    description="go on after this id, as Last-Event-ID does",
)


class Streams:
    """The open streams of this server."""

    def __init__(self) -> None:
        self._open: set[EventSourceResponse] = set()

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        options = request.app[OPTIONS]
        given = whole(read_query(request, (_AFTER,)), _AFTER.name, least=0, most=_HIGHEST)
        if len(self._open) >= options.stream_limit:
            raise Problem(429, f"{options.stream_limit} streams are open", headers={"Retry-After": "5"})
        response = EventSourceResponse(
            sep="\n", send_timeout=options.stream_patience, ping_interval=options.stream_heartbeat
        )
        self._open.add(response)
        try:
            await response.prepare(request)
            async with response:
                await self._carry(request, response, given)
        except ConnectionResetError:
            logger.debug("a reader of the stream left before it began")
        finally:
            self._open.discard(response)
        return response

    async def close(self, app: web.Application) -> None:
        """End all streams, so that a shutdown waits for none of them."""
        for response in tuple(self._open):
            if response.is_connected():
                response.stop_streaming()

    async def _carry(self, request: web.Request, response: EventSourceResponse, given: int | None) -> None:
        feed = asyncio.ensure_future(_send(request, response, given))
        # The heartbeat notices a reader that left while there was nothing to send, and a shutdown.
        heart = asyncio.ensure_future(response.wait())
        try:
            await asyncio.wait((feed, heart), return_when=asyncio.FIRST_COMPLETED)
        finally:
            feed.cancel()
            heart.cancel()
            ended, _ = await asyncio.gather(feed, heart, return_exceptions=True)
        if isinstance(ended, ConnectionResetError | TimeoutError):
            logger.debug("a reader of the stream left or did not read")
        elif isinstance(ended, Exception):
            # The answer has begun, so no problem can follow: the stream ends and the reader comes back.
            logger.error("a stream failed", exc_info=ended)


async def _send(request: web.Request, response: EventSourceResponse, given: int | None) -> None:
    options = request.app[OPTIONS]
    last, usable = _resume_point(response.last_event_id, given)
    hello = json.dumps({"version": options.version})
    await response.send(hello, event="hello", retry=_RECONNECT_MS)
    if not usable:
        await response.send("{}", event="reload")
    items = request.app[FACADE].stream(last)
    try:
        async for item in items:
            await response.send(json.dumps(item.data), id=str(item.id), event=item.event)
    finally:
        # A reader that is cut off must not leave its queue behind until the garbage is collected.
        if isinstance(items, AsyncGenerator):
            await items.aclose()


def _resume_point(header: str | None, given: int | None) -> tuple[int | None, bool]:
    """Where to go on. An id that is none of ours is answered by a reload, since a 400 ends an EventSource."""
    if not header:
        return given, True
    if header.isascii() and header.isdigit() and len(header) < 19:
        return int(header), True
    return None, False


def routes(streams: Streams) -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/v1/api/events/stream",
            handler=streams.__call__,
            summary="Events as they happen: hello, journal, summary, reload",
            query=(_AFTER,),
            answer="text/event-stream",
            problems=(400, 422, 429),
            head=False,
            reads_kinds=False,
        ),
    )

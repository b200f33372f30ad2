"""Events as they happen, as server-sent events; a reader that does not read is cut off."""

from __future__ import annotations

import asyncio
import json
import logging

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from api.access import ACCESS
from api.access.keys import PRINCIPAL
from api.frames import Frames, Lines, Wanted, framed
from api.options import FACADE, OPTIONS
from api.parameters import Choice, Whole
from api.problem import Problem
from api.query import read_query
from api.reader import Reader
from api.route import Route
from api.turns import Turns
from orchestrator.core.access import Role
from orchestrator.engine.answers.system import LimitStatus

logger = logging.getLogger(__name__)
_RECONNECT_MS = 1000
_AFTER = Whole(name="after", description="go on after this id, as Last-Event-ID does", usual=None)
_JOURNAL = Choice(
    name="journal",
    description="lines of the journal: all, a few at a time and the others counted, or none",
    of=Lines,
    usual=Lines.ALL,
)


class Streams:
    """The open streams of this server."""

    def __init__(self) -> None:
        self._open: set[EventSourceResponse] = set()
        self._refused_at: float | None = None
        self._turns: Turns | None = None

    def limit(self, most: int) -> LimitStatus:
        """How near the server is to the most readers that it bears."""
        return LimitStatus(
            name="streams", kind=None, value=most, in_use=len(self._open), last_hit=self._refused_at
        )

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        options = request.app[OPTIONS]
        values = read_query(request, (_AFTER, _JOURNAL))
        given, wanted = _AFTER.read(values), _wanted(request, _JOURNAL.read(values))
        if len(self._open) >= options.stream_limit:
            self._refused_at = options.wall()
            raise Problem(429, f"{options.stream_limit} streams are open", headers={"Retry-After": "5"})
        response = EventSourceResponse(
            sep="\n", send_timeout=options.stream_patience, ping_interval=options.stream_heartbeat
        )
        self._open.add(response)
        try:
            await response.prepare(request)
            async with response:
                await self._carry(request, response, given, wanted)
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

    async def _carry(
        self, request: web.Request, response: EventSourceResponse, given: int | None, wanted: Wanted
    ) -> None:
        feed = asyncio.ensure_future(self._send(request, response, given, wanted))
        # The heartbeat notices a reader that left while there was nothing to send, and a shutdown.
        heart = asyncio.ensure_future(response.wait())
        lapse = asyncio.ensure_future(request.app[ACCESS].lapse(request))
        try:
            await asyncio.wait((feed, heart, lapse), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in (feed, heart, lapse):
                one.cancel()
            ended, _, _ = await asyncio.gather(feed, heart, lapse, return_exceptions=True)
        if isinstance(ended, ConnectionResetError | TimeoutError):
            logger.debug("a reader of the stream left or did not read")
        elif isinstance(ended, Exception):
            # The answer has begun, so no problem can follow: the stream ends and the reader comes back.
            logger.error("a stream failed", exc_info=ended)

    async def _send(
        self, request: web.Request, response: EventSourceResponse, given: int | None, wanted: Wanted
    ) -> None:
        options = request.app[OPTIONS]
        if self._turns is None:
            self._turns = Turns(Frames(options.audit_bound), options.stream_pace, options.stream_patience)
        last, usable = _resume_point(response.last_event_id, given)
        hello = json.dumps({"version": options.version, "asOf": options.wall()})
        await response.send(hello, event="hello", retry=_RECONNECT_MS)
        if not usable:
            async with asyncio.timeout(options.stream_patience):
                await response.write(framed("reload", b"{}"))
        turn = self._turns.least()
        reader = Reader(request, request.app[FACADE].stream(last, turn.wake), wanted)
        try:
            turn.join(reader)
            await reader.over
        finally:
            turn.leave(reader)
            # A reader that is cut off must not count as one until the garbage is collected.
            reader.close()


def _wanted(request: web.Request, lines: Lines) -> Wanted:
    principal, facade = request[PRINCIPAL], request.app[FACADE]
    if principal.role_for(None) >= Role.VIEWER:
        return Wanted(lines)
    kinds = frozenset(kind for kind in facade.kinds() if principal.role_for(kind) >= Role.VIEWER)
    return Wanted(lines, kinds)


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
            summary="Events as they happen: hello, summary, shards, plan, deps, journal, counted, reload",
            query=(_AFTER, _JOURNAL),
            answer="text/event-stream",
            problems=(422, 429),
            head=False,
            reads_kinds=False,
            is_for_any_kind=True,
        ),
    )

"""Requests that need the leader: answered here where this server leads, else passed on to it, one hop.

With no leader, those that only read are answered from the store, with the age of what they say.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import aiohttp
from aiohttp import hdrs, web

from api.body import read_bytes
from api.headers import AGE
from api.hop import PASSED_BY, headers_along, headers_back, target
from api.options import FACADE, OPTIONS
from api.origin import SAFE_METHODS
from api.problem import Problem
from api.relay import Relays
from api.route import Handler, Route
from api.silence import Silence
from orchestrator.engine.answers import Standing

Answer = TypeVar("Answer")

logger = logging.getLogger(__name__)
NOT_LEADING = "X-Shardwright-Not-Leading"
"""On the answer to a request that was passed on to a server that does not lead."""

_CONNECT_S = 2.0
_READ_S = 5.0
_WRITE_S = 60.0
_RETRY: dict[str, str] = {hdrs.RETRY_AFTER: "1"}


class Unreachable(Exception):
    """The leader gave no answer of a leader; the text says why."""


class Passing:
    """Of one application. ``session`` is opened with it and closed with it."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._relays = Relays()
        self._silence = Silence()

    def wrap(self, route: Route) -> Handler:
        async def handler(request: web.Request) -> web.StreamResponse:
            facade = request.app[FACADE]
            standing = facade.standing()
            if not standing.in_office:
                _refuse_second_hop(request, standing)
                answer, why = await self._ask_leader(route, request, standing)
                if answer is not None:
                    return answer
                if request.method not in SAFE_METHODS:
                    raise Problem(503, why, headers=_RETRY)
                if route.reads_kinds:
                    await facade.recall()
                standing = facade.standing()
            if standing.age is not None:
                request[AGE] = standing.age
            return await route.handler(request)

        return handler

    async def __call__(self, app: web.Application) -> None:
        """On the start of the application."""
        self._session = aiohttp.ClientSession(
            # Every worker that asks here holds a connection open.
            connector=aiohttp.TCPConnector(limit=0),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def shut_down(self, app: web.Application) -> None:
        self._relays.close()

    async def close(self, app: web.Application) -> None:
        if self._session is not None:
            await self._session.close()

    async def _ask_leader(
        self, route: Route, request: web.Request, standing: Standing
    ) -> tuple[web.StreamResponse | None, str]:
        """The leader's answer; None where there is no leader to be had, and why."""
        if not standing.can_pass_on:
            return None, standing.why
        try:
            return await self._pass_on(route, request, standing), ""
        except Unreachable as gone:
            logger.info("%s at %s: %s", standing.leader, standing.url, gone)
            return None, f"the leader {standing.leader} does not answer at {standing.url}: {gone}"

    async def _pass_on(self, route: Route, request: web.Request, standing: Standing) -> web.StreamResponse:
        options, session = request.app[OPTIONS], self._session
        assert session is not None
        where = target(standing.url, request)
        limit = options.worker_body_limit if route.is_for_workers else options.body_limit
        body = await read_bytes(request, limit) if request.can_read_body else None
        within = self._patience(request, standing)
        connect = min(within, _CONNECT_S)
        given = aiohttp.ClientTimeout(total=None, connect=connect, sock_connect=connect)

        async def asked() -> aiohttp.ClientResponse:
            return await session.request(
                # The answer to a HEAD is that to a GET; its body is left out on the way to the client.
                "GET" if request.method == "HEAD" else request.method,
                where,
                headers=headers_along(request, standing.holder),
                data=body,
                allow_redirects=False,
                timeout=given,
            )

        turn = asyncio.ensure_future(request.app[FACADE].turn(standing))
        try:
            answer = await _within(asked, within, turn)
            self._silence.end(standing)
            async with answer:
                if answer.status == 503 and NOT_LEADING in answer.headers:
                    raise Unreachable("it does not lead any more")
                headers = headers_back(answer)
                headers[PASSED_BY] = standing.holder
                if answer.content_type == "text/event-stream":
                    return await self._relays.relay(request, answer, headers, turn)
                content = await _within(answer.read, within, turn)
            return web.Response(status=answer.status, body=content, headers=headers)
        except (aiohttp.ClientError, OSError) as failed:
            if isinstance(failed, TimeoutError):
                self._silence.begin(standing, now=options.monotonic())
            raise Unreachable(
                f"{type(failed).__name__}: {failed}" if str(failed) else repr(failed)
            ) from failed
        finally:
            turn.cancel()

    def _patience(self, request: web.Request, standing: Standing) -> float:
        """Seconds. Raises Unreachable for a leader that was silent a moment ago, where that is no loss."""
        if request.method not in SAFE_METHODS:
            return _WRITE_S
        within = self._silence.patience(standing, _READ_S, now=request.app[OPTIONS].monotonic())
        if not within:
            raise Unreachable("it gave no answer a moment ago")
        return within


def _refuse_second_hop(request: web.Request, standing: Standing) -> None:
    """Raises Problem (503)."""
    by = request.headers.get(PASSED_BY)
    if by is not None:
        why = f"{by[:100]!r} passed this on, but {standing.holder} does not lead either: {standing.why}"
        raise Problem(503, why, headers=_RETRY | {NOT_LEADING: "true"})


async def _within(
    work: Callable[[], Awaitable[Answer]], seconds: float, turn: asyncio.Future[None]
) -> Answer:
    """What the leader answers while it leads. Raises Unreachable when it leads no more, and TimeoutError."""
    answering = asyncio.ensure_future(work())
    try:
        both: set[asyncio.Future[Any]] = {answering, turn}
        await asyncio.wait(both, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if answering.done():
            return answering.result()
        if turn.done():
            raise Unreachable("it leads no more")
        raise TimeoutError(f"no answer within {seconds:g} s")
    finally:
        answering.cancel()

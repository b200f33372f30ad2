"""Listening: the application on a socket, with limits that suit our ids and problems for what is not HTTP."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from api.headers import ALWAYS
from api.problem import Problem, response
from api.shortway import ShortWay

logger = logging.getLogger(__name__)
# 2,048 characters of an id, each four bytes, percent-encoded.
_LONGEST_LINE = 32 * 1024


class _Protocol(RequestHandler):
    __slots__ = ()

    async def _handle_request(self, *given: Any) -> tuple[web.StreamResponse, bool]:
        try:
            return await super()._handle_request(*given)
        except asyncio.InvalidStateError as error:
            # aiohttp, while it ends, gave up on this request in the very moment in which it was answered
            raise ConnectionAbortedError("the server ends") from error

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if status >= 500:
            logger.error("a request of %s failed outside its handler", request.remote, exc_info=exc)
        else:
            # Anybody can send what is not HTTP: that is worth a line, not a traceback.
            logger.info("a request of %s was not understood: %s", request.remote, type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionError("the answer was begun already")
        detail = "a line of the request is too long, or not HTTP" if status == 400 else "an error of ours"
        answer = response(Problem(status, detail))
        answer.headers.update(ALWAYS)
        answer.force_close()
        return answer


class _Server(web.Server):
    """``most``: connections at once; with one more, the oldest goes that has no request under way."""

    def __init__(self, *given: Any, most: int, **more: Any) -> None:
        super().__init__(*given, **more)
        self._most = most
        self._is_full = False

    def __call__(self) -> RequestHandler:
        return _Protocol(self, loop=self._loop, **self._kwargs)

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        was_full, self._is_full = self._is_full, len(self._connections) > self._most
        if not self._is_full:
            return
        if not was_full:
            logger.warning("%d connections are open: those without a request are ended", self._most)
        # A newcomer has not asked yet, so it goes itself where all others are busy.
        spare = next(one for one in self._connections if not one._request_in_progress)
        spare.force_close()
        # Its task ends a moment later; it must not be found again until then.
        self._connections.pop(spare)


class Runner(web.AppRunner):
    """Runs the application of ``build_app``; add a site to it, ``cleanup`` ends it.

    ``shutdown_timeout``: seconds that requests under way are given. ``most_connections``: at once.
    """

    def __init__(
        self, app: web.Application, *, shutdown_timeout: float = 5.0, most_connections: int = 512
    ) -> None:
        self._most_connections = most_connections
        super().__init__(
            app,
            access_log=None,
            shutdown_timeout=shutdown_timeout,
            max_line_size=_LONGEST_LINE,
            keepalive_timeout=75.0,
        )

    async def _make_server(self) -> web.Server:
        plain = await super()._make_server()
        return _Server(
            ShortWay(self.app, plain.request_handler),
            request_factory=plain.request_factory,
            loop=plain._loop,
            most=self._most_connections,
            **plain._kwargs,
        )

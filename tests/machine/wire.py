"""HTTP without sockets: the real application of each orchestrator of a world, and the hop between them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from unittest import mock

import aiohttp
from aiohttp import web
from aiohttp.streams import StreamReader
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from api.app import build_app
from api.options import ApiOptions
from api.passing import Passing
from orchestrator.engine.engine import Engine
from tests.simulation.node import Node
from tests.simulation.world import World

WITHIN_S = 90.0
"""Longer than one server waits for another with a change."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Unanswered(Exception):
    """The server ended, or stood still, before it answered."""


class Wire:
    """Asks any orchestrator of a world. An application lives as long as the engine behind it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._apps: dict[Node, tuple[Engine, web.Application]] = {}

    async def ask(
        self, node: Node, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request. Raises Unanswered, and Broken where the server goes on and does not answer."""
        world, engine, label = self._world, node.engine, node.label
        if not node.is_up or engine is None:
            raise Unanswered
        serving = world.loop.spawn(label, self._serve(node, engine, method, path, body, headers or {}))
        done, _ = await asyncio.wait([serving], timeout=WITHIN_S)
        if not done:
            serving.cancel()
            await asyncio.wait([serving], timeout=1.0)
        gone = not node.is_up or node.label != label
        if done and not serving.cancelled() and not gone:
            return serving.result()
        with suppress(asyncio.CancelledError, Exception):
            serving.exception()
        stands_still = world.loop.is_frozen(label)
        world.story.require(gone or stands_still, f"{method} {path[:80]} was never answered by {label}")
        raise Unanswered

    async def _serve(
        self, node: Node, engine: Engine, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        app = await self._app(node, engine)
        given = CIMultiDict(headers)
        if body:
            given.setdefault("Content-Type", "application/json")
        given.setdefault("Host", node.name)
        given["Content-Length"] = str(len(body))
        loop = asyncio.get_running_loop()
        content = StreamReader(mock.Mock(_reading_paused=False), 2**16, loop=loop)
        content.feed_data(body)
        content.feed_eof()
        request = make_mocked_request(method, path, given, app=app, payload=content, loop=loop)
        response = await app._handle(request)
        assert isinstance(response, web.Response)
        return Answer(response.status, CIMultiDictProxy(response.headers), bytes(response.body or b""))

    async def _app(self, node: Node, engine: Engine) -> web.Application:
        known = self._apps.get(node)
        if known is not None and known[0] is engine:
            return known[1]
        # the ids of requests differ between lives, as in the product
        options = ApiOptions(version="sim", monotonic=self._world.loop.time, request_ids=node.label)
        app = build_app(engine, options)
        for started in app.on_startup:
            if isinstance(started, Passing):
                started._session = _Hop(self, self._world, node)  # type: ignore[assignment]
        app.freeze()
        self._apps[node] = engine, app
        return app


class _Hop:
    """What an orchestrator uses to ask another, in the place of a client session."""

    def __init__(self, wire: Wire, world: World, source: Node) -> None:
        self._wire = wire
        self._world = world
        self._source = source

    async def request(
        self, method: str, url: URL, *, headers: Mapping[str, str], data: bytes | None, **more: Any
    ) -> _Reply:
        node = next((one for one in self._world.nodes if one.name == url.host), None)
        if node is None:
            raise aiohttp.ClientConnectionError(f"nobody is at {url}")
        try:
            answer = await self._wire.ask(node, method, url.raw_path_qs, data or b"", headers)
            self._world.story.meet("passed on to the leader")
        except Unanswered:
            raise aiohttp.ClientConnectionError(f"{url.host} does not answer") from None
        return _Reply(answer)


class _Reply:
    def __init__(self, answer: Answer) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self.content_type = answer.headers.get("Content-Type", "").partition(";")[0]
        self._body = answer.body

    async def read(self) -> bytes:
        return self._body

    async def __aenter__(self) -> _Reply:
        return self

    async def __aexit__(self, *error: object) -> None:
        """There is no connection."""

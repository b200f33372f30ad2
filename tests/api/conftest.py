"""A real server on loopback, in front of the double of the facade."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from api.access import Access
from api.app import build_app
from api.auditing import Auditing
from api.options import ApiOptions
from api.serving import Runner
from tests.api.facade_double import FacadeDouble


@dataclass
class Served:
    """``get`` and the others take a path that is already encoded."""

    facade: FacadeDouble
    session: aiohttp.ClientSession
    host: str
    port: int
    runner: Runner

    def url(self, path: str) -> URL:
        return URL(f"http://{self.host}:{self.port}{path}", encoded=True)

    def get(self, path: str, **given: object):
        return self.session.get(self.url(path), **given)

    def post(self, path: str, **given: object):
        return self.session.post(self.url(path), **given)

    def request(self, method: str, path: str, **given: object):
        return self.session.request(method, self.url(path), **given)


Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
def facade() -> FacadeDouble:
    return FacadeDouble()


@pytest.fixture
async def serve(facade: FacadeDouble) -> AsyncIterator[Serve]:
    runners: list[Runner] = []
    sessions: list[aiohttp.ClientSession] = []

    async def start(
        behind: FacadeDouble = facade,
        access: Access | None = None,
        auditing: Auditing | None = None,
        **changed: object,
    ) -> Served:
        options = ApiOptions(version="0.1.0", monotonic=time.monotonic, **changed)  # type: ignore[arg-type]
        runner = Runner(build_app(behind, options, access, auditing), shutdown_timeout=2.0)
        await runner.setup()
        runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        session = aiohttp.ClientSession()
        sessions.append(session)
        host, port = runner.addresses[0][:2]
        return Served(behind, session, host, port, runner)

    yield start
    for session in sessions:
        await session.close()
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def served(serve: Serve) -> Served:
    return await serve()

"""The routes of the API on a thread of their own, before the double of the facade."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from api.access import Access, Identities, Signing, Times
from api.app import build_app
from api.options import ApiOptions
from api.serving import Runner
from orchestrator.core.access import parsed
from orchestrator.ports.accounts import User
from orchestrator.store.accounts import SqlAccounts
from tests.api.accounts import CHEAP, HASHED
from tests.api.facade_double import FacadeDouble


@dataclass
class Real:
    """``facade`` belongs to the thread: look at it when the command has ended."""

    facade: FacadeDouble = field(default_factory=FacadeDouble)
    url: str = ""
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def run(self, work: Callable[[], Awaitable[None]]) -> None:
        async def done() -> None:
            await work()

        asyncio.run_coroutine_threadsafe(done(), self.loop).result(timeout=20)


@contextmanager
def real(accounts: Path | None = None, **users: str) -> Iterator[Real]:
    """``accounts``: a folder for a database of them, else the server is open; ``users``: a grant by name."""
    server = Real()
    thread = threading.Thread(target=server.loop.run_forever, daemon=True)
    thread.start()
    runners: list[Runner] = []
    opened: list[SqlAccounts] = []

    async def start() -> None:
        access = None
        if accounts is not None:
            store = await SqlAccounts.open(f"sqlite:///{accounts / 'accounts.db'}")
            opened.append(store)
            times = Times(8 * 3600.0, 7 * 86400.0)
            access = Access(
                Signing(Identities(store, wall=time.time, monotonic=time.monotonic, times=times), CHEAP)
            )
            for name, grant in users.items():
                await store.add_user(User(name=name, password=HASHED, grants=(parsed(grant),)))
        options = ApiOptions(version="0.1.0", monotonic=time.monotonic)
        runner = Runner(build_app(server.facade, options, access), shutdown_timeout=1.0)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        server.url = f"http://{host}:{port}"

    async def stop() -> None:
        for runner in runners:
            await runner.cleanup()
        for store in opened:
            await store.close()

    try:
        server.run(start)
        yield server
    finally:
        server.run(stop)
        server.loop.call_soon_threadsafe(server.loop.stop)
        thread.join(timeout=10)
        server.loop.close()

"""Chromium on a real server: a browser for each file, a server on a double of the facade for each test."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from api.access import Access
from api.app import build_app
from api.options import ApiOptions
from api.serving import Runner
from tests.api.facade_double import FacadeDouble
from tests.services import chromium

VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective}`));
"""


@dataclass
class Console:
    """The console under test; ``faults`` collects everything that a browser complains about."""

    facade: FacadeDouble
    browser: object
    url: str
    runner: Runner
    contexts: list[object] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    async def open(self, path: str = "", *, wait: str = "sw-cell", **context: object):
        """A page in a browser of its own, at ``path`` below ``/``."""
        return await self._show(await self.blank(**context), path, wait)

    async def tab(self, context: object, path: str = "", *, wait: str = "sw-cell"):
        return await self._show(await self._new(context), path, wait)

    async def blank(self, **context: object):
        """A browser of its own that has not been anywhere yet."""
        given = {"viewport": {"width": 1280, "height": 800}, "locale": "en-US"} | context
        self.contexts.append(await self.browser.new_context(**given))
        return await self._new(self.contexts[-1])

    async def _new(self, context: object):
        page = await context.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("dialog", lambda dialog: self.faults.append(f"dialog: {dialog.message}"))
        await page.add_init_script(VIOLATIONS)
        return page

    async def _show(self, page: object, path: str, wait: str):
        await page.goto(self.url + path)
        if wait:
            await page.wait_for_selector(wait)
        return page

    async def close(self) -> None:
        for context in self.contexts:
            await context.close()

    def _console(self, message: object) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{message.type}: {message.text}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[object]:
    """Chromium, for all tests of a file: these run on the loop of the file."""
    program = chromium.program()
    playwright_api = pytest.importorskip("playwright.async_api")
    async with playwright_api.async_playwright() as playwright:
        chosen = await playwright.chromium.launch(executable_path=program, args=list(chromium.FLAGS))
        yield chosen
        await chosen.close()


Serve = Callable[..., Awaitable[Console]]


@pytest_asyncio.fixture(loop_scope="module")
async def serve(browser: object) -> AsyncIterator[Serve]:
    """Starts a server in front of a facade; all of them end with the test."""
    started: list[Console] = []

    async def start(
        facade: FacadeDouble | None = None, *, access: Access | None = None, **options: object
    ) -> Console:
        facade = facade or FacadeDouble()
        # A reader that left is noticed by the heartbeat.
        chosen = {"stream_heartbeat": 0.5} | options
        given = ApiOptions(version="0.1.0", monotonic=time.monotonic, **chosen)
        runner = Runner(build_app(facade, given, access), shutdown_timeout=1.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        started.append(Console(facade, browser, f"http://{host}:{port}/", runner))
        return started[-1]

    yield start
    for console in started:
        await console.close()
        await console.runner.cleanup()


@pytest_asyncio.fixture(loop_scope="module")
async def console(serve: Serve) -> Console:
    return await serve()


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where pictures go for people to look at: never into the tree."""
    given = os.environ.get("SHARDWRIGHT_TEST_ARTEFACTS")
    folder = Path(given) / "browser" if given else Path(tempfile.mkdtemp(prefix="shardwright-browser-"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


async def text(page, selector: str) -> str:
    return await page.locator(selector).first.inner_text()

"""Chromium on a real server in front of the double of the facade."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from api.app import build_app
from api.options import ApiOptions
from api.serving import Runner
from tests.api.facade_double import FacadeDouble

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Console:
    """The page under test; ``faults`` collects everything that a browser complains about."""

    facade: FacadeDouble
    browser: object
    url: str
    runner: Runner
    faults: list[str] = field(default_factory=list)

    async def open(self, **context: object):
        given = {"viewport": {"width": 1280, "height": 800}, "locale": "en-US"} | context
        page = await (await self.browser.new_context(**given)).new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("dialog", lambda dialog: self.faults.append(f"dialog: {dialog.message}"))
        await page.goto(self.url)
        await page.wait_for_selector("sw-cell")
        return page

    def _console(self, message: object) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{message.type}: {message.text}")


@pytest.fixture
async def console() -> AsyncIterator[Console]:
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "Chromium is not installed (apt-get install chromium)"
        if os.environ.get("SHARDWRIGHT_REQUIRE") == "all":
            pytest.fail(reason)
        pytest.skip(reason)
    playwright_api = pytest.importorskip("playwright.async_api")
    facade = FacadeDouble()
    runner = Runner(
        build_app(facade, ApiOptions(version="0.1.0", monotonic=time.monotonic)), shutdown_timeout=1.0
    )
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    async with playwright_api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        yield Console(facade, browser, f"http://{host}:{port}/", runner)
        await browser.close()
    await runner.cleanup()

"""The page that tries the API out, in Chromium under its own policy."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Console

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_an_operation_is_tried_from_the_page(console: Console) -> None:
    asked: list[str] = []
    page = await console.open("docs", wait=".opblock-tag")
    page.on("request", lambda request: asked.append(request.url))
    await page.locator('.opblock-tag[data-tag="leader"]').click()
    await page.locator(".opblock-post .opblock-summary-control").first.click()
    await page.locator('tr[data-param-name="dryRun"] select').select_option("true")
    await page.locator("button.execute").click()
    answer = page.locator(".live-responses-table")
    await answer.wait_for()
    assert '"resigned": false' in await answer.inner_text()
    assert console.facade.resigned == 0
    assert asked and all(url.startswith((console.url, "data:")) for url in asked)
    assert console.faults == []

"""What is saved of the journal: all of it that fits, page after page, until somebody stops it."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.api.facade_double import line
from tests.browser.conftest import Console, text

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

LINES = 2_300
SAVE = "sw-save button"
SAID = "sw-save [role=status]"
NEXT = "**/v1/api/events?*before=*"


def fill(console: Console, lines: int = LINES) -> None:
    verbs = ("drop", "assign", "move")
    actors = ("ann", "bob")
    console.facade.lines[:] = [
        line(number, verb=verbs[number % 3], actor=actors[number % 2], op=f"op-{number}")
        for number in range(1, lines + 1)
    ]


async def saved(page, act) -> list[dict[str, object]]:
    async with page.expect_download() as waiting:
        await act()
    path = await (await waiting.value).path()
    return [json.loads(one) for one in path.read_text(encoding="utf-8").splitlines()]


async def test_every_line_that_fits_is_saved_however_many_pages_that_takes(console: Console) -> None:
    fill(console)
    page = await console.open("console/events", wait=".event")
    lines = await saved(page, lambda: page.click(SAVE))
    assert [one["sequence"] for one in lines] == list(range(LINES, 0, -1))
    assert f"{LINES:,} lines saved" in await text(page, SAID)
    assert await text(page, SAVE) == "Save as NDJSON"
    await page.goto(f"{console.url}console/events?verb=assign&actor=bob")
    await page.wait_for_selector(".event")
    lines = await saved(page, lambda: page.click(SAVE))
    assert {(one["verb"], one["actor"]) for one in lines} == {("assign", "bob")}
    assert len(lines) == len([one for one in range(1, LINES + 1) if one % 3 == 1 and one % 2 == 1])
    await page.goto(f"{console.url}console/events?before=1201")
    await page.wait_for_selector(".event")
    lines = await saved(page, lambda: page.click(SAVE))
    assert [one["sequence"] for one in lines] == list(range(1_200, 0, -1))
    assert console.faults == []


async def test_a_journal_of_fifty_thousand_lines_is_saved_whole(console: Console) -> None:
    fill(console, 50_000)
    page = await console.open("console/events", wait=".event")
    lines = await saved(page, lambda: page.click(SAVE))
    assert len({one["sequence"] for one in lines}) == 50_000
    assert console.faults == []


async def test_it_tells_how_far_it_is_and_stops_when_it_is_told_to(console: Console, artefacts) -> None:
    fill(console)
    page = await console.open("console/events", wait=".event")
    # The second page never comes.
    await page.route(NEXT, lambda route: asyncio.sleep(0))
    downloads = []
    page.on("download", lambda one: downloads.append(one))
    await page.focus(SAVE)
    await page.keyboard.press("Enter")
    await page.wait_for_function(f"() => document.querySelector('{SAID}').textContent.includes('500 lines')")
    assert "back to 2023-11-1" in await text(page, SAID)
    assert await text(page, SAVE) == "Stop"
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await page.screenshot(path=artefacts / f"saving-{scheme}.png")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.screenshot(path=artefacts / "saving-390.png")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.keyboard.press("Enter")
    await page.wait_for_function(
        f"() => document.querySelector('{SAID}').textContent.includes('nothing was')"
    )
    assert await text(page, SAVE) == "Save as NDJSON"
    await page.unroute(NEXT)
    assert downloads == []
    assert len(await saved(page, lambda: page.click(SAVE))) == LINES
    assert console.faults == []


async def test_what_is_refused_in_the_middle_goes_on_from_there(console: Console) -> None:
    fill(console)
    page = await console.open("console/events", wait=".event")
    asked: list[str] = []

    async def refuse_the_third(route) -> None:
        asked.append(route.request.url)
        if len(asked) == 2:
            problem = {"title": "Service Unavailable", "status": 503, "detail": "the journal is away"}
            await route.fulfill(status=503, content_type="application/problem+json", body=json.dumps(problem))
        else:
            await route.continue_()

    await page.route(NEXT, refuse_the_third)
    await page.click(SAVE)
    await page.wait_for_selector(".trouble >> text=the journal is away")
    lines = await saved(page, lambda: page.click(".trouble button"))
    assert [one["sequence"] for one in lines] == list(range(LINES, 0, -1))
    assert asked[1] == asked[2]
    assert await page.locator(".trouble").count() == 0


async def test_in_chinese_it_is_told_in_chinese(console: Console, artefacts) -> None:
    fill(console)
    page = await console.open("console/events", wait=".event", locale="zh-CN")
    await saved(page, lambda: page.click(SAVE))
    assert "已保存 2,300 行" in await text(page, SAID)
    await page.screenshot(path=artefacts / "saving-zh.png")

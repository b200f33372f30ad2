"""Ids of who means harm stay text, and the policy of the document lets nothing else through."""

from __future__ import annotations

import aiohttp
import pytest

from api.headers import POLICY
from tests.api.facade_double import HOSTILE_IDS, kind, line
from tests.browser.conftest import Console

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

EXACT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
PAGES = (
    "",
    "console/kinds/Thing",
    "console/kinds/Thing?view=table",
    "console/kinds/Thing/shards/3",
    "console/kinds/Thing/resources",
    "console/kinds/Thing/resources/thing-1",
    "console/kinds/Thing/plan",
    "console/kinds/Thing/plans",
    "console/kinds/Thing/plans/7",
    "console/kinds/Thing/coverage",
    "console/kinds/Thing/size",
    "console/instances",
    "console/instances/Thing/3",
    "console/events",
    "console/system",
)
MARKUP = "main img, main script, main b b, main iframe, sw-banner b, [onerror]"


async def test_hostile_ids_stay_text(console: Console) -> None:
    for number, wanted in enumerate((*HOSTILE_IDS, "x" * 10_000)):
        console.facade.own("Thing", wanted)
        console.facade.lines.append(line(100 + number, ids=(wanted,), detail=wanted, actor=wanted))
    console.facade.world["Thing"] = kind(alarms=("<b>alarm</b>",))
    page = await console.open()
    field = page.locator("main sw-search input")
    for wanted in HOSTILE_IDS:
        # A field of one line takes no newline, and a browser sends no NUL in it.
        if "\n" in wanted or "\0" in wanted:
            continue
        await field.fill(wanted)
        await field.press("Enter")
        await page.wait_for_function(
            "wanted => document.querySelector('sw-owner sw-id')?.title === wanted", arg=wanted
        )
        assert await page.locator(MARKUP).count() == 0, wanted
        assert await page.evaluate("document.documentElement.scrollWidth") <= 1280, wanted
    assert "<b>alarm</b>" in await page.locator("sw-issues").inner_text()
    for path in ("console/kinds/Thing/resources", "console/events"):
        await page.goto(console.url + path)
        if path.endswith("events"):
            await page.click("main summary >> nth=0")
        await page.wait_for_function("() => document.querySelector('main')?.innerText.includes('onerror')")
        assert await page.locator(MARKUP).count() == 0, path
        assert await page.evaluate("document.documentElement.scrollWidth") <= 1280, path
    assert console.faults == []


@pytest.mark.parametrize("wanted", [one for one in HOSTILE_IDS if "\0" not in one])
async def test_an_id_comes_back_out_of_the_address_of_its_page(console: Console, wanted: str) -> None:
    page = await console.open()
    url = await page.evaluate(
        "wanted => import('/console/lib/router.js').then(({page}) => page`/kinds/Thing/resources/${wanted}`)",
        wanted,
    )
    resolved = await page.evaluate("url => new URL(url, location.href).pathname", url)
    found = await page.evaluate(
        "path => import('/console/lib/router.js').then(({find}) => find(path))", resolved
    )
    assert found == {"tag": "sw-page-resource", "params": {"kind": "Thing", "id": wanted}}


async def test_direction_marks_are_written_out_and_do_not_turn_what_follows(console: Console) -> None:
    console.facade.own("Thing", "right \u202eto left")
    page = await console.open()
    await page.fill("main sw-search input", "right \u202eto left")
    await page.press("main sw-search input", "Enter")
    await page.wait_for_selector("sw-owner sw-id .control")
    assert "right \\u202eto left" in await page.locator("sw-owner sw-id").inner_text()


async def test_every_page_has_the_exact_policy_and_breaks_it_nowhere(console: Console) -> None:
    assert POLICY == EXACT
    console.facade.own("Thing", "thing-1")
    page = await console.open()
    async with aiohttp.ClientSession() as session:
        for path in PAGES:
            async with session.get(console.url + path) as answer:
                assert answer.status == 200, path
                assert answer.headers["Content-Security-Policy"] == EXACT
                assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    for path in PAGES:
        await page.goto(console.url + path)
        await page.wait_for_selector("main h1", state="attached")
    policy = [fault for fault in console.faults if "policy" in fault.lower() or "error:" in fault]
    assert policy == []


async def test_the_policy_lets_no_markup_through(console: Console) -> None:
    page = await console.open()
    for act in ("document.body.innerHTML = '<b>x</b>'", "document.createElement('script').src = '/x'"):
        script = f"() => {{ try {{ {act}; return null }} catch (error) {{ return error.name }} }}"
        thrown = await page.evaluate(script)
        assert thrown == "TypeError", act


async def test_a_file_that_is_not_there_is_no_page(console: Console) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("console/lib/nothing.js", "console/nothing", "console/../api/app.py"):
            async with session.get(console.url + path) as answer:
                assert answer.status == 404, path

"""One stream a browser; a page that is cut off says so and changes nothing."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from api.app import build_app
from api.options import ApiOptions
from api.serving import Runner
from tests.api.facade_double import line
from tests.browser.conftest import Console, Serve, text
from tests.browser.measuring import best_of

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

BUTTON = "sw-orchestrate sw-action button"


# When the map stood on the page, counted from the request of the document.
MAP_AT = """
new MutationObserver((_, observer) => {
    if (!document.querySelector('sw-cell')) return;
    observer.disconnect();
    window.mapAt = performance.now();
}).observe(document, {subtree: true, childList: true});
"""


async def until(wanted, seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not wanted():
            await asyncio.sleep(0.02)


async def test_ten_tabs_have_one_stream_and_the_tenth_loads_at_once(console: Console) -> None:
    first = await console.open()
    context = console.contexts[-1]
    tabs = [first, *[await console.tab(context) for _ in range(9)]]

    async def tenth() -> float:
        """Milliseconds until its map is there, by its own clock."""
        await tabs.pop().close()
        tab = await console.tab(context)
        tabs.append(tab)
        return float(await tab.evaluate("window.mapAt"))

    await context.add_init_script(MAP_AT)
    tried = await best_of(tenth, 1_000.0)
    assert tried[-1] < 1_000, tried
    assert len(tabs) == 10
    await until(lambda: len(console.facade.waiting) == 1)
    for tab in tabs[:3]:
        await tab.bring_to_front()
        await tab.wait_for_selector(".live[data-live=true]")
    await first.close()
    await until(lambda: len(console.facade.waiting) == 1)
    await tabs[5].bring_to_front()
    await tabs[5].wait_for_selector(".live[data-live=true]")
    assert console.faults == []


async def test_two_tabs_are_told_the_same_by_one_stream(console: Console) -> None:
    first = await console.open()
    second = await console.tab(console.contexts[-1])
    told = """() => import('/console/lib/live.js').then(({live}) => {
        window.told = [];
        live.addEventListener('journal', ({detail}) => window.told.push(detail.sequence));
    })"""
    await first.evaluate(told)
    await second.evaluate(told)
    await until(lambda: len(console.facade.waiting) == 1)
    console.facade.happen(line(70))
    for tab in (first, second):
        await tab.wait_for_function("() => window.told.includes(70)")
        assert await tab.evaluate("window.told.filter((one) => one === 70).length") == 1


async def test_a_page_that_is_cut_off_says_so_and_comes_back_by_itself(serve: Serve) -> None:
    console = await serve()
    page = await console.open()
    await page.wait_for_selector(f"{BUTTON}:not([aria-disabled])")
    await page.evaluate("window.isTheSame = true")
    port = console.runner.addresses[0][1]
    await console.runner.cleanup()
    await page.wait_for_selector(".live[data-live=false]", timeout=5000)
    assert "Not live: last heard" in await text(page, ".live")
    assert "Figures as of" in await text(page, "sw-banner")
    assert "Unknown" in await text(page, "sw-verdict")
    await page.wait_for_selector(f"{BUTTON}[aria-disabled=true]")
    assert "not live" in await text(page, "sw-orchestrate .why")
    assert await page.locator("sw-cell").count() == 5
    assert await page.evaluate("document.documentElement.classList.contains('stale')")
    options = ApiOptions(version="0.1.0", monotonic=asyncio.get_running_loop().time)
    console.runner = Runner(build_app(console.facade, options), shutdown_timeout=1.0)
    await console.runner.setup()
    await web.TCPSite(console.runner, "127.0.0.1", port).start()
    await page.wait_for_selector(".live[data-live=true]", timeout=10_000)
    await page.wait_for_selector(f"{BUTTON}:not([aria-disabled])")
    assert await page.evaluate("window.isTheSame")
    assert "Yes" in await text(page, "sw-verdict")


async def test_what_happened_while_it_was_cut_off_is_listed_once(serve: Serve) -> None:
    console = await serve()
    console.facade.lines[:] = [line(number, verb="drop", op=f"op-{number}") for number in range(1, 6)]
    page = await console.open("console/events", wait=".event")
    await page.wait_for_selector(".live[data-live=true]")
    port = console.runner.addresses[0][1]
    await console.runner.cleanup()
    await page.wait_for_selector(".live[data-live=false]", timeout=5000)
    options = ApiOptions(version="0.1.0", monotonic=asyncio.get_running_loop().time)
    console.runner = Runner(build_app(console.facade, options), shutdown_timeout=1.0)
    await console.runner.setup()
    await web.TCPSite(console.runner, "127.0.0.1", port).start()
    await page.wait_for_selector(".live[data-live=true]", timeout=10_000)
    await until(lambda: len(console.facade.waiting) == 1)
    # What it has missed is told, and some of what it had already.
    for number in range(4, 10):
        console.facade.happen(line(number, verb="drop", op=f"op-{number}"))
    await page.wait_for_selector(".event[data-sequence='9']")
    listed = await page.eval_on_selector_all(
        ".event", "all => all.map((one) => Number(one.dataset.sequence))"
    )
    assert listed == list(range(9, 0, -1))


async def test_a_server_of_another_version_asks_for_a_reload(serve: Serve) -> None:
    console = await serve()
    page = await console.open()
    # The stream says of which version the server is that the page came from.
    await until(lambda: len(console.facade.waiting) == 1)
    await page.wait_for_function("() => import('/console/lib/live.js').then(({live}) => live.first !== null)")
    port = console.runner.addresses[0][1]
    await console.runner.cleanup()
    options = ApiOptions(version="0.2.0", monotonic=asyncio.get_running_loop().time)
    console.runner = Runner(build_app(console.facade, options), shutdown_timeout=1.0)
    await console.runner.setup()
    await web.TCPSite(console.runner, "127.0.0.1", port).start()
    await page.wait_for_function(
        "() => document.querySelector('sw-banner').textContent.includes('older than the server')",
        timeout=10_000,
    )


async def test_a_page_without_locks_streams_while_it_is_looked_at(console: Console) -> None:
    script = "Object.defineProperty(navigator, 'locks', {value: undefined})"
    page = await console.open(wait="")
    await page.context.add_init_script(script)
    await page.reload()
    await page.wait_for_selector("sw-cell")
    await until(lambda: len(console.facade.waiting) == 1)
    await page.wait_for_selector(".live[data-live=true]")

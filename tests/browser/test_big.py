"""500,000 ids on 100 shards: how soon the first page is there, what it weighs, what it costs as they move."""

from __future__ import annotations

import asyncio
import json
import os
import statistics

import pytest

from tests.browser.big_world import IDS, BigFacade
from tests.browser.conftest import Serve

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

LOADS = 10
# When the first verdict stood on the page, counted from the request of the document.
VERDICT_AT = """
new MutationObserver((_, observer) => {
    if (!document.querySelector('sw-verdict[data-verdict]')) return;
    observer.disconnect();
    window.verdictAt = performance.now();
}).observe(document, {subtree: true, childList: true, attributes: true});
"""
WEIGHT = """() => [...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]
    .map(({name, transferSize}) => [name, transferSize])"""


async def test_the_verdicts_are_there_within_a_second(serve: Serve, artefacts) -> None:
    console = await serve(BigFacade())
    times = []
    sizes: list[list[object]] = []
    for turn in range(LOADS):
        page = await console.open(wait="", reduced_motion="reduce")
        await page.add_init_script(VERDICT_AT)
        await page.goto(console.url)
        await page.wait_for_function("() => window.verdictAt")
        times.append(await page.evaluate("window.verdictAt"))
        if turn == 0:
            await page.wait_for_selector("sw-cell")
            fresh = await console.open()
            sizes = await fresh.evaluate(WEIGHT)
        await page.context.close()
    times.sort()
    found = {"p50": statistics.median(times), "p95": times[-1], "bytes": sum(size for _, size in sizes)}
    (artefacts / "first-page.json").write_text(json.dumps(found), encoding="utf-8")
    assert all(str(name).startswith(console.url) for name, _ in sizes)
    assert found["bytes"] < 200_000
    # A second on a machine of its own; what waits for its cores takes as much longer.
    crowd = max(1.0, 2 * os.getloadavg()[0] / (os.cpu_count() or 1))
    assert found["p95"] < 1_000 * crowd, (found, crowd)
    assert console.faults == []


async def test_no_page_has_more_than_its_elements(serve: Serve) -> None:
    console = await serve(BigFacade())
    page = await console.open()
    assert await page.locator("*").count() < 4_000
    for path in ("console/kinds/Thing", "console/kinds/Thing?view=table"):
        await page.goto(console.url + path)
        await page.wait_for_selector("sw-cell, sw-shards tbody tr")
        assert await page.locator("*").count() < 4_000, path


FIRST = "wanted => document.querySelector('sw-list li').textContent.includes(wanted)"


async def test_a_list_of_five_thousand_holds_a_page_of_them(serve: Serve) -> None:
    console = await serve(BigFacade())
    page = await console.open("console/kinds/Thing/resources?shard=7", wait="sw-list li")
    assert await page.locator("sw-list li").count() <= 80
    assert "5,000" in await page.locator("sw-list .foot").inner_text()
    first = await page.locator("sw-list li").first.inner_text()
    assert "thing-035000" in first
    for _ in range(5):
        await page.locator("sw-list .turns button").nth(1).click()
    await page.wait_for_function(
        "() => document.querySelector('sw-list li').textContent.includes('thing-035250')"
    )
    assert await page.locator("sw-list li").count() <= 80
    await page.locator("sw-list .turns button").nth(0).click()
    await page.wait_for_function(
        "() => document.querySelector('sw-list li').textContent.includes('thing-035200')"
    )
    assert await page.locator("*").count() < 4_000


# Whether the parts add up to the sum, looked at after each change of the page; and how often it was changed.
WATCH = """() => {
    window.seen = {frames: 0, wrong: [], tasks: [], changes: new Set()};
    new PerformanceObserver((list) => {
        for (const one of list.getEntries()) window.seen.tasks.push(one.duration);
    }).observe({type: 'longtask'});
    const ledger = document.querySelector('sw-ledger');
    const number = (node) => Number(node.textContent.replaceAll(',', ''));
    new MutationObserver(() => {
        const total = number(ledger.querySelector('.sum > :first-child b'));
        const parts = [...ledger.querySelectorAll('.sum > :not(:first-child) b')].map(number);
        const sum = parts.reduce((all, one) => all + one, 0);
        if (total !== sum) window.seen.wrong.push([total, ...parts]);
    }).observe(ledger, {subtree: true, childList: true, characterData: true});
    new MutationObserver((records) => {
        window.seen.frames += 1;
        for (const {target} of records) {
            const cell = (target.nodeType === 1 ? target : target.parentElement)?.closest('sw-cell');
            if (cell) window.seen.changes.add(cell);
        }
    }).observe(document.querySelector('sw-map .grid'), {subtree: true, childList: true, characterData: true});
}"""


async def test_forty_thousand_moves_redraw_what_changed_and_block_nothing(serve: Serve, artefacts) -> None:
    facade = BigFacade()
    console = await serve(facade)
    page = await console.open("console/kinds/Thing")
    await page.wait_for_selector(".live[data-live=true]")
    async with asyncio.timeout(10):
        while not facade.waiting:
            await asyncio.sleep(0.02)
    await page.evaluate(WATCH)
    session = await page.context.new_cdp_session(page)
    # What the thread of the page has used, whatever else runs on the machine.
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    busy = await _busy(session)
    began = await page.evaluate("performance.now()")
    for step in range(80):
        facade.move(step)
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)
    took = (await page.evaluate("performance.now()") - began) / 1000
    share = (await _busy(session) - busy) / took
    seen = await page.evaluate(
        "({frames: seen.frames, wrong: seen.wrong, tasks: seen.tasks, changes: seen.changes.size})"
    )
    (artefacts / "moves.json").write_text(
        json.dumps({**seen, "share": share, "seconds": took}), encoding="utf-8"
    )
    assert seen["wrong"] == []
    assert seen["changes"] == 100
    # Four frames a second, and the ages that tick once in each.
    assert seen["frames"] <= 6 * took + 2, seen
    # By the time of the thread of the page: on a crowded machine a task is as long as others let it be.
    assert share * took / seen["frames"] < 0.05, (share, seen)
    assert len([one for one in seen["tasks"] if one > 50]) <= seen["frames"] / 2, seen
    assert share < 0.3
    total = await page.locator("sw-ledger .sum b").first.inner_text()
    assert total == f"{IDS:,}"
    assert await page.locator("*").count() < 4_000


async def test_ten_changes_a_second_cost_a_tenth_of_a_core_at_most(serve: Serve, artefacts) -> None:
    facade = BigFacade()
    console = await serve(facade)
    page = await console.open("console/kinds/Thing")
    async with asyncio.timeout(10):
        while not facade.waiting:
            await asyncio.sleep(0.02)
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    await asyncio.sleep(1.0)
    busy, began = await _busy(session), await page.evaluate("performance.now()")
    for step in range(50):
        facade.change(step)
        await asyncio.sleep(0.1)
    took = (await page.evaluate("performance.now()") - began) / 1000
    share = (await _busy(session) - busy) / took
    (artefacts / "changes.json").write_text(json.dumps({"share": share, "seconds": took}), encoding="utf-8")
    assert share < 0.1


async def _busy(session) -> float:
    metrics = {one["name"]: one["value"] for one in (await session.send("Performance.getMetrics"))["metrics"]}
    return metrics["TaskDuration"]

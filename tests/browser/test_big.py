"""500,000 ids on 100 shards: how soon the first page is there, what it weighs, what it costs as they move."""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
from typing import Any

import pytest

from tests.browser.big_world import IDS, BigFacade
from tests.browser.conftest import Console, Serve
from tests.browser.measuring import TASKS, best_of, longest_tasks

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

LOADS = 20
P95 = 19
SECOND = 1_000.0
TRIES = 12
WEIGHS = 200_000
# When all three questions were answered on the page, counted from the request of the document.
ANSWERED_AT = """
new MutationObserver((_, observer) => {
    const verdicts = document.querySelectorAll('sw-verdict[data-verdict]').length;
    const isAnswered = verdicts === 2 && document.querySelector('sw-issues[data-level]');
    if (!isAnswered || !document.querySelector('main sw-search input')) return;
    observer.disconnect();
    window.answeredAt = performance.now();
}).observe(document, {subtree: true, childList: true, attributes: true});
"""
WEIGHT = """() => [...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]
    .map(({name, transferSize}) => [name, transferSize])"""


@pytest.mark.timeout(600)
async def test_the_verdicts_are_there_within_a_second(serve: Serve, artefacts) -> None:
    console = await serve(BigFacade())
    # What a load is kept waiting by others is no load of the page: each may be tried again.
    tried: list[list[float]] = []
    while len(tried) < LOADS and sum(min(each) >= SECOND for each in tried) <= LOADS - P95:
        tried.append(await best_of(lambda: _answered_after(console), SECOND, TRIES))
    times = sorted(min(each) for each in tried)
    fresh = await console.open()
    sizes = await fresh.evaluate(WEIGHT)
    p95 = times[min(P95, len(times)) - 1]
    found = {
        "p50": statistics.median(times),
        "p95": p95,
        "bytes": sum(size for _, size in sizes),
        "all": tried,
    }
    (artefacts / "first-page.json").write_text(json.dumps(found), encoding="utf-8")
    assert all(str(name).startswith(console.url) for name, _ in sizes)
    assert found["bytes"] < WEIGHS
    assert p95 < SECOND, found
    assert console.faults == []


async def _answered_after(console: Console) -> float:
    """Milliseconds by the browser's clock, in a browser that has nothing of the console yet."""
    page = await console.blank(reduced_motion="reduce")
    await page.add_init_script(ANSWERED_AT)
    await page.goto(console.url)
    await page.wait_for_function("() => window.answeredAt")
    after = await page.evaluate("window.answeredAt")
    await page.context.close()
    return float(after)


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


# Whether the parts add up to the sum, looked at after each change of the page; how often what moves was
# redrawn (the age of a beat ticks by itself), and which cells.
WATCH = """() => {
    window.seen = {frames: 0, wrong: [], changes: new Set()};
    const ledger = document.querySelector('sw-ledger');
    const number = (node) => Number(node.textContent.replaceAll(',', ''));
    new MutationObserver(() => {
        const total = number(ledger.querySelector('.sum > :first-child b'));
        const parts = [...ledger.querySelectorAll('.sum > :not(:first-child) b')].map(number);
        const sum = parts.reduce((all, one) => all + one, 0);
        if (total !== sum) window.seen.wrong.push([total, ...parts]);
    }).observe(ledger, {subtree: true, childList: true, characterData: true});
    new MutationObserver((records) => {
        let isRedrawn = false;
        for (const {target} of records) {
            const node = target.nodeType === 1 ? target : target.parentElement;
            const cell = node?.closest('sw-cell');
            if (!cell) continue;
            window.seen.changes.add(cell);
            isRedrawn ||= !node.closest('.beat');
        }
        window.seen.frames += isRedrawn;
    }).observe(document.querySelector('sw-map .grid'), {subtree: true, childList: true, characterData: true});
}"""
MOST_MS = 50.0


async def test_forty_thousand_moves_redraw_what_changed_and_block_nothing(
    serve: Serve, artefacts, tmp_path
) -> None:
    facade = BigFacade()
    console = await serve(facade)
    page = await console.open("console/kinds/Thing")
    await page.wait_for_selector(".live[data-live=true]")
    async with asyncio.timeout(10):
        while not facade.waiting:
            await asyncio.sleep(0.02)
    steps = itertools.count()
    rounds: list[dict[str, Any]] = []

    async def longest_task() -> float:
        """Of forty thousand moves."""
        await page.evaluate(WATCH)
        trace = tmp_path / f"{len(rounds)}.json"
        await console.browser.start_tracing(page=page, path=trace, categories=TASKS)
        began = await page.evaluate("performance.now()")
        for _ in range(80):
            facade.move(next(steps))
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        took = (await page.evaluate("performance.now()") - began) / 1000
        await console.browser.stop_tracing()
        seen = await page.evaluate("({...seen, changes: seen.changes.size})")
        tasks = longest_tasks(trace)
        rounds.append({**seen, "tasks": tasks[:5], "share": sum(tasks) / 1000 / took, "seconds": took})
        assert seen["wrong"] == []
        assert seen["changes"] == 100
        # Four a second, and the one that was due when it began.
        assert seen["frames"] <= 4 * took + 1, rounds
        return tasks[0]

    tried = await best_of(longest_task, MOST_MS)
    (artefacts / "moves.json").write_text(json.dumps(rounds), encoding="utf-8")
    assert tried[-1] < MOST_MS, rounds
    assert rounds[-1]["share"] < 0.3, rounds
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

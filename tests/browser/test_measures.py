"""The pages of what is measured: coverage, size by load, and what came in and was none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.api import facade_double
from tests.api.facade_double import HOSTILE_IDS
from tests.browser.conftest import Console, text

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_coverage_names_who_is_served_by_nobody_for_how_long_and_why(console: Console) -> None:
    page = await console.open("console/kinds/Thing/coverage", wait="sw-page-coverage sw-table tbody tr")
    shown = await text(page, "sw-page-coverage .facts")
    for wanted in ("41", "410.5 id-seconds", "served by two", "12 s"):
        assert wanted in shown
    assert "1 resource is served by two at once: a/b" in await text(page, "[role=alert]")
    assert "40 of the shard" in await text(page, "sw-page-coverage")
    assert "stamp to owner" in await text(page, "sw-page-coverage section:last-of-type")
    assert await page.get_attribute(".tabs a[aria-current]", "href") == "/console/kinds/Thing/coverage"
    assert console.faults == []


async def test_what_is_not_covered_may_have_any_name(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    worst = tuple(
        replace(facade_double.COVERAGE.worst[0], id=name, shard=number, why=name)
        for number, name in enumerate(HOSTILE_IDS)
    )
    found = replace(facade_double.COVERAGE, worst=worst, alarms=tuple(HOSTILE_IDS))
    monkeypatch.setattr(facade_double, "COVERAGE", found)
    page = await console.open("console/kinds/Thing/coverage", wait="sw-page-coverage sw-table tbody tr")
    assert await page.locator("main img, main script, main b b, [onerror]").count() == 0
    assert await page.locator("sw-page-coverage section:nth-of-type(2) tbody tr").count() == len(worst)


async def test_a_kind_that_is_away_is_said_and_asked_for_again(console: Console) -> None:
    page = await console.open("console/kinds/Nope/coverage", wait="sw-page-coverage .trouble")
    assert await page.locator("sw-page-coverage .trouble button").count() == 1


async def test_the_size_says_what_the_load_asks_for_and_which_shards_bear_it(console: Console) -> None:
    page = await console.open("console/kinds/Thing/size", wait="sw-page-size sw-table tbody tr")
    shown = await text(page, "sw-page-size .facts")
    for wanted in ("shrink", "5 → 4", "on: advice only", "3 shards, at most 20", "cpu 2", "200 instances"):
        assert wanted in shown
    assert "40.0%" in await text(page, "sw-page-size section:nth-of-type(2)")
    assert "402 (40.2%)" in await text(page, "sw-page-size section:nth-of-type(3)")
    assert console.faults == []


async def test_messages_that_were_none_are_shown_with_what_they_began_with(console: Console) -> None:
    page = await console.open("console/system", wait="sw-malformed tbody tr")
    shown = await text(page, "sw-malformed")
    assert "not JSON" in shown
    assert "\\xff{<script>" in shown
    assert "partition 0, offset 7: not JSON" in shown
    assert await page.locator("main script").count() == 0
    assert console.faults == []

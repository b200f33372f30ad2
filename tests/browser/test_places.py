"""The pages of a resource, a shard, an instance, the events and the system."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.api.facade_double import HOSTILE_IDS, kind, line
from tests.browser.conftest import Console, text

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

WIDE_ROWS = 80


async def test_a_resource_says_who_owns_it_how_far_that_has_come_and_why_there(console: Console) -> None:
    console.facade.own("Thing", "thing-42")
    page = await console.open("console/kinds/Thing/resources/thing-42", wait="sw-why table")
    assert "Owned by Thing/3" in await text(page, ".owner")
    assert "iota-dac-3 #4" in await text(page, ".owner")
    assert await page.locator("sw-stages li.reached").count() == 4
    assert "memory 512 · cpu 1,200, reported" in await text(page, ".owner")
    why = await text(page, "sw-why")
    assert "the best score, 0.8000" in why
    assert "no room" in why
    assert "as many ids as may are moving already" in await text(page, "sw-page-resource")
    assert "assign" in await text(page, "sw-history")
    assert console.faults == []


async def test_an_id_that_nobody_knows_says_so_and_when_the_catalog_was_read(console: Console) -> None:
    page = await console.open("console/kinds/Thing/resources/nobody", wait="text=Not in the catalog")
    assert "read 3" in await text(page, "sw-page-resource .card")


async def test_a_resource_is_held_with_a_reason_and_released(console: Console) -> None:
    console.facade.own("Thing", "thing-42")
    page = await console.open("console/kinds/Thing/resources/thing-42", wait="sw-why table")
    await page.click("text=Hold")
    assert await page.locator("dialog button.danger").is_disabled()
    await page.fill("dialog input[name=reason]", "it ends its instance")
    await page.click("dialog button.danger")
    await page.wait_for_selector("text=Release")
    assert ("Thing", "thing-42") in console.facade.apart
    assert "it ends its instance" in await text(page, ".owner")
    await page.click("text=Release")
    await page.wait_for_selector("sw-action button:text-is('Hold')")
    assert console.facade.apart == {}


async def test_hostile_ids_stay_text_on_every_page_that_shows_one(console: Console) -> None:
    facade = console.facade
    for number, given in enumerate(HOSTILE_IDS):
        facade.own("Thing", given)
        facade.lines.append(line(100 + number, ids=(given,), detail=given, actor=given))
    page = await console.open("console/events", wait=".event")
    assert await page.locator("main :is(img, script, bdi b)").count() == 0
    await page.goto(f"{console.url}console/kinds/Thing/resources")
    await page.wait_for_selector("li.resource")
    hrefs = await page.eval_on_selector_all("li.resource sw-id a", "all => all.map((one) => one.href)")
    assert len(hrefs) == len(HOSTILE_IDS)
    for href in hrefs:
        await page.goto(href)
        await page.wait_for_selector("sw-why table")
    shown = {call for name, call in facade.calls if name in ("explain", "resource")}
    assert shown == set(HOSTILE_IDS)
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert console.faults == []


async def test_five_thousand_ids_are_a_page_of_rows_and_not_a_scroller(console: Console) -> None:
    for number in range(5000):
        console.facade.owners["Thing", f"thing-{number:05}"] = (3, 4)
    page = await console.open("console/kinds/Thing/resources", wait="li.resource")
    assert await page.locator("li.resource").count() <= WIDE_ROWS
    assert "of 5,000" in await text(page, "sw-list .foot")
    await page.click("sw-list .turns button >> nth=1")
    await page.wait_for_selector("text=thing-00050")
    await page.fill("sw-filter input[name=q]", "thing-0499")
    await page.wait_for_url("**?q=thing-0499")
    await page.wait_for_selector("text=1 to 10 of")
    assert await page.locator("*").count() < 4000


async def test_a_shard_shows_its_load_what_moves_its_instance_and_its_ids(console: Console) -> None:
    console.facade.own("Thing", "thing-42")
    page = await console.open("console/kinds/Thing/shards/3", wait="li.resource")
    shown = await text(page, "sw-page-shard")
    assert "40 / 50" in shown
    assert "→ Thing/4" in shown
    assert "← Thing/1" in shown
    assert "thing-42" in shown
    await page.click("text=iota-dac-3 #4")
    await page.wait_for_url("**/instances/Thing/3")


async def test_an_instance_shows_its_life_its_beats_and_what_it_wrote(console: Console) -> None:
    page = await console.open("console/instances/Thing/3", wait="sw-timeline li")
    assert await page.locator("sw-timeline li").count() == 4
    assert "the longest 5.0 s" in await text(page, "sw-page-instance")
    await page.wait_for_selector("sw-logs .lines div")
    assert "line 499" in await text(page, "sw-logs .lines")
    assert "10 ids each go to 4 other shards" in await text(page, ".apart")
    await page.check("input[name=previous]")
    await page.wait_for_function(
        "() => document.querySelector('sw-logs .lines').innerText.includes('before 2')"
    )
    assert console.faults == []


async def test_what_an_instance_writes_follows_until_somebody_scrolls_up(console: Console) -> None:
    page = await console.open("console/instances/Thing/3", wait="sw-logs .lines div")
    box = page.locator("sw-logs .lines")
    await page.wait_for_function(
        "() => { const b = document.querySelector('sw-logs .lines'); return b.scrollTop > 0 }"
    )
    await box.evaluate("(b) => { b.scrollTop = 0 }")
    await page.wait_for_selector("sw-logs button[aria-pressed=false]")
    await page.click("sw-logs button")
    await page.wait_for_selector("sw-logs button[aria-pressed=true]")


async def test_a_restart_says_what_it_does_and_is_left_or_done(console: Console) -> None:
    page = await console.open("console/instances/Thing/3", wait="sw-timeline li")
    await page.click("sw-action:has-text('Restart') button:not(.bare)")
    assert "unserved until it beats" in await text(page, "dialog")
    await page.click("dialog button.plain")
    assert await page.locator("dialog").count() == 0
    await page.click("sw-action:has-text('Drain') button:not(.bare)")
    await page.click("dialog button.danger")
    await page.wait_for_function("() => !document.querySelector('dialog')")
    async with page.expect_response("**/shards/3/instance"):
        pass
    assert any(name == "drain" for name, _ in console.facade.calls)


async def test_instances_are_listed_those_in_trouble_first(console: Console) -> None:
    status = kind(shards=3)
    late = replace(status.shards[2], health="lost")
    console.facade.world["Thing"] = replace(status, shards=(*status.shards[:2], late))
    page = await console.open("console/instances", wait="sw-table tbody tr")
    assert "iota-dac-2" in await text(page, "sw-table tbody tr")
    await page.select_option("select[name=kind]", "Rule")
    await page.wait_for_url("**?kind=Rule")
    await page.wait_for_selector("sw-table td[data-key=shard]:has-text('Rule/')")
    assert await page.locator("sw-table td[data-key=shard]:has-text('Thing/')").count() == 0


async def test_events_are_filtered_by_the_url_and_lines_of_one_kind_are_folded(console: Console) -> None:
    for number in range(30, 40):
        console.facade.lines.append(line(number, at=1_700_000_500.0, shard=1, op="p-7", verb="move", to=2))
    page = await console.open("console/events", wait=".event")
    assert "10 lines, 10 ids" in await text(page, "sw-journal")
    await page.click("sw-journal summary")
    await page.wait_for_function("() => document.querySelectorAll('.event .event').length === 10")
    await page.goto(f"{console.url}console/events?verb=assign&shard=2")
    await page.wait_for_selector(".event")
    assert await page.locator(".event").count() < 7
    assert await page.input_value("input[name=shard]") == "2"


async def test_events_are_filtered_by_time_and_result_and_the_address_says_seconds(console: Console) -> None:
    at = 1_700_000_400
    console.facade.lines += [
        line(30, at=at - 1.0, verb="stop", reason="silent"),
        line(31, at=at + 1.0, verb="stop", reason="silent"),
        line(32, at=at + 2.0, verb="stop", reason="ended"),
        line(33, at=at + 61.0, verb="stop", reason="silent"),
    ]
    page = await console.open("console/events", wait=".event", timezone_id="Asia/Shanghai")
    await page.select_option("select[name=reason]", "silent")
    await page.wait_for_url("**reason=silent**")
    await page.fill("input[name=since]", "2023-11-15T06:20")
    await page.wait_for_url(f"**since={at}**")
    await page.fill("input[name=until]", "2023-11-15T06:21")
    await page.wait_for_url(f"**until={at + 60}**")
    await page.wait_for_function("() => document.querySelectorAll('.event').length === 1")
    assert (console.facade.calls[-1][1].since, console.facade.calls[-1][1].until) == (at, at + 60)
    assert "silent" in await text(page, ".event")
    await page.reload()
    await page.wait_for_selector(".event")
    assert await page.input_value("input[name=since]") == "2023-11-15T06:20"
    assert await page.locator(".event").count() == 1
    assert console.faults == []


async def test_new_events_wait_while_the_pointer_is_on_the_list(console: Console) -> None:
    page = await console.open("console/events", wait=".event")
    await page.hover(".event >> nth=0")
    before = await text(page, ".event >> nth=0")
    for number in range(60, 160):
        console.facade.happen(line(number, shard=number % 5, verb="drop", op=f"op-{number}"))
    await page.wait_for_selector("sw-journal .fresh:not([hidden])")
    assert await text(page, ".event >> nth=0") == before
    assert "drop" not in await text(page, "sw-journal .rows")
    assert "new" in await text(page, "sw-journal .fresh")
    await page.hover("h1")
    await page.wait_for_function("() => document.querySelector('.event').innerText.includes('thing-159')")
    assert console.faults == []


async def test_the_system_says_what_stops_and_what_goes_on(console: Console) -> None:
    console.facade.dependency_ok = False
    page = await console.open("console/system", wait=".deps li")
    shown = await text(page, ".deps li:has-text('catalog')")
    assert "away" in shown
    assert "new resources wait. Nothing is removed." in shown
    assert "connection refused" in shown
    await page.wait_for_selector("text=ids that move at once")
    assert "orch-0" in await text(page, "sw-page-system")

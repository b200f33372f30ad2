"""The page of a kind: a map through four lenses, a table, and the keyboard."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.api.facade_double import HELD, Counts, kind
from tests.browser.conftest import Console, text

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_the_lens_stands_in_the_address_and_changes_what_a_cell_shows(console: Console) -> None:
    status = kind(shards=12)
    rows = (replace(status.shards[0], used=60, acknowledged=9), *status.shards[1:])
    console.facade.world["Thing"] = replace(status, shards=rows)
    page = await console.open("console/kinds/Thing")
    first = page.locator("sw-cell").first
    assert "60 +10" in await first.inner_text()
    await page.click(".segments >> text=Balance")
    await page.wait_for_url("**/console/kinds/Thing?lens=balance")
    assert "+44.0%" in await first.inner_text()
    assert await first.get_attribute("data-bad") == ""
    await page.click(".segments >> text=Generation")
    assert "9/12 −3" in await first.inner_text()
    await page.click(".segments >> text=Heartbeat")
    await page.reload()
    await page.wait_for_selector("sw-cell")
    assert await page.locator(".segments a[aria-current]").nth(1).inner_text() == "Heartbeat"
    assert console.faults == []


async def test_the_table_is_sorted_by_its_heads(console: Console) -> None:
    status = kind(shards=12)
    rows = tuple(replace(one, used=40 + (7 * one.number) % 12) for one in status.shards)
    console.facade.world["Thing"] = replace(status, shards=rows)
    page = await console.open("console/kinds/Thing?view=table", wait="sw-shards tbody tr")
    assert await page.locator("tbody tr").count() == 12
    await page.click("th >> text=Owned of room")
    await page.wait_for_url("**sort=used")
    assert "40/50" in await text(page, "tbody tr")
    await page.click("th >> text=Owned of room")
    await page.wait_for_url("**sort=-used")
    assert "51/50" in await text(page, "tbody tr")
    assert await page.locator("th[aria-sort=descending]").count() == 1
    await page.go_back()
    assert "/console/kinds/Thing" not in page.url or "view=table" in page.url


async def test_arrows_move_through_the_map_and_enter_opens(console: Console) -> None:
    console.facade.world["Thing"] = kind(shards=30)
    page = await console.open("console/kinds/Thing")
    assert await page.locator("sw-map a[tabindex='0']").count() == 1
    await page.locator("sw-map a[tabindex='0']").focus()
    here = "document.activeElement.querySelector('.number').textContent"
    steps = {"ArrowRight": "1", "ArrowDown": "11", "ArrowLeft": "10", "End": "29", "Home": "0"}
    for key, number in steps.items():
        await page.keyboard.press(key)
        assert await page.evaluate(here) == number
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert await page.evaluate(outline) == "solid"
    await page.keyboard.press("End")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/console/kinds/Thing/shards/29")


async def test_what_moves_is_listed_and_drawn_for_the_shard_that_is_pointed_at(console: Console) -> None:
    counts = Counts(catalog=200, owned=180, arriving=0, moving=20, held=0, unowned=0)
    console.facade.world["Thing"] = kind(counts=counts)
    page = await console.open("console/kinds/Thing")
    await page.wait_for_selector("sw-moving:not([hidden])")
    assert "3 → 4: 7 releasing, 2 acquiring" in await text(page, "sw-moving")
    await page.hover("sw-cell:nth-child(4)")
    await page.wait_for_selector("sw-arcs path", state="attached")
    assert await page.locator("sw-arcs path").count() == 2
    await page.hover(".brand")
    await page.wait_for_selector("sw-arcs path", state="detached")


async def test_who_asks_for_stillness_sees_no_arcs(console: Console) -> None:
    counts = Counts(catalog=200, owned=180, arriving=0, moving=20, held=0, unowned=0)
    console.facade.world["Thing"] = kind(counts=counts)
    page = await console.open("console/kinds/Thing", reduced_motion="reduce")
    await page.wait_for_selector("sw-moving:not([hidden])")
    await page.hover("sw-cell:nth-child(4)")
    assert await page.locator("sw-arcs path").count() == 0
    assert await page.evaluate("document.getAnimations().length") == 0


# The texts of the cells in which anything but the age of a beat was written.
TOUCHED = """() => {
    window.touched = new Set();
    new MutationObserver((records) => {
        for (const {target} of records) {
            const node = target.nodeType === 1 ? target : target.parentElement;
            if (!node.closest('.beat')) window.touched.add(node.closest('sw-cell')?.textContent);
        }
    }).observe(document.querySelector('.grid'), {subtree: true, childList: true, characterData: true});
}"""


async def test_a_row_that_did_not_change_is_not_touched(console: Console) -> None:
    page = await console.open("console/kinds/Thing")
    await page.evaluate(TOUCHED)
    status = console.facade.world["Thing"]
    rows = (*status.shards[:4], replace(status.shards[4], used=44))
    console.facade.world["Thing"] = replace(status, shards=rows)
    await page.wait_for_function("() => document.querySelector('.grid').textContent.includes('44')")
    touched = await page.evaluate("[...window.touched].filter(Boolean)")
    assert [one for one in touched if "44/50" not in one and "40/50" not in one[:9]] == []


async def test_a_kind_is_paused_and_goes_on_from_its_page(console: Console) -> None:
    page = await console.open("console/kinds/Thing")
    await page.click("sw-action >> text=Pause")
    await page.wait_for_selector("sw-toast >> text=Thing is paused")
    assert any(name == "pause" or "paus" in name for name, _ in console.facade.calls)


async def test_removals_that_wait_are_accepted_by_an_admin_who_was_told_what_it_does(
    console: Console,
) -> None:
    console.facade.world["Thing"] = kind(held=HELD)
    page = await console.open("console/kinds/Thing", wait="sw-held:not([hidden])")
    assert "12 removals wait for a person" in await text(page, "sw-held")
    await page.click("sw-held button.danger")
    assert "12 ids of Thing are taken from their instances" in await text(page, "dialog")
    await page.keyboard.press("Escape")
    await page.wait_for_selector("dialog", state="detached")
    assert [name for name, _ in console.facade.calls if name == "accept"] == []
    await page.click("sw-held button.danger")
    await page.click("dialog button.danger")
    await page.wait_for_selector("sw-toast >> text=12 removals accepted")
    accepted = [given for name, given in console.facade.calls if name == "accept"]
    assert accepted[0][:3] == ("Thing", "d-1", 12)


async def test_each_control_tells_how_a_shell_does_the_same(console: Console) -> None:
    page = await console.open("console/kinds/Thing")
    await page.click("sw-action:has-text('Pause') sw-recipe button")
    sheet = page.locator("sw-action:has-text('Pause') .sheet")
    await sheet.wait_for()
    shown = await sheet.inner_text()
    assert "curl -fsS -X POST" in shown
    assert "$SHARDWRIGHT_TOKEN" in shown
    assert "/v1/api/kinds/Thing/pause" in shown
    assert "shardwright pause Thing" in shown
    await page.keyboard.press("Escape")
    assert await sheet.is_hidden()


async def test_a_kind_that_is_not_there_is_said_to_be_missing(console: Console) -> None:
    page = await console.open("console/kinds/Nothing", wait="text=There is no kind Nothing")
    assert await page.locator("sw-cell").count() == 0
    await page.goto(console.url + "console/kinds/a/b/c/d/e")
    await page.wait_for_selector("text=There is no such page")

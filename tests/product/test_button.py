"""The newcomer's path through the page, in Chromium, against the whole product."""

from __future__ import annotations

from typing import Any

import pytest

from tests.product.processes import until
from tests.product.product import Product
from tests.services import chromium

pytestmark = [pytest.mark.slow, pytest.mark.browser]

ID = "thing-000042"
BUTTON = "sw-orchestrate sw-action button:not(.bare)"
APPLY = "[data-verb=apply] button:not(.bare):not([aria-disabled])"
UNDO = "sw-undo sw-action button:not(.bare):not([aria-disabled])"
PLANS = "/v1/api/kinds/Thing/plans"
CLICKS_AT_MOST = 9


def test_a_newcomer_finds_an_owner_sees_why_re_orchestrates_and_takes_it_back(product: Product) -> None:
    program = chromium.program()
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program, args=list(chromium.FLAGS))
        try:
            _walk(browser.new_page(viewport={"width": 1280, "height": 800}), product)
        finally:
            browser.close()
    assert product.stop() == 0


def _walk(page: Any, product: Product) -> None:
    homes = product.served_by("Thing")
    clicks = 0

    def click(selector: str) -> None:
        nonlocal clicks
        clicks += 1
        page.click(selector)

    page.goto(product.url)
    page.wait_for_selector("sw-cell")
    click("main sw-search input, main sw-search textarea")
    page.keyboard.type(ID)
    page.keyboard.press("Enter")
    page.wait_for_selector("sw-owner")
    assert f"Thing/{homes[ID]}" in page.inner_text("sw-owner")

    click("sw-owner .more")
    page.wait_for_selector("sw-why tr.here")
    assert f"Thing/{homes[ID]}" in page.inner_text("sw-why tr.here")

    click("sw-kind-nav a[data-name=plans]")
    page.wait_for_selector(f"{BUTTON}:not([aria-disabled])")
    page.fill("input[name=resourcePerInstance]", "170")
    until(lambda: "2,000 // 170 + 1 = 12 shards" in page.inner_text("sw-sizing"), 20.0, what="the sum")
    until(lambda: "2 new instances" in page.inner_text(BUTTON), 20.0, what="the button's preview")
    foreseen = page.inner_text(BUTTON)
    click(BUTTON)
    page.wait_for_selector(APPLY)
    newest = product.get(PLANS).json["items"][0]
    assert (newest["stage"], newest["shards"]) == ("proposed", {"before": 10, "after": 12})
    assert f"{newest['moves']} moves" in foreseen.replace(",", "")
    assert f"{newest['moves']} moves" in page.inner_text(APPLY).replace(",", "")
    click(APPLY)
    _until_over(page)
    product.settle("Thing")
    assert product.served_by("Thing") != homes

    click("sw-undo input")
    page.keyboard.type("only looking around")
    page.wait_for_selector(UNDO)
    click(UNDO)
    page.wait_for_url(f"**/plans/{newest['plan'] + 1}")
    page.wait_for_selector(APPLY)
    assert f"The way back from p-{newest['plan']}" in page.inner_text("main")
    assert "only looking around" in page.inner_text("main")
    assert product.get(PLANS).json["items"][0]["stage"] == "proposed"
    click(APPLY)
    _until_over(page)
    until(lambda: len(product.kind("Thing")["shards"]) == 10, 90.0, what="the new shards are gone")
    product.settle("Thing")
    assert product.served_by("Thing") == homes
    assert clicks <= CLICKS_AT_MOST

    _press_once_more(page, product)


def _until_over(page: Any) -> None:
    page.wait_for_selector("sw-progress .outcome:not(:empty)", timeout=120_000)


def _press_once_more(page: Any, product: Product) -> None:
    """A kind that is balanced: one click, and nothing is written."""
    page.goto(f"{product.url}/console/kinds/Thing/plan")
    page.wait_for_selector(f"{BUTTON}:not([aria-disabled])")
    commit = product.kind("Thing")["commit"]
    page.click(BUTTON)
    page.wait_for_selector(".result .done")
    assert "nothing to change" in page.inner_text(".result")
    assert product.kind("Thing")["commit"] == commit
    product.assert_served_once(within=10.0)

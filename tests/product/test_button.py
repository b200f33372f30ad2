"""The button of the page, in Chromium, against the whole product."""

from __future__ import annotations

import os
import shutil
from typing import Any

import pytest

from tests.product.processes import until
from tests.product.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.browser]

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
ROUTE = "**/v1/api/orchestrations/Thing/orchestrate"
"""The orchestration itself, not the preview, which has a query."""


def test_the_button_shows_the_moves_makes_them_and_a_second_click_moves_nothing(product: Product) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "Chromium is not installed (apt-get install chromium)"
        if os.environ.get("SHARDWRIGHT_REQUIRE") == "all":
            pytest.fail(reason)
        pytest.skip(reason)
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            _click_twice(browser.new_page(), product)
        finally:
            browser.close()
    assert product.stop() == 0


def _click_twice(page: Any, product: Product) -> None:
    page.goto(product.url)
    form = page.locator("sw-kind").filter(has_text="Thing").locator("sw-orchestrate")
    form.locator("input[name=resourcePerInstance]").fill("150")
    button = form.locator("button[type=submit]")
    until(lambda: "load 200 → 14" in form.inner_text(), 20.0, what="the page foresees the plan")
    foreseen = button.inner_text()

    with page.expect_response(ROUTE) as answered:
        button.click()
    assert answered.value.status == 200
    first = answered.value.json()
    assert (first["changed"], first["shards"]) == (True, {"before": 10, "after": 14})
    assert f"{first['moves']} moves" in foreseen.replace(",", "")
    form.locator(".done").wait_for()
    assert str(first["moves"]) in form.locator(".done").inner_text().replace(",", "")
    product.settle("Thing")
    commit = product.kind("Thing")["commit"]

    until(button.is_enabled, 20.0, what="the button can be clicked again")
    with page.expect_response(ROUTE) as answered:
        button.click()
    second = answered.value.json()
    assert (answered.value.status, second["changed"], second["moves"]) == (200, False, 0)
    until(lambda: "0 moves" in button.inner_text(), 20.0, what="the page says that nothing would move")
    assert product.kind("Thing")["commit"] == commit
    product.assert_served_once(within=10.0)

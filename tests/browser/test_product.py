"""The console of the product itself: what happens to an instance is on the page without anybody asking."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.browser.conftest import text
from tests.product.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    server = Product(tmp_path_factory.mktemp("console"))
    try:
        server.start()
        server.settle()
        yield server
    finally:
        server.clean_up()


@contextmanager
def standing_still(pid: int) -> Iterator[None]:
    """What it is to release stays on its way meanwhile: else all moves may be over between two looks."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        # it may have been replaced, as one that says nothing
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


async def test_an_instance_that_dies_is_seen_and_so_is_its_successor(browser, product: Product) -> None:
    page = await (await browser.new_context(viewport={"width": 1280, "height": 800})).new_page()
    await page.goto(product.url + "/")
    await page.wait_for_selector("sw-verdict[data-verdict=yes]")
    assert "2,000 =" in await text(page, "sw-ledger")
    cell = page.locator("sw-cell").nth(3)
    before = await cell.locator(".incarnation").inner_text()
    os.kill(product.pids("Thing")[("Thing", 3)], signal.SIGKILL)
    await page.wait_for_function(
        "before => document.querySelectorAll('sw-cell .incarnation')[3].textContent !== before",
        arg=before,
        timeout=30_000,
    )
    await page.wait_for_function(
        "() => document.querySelectorAll('sw-cell')[3].dataset.state === 'ok'", timeout=30_000
    )
    await page.keyboard.press("/")
    await page.keyboard.insert_text("thing-000042")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("sw-owner")
    assert "owned" in await text(page, "sw-owner")
    await page.fill("main sw-search input", "thing-0001")
    await page.wait_for_selector(".hits a")
    assert await page.locator(".hits a").count() == 20
    await page.context.close()


async def test_moves_are_drawn_while_they_happen(browser, product: Product) -> None:
    page = await (await browser.new_context(viewport={"width": 1280, "height": 800})).new_page()
    await page.goto(product.url + "/console/kinds/Thing")
    await page.wait_for_selector("sw-cell")
    await page.evaluate("""() => {
        window.sums = [];
        window.moved = false;
        const ledger = document.querySelector('sw-ledger');
        const number = (node) => Number(node.textContent.replaceAll(',', ''));
        new MutationObserver(() => {
            const [total, ...parts] = [...ledger.querySelectorAll('.sum b')].map(number);
            if (total !== parts.reduce((sum, one) => sum + one, 0)) window.sums.push([total, ...parts]);
            window.moved ||= parts[2] > 0;
        }).observe(ledger, {subtree: true, childList: true, characterData: true});
    }""")
    with standing_still(min(product.pids("Thing").items())[1]):
        answer = product.post(
            "/v1/api/orchestrations/Thing/orchestrate", {"resourcePerInstance": 150, "maxInstances": 20}
        )
        assert answer.status == 200, answer.text
        await page.wait_for_function("() => window.moved", timeout=30_000)
    await page.wait_for_function("() => document.querySelectorAll('sw-cell').length >= 14", timeout=30_000)
    product.settle("Thing")
    await page.wait_for_function(
        "() => document.querySelector('sw-verdict').dataset.verdict === 'yes'", timeout=30_000
    )
    assert await page.evaluate("window.sums") == []
    await page.context.close()

"""Takes the pictures of the console for the documentation, of the product with its demo: `make pictures`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from pathlib import Path

from tests.product.product import Product
from tests.services import chromium

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
STOPPED = 6
"""The shard whose instance is held still, so that the picture shows one that is late."""

VIEWS = (
    ("console-overview", "", 1280, 600, "light", "en-US"),
    ("console-kind", "console/kinds/Thing", 1280, 720, "dark", "en-US"),
    ("console-phone", "", 390, 760, "light", "zh-CN"),
)


async def take(url: str, folder: Path, pid: int) -> None:
    """The pages stand open before the instance ``pid`` is held still: it is late for some seconds only."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        program, flags = chromium.program(), list(chromium.FLAGS)
        browser = await playwright.chromium.launch(executable_path=program, args=flags)
        pages = []
        for name, path, width, height, scheme, language in VIEWS:
            page = await browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                locale=language,
                reduced_motion="reduce",
            )
            await page.goto(f"{url}/{path}")
            await page.wait_for_selector("sw-orchestrate button:not([aria-disabled])")
            pages.append((name, page))
        os.kill(pid, signal.SIGSTOP)
        for name, page in pages:
            await page.bring_to_front()
            await page.wait_for_selector("sw-cell[data-state=late]", timeout=60_000)
            await page.screenshot(path=folder / f"{name}.png")
        await browser.close()


def main() -> None:
    """Raises what starting the product raises; nothing is left running."""
    with tempfile.TemporaryDirectory() as folder:
        product = Product(
            Path(folder),
            {
                "SHARDWRIGHT_KINDS__THING__RESOURCE_PER_INSTANCE": "100",
                "SHARDWRIGHT_KINDS__THING__INIT_INSTANCES": "20",
            },
        )
        held: int | None = None
        try:
            product.start()
            product.settle()
            held = product.pids("Thing")[("Thing", STOPPED)]
            asyncio.run(take(product.url, PICTURES, held))
        finally:
            if held is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(held, signal.SIGCONT)
            product.clean_up()


if __name__ == "__main__":
    sys.exit(main())

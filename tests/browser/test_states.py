"""Eight states, told by shape, word and colour, in each theme; what fits on which screen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.api.facade_double import FacadeDouble, kind
from tests.browser.conftest import Console, Serve

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

STATES = {
    "ok": {},
    "starting": {"health": "starting"},
    "late": {"health": "late", "beat_age": 19.0},
    "lost": {"health": "lost", "beat_age": 48.0},
    "draining": {"state": "draining", "releasing": 12},
    "moving": {"arriving": 8},
    "unknown": {"health": "unknown", "beat_age": None},
}

# The contrast of each cell's texts and of its shape with what lies behind them (WCAG 2.2, 1.4.3 and 1.4.11).
CONTRASTS = """() => {
    const parse = (text) => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b]
        .map((part) => part / 255)
        .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
        .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
    const ground = (node) => {
        for (let one = node; one; one = one.parentElement) {
            const colour = parse(getComputedStyle(one).backgroundColor);
            if (colour.length < 4 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    const ratio = (a, b) => {
        const [low, high] = [light(a), light(b)].sort((one, other) => one - other);
        return (high + 0.05) / (low + 0.05);
    };
    const found = {};
    for (const cell of document.querySelectorAll('sw-cell')) {
        const behind = ground(cell.querySelector('a'));
        const texts = [...cell.querySelectorAll('b, .incarnation, .load > *, sw-status span')]
            .filter((node) => node.checkVisibility() && node.textContent)
            .map((node) => ratio(parse(getComputedStyle(node).color), behind));
        const shape = ratio(parse(getComputedStyle(cell.querySelector('sw-status')).color), behind);
        found[cell.dataset.state] = [Math.min(...texts), shape];
    }
    return found;
}"""

# The same for all of the page's own texts.
TEXTS = (
    CONTRASTS.split("const found = {};", maxsplit=1)[0]
    + """
    const bad = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement;
        const isOff = parent.closest('svg, [aria-disabled]');
        const isSeen = !isOff && parent.checkVisibility({opacityProperty: true});
        if (!node.textContent.trim() || !isSeen) continue;
        const seen = ratio(parse(getComputedStyle(parent).color), ground(parent));
        const said = node.textContent.trim().slice(0, 30);
        if (seen < 4.5) bad.push(`${parent.tagName}.${parent.className} ${seen.toFixed(2)} ${said}`);
    }
    return bad;
}"""
)


def world(shards: int = 100) -> FacadeDouble:
    """All states among the first shards, the rest well."""
    status = kind(shards=shards, resource_per_instance=5000)
    changed = dict(enumerate(STATES.values()))
    rows = tuple(replace(one, **changed.get(one.number, {})) for one in status.shards)
    facade = FacadeDouble()
    facade.world["Thing"] = replace(status, shards=rows)
    return facade


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_each_state_has_shape_word_and_contrast(serve: Serve, scheme: str, artefacts) -> None:
    console = await serve(world(8))
    page = await console.open("console/kinds/Thing", color_scheme=scheme)
    contrasts = await page.evaluate(CONTRASTS)
    assert set(contrasts) == set(STATES)
    for state, (least_text, shape) in contrasts.items():
        assert least_text >= 4.5, state
        assert shape >= 3, state
    shapes = await page.locator("sw-cell sw-status svg").evaluate_all(
        "all => all.map((one) => one.innerHTML)"
    )
    assert len(set(shapes[:7])) == 7
    words = await page.locator("sw-cell a").evaluate_all(
        "all => all.map((one) => one.getAttribute('aria-label'))"
    )
    assert "Shard 2, late, 40 of 50, beat" in words[2].replace("last beat", "beat")
    assert "–" in words[6]
    assert await page.evaluate(TEXTS) == []
    await page.screenshot(path=artefacts / f"states-{scheme}.png")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_what_is_held_has_a_shape_a_word_and_a_contrast_too(serve: Serve, scheme: str) -> None:
    facade = world(3)
    facade.world["Thing"] = replace(facade.world["Thing"], paused=True)
    console = await serve(facade)
    page = await console.open(color_scheme=scheme)
    await page.wait_for_selector("sw-issues sw-status[data-state=held]")
    assert await page.evaluate(TEXTS) == []


async def test_forced_colours_leave_the_states_legible(serve: Serve, artefacts) -> None:
    console = await serve(world(8))
    page = await console.open("console/kinds/Thing", forced_colors="active", color_scheme="dark")
    lost = page.locator("sw-cell[data-state=lost] a")
    assert await lost.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    late = page.locator("sw-cell[data-state=late] a")
    assert await late.evaluate("one => getComputedStyle(one).outlineStyle") == "dashed"
    for state, (least_text, shape) in (await page.evaluate(CONTRASTS)).items():
        assert least_text >= 4.5, state
        assert shape >= 3, state
    await page.screenshot(path=artefacts / "states-forced.png")


async def test_what_is_lost_or_late_stands_out_in_grey(serve: Serve, artefacts) -> None:
    """An eye that sees no colour has brightness: a cell that is lost differs from all that are well."""
    console = await serve(world(100))
    page = await console.open("console/kinds/Thing", viewport={"width": 1280, "height": 1100})
    await page.evaluate("document.documentElement.style.filter = 'grayscale(1)'")
    await page.screenshot(path=artefacts / "grey.png", full_page=True)
    ink = """() => Object.fromEntries([...document.querySelectorAll('sw-cell')].map((cell) => {
        const style = getComputedStyle(cell.querySelector('a'));
        const number = cell.querySelector('.number').textContent;
        return [number, [style.backgroundColor, style.boxShadow !== 'none']];
    }))"""
    seen = await page.evaluate(ink)
    well = seen["50"]
    assert seen["3"][0] != well[0]
    assert seen["2"][1] != well[1]
    assert await page.locator("sw-cell[data-state=lost] sw-status span").is_visible()
    assert await page.locator("sw-cell[data-state=late] sw-status span").is_visible()
    assert await page.locator("sw-cell[data-state=ok] sw-status span").first.is_hidden()


@pytest.mark.parametrize(("width", "columns"), [(1280, 10), (390, 4), (320, 3)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_hundred_cells_are_numbered_and_nothing_hangs_over(
    serve: Serve, width: int, columns: int, scheme: str, artefacts
) -> None:
    console = await serve(world())
    page = await console.open(
        viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce"
    )
    numbers = await page.locator("sw-cell .number").all_inner_texts()
    assert numbers == [str(number) for number in range(100)]
    grid = page.locator("sw-map .grid")
    tracks = await grid.evaluate("one => getComputedStyle(one).gridTemplateColumns.split(' ').length")
    assert tracks == columns
    cut = "all => all.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent)"
    assert await page.locator("sw-cell .number").evaluate_all(cut) == []
    for path in ("", "console/kinds/Thing", "console/kinds/Thing?view=table"):
        await page.goto(console.url + path)
        await page.wait_for_selector("sw-cell, sw-shards tr", state="attached")
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert await page.locator("*").count() < 4000
        # Reduced motion: nothing on the page moves by itself, and no arcs are drawn.
        assert await page.evaluate("document.getAnimations().length") == 0
    await page.goto(console.url)
    await page.wait_for_selector("sw-cell")
    await page.screenshot(path=artefacts / f"overview-{width}-{scheme}.png")
    assert console.faults == []


async def test_a_page_at_twice_its_size_clips_nothing(serve: Serve) -> None:
    console = await serve(world())
    page = await console.open("console/kinds/Thing", viewport={"width": 640, "height": 400})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 640
    for selector in ("sw-verdict .sentence", "sw-orchestrate button", ".segments a"):
        assert await page.locator(selector).first.is_visible()


async def test_a_state_that_the_page_does_not_know_is_unknown_and_named(serve: Serve) -> None:
    facade = world(8)
    status = facade.world["Thing"]
    rows = (replace(status.shards[0], health="something new"), *status.shards[1:])
    facade.world["Thing"] = replace(status, shards=rows)
    console: Console = await serve(facade)
    page = await console.open("console/kinds/Thing")
    first = page.locator("sw-cell").first
    assert await first.get_attribute("data-state") == "unknown"
    assert "something new" in await first.inner_text()

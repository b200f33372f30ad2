"""Every page, in both themes and languages, at both widths: legible, named, in order, in its language."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.api.facade_double import kind, line
from tests.browser.conftest import Console, Serve
from tests.browser.planning_double import PlanningDouble
from tests.browser.scales import faults_of

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PAGES = {
    "": "sw-cell",
    "console/kinds/Thing": "sw-cell",
    "console/kinds/Thing/plan": "sw-table tbody tr",
    "console/kinds/Thing/plans/7": "sw-plan-diff",
    "console/kinds/Thing/plans/8": "sw-undo form",
    "console/kinds/Thing/coverage": "sw-table tbody tr",
    "console/kinds/Thing/size": "sw-table tbody tr",
    "console/kinds/Thing/resources": "li.resource",
    "console/kinds/Thing/resources/thing-42": "sw-why table",
    "console/kinds/Thing/shards/3": "li.resource",
    "console/instances": "sw-table tbody tr",
    "console/instances/Thing/3": "sw-logs .lines div",
    "console/events": ".event",
    "console/system": "sw-page-system sw-table tbody tr",
}
ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[ ,]+[a-z]{2,}){3,}")
"""Four English words in a row: a sentence, and no name."""


async def world(serve: Serve) -> Console:
    facade = PlanningDouble(wide=True)
    for number in range(120):
        facade.own("Thing", f"thing-{number}")
    status = kind(shards=8)
    changes = ({}, {"health": "starting"}, {"health": "late"}, {"health": "lost"}, {"state": "draining"})
    shards = tuple(
        replace(one, **(changes[n] if n < len(changes) else {})) for n, one in enumerate(status.shards)
    )
    facade.world["Thing"] = replace(status, shards=shards)
    facade.dependency_ok = False
    facade.lines.append(line(90, ids=("x" * 300,), detail="plan 7: 40 moves, shards 5 -> 6", actor="ann"))
    for per in (42, 43):
        await facade.make_plan("Thing", max_instances=None, resource_per_instance=per, note="42", actor="ann")
    facade.finish(8)
    return await serve(facade)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_is_legible_named_and_in_order(serve: Serve, scheme: str) -> None:
    console = await world(serve)
    page = await console.open(color_scheme=scheme, reduced_motion="reduce")
    found: dict[str, list[str]] = {}
    for path, shown in PAGES.items():
        await page.goto(console.url + path)
        await page.wait_for_selector(shown)
        if faults := await faults_of(page):
            found[path] = faults
        assert await page.evaluate("document.getAnimations().length") == 0, path
        assert await page.locator("*").count() < 4000, path
    assert found == {}
    assert console.faults == []


@pytest.mark.parametrize("width", [1280, 640, 390, 320])
async def test_no_page_hangs_over_the_edge(serve: Serve, width: int, artefacts) -> None:
    console = await world(serve)
    page = await console.open(viewport={"width": width, "height": 844}, reduced_motion="reduce")
    wide: dict[str, int] = {}
    for path, shown in PAGES.items():
        await page.goto(console.url + path)
        await page.wait_for_selector(shown)
        over = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if over > 0:
            wide[path] = over
        await page.screenshot(path=artefacts / f"{path.replace('/', '-') or 'overview'}-{width}.png")
    assert wide == {}


async def test_no_page_has_an_english_sentence_where_chinese_was_chosen(serve: Serve) -> None:
    console = await world(serve)
    page = await console.open(locale="zh-CN")
    found: dict[str, list[str]] = {}
    for path, shown in PAGES.items():
        await page.goto(console.url + path)
        await page.wait_for_selector(shown)
        # What the server says in its own words, ids and code are marked as such.
        texts = await page.evaluate(
            """() => {
              const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              const found = [];
              while (walk.nextNode()) {
                const { parentElement, data } = walk.currentNode;
                const own = "[lang=en], code, .id, pre, [role=log], noscript";
                if (!parentElement.closest(own)) found.push(data);
              }
              return found;
            }"""
        )
        if english := [one for one in texts if ENGLISH.search(one)]:
            found[path] = english
    assert found == {}
    assert console.faults == []


async def test_the_scales_find_what_is_wrong(console: Console) -> None:
    page = await console.open("console/events", wait=".event")
    await page.evaluate(
        """() => {
          const add = (tag, text, given = {}) => {
            const node = Object.assign(document.createElement(tag), given);
            node.textContent = text;
            document.querySelector("main > *").append(node);
            return node;
          };
          add("p", "faint").style.color = "#aab";
          add("button", "");
          add("input", "");
          add("h4", "deep");
          add("h1", "second");
          add("a", "first in the order", { href: "/", tabIndex: 3 });
          add("li", "alone");
        }"""
    )
    found = "\n".join(await faults_of(page))
    for rule in (
        "contrast",
        "no name",
        "no label",
        "leaves a level out",
        "not one h1",
        "own order",
        "without a list",
    ):
        assert rule in found, rule

"""Whatever can be done on a page has its line for a shell: run as it stands, it does the same."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
import pytest_asyncio

from tests.api.facade_double import HELD, kind
from tests.browser.conftest import Console, Serve
from tests.browser.planning_double import PlanningDouble

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

READING = ("stream", "events", "resource", "resources", "coverage", "explain", "search", "logs", "make")
SECRET = "swt_test_of-the-shell-alone"


@pytest_asyncio.fixture(loop_scope="module")
async def console(serve: Serve) -> Console:
    facade = PlanningDouble()
    for given in ("thing-42", "it's $HOME; `id`"):
        facade.own("Thing", given)
    return await serve(facade)


async def lines_of(page, within: str = "main") -> list[tuple[str, str]]:
    """The curl line and the shell line of each recipe that the page shows."""
    return await page.eval_on_selector_all(
        f"{within} sw-recipe",
        """all => all.filter((one) => one.checkVisibility()).map((one) =>
          [...one.querySelectorAll('.sheet code')].map((code) => code.textContent))""",
    )


async def run(console: Console, line: str, may_end_with: tuple[int, ...] = (0,)) -> str:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "SHARDWRIGHT_SERVER": console.url.rstrip("/"),
        "SHARDWRIGHT_TOKEN": SECRET,
        "NO_COLOR": "1",
    }
    shell = await asyncio.create_subprocess_shell(
        line, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said = (await shell.communicate())[0].decode()
    assert shell.returncode in may_end_with, (line, said)
    return said


def done(console: Console) -> list[tuple[str, object]]:
    """What was asked of the facade that is no reading, without who asked."""
    calls = [
        (name, tuple(part for part in given if "127.0.0.1" not in str(part)))
        for name, given in console.facade.calls
        if name not in (*READING, "orchestrate")
    ]
    console.facade.calls.clear()
    return calls


@pytest.mark.parametrize(
    ("path", "shown", "expected"),
    [
        ("console/kinds/Thing/resources/thing-42", "sw-why table", ["resync", "quarantine"]),
        (
            "console/kinds/Thing/resources/it's%20%24HOME%3B%20%60id%60",
            "sw-why table",
            ["resync", "quarantine"],
        ),
        ("console/instances/Thing/3", "sw-timeline li", ["drain"]),
        ("console/kinds/Thing/plans/7", "sw-plan-diff", ["apply"]),
    ],
)
async def test_each_line_does_what_its_button_does(
    console: Console, path: str, shown: str, expected: list[str]
) -> None:
    facade = console.facade
    await facade.make_plan("Thing", max_instances=None, resource_per_instance=42, note="", actor="ann")
    page = await console.open(path, wait=shown)
    recipes = [one for one in await lines_of(page) if "DELETE" not in one[0] and "restart" not in one[0]]
    assert len(recipes) >= len(expected)
    assert not [one for one in recipes if SECRET in str(one) or "$SHARDWRIGHT_TOKEN" not in one[0]]
    for curl, cli in recipes:
        done(console)
        await run(console, curl)
        by_curl = done(console)
        facade.made.clear()
        facade.apart.clear()
        facade.numbers = iter(range(7, 20))
        await facade.make_plan("Thing", max_instances=None, resource_per_instance=42, note="", actor="ann")
        done(console)
        await run(console, cli)
        by_cli = done(console)
        assert [name for name, _ in by_curl] == [name for name, _ in by_cli] != [], (curl, cli)
        assert by_curl[0][0] in expected
        expected = [*expected[1:], expected[0]]


async def test_what_was_typed_stands_in_the_lines(console: Console) -> None:
    facade = console.facade
    facade.wide = True
    await facade.make_plan("Thing", max_instances=None, resource_per_instance=42, note="", actor="ann")
    page = await console.open("console/kinds/Thing/plans/7", wait="sw-override form")
    await page.fill("input[name=override]", "p-7")
    await page.fill("input[name=reason]", "it's $time")
    ((curl, cli),) = await lines_of(page, "sw-override")
    done(console)
    await run(console, curl)
    assert ("apply", (7, "it's $time")) in done(console)
    assert cli.startswith("shardwright apply Thing 7 --override p-7 --reason ")
    page = await console.open("console/kinds/Thing/plans/7", wait="sw-undo form")
    await page.fill("sw-undo input", "too 'early'")
    ((curl, cli),) = await lines_of(page, "sw-undo")
    done(console)
    await run(console, curl)
    await run(console, cli)
    assert done(console) == [("undo", (7, "too 'early'"))] * 2


async def test_the_line_of_the_button_orchestrates_with_the_sizes_that_were_typed(console: Console) -> None:
    page = await console.open("console/kinds/Thing/plan", wait="sw-orchestrate .primary")
    await page.fill("input[name=resourcePerInstance]", "42")
    await page.wait_for_function(
        # Its address may have any number in it.
        "() => /resourcePerInstance[^0-9]+42/.test(document.querySelector('main .sheet code').textContent)"
    )
    ((curl, cli),) = await lines_of(page)
    for line in (curl, cli):
        console.facade.calls.clear()
        await run(console, line)
        asked = [given for name, given in console.facade.calls if name == "orchestrate"]
        assert ("Thing", None, 42, False) in [given[:4] for given in asked], line


CHANGES = {
    "console/kinds/Thing": ("sw-cell", {"pause-kind", "resync", "orchestrate", "accept"}),
    "console/kinds/Thing/resources/thing-42": ("sw-why table", {"resync", "quarantine"}),
    "console/instances/Thing/3": ("sw-timeline li", {"restart", "drain"}),
    "console/kinds/Thing/plans/7": ("sw-plan-diff", {"apply", "discard"}),
}
"""What each page can change, as the facade is asked for it."""


@pytest.mark.parametrize("path", CHANGES)
async def test_no_line_of_a_page_is_left_out_and_each_does_what_its_neighbour_does(
    console: Console, path: str
) -> None:
    shown, expected = CHANGES[path]
    facade = console.facade
    facade.world["Thing"] = kind(held=HELD)

    async def anew() -> None:
        facade.made.clear()
        facade.apart.clear()
        facade.numbers = iter(range(7, 20))
        await facade.make_plan("Thing", max_instances=None, resource_per_instance=42, note="", actor="ann")
        facade.calls.clear()

    await anew()
    page = await console.open(path, wait=shown)
    found = set()
    for pair in await lines_of(page):
        assert all(pair), pair
        asked = []
        for one in pair:
            await anew()
            await run(console, one, may_end_with=(0, 1))
            asked.append([name for name, _ in facade.calls if name not in READING])
        assert asked[0] == asked[1] != [], pair
        found.update(asked[0])
    assert found == expected
    assert SECRET not in await page.content()


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("console/events?verb=assign&shard=2", ".event"),
        ("console/kinds/Thing/resources?q=thing-4", "li.resource"),
        ("console/kinds/Thing/coverage", "sw-table tbody tr"),
        ("console/kinds/Thing/size", "sw-table tbody tr"),
        ("console/system", "sw-page-system sw-table tbody tr"),
    ],
)
async def test_a_line_that_reads_reads_what_the_page_shows(console: Console, path: str, shown: str) -> None:
    page = await console.open(path, wait=shown)
    ((curl, cli), *_) = await lines_of(page)
    console.facade.calls.clear()
    assert json.loads(await run(console, curl))
    by_curl = [call for call in console.facade.calls if call[0] != "stream"]
    console.facade.calls.clear()
    # The command's exit code tells whether all is well with what it shows.
    assert await run(console, cli, may_end_with=(0, 1))
    by_cli = [call for call in console.facade.calls if call[0] != "stream"]
    assert {name for name, _ in by_curl} == {name for name, _ in by_cli}
    if "events" in path:
        ((_, asked),) = by_curl
        ((_, too),) = by_cli
        assert (asked.verb, asked.shard) == (too.verb, too.shard) == ("assign", 2)

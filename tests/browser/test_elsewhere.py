"""The store names another place of the instances: it is seen, explained, and accepted by an admin."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import pytest_asyncio

from orchestrator.core.decisions import Refused
from orchestrator.engine.answers import Dependency, Overview
from tests.api.facade_double import FacadeDouble, kind
from tests.browser.conftest import Console, Serve, text
from tests.browser.scales import faults_of
from tests.browser.test_access import ENGLISH
from tests.browser.test_recipes import lines_of, run
from tests.browser.test_sign_in import Guarded, guarded, sign_in

__all__ = ["guarded"]

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

THERE = "namespace prod (0f2c7a5e-6d5b-4c8e-9f6e-1d2a3b4c5d6e)"
HERE = "namespace <b>prod</b>-2 (7d1f)"
ALARM = f"the store says that the instances of Thing run in {THERE}, this server's would in {HERE}"
ASKS = "sw-elsewhere sw-action button:not(.bare)"
GOES = "dialog button.danger"


@dataclass
class Elsewhere(FacadeDouble):
    def __post_init__(self) -> None:
        self.world["Thing"] = replace(kind(), place=THERE, place_here=HERE, alarms=(ALARM,))

    def overview(self) -> Overview:
        found = super().overview()
        away = Dependency(name="runtime Thing", ok=False, detail=ALARM, age=4.0, effect="nothing is started")
        return replace(found, dependencies=(*found.dependencies, away))


@pytest_asyncio.fixture(loop_scope="module")
async def console(serve: Serve) -> Console:
    return await serve(Elsewhere())


def accepted(console: Console) -> list[object]:
    return [given for name, given in console.facade.calls if name == "place"]


async def test_it_needs_a_person_and_leads_to_where_it_is_explained(console: Console) -> None:
    page = await console.open()
    issue = page.locator("sw-issues li:has-text('run at another place')")
    assert THERE in await issue.inner_text()
    assert "needs you: 1" in await text(page, "sw-issues .needs")
    await issue.locator("a").click()
    await page.wait_for_selector(ASKS)
    shown = await text(page, "sw-elsewhere")
    assert THERE in shown
    assert HERE in shown
    assert "correct that instead" in shown
    await page.goto(f"{console.url}console/system")
    await page.click(".deps a:text-is('Thing')")
    await page.wait_for_selector(ASKS)
    assert console.faults == []


async def test_an_admin_is_told_what_it_does_and_names_the_kind(console: Console) -> None:
    page = await console.open("console/kinds/Thing", wait=ASKS)
    await page.click(ASKS)
    told = await text(page, "dialog")
    assert f"The store names {HERE} from now on" in told
    assert f"Whatever still runs at {THERE} would run a second time" in told
    assert await page.locator(GOES).is_disabled()
    await page.keyboard.press("Escape")
    await page.wait_for_selector("dialog", state="detached")
    assert accepted(console) == []
    await page.click(ASKS)
    await page.fill("dialog input[name=typed]", "Rule")
    assert await page.locator(GOES).is_disabled()
    await page.fill("dialog input[name=typed]", "Thing")
    await page.click(GOES)
    await page.wait_for_selector("sw-toast >> text=run here from now on")
    assert [given[:2] for given in accepted(console)] == [("Thing", THERE)]
    console.facade.world["Thing"] = kind(place=HERE)
    await page.wait_for_selector("sw-elsewhere", state="hidden")
    assert console.faults == []


async def test_what_the_server_refuses_is_said(console: Console) -> None:
    console.facade.refusal = Refused(detail="Instances of Thing still run at the other place: shards 3.")
    page = await console.open("console/kinds/Thing", wait=ASKS)
    await page.click(ASKS)
    await page.fill("dialog input[name=typed]", "Thing")
    await page.click(GOES)
    await page.wait_for_selector("sw-toast >> text=still run at the other place: shards 3")
    assert await page.locator(ASKS).is_visible()


async def test_its_lines_for_a_shell_do_the_same(console: Console) -> None:
    page = await console.open("console/kinds/Thing", wait=ASKS)
    ((curl, cli),) = await lines_of(page, "sw-elsewhere")
    for one in (curl, cli):
        console.facade.calls.clear()
        await run(console, one)
        assert [given[:2] for given in accepted(console)] == [("Thing", THERE)], one


async def test_who_is_no_admin_sees_it_off_and_why(guarded: Guarded) -> None:
    console = guarded.console
    console.facade.world["Thing"] = replace(kind(), place=THERE, place_here=HERE)
    page = await console.open(wait="input[name=name]")
    await sign_in(page, "ann")
    await page.wait_for_selector("sw-cell")
    await page.goto(f"{console.url}console/kinds/Thing")
    await page.wait_for_selector(f"{ASKS}[aria-disabled=true]")
    assert "Needs the role admin; you have operator" in await text(page, "sw-elsewhere .why")
    await page.click(ASKS, force=True)
    assert await page.locator("dialog").count() == 0
    status = await page.evaluate(
        """async (insteadOf) => {
          const { csrf } = await (await fetch("/v1/api/session")).json();
          const headers = { "Content-Type": "application/json", "X-Shardwright-Csrf": csrf };
          const given = { method: "POST", headers, body: JSON.stringify({ insteadOf }) };
          return (await fetch("/v1/api/kinds/Thing/place/accept", given)).status;
        }""",
        THERE,
    )
    assert status == 403
    assert accepted(console) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("locale", "width"), [("en-US", 1280), ("en-US", 390), ("zh-CN", 1280), ("zh-CN", 320)]
)
async def test_it_is_legible_at_each_width_in_both_languages(
    console: Console, artefacts, scheme: str, locale: str, width: int
) -> None:
    page = await console.open(
        "console/kinds/Thing",
        wait=ASKS,
        viewport={"width": width, "height": 844},
        color_scheme=scheme,
        locale=locale,
        reduced_motion="reduce",
    )
    name = f"elsewhere-{locale}-{width}-{scheme}"
    await page.screenshot(path=artefacts / f"{name}.png")
    assert await faults_of(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    await page.click(ASKS)
    await page.wait_for_selector("dialog[open]")
    await page.screenshot(path=artefacts / f"{name}-asked.png")
    assert await page.evaluate("document.querySelector('dialog').scrollWidth - innerWidth") <= 0
    if locale == "zh-CN":
        for part in ("sw-elsewhere", "dialog"):
            said = (await text(page, part)).replace(THERE, "").replace(HERE, "")
            assert not ENGLISH.search(said), said

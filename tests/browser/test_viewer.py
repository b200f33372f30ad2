"""Who may only look sees every control of every page, off, and why; the server refuses the same."""

from __future__ import annotations

import pytest

from tests.browser.conftest import text
from tests.browser.planning_double import PlanningDouble
from tests.browser.test_sign_in import Guarded, guarded, sign_in

__all__ = ["guarded"]

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

ACTIONS = "main sw-action button:not(.bare)"
PAGES = {
    "console/kinds/Thing": ("sw-cell", 3),
    "console/kinds/Thing/plan": ("sw-orchestrate sw-action", 1),
    "console/kinds/Thing/resources/thing-42": ("sw-why table", 2),
    "console/instances/Thing/3": ("sw-timeline li", 2),
    "console/kinds/Thing/plans/7": ("sw-plan-acts", 2),
}


async def test_a_viewer_sees_every_control_of_every_page_and_why_it_is_off(guarded: Guarded) -> None:
    console = guarded.console
    console.facade.own("Thing", "thing-42")
    page = await console.open(wait="input[name=name]")
    await sign_in(page, "vic")
    await page.wait_for_selector("sw-cell")
    for path, (shown, least) in PAGES.items():
        await page.goto(console.url + path)
        await page.wait_for_selector(shown)
        await page.wait_for_selector("sw-action .why:has-text('Needs the role')")
        buttons = page.locator(f"{ACTIONS}:visible")
        assert await buttons.count() >= least, path
        off = await page.locator(f"{ACTIONS}[aria-disabled=true]:visible").count()
        assert off == await buttons.count(), path
        before = len(console.facade.calls)
        for number in range(await buttons.count()):
            await buttons.nth(number).click(force=True)
        changes = {"make", "apply", "drain", "quarantine", "resync", "discard", "pause"}
        assert not changes & {name for name, _ in console.facade.calls[before:]}, path
    assert "you have viewer" in await text(page, "sw-action .why")
    status = await page.evaluate(
        """async () => {
          const { csrf } = await (await fetch("/v1/api/session")).json();
          const headers = { "Content-Type": "application/json", "X-Shardwright-Csrf": csrf };
          const url = "/v1/api/kinds/Thing/plans/7/apply";
          return (await fetch(url, { method: "POST", headers, body: "{}" })).status;
        }"""
    )
    assert status == 403


async def test_an_operator_applies_within_the_limits_and_an_admin_beyond_them(guarded: Guarded) -> None:
    console = guarded.console
    page = await console.open(wait="input[name=name]")
    await sign_in(page, "ann")
    await page.wait_for_selector("sw-cell")
    wide = PlanningDouble(wide=True)
    for name in ("plan", "plans", "make_plan", "apply_plan"):
        setattr(console.facade, name, getattr(wide, name))
    await wide.make_plan("Thing", max_instances=None, resource_per_instance=42, note="", actor="ann")
    await page.goto(f"{console.url}console/kinds/Thing/plans/7")
    await page.wait_for_selector("sw-override form")
    await page.fill("input[name=override]", "p-7")
    await page.fill("input[name=reason]", "we grow")
    assert "Needs the role admin; you have operator" in await text(page, "sw-override .why")
    status = await page.evaluate(
        """async () => {
          const { csrf } = await (await fetch("/v1/api/session")).json();
          const headers = { "Content-Type": "application/json", "X-Shardwright-Csrf": csrf };
          const body = JSON.stringify({ override: "p-7", reason: "we grow" });
          return (await fetch("/v1/api/kinds/Thing/plans/7/apply", { method: "POST", headers, body })).status;
        }"""
    )
    assert status == 403
    assert wide.wrote == 0

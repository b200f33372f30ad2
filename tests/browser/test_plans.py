from __future__ import annotations

import pytest
import pytest_asyncio

from tests.browser.conftest import Console, Serve, text
from tests.browser.planning_double import PlanningDouble

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

BUTTON = "sw-orchestrate sw-action button:not(.bare)"
PLANS = "console/kinds/Thing/plan"
READY = f"{BUTTON}.primary:not([aria-disabled])"


@pytest_asyncio.fixture(loop_scope="module")
async def console(serve: Serve) -> Console:
    return await serve(PlanningDouble())


def asked(console: Console, *verbs: str) -> list[tuple[str, object]]:
    return [call for call in console.facade.calls if call[0] in verbs]


async def on_plan(console: Console, number: int = 7, **given: object):
    await console.facade.make_plan(
        "Thing", max_instances=None, resource_per_instance=42, note="more room", actor="ann"
    )
    console.facade.calls.clear()
    return await console.open(f"console/kinds/Thing/plans/{number}", wait="sw-plan-diff", **given)


async def test_the_button_carries_what_it_would_do_and_a_click_does_exactly_that(console: Console) -> None:
    page = await console.open(PLANS, wait=READY)
    assert await text(page, BUTTON) == "Re-orchestrate: 40 moves, 1 new instances"
    await page.click(BUTTON)
    await page.wait_for_selector(".done")
    assert "p-7: 40 moves begun" in await text(page, ".result")
    assert "40 done" in await text(page, "sw-progress")
    assert asked(console, "make", "apply") == [("make", ("Thing", None, None, "")), ("apply", (7, ""))]
    assert await page.get_attribute(".result a.button", "href") == "/console/kinds/Thing/plans/7?undo=1"
    assert console.faults == []


@pytest.mark.parametrize("moves", [40, 0])
async def test_a_changed_limit_shows_its_plan_first_whatever_it_moves(console: Console, moves: int) -> None:
    console.facade.moves = moves
    page = await console.open(PLANS, wait=f"{BUTTON}:not([aria-disabled])")
    await page.fill("input[name=resourcePerInstance]", "42")
    await page.wait_for_function("() => document.querySelector('sw-sizing').innerText.includes('200 ')")
    await page.click(BUTTON)
    await page.wait_for_selector("sw-plan-diff")
    assert page.url.partition("?")[0].endswith("/console/kinds/Thing/plans/7")
    assert asked(console, "make", "apply") == [("make", ("Thing", None, 42, ""))]
    assert console.facade.wrote == 0


async def test_a_size_that_is_in_force_already_is_no_changed_limit(console: Console) -> None:
    page = await console.open(PLANS, wait=READY)
    await page.fill("input[name=resourcePerInstance]", "50")
    await page.wait_for_function("() => document.querySelector('sw-sizing').innerText.includes('200 ')")
    await page.click(BUTTON)
    await page.wait_for_selector(".done")
    assert asked(console, "apply") == [("apply", (7, ""))]


async def test_a_click_on_a_kind_that_is_balanced_writes_nothing(console: Console) -> None:
    console.facade.moves = 0
    page = await console.open(PLANS, wait=f"{BUTTON}:not([aria-disabled])")
    await page.click(BUTTON)
    await page.wait_for_selector(".done")
    assert "nothing to change" in await text(page, ".result")
    assert asked(console, "make", "apply") == []
    assert console.facade.wrote == 0


async def test_beyond_the_limits_the_click_opens_the_review_and_runs_nothing(console: Console) -> None:
    console.facade.wide = True
    page = await console.open(PLANS, wait=READY)
    await page.click(BUTTON)
    await page.wait_for_selector("sw-override:not([hidden])")
    assert page.url.endswith("/console/kinds/Thing/plans/7")
    assert "beyond the limits" in await text(page, "sw-limits")
    assert asked(console, "apply") == []
    assert console.facade.wrote == 0


async def test_too_few_shards_are_refused_with_both_numbers_and_the_value_that_fits(console: Console) -> None:
    page = await console.open(PLANS, wait=READY)
    await page.fill("input[name=resourcePerInstance]", "1")
    await page.wait_for_selector("sw-sizing .refused")
    said = await text(page, "sw-sizing .preview")
    assert "need 200 instances, the maximum is 100" in said
    assert "The smallest resourcePerInstance that fits is 2" in said
    assert await page.get_attribute(BUTTON, "aria-disabled") == "true"


async def test_what_came_out_otherwise_than_the_button_said_is_shown_before_it_is_done(
    console: Console,
) -> None:
    page = await console.open(PLANS, wait=READY)
    console.facade.moves = 52
    await page.click(BUTTON)
    await page.wait_for_selector("sw-fresh:not([hidden])")
    assert "moves: 40 → 52 (+12)" in await text(page, "sw-fresh")
    assert asked(console, "apply") == []


async def test_a_plan_shows_before_and_after_what_it_costs_and_the_ids_of_a_pair(console: Console) -> None:
    page = await on_plan(console)
    assert "5\t6 (+1)" in await text(page, "sw-plan-diff")
    assert "more room" in await text(page, "sw-page-plan")
    assert "40 of 200 ids move (20.0%)" in await text(page, "sw-limits")
    await page.click("sw-pairs summary")
    await page.wait_for_selector("sw-pairs .ids sw-id")
    assert await page.locator("sw-pairs .ids sw-id").count() == 200
    await page.click("sw-pairs .ids button")
    await page.wait_for_function("() => document.querySelectorAll('sw-pairs .ids sw-id').length === 250")
    assert console.faults == []


async def test_a_plan_that_is_stale_is_computed_anew_and_the_difference_is_shown(console: Console) -> None:
    page = await on_plan(console)
    console.facade.then = 28
    await page.click("[data-verb=apply] button")
    await page.wait_for_selector("sw-fresh:not([hidden])")
    said = await text(page, "sw-fresh")
    assert "12 ids were created since" in said
    assert "moves: 40 → 28 (-12)" in said
    assert console.facade.wrote == 0
    await page.click("sw-fresh a.button")
    await page.wait_for_url("**/plans/8")


async def test_a_stale_plan_with_the_same_effects_goes_on(console: Console) -> None:
    page = await on_plan(console)
    console.facade.then = 40
    await page.click("[data-verb=apply] button")
    await page.wait_for_url("**/plans/8")
    await page.wait_for_selector("sw-progress[class], sw-progress .outcome:not(:empty)")
    assert console.facade.wrote == 1


async def test_an_override_takes_the_id_of_the_plan_and_a_reason_and_the_journal_has_both(
    console: Console,
) -> None:
    console.facade.wide = True
    page = await on_plan(console)
    button = page.locator("sw-override sw-action button:not(.bare)")
    assert await page.get_attribute("[data-verb=apply] button", "aria-disabled") == "true"
    await page.fill("input[name=override]", "p-8")
    await page.fill("input[name=reason]", "we grow")
    assert await button.get_attribute("aria-disabled") == "true"
    await button.click(force=True)
    assert console.facade.wrote == 0
    await page.fill("input[name=override]", "p-7")
    await button.click()
    await page.wait_for_selector("sw-progress .outcome:not(:empty)")
    assert asked(console, "apply") == [("apply", (7, "we grow"))]
    await page.goto(f"{console.url}console/events?kind=Thing")
    await page.wait_for_selector(".event")
    shown = await text(page, ".event")
    assert "plan 7: we grow" in shown
    assert "127.0.0.1" in shown


async def test_a_plan_under_way_is_followed_stopped_and_only_then_taken_back(console: Console) -> None:
    console.facade.slow = True
    page = await on_plan(console)
    await page.click("[data-verb=apply] button")
    await page.wait_for_selector("[data-verb=cancel]:not([hidden])")
    assert "40 moving" in await text(page, "sw-progress")
    await page.fill("sw-undo input[name=reason]", "too many")
    assert "stop it, or let it come to its end" in await text(page, "sw-undo .why")
    await page.click("[data-verb=cancel] button")
    await page.wait_for_selector("sw-undo button:not(.bare):not([aria-disabled])")
    await page.click("sw-undo button:not(.bare)")
    await page.wait_for_url("**/plans/8")
    await page.wait_for_selector("sw-plan-diff")
    assert asked(console, "undo") == [("undo", (7, "too many"))]
    assert "The way back from p-7. too many" in await text(page, "sw-page-plan")
    assert console.facade.made[8].stage == "proposed"


async def test_the_plans_of_a_kind_are_listed_with_their_state(console: Console) -> None:
    page = await on_plan(console)
    await page.goto(f"{console.url}console/kinds/Thing/plans")
    await page.wait_for_selector("sw-table tbody tr")
    row = await text(page, "sw-table tbody tr")
    assert "p-7" in row
    assert "proposed" in row
    await page.goto(f"{console.url}console/kinds/Rule/plans")
    await page.wait_for_selector("text=No plan yet")


async def test_plans_are_searched_applied_and_taken_back_with_the_keyboard_alone(console: Console) -> None:
    console.facade.own("Thing", "thing-42")
    page = await console.open()
    await page.keyboard.press("/")
    await page.keyboard.type("thing-42")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("sw-owner .more")
    await walk_to(page, "sw-owner .more")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/resources/thing-42")
    await page.wait_for_selector("sw-why")
    await walk_to(page, "sw-kind-nav a[data-name=plans]")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(READY)
    await walk_to(page, BUTTON)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".done")
    await walk_to(page, ".result a.button")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("sw-undo input:focus")
    await page.keyboard.type("too early")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/plans/8")
    await page.wait_for_selector("[data-verb=apply] button:not([aria-disabled])")
    await walk_to(page, "[data-verb=apply] button")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("sw-progress .outcome:not(:empty)")
    assert [call[0] for call in asked(console, "make", "apply", "undo")] == ["make", "apply", "undo", "apply"]


async def walk_to(page, selector: str) -> None:
    """Tab until the element has the focus; at each step the focus can be seen."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        seen = await page.evaluate(
            """(wanted) => {
              const node = document.activeElement;
              const style = getComputedStyle(node);
              const box = node.getBoundingClientRect();
              const isRing = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
              const isSeen = isRing && box.width > 0;
              return { isThere: node.matches(wanted), isSeen, tag: node.outerHTML.slice(0, 120) };
            }""",
            selector,
        )
        assert seen["isSeen"], seen
        if seen["isThere"]:
            return
    raise AssertionError(f"{selector} was not reached")

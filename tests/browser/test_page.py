from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from api.files import ROOT
from orchestrator.core.plan import Reason, Refused
from orchestrator.errors import NotNow
from tests.api.facade_double import HOSTILE_IDS, Counts, kind, line
from tests.browser.conftest import Console

pytestmark = pytest.mark.browser
BUTTON = "sw-kind:first-child button.primary"


def texts(language: str) -> dict[str, str]:
    source = (Path(ROOT) / "i18n" / f"{language}.js").read_text(encoding="utf-8")
    return json.loads(source.removeprefix("export default ").rstrip().removesuffix(";"))


async def text(page, selector: str) -> str:
    return await page.locator(selector).first.inner_text()


async def test_the_page_shows_every_shard_and_the_verdicts(console: Console) -> None:
    page = await console.open()
    assert await page.locator("sw-kind").count() == 2
    assert await page.locator("sw-kind:first-child sw-cell").count() == 5
    assert "every Thing has its owner" in await text(page, "sw-verdict")
    assert "200 =" in await text(page, "sw-verdict .sum")
    assert "leader orch-0, epoch 7" in await text(page, "sw-header")
    assert (await text(page, ".live")).startswith("Live")
    assert console.faults == []


async def test_the_button_carries_its_preview_and_a_click_shows_the_result(console: Console) -> None:
    console.facade.moves = 40
    page = await console.open()
    await page.wait_for_function(f"() => document.querySelector('{BUTTON}').textContent.includes('40 moves')")
    async with page.expect_response(lambda answer: answer.url.endswith("/Thing/orchestrate")) as waiting:
        await page.click(BUTTON)
    assert (await waiting.value).status == 200
    result = page.locator("sw-kind:first-child .result")
    await result.locator(".done").wait_for()
    shown = await result.inner_text()
    assert "40 moves begun, plan p-1" in shown
    assert "shards 5 → 6 (+1)" in shown
    assert "0 → 5: 32" in shown
    assert "1 created" in shown
    asked = [call for name, call in console.facade.calls if name == "orchestrate"]
    assert asked[-1][3] is True
    assert ("Thing", None, None, False, "api 127.0.0.1") in asked
    assert console.faults == []


async def test_a_field_changes_the_preview_and_the_wish(console: Console) -> None:
    page = await console.open()
    await page.fill("sw-kind:first-child input[name=maxInstances]", "20")
    await page.wait_for_timeout(600)
    await page.click(BUTTON)
    await page.wait_for_selector("sw-kind:first-child .done")
    asked = [call for name, call in console.facade.calls if name == "orchestrate" and call[0] == "Thing"]
    assert ("Thing", 20, None, True, "api 127.0.0.1") in asked
    assert ("Thing", 20, None, False, "api 127.0.0.1") in asked


@pytest.mark.parametrize(("typed", "said"), [("2", "from 3 to 100"), ("4.5", "'4.5'")])
async def test_a_value_that_is_refused_shows_the_reasons_and_no_button(
    console: Console, typed: str, said: str
) -> None:
    page = await console.open()
    await page.fill("sw-kind:first-child input[name=maxInstances]", typed)
    await page.wait_for_selector("sw-kind:first-child .preview .refused")
    assert said in await text(page, "sw-kind:first-child .preview")
    assert await page.locator(BUTTON).is_disabled()


async def test_a_refusal_of_the_click_itself_is_shown(console: Console) -> None:
    page = await console.open()
    await page.wait_for_selector(f"{BUTTON}:not([disabled])")
    console.facade.refusal = Refused(reason=Reason.PAUSED, detail="paused", reasons=("Thing is paused",))
    await page.click(BUTTON)
    await page.wait_for_selector("sw-kind:first-child .result .refused")
    assert "Thing is paused" in await text(page, "sw-kind:first-child .result")


async def test_the_search_finds_owner_state_since_and_why(console: Console) -> None:
    console.facade.own("Thing", "t-1")
    page = await console.open()
    await page.keyboard.press("/")
    await page.keyboard.type("t-1")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".owner")
    shown = await text(page, ".owner")
    assert "Thing/3, iota-dac-3 #4" in shown
    assert "owned" in shown
    assert "2023-11-14" in shown
    assert "least loaded with room" in shown
    await page.fill("#owner", "nobody")
    await page.press("#owner", "Enter")
    await page.wait_for_selector(".nobody")
    assert console.faults == []


async def test_hostile_ids_stay_text(console: Console) -> None:
    for number, wanted in enumerate(HOSTILE_IDS):
        console.facade.own("Thing", wanted)
        console.facade.lines.append(line(100 + number, ids=(wanted,), detail=wanted, actor=wanted))
    console.facade.world["Thing"] = kind(alarms=("<b>alarm</b>",))
    page = await console.open()
    await page.wait_for_selector(".event")
    for wanted in HOSTILE_IDS:
        typed = wanted.replace("\n", "")
        await page.fill("#owner", typed)
        await page.press("#owner", "Enter")
        await page.wait_for_timeout(60)
        if typed == wanted and "\0" not in wanted:
            await page.wait_for_function(
                "wanted => document.querySelector('.owner .id')?.textContent === wanted", arg=wanted
            )
    assert await page.locator("main img, main b b, main script, sw-banner b").count() == 0
    assert "<b>alarm</b>" in await text(page, "sw-banner")
    assert console.faults == []


async def test_events_arrive_while_the_page_is_open(console: Console) -> None:
    page = await console.open()
    await page.wait_for_selector(".event")
    console.facade.happen(line(50, ids=("just-now",)))
    await page.wait_for_function("() => document.querySelector('.event').textContent.includes('just-now')")
    for number in range(51, 251):
        console.facade.happen(line(number))
    await page.wait_for_function("() => document.querySelector('.event').textContent.includes('thing-250')")
    assert await page.locator(".event").count() == 100
    assert console.faults == []


async def test_nothing_moves_under_the_pointer(console: Console) -> None:
    page = await console.open()
    await page.hover(".event >> nth=0")
    before = await text(page, ".event")
    console.facade.happen(line(60))
    await page.wait_for_selector("sw-journal .more:not([hidden])")
    assert await text(page, ".event") == before
    await page.hover("h1")
    await page.wait_for_function("() => document.querySelector('.event').textContent.includes('thing-60')")


async def test_a_page_that_is_cut_off_says_so_and_changes_nothing(console: Console) -> None:
    page = await console.open()
    await page.wait_for_selector(f"{BUTTON}:not([disabled])")
    await console.runner.cleanup()
    await page.wait_for_selector(".live[data-live=false]", timeout=5000)
    assert "Not live: last heard" in await text(page, ".live")
    assert "Unknown" in await text(page, "sw-verdict")
    assert await page.locator(BUTTON).is_disabled()
    assert "Changes are off" in await text(page, "sw-kind:first-child .off")
    assert await page.locator("sw-cell").count() == 7


async def test_what_is_away_and_what_stops_stands_in_a_band(console: Console) -> None:
    page = await console.open()
    assert await page.locator("sw-banner").is_hidden()
    console.facade.dependency_ok = False
    await page.wait_for_selector("sw-banner:not([hidden])")
    assert "new ids wait, nothing is removed" in await text(page, "sw-banner")


async def test_green_is_earned(console: Console) -> None:
    page = await console.open()
    console.facade.world["Thing"] = kind(audited_age=900.0)
    await page.wait_for_selector("sw-verdict[data-verdict=unknown]")
    counts = Counts(catalog=200, owned=198, arriving=0, moving=0, held=0, unowned=2)
    console.facade.world["Thing"] = kind(counts=counts)
    await page.wait_for_selector("sw-verdict[data-verdict=no]")
    assert "2 of 200 Thing resources have no owner" in await text(page, "sw-verdict")


async def test_a_preview_that_cannot_be_had_now_is_asked_for_again(console: Console) -> None:
    page = await console.open()
    console.facade.failing = NotNow("no leader here")
    await page.fill("sw-kind:first-child input[name=maxInstances]", "30")
    await page.wait_for_selector("sw-kind:first-child .preview .refused")
    console.facade.failing = None
    await page.wait_for_selector(f"{BUTTON}:not([disabled])", timeout=10_000)


async def test_each_state_has_its_word_and_its_shape(console: Console) -> None:
    status = kind(shards=8)
    changes = [
        {},
        {"health": "starting"},
        {"health": "late"},
        {"health": "lost"},
        {"state": "draining"},
        {"arriving": 2},
        {"health": "unknown", "beat_age": None},
        {"health": "something new"},
    ]
    shards = tuple(replace(one, **change) for one, change in zip(status.shards, changes, strict=True))
    console.facade.world["Thing"] = replace(status, shards=shards)
    page = await console.open()
    cells = page.locator("sw-kind:first-child sw-cell")
    shown = [await cells.nth(number).get_attribute("data-state") for number in range(8)]
    assert shown == ["ok", "starting", "late", "lost", "draining", "moving", "unknown", "unknown"]
    assert "something new" in await cells.nth(7).inner_text()
    assert "–" in await cells.nth(6).inner_text()


async def test_the_page_speaks_chinese_and_remembers_it(console: Console) -> None:
    page = await console.open()
    await page.click("[data-language=zh]")
    await page.wait_for_selector("sw-cell")
    assert "重编排" in await text(page, BUTTON)
    assert await page.evaluate("document.documentElement.lang") == "zh"
    await page.reload()
    await page.wait_for_selector("sw-cell")
    assert "全部有归属" in await text(page, "sw-verdict")
    await page.click("[data-language=en]")
    await page.wait_for_selector("sw-cell")
    assert "Re-orchestrate" in await text(page, BUTTON)
    assert console.faults == []


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    english, chinese = texts("en"), texts("zh")
    assert list(english) == list(chinese)
    for key, sentence in english.items():
        places = {part.split("}")[0] for part in sentence.split("{")[1:]}
        assert places == {part.split("}")[0] for part in chinese[key].split("{")[1:]}, key


def test_every_reason_has_a_text() -> None:
    assert [reason for reason in Reason if f"reason.{reason.value}" not in texts("en")] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
async def test_nothing_hangs_over_the_edge(console: Console, scheme: str, width: int) -> None:
    console.facade.world["Thing"] = kind(shards=100)
    console.facade.lines.append(line(90, ids=("x" * 512, "y" * 512)))
    page = await console.open(
        viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce"
    )
    await page.wait_for_selector(".event")
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(26, 33, 43)" if scheme == "dark" else "rgb(244, 246, 248)")
    assert await page.locator("*").count() < 4000
    assert await page.evaluate("document.getAnimations().length") == 0
    assert console.faults == []


async def test_the_policy_lets_no_markup_through(console: Console) -> None:
    page = await console.open()
    thrown = await page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>'; return null } catch (e) { return e.name } }"
    )
    assert thrown == "TypeError"


async def test_many_tabs_share_one_stream(console: Console) -> None:
    first = await console.open()
    pages = [first]
    for _ in range(7):
        page = await first.context.new_page()
        await page.goto(console.url)
        await page.wait_for_selector("sw-cell")
        pages.append(page)
    async with asyncio.timeout(5):
        while len(console.facade.waiting) != 1:
            await asyncio.sleep(0.05)
    console.facade.happen(line(70, ids=("for-all",)))
    for page in pages:
        await page.bring_to_front()
        await page.wait_for_function(
            "() => document.querySelector('.event')?.textContent.includes('for-all')"
        )
    await first.close()
    async with asyncio.timeout(5):
        while len(console.facade.waiting) != 1:
            await asyncio.sleep(0.05)

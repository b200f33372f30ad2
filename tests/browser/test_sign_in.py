"""Who signs in, what a viewer may do, and the way back to where the question came up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from api.access import Access, Identities, Signing, Times
from api.access.secrets import digest_of, new_token
from orchestrator.core.access import parsed
from orchestrator.ports.accounts import Token, User
from orchestrator.store.accounts import SqlAccounts
from tests.api.accounts import CHEAP, HASHED, PASSWORD, START, Time
from tests.browser.conftest import Console, Serve, text

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@dataclass
class Guarded:
    console: Console
    token: str


@pytest_asyncio.fixture(loop_scope="module")
async def guarded(serve: Serve, tmp_path: Path) -> AsyncIterator[Guarded]:
    """ann may operate, vic may look; vic's token too."""
    accounts = await SqlAccounts.open(f"sqlite:///{tmp_path / 'accounts.db'}")
    time = Time()
    for name, grant in (("ann", "operator"), ("vic", "viewer")):
        await accounts.add_user(User(name=name, password=HASHED, grants=(parsed(grant),)))
    secret = new_token()
    await accounts.add_token(
        Token(
            id=secret.id,
            name="test",
            owner="vic",
            digest=digest_of(secret.secret),
            grants=(parsed("viewer"),),
            created=START,
            expires=START + 3600.0,
        )
    )
    identities = Identities(accounts, wall=time, monotonic=time, times=Times(8 * 3600.0, 7 * 86400.0))
    console = await serve(access=Access(Signing(identities, CHEAP)))
    yield Guarded(console, str(secret))
    await accounts.close()


async def sign_in(page, name: str, password: str = PASSWORD) -> None:
    await page.fill("input[name=name]", name)
    await page.fill("input[name=password]", password)
    await page.press("input[name=password]", "Enter")


async def test_who_is_signed_out_is_asked_and_comes_back_to_the_same_page(guarded: Guarded) -> None:
    console = guarded.console
    page = await console.open("console/kinds/Thing?lens=beat", wait="input[name=name]")
    assert "/console/sign-in?next=" in page.url
    assert await page.locator("sw-cell").count() == 0
    assert await page.evaluate("document.activeElement.name") == "name"
    await sign_in(page, "ann", "wrong")
    await page.wait_for_selector(".refused")
    assert "name and password do not fit" in await text(page, ".refused")
    await sign_in(page, "ann")
    await page.wait_for_url("**/console/kinds/Thing?lens=beat")
    await page.wait_for_selector("sw-cell")
    assert "ann · operator" in await text(page, "sw-header .who")
    cookies = await page.context.cookies()
    assert [(one["httpOnly"], one["sameSite"]) for one in cookies] == [(True, "Strict")]
    assert "swt_" not in await page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")


async def test_an_operator_changes_and_signs_out(guarded: Guarded) -> None:
    page = await guarded.console.open(wait="input[name=name]")
    await sign_in(page, "ann")
    await page.wait_for_selector("sw-cell")
    await page.goto(guarded.console.url + "console/kinds/Thing")
    await page.wait_for_selector("sw-action:has-text('Pause') button:not([aria-disabled])")
    await page.click("sw-action >> text=Pause")
    await page.wait_for_selector("sw-toast >> text=Thing is paused")
    await page.click("text=Sign out")
    await page.wait_for_selector("input[name=name]")
    assert "/console/sign-in" in page.url


async def test_a_viewer_sees_every_control_and_why_it_is_off(guarded: Guarded) -> None:
    page = await guarded.console.open(wait="input[name=name]")
    await page.click("summary")
    await page.fill("input[name=token]", guarded.token)
    await page.press("input[name=token]", "Enter")
    await page.wait_for_selector("sw-cell")
    await page.goto(guarded.console.url + "console/kinds/Thing")
    await page.wait_for_selector("sw-action:has-text('Pause') button[aria-disabled=true]")
    assert "Needs the role operator; you have viewer" in await text(page, "sw-action:has-text('Pause') .why")
    before = len(guarded.console.facade.calls)
    await page.click("sw-action:has-text('Pause') button >> nth=0", force=True)
    assert [name for name, _ in guarded.console.facade.calls[before:] if "paus" in name] == []
    status = await page.evaluate("""async () => {
        const headers = {'Content-Type': 'application/json'};
        return (await fetch('/v1/api/kinds/Thing/pause', {method: 'POST', headers, body: '{}'})).status;
    }""")
    assert status == 403


async def test_the_way_back_leads_to_no_other_place(guarded: Guarded) -> None:
    for wanted in ("//evil.example/x", "https://evil.example/", "/v1/api/overview", "/\\evil.example"):
        page = await guarded.console.open(f"console/sign-in?next={wanted}", wait="input[name=name]")
        await sign_in(page, "vic")
        await page.wait_for_selector("sw-cell")
        assert page.url == guarded.console.url + "console/"
        await page.context.close()

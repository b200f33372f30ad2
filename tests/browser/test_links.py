"""The console leads to dashboards and logs that the configuration names, with what the page is about."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Serve

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

LINKS = (
    ("Grafana", "https://g.test/d/1?var-kind={kind}"),
    ("Loki", 'https://g.test/explore?left={"q":"{pod=\\"{instance}\\"}"}'),
    ("Search", "https://s.test/?q={kind}:{id}"),
    ("Wiki", "https://w.test/"),
    ("Odd", "javascript:alert(1)"),
)


async def test_a_link_stands_where_all_that_it_names_is_known(serve: Serve) -> None:
    console = await serve(links=LINKS)
    console.facade.own("Thing", "a/b&c=d")
    page = await console.open(wait="sw-cell")
    for path, wanted in (
        ("kinds/Thing", {"Grafana": "https://g.test/d/1?var-kind=Thing"}),
        ("kinds/Thing/size", {"Grafana": "https://g.test/d/1?var-kind=Thing"}),
        (
            "instances/Thing/3",
            {
                "Grafana": "https://g.test/d/1?var-kind=Thing",
                "Loki": "https://g.test/explore?left={%22q%22:%22{pod=\\%22iota-dac-3\\%22}%22}",
            },
        ),
        (
            "kinds/Thing/resources/a%2Fb%26c%3Dd",
            {
                "Grafana": "https://g.test/d/1?var-kind=Thing",
                "Search": "https://s.test/?q=Thing:a%2Fb%26c%3Dd",
            },
        ),
        ("system", {"Wiki": "https://w.test/"}),
    ):
        await page.goto(f"{console.url}console/{path}")
        await page.wait_for_selector("sw-links a")
        found = await page.eval_on_selector_all(
            "sw-links a", "(all) => all.map((one) => [one.textContent, one.href, one.rel, one.target])"
        )
        assert {name.removesuffix(" ↗"): href for name, href, _, _ in found} == wanted, path
        assert {(rel, target) for _, _, rel, target in found} == {("noopener noreferrer", "_blank")}
    assert console.faults == []


async def test_without_links_nothing_of_them_is_seen(serve: Serve) -> None:
    console = await serve()
    page = await console.open("console/kinds/Thing/size", wait="sw-page-size sw-table tbody tr")
    await page.wait_for_selector("sw-links[hidden]", state="attached")
    assert await page.locator("sw-links a").count() == 0

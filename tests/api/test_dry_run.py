"""Every mutation can be tried: it is answered as if it were done, and nothing is done."""

from __future__ import annotations

from api.route import Route
from api.stream import Streams
from api.table import all_routes
from orchestrator.core.access import Role
from tests.api.conftest import Served
from tests.api.problems import problem

KIND = "/v1/api/kinds/Thing"


def writes() -> list[Route]:
    return [route for route in all_routes(Streams()) if route.is_write]


async def test_every_mutation_says_that_it_can_be_tried() -> None:
    # Who signs in or out changes nothing of the product.
    without = {
        f"{route.method} {route.path}"
        for route in writes()
        if route.needs is not Role.NOBODY and "dryRun" not in {one.name for one in route.query}
    }
    assert not without


async def test_the_answer_says_that_nothing_was_done(served: Served) -> None:
    async with served.post("/v1/api/leader/resign?dryRun=true", json={}) as answer:
        assert (answer.status, (await answer.json())["resigned"]) == (200, False)
        assert answer.headers["X-Shardwright-Dry-Run"] == "true"
    assert served.facade.resigned == 0
    async with served.post(f"{KIND}/resync?dryRun=true") as answer:
        assert (answer.status, (await answer.json())["resynced"]) == (200, False)


async def test_a_trial_that_is_misspelt_is_refused(served: Served) -> None:
    for query, status in (("dryrun=true", 400), ("dryRun=yes", 422), ("dryRun=true&dryRun=false", 400)):
        async with served.post(f"{KIND}/pause?{query}") as answer:
            await problem(answer, status)
    assert served.facade.calls == []

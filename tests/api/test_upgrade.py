"""The layout of the store over REST: shown by every server, converted on the word of an admin."""

from __future__ import annotations

from orchestrator.core.decisions import Refused
from tests.api.conftest import Served
from tests.api.problems import problem

PATH = "/v1/api/upgrade"
SHOWN = {
    "layout": 1,
    "next": None,
    "oldest": 1,
    "newest": 2,
    "replicas": [{"holder": "one", "url": "http://one", "oldest": 1, "newest": 2}],
    "canFinalize": True,
    "why": "every replica that was seen knows layout 2",
}


async def test_the_layout_is_shown_with_who_knows_which(served: Served) -> None:
    async with served.get(PATH) as answer:
        assert await answer.json() == SHOWN


async def test_the_conversion_is_begun_tried_or_refused_with_the_reason(served: Served) -> None:
    async with served.post(f"{PATH}/finalize?dryRun=true", json={}) as answer:
        assert (await answer.json())["next"] is None
    async with served.post(f"{PATH}/finalize", json={}) as answer:
        assert (await answer.json())["next"] == 2
    assert served.facade.calls[-1] == ("finalize", ("api 127.0.0.1",))
    served.facade.refusal = Refused(detail="Nothing was changed: one is old.", reasons=("one is old",))
    async with served.post(f"{PATH}/finalize", json={}) as answer:
        assert (await problem(answer, 409))["reasons"] == ["one is old"]

"""A short tour of wrong requests: each gets a problem that names the fault, never a traceback."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from tests.product.product import Product
from tests.product.server import Answer

IDS = (
    "..",
    "../..",
    "a/b",
    "a\0b",
    "😀",
    "\u202e",
    "x" * 3_000,
    "%",
    "'; DROP TABLE Thing; --",
    "<script>",
    " ",
)

BODIES: list[tuple[object, int]] = [
    ({"maxInstances": 2}, 422),
    ({"maxInstances": 101}, 422),
    ({"maxInstances": 10**30}, 422),
    ({"maxInstances": -1}, 422),
    ({"maxInstances": 10.5}, 422),
    ({"maxInstances": "10"}, 422),
    ({"maxInstances": True}, 422),
    ({"resourcePerInstance": 0}, 422),
    ({"resourcePerInstance": 5_001}, 422),
    ({"resourcePerInstance": []}, 422),
    ({"maxInstances": 3, "resourcePerInstance": 10}, 422),
    ({"maxInstance": 10}, 422),
    (b"not JSON", 400),
    (b"[" * 30_000, 400),
    (b'{"maxInstances": NaN}', 400),
    (b"[]", 422),
    (b" " * 2_000_000, 413),
]


@pytest.mark.parametrize("route", ["orchestrate", "orchestrations"])
def test_a_wrong_orchestration_is_refused_with_what_is_allowed(shared: Product, route: str) -> None:
    commit = shared.kind("Thing")["commit"]
    for body, status in BODIES:
        answer = shared.call("POST", f"/v1/api/orchestrations/Thing/{route}", body)
        shown = str(body)[:80]
        assert answer.status in {status, 400 if status == 422 else status}, (shown, answer)
        _assert_problem(answer)
    assert shared.kind("Thing")["commit"] == commit


def test_an_unknown_kind_is_named_with_those_that_there_are(shared: Product) -> None:
    for path in ("/v1/api/kinds/Nothing", "/v1/api/orchestrations/Nothing", "/v1/api/kinds/Nothing/shards"):
        answer = shared.get(path)
        assert (answer.status, "Rule, Thing" in answer.text) == (404, True)
    _assert_problem(shared.post("/v1/api/orchestrations/Nothing/orchestrate"), 404)


def test_ids_of_any_text_are_only_ids(shared: Product) -> None:
    for one in IDS:
        named = quote(one, safe="")
        for path in (
            f"/v1/api/kinds/Thing/resources/{named}",
            f"/v1/api/orchestrations/Thing/{named}/instances",
        ):
            answer = shared.get(path)
            assert answer.status in (400, 404), (one[:20], answer)
            _assert_problem(answer)


def test_wrong_methods_types_and_paths_are_refused(shared: Product) -> None:
    route = "/v1/api/orchestrations/Thing/orchestrate"
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        _assert_problem(shared.call(method, route), 405)
    _assert_problem(shared.call("POST", route, b"{}", headers={"Content-Type": "text/plain"}), 415)
    for path in ("/v1/api/nothing", "/v2", "/v1/api/kinds/Thing/../../..", "/%00", "/" + "a" * 5_000):
        answer = shared.get(path)
        assert answer.status in (400, 404), (path[:40], answer)
        assert "Traceback" not in answer.text
    for query in ("limit=many", "limit=100000"):
        _assert_problem(shared.get(f"/v1/api/events?{query}"), 422)
    foreign = shared.call("POST", route, {}, headers={"Origin": "https://evil.example"})
    assert foreign.status == 403


def test_the_server_is_as_well_as_before(shared: Product) -> None:
    assert shared.get("/readyz").status == 200
    shared.settle()
    shared.assert_served_once(within=10.0)
    assert "failed" not in shared.said()


def _assert_problem(answer: Answer, status: int | None = None) -> None:
    assert status in (None, answer.status), answer
    assert "Traceback" not in answer.text
    told = json.loads(answer.text)
    assert {"title", "status", "detail"} <= told.keys()
    assert told["status"] == answer.status
    assert told["detail"]

"""Plan, review, apply, pause, undo on the running product, through REST and through the command line."""

from __future__ import annotations

from typing import Any

import pytest

from tests.product.conftest import NewProduct
from tests.product.processes import until
from tests.product.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PLANS = "/v1/api/kinds/Thing/plans"
FEW_AT_A_TIME = {"SHARDWRIGHT_KINDS__THING__MOVES__FLOOR": "4", "SHARDWRIGHT_KINDS__THING__MOVES__RATIO": "0"}


@pytest.fixture
def slow(new_product: NewProduct) -> Product:
    """The demo's 2,000 Things, of which four move at a time, so that there is time to pause a plan."""
    fresh = new_product(FEW_AT_A_TIME)
    fresh.start()
    fresh.settle()
    return fresh


def test_a_plan_is_reviewed_applied_paused_and_taken_back_over_rest(slow: Product) -> None:
    product = slow
    homes, commit = product.served_by("Thing"), product.kind("Thing")["commit"]
    plan = _ok(product.post(PLANS, {"resourcePerInstance": 150, "note": "more room"}))
    number = plan["plan"]
    assert (plan["stage"], plan["shards"], plan["moves"]) == ("proposed", {"before": 10, "after": 14}, 570)
    assert sum(pair["count"] for pair in plan["movesByPair"]) == plan["moves"]
    assert [spread["max"] for spread in plan["balance"]["after"]] == [143]
    assert product.served_by("Thing") == homes
    assert product.kind("Thing")["commit"] == commit + 1

    moves = _moves(product, number)
    assert len({move["id"] for move in moves}) == plan["moves"]
    assert all(homes[move["id"]] == move["from"] for move in moves)

    begun = _ok(product.post(f"{PLANS}/{number}/apply"))
    assert begun["stage"] == "applied"
    paused = _ok(product.post(f"{PLANS}/{number}/pause"))
    assert paused["stage"] == "paused"
    until(lambda: _plan(product, number)["progress"]["moving"] == 0, 60.0, what="what was begun has ended")
    stood = _plan(product, number)["progress"]
    assert sum(stood.values()) == plan["moves"]
    assert _ok(product.post(f"{PLANS}/{number}/resume"))["stage"] == "applied"
    again = _ok(product.post(f"{PLANS}/{number}/apply"))
    assert again["plan"] == number
    ended = _ended(product, number)
    assert (ended["stage"], ended["progress"]["done"]) == ("done", plan["moves"])
    product.settle("Thing")
    now = product.served_by("Thing")
    assert all(now[move["id"]] == move["to"] for move in moves)
    assert len(_loads(product)) == 14

    back = _ok(product.post(f"{PLANS}/{number}/undo"))
    assert (back["undoes"], back["moves"], back["stays"]) == (number, plan["moves"], [])
    assert product.served_by("Thing") == now
    _ok(product.post(f"{PLANS}/{back['plan']}/apply"))
    assert _ended(product, back["plan"])["stage"] == "done"
    until(lambda: len(_loads(product)) == 10, 90.0, what="the shards that the plan made are gone")
    product.settle("Thing")
    assert product.served_by("Thing") == homes
    assert product.kind("Thing")["resourcePerInstance"] == 5_000
    product.assert_served_once(within=10.0)
    assert product.stop() == 0


def test_a_plan_is_reviewed_applied_paused_and_taken_back_by_commands(slow: Product) -> None:
    product = slow
    homes = product.served_by("Thing")
    made = product.cli("plan", "Thing", "--resource-per-instance", "150", "-o", "json")
    assert made.code == 0, made
    number = str(made.json["plan"])
    shown = product.cli("plan", "show", "Thing", number)
    assert shown.code == 0
    assert f"apply: shardwright apply Thing {number}" in shown.out
    assert "SHARDS    10 -> 14" in shown.out
    listed = product.cli("plan", "show", "Thing", number, "--moves", "-o", "json").json
    assert len(listed) == made.json["moves"]
    assert product.served_by("Thing") == homes

    refused = product.cli("pause", "Thing", number)
    assert (refused.code, "not under way" in refused.err) == (3, True)
    assert product.cli("apply", "Thing", number).code == 0
    assert "paused" in product.cli("pause", "Thing", number).out
    assert product.cli("resume", "Thing", number).code == 0
    ended = product.cli("apply", "Thing", number, "--watch")
    assert (ended.code, "done" in ended.out) == (0, True), ended
    product.settle("Thing")
    assert len(_loads(product)) == 14

    table = product.cli("get", "plans", "Thing").out.splitlines()
    assert table[0].split() == [
        "PLAN",
        "STAGE",
        "AGE",
        "SHARDS",
        "MOVES",
        "DONE",
        "LEFT",
        "OUT",
        "BY",
        "NOTE",
    ]
    back = product.cli("undo", "Thing", number, "--apply", "--watch", "-o", "json")
    assert (back.code, back.json["stage"], back.json["undoes"]) == (0, "done", int(number)), back
    until(lambda: len(_loads(product)) == 10, 90.0, what="the shards that the plan made are gone")
    product.settle("Thing")
    assert product.served_by("Thing") == homes

    assert product.cli("pause", "Thing").out == "Thing  is paused\n"
    assert product.cli("orchestrate", "Thing", "--resource-per-instance", "100").code == 3
    assert product.cli("resume", "Thing").out == "Thing  goes on\n"
    unknown = product.cli("apply", "Thing", "999")
    assert (unknown.code, "has no plan 999" in unknown.err) == (1, True)
    for verb in ("plan", "apply-plan", "pause-plan", "resume-plan", "finish-plan", "pause", "resume"):
        lines = product.get(f"/v1/api/events?kind=Thing&verb={verb}").json["items"]
        assert lines, verb
        assert verb == "finish-plan" or lines[0]["actor"].startswith("api 127.0.0.1")
    assert product.stop() == 0


def test_a_plan_outlives_the_server(product: Product) -> None:
    number = _ok(product.post(PLANS, {"resourcePerInstance": 150}))["plan"]
    moves = _moves(product, number)
    assert product.stop() == 0
    product.start()
    product.settle()
    assert _moves(product, number) == moves
    _ok(product.post(f"{PLANS}/{number}/apply"))
    product.kill_server()
    product.start()
    assert _ended(product, number)["progress"]["done"] == len(moves)
    product.settle("Thing")
    served = product.served_by("Thing")
    assert all(served[move["id"]] == move["to"] for move in moves)
    product.assert_served_once(within=10.0)
    assert product.stop() == 0


def _ok(answer: Any) -> dict[str, Any]:
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def _plan(product: Product, number: int) -> dict[str, Any]:
    return _ok(product.get(f"{PLANS}/{number}"))


def _ended(product: Product, number: int) -> dict[str, Any]:
    stages = ("applied", "paused")
    until(lambda: _plan(product, number)["stage"] not in stages, 120.0, what=f"plan {number} has ended")
    return _plan(product, number)


def _moves(product: Product, number: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = "0"
    while cursor:
        page = _ok(product.get(f"{PLANS}/{number}/moves?limit=250&cursor={cursor}"))
        found.extend(page["items"])
        cursor = page["next"]
    return found


def _loads(product: Product) -> dict[int, int]:
    items = product.get("/v1/api/orchestrations/Thing").json["instances"]
    return {one["id"]: one["used"] for one in items}

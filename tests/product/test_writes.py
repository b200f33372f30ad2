"""Keys of requests, trials, conditions and alarms, on a server that runs as its users run it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.alerting.receiver import SECRET, Receiver, listening
from tests.product.processes import until
from tests.product.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PINS = "/v1/api/kinds/Thing/pins/thing-000001"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with listening(Receiver()) as one:
        yield one


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Product]:
    target = [{"name": "oncall", "url": receiver.url, "secret": SECRET, "only_person": True}]
    alerts = {"AFTER": "1", "QUIET": "2", "INTERVAL": "1", "TARGETS": json.dumps(target)}
    server = Product(
        tmp_path_factory.mktemp("writes"), {f"SHARDWRIGHT_ALERTS__{name}": v for name, v in alerts.items()}
    )
    try:
        server.start()
        server.settle()
        yield server
    finally:
        assert not server.clean_up()


def keyed(product: Product, key: str, path: str, body: object) -> Any:
    return product.call("POST", path, body, headers={"Idempotency-Key": key})


def incarnations(product: Product) -> dict[int, int]:
    return {one["number"]: one["incarnation"] for one in product.kind("Thing")["shards"]}


def test_a_restart_that_is_sent_twice_restarts_once_even_after_the_server_was_replaced(
    product: Product,
) -> None:
    path = "/v1/api/kinds/Thing/instances/0/restart"
    first = keyed(product, "restart-1", path, {})
    assert first.status == 200
    product.settle()
    after = incarnations(product)
    again = keyed(product, "restart-1", path, {})
    assert (again.status, again.text) == (200, first.text)
    product.kill_server()
    product.start()
    product.settle()
    again = keyed(product, "restart-1", path, {})
    assert (again.status, again.text) == (200, first.text)
    assert keyed(product, "restart-1", path, {"incarnation": 1}).status == 422
    product.settle()
    assert incarnations(product) == after


def test_no_trial_of_any_mutation_changes_anything(product: Product) -> None:
    document = product.get("/openapi.json").json
    product.settle()
    before = state(product)
    fill = {"kind": "Thing", "resource": "Thing", "shard": "0", "plan": "1", "id": "thing-000001"}
    tried = 0
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if "dryRun" not in {one["name"] for one in operation["parameters"]}:
                continue
            if any(one in path for one in ("/users", "/tokens", "/password")):
                continue
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            url = path.format(**fill, user="ann", token="2b7e151628aed2a6")
            answer = product.call(method.upper(), f"{url}?dryRun=true", body.get("example"))
            assert answer.status in (200, 404, 409, 422), (method, path, answer.text)
            tried += 1
    assert tried > 20
    product.settle()
    assert state(product) == before


def state(product: Product) -> Any:
    found = product.kind("Thing")
    settings = {name: found[name] for name in ("paused", "shardsWanted", "maxInstances", "place", "planId")}
    shards = [
        (one["number"], one["incarnation"], one["state"], one["labels"], one["bounds"])
        for one in found["shards"]
    ]
    lists = [product.get(f"/v1/api/kinds/Thing/{name}").json for name in ("plans", "pins", "quarantine")]
    return settings, found["commit"], shards, lists, product.described()["pid"]


def test_who_saw_an_older_version_changes_nothing(product: Product) -> None:
    assert product.call("PUT", PINS, {"shard": 1}, headers={"If-None-Match": "*"}).status == 200
    assert product.call("PUT", PINS, {"shard": 2}, headers={"If-None-Match": "*"}).status == 412
    assert product.call("DELETE", PINS, headers={"If-Match": '"older"'}).status == 412
    assert product.call("DELETE", PINS, headers={"If-Match": "*"}).status == 200


def test_what_needs_a_person_is_told_signed_and_its_end_as_well(product: Product, receiver: Receiver) -> None:
    receiver.now = time.time()
    path = "/v1/api/kinds/Thing/quarantine/thing-000002"
    assert product.call("PUT", path, {"seconds": 3600, "why": "a drill"}).status == 200

    def told(state: str) -> list[dict[str, Any]]:
        every = [notice for body in list(receiver.taken) for notice in body["notices"]]
        return [one for one in every if (one["code"], one["state"]) == ("quarantine", state)]

    until(lambda: bool(told("open")), 30.0, what="the alarm is told")
    assert "thing-000002" in told("open")[0]["sentence"]
    assert product.call("DELETE", path).status == 200
    until(lambda: bool(told("resolved")), 30.0, what="its end is told")
    assert len(told("open")) == len(told("resolved")) == 1
    assert told("open")[0]["fingerprint"] == told("resolved")[0]["fingerprint"]


def test_the_test_message_is_taken(product: Product, receiver: Receiver, tmp_path: Path) -> None:
    ended = product.cli("alerts", "test")
    assert ended.code == 0, ended.err
    assert receiver.taken[-1]["type"] == "test"

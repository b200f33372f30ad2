"""Workers that lie, dawdle or die: each gets its clear answer, and the others go on unharmed."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.product.conftest import NewProduct
from tests.product.processes import until
from tests.product.product import Product
from tests.product.workers import HandWorker

BY_HAND = ("python", "-c", "import time; time.sleep(3600)")


def test_a_stranger_is_turned_away(shared: Product) -> None:
    instance = shared.instances("Thing")[0]
    worker = HandWorker(shared, "Thing", instance["shard"], instance["incarnation"])
    beat = {"incarnation": worker.incarnation, "generation": -1, "pending": []}
    other = HandWorker(shared, "Thing", worker.shard + 1, worker.incarnation)
    for token in ("", "x", "0" * 64, other.token):
        assert worker.send(beat, token=token).status == 401
    nobody = HandWorker(shared, "Nothing", 0, 1)
    assert nobody.beat().status == 404
    assert HandWorker(shared, "Thing", 10_000, 1).beat().status == 410


def test_an_earlier_incarnation_is_over_and_a_later_one_is_not_known(shared: Product) -> None:
    instance = shared.instances("Thing")[1]
    shard, incarnation = instance["shard"], instance["incarnation"]
    gone = HandWorker(shared, "Thing", shard, incarnation - 1).beat()
    assert (gone.status, str(incarnation - 1) in gone.text) == (410, True)
    assert HandWorker(shared, "Thing", shard, incarnation + 1).beat().status == 503
    shared.assert_served_once(within=10.0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not JSON",
        b"\xff\xfe",
        b"[" * 10_000,
        b"[]",
        {},
        {"incarnation": "one"},
        {"incarnation": 1.5, "generation": 0, "pending": []},
        {"incarnation": -1, "generation": 0, "pending": []},
        {"incarnation": 1, "generation": -2, "pending": []},
        {"incarnation": 1, "generation": 2**64, "pending": []},
        {"incarnation": 1, "generation": 0, "pending": "all"},
        {"incarnation": 1, "generation": 0, "pending": ["x" * 10_000]},
        {"incarnation": 1, "generation": 0, "pending": [str(n) for n in range(101)]},
        {"incarnation": 1, "generation": 0, "pending": [], "load": "many"},
    ],
)
def test_a_beat_that_is_none_is_malformed(shared: Product, body: object) -> None:
    answer = HandWorker(shared, "Thing", 0, 1).send(body)
    assert (answer.status, "detail" in answer.json) == (400, True), answer.text


def test_a_worker_that_claims_what_it_was_never_given_is_not_believed(shared: Product) -> None:
    shard = shared.kind("Thing")["shards"][2]
    worker = HandWorker(shared, "Thing", shard["number"], shard["incarnation"])
    ahead = worker.beat(generation=shard["generation"] + 1_000)
    assert (ahead.status, str(shard["generation"] + 1_000) in ahead.text) == (503, True)
    worker.beat(generation=-1, pending=["nobody's id", "rule-000001"], more=True)
    shared.settle()
    shared.assert_served_once(within=10.0)


@pytest.mark.slow
def test_of_two_workers_of_one_shard_the_later_exchange_takes_over(new_product: NewProduct) -> None:
    product = _by_hand(new_product, BY_HAND, init=1)
    worker = _placed(product)
    generation = worker.beat().json["generation"]
    with ThreadPoolExecutor(2) as both:
        first = both.submit(worker.beat, generation)
        time.sleep(1.0)
        second = both.submit(worker.beat, generation)
        assert first.result(30.0).status == 409
        assert second.result(30.0).status == 200


@pytest.mark.slow
def test_a_worker_that_never_acknowledges_keeps_its_ids_until_it_is_replaced(new_product: NewProduct) -> None:
    product = _by_hand(new_product, BY_HAND, init=1, more="handoff_deadline: 6")
    first = _placed(product)
    generation = first.beat().json["generation"]
    answer = product.post("/v1/api/orchestrations/Thing/orchestrate", {"resourcePerInstance": 1_000})
    assert answer.status == 200, answer.text

    def is_replaced() -> bool:
        now = _workers(product)
        # it is alive and says so, but has applied nothing since, and so lets nothing go
        status = first.beat(generation).status
        if status == 200:
            assert all(one.beat().json["ids"] == [] for shard, one in now.items() if shard != first.shard)
        return now.get(first.shard, first).incarnation > first.incarnation

    until(is_replaced, 40.0, what="the worker is replaced", every=0.3)
    assert first.beat().status == 410


@pytest.mark.slow
def test_a_kind_whose_worker_dies_at_once_backs_off_is_reported_and_harms_no_other(
    new_product: NewProduct,
) -> None:
    product = _by_hand(new_product, ("python", "-c", "raise SystemExit(1)"), init=3)
    until(
        lambda: {one["health"] for one in product.instances("Thing")} == {"backoff"},
        60.0,
        what="all back off",
    )
    time.sleep(4.0)
    incarnations = [one["incarnation"] for one in product.instances("Thing")]
    assert max(incarnations) < 40
    assert all("exit code 1" in one["detail"] for one in product.instances("Thing") if one["detail"])
    status = product.cli("status")
    assert status.code == 1
    assert "BACKOFF" in status.out.upper()
    product.settle("Rule")
    assert product.served_ids("Rule") == product.catalog_ids("Rule")
    assert product.kind("Rule")["verdict"] == "yes"
    assert product.stop() == 0


def _by_hand(new_product: NewProduct, command: tuple[str, ...], *, init: int, more: str = "") -> Product:
    """A server whose instances of Thing run this command and so leave the exchange to the test."""
    product = new_product()
    folder: Path = product.data.parent
    (folder / "pod.yml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: by-hand}\n"
        f"spec: {{containers: [{{name: by-hand, image: none, command: {json.dumps(command)}}}]}}\n"
    )
    file = folder / "config.yaml"
    file.write_text(
        "kinds:\n"
        f"  Thing:\n    instance_name: by-hand\n    template: {folder}/pod.yml\n    init_instances: {init}\n"
        f"    {more}\n    health: {{startup_grace: 120, deadline: 60}}\n"
        "  Rule:\n    instance_name: rules\n    template: templates/iota-rules-engine/pod-template.yml\n"
    )
    product.environment["SHARDWRIGHT_CONFIG"] = str(file)
    product.environment["SHARDWRIGHT_RUNTIME__STOP_GRACE"] = "1"
    product.start()
    return product


def _workers(product: Product) -> dict[int, HandWorker]:
    """The instances of Thing that are live and seen to run, by shard: nobody beats before it runs."""
    live = [one for one in product.instances("Thing") if one["state"] == "live" and one["uid"]]
    return {one["shard"]: HandWorker(product, "Thing", one["shard"], one["incarnation"]) for one in live}


def _placed(product: Product) -> HandWorker:
    """The one worker, once all things are assigned to it."""
    until(
        lambda: [shard["used"] for shard in product.kind("Thing")["shards"]] == [2_000],
        30.0,
        what="all things are assigned",
    )
    return until(lambda: _workers(product), 30.0, what="the instance is live")[0]

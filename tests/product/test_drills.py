"""Drills and recordings from outside: something is broken on purpose, and history is run again."""

from __future__ import annotations

import pytest

from tests.product.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PATIENT = ("--notice", "60", "--owned", "100", "--within", "100", "-o", "json")


def test_a_killed_instance_a_new_leader_and_a_restart_do_no_harm_and_can_be_replayed(
    product: Product,
) -> None:
    before = {key: one["incarnation"] for key, one in by_shard(product).items()}
    process = product.pids("Thing")["Thing", 3]
    killed = product.cli("drill", "kill-instance", "Thing/3", "--yes", *PATIENT, timeout=150.0)
    assert killed.code == 0, killed
    figures = {row["name"]: row["value"] for row in killed.json["figures"]}
    assert figures["moved"] == 0.0
    assert 0.0 < figures["noticed"] <= figures["replaced"] <= figures["owned again"]
    assert product.pids("Thing")["Thing", 3] != process
    after = {key: one["incarnation"] for key, one in by_shard(product).items()}
    assert {key for key in before if before[key] != after[key]} == {3}

    led = product.cli(
        "drill", "restart-leader", "--yes", "--gap", "60", "--within", "100", "-o", "json", timeout=150.0
    )
    assert led.code == 0, led
    assert led.json["epochs"][1] > led.json["epochs"][0]
    product.settle()
    assert {key: one["incarnation"] for key, one in by_shard(product).items()} == after

    _restart(product, 5, after[5])
    product.settle()
    assert product.cli("demo", "remove", "Thing", "50", "-o", "json").code == 0
    product.settle()
    done = product.post("/v1/api/orchestrations/Thing/orchestrate", {"resourcePerInstance": 180})
    assert done.status == 200, done
    product.settle("Thing", within=100.0)
    product.assert_served_once(within=10.0)

    file = product.data / "history.gz"
    exported = product.cli("record", "export", str(file), "--kind", "Thing", timeout=60.0)
    assert exported.code == 0, exported
    again = product.cli("replay", str(file), "--against", "strategy=weighted", "-o", "json", timeout=100.0)
    assert again.code == 0, again
    recorded = again.json["runs"][0]
    assert recorded["differences"]["ids"] == len(product.catalog_ids("Thing"))
    assert recorded["differences"]["elsewhere"] == 0, recorded["differences"]
    assert recorded["score"]["deleted"] == 50
    assert product.stop() == 0


def test_a_drill_on_a_shard_that_is_not_there_is_refused(product: Product) -> None:
    done = product.cli("drill", "kill-instance", "Thing/99", "--yes")
    assert (done.code, "99" in done.err) == (3, True)
    assert product.stop() == 0


def _restart(product: Product, shard: int, incarnation: int) -> None:
    path = f"/v1/api/kinds/Thing/instances/{shard}/restart"
    assert product.post(path, {"incarnation": incarnation - 1}).status == 409
    done = product.post(path, {"incarnation": incarnation})
    assert (done.status, done.json["shard"]) == (200, shard), done


def by_shard(product: Product) -> dict[int, dict[str, int]]:
    return {one["shard"]: one for one in product.instances("Thing")}

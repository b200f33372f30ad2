"""The drill ``lose-zone`` from outside: all instances of a zone end at once, and the rest serves on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.product.conftest import NewProduct
from tests.product.product import Product
from tests.product.test_drills import PATIENT, by_shard

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ZONES = ("east", "north", "west")


@pytest.fixture
def zoned(new_product: NewProduct) -> Product:
    """Shards of Thing that stand in three zones, and all of them served."""
    made = new_product({"SHARDWRIGHT_KINDS__THING__SHARD_LABELS": json.dumps({"zone": ZONES})})
    made.start()
    made.settle()
    return made


def test_a_lost_zone_is_replaced_where_it_was_and_the_other_zones_are_let_be(zoned: Product) -> None:
    product = zoned
    lost = _in_zone(product, "east")
    assert len(lost) > 1, "one instance would be the other drill"
    before, processes = by_shard(product), product.pids("Thing")
    held = _held(product)
    others = before.keys() - lost

    done = product.cli("drill", "lose-zone", "Thing", "east", "--yes", *PATIENT, timeout=150.0)
    assert done.code == 0, done
    _is_card_of(done.json, {shard: before[shard]["incarnation"] for shard in lost}, held)

    after, now = by_shard(product), product.pids("Thing")
    assert {shard for shard in before if after[shard]["incarnation"] != before[shard]["incarnation"]} == lost
    assert all(now["Thing", shard] != processes["Thing", shard] for shard in lost)
    assert all(now["Thing", shard] == processes["Thing", shard] for shard in others)
    product.settle()
    assert _held(product) == held
    assert _in_zone(product, "east") == lost
    product.assert_served_once(within=10.0)
    assert product.stop() == 0


def test_a_zone_of_which_there_is_none_ends_nobody(zoned: Product) -> None:
    product = zoned
    processes = product.pids()
    for words in (("south",), ("east", "--label", "rack")):
        done = product.cli("drill", "lose-zone", "Thing", *words, "--yes")
        assert done.code == 3, done
        assert words[0] in done.err, done
    assert product.pids() == processes
    product.cli("shard", "set", "Thing/1", "--label", "rack=r7")
    done = product.cli(
        "drill", "lose-zone", "Thing", "r7", "--label", "rack", "--yes", *PATIENT[:-2], timeout=150.0
    )
    assert done.code == 0, done
    assert "with rack=r7: 1" in done.out and "verdict: ok" in done.out, done
    assert {key for key, pid in product.pids().items() if processes[key] != pid} == {("Thing", 1)}
    assert product.stop() == 0


def _is_card_of(card: dict[str, Any], lost: dict[int, int], held: dict[int, int]) -> None:
    """The report card names whom it struck, and its figures fit what was lost."""
    assert card["passed"] is True
    assert all(str(shard) in card["done"].rpartition(":")[2] for shard in lost), card["done"]
    assert {one["shard"]: one["incarnation"] for one in card["instances"]} == lost
    assert {one["shard"]: one["held"] for one in card["instances"]} == {shard: held[shard] for shard in lost}
    assert card["held"] == sum(held[shard] for shard in lost)
    for one in card["instances"]:
        assert 0.0 < one["noticed"] <= one["replaced"] <= one["owned"], one
    figures = {row["name"]: row for row in card["figures"]}
    for name in ("noticed", "replaced", "owned again"):
        key = "owned" if name == "owned again" else name
        assert figures[name]["value"] == pytest.approx(max(one[key] for one in card["instances"]), abs=0.001)
    assert figures["owned again"]["value"] <= figures["whole again"]["value"]
    assert (figures["moved"]["value"], figures["double-owned"]["value"]) == (0.0, 0.0)
    assert card["unownedFrom"] == "ledger"
    # Nobody else was unowned meanwhile: the zone's ids, for no longer than the whole drill.
    assert 0.0 < figures["unowned"]["value"] <= card["held"] * (figures["whole again"]["value"] + 1.0)
    assert all(row["met"] is not False for row in card["figures"])


def _in_zone(product: Product, zone: str) -> set[int]:
    shards = product.kind("Thing")["shards"]
    return {one["number"] for one in shards if one["labels"].get("zone") == zone}


def _held(product: Product) -> dict[int, int]:
    return {one["number"]: one["used"] for one in product.kind("Thing")["shards"]}

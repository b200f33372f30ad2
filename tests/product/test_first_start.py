"""What a newcomer gets: the demo, owned within seconds of the first start, and again at the second."""

from __future__ import annotations

import pytest

from orchestrator.demo.database import application
from orchestrator.demo.models import DeviceMeta, ProtocolMeta
from tests.product.conftest import NewProduct
from tests.product.processes import until
from tests.product.product import Product


@pytest.mark.slow
def test_the_demo_is_owned_and_acknowledged_within_ten_seconds_of_the_first_ready(
    new_product: NewProduct,
) -> None:
    product = new_product()
    assert product.start() < 60.0
    product.settle(within=10.0)
    for kind, count in (("Thing", 2_000), ("Rule", 300)):
        found = product.kind(kind)
        assert found["counts"]["owned"] == count
        # proven by the first comparison with the catalog, which lets publishers speak before it
        until(lambda kind=kind: product.kind(kind)["verdict"] == "yes", 10.0, what="all is owned")  # type: ignore[misc]
        assert len(found["shards"]) == len(product.pids(kind)) == 10
        loads = [shard["used"] for shard in found["shards"]]
        assert max(loads) - min(loads) <= 1
    product.assert_served_once()
    before = product.pids()
    assert product.stop() == 0

    assert product.start() < 5.0
    product.settle(within=10.0)
    product.assert_served_once(within=10.0)
    assert product.pids().keys() == before.keys()
    assert product.stop() == 0


def test_tables_that_are_no_kind_change_nothing(product: Product) -> None:
    before = {kind: product.kind(kind)["commit"] for kind in ("Thing", "Rule")}
    seen = product.counters().get("notifications.other_table", 0)
    with application(product.demo_target()) as running, running.sessions.begin() as session:
        session.add(DeviceMeta(id="lorawan"))
        for meta in session.query(ProtocolMeta):
            meta.version += 1
    until(
        lambda: product.counters().get("notifications.other_table", 0) >= seen + 2,
        20.0,
        what="the changes of the metas were heard of",
    )
    assert {kind: product.kind(kind)["commit"] for kind in ("Thing", "Rule")} == before

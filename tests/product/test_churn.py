"""A living catalog: every change is owned or released, and every id is served by one process only."""

from __future__ import annotations

import pytest

from tests.product.product import Product

pytestmark = pytest.mark.slow


def test_churn_leaves_nothing_double_served_and_nothing_unserved_two_seconds_later(product: Product) -> None:
    before = product.catalog_ids("Thing") | product.catalog_ids("Rule")
    done = product.cli("demo", "churn", "--rate", "50", "--seconds", "20", "-o", "json")
    took = product.assert_served_once(within=2.0)
    assert done.code == 0, done.err
    assert took < 2.0
    told = done.json
    assert told["added"] + told["removed"] + told["updated"] + told["touched"] == 1_000
    assert told["waiting"] == 0
    assert (product.catalog_ids("Thing") | product.catalog_ids("Rule")) != before
    product.settle(within=10.0)
    for kind in ("Thing", "Rule"):
        counts = product.kind(kind)["counts"]
        assert (counts["unowned"], counts["deleting"], counts["moving"]) == (0, 0, 0)
    assert product.counters().get("notifications.malformed", 0) == 0
    assert product.stop() == 0

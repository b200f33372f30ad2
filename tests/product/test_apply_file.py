"""A file of what people want, applied to a running product."""

from __future__ import annotations

import pytest

from tests.product.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

FILE = """
kinds:
  Thing:
    resource_per_instance: 150
    shards:
      3: {labels: {zone: b}, capacity: {count: 120}}
    pins: {thing-000042: 5, thing-000043: 5}
"""


def test_a_file_is_applied_by_moves_that_fit_it_and_the_second_time_nothing_is_left_to_do(
    product: Product,
) -> None:
    file = product.data.parent / "kinds.yaml"
    file.write_text(FILE)
    assert product.cli("diff", "-f", str(file)).code == 1
    commit = product.kind("Thing")["commit"]
    tried = product.cli("apply", "-f", str(file), "--dry-run")
    assert (tried.code, product.kind("Thing")["commit"]) == (0, commit), tried
    assert "shards 10 -> 14" in tried.err

    done = product.cli("apply", "-f", str(file))
    assert done.code == 0, done
    product.settle("Thing")
    product.assert_served_once(within=10.0)
    served = product.served_by("Thing")
    assert served["thing-000042"] == served["thing-000043"] == 5
    assert list(served.values()).count(3) <= 120

    same = product.cli("diff", "-f", str(file))
    assert (same.code, same.out) == (0, "nothing would change\n")
    file.write_text("kinds: {Thing: {pins: {thing-000042: 5}, shards: {3: {capacity: {}}}}}")
    pruned = product.cli("apply", "-f", str(file), "--prune")
    assert pruned.code == 0, pruned
    pins = product.get("/v1/api/kinds/Thing/pins").json["items"]
    assert [one["id"] for one in pins] == ["thing-000042"]
    assert product.get("/v1/api/kinds/Thing/shards/3").json["bounds"] == {}

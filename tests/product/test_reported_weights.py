"""Real workers say what their ids weigh, and an orchestration evens that out where counts were even."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml

from tests.product.conftest import NewProduct
from tests.product.processes import until
from tests.product.product import Product
from tests.product.server import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

TEMPLATE = ROOT / "templates/iota-dac/pod-template.yml"
HOT = 60
WEIGHT = 100


class Weights:
    """What ids cost their worker, as all reference workers report it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "weights.json"
        self.template = folder / "pod-template.yml"
        manifest = yaml.safe_load(TEMPLATE.read_text("utf-8"))
        env = manifest["spec"]["containers"][0]["env"]
        env.append({"name": "SHARDWRIGHT_TEST_WEIGHT_FILE", "value": str(self._file)})
        self.template.write_text(yaml.safe_dump(manifest), "utf-8")
        self.set({})

    def set(self, figures: dict[str, dict[str, float]]) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(figures), "utf-8")
        new.replace(self._file)


def settings(weights: Weights) -> dict[str, str]:
    told = {
        "TEMPLATE": str(weights.template),
        "INIT_INSTANCES": "3",
        "HEALTH__INTERVAL": "2",
        "STRATEGY": "weighted",
        "REPORTED_WEIGHTS": '["cpu"]',
        "CAPACITY": '{"cpu": 10000}',
    }
    return {f"SHARDWRIGHT_KINDS__THING__{name}": value for name, value in told.items()}


def borne(product: Product, hot: set[str]) -> dict[int, int]:
    """By shard, what its instance bears."""
    found: Counter[int] = Counter()
    for resource_id, shard in product.served_by("Thing").items():
        found[shard] += WEIGHT if resource_id in hot else 1
    return dict(found)


def explained(product: Product, resource_id: str) -> list[dict[str, object]]:
    answer = product.get(f"/v1/api/kinds/Thing/resources/{quote(resource_id, safe='')}/explain")
    found: list[dict[str, object]] = answer.json["weights"] if answer.status == 200 else []
    return found


def last_move(product: Product) -> object:
    return product.get("/v1/api/events?kind=Thing&verb=move&limit=1").json["items"]


def test_what_workers_report_is_evened_out_and_learnt_again_by_the_next_leader(
    new_product: NewProduct, tmp_path: Path
) -> None:
    weights = Weights(tmp_path)
    product = new_product(settings(weights))
    product.start()
    product.settle()
    served = product.served_by("Thing")
    counts = Counter(served.values())
    assert len(counts) == 3
    assert max(counts.values()) - min(counts.values()) <= 0.02 * len(served)

    hot = set(sorted(i for i, shard in served.items() if shard == 0)[:HOT])
    weights.set({i: {"cpu": WEIGHT, "unknown": 7} for i in hot})
    reported = [{"name": "cpu", "value": WEIGHT, "reported": True}]
    until(
        lambda: all(explained(product, i) == reported for i in hot), 60.0, what="the weights are taken over"
    )
    cold = next(i for i in served if i not in hot)
    assert explained(product, cold) == [{"name": "cpu", "value": 1, "reported": False}]
    assert product.served_by("Thing") == served, "a weight moves nothing by itself"
    told = product.cli("explain", "Thing", min(hot))
    assert f"WEIGHS cpu {WEIGHT} (reported)" in told.out

    before = borne(product, hot)
    mean = sum(before.values()) / 3
    assert max(before.values()) > 2 * mean
    answer = product.post("/v1/api/orchestrations/Thing/orchestrate")
    assert answer.status == 200, answer.text
    assert answer.json["changed"]
    product.settle(within=60.0)
    until(lambda: max(borne(product, hot).values()) <= 1.1 * mean, 60.0, what="what is borne is even")
    product.assert_served_once()

    # the next leader knows the rows alone at first, and nothing moves meanwhile or afterwards
    home, moved = product.served_by("Thing"), last_move(product)
    product.kill_server()
    product.start()
    product.settle()
    until(lambda: all(explained(product, i) == reported for i in hot), 60.0, what="they are learnt again")
    assert product.served_by("Thing") == home
    assert last_move(product) == moved
    again = product.post("/v1/api/orchestrations/Thing/orchestrate")
    assert (again.status, again.json["changed"]) == (200, False), again.text
    assert product.counters().get("beats.impossible-weight", 0) == 0
    assert product.stop() == 0

"""Real workers report their load, and the kind grows, drains and gives advice by it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.product.conftest import NewProduct
from tests.product.processes import until
from tests.product.product import Product
from tests.product.server import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

TEMPLATE = ROOT / "templates/iota-dac/pod-template.yml"


class Load:
    """What each id costs its worker, as all reference workers report it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "load.json"
        self.template = folder / "pod-template.yml"
        manifest = yaml.safe_load(TEMPLATE.read_text("utf-8"))
        env = manifest["spec"]["containers"][0]["env"]
        env.append({"name": "SHARDWRIGHT_TEST_LOAD_FILE", "value": str(self._file)})
        self.template.write_text(yaml.safe_dump(manifest), "utf-8")
        self.set(rate=0)

    def set(self, **figures: float) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(figures), "utf-8")
        new.replace(self._file)


@pytest.fixture
def load(tmp_path: Path) -> Load:
    return Load(tmp_path)


def settings(load: Load, mode: str, **more: object) -> dict[str, str]:
    elastic = {
        "mode": mode,
        "capacity": '{"rate": 1000}',
        "target": '{"rate": 0.5}',
        "half_life": 5,
        "stale_after": 20,
        "shrink_after": 20,
        "cooldown": 10,
        "shrink_step": 2,
        **more,
    }
    return {
        "SHARDWRIGHT_KINDS__THING__TEMPLATE": str(load.template),
        "SHARDWRIGHT_KINDS__THING__INIT_INSTANCES": "3",
        "SHARDWRIGHT_KINDS__THING__HEALTH__INTERVAL": "2",
        **{
            f"SHARDWRIGHT_KINDS__THING__ELASTIC__{name.upper()}": str(value)
            for name, value in elastic.items()
        },
    }


def sizing(product: Product) -> dict[str, Any]:
    found: dict[str, Any] = product.get("/v1/api/kinds/Thing/sizing").json
    return found


def active(product: Product) -> int:
    return sum(1 for shard in product.kind("Thing")["shards"] if shard["state"] == "active")


def test_the_kind_grows_with_the_load_and_drains_when_it_falls(new_product: NewProduct, load: Load) -> None:
    product = new_product(settings(load, "act"))
    product.start()
    product.settle()
    count = len(product.catalog_ids("Thing"))
    assert active(product) == 3
    # In all 3,000, of which one is to bear 500.
    load.set(rate=3000 / count)
    began = time.monotonic()
    until(lambda: active(product) >= 6, 90.0, what="it has grown")
    print(f"grown after {time.monotonic() - began:.1f} s")
    product.settle(within=60.0)
    time.sleep(15)
    assert active(product) in (6, 7), "and no further; each worker rounds its share"
    assert product.served_ids("Thing") == product.catalog_ids("Thing")
    product.assert_served_once()

    orchestrated = product.cli("orchestrate", "Thing", "-o", "json")
    assert orchestrated.json["shards"]["after"] >= 6, "a person's orchestration keeps what the load asked for"

    load.set(rate=600 / count)
    began = time.monotonic()
    until(lambda: active(product) == 3, 180.0, what="it has shrunk")
    print(f"shrunk after {time.monotonic() - began:.1f} s")
    until(lambda: len(product.kind("Thing")["shards"]) == 3, 60.0, what="the drained shards are gone")
    product.settle(within=60.0)
    product.assert_served_once()

    lines = product.get("/v1/api/events?kind=Thing&verb=size&limit=100").json["items"]
    assert lines and {line["actor"] for line in lines} == {"elastic"}
    assert any("rate is at" in line["detail"] for line in lines)
    until(lambda: product.kind("Thing")["sizing"] == "", 20.0, what="nothing more is asked for")


def test_advice_is_shown_by_the_interface_and_the_command_line(new_product: NewProduct, load: Load) -> None:
    product = new_product(settings(load, "advise", capacity='{"rate": 1000, "memory": 10000000000}'))
    product.start()
    product.settle()
    count = len(product.catalog_ids("Thing"))
    load.set(rate=3000 / count)
    until(lambda: sizing(product)["advice"] == "grow", 60.0, what="growth is advised")
    until(lambda: sizing(product)["wanted"] in (6, 7), 30.0, what="it is advised in full")
    found = sizing(product)
    assert (found["mode"], found["shards"], found["byCount"]) == ("advise", 3, 3)
    assert found["why"].startswith("rate is at ")
    assert found["saves"] == 3 - found["wanted"]
    dimensions = {one["name"]: one for one in found["dimensions"]}
    assert (dimensions["rate"]["known"], dimensions["rate"]["unknown"]) == (3, [])
    # Of the memory nobody reports anything; it is what the processes of this machine use.
    assert dimensions["memory"]["load"] > 3 * 1024 * 1024
    assert [one["name"] for one in found["items"]] == [f"iota-dac-{n}" for n in range(3)]
    assert product.kind("Thing")["sizing"].startswith(f"{found['wanted']} shards instead of 3: ")

    told = product.cli("sizing", "Thing")
    assert told.code == 1
    assert "Thing  grow  3 -> " in told.out
    assert "iota-dac-2" in told.out
    assert product.cli("sizing", "Rule").out.startswith("Rule  hold  10 shards  (elastic: off)")
    assert active(product) == 3


def test_a_ceiling_of_the_kind_lets_it_have_more_and_bigger_instances(
    new_product: NewProduct, load: Load
) -> None:
    product = new_product(
        settings(load, "off")
        | {
            "SHARDWRIGHT_KINDS__THING__CEILING__INSTANCES": "120",
            "SHARDWRIGHT_KINDS__THING__CEILING__RESOURCES": "20000",
        }
    )
    product.start()
    product.settle()
    path = "/v1/api/orchestrations/Thing/orchestrate?dryRun=true"
    fine = product.post(path, {"maxInstances": 120, "resourcePerInstance": 20_000})
    assert (fine.status, fine.json["maxInstances"], fine.json["resourcePerInstance"]) == (200, 120, 20_000)
    refused = product.post(path, {"maxInstances": 121, "resourcePerInstance": 20_001})
    assert refused.status == 422
    assert refused.json["reasons"] == [
        "maxInstances is 121, allowed are whole numbers from 3 to 120",
        "resourcePerInstance is 20001, allowed are whole numbers from 1 to 20000",
    ]
    assert sizing(product)["ceiling"] == {"instances": 120, "resources": 20_000}

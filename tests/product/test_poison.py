"""A resource that ends its instance, on the real thing: processes, the interface and the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.product.conftest import NewProduct
from tests.product.processes import until
from tests.product.product import Product
from tests.product.server import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TEMPLATE = ROOT / "templates/iota-dac/pod-template.yml"


def fragile(folder: Path) -> Path:
    """The template of workers that end when they acquire an id that begins with ``bad``."""
    manifest = yaml.safe_load(TEMPLATE.read_text("utf-8"))
    container = manifest["spec"]["containers"][0]
    container["env"].append({"name": "SHARDWRIGHT_TEST_CRASH_ON", "value": "bad"})
    path = folder / "pod-template.yml"
    path.write_text(yaml.safe_dump(manifest), "utf-8")
    return path


@pytest.fixture
def product(new_product: NewProduct, tmp_path: Path) -> Product:
    product = new_product(
        {
            "SHARDWRIGHT_KINDS__THING__TEMPLATE": str(fragile(tmp_path)),
            "SHARDWRIGHT_KINDS__THING__HEALTH__STABLE_AFTER": "3",
            "SHARDWRIGHT_KINDS__THING__HEALTH__BACKOFF_MOST": "2",
        }
    )
    product.start()
    product.settle()
    return product


def add(product: Product, resource_id: str) -> None:
    columns = [row[1] for row in product.sql('PRAGMA table_info("Thing")')]
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join("?" if name == "id" else f'"{name}"' for name in columns)
    product.sql(f'INSERT INTO "Thing" ({names}) SELECT {values} FROM "Thing" LIMIT 1', resource_id)
    assert product.cli("resync", "Thing").code == 0


def test_a_resource_that_ends_its_instance_is_found_and_everything_else_is_served(product: Product) -> None:
    others = product.catalog_ids("Thing")
    add(product, "bad/1")
    path = "/v1/api/kinds/Thing/quarantine"
    until(lambda: bool(product.get(path).json["items"]), 120.0, what="somebody is in quarantine")
    (entry,) = product.get(path).json["items"]
    assert entry["id"] == "bad/1"
    assert entry["by"] == "shardwright"
    assert any("exit code 1" in line for line in entry["evidence"])
    until(lambda: product.kind("Thing")["counts"]["owned"] == len(others), 60.0, what="the others are served")
    until(lambda: product.served_ids("Thing") == others, 30.0, what="the ledgers say so as well")
    found = product.kind("Thing")
    assert (found["counts"]["unowned"], found["counts"]["quarantined"]) == (0, 1)
    assert found["counts"]["catalog"] == len(others) + 1
    assert found["verdict"] == "no"
    assert [one["reason"] for one in found["unplaced"]] == ["quarantined"]
    assert any("bad/1" in alarm for alarm in found["alarms"])

    listed = product.cli("quarantine", "list", "Thing")
    assert listed.code == 1
    assert "bad/1" in listed.out
    where = product.get("/v1/api/orchestrations/Thing/bad%2F1/instances").json
    assert where["runIn"] is None

    # an orchestration gives it to nobody, and a restart of the server changes nothing
    wish = {"resourcePerInstance": 150}
    assert product.post("/v1/api/orchestrations/Thing/orchestrate", wish).status == 200
    until(lambda: product.kind("Thing")["counts"]["owned"] == len(others), 60.0, what="it has settled")
    assert [one["id"] for one in product.get(path).json["items"]] == ["bad/1"]
    assert product.stop() == 0
    product.start()
    until(lambda: product.kind("Thing")["counts"]["owned"] == len(others), 60.0, what="it has settled again")
    assert product.kind("Thing")["counts"]["quarantined"] == 1

    # a person deletes it, and nobody is in quarantine any more
    product.sql("DELETE FROM \"Thing\" WHERE id = 'bad/1'")
    assert product.cli("resync", "Thing").code == 0
    until(lambda: product.get(path).json["items"] == [], 30.0, what="it is gone")
    until(lambda: product.kind("Thing")["verdict"] == "yes", 30.0, what="everything is owned")
    assert product.stop() == 0


def test_a_person_sets_a_resource_apart_and_lifts_it(product: Product) -> None:
    one = min(product.catalog_ids("Thing"))
    done = product.cli("quarantine", "add", "Thing", one, "--for", "3600", "--why", "smells", "-o", "json")
    assert (done.code, done.json["evidence"]) == (0, ["smells"])
    until(lambda: one not in product.served_ids("Thing"), 20.0, what="its worker has let go of it")
    assert product.cli("resync", "Thing").code == 0
    assert product.kind("Thing")["counts"]["quarantined"] == 1
    assert one not in product.served_ids("Thing")
    assert product.cli("quarantine", "lift", "Thing", one).code == 0
    until(lambda: one in product.served_ids("Thing"), 20.0, what="it is served again")
    product.settle("Thing", within=20.0)
    assert product.cli("quarantine", "list", "Thing").code == 0
    assert product.cli("quarantine", "lift", "Thing", one).code == 1
    assert product.cli("quarantine", "add", "Thing", "nobody").code == 1
    assert product.stop() == 0

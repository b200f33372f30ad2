"""ZooKeeper loses all it has: what was backed up is put back, and each resource has the owner that it had."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shardwright_client import Client
from tests.product.processes import end, inside, until
from tests.product.product import Product
from tests.product.replicas import alive
from tests.services import zookeeper
from tests.services.zookeeper_server import ZookeeperServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

PASSWORD = "correct horse battery"


class Signed(Product):
    """With users: what is asked here is asked by one of them."""

    def sign_in(self) -> None:
        made = Client(self.url).sign_in("admin", PASSWORD, token_name="test")
        self.environment["SHARDWRIGHT_TOKEN"] = made["token"]

    def incarnations(self) -> dict[int, int]:
        return {one["number"]: one["incarnation"] for one in self.kind("Thing")["shards"]}

    def epoch(self) -> int:
        found: int = self.get("/v1/api/overview").json["epoch"]
        return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("backup")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[ZookeeperServer]:
    one = zookeeper.own(folder / "zookeeper")
    one.start()
    yield one
    one.stop()


@pytest.fixture(scope="module")
def product(folder: Path, server: ZookeeperServer) -> Iterator[Signed]:
    """Each test leaves it as it found it: with an owner for all, and all served."""
    secret = folder / "password"
    secret.write_text(PASSWORD)
    one = Signed(
        folder,
        {
            "SHARDWRIGHT_ACCESS__MODE": "accounts",
            "SHARDWRIGHT_ACCESS__ADMIN_PASSWORD_FILE": str(secret),
            "SHARDWRIGHT_STORE__ENGINE": "zookeeper",
            "SHARDWRIGHT_STORE__ZOOKEEPER__HOSTS": server.address,
            "SHARDWRIGHT_STORE__ZOOKEEPER__SESSION_TIMEOUT": "4",
            "SHARDWRIGHT_RUNTIME__DIRECTORY": str(folder / "data"),
            "SHARDWRIGHT_KINDS__THING__INIT_INSTANCES": "3",
            "SHARDWRIGHT_KINDS__RULE__INIT_INSTANCES": "3",
            # Longer than a busy machine takes for all that is done while nobody leads.
            "SHARDWRIGHT_WORKER__AWAY_LIMIT": "600",
            "SHARDWRIGHT_WORKER__KEY": secrets.token_hex(32),
        },
    ).with_fixed_ports()
    one.start()
    one.sign_in()
    one.settle()
    until(lambda: not one.misserved("Thing"), 30.0, what="all is served")
    yield one
    one.clean_up()
    assert "Traceback" not in one.said(), one.said()[-4000:]


def test_a_destroyed_zookeeper_comes_back_with_the_owners_it_had(
    product: Signed, server: ZookeeperServer, tmp_path: Path
) -> None:
    # A plan that nobody has applied yet is part of what is known.
    planned = product.cli("plan", "Thing", "--resource-per-instance", "300", "-o", "name")
    assert planned.code == 0, planned.err
    made = product.cli("backup", str(tmp_path / "first.tgz"))
    assert made.code == 0, made.err
    owners, pids = product.served_by("Thing"), product.pids()
    incarnations, epoch = product.incarnations(), product.epoch()
    commit = product.kind("Thing")["commit"]

    # The store loses its data and the server is killed at the same moment. Its instances run on.
    product.kill_server()
    server.restart(wipe=True)
    file, only = str(tmp_path / "first.tgz"), ("--part", "assignments")
    refused = product.cli("restore", file, *only)
    assert refused.code == 3 and "instances may still run" in refused.err, refused.err

    # Nothing has changed since the backup, and the instances are those that it knows.
    began = time.monotonic()
    kept = product.cli("restore", file, *only, "--instances", "kept")
    assert kept.code == 0, kept.err
    product.start()
    product.settle()
    print(f"all is owned and acknowledged {time.monotonic() - began:.1f} s after the begin of the restore")
    assert alive(pids) and product.pids() == pids, "no instance was ended"
    assert product.incarnations() == incarnations
    assert product.served_by("Thing") == owners
    assert product.epoch() > epoch and product.kind("Thing")["commit"] > commit
    assert product.get(f"/v1/api/kinds/Thing/plans/{planned.out.strip().rpartition('/')[2]}").status == 200
    product.assert_served_once()


def test_what_was_lost_with_its_databases_comes_back_whole(
    product: Signed, server: ZookeeperServer, tmp_path: Path
) -> None:
    file = str(tmp_path / "all.tgz")
    made = product.cli("backup", file)
    assert made.code == 0, made.err
    owners, incarnations = product.served_by("Thing"), product.incarnations()
    product.kill_server()
    for pid in inside(product.data):
        end(pid)
    until(lambda: not inside(product.data), 10.0, what="all instances have ended")
    server.restart(wipe=True)
    for database in ("journal.db", "audit.db", "accounts.db"):
        for one in product.data.glob(f"{database}*"):
            one.unlink()
    whole = product.cli("restore", file)
    assert whole.code == 0, whole.err

    product.start()
    # With the token of before.
    product.settle()
    until(lambda: not product.misserved("Thing"), 30.0, what="all is served")
    assert product.served_by("Thing") == owners, "no resource was moved"
    assert min(product.incarnations().values()) > max(incarnations.values())
    verified = product.cli("audit", "verify")
    assert verified.code == 0, verified.err
    trail = product.get("/v1/api/audit?limit=500").json["items"]
    assert any(one["target"] == "all.tgz" for one in trail), "what was restored"
    assert any(one["route"].startswith("/v1/api/") for one in trail), "and what was asked before"
    # By the workers' own ledgers: no token is older than one that was given before.
    assert product.audit("Thing").backwards == ()

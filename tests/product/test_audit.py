"""The audit trail of a running server: what was answered is in it, whatever happens next."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from shardwright_client import Client
from tests.product.conftest import NewProduct
from tests.product.product import Product
from tests.product.replicas import pair
from tests.services import postgres

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def test_after_kill_9_right_behind_an_answer_its_line_is_there(new_product: NewProduct) -> None:
    product = new_product()
    product.start()
    for number in range(3):
        headers = {"X-Request-Id": f"killed-{number}"}
        verb = "pause" if number % 2 == 0 else "resume"
        assert product.call("POST", f"/v1/api/kinds/Thing/{verb}", {}, headers=headers).status == 200
        product.kill_server()
        with closing(sqlite3.connect(product.data / "audit.db")) as raw:
            found = raw.execute(
                "SELECT outcome, after FROM audit WHERE request_id = ?", (f"killed-{number}",)
            )
            assert found.fetchall() == [("done", f'{{"paused":{str(verb == "pause").lower()}}}')]
        assert product.cli("audit", "verify", "--local").code == 0
        product.start()
    head = product.cli("audit", "verify", "-o", "json").json["head"]
    assert product.cli("audit", "verify", "--head", head).code == 0
    listed = product.cli("audit", "list", "--request", "killed-1")
    assert "POST /v1/api/kinds/{kind}/resume Thing" in listed.out and "done 200" in listed.out
    assert product.stop() == 0
    # The log of the last start holds the head that it found.
    assert "end of the audit trail" in product.said() and head in product.said()
    with closing(sqlite3.connect(product.data / "audit.db")) as raw:
        raw.executescript(
            "DROP TRIGGER audit_delete; DELETE FROM audit WHERE sequence > 2;"
            " UPDATE audit_head SET sequence = 2, hash = (SELECT hash FROM audit WHERE sequence = 2)"
        )
    assert product.cli("audit", "verify", "--local").code == 0
    cut = product.cli("audit", "verify", "--local", "--head", head)
    assert cut.code == 1 and "its end was cut off" in cut.err


def test_who_did_what_is_told_by_name_and_only_admins_may_read_it(
    new_product: NewProduct, tmp_path: Path
) -> None:
    product = new_product({"SHARDWRIGHT_ACCESS__MODE": "accounts", "XDG_CONFIG_HOME": str(tmp_path)})
    product.start()
    password = (product.data / "admin-password").read_text().strip()
    admin = Client(product.url).sign_in("admin", password, token_name="test")
    assert product.get("/v1/api/audit").status == 401
    product.environment["SHARDWRIGHT_TOKEN"] = admin["token"]
    viewer = product.cli("token", "create", "ci", "--grant", "viewer", "-o", "name").out.strip()
    headers = {"Authorization": f"Bearer {viewer}"}
    assert product.call("GET", "/v1/api/audit", headers=headers).status == 403
    assert product.call("POST", "/v1/api/kinds/Thing/pause", {}, headers=headers).status == 403
    assert product.cli("pause", "Thing").code == 0
    listed = product.cli("audit", "list", "-o", "json").json
    told = [(line["actor"], line["route"], line["status"]) for line in listed]
    pause = "/v1/api/kinds/{kind}/pause"
    assert ("admin/ci", "/v1/api/audit", 403) in told
    assert ("admin/ci", pause, 403) in told
    assert ("", "/v1/api/audit", 401) in told
    assert told[-1] == ("admin/test", pause, 200)
    assert viewer not in str(listed) and password not in str(listed)
    assert product.cli("audit", "verify").code == 0
    assert product.stop() == 0


def test_nothing_is_changed_where_the_trail_is_required_and_cannot_be_written(
    new_product: NewProduct,
) -> None:
    product = new_product({"SHARDWRIGHT_AUDIT__REQUIRED": "true"})
    product.start()
    with closing(sqlite3.connect(product.data / "audit.db", isolation_level=None)) as raw:
        raw.execute("BEGIN EXCLUSIVE")
        refused = product.post("/v1/api/kinds/Thing/pause")
        assert refused.status == 503
        assert "nothing was changed, since the audit trail cannot be written" in refused.json["detail"]
        assert product.kind("Thing")["paused"] is False
    assert product.post("/v1/api/kinds/Thing/pause").status == 200
    assert product.kind("Thing")["paused"] is True
    assert product.stop() == 0
    assert product.cli("audit", "verify", "--local").code == 0


@pytest.fixture
def replicas(tmp_path: Path) -> Iterator[tuple[Product, Product]]:
    with pair(tmp_path) as made:
        url = postgres.shared()
        for one in made.both:
            one.environment["SHARDWRIGHT_AUDIT__URL"] = url
        made.start()
        yield made.both


def test_what_was_passed_on_is_written_once_and_two_servers_share_one_chain(
    replicas: tuple[Product, Product],
) -> None:
    leader, follower = replicas
    for number, one in enumerate((follower, leader, follower)):
        verb = ("pause", "resume", "pause")[number]
        headers = {"X-Request-Id": f"passed-{number}"}
        assert one.call("POST", f"/v1/api/kinds/Thing/{verb}", {}, headers=headers).status == 200
    foreign = {"Origin": "https://evil.example", "X-Request-Id": "foreign"}
    assert follower.call("POST", "/v1/api/kinds/Thing/pause", {}, headers=foreign).status == 403
    every = leader.get("/v1/api/audit?after=0").json["items"]
    assert every == follower.get("/v1/api/audit?after=0").json["items"]
    found = [line for line in every if line["requestId"].startswith(("passed", "foreign"))]
    told = [(line["requestId"], line["status"]) for line in found]
    assert told == [("passed-0", 200), ("passed-1", 200), ("passed-2", 200), ("foreign", 403)]
    assert " by " in found[0]["remote"]
    assert leader.cli("audit", "verify").code == 0

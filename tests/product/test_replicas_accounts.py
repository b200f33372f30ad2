"""Two orchestrators with accounts, on a real ensemble of ZooKeeper and a PostgreSQL that they share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shardwright_client import Client
from tests.product.browser import Browser
from tests.product.processes import until
from tests.product.replicas import SESSION_S, Replica, pair
from tests.services import postgres

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PASSWORD = "correct horse battery"
PAUSE, RESUME, RESYNC = (f"/v1/api/kinds/Thing/{verb}" for verb in ("pause", "resume", "resync"))
SEEN_S = 10.0
"""Replicas look again after two seconds; a busy machine may need longer."""


def sign_in(replica: Replica, name: str) -> str:
    made = Client(replica.url).sign_in(name, PASSWORD, token_name="test")
    return made["token"]


def test_who_signs_in_at_one_acts_at_the_other_also_after_the_leader_was_killed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(PASSWORD)
    accounts = {
        "SHARDWRIGHT_ACCESS__MODE": "accounts",
        "SHARDWRIGHT_ACCESS__ADMIN_PASSWORD_FILE": str(secret),
        "SHARDWRIGHT_JOURNAL__URL": postgres.shared(),
        "XDG_CONFIG_HOME": str(tmp_path),
    }
    with pair(tmp_path, accounts) as replicas:
        first, second = replicas.both
        for one in replicas.both:
            one.launch()
        until(first.is_up, 60.0, what="the first is up")
        token = sign_in(first, "admin")
        for one in replicas.both:
            one.environment["SHARDWRIGHT_TOKEN"] = token
        until(lambda: any(one.is_up() and one.decides() for one in replicas.both), 60.0, what="one leads")
        leader, follower = (first, second) if first.leads() else (second, first)
        until(lambda: follower.is_up() and follower.place()["leader"], 60.0, what="the other knows it")
        leader.settle()

        browser = Browser(PASSWORD)
        browser.sign_in(leader.url, "admin")
        assert browser.call(follower.url, "POST", PAUSE).status == 200
        assert leader.kind("Thing")["paused"]
        assert browser.call(follower.url, "POST", RESUME, csrf="").status == 403, "without proof of the page"
        assert browser.call(follower.url, "POST", RESUME).status == 200

        ann_is = {"name": "ann", "password": PASSWORD, "grants": ["viewer:Thing"]}
        assert leader.post("/v1/api/users", ann_is).status == 200
        viewer = Client(follower.url, token=sign_in(follower, "ann"))
        assert [kind["kind"] for kind in viewer.kinds()] == ["Thing"]
        assert viewer.session()["name"] == "ann/test"
        ann = Browser(PASSWORD)
        ann.sign_in(follower.url, "ann")
        assert ann.call(leader.url, "GET", "/v1/api/kinds").status == 200
        assert ann.call(follower.url, "POST", PAUSE).status == 403
        key = {"Idempotency-Key": "once"}
        assert browser.call(follower.url, "POST", RESYNC, headers=key).status == 200

        pids = leader.pids()
        leader.kill_server()
        assert browser.call(follower.url, "GET", "/v1/api/kinds").status == 200, "reads go on meanwhile"
        until(follower.decides, SESSION_S + 20.0, what="the other leads")
        again = browser.call(follower.url, "POST", RESYNC, headers=key)
        assert (again.status, again.headers["Idempotent-Replayed"]) == (200, "true")
        assert browser.call(follower.url, "POST", PAUSE).status == 200, "the session survives"
        assert browser.call(follower.url, "POST", RESUME).status == 200

        leader.start()
        until(lambda: leader.place()["leader"], 30.0, what="it is back, and follows")
        assert browser.call(leader.url, "GET", "/v1/api/session").json["name"] == "admin"
        disabled = leader.cli("user", "disable", "ann")
        assert disabled.code == 0, disabled.err
        until(
            lambda: ann.call(follower.url, "GET", "/v1/api/kinds").status == 401,
            SEEN_S,
            what="ann is out everywhere",
        )
        replicas.until_served_once()
        until(lambda: follower.pids() == pids, 10.0, what="no instance was replaced")

        for one in replicas.both:
            verified = one.cli("audit", "verify")
            assert verified.code == 0, verified
        lines = [json.loads(line) for line in follower.cli("audit", "export").out.splitlines()]
        said = [(line["actor"], line["route"].rpartition("/")[2], line["outcome"]) for line in lines]
        for wanted in (
            ("admin", "pause", "done"),
            ("admin", "resume", "refused"),
            ("ann", "pause", "refused"),
            ("admin", "resync", "shown"),
        ):
            assert wanted in said, said
        assert said.count(("admin", "pause", "done")) == 2, "one through each leader"
        assert PASSWORD not in first.said() + second.said() + str(lines)

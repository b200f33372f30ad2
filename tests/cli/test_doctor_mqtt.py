"""Doctor subscribes as a server would, and says what the broker refuses."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.services import mosquitto
from tests.services.certificates import Authority
from tests.services.waiting import free_ports


@pytest.fixture
def ask(shardwright: Any, home: Path) -> Any:
    """What doctor says of the broker with these keys in its configuration."""

    def asked(**keys: Any) -> tuple[int, dict[str, Any]]:
        mqtt = {"embedded": False, "host": "127.0.0.1", **keys}
        (home / "config.yaml").write_text(json.dumps({"mqtt": mqtt, "api": {"port": 0}}))
        ended = shardwright("doctor", "-o", "json")
        assert "hunter2" not in ended.out + ended.err
        found = {each["name"]: each for each in json.loads(ended.out)}
        return ended.code, found["mqtt broker"]

    return asked


def test_a_broker_is_told_as_usable_or_that_it_refuses_the_account(ask: Any, tmp_path: Path) -> None:
    broker = mosquitto.own(tmp_path / "broker")
    broker.start()
    try:
        account = {"port": broker.port, "username": broker.username, "password": broker.password}
        code, found = ask(**account)
        assert (code, found["ok"]) == (0, True)
        assert found["detail"] == f"127.0.0.1:{broker.port} grants cm/notify with QoS 1"
        code, found = ask(**account | {"password": "hunter2"})
        assert (code, found["ok"]) == (1, False)
        assert f"refused the user '{broker.username}'" in found["detail"]
        assert "account" in found["mend"]
    finally:
        broker.stop()


def test_a_broker_that_grants_less_than_qos_1_is_trouble(ask: Any, tmp_path: Path) -> None:
    broker = mosquitto.own(tmp_path / "broker", settings={"max_qos": "0"})
    broker.start()
    try:
        code, found = ask(port=broker.port, username=broker.username, password=broker.password)
    finally:
        broker.stop()
    assert (code, found["ok"]) == (1, False)
    assert "did not grant QoS 1 on cm/notify" in found["detail"]


def test_a_broker_with_tls_is_trusted_by_its_authority_alone(ask: Any, tmp_path: Path) -> None:
    authority, other = Authority(tmp_path / "ca"), Authority(tmp_path / "other", "other")
    broker = mosquitto.own(
        tmp_path / "broker", certificates=(authority.ca, authority.vouch("broker", "IP:127.0.0.1"))
    )
    broker.start()
    try:
        account = {"port": broker.tls_port, "username": broker.username, "password": broker.password}
        mine = str(authority.vouch("client", "DNS:client"))
        tls = {"ca": str(authority.ca), "certificate": mine}
        assert ask(**account, tls=tls)[0] == 0
        code, found = ask(**account, tls=tls | {"ca": str(other.ca)})
        assert (code, found["ok"]) == (1, False)
        assert "certificate verify failed" in found["detail"]
    finally:
        broker.stop()


def test_a_broker_that_is_not_there_is_trouble_within_the_time_of_a_probe(ask: Any) -> None:
    began = time.monotonic()
    code, found = ask(port=free_ports(1)[0])
    assert time.monotonic() - began < 15
    assert (code, found["ok"]) == (1, False)
    assert "cannot be reached" in found["detail"]


def test_a_broker_that_stands_still_is_trouble_within_the_time_of_a_probe(ask: Any, tmp_path: Path) -> None:
    broker = mosquitto.own(tmp_path / "broker")
    broker.start()
    try:
        broker.pause()
        began = time.monotonic()
        code, found = ask(port=broker.port, username=broker.username, password=broker.password)
        assert time.monotonic() - began < 20
        assert (code, found["ok"]) == (1, False)
    finally:
        broker.resume()
        broker.stop()

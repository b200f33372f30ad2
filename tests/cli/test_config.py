"""``config check`` refuses what a server would refuse, and notes what is seldom meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.settings.production import mounted


def test_the_configuration_for_production_passes_and_shows_no_secret(shardwright: Any, home: Path) -> None:
    ended = shardwright("config", "check", "--config", str(mounted(home)))
    assert ended.code == 0, ended.err
    assert "hunter2" not in ended.out + ended.err
    assert "note: " not in ended.err


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("MQTT__TLS", "null", "mqtt.tls is not set"),
        ("KAFKA__PASSWORD_FILE", "/none", "kafka.password_file /none cannot be read"),
        ("STORE__ZOOKEEPER__TLS__CA", "/none", "store.zookeeper.tls.ca /none cannot be read"),
        ("RUNTIME__KUBERNETES__KUBECONFIG", "/none", "runtime.kubernetes.kubeconfig /none cannot be read"),
    ],
)
def test_what_a_server_would_refuse_is_refused(
    shardwright: Any, home: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    path = mounted(home)
    monkeypatch.setenv(f"SHARDWRIGHT_{variable}", value)
    ended = shardwright("config", "check", "--config", str(path))
    assert ended.code == 1
    assert said in ended.err


def test_a_link_that_is_allowed_is_no_fault(
    shardwright: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = mounted(home)
    monkeypatch.setenv("SHARDWRIGHT_MQTT__TLS", "null")
    monkeypatch.setenv("SHARDWRIGHT_ALLOW_UNPROTECTED_LINKS", "true")
    assert shardwright("config", "check", "--config", str(path)).code == 0


def test_what_is_seldom_meant_is_noted(shardwright: Any, home: Path) -> None:
    (home / "config.yaml").write_text(
        json.dumps({"store": {"engine": "zookeeper"}, "runtime": {"directory": "x"}})
    )
    ended = shardwright("config", "check")
    assert ended.code == 0
    assert "note: store.zookeeper.mechanism is none" in ended.err


def test_a_nested_value_tells_its_source_and_its_secret_is_masked(
    shardwright: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "config.yaml").write_text("kafka:\n  security: ssl\n  tls:\n    key_password: hunter2\n")
    monkeypatch.setenv("SHARDWRIGHT_KAFKA__TLS__CHECK_HOSTNAME", "false")
    ended = shardwright("config", "check")
    rows = {row.split()[0]: row.split()[1:] for row in ended.out.splitlines()}
    assert rows["kafka.tls.key_password"] == ["***", "config.yaml:4"]
    assert rows["kafka.tls.check_hostname"] == ["false", "SHARDWRIGHT_KAFKA__TLS__CHECK_HOSTNAME"]
    assert rows["kafka.tls.ca"] == ["null", "default"]

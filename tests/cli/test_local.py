"""Commands that need no running server: run, config check, doctor, demo, version."""

from __future__ import annotations

import fcntl
import json
import socket
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import cli_answers as answers
import pytest

from orchestrator.errors import Permanent, Unavailable

ROOT = Path(__file__).parents[2]


def served(monkeypatch: pytest.MonkeyPatch, serve: Any) -> None:
    """Put ``serve`` in the place of the server."""
    module = ModuleType("orchestrator.bootstrap")
    module.serve = serve  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "orchestrator.bootstrap", module)


def test_run_hands_over_the_settings_and_prints_where_it_is_reached(
    shardwright: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    async def serve(settings: Any, *, announce: Any) -> int:
        seen.append(settings)
        announce(SimpleNamespace(page="http://h:1/", api="http://h:1/v1/api", mqtt=None))
        return 7

    served(monkeypatch, serve)
    ended = shardwright("run", "--data-dir", "there", "--port", "0")
    assert ended.code == 7
    assert (seen[0].data_dir, seen[0].api.port) == (home / "there", 0)
    assert ended.out.splitlines() == [
        "page  http://h:1/",
        "API   http://h:1/v1/api",
        "MQTT  no broker",
        f"data  {home}/there",
        "stop  Ctrl-C",
    ]


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (Permanent("the data directory is in use"), 1, "the data directory is in use\n"),
        (Unavailable("the catalog is away"), 4, "the catalog is away\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_a_server_that_cannot_run_says_why_without_a_traceback(
    shardwright: Any, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str
) -> None:
    async def serve(settings: Any, *, announce: Any) -> int:
        raise error

    served(monkeypatch, serve)
    ended = shardwright("run", "--port", "0")
    assert (ended.code, ended.err) == (code, said)


def test_config_check_prints_values_with_their_sources(
    shardwright: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "config.yaml").write_text("api:\n  port: 9000\nmqtt: {password: hunter2}\n")
    monkeypatch.setenv("SHARDWRIGHT_API__HOST", "::1")
    ended = shardwright("config", "check")
    assert ended.code == 0
    rows = {row.split()[0]: row.split()[1:] for row in ended.out.splitlines()}
    assert rows["api.port"] == ["9000", "config.yaml:2"]
    assert rows["api.host"] == ["::1", "SHARDWRIGHT_API__HOST"]
    assert rows["api.url"] == ["http://[::1]:9000", "default"]
    assert rows["mqtt.password"] == ["***", "config.yaml:3"]
    assert "hunter2" not in ended.out
    assert ended.err == "read config.yaml\n"
    listed = json.loads(shardwright("config", "check", "-o", "json").out)
    assert {"key": "api.port", "value": 9000, "source": "config.yaml:2"} in listed


def test_config_check_finds_a_template_that_cannot_be_used(shardwright: Any, home: Path) -> None:
    (home / "bad.yml").write_text("kind: Deployment\n")
    (home / "my.yaml").write_text("kinds: {Thing: {template: bad.yml}, Rule: {template: none.yml}}")
    ended = shardwright("config", "check", "--config", "my.yaml")
    assert ended.code == 1
    assert "kinds.Thing.template bad.yml: kind is 'Deployment', it must be 'Pod'." in ended.err
    assert "kinds.Rule.template none.yml cannot be read" in ended.err


def findings(ended: Any) -> dict[str, Any]:
    return {each["name"]: each for each in json.loads(ended.out)}


def test_doctor_finds_a_port_that_is_taken(shardwright: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("SHARDWRIGHT_API__PORT", str(port))
        monkeypatch.setenv("SHARDWRIGHT_MQTT__PORT", "0")
        ended = shardwright("doctor", "-o", "json")
        lines = shardwright("doctor").out.splitlines()
    found = findings(ended)
    assert ended.code == 1
    assert found["python"]["ok"] and found["templates"]["ok"] and found["data folder"]["ok"]
    assert found["api port"]["detail"] == f"127.0.0.1:{port} is taken"
    assert found["mqtt port"]["detail"] == "any free one"
    assert found["catalog Thing"]["detail"].endswith("table Thing (filled at the first start)")
    (line,) = [line for line in lines if "api port" in line]
    assert line.startswith("TROUBLE") and line.endswith(
        "-> stop what uses it, or set api.port to another one"
    )


def test_doctor_asks_the_server_that_holds_the_data_folder(shardwright: Any, home: Path, api: Any) -> None:
    api.answers["/v1/api/overview"] = answers.overview()
    (home / "data").mkdir()
    (home / "data" / "server.json").write_text(json.dumps({"api": api.url}))
    lock = home / "data" / "store.lock"
    lock.write_text("4711\n")
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        found = findings(shardwright("doctor", "-o", "json"))
    assert found["data folder in use"]["detail"] == "by the server with process id 4711"
    assert found["server"]["detail"] == f"{api.url}, version 0.1.0, leads, ready"
    assert found["store"]["ok"]
    assert "api port" not in found


def test_doctor_tries_a_catalog_and_a_broker_of_others(
    shardwright: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHARDWRIGHT_CATALOG__URL", f"sqlite:///{home}/none.db")
    monkeypatch.setenv("SHARDWRIGHT_KINDS__RULE__CATALOG_URL", "nonsense://ann:hunter2@db/x")
    monkeypatch.setenv("SHARDWRIGHT_MQTT__EMBEDDED", "false")
    monkeypatch.setenv("SHARDWRIGHT_MQTT__PORT", "1")
    ended = shardwright("doctor", "-o", "json")
    found = findings(ended)
    assert "does not exist" in found["catalog Thing"]["detail"]
    assert found["catalog Rule"]["ok"] is False
    assert found["mqtt broker"]["ok"] is False
    assert "hunter2" not in ended.out


def test_doctor_names_every_fault_of_the_configuration(shardwright: Any, home: Path) -> None:
    (home / "config.yaml").write_text("api: {prot: 1, port: -1}")
    ended = shardwright("doctor")
    assert ended.code == 1
    assert ended.out.count("TROUBLE") == 2


def test_the_demo_writes_to_its_own_catalog_only(
    shardwright: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = shardwright("demo", "add", "Thing", "3")
    assert (ended.code, ended.err.splitlines()[0].split(":")[0]) == (4, "there is no demo catalog yet")
    monkeypatch.setenv("SHARDWRIGHT_CATALOG__URL", f"sqlite:///{home}/mine.db")
    assert shardwright("demo", "add", "Thing", "3").code == 3
    assert not (home / "mine.db").exists()


def test_the_demo_is_told_of_the_catalog_and_the_broker_that_runs(
    shardwright: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "data").mkdir()
    (home / "data" / "catalog.db").touch()
    (home / "data" / "server.json").write_text(json.dumps({"mqtt": {"host": "127.0.0.9", "port": 4711}}))
    seen: list[Any] = []

    def change(target: Any, kind: str, n: int, *, progress: Any) -> list[str]:
        seen.append((target, kind, n))
        progress(n, n)
        return ["t-1", "t-2"]

    monkeypatch.setattr("orchestrator.demo.add", change)
    ended = shardwright("demo", "add", "Thing", "2")
    assert (ended.code, ended.out, ended.err) == (0, "Thing  2 created: t-1 ... t-2\n", "2 of 2\n")
    ((target, kind, n),) = seen
    assert (kind, n) == ("Thing", 2)
    assert target.catalog_url == f"sqlite:///{home}/data/catalog.db"
    assert (target.endpoint.host, target.endpoint.port) == ("127.0.0.9", 4711)
    assert target.endpoint.username == "shardwright"
    assert target.endpoint.password == (home / "data" / "mqtt-password").read_text().strip()
    assert shardwright("demo", "add", "Thing", "0").code == 2


def test_churn_exits_1_when_messages_were_not_delivered(
    shardwright: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "data").mkdir()
    (home / "data" / "catalog.db").touch()
    given: list[Any] = []

    def change(target: Any, rate: float, seconds: float, seed: int, *, progress: Any) -> Any:
        given.append((rate, seconds, seed))
        return SimpleNamespace(
            added=4, removed=3, updated=2, touched=1, late_s=0.0, published=9, waiting=given[-1][2]
        )

    monkeypatch.setattr("orchestrator.demo.churn", change)
    assert shardwright("demo", "churn", "--rate", "5", "--seconds", "2", "--seed", "0").code == 0
    ended = shardwright("demo", "churn", "--rate", "5", "--seconds", "2")
    assert ended.code == 1
    assert ended.out == "added 4  removed 3  updated 2  touched 1  in time\nmessages 9  waiting 1\n"
    assert given == [(5.0, 2.0, 0), (5.0, 2.0, 1)]

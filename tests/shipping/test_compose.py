"""The compose file and its configuration: what can be judged without an engine. test_image.py runs them."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from orchestrator.settings import load, unprotected_links
from release.tree import ROOT
from tests.services import mosquitto_server
from tests.services.program import Program
from tests.services.require import missing
from tests.services.waiting import accepts, free_ports, wait_for

FOLDER = ROOT / "deploy" / "compose"
OURS = "shardwright:0.1.0"


@cache
def composed() -> dict[str, Any]:
    """As compose itself reads it."""
    if shutil.which("docker-compose") is None:
        missing("compose", "there is no docker-compose (Debian: apt-get install docker-compose)")
    done = subprocess.run(
        ["docker-compose", "--file", str(FOLDER / "compose.yaml"), "config"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = yaml.safe_load(done.stdout)
    return found


@pytest.fixture
def prepare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """What makes the secrets, with empty volumes in ``tmp_path``."""
    spec = importlib.util.spec_from_file_location("prepare", FOLDER / "prepare.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "SERVER", os.getuid())
    for name in ("secrets", "database", "broker", "instances"):
        (tmp_path / name).mkdir()
    return module


def test_compose_takes_the_file_and_finds_every_service_in_it() -> None:
    services = composed()["services"]
    assert {"zookeeper", "kafka", "mosquitto", "postgres", "shardwright-1", "shardwright-2"} <= set(services)
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
        assert re.search(r":[0-9][\w.]*$", service["image"]), (
            f"{name} takes any version of {service['image']}"
        )


def test_nothing_is_reached_from_another_machine() -> None:
    for name, service in composed()["services"].items():
        for port in service.get("ports", []):
            assert str(port).startswith("127.0.0.1:"), f"{name}: {port}"


def test_what_is_ours_is_as_narrow_as_the_image_allows() -> None:
    ours = {name: one for name, one in composed()["services"].items() if one["image"] == OURS}
    assert len(ours) == 5
    for name, service in ours.items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name
        assert ("user" in service) is ("cap_add" in service) is (name == "secrets"), name
    assert ours["secrets"]["network_mode"] == ours["room"]["network_mode"] == "none"


def test_no_password_stands_in_the_file() -> None:
    for name, service in composed()["services"].items():
        for key in service.get("environment") or {}:
            assert not re.search("PASSWORD$|SECRET$|KEY$", key), f"{name}: {key}"


def test_the_configuration_is_one_that_two_replicas_can_share() -> None:
    settings = load(FOLDER / "config.yaml", {})
    assert (settings.store.engine, settings.runtime.engine, settings.access.mode) == (
        "zookeeper",
        "process",
        "accounts",
    )
    assert settings.runtime_dir == Path("/srv/instances")
    # Said in the file, and in the docs: this is for one machine.
    assert settings.allow_unprotected_links and unprotected_links(settings)
    services = composed()["services"]
    for number in (1, 2):
        service = services[f"shardwright-{number}"]
        url = service["environment"]["SHARDWRIGHT_API__URL"]
        assert url in settings.worker.urls and service["hostname"] in url
        assert "instances:/srv/instances" in [str(each).removesuffix(":rw") for each in service["volumes"]]
    hosts = {settings.mqtt.host, settings.store.zookeeper.hosts.partition(":")[0]}
    assert hosts | {"kafka", "postgres"} <= set(services)


def test_the_image_is_configured_with_what_config_yaml_allows() -> None:
    settings = load(ROOT / "deploy" / "image" / "config.yaml", {})
    assert (settings.api.host, str(settings.data_dir)) == ("0.0.0.0", "/var/lib/shardwright")
    assert not settings.allow_unprotected_links


def test_secrets_are_made_once_and_each_is_for_whom_it_concerns(prepare: ModuleType, tmp_path: Path) -> None:
    prepare.make_secrets(tmp_path)
    made = {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    named = {str(path.relative_to(tmp_path)) for path in made}
    settings = load(FOLDER / "config.yaml", {})
    for file in (
        settings.access.admin_password_file,
        settings.store.zookeeper.password_file,
        settings.mqtt.password_file,
        settings.worker.key_file,
    ):
        assert f"secrets/{Path(str(file)).name}" in named
    # What others may read, libpq does not.
    assert (tmp_path / "secrets" / "pgpass").stat().st_mode & 0o077 == 0
    assert made[tmp_path / "database" / "password"].strip() in made[tmp_path / "secrets" / "pgpass"]
    prepare.make_secrets(tmp_path)
    assert {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()} == made


def test_the_broker_takes_the_password_that_was_made_and_no_other(
    prepare: ModuleType, tmp_path: Path
) -> None:
    if reason := mosquitto_server.absent():
        missing("Mosquitto", reason)
    if shutil.which("mosquitto_pub") is None:
        missing("Mosquitto", "there is no mosquitto_pub (Debian: apt-get install mosquitto-clients)")
    prepare.make_secrets(tmp_path)
    [port] = free_ports(1)
    config = (FOLDER / "mosquitto.conf").read_text().replace("/run/broker", str(tmp_path / "broker"))
    own = tmp_path / "mosquitto.conf"
    own.write_text(config.replace("listener 1883", f"user root\nlistener {port} 127.0.0.1"))
    broker = Program([str(mosquitto_server.PROGRAM), "-c", str(own)], tmp_path)
    broker.start()
    try:
        wait_for(lambda: accepts(port), 15, "Mosquitto listens")
        said = [
            "mosquitto_pub",
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-u",
            "shardwright",
            "-t",
            "t",
            "-m",
            "1",
        ]
        password = (tmp_path / "secrets" / "mqtt-password").read_text().strip()
        assert subprocess.run([*said, "-P", password], check=False).returncode == 0
        assert subprocess.run([*said, "-P", "wrong"], capture_output=True, check=False).returncode != 0
    finally:
        broker.kill()


def test_what_a_build_is_given_holds_no_data_and_no_secret_of_a_checkout() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*", "what is not named gets in"
    named = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert not named & {"data", ".git", ".venv", "deploy", "tests", "dist"}
    assert all((ROOT / name).exists() for name in named)

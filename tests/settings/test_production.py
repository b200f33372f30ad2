"""The configuration for production is usable as it is, and each protection in it is needed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestrator.errors import ConfigError
from orchestrator.settings import advice, file_faults, load, read, require_protected_links, unprotected_links
from tests.settings.production import DEPLOYED, mounted


def test_it_loads_and_passes_with_its_files_present(tmp_path: Path) -> None:
    settings = load(mounted(tmp_path), {})
    require_protected_links(settings)
    assert file_faults(settings) == []
    assert advice(settings) == []


def test_it_runs_on_the_real_engines_alone() -> None:
    settings = load(DEPLOYED, {})
    assert (settings.store.engine, settings.runtime.engine) == ("zookeeper", "kubernetes")
    assert not settings.mqtt.embedded and settings.kafka.is_used
    assert settings.catalog_url.startswith("postgresql+psycopg://")


def test_a_listing_of_it_holds_no_secret_and_no_path_to_one_is_lost(tmp_path: Path) -> None:
    _, values = read(mounted(tmp_path), {})
    assert "hunter2" not in repr(values)
    assert {value.key for value in values if str(value.value).endswith("-password")} == {
        "store.zookeeper.password_file",
        "kafka.password_file",
        "mqtt.password_file",
        "access.admin_password_file",
    }


def test_each_file_that_is_missing_is_named(tmp_path: Path) -> None:
    settings = load(mounted(tmp_path), {})
    for file in sorted(
        [*(tmp_path / "run/secrets/shardwright").iterdir(), *(tmp_path / "etc").rglob("*.pem")]
    ):
        text = file.read_text()
        file.unlink()
        assert any(str(file) in fault for fault in file_faults(settings)), file
        file.write_text(text)
        file.chmod(0o600)


def test_a_passfile_that_the_database_would_pass_over_is_named(tmp_path: Path) -> None:
    settings = load(mounted(tmp_path), {})
    passfile = tmp_path / "run/secrets/shardwright/pgpass"
    passfile.chmod(0o440)
    said = [fault for fault in file_faults(settings) if str(passfile) in fault]
    assert [fault.partition(":")[0] for fault in said] == ["catalog.url", "access.url"]
    assert all("mode 0440" in fault and "PGPASSWORD" in fault for fault in said)


def test_the_servers_own_certificate_must_be_there(tmp_path: Path) -> None:
    pair = {"SHARDWRIGHT_API__TLS__CERTIFICATE": str(tmp_path / "none.pem")}
    pair["SHARDWRIGHT_API__TLS__KEY"] = str(tmp_path / "none.key")
    said = file_faults(load(mounted(tmp_path), pair))
    assert [fault.partition(" ")[0] for fault in said] == ["api.tls.certificate", "api.tls.key"]


CATALOG = "postgresql+psycopg://shardwright@postgres.example.org/iota"


@pytest.mark.parametrize(
    ("without", "named"),
    [
        ({"API__URL": "http://shardwright.example.org"}, "api.url"),
        ({"API__URL": ""}, "api.host"),
        ({"WORKER__URLS": "[https://a.example.org, http://b.example.org]"}, "worker.urls"),
        ({"STORE__ZOOKEEPER__TLS": "null"}, "store.zookeeper.tls"),
        ({"STORE__ZOOKEEPER__TLS__CHECK_HOSTNAME": "false"}, "store.zookeeper.tls.check_hostname"),
        ({"KAFKA__SECURITY": "sasl_plaintext", "KAFKA__TLS": "null"}, "kafka.security"),
        ({"KAFKA__TLS__CHECK_HOSTNAME": "false"}, "kafka.tls.check_hostname"),
        ({"MQTT__TLS": "null"}, "mqtt.tls"),
        ({"MQTT__TLS__CHECK_HOSTNAME": "false"}, "mqtt.tls.check_hostname"),
        ({"CATALOG__URL": CATALOG}, "catalog.url"),
        ({"CATALOG__URL": f"{CATALOG}?sslmode=require"}, "catalog.url"),
        ({"KINDS__RULE__CATALOG_URL": "mysql+pymysql://u@db.example.org/iota"}, "kinds.Rule.catalog_url"),
        ({"ACCESS__URL": CATALOG}, "access.url"),
        ({"JOURNAL__URL": f"{CATALOG}?sslmode=verify-ca"}, "journal.url"),
    ],
)
def test_without_any_one_protection_it_is_refused(
    tmp_path: Path, without: dict[str, str], named: str
) -> None:
    environ = {f"SHARDWRIGHT_{key}": value for key, value in without.items()}
    settings = load(mounted(tmp_path), environ)
    (fault,) = unprotected_links(settings)
    assert re.match(rf"{re.escape(named)}\b", fault)
    assert "example.org" in fault or named == "api.host"
    with pytest.raises(ConfigError, match="allow_unprotected_links: true lets it start"):
        require_protected_links(settings)
    require_protected_links(
        load(mounted(tmp_path), environ | {"SHARDWRIGHT_ALLOW_UNPROTECTED_LINKS": "true"})
    )


def test_the_flag_is_not_set_in_it() -> None:
    assert not load(DEPLOYED, {}).allow_unprotected_links


@pytest.mark.parametrize("key", ["CATALOG__URL", "JOURNAL__URL", "KINDS__THING__CATALOG_URL"])
def test_an_address_without_its_scheme_is_listed_without_its_password(tmp_path: Path, key: str) -> None:
    wrong = {f"SHARDWRIGHT_{key}": "ann:hunter7@db.example:5432/iota"}
    _, values = read(mounted(tmp_path), wrong)
    assert "hunter7" not in repr(values)

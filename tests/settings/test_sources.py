"""The environment beats the file, options beat both, and every value tells its source."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestrator.errors import ConfigError
from orchestrator.settings import load, read

ROOT = Path(__file__).parents[2]


def written(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def source_of(
    key: str, path: Path | None, environ: dict[str, str], options: dict[str, object] | None = None
) -> str:
    return next(value.source for value in read(path, environ, options)[1] if value.key == key)


def test_the_environment_beats_the_file_and_an_option_beats_both(tmp_path: Path) -> None:
    path = written(tmp_path, "api:\n  port: 1\n")
    environ = {"SHARDWRIGHT_API__PORT": "2"}
    assert load(path, {}).api.port == 1
    assert load(path, environ).api.port == 2
    assert load(path, environ, {"api.port": 3}).api.port == 3
    assert source_of("api.port", None, {}) == "default"
    assert source_of("api.port", path, {}) == f"{path}:2"
    assert source_of("api.port", path, environ) == "SHARDWRIGHT_API__PORT"
    assert source_of("api.port", path, environ, {"api.port": 3}) == "--port"


@pytest.mark.parametrize("spelling", ["THING", "Thing", "thing"])
def test_a_kind_is_found_whatever_the_case_of_its_variable(spelling: str) -> None:
    kinds = load(None, {f"SHARDWRIGHT_KINDS__{spelling}__MAX_INSTANCES": "50"}).kinds
    assert list(kinds) == ["Thing", "Rule"]
    assert kinds["Thing"].max_instances == 50


def test_a_kind_with_punctuation_is_set_by_underscores(tmp_path: Path) -> None:
    path = written(tmp_path, "kinds: {iota-pump.v2: {}}")
    kinds = load(path, {"SHARDWRIGHT_KINDS__IOTA_PUMP_V2__MAX_INSTANCES": "7", "X": "1"}, {}).kinds
    assert kinds["iota-pump.v2"].max_instances == 7
    assert kinds["iota-pump.v2"].instance_name == "iota-pump-v2"
    assert kinds["iota-pump.v2"].table == "iota-pump.v2"


def test_lists_and_mappings_are_given_as_yaml_or_json() -> None:
    settings = load(
        None,
        {
            "SHARDWRIGHT_RESYNC__AFTER_CONTRADICTION": "[1, 2]",
            "SHARDWRIGHT_API__ALLOWED_ORIGINS": '["https://console.example.org"]',
            "SHARDWRIGHT_KINDS__THING__WEIGHT_COLUMNS": "{memory: memory_mb}",
            "SHARDWRIGHT_KINDS__THING__CAPACITY__MEMORY": "4096",
        },
    )
    assert settings.resync.after_contradiction == (1, 2)
    assert settings.api.allowed_origins == ("https://console.example.org",)
    assert settings.kinds["Thing"].policy().extra_capacity == (4096,)


def test_an_empty_variable_is_null_where_that_is_allowed() -> None:
    settings = load(None, {"SHARDWRIGHT_WORKER__AWAY_LIMIT": "", "SHARDWRIGHT_MQTT__PASSWORD": ""})
    assert settings.worker.away_limit is None
    assert settings.mqtt.password is None


def test_variables_of_workers_and_tests_are_none_of_ours() -> None:
    load(
        None,
        dict.fromkeys(
            (
                "SHARDWRIGHT_KIND",
                "SHARDWRIGHT_SHARD",
                "SHARDWRIGHT_INCARNATION",
                "SHARDWRIGHT_URL",
                "SHARDWRIGHT_TOKEN",
                "SHARDWRIGHT_AWAY_LIMIT",
                "SHARDWRIGHT_LEDGER_DIR",
                "SHARDWRIGHT_TEST_ZOOKEEPER",
                "SHARDWRIGHT_REQUIRE",
                "SHARDWRIGHT_CACHE",
                "SHARDWRIGHT_CONFIG",
                "SHARDWRIGHT_SERVER",
                "PATH",
            ),
            "x",
        ),
    )


def test_what_the_whole_check_exports_is_none_of_ours() -> None:
    """A server that a test starts with the environment of the tests refuses what it takes for a mistake."""
    named = set(re.findall(r"\bSHARDWRIGHT_[A-Z_]+", (ROOT / ".ci" / "run").read_text(encoding="utf-8")))
    assert len(named) >= 2
    load(None, dict.fromkeys(named, "x"))


def test_a_file_with_other_kinds_has_only_those(tmp_path: Path) -> None:
    assert list(load(written(tmp_path, "kinds:\n  Device:\n"), {}).kinds) == ["Device"]


def test_an_empty_file_and_empty_sections_are_the_defaults(tmp_path: Path) -> None:
    assert load(written(tmp_path, ""), {}) == load(None, {})
    assert load(written(tmp_path, "api:\nkinds:\n"), {}) == load(None, {})


def test_secrets_are_masked_in_the_listing_and_in_errors(tmp_path: Path) -> None:
    environ = {
        "SHARDWRIGHT_MQTT__PASSWORD": "hunter2",
        "SHARDWRIGHT_CATALOG__URL": "postgresql://ann:hunter2@db/iota?sslpassword=hunter2&x=1",
    }
    settings, values = read(None, environ)
    assert "hunter2" not in repr(values) + repr(settings.mqtt)
    assert settings.mqtt.given_password() == "hunter2"
    assert settings.catalog_url.count("hunter2") == 2
    with pytest.raises(ConfigError) as error:
        load(written(tmp_path, "mqtt: {password: [hunter2]}"), {})
    assert "hunter2" not in str(error.value)
    assert "mqtt.password is given" in str(error.value)


def test_the_password_can_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    settings = load(None, {"SHARDWRIGHT_MQTT__PASSWORD_FILE": str(secret)})
    with pytest.raises(ConfigError, match="cannot be read"):
        settings.mqtt.given_password()
    secret.write_text("hunter2\n", encoding="utf-8")
    assert settings.mqtt.given_password() == "hunter2"


def test_a_template_that_is_not_here_is_taken_from_the_product(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kind = load(None, {"SHARDWRIGHT_KINDS__THING__TEMPLATE": "config.yaml"}).kinds["Thing"]
    assert kind.template_file == Path(__file__).parents[2] / "config.yaml"
    (tmp_path / "config.yaml").touch()
    assert kind.template_file == tmp_path / "config.yaml"

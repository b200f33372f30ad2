"""The configuration that is shipped says what happens without it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestrator.core.policy import HealthPolicy, KindPolicy
from orchestrator.errors import ConfigError
from orchestrator.settings import load, read
from orchestrator.settings.model import Settings
from orchestrator.settings.names import names

SHIPPED = Path(__file__).parents[2] / "config.yaml"


def test_the_shipped_file_holds_exactly_the_defaults_but_is_open_by_name() -> None:
    shipped = load(SHIPPED, {})
    assert shipped.access.mode == "open"
    assert shipped.model_dump() == load(None, {"SHARDWRIGHT_ACCESS__MODE": "open"}).model_dump()
    assert load(None, {}).access.mode == "accounts"


def test_the_shipped_file_mentions_every_key_with_a_comment_before_it() -> None:
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    thing = lines[: next(number for number, line in enumerate(lines) if line == "  Rule:")]
    for name in names(Settings, ["Thing"]):
        # Keys below a section that is null are shown as comments.
        places = [n for n, line in enumerate(thing) if re.match(rf" *(#   )?{name.path[-1]}:", line)]
        assert places, f"{name.dotted} is not in config.yaml"
        assert all(thing[n - 1].strip().startswith("#") for n in places), f"{name.dotted} has no comment"
    _, values = read(SHIPPED, {})
    assert not [v.key for v in values if v.source == "default" and not v.key.startswith("kinds.Rule.")]


def test_the_shipped_file_has_one_or_two_lines_of_comment_a_key() -> None:
    blocks = re.findall(r"(?:^ *# \S.*\n)+(?= *\w+:)", SHIPPED.read_text(encoding="utf-8"), re.M)
    assert max(block.count("\n") for block in blocks[1:]) <= 2


def test_what_the_shipped_file_shows_as_comments_can_be_used(tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    text = re.sub(r"^( *)#   (?=[a-z_]+: )", r"\1  ", text, flags=re.M).replace("tls: null", "tls:")
    text = text.replace("oidc: null", "oidc:")
    text = text.replace("embedded: true", "embedded: false").replace("security: plaintext", "security: ssl")
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    settings = load(path, {})
    for tls in (settings.mqtt.tls, settings.kafka.tls, settings.store.zookeeper.tls):
        assert tls is not None and len(tls.files) == 3 and tls.check_hostname
    assert settings.access.oidc is not None and len(settings.access.oidc.grants) == 1


def test_the_default_policies_are_those_of_the_core() -> None:
    kind = load(None, {}).kinds["Thing"]
    assert kind.policy() == KindPolicy()
    assert kind.health_policy(stop_grace=10.0) == HealthPolicy()


def test_the_two_kinds_are_called_as_in_the_cluster() -> None:
    kinds = load(None, {}).kinds
    assert list(kinds) == ["Thing", "Rule"]
    assert [kind.instance_name for kind in kinds.values()] == ["iota-dac", "iota-rules-engine"]
    assert kinds["Rule"].template == Path("templates/iota-rules-engine/pod-template.yml")


def test_what_is_left_open_lies_in_the_data_folder(tmp_path: Path) -> None:
    settings = load(None, {"SHARDWRIGHT_DATA_DIR": str(tmp_path)})
    assert settings.store_path == tmp_path / "store.db"
    assert settings.catalog_url == f"sqlite:///{tmp_path}/catalog.db"
    assert settings.journal_url == f"sqlite:///{tmp_path}/journal.db"
    assert settings.ledger_dir == tmp_path / "ledger"
    assert settings.kind_catalog_url("Rule") == settings.catalog_url
    assert settings.fills_demo_catalog


def test_a_relative_data_folder_is_that_of_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None, {}).data_dir == tmp_path / "data"


def test_a_catalog_of_someone_else_is_never_filled() -> None:
    assert not load(None, {"SHARDWRIGHT_CATALOG__URL": "postgresql://db/iota"}).fills_demo_catalog


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("127.0.0.1", "8080", "http://127.0.0.1:8080"),
        ("0.0.0.0", "80", "http://127.0.0.1:80"),
        ("::", "80", "http://[::1]:80"),
        ("node-7", "80", "http://node-7:80"),
        ("127.0.0.1", "0", None),
    ],
)
def test_the_address_for_workers_follows_from_host_and_port(host: str, port: str, url: str | None) -> None:
    assert load(None, {"SHARDWRIGHT_API__HOST": host, "SHARDWRIGHT_API__PORT": port}).api_url == url


SEED = {"SHARDWRIGHT_KINDS__THING__PROTOCOL": "seed", "SHARDWRIGHT_KINDS__THING__HEART": "false"}


def test_seed_workers_have_a_minute_between_beats_unless_told_otherwise() -> None:
    seed = load(None, SEED).kinds["Thing"]
    assert (seed.health.interval, seed.health.deadline) == (60, 90)
    told = load(None, SEED | {"SHARDWRIGHT_KINDS__THING__HEALTH__DEADLINE": "200"}).kinds["Thing"]
    assert (told.health.interval, told.health.deadline) == (60, 200)


@pytest.mark.parametrize("key", ["PROTOCOL", "CHANNEL"])
def test_beats_that_nobody_would_hear_are_refused(key: str) -> None:
    value = {"PROTOCOL": "seed", "CHANNEL": "kafka"}[key]
    environ = {f"SHARDWRIGHT_KINDS__THING__{key}": value}
    with pytest.raises(ConfigError, match=r"give kafka\.bootstrap, or set heart to false"):
        load(None, environ)
    kind = load(None, environ | {"SHARDWRIGHT_KAFKA__BOOTSTRAP": "127.0.0.1:9092"}).kinds["Thing"]
    assert kind.beats_on_kafka
    assert (
        not load(None, environ | {"SHARDWRIGHT_KINDS__THING__HEART": "false"}).kinds["Thing"].beats_on_kafka
    )

"""Every fault is told at once, with its place, its value, what is allowed, and a guess."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors import ConfigError
from orchestrator.settings import load


def faults(folder: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load(path, environ or {})
    return str(error.value).replace(f"{path}:", "").splitlines()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("api: {prot: 1}", "1: api.prot is not a setting; did you mean api.port?"),
        ("prot: 1", "1: prot is not a setting"),
        ("stop_grace: 1", "1: stop_grace is not a setting; did you mean runtime.stop_grace?"),
        ("\nmqqt: {}", "2: mqqt is not a setting; did you mean mqtt?"),
        (
            "kinds: {Thing: {maxInstances: 9}}",
            "1: kinds.Thing.maxInstances is not a setting; did you mean kinds.Thing.max_instances?",
        ),
        ("kinds: {Thing: {max_instances: 2}}", "1: kinds.Thing.max_instances is 2, allowed: 3 to 100"),
        ("kinds: {Thing: {max_instances: 101}}", "1: kinds.Thing.max_instances is 101, allowed: 3 to 100"),
        (
            "kinds: {Thing: {resource_per_instance: 0}}",
            "1: kinds.Thing.resource_per_instance is 0, allowed: 1 to 5000",
        ),
        (
            "kinds: {Thing: {init_instances: 9, max_instances: 5}}",
            "1: kinds.Thing.init_instances is 9, allowed: 1 to max_instances (5)",
        ),
        (
            "kinds: {Thing: {health: {deadline: 5.5}}}",
            "1: kinds.Thing.health.deadline is 5.5, allowed: more than 5.5 (1.1 x health.interval)",
        ),
        (
            "kinds: {Thing: {capacity: {memory: 1}}}",
            "1: kinds.Thing.capacity names ['memory'], allowed: the dimensions of weight_columns, "
            "which has none",
        ),
        ("kinds: {Thing: {protocol: v2}}", "1: kinds.Thing.protocol is 'v2', allowed: seed or v1"),
        (
            "kinds: {_leader: {}}",
            "1: kinds._leader must be 1 to 63 of letters, digits, '_', '.', '-', beginning with a letter",
        ),
        ("api: {port: yes}", "1: api.port is True, allowed: 0 to 65535"),
        ("api: {port: x}", "1: api.port is 'x', allowed: a whole number, 0 to 65535"),
        ("api: 80", "1: api is 80, allowed: a section of keys"),
        ("api: {allowed_origins: ['*']}", "1: api.allowed_origins.0 is '*', must be an origin"),
        ("api: {url: 'ftp://x'}", "1: api.url is 'ftp://x', must be http(s)://host[:port]"),
        ("mqtt: {topic: 'cm/#'}", "1: mqtt.topic is 'cm/#', must be one topic"),
        ("mqtt: {password: a, password_file: b}", "1: mqtt.password and mqtt.password_file are both given"),
        ("mqtt: {embedded: false, port: 0}", "1: mqtt.port is 0"),
        ("worker: {away_limit: 1}", "1: worker.away_limit is 1, allowed: worker.lease (15) or more"),
        (
            "worker: {lease: 9}\nkinds: {Thing: {}}",
            "worker.lease is 9, allowed: two beats of kind Thing (10) or more",
        ),
        ("resync: {interval: .nan}", "1: resync.interval is nan, allowed: "),
        ("kinds: {Thing: {}, thing: {}}", "kinds Thing and thing have names that differ in case"),
        (
            "kinds: {A: {instance_name: x}, B: {instance_name: x}}",
            "kinds A and B have the same instance_name",
        ),
        (
            "kinds: {Thing: {instance_variable: SHARDWRIGHT_URL}}",
            "1: kinds.Thing.instance_variable is 'SHARD",
        ),
        ("kinds: []", "1: kinds is [], allowed: a mapping of names to values"),
        ("store: {engine: zookeper}", "1: store.engine is 'zookeper', allowed: sqlite or zookeeper"),
        ("log:\n  level: info\n  level: debug", "3: log.level stands twice"),
    ],
)
def test_a_fault_names_the_key_the_value_and_what_is_allowed(tmp_path: Path, text: str, fault: str) -> None:
    (told,) = faults(tmp_path, text)
    assert told.removeprefix(" ").startswith(fault)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        "api: {port: -1}\nkinds:\n  Thing: {max_instances: 2, moves: {ratio: 3}}\n",
        {"SHARDWRIGHT_API__BODY_LIMIT": "x", "SHARDWRIGHT_API_PORT": "1"},
    )
    assert told == [
        "1: api.port is -1, allowed: 0 to 65535",
        "SHARDWRIGHT_API__BODY_LIMIT: api.body_limit is 'x', allowed: a whole number, 1024 to 16777216",
        "3: kinds.Thing.max_instances is 2, allowed: 3 to 100",
        "3: kinds.Thing.moves.ratio is 3, allowed: 0 to 1",
        "SHARDWRIGHT_API_PORT is not a setting; did you mean SHARDWRIGHT_API__PORT?",
    ]


@pytest.mark.parametrize(
    ("variable", "guess"),
    [
        ("SHARDWRIGHT_API_PORT", "; did you mean SHARDWRIGHT_API__PORT?"),
        ("SHARDWRIGHT_KINDS__TING__PROTOCOL", "; did you mean SHARDWRIGHT_KINDS__THING__PROTOCOL?"),
        ("SHARDWRIGHT_BANANA", ""),
    ],
)
def test_a_variable_that_sets_nothing_is_refused(variable: str, guess: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(None, {variable: "1"})
    assert str(error.value) == f"{variable} is not a setting{guess}"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"api: [", "is not valid YAML"),
        (b"- a", "must be a mapping"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"a: 2024-13-45", "is not valid YAML"),
        (b"!!python/object/apply:os.getcwd []", "is not valid YAML"),
    ],
)
def test_a_file_that_is_none_is_one_fault(tmp_path: Path, content: bytes, fault: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=fault):
        load(path, {})


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none.yaml", {})


def test_both_ends_of_a_range_are_allowed(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    for low, high in ((3, 1), (100, 5000)):
        path.write_text(
            f"kinds: {{Thing: {{max_instances: {low}, init_instances: 1, resource_per_instance: {high}}}}}",
            encoding="utf-8",
        )
        assert load(path, {}).kinds["Thing"].max_instances == low

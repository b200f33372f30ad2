"""The ceiling of a kind, and what sizes it by its load."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.core.elastic.policy import Bearing, ElasticMode
from orchestrator.errors import ConfigError
from orchestrator.settings import load
from orchestrator.settings.kind import KindSettings


def kind(tmp_path: Path, text: str, environment: dict[str, str] | None = None) -> KindSettings:
    path = tmp_path / "config.yaml"
    path.write_text(f"kinds: {{Thing: {text}}}", encoding="utf-8")
    return load(path, environment or {}).kinds["Thing"]


def fault(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as refused:
        kind(tmp_path, text)
    return str(refused.value).partition("config.yaml:1: ")[2]


def test_a_higher_ceiling_lets_both_bounds_rise_and_changes_nothing_else(tmp_path: Path) -> None:
    plain = kind(tmp_path, "{ceiling: {instances: 400, resources: 50000}}")
    assert (plain.max_instances, plain.resource_per_instance) == (100, 5000)
    high = kind(
        tmp_path,
        "{ceiling: {instances: 400, resources: 50000}, max_instances: 400, resource_per_instance: 50000}",
    )
    policy = high.policy()
    assert (policy.max_max_instances, policy.max_resource_per_instance) == (400, 50_000)


def test_a_lower_ceiling_lowers_what_is_not_given(tmp_path: Path) -> None:
    low = kind(tmp_path, "{ceiling: {instances: 5, resources: 70}}")
    assert (low.max_instances, low.resource_per_instance, low.init_instances) == (5, 70, 5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "{ceiling: {instances: 400}, max_instances: 401}",
            "kinds.Thing.max_instances is 401, allowed: 3 to 400",
        ),
        (
            "{ceiling: {resources: 9000}, resource_per_instance: 9001}",
            "kinds.Thing.resource_per_instance is 9001, allowed: 1 to 9000",
        ),
        ("{ceiling: {instances: 10001}}", "kinds.Thing.ceiling.instances is 10001, allowed: 3 to 10000"),
        ("{ceiling: {instances: 2}}", "kinds.Thing.ceiling.instances is 2, allowed: 3 to 10000"),
        (
            "{ceiling: {resources: 1000001}}",
            "kinds.Thing.ceiling.resources is 1000001, allowed: 1 to 1000000",
        ),
        (
            "{protocol: seed, ceiling: {resources: 10001}}",
            "kinds.Thing.ceiling.resources is 10001, allowed: 1 to 10000 with protocol seed, whose workers"
            " read all ids of a shard from one document of at most 512 KB",
        ),
        ("{elastic: {mode: on}}", "kinds.Thing.elastic.mode is True, allowed: off, advise or act"),
        (
            "{elastic: {mode: act}}",
            "kinds.Thing.elastic.mode is act and elastic.capacity is empty, allowed: what one instance bears"
            " of at least one dimension, such as {cpu: 1000}",
        ),
        (
            "{elastic: {capacity: {cpu: 1}, target: {cup: 0.5}}}",
            "kinds.Thing.elastic.target names cup, allowed: the dimensions of elastic.capacity, cpu",
        ),
        ("{elastic: {capacity: {cpu: 0}}}", "kinds.Thing.elastic.capacity"),
        ("{elastic: {capacity: {cpu: .nan}}}", "kinds.Thing.elastic.capacity"),
        ("{elastic: {capacity: {cpu: 1}, target: {cpu: 0}}}", "kinds.Thing.elastic.target"),
        ("{elastic: {capacity: {cpu: 1}, target: {cpu: 1.5}}}", "kinds.Thing.elastic.target"),
        ("{elastic: {headroom: 1}}", "kinds.Thing.elastic.headroom is 1"),
        ("{elastic: {shrink_below: 0}}", "kinds.Thing.elastic.shrink_below is 0"),
        ("{elastic: {cooldown: -1}}", "kinds.Thing.elastic.cooldown is -1"),
        ("{elastic: {grow_step: 0}}", "kinds.Thing.elastic.grow_step is 0, allowed: 1 to 10000"),
        (
            "{elastic: {min_shards: 9, max_shards: 4}}",
            "kinds.Thing.elastic.min_shards is 9, allowed: 1 to elastic.max_shards (4)",
        ),
    ],
)
def test_a_fault_names_the_key_the_value_and_what_is_allowed(tmp_path: Path, text: str, said: str) -> None:
    assert fault(tmp_path, text).startswith(said)


def test_targets_follow_from_the_headroom_where_none_is_given(tmp_path: Path) -> None:
    text = "{elastic: {mode: act, capacity: {cpu: 1000, rate: 50}, headroom: 0.25, target: {rate: 0.5}}}"
    policy = kind(tmp_path, text).elastic.policy()
    assert policy.bearings == (Bearing("cpu", 1000, 0.75), Bearing("rate", 50, 0.5))
    assert policy.mode is ElasticMode.ACT


@pytest.mark.parametrize("written", ["off", '"off"', "false"])
def test_off_is_off_however_yaml_reads_it(tmp_path: Path, written: str) -> None:
    assert kind(tmp_path, f"{{elastic: {{mode: {written}}}}}").elastic.mode is ElasticMode.OFF


def test_the_environment_sets_it_too(tmp_path: Path) -> None:
    environment = {
        "SHARDWRIGHT_KINDS__THING__ELASTIC__MODE": "advise",
        "SHARDWRIGHT_KINDS__THING__ELASTIC__CAPACITY": '{"cpu": 1000}',
        "SHARDWRIGHT_KINDS__THING__CEILING__INSTANCES": "300",
    }
    found = kind(tmp_path, "{}", environment)
    assert (found.elastic.mode, found.ceiling.instances) == (ElasticMode.ADVISE, 300)
    assert kind(tmp_path, "{}", {"SHARDWRIGHT_KINDS__THING__ELASTIC__MODE": "off"}).elastic.mode == "off"

"""Templates are judged in clear sentences, and rendered without ever being changed."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.ports import InstanceSpec
from orchestrator.runtime.render import InvalidTemplate, label_value, pod_name, render, validate
from orchestrator.runtime.template import load

TEMPLATES = Path(__file__).parents[2] / "templates"
SHIPPED = ["iota-dac/pod-template.yml", "iota-rules-engine/pod-template.yml"]

ALIASED = """
apiVersion: v1
kind: Pod
metadata: {labels: &shared {app: x}, annotations: *shared}
spec:
  containers:
    - {name: first, env: &env [{name: OTHER, value: "1"}, {name: INSTANCE_ID, value: ""}]}
    - {name: second, env: *env}
"""


def of(shard: int, *, template: str = ALIASED, kind: str = "Thing", **environment: str) -> InstanceSpec:
    return InstanceSpec(
        kind=kind,
        shard=shard,
        incarnation=shard + 100,
        revision=2,
        name=f"iota-dac-{shard}",
        template=template,
        environment=environment,
    )


def minimal(**changes: object) -> str:
    manifest = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a"}]}}
    return json.dumps(manifest | changes)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_templates_are_valid_and_restricted(name: str) -> None:
    text = (TEMPLATES / name).read_text()
    assert validate(text) == []
    spec = yaml.safe_load(text)["spec"]
    container = spec["containers"][0]
    assert container["env"][0] == {"name": "INSTANCE_ID", "value": ""}
    assert container["command"] == ["python", "-m", "shardwright_worker.reference"]
    assert spec["restartPolicy"] == "Never"
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_identity_is_set_by_name_and_nothing_else_changes() -> None:
    manifest = render(ALIASED, of(3, SHARDWRIGHT_SHARD="3"), cluster="home")
    first, second = manifest["spec"]["containers"]
    assert first["env"] == [
        {"name": "OTHER", "value": "1"},
        {"name": "INSTANCE_ID", "value": "3"},
        {"name": "SHARDWRIGHT_SHARD", "value": "3"},
    ]
    assert second["env"] == [{"name": "OTHER", "value": "1"}, {"name": "INSTANCE_ID", "value": ""}]
    assert manifest["metadata"]["name"] == "iota-dac-3"
    assert manifest["metadata"]["labels"] == {
        "app": "x",
        "instanceId": "3",
        "app.kubernetes.io/managed-by": "shardwright",
        "shardwright/cluster": "home",
        "shardwright/kind": "Thing",
        "shardwright/shard": "3",
        "shardwright/incarnation": "103",
        "shardwright/revision": "2",
    }
    assert manifest["metadata"]["annotations"] == {"app": "x", "shardwright/kind": "Thing"}


def test_a_variable_that_the_template_has_twice_or_from_elsewhere_is_set_once() -> None:
    entries = [
        {"name": "DAC_ID", "valueFrom": {"fieldRef": {}}},
        {"name": "X"},
        {"name": "DAC_ID", "value": "9"},
    ]
    text = minimal(spec={"containers": [{"name": "a", "env": entries}]})
    container = render(text, of(3), cluster="home", variable="DAC_ID")["spec"]["containers"][0]
    assert container["env"] == [{"name": "DAC_ID", "value": "3"}, {"name": "X"}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1, 2", "not YAML"),
        ("2024-13-45", "not YAML"),
        ("[" * 5000, "not YAML"),
        ("- 1", "must be a mapping"),
        ("", "empty"),
        ("a: &a [*a]", "contains itself"),
        ("1: 2", "not a string"),
        ("a: 2024-01-01", "quotes"),
        ("x" * 200_000, "at most"),
        (minimal(kind="Job"), "kind is 'Job'"),
        (minimal(apiVersion="v2"), "apiVersion"),
        (minimal(spec=None), "spec is empty"),
        (minimal(spec={}), "names no container"),
        (minimal(spec={"containers": [{}]}), "containers[0] has no name"),
        (minimal(spec={"containers": [{"name": "a", "env": [{"value": "x"}]}]}), "env[0] has no name"),
        (minimal(spec={"containers": [{"name": "a", "env": [{"name": "P", "value": 1}]}]}), "quotes"),
        (minimal(metadata={"labels": [1]}), "metadata.labels"),
        (minimal(spec={"containers": [{"name": "a"}], "hostNetwork": True}), "hostNetwork"),
        (minimal(spec={"containers": [{"name": "a"}], "volumes": [{"hostPath": {"path": "/"}}]}), "hostPath"),
        (
            minimal(spec={"containers": [{"name": "a", "securityContext": {"privileged": True}}]}),
            "privileged",
        ),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(text: str, said: str) -> None:
    problems = validate(text)
    assert any(said in problem for problem in problems), problems
    assert all(problem.endswith(".") for problem in problems)
    with pytest.raises(InvalidTemplate):
        render(text, of(3), cluster="home")


def test_aliases_that_would_grow_without_bound_are_refused() -> None:
    lines = ['a0: &a0 ["x", "x", "x", "x", "x", "x", "x", "x", "x"]']
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert "more than" in validate("\n".join(lines))[0]


def test_privileges_are_allowed_where_the_installation_says_so() -> None:
    text = minimal(spec={"containers": [{"name": "a"}], "hostNetwork": True})
    assert validate(text, allow_privileged=True) == []
    assert render(text, of(3), cluster="home", allow_privileged=True)["spec"]["hostNetwork"] is True


@given(st.text(max_size=80))
def test_names_and_labels_are_always_allowed_ones(text: str) -> None:
    name, label = pod_name(text), label_value(text)
    assert 1 <= len(name) <= 63
    assert 1 <= len(label) <= 63
    assert name == pod_name(name)
    assert label == label_value(label)


@given(st.text(max_size=80), st.text(max_size=80))
def test_different_names_stay_different(one: str, other: str) -> None:
    assert (pod_name(one) == pod_name(other)) == (one == other)


def test_names_that_differ_in_case_only_stay_different() -> None:
    assert len({pod_name("Thing-1"), pod_name("thing-1"), pod_name("THING-1"), pod_name("thing.1")}) == 4


@given(st.dictionaries(st.from_regex(r"[A-Z_]{1,9}", fullmatch=True), st.text(max_size=9), max_size=6))
def test_rendering_is_pure(environment: dict[str, str]) -> None:
    spec = of(3, **environment)
    before = deepcopy(load(ALIASED))
    one, other = render(ALIASED, spec, cluster="c"), render(ALIASED, spec, cluster="c")
    assert one == other
    one["spec"]["containers"][0]["env"].clear()
    one["metadata"]["labels"].clear()
    assert render(ALIASED, spec, cluster="c") == other
    assert load(ALIASED) == before
    shown = {entry["name"]: entry["value"] for entry in other["spec"]["containers"][0]["env"]}
    assert {name: shown[name] for name in environment} == environment


def test_renders_at_once_never_mix_identities() -> None:
    def rendered(shard: int) -> bool:
        manifest = render(ALIASED, of(shard, SHARDWRIGHT_SHARD=str(shard)), cluster="c")
        env = {entry["name"]: entry["value"] for entry in manifest["spec"]["containers"][0]["env"]}
        labels = manifest["metadata"]["labels"]
        said = {
            env["INSTANCE_ID"],
            env["SHARDWRIGHT_SHARD"],
            labels["instanceId"],
            labels["shardwright/shard"],
        }
        return said == {str(shard)} and manifest["metadata"]["name"] == f"iota-dac-{shard}"

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(rendered, range(400)))

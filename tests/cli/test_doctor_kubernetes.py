"""Doctor asks the API what the account may do and what would fit, and creates nothing."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from orchestrator.bootstrap.kubernetes import options_of
from orchestrator.errors import ConfigError
from orchestrator.settings.runtime import Kubernetes
from tests.services import kubernetes_api
from tests.services.kubernetes_namespaces import ADMIN

POD = "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: worker, image: worker:1%s}]}\n"
GUARANTEED = ", resources: {limits: {cpu: 100m, memory: 64Mi}}"


@pytest.fixture(scope="module")
def cluster() -> Any:
    return kubernetes_api.shared()


@pytest.fixture
def namespace(cluster: Any) -> str:
    return str(cluster.namespace("doctor"))


@pytest.fixture
def ask(shardwright: Any, home: Path) -> Any:
    """All that doctor says of the cluster and the template."""

    def asked(
        kubeconfig: Path, namespace: str, *, resources: str = GUARANTEED, **kind: Any
    ) -> tuple[int, dict[str, dict[str, Any]]]:
        (home / "pod.yml").write_text(POD % resources)
        kubernetes = {"kubeconfig": str(kubeconfig), "namespace": namespace}
        written = {
            "runtime": {"engine": "kubernetes", "kubernetes": kubernetes},
            "kinds": {"Thing": {"template": "pod.yml", **kind}},
            "api": {"port": 0},
            "mqtt": {"port": 0},
        }
        (home / "config.yaml").write_text(json.dumps(written))
        ended = shardwright("doctor", "-o", "json")
        found = {each["name"]: each for each in json.loads(ended.out)}
        return ended.code, found

    return asked


def pods(cluster: Any, namespace: str) -> Any:
    return cluster.operator.get(f"/api/v1/namespaces/{namespace}/pods")["items"]


def test_a_namespace_that_may_be_used_is_told_so_and_no_pod_is_made(
    ask: Any, cluster: Any, namespace: str
) -> None:
    code, found = ask(cluster.kubeconfig(ADMIN), namespace)
    assert code == 0
    assert found["kubernetes"]["detail"] == f"namespace {namespace} may be used; Pod Security: none"
    assert found["pod security"]["warns"]
    assert found["template Thing"]["detail"] == "pod.yml: its QoS class is Guaranteed"
    assert pods(cluster, namespace) == []


def test_an_account_that_may_do_nothing_is_told_each_verb_that_it_lacks(
    ask: Any, cluster: Any, namespace: str
) -> None:
    code, found = ask(cluster.kubeconfig("stranger"), namespace)
    assert code == 1
    assert found["kubernetes"]["ok"] is False
    assert "does not let us" in found["kubernetes"]["detail"]
    assert found["kubernetes room"]["ok"] is None


def test_what_is_not_measured_is_told_to_who_sizes_a_kind_by_it(
    ask: Any, cluster: Any, namespace: str
) -> None:
    user = cluster.kubeconfig("stranger")
    sized = {"elastic": {"capacity": {"memory": 500_000_000}}}
    found = ask(user, namespace, **sized)[1]["kubernetes metrics"]
    assert found["ok"] is None
    assert "which this cluster does not serve" in found["detail"]
    assert "only what workers report. It concerns Thing." in found["detail"]
    assert "kubernetes metrics" not in ask(user, namespace)[1]
    assert "kubernetes metrics" not in ask(user, namespace, elastic={"capacity": {"rate": 5}})[1]
    # Who may do everything may ask the kubelets.
    assert "kubernetes metrics" not in ask(cluster.kubeconfig(ADMIN), namespace, **sized)[1]


def test_a_namespace_that_is_not_there_is_trouble(ask: Any, cluster: Any) -> None:
    code, found = ask(cluster.kubeconfig(ADMIN), "no-such-namespace")
    assert (code, found["kubernetes"]["ok"]) == (1, False)
    assert "There is no namespace no-such-namespace" in found["kubernetes"]["detail"]


def test_a_quota_without_room_for_the_first_instances_is_trouble(
    ask: Any, cluster: Any, namespace: str
) -> None:
    quota = {"metadata": {"name": "small"}, "spec": {"hard": {"pods": "3"}}}
    cluster.operator.create(f"/api/v1/namespaces/{namespace}/resourcequotas", quota)
    code, found = ask(cluster.kubeconfig(ADMIN), namespace, init_instances=4)
    assert (code, found["kubernetes room"]["ok"]) == (1, False)
    assert "Quota small has room for pods 3 of 3" in found["kubernetes room"]["detail"]
    assert "kubernetes room" not in ask(cluster.kubeconfig(ADMIN), namespace, init_instances=3)[1]


def test_a_template_that_a_short_node_would_end_first_is_a_warning(
    ask: Any, cluster: Any, namespace: str
) -> None:
    code, found = ask(cluster.kubeconfig(ADMIN), namespace, resources="")
    assert (code, found["template Thing"]["warns"]) == (0, True)
    assert "BestEffort" in found["template Thing"]["detail"]


def test_an_api_that_is_not_there_is_trouble_within_the_time_of_a_probe(
    ask: Any, cluster: Any, tmp_path: Path
) -> None:
    text = cluster.kubeconfig(ADMIN).read_text().replace(cluster.url, "https://127.0.0.1:1")
    (tmp_path / "elsewhere").write_text(text)
    began = time.monotonic()
    code, found = ask(tmp_path / "elsewhere", "iota")
    assert time.monotonic() - began < 20
    assert (code, found["kubernetes"]["ok"]) == (1, False)


def test_without_a_namespace_the_pods_own_is_taken_or_its_absence_told(tmp_path: Path) -> None:
    own = tmp_path / "namespace"
    with pytest.raises(ConfigError, match=r"runtime\.kubernetes\.namespace is not given"):
        options_of(Kubernetes(), own=own)
    own.write_text("iota\n")
    assert options_of(Kubernetes(), own=own).namespace == "iota"

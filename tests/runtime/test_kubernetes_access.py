"""Rights, quotas, ranges and security levels of real namespaces, known before anything is created."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestrator.errors import Unavailable
from orchestrator.ports import Phase, Rejected, Started
from orchestrator.runtime.kubernetes import KubernetesRuntime
from orchestrator.runtime.kubernetes_access import LEVEL, KubernetesAccess
from orchestrator.runtime.kubernetes_fit import Wanted, uses, with_defaults
from orchestrator.runtime.kubernetes_options import KubernetesOptions
from orchestrator.runtime.quantity import quantity
from tests.runtime.kubelet import template
from tests.runtime.kubernetes_world import KubernetesWorld, spec_of
from tests.runtime.waiting import phase, seen_of
from tests.services.kubernetes_api import shared

RBAC = Path(__file__).parents[2] / "deploy" / "kubernetes" / "base" / "rbac.yaml"
KINDS = {
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
}


@pytest.fixture
async def access(world: KubernetesWorld) -> AsyncIterator[KubernetesAccess]:
    access = KubernetesAccess(world.options)
    yield access
    await access.close()


def grant(world: KubernetesWorld, *, nodes: bool = True, without: Mapping[str, str] | None = None) -> None:
    """Apply what is shipped to the world's namespace. ``without``: by resource, a verb to leave out."""
    tail = secrets.token_hex(4)
    text = RBAC.read_text().replace("shardwright-workers", world.namespace)
    text = text.replace("namespace: shardwright\n", f"namespace: {world.namespace}\n")
    for found in yaml.safe_load_all(text):
        if found["kind"].startswith("Cluster"):
            if not nodes:
                continue
            found["metadata"]["name"] += f"-{tail}"
            if "roleRef" in found:
                found["roleRef"]["name"] += f"-{tail}"
        for rule in found.get("rules", []):
            for resource, verb in (without or {}).items():
                if resource in rule["resources"] and rule["apiGroups"] == [""]:
                    rule["verbs"].remove(verb)
        if "rules" in found:
            found["rules"] = [rule for rule in found["rules"] if rule["verbs"]]
        world.operator.create(KINDS[found["kind"]].format(world.namespace), found)


def as_granted(world: KubernetesWorld, folder: Path) -> KubernetesOptions:
    """Options that sign in with a token of the service account."""
    path = f"/api/v1/namespaces/{world.namespace}/serviceaccounts/shardwright/token"
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token = world.operator.create(path, body)["status"]["token"]
    assert world.options.kubeconfig is not None
    config = json.loads(world.options.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": token}
    kubeconfig = folder / "granted.kubeconfig"
    kubeconfig.write_text(json.dumps(config))
    return KubernetesOptions(namespace=world.namespace, kubeconfig=kubeconfig, relist_s=5)


@pytest.mark.parametrize("nodes", [True, False])
async def test_the_rights_that_are_shipped_suffice(
    world: KubernetesWorld, tmp_path: Path, nodes: bool
) -> None:
    grant(world, nodes=nodes)
    options = as_granted(world, tmp_path)
    access, runtime = KubernetesAccess(options), KubernetesRuntime(options, cluster=world.cluster)
    try:
        assert await access.check() == []
        assert await runtime.place() == await world.runtime.place() != ""
        assert (await access.namespace()).unread == ()
        assert await access.fits([wanted(2)]) == []
        news = runtime.news()
        assert await runtime.ensure(spec_of(3, 1, template({"ends": "bye"}))) == Started()
        await phase(runtime, 3, Phase.ENDED)
        assert await runtime.logs("Thing", 3, lines=1) == ["bye"]
        assert await runtime.ensure(spec_of(3, 2)) == Started()
        await phase(runtime, 3, Phase.RUNNING)
        await runtime.stop("Thing", 3, 2, grace_s=1)
        await phase(runtime, 3, None)
        while (await anext(news)).incarnation != 2:
            pass
        assert runtime.trouble == ""
        await runtime.ensure(spec_of(3, 3))
        await phase(runtime, 3, Phase.RUNNING)
        world.kubelet.asleep.set()
        lost = [{"type": "Ready", "status": "False"}, {"type": "ContainersReady", "status": "True"}]
        path = f"{world.pods}/iota-dac-3/status"
        world.kubelet.patch(path, {"status": {"conditions": lost}})
        seen = await seen_of(runtime, 3)
        assert seen is not None
        assert seen.phase is (Phase.RUNNING if nodes else Phase.UNKNOWN)
    finally:
        await access.close()
        await runtime.close()


async def test_the_place_of_pods_is_a_namespace_of_one_cluster(
    world: KubernetesWorld, tmp_path: Path
) -> None:
    uid = world.operator.get(f"/api/v1/namespaces/{world.namespace}")["metadata"]["uid"]
    assert await world.runtime.place() == f"namespace {world.namespace} ({uid})"
    grant(world, without={"namespaces": "get"})
    runtime = KubernetesRuntime(as_granted(world, tmp_path), cluster=world.cluster)
    try:
        assert await runtime.place() == "", "it may not look, and a name alone says nothing of the cluster"
    finally:
        await runtime.close()
    missing = KubernetesRuntime(replace(world.options, namespace="no-such"), cluster=world.cluster)
    try:
        with pytest.raises(Unavailable, match="no-such"):
            await missing.place()
    finally:
        await missing.close()


async def test_a_user_without_rights_is_told_each_that_is_lacking(world: KubernetesWorld) -> None:
    options = KubernetesOptions(namespace=world.namespace, kubeconfig=shared().kubeconfig("stranger"))
    access = KubernetesAccess(options)
    try:
        lacking = await access.check()
        assert len(lacking) == 6
        assert any("watch pods in namespace" in sentence for sentence in lacking)
        assert any("get pods/log" in sentence for sentence in lacking)
        assert len((await access.namespace()).unread) == 3
    finally:
        await access.close()


@pytest.mark.parametrize("verb", ["create", "list", "delete"])
async def test_a_right_that_is_lacking_is_trouble_and_never_an_answer(
    world: KubernetesWorld, tmp_path: Path, verb: str
) -> None:
    grant(world, without={"pods": verb})
    options = as_granted(world, tmp_path)
    access, runtime = KubernetesAccess(options), KubernetesRuntime(options, cluster=world.cluster)
    try:
        assert [f" {verb} pods " in sentence for sentence in await access.check()] == [True]
        await world.runtime.ensure(spec_of(3))
        await phase(world.runtime, 3, Phase.RUNNING)
        with pytest.raises(Unavailable, match=f'cannot {verb} resource "pods"'):
            match verb:
                case "create":
                    await runtime.ensure(spec_of(4))
                case "list":
                    await runtime.observe("Thing")
                case "delete":
                    await runtime.observe("Thing")
                    await runtime.stop("Thing", 3, 1, grace_s=1)
        assert (await phase(world.runtime, 3, Phase.RUNNING)) is not None
    finally:
        await access.close()
        await runtime.close()


async def test_a_namespace_that_is_not_there_is_named(world: KubernetesWorld) -> None:
    access = KubernetesAccess(KubernetesOptions(namespace="nowhere", kubeconfig=world.options.kubeconfig))
    try:
        assert ["nowhere" in sentence for sentence in await access.check()] == [True]
    finally:
        await access.close()


async def test_a_namespace_that_is_not_there_or_goes_is_trouble_that_may_pass(world: KubernetesWorld) -> None:
    world.operator.delete(f"/api/v1/namespaces/{world.namespace}")
    with pytest.raises(Unavailable, match="being terminated"):
        await world.runtime.ensure(spec_of(3))
    options = KubernetesOptions(namespace="nowhere", kubeconfig=world.options.kubeconfig)
    runtime = KubernetesRuntime(options, cluster=world.cluster)
    try:
        with pytest.raises(Unavailable, match="nowhere"):
            await runtime.ensure(spec_of(3))
        # Its list is empty, but that is not to say that nothing runs.
        with pytest.raises(Unavailable, match="nowhere"):
            await runtime.observe("Thing")
    finally:
        await runtime.close()


def wanted(instances: int, kind: str = "Thing", **resources: Any) -> Wanted:
    containers = [{"name": "worker", "image": "worker:1", "resources": resources}]
    return Wanted(kind=kind, manifest=json.loads(template(containers=containers)), instances=instances)


def add_quota(world: KubernetesWorld, hard: Mapping[str, str]) -> None:
    """With a status, which a controller would write."""
    path = f"/api/v1/namespaces/{world.namespace}/resourcequotas"
    world.operator.create(path, {"metadata": {"name": "most"}, "spec": {"hard": dict(hard)}})
    status = {"hard": dict(hard), "used": dict.fromkeys(hard, "0")}
    world.kubelet.patch(f"{path}/most/status", {"status": status})


def add_range(world: KubernetesWorld, **limit: Any) -> None:
    body = {"metadata": {"name": "bounds"}, "spec": {"limits": [{"type": "Container", **limit}]}}
    world.operator.create(f"/api/v1/namespaces/{world.namespace}/limitranges", body)


async def test_a_used_up_quota_passes_and_then_the_create_goes_through(world: KubernetesWorld) -> None:
    add_quota(world, {"pods": "1"})
    assert await world.runtime.ensure(spec_of(3)) == Started()
    await phase(world.runtime, 3, Phase.RUNNING)
    with pytest.raises(Unavailable, match="exceeded quota: most"):
        await world.runtime.ensure(spec_of(4))
    path = f"/api/v1/namespaces/{world.namespace}/resourcequotas/most/status"
    world.kubelet.patch(path, {"status": {"hard": {"pods": "2"}}})
    world.kubelet.patch(path.removesuffix("/status"), {"spec": {"hard": {"pods": "2"}}})
    assert await world.runtime.ensure(spec_of(4)) == Started()


def resources(cpu: str, memory: str) -> dict[str, Any]:
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"cpu": "2", "memory": "1Gi"}}


def made_of(containers: list[dict[str, Any]], inits: list[dict[str, Any]]) -> dict[str, Any]:
    def named(kind: str, each: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"name": f"{kind}{n}", "image": "worker:1", "resources": one} for n, one in enumerate(each)]

    text = template(containers=named("c", containers), initContainers=named("i", inits))
    pod: dict[str, Any] = json.loads(text)
    return pod


@pytest.mark.parametrize(
    ("containers", "inits"),
    [
        ([resources("100m", "64Mi")], []),
        ([resources("0.1", "64Mi"), resources("250m", "65536Ki")], []),
        ([resources("100m", "64Mi")], [resources("1", "32Mi"), resources("500m", "512Mi")]),
        ([{"limits": {"cpu": "1", "memory": "1e8"}}], []),
    ],
)
async def test_a_pod_counts_for_what_the_api_counts(
    world: KubernetesWorld, containers: list[dict[str, Any]], inits: list[dict[str, Any]]
) -> None:
    counted = ("pods", "count/pods", "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu")
    add_quota(world, dict.fromkeys((*counted, "limits.memory"), "100Gi"))
    pod = made_of(containers, inits)
    pod["metadata"] = {"name": "one"}
    world.kubelet.asleep.set()
    world.operator.create(world.pods, pod)
    quota = world.operator.get(f"/api/v1/namespaces/{world.namespace}/resourcequotas/most")
    used = {name: quantity(value) for name, value in quota["status"]["used"].items()}
    assert used == uses(with_defaults(pod, []))


async def test_a_plan_over_a_quota_is_known_before_anything_is_created(
    world: KubernetesWorld, access: KubernetesAccess
) -> None:
    add_quota(world, {"pods": "5", "requests.cpu": "1", "limits.memory": "1Gi"})
    small = {"requests": {"cpu": "100m"}, "limits": {"memory": "128Mi"}}
    assert await access.fits([wanted(5, **small)]) == []
    said = await access.fits([wanted(4, **small), wanted(5, "Rule", **small)])
    assert said == [
        "Quota most has room for limits.memory 1Gi of 1Gi;"
        " 4 instances of Thing and 5 instances of Rule need 1152Mi.",
        "Quota most has room for pods 5 of 5; 4 instances of Thing and 5 instances of Rule need 9.",
    ]
    assert world.operator.get(world.pods)["items"] == []


async def test_the_runtime_tells_beforehand_that_more_instances_have_no_room(world: KubernetesWorld) -> None:
    world.operator.create(
        f"/api/v1/namespaces/{world.namespace}/resourcequotas",
        {"metadata": {"name": "few"}, "spec": {"hard": {"pods": "2"}}},
    )
    assert await world.runtime.lacking_room("Thing", template(), 0) == []
    assert "pods" in " ".join(await world.runtime.lacking_room("Thing", template(), 3))


async def test_a_template_that_says_nothing_does_not_fit_a_quota_that_counts_it(
    world: KubernetesWorld, access: KubernetesAccess
) -> None:
    add_quota(world, {"requests.memory": "1Gi"})
    said = await access.fits([wanted(1)])
    assert said[0] == "Quota most counts requests.memory: every container of Thing must say how much."
    # The API is of the same mind, and for good: no waiting helps.
    assert isinstance(await world.runtime.ensure(spec_of(3)), Rejected)


async def test_what_a_limit_range_fills_in_counts(world: KubernetesWorld, access: KubernetesAccess) -> None:
    add_quota(world, {"requests.memory": "1Gi"})
    add_range(world, default={"memory": "512Mi"}, defaultRequest={"memory": "256Mi"})
    assert await access.fits([wanted(4)]) == []
    assert "1280Mi" in (await access.fits([wanted(5)]))[0]
    assert "5Gi" in (await access.fits([wanted(10, limits={"memory": "512Mi"})]))[0]


async def test_a_template_out_of_the_limit_range_is_known_beforehand(
    world: KubernetesWorld, access: KubernetesAccess
) -> None:
    add_range(world, max={"memory": "256Mi"}, min={"memory": "64Mi"})
    assert await access.fits([wanted(1, limits={"memory": "128Mi"})]) == []
    said = await access.fits([wanted(1, limits={"memory": "512Mi"})])
    assert said[0] == (
        "The namespace's LimitRange has max memory 256Mi for a container; Thing has limits.memory 512Mi."
    )
    assert "maximum memory usage per Container is 256Mi" in said[1]
    assert "min memory 64Mi" in (await access.fits([wanted(1, limits={"memory": "32Mi"})]))[0]


async def test_a_template_that_the_security_level_forbids_is_known_beforehand(
    world: KubernetesWorld, access: KubernetesAccess
) -> None:
    labels = {"metadata": {"labels": {LEVEL: "restricted"}}}
    world.kubelet.patch(f"/api/v1/namespaces/{world.namespace}", labels)
    assert (await access.namespace()).level == "restricted"
    said = await access.fits([wanted(1)])
    assert len(said) == 1
    assert 'violates PodSecurity "restricted:latest"' in said[0]
    result = await world.runtime.ensure(spec_of(3))
    assert isinstance(result, Rejected)
    assert "violates PodSecurity" in result.detail
    shipped = Path(__file__).parents[2] / "templates" / "iota-dac" / "pod-template.yml"
    manifest = yaml.safe_load(shipped.read_text())
    assert await access.fits([Wanted(kind="Thing", manifest=manifest, instances=1)]) == []

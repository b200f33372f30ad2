"""What the real Kubernetes API makes of the chart and of the plain manifests."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
import yaml

from tests.services import kubernetes_api
from tests.services.helm import Helm, Object, Refused, helm, kustomized
from tests.services.kubernetes_client import Operator
from tests.shipping.chart import BASE, CHART, NAMESPACE, OVERLAY, WORKERS, one, path_of, renamed

STRICT = "?dryRun=All&fieldValidation=Strict"
PODS = "/api/v1/namespaces/{}/pods"
REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"


class Site:
    """A namespace for servers, its neighbour for instances, and Helm as the administrator."""

    def __init__(self, folder: Path) -> None:
        cluster = kubernetes_api.shared()
        self.operator: Operator = cluster.operator
        self.namespace = cluster.namespace("site")
        self.workers = f"{self.namespace}-workers"
        self.operator.ask(
            "PATCH",
            f"/api/v1/namespaces/{self.namespace}",
            {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}},
            "application/merge-patch+json",
        )
        self.helm: Helm = helm(folder, cluster.kubeconfig("admin"))
        self.release = f"shardwright-{secrets.token_hex(2)}"

    def act(self, verb: str, *more: str, **values: Any) -> str:
        return self.helm(verb, self.release, str(CHART), "-n", self.namespace, *more, values=values)

    def get(self, kind: str, name: str = "", *, workers: bool = False) -> Object:
        namespace = self.workers if workers else self.namespace
        path = path_of({"kind": kind, "metadata": {"namespace": namespace}})
        return self.operator.get(f"{path}/{name or self.release}")

    def may(self, verb: str, resource: str, namespace: str, group: str = "", part: str = "") -> bool:
        """Whether the service account of the servers has a right."""
        asked = {"verb": verb, "resource": resource, "namespace": namespace, "group": group}
        user = f"system:serviceaccount:{self.namespace}:{self.release}"
        groups = [
            "system:serviceaccounts",
            f"system:serviceaccounts:{self.namespace}",
            "system:authenticated",
        ]
        spec = {"user": user, "groups": groups, "resourceAttributes": {**asked, "subresource": part}}
        return bool(self.operator.create(REVIEWS, {"spec": spec})["status"]["allowed"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With the chart installed as it is by default."""
    site = Site(tmp_path_factory.mktemp("helm"))
    site.act("install")
    yield site
    try:
        site.helm("uninstall", site.release, "-n", site.namespace)
    except Refused as refused:
        assert "not found" in str(refused)
    site.operator.delete(f"/api/v1/namespaces/{site.workers}")


@pytest.fixture(scope="module")
def empty() -> Iterator[tuple[Operator, dict[str, str]]]:
    """Two restricted namespaces in which nothing is, and what they are called instead of."""
    cluster = kubernetes_api.shared()
    yield cluster.operator, {NAMESPACE: cluster.namespace("plain"), WORKERS: cluster.namespace("plain")}


@pytest.mark.parametrize("of", ["base", "overlay", "chart"])
def test_the_api_takes_every_object_and_knows_each_field(
    empty: tuple[Operator, dict[str, str]], tmp_path: Path, of: str
) -> None:
    operator, names = empty
    if of == "chart":
        values = {
            "trust": {"certificates": "PEM"},
            "antiAffinity": "preferred",
            "workers": {"readMetrics": True},
        }
        objects = helm(tmp_path).template(CHART, values, name=NAMESPACE, namespace=NAMESPACE)
    else:
        objects = kustomized({"base": BASE, "overlay": OVERLAY}[of])
    for found in objects:
        moved = found if found["kind"] == "Namespace" else in_place(found, names)
        if found["kind"] == "Namespace":
            moved = {**found, "metadata": {**found["metadata"], "name": f"{names[NAMESPACE]}-new"}}
        operator.create(path_of(moved) + STRICT, moved)


def in_place(found: Object, names: dict[str, str]) -> Object:
    metadata = dict(found["metadata"])
    if "namespace" in metadata:
        metadata["namespace"] = names[metadata["namespace"]]
    return {**renamed([found], {WORKERS: names[WORKERS]})[0], "metadata": metadata}


def test_the_servers_pod_is_admitted_where_pods_are_restricted(site: Site) -> None:
    template = site.get("StatefulSet")["spec"]["template"]
    pod = {"metadata": {"name": "one", "labels": template["metadata"]["labels"]}, "spec": template["spec"]}
    pod["spec"]["volumes"].append({"name": "data", "emptyDir": {}})
    site.operator.create(PODS.format(site.namespace) + STRICT, pod)
    pod["spec"]["containers"][0]["securityContext"].pop("capabilities")
    with pytest.raises(HTTPError) as refused:
        site.operator.create(PODS.format(site.namespace) + STRICT, pod)
    assert "violates PodSecurity" in refused.value.read().decode()


def test_the_instances_pod_is_admitted_and_bounded(site: Site) -> None:
    template = site.get("ConfigMap", f"{site.release}-templates")["data"]["iota-dac.yml"]
    pod = yaml.safe_load(template)
    grant_room(site)
    path = PODS.format(site.workers) + STRICT
    site.operator.create(path, pod)
    pod["spec"]["containers"][0]["resources"] = {"limits": {"memory": "5Gi"}}
    with pytest.raises(HTTPError) as refused:
        site.operator.create(path, pod)
    assert "maximum memory usage per Container is 4Gi" in refused.value.read().decode()
    pod["spec"]["containers"][0]["resources"] = {}
    made = site.operator.create(path, pod)["spec"]["containers"][0]["resources"]
    assert (made["requests"]["cpu"], made["limits"]["memory"]) == ("100m", "512Mi")
    pod["spec"]["hostNetwork"] = True
    with pytest.raises(HTTPError) as refused:
        site.operator.create(path, pod)
    assert "violates PodSecurity" in refused.value.read().decode()


def grant_room(site: Site) -> None:
    """Play the controller that says how much of a quota is used, and the one that makes accounts."""
    quota = site.get("ResourceQuota", workers=True)
    hard = quota["spec"]["hard"]
    status = {"status": {"hard": hard, "used": dict.fromkeys(hard, "0")}}
    path = f"{path_of(quota)}/{site.release}/status"
    site.operator.ask("PATCH", path, status, "application/merge-patch+json")
    accounts = path_of({"kind": "ServiceAccount", "metadata": {"namespace": site.workers}})
    if site.operator.find(f"{accounts}/default") is None:
        site.operator.create(accounts, {"metadata": {"name": "default"}})


def test_the_servers_account_may_do_what_it_needs_and_nothing_else(site: Site) -> None:
    for verb in ("get", "list", "watch", "create", "delete"):
        assert site.may(verb, "pods", site.workers), verb
        assert not site.may(verb, "pods", site.namespace), verb
    assert site.may("get", "pods", site.workers, part="log")
    assert site.may("list", "resourcequotas", site.workers) and site.may("list", "limitranges", site.workers)
    assert site.may("get", "nodes", "") and not site.may("list", "nodes", "")
    assert not site.may("get", "nodes", "", part="proxy")
    assert not site.may("list", "pods", site.workers, group="metrics.k8s.io"), "readMetrics is off"
    assert not site.may("create", "pods", site.workers, part="exec")
    for verb in ("update", "patch", "deletecollection"):
        assert not site.may(verb, "pods", site.workers), verb
    for resource in ("secrets", "configmaps", "serviceaccounts", "events", "services"):
        for namespace in (site.namespace, site.workers):
            assert not [verb for verb in ("get", "list", "create") if site.may(verb, resource, namespace)]
    assert not site.may("create", "serviceaccounts", site.workers, part="token")


def test_both_namespaces_deny_what_is_not_allowed(site: Site) -> None:
    servers = site.get("NetworkPolicy")["spec"]
    workers = site.get("NetworkPolicy", workers=True)["spec"]
    assert set(servers["policyTypes"]) == set(workers["policyTypes"]) == {"Ingress", "Egress"}
    assert workers["podSelector"] == {} and "ingress" not in workers
    labels = site.get("StatefulSet")["spec"]["template"]["metadata"]["labels"]
    assert servers["podSelector"]["matchLabels"].items() <= labels.items()
    assert [len(rule["from"]) for rule in servers["ingress"]] == [2], "servers, instances, nobody else"
    namespace = site.operator.get(f"/api/v1/namespaces/{site.workers}")["metadata"]
    assert namespace["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    peer = servers["ingress"][0]["from"][1]["namespaceSelector"]["matchLabels"]
    assert peer.items() <= namespace["labels"].items()


def test_a_refused_upgrade_changes_nothing(site: Site) -> None:
    before = site.get("StatefulSet")["metadata"]["generation"]
    with pytest.raises(Refused, match="minimum"):
        site.act("upgrade", replicas=0)
    with pytest.raises(Refused, match="is a secret"):
        site.act("upgrade", config={"mqtt": {"password": "p"}})
    assert site.get("StatefulSet")["metadata"]["generation"] == before


def test_the_release_says_what_is_still_to_be_done(site: Site) -> None:
    def said(**values: Any) -> str:
        return site.act("upgrade", "--dry-run=client", **values).partition("NOTES:")[2]

    assert "still names hosts of example.org" in said()
    assert "no server remembers its store" in said(persistence={"enabled": False})
    hosts = {
        "access": {"url": "postgresql+psycopg://shardwright@db.corp/iota"},
        "catalog": {"url": "postgresql+psycopg://shardwright@db.corp/iota"},
        "journal": {"url": "postgresql+psycopg://shardwright@db.corp/iota"},
        "store": {"id": "1e19cb7b8b3368aa", "zookeeper": {"hosts": "zk.corp:2281"}},
        "mqtt": {"host": "mqtt.corp"},
    }
    assert "WARNING" not in said(config=hosts, persistence={"enabled": False})


def test_an_upgrade_reaches_the_servers_and_its_end_leaves_where_instances_run(site: Site) -> None:
    template = site.get("StatefulSet")["spec"]["template"]["metadata"]["annotations"]
    uid = site.operator.get(f"/api/v1/namespaces/{site.workers}")["metadata"]["uid"]
    site.act("upgrade", replicas=3, image={"tag": "0.2.0"}, workers={"limits": []})
    changed = site.get("StatefulSet")["spec"]
    assert changed["replicas"] == 3
    assert changed["template"]["spec"]["containers"][0]["image"] == "shardwright:0.2.0"
    assert changed["template"]["metadata"]["annotations"] != template
    with pytest.raises(HTTPError):
        site.get("LimitRange", workers=True)
    site.helm("rollback", site.release, "1", "-n", site.namespace)
    assert site.get("StatefulSet")["spec"]["template"]["metadata"]["annotations"] == template

    site.helm("uninstall", site.release, "-n", site.namespace)
    for kind in ("StatefulSet", "ServiceAccount", "Service", "NetworkPolicy"):
        with pytest.raises(HTTPError):
            site.get(kind)
    for kind in ("NetworkPolicy", "ResourceQuota", "LimitRange"):
        with pytest.raises(HTTPError):
            site.get(kind, workers=True)
    assert site.operator.get(f"/api/v1/namespaces/{site.workers}")["metadata"]["uid"] == uid
    site.act("install")
    assert site.operator.get(f"/api/v1/namespaces/{site.workers}")["metadata"]["uid"] == uid
    assert one([site.get("StatefulSet")], "StatefulSet")["spec"]["replicas"] == 2


def test_a_release_that_takes_its_namespace_over_labels_it_and_leaves_it(site: Site) -> None:
    namespace = f"{site.namespace}-own"
    where = [site.release, "-n", namespace]
    try:
        more = ["--take-ownership", "--set", "namespace.create=true"]
        site.operator.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
        site.helm("install", where[0], str(CHART), *where[1:], *more)
        found = site.operator.get(f"/api/v1/namespaces/{namespace}")["metadata"]
        assert found["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
        site.helm("uninstall", *where)
        after = site.operator.get(f"/api/v1/namespaces/{namespace}")
        assert (after["metadata"]["uid"], after["status"]["phase"]) == (found["uid"], "Active")
    finally:
        for name in (namespace, f"{namespace}-workers"):
            site.operator.delete(f"/api/v1/namespaces/{name}")

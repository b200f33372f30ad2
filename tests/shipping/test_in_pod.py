"""The chart installed on a real node: orchestrators in pods, with the chart's rights and no more."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.demo.churn import churn
from tests.product.processes import until
from tests.services import (
    helm_install,
    kafka_install,
    kubernetes_node,
    mosquitto_server,
    postgres_server,
    zookeeper_server,
)
from tests.services.helm import Object
from tests.services.kubernetes_client import Operator
from tests.services.require import missing
from tests.shipping.chart import NAMESPACE, WORKERS
from tests.shipping.in_pod import Installation
from tests.shipping.in_pod_values import INSTANCES, NAME

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SERVICES = (kubernetes_node, helm_install, zookeeper_server, kafka_install, mosquitto_server, postgres_server)
SETTLED_S = 200.0
"""A bound for a machine that is busy with other things; measured is a tenth of it."""

ROLE = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{WORKERS}/roles/{NAME}"
PATCH = "application/merge-patch+json"


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    for service in SERVICES:
        if (reason := service.absent()) is not None:
            missing("the product in a cluster", reason)
    # Pods and PostgreSQL run as other users, who may not enter the folders that pytest makes.
    folder = Path("/var/tmp") / f"shardwright-in-pod-{os.getpid()}"
    folder.mkdir()
    installation = Installation(folder)
    try:
        began = time.monotonic()
        installation.start()
        print(f"installed after {time.monotonic() - began:.1f} s")
        yield installation
    finally:
        installation.stop()
        shutil.rmtree(folder)


@pytest.fixture
def settled(installation: Installation) -> Installation:
    settle(installation)
    return installation


def settle(installation: Installation) -> None:
    """Both servers are ready, one leads, and all that the catalog lists is served by ten workers."""
    began = time.monotonic()
    try:
        until(installation.is_ready, SETTLED_S, what="both servers are ready", every=0.2)
        until(lambda: len(installation.workers()) == 10, SETTLED_S, what="ten workers run", every=0.2)
        until(lambda: not installation.misserved(), SETTLED_S, what="each id is served once", every=0.5)
        until(lambda: installation.leader() is not None, SETTLED_S, what="one leads", every=0.2)
    except AssertionError as exc:
        raise AssertionError(f"{exc}\n{installation.misserved()}\n{installation.said()}") from exc
    print(f"settled after {time.monotonic() - began:.1f} s")


def incarnations(installation: Installation) -> dict[str, tuple[str, int]]:
    """The identity of each worker's pod, and how often its container was started anew."""
    return {
        pod["metadata"]["name"]: (
            pod["metadata"]["uid"],
            pod["status"]["containerStatuses"][0]["restartCount"],
        )
        for pod in installation.workers()
    }


def test_ten_workers_that_an_orchestrator_in_a_pod_made_serve_each_resource_once(
    settled: Installation,
) -> None:
    assert len(incarnations(settled)) == 10
    until(lambda: all_answer(settled), SETTLED_S, what="all services answer", every=0.2)
    for kind in INSTANCES:
        report = settled.audit(kind)
        assert (report.double_served, report.double_now, report.backwards) == ((), (), ())
    # Nothing was granted to links that are not protected.
    assert "allow_unprotected_links" not in settled.config()


def all_answer(installation: Installation) -> bool:
    """Whether the leader says that each service answers: the store, the broker, Kafka, the catalog, pods."""
    found = installation.get("/v1/api/overview", installation.leader())["dependencies"]
    return len(found) >= 3 + 3 * len(INSTANCES) and all(one["ok"] for one in found)


def test_the_account_of_the_servers_may_do_what_the_chart_says_and_nothing_else(
    settled: Installation, tmp_path: Path
) -> None:
    account = settled.account(settled.servers()[0], tmp_path)
    everywhere = {("nodes", "get")}
    in_workers = {
        (resource, verb)
        for rule in settled.operator.get(ROLE)["rules"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert rights(account, WORKERS) == in_workers | everywhere
    assert {resource for resource, _ in in_workers}.isdisjoint({"secrets", "pods/exec", "serviceaccounts"})
    assert rights(account, NAMESPACE) == rights(account, "default") == everywhere


def rights(account: Operator, namespace: str) -> set[tuple[str, str]]:
    """Resource and verb of all that is allowed there, save asking who one is and what one may do."""
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    answer = account.create("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", body)
    return {
        (resource, verb)
        for rule in answer["status"]["resourceRules"]
        if not {"authorization.k8s.io", "authentication.k8s.io"}.issuperset(rule["apiGroups"])
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_every_pod_runs_restricted_with_a_root_that_it_cannot_write_to(settled: Installation) -> None:
    for namespace in (NAMESPACE, WORKERS):
        labels = settled.operator.get(f"/api/v1/namespaces/{namespace}")["metadata"]["labels"]
        assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    pods = [*settled.servers(), *settled.workers()]
    assert len(pods) == 12
    for pod in pods:
        processes = settled.services.cluster.node.processes(pod)
        assert processes, pod["metadata"]["name"]
        for pid in processes:
            status = dict(
                line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
            )
            assert status["Uid"].split() == ["10001"] * 4
            assert (status["CapEff"], status["NoNewPrivs"], status["Seccomp"]) == ("0" * 16, "1", "2")
            assert root_options(pid) >= {"ro"}


def root_options(pid: int) -> set[str]:
    lines = [line.split() for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines()]
    return next(set(fields[5].split(",")) for fields in lines if fields[4] == "/")


def test_servers_that_end_one_after_the_other_change_nothing_for_the_workers(settled: Installation) -> None:
    before = incarnations(settled)
    held = {kind: holds(settled, kind) for kind in INSTANCES}
    first = settled.leader()
    assert first is not None
    kill(settled, first)
    second = until(lambda: other_leader(settled, first), SETTLED_S, what="the other server leads", every=0.1)
    assert second is not None
    # In order this time, perhaps before the first is back; what comes in its place has another address.
    settled.operator.delete(f"/api/v1/namespaces/{NAMESPACE}/pods/{second['metadata']['name']}")
    until(lambda: other_leader(settled, second), SETTLED_S, what="the first leads again", every=0.1)
    settle(settled)
    assert incarnations(settled) == before
    assert {kind: holds(settled, kind) for kind in INSTANCES} == held
    # Whoever leads now does its work.
    done = churn(settled.demo_target(), rate=20.0, seconds=2.0, seed=1)
    assert done.added and done.removed
    settle(settled)
    assert incarnations(settled) == before
    for kind in INSTANCES:
        report = settled.audit(kind)
        assert not report.double_served and not report.backwards


def holds(installation: Installation, kind: str) -> set[tuple[str, str, int]]:
    """Each time that a process began to serve an id: one that let go and began again has two."""
    return {(one.process, hold.id, hold.since) for one in installation.histories(kind) for hold in one.holds}


def other_leader(installation: Installation, than: Object) -> Object | None:
    now = installation.leader()
    return None if now is None or now["metadata"]["name"] == than["metadata"]["name"] else now


def kill(installation: Installation, pod: Object) -> None:
    for pid in installation.services.cluster.node.processes(pod):
        os.kill(pid, signal.SIGKILL)


def test_a_right_that_is_taken_away_is_named_until_it_is_given_back(settled: Installation) -> None:
    shipped = settled.operator.get(ROLE)["rules"]
    lacking = [
        {
            **rule,
            "verbs": [verb for verb in rule["verbs"] if (rule["resources"], verb) != (["pods"], "create")],
        }
        for rule in shipped
    ]
    settled.operator.ask("PATCH", ROLE, {"rules": lacking}, PATCH)
    victim = settled.workers()[0]
    shard = victim["metadata"]["name"]
    kill(settled, victim)
    try:
        until(
            lambda: any('cannot create resource "pods"' in alarm for alarm in settled.alarms("Thing")),
            SETTLED_S,
            what="the alarm names the right",
            every=0.2,
        )
        lacking_right = f"does not let us create pods in namespace {WORKERS}"
        until(lambda: lacking_right in doctor(settled)[1], SETTLED_S, what="the doctor names the right")
        assert len(incarnations(settled)) == 9
    finally:
        settled.operator.ask("PATCH", ROLE, {"rules": shipped}, PATCH)
    settle(settled)
    assert shard in incarnations(settled)
    until(lambda: not settled.alarms("Thing"), SETTLED_S, what="the alarm is over", every=0.2)
    until(lambda: doctor(settled)[0] == 0, SETTLED_S, what="the doctor finds nothing wrong")


def doctor(installation: Installation) -> tuple[int, str]:
    """Its exit code and what it says in a server's pod; where that is busy, some answer may be late."""
    return installation.services.cluster.node.execute(installation.servers()[0], "shardwright", "doctor")

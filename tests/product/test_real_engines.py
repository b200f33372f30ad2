"""The whole on real engines while each of them fails: nothing is lost, nobody serves twice."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from shardwright_worker.audit import audit, read_ledgers
from tests.product.processes import until
from tests.services import kubernetes_node, zookeeper
from tests.services.development import Development, Replica
from tests.services.mix import SESSION_S
from tests.services.require import missing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SERVICES = ("zookeeper", "kafka", "mosquitto", "postgres", "kubernetes")
KINDS = ("Thing", "Rule")
CHURN_S = 60


@pytest.fixture
def whole() -> Iterator[Development]:
    """Two orchestrators on everything that is real, with three nodes of ZooKeeper."""
    zookeeper.require_program()
    if (reason := kubernetes_node.absent()) is not None:
        missing("a Kubernetes node", reason)
    # Pods and PostgreSQL run as other users, who may not enter the folders that pytest makes.
    folder = Path("/var/tmp") / f"shardwright-{os.getpid()}"
    development = Development(folder, SERVICES, replicas=2, zookeepers=3)
    try:
        for _ in development.start():
            pass
        yield development
    finally:
        development.stop()
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def test_nothing_is_lost_or_served_twice_though_every_engine_fails_under_churn(
    whole: Development,
) -> None:
    _settle(whole, within=120.0)
    assert len(_pods(whole)) == 20
    with ThreadPoolExecutor(1) as beside:
        churning = beside.submit(_churn, whole)
        for fail in (_kill_a_pod, _kill_the_leader, _lose_a_zookeeper, _restart_kafka, _restart_mosquitto):
            time.sleep(5.0)
            fail(whole)
        churned = churning.result(300.0)
    assert churned.returncode == 0, churned.stderr
    _settle(whole, within=120.0)
    for kind in KINDS:
        report = audit(read_ledgers(_ledger(whole), kind=kind), expected=_catalog_ids(whole, kind))
        assert report.is_clean, (kind, report.double_served, report.unserved[:10], report.backwards)


def _churn(whole: Development) -> subprocess.CompletedProcess[str]:
    return whole.cli(
        "demo",
        "churn",
        "--rate",
        "20",
        "--seconds",
        str(CHURN_S),
        "--config",
        str(whole.config),
        timeout=240.0,
    )


def _kill_a_pod(whole: Development) -> None:
    victim = _pods(whole)[0]
    for pid in whole.mix.running["kubernetes"].service.node.processes(victim):
        os.kill(pid, signal.SIGKILL)


def _kill_the_leader(whole: Development) -> None:
    """Its successor acts within the session's time and two seconds more; it comes back as a follower."""
    leader = next(one for one in whole.replicas if _leads(one))
    leader.program.kill()
    began = time.monotonic()
    other = next(one for one in whole.replicas if one is not leader)
    until(lambda: _leads(other), 30.0, what="the other replica leads")
    took = time.monotonic() - began
    leader.start()
    leader.wait_ready()
    assert took < SESSION_S + 2.0


def _lose_a_zookeeper(whole: Development) -> None:
    ensemble = whole.mix.running["zookeeper"].service
    node = ensemble.leader()
    node.kill()
    time.sleep(3.0)
    node.start()


def _restart_kafka(whole: Development) -> None:
    whole.mix.running["kafka"].service.restart()


def _restart_mosquitto(whole: Development) -> None:
    whole.mix.running["mosquitto"].service.restart()


def _leads(replica: Replica) -> bool:
    try:
        # Of this very server: what else is asked of a follower the leader answers.
        return bool(replica.get("/readyz?verbose")["standing"]["leads"])
    except (OSError, KeyError):
        return False


def _pods(whole: Development) -> list[dict[str, Any]]:
    running = whole.mix.running["kubernetes"]
    namespace = running.settings["runtime"]["kubernetes"]["namespace"]
    found = running.service.api.operator.find(f"/api/v1/namespaces/{namespace}/pods")
    items: list[dict[str, Any]] = found["items"]
    return [one for one in items if one["status"].get("phase") == "Running"]


def _settle(whole: Development, *, within: float) -> None:
    """Exactly the ids of the catalog are served, by one process each."""
    for kind in KINDS:
        until(lambda kind=kind: not _misserved(whole, kind), within, what=f"{kind} is served", every=0.5)


def _misserved(whole: Development, kind: str) -> dict[str, Any]:
    expected = _catalog_ids(whole, kind)
    report = audit(read_ledgers(_ledger(whole), kind=kind), expected=expected)
    served = report.served.get(kind, {}).keys()
    found = {"unserved": len(report.unserved), "double": report.double_now, "others": len(served - expected)}
    return {name: what for name, what in found.items() if what}


def _ledger(whole: Development) -> Path:
    return whole.folder / "services" / "ledger"


def _catalog_ids(whole: Development, kind: str) -> frozenset[str]:
    return frozenset(whole.catalog(f'SELECT id FROM "{kind}"'))

"""What a real node does with pods, on which the runtime relies: phases, exit codes, deletion."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.runtime.kubernetes_bench import PATIENCE_S, Bench
from tests.services.kubernetes_node import Cluster, own
from tests.services.waiting import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TEMPLATES = Path(__file__).parents[2] / "templates"

LOST_AFTER_S = 8

STUBBORN = "import signal; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); signal.pause()"
POLITE = "import signal; signal.signal(15, lambda *_: exit(0)); print('ready', flush=True); signal.pause()"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = own(tmp_path_factory.mktemp("cluster"), lost_after_s=LOST_AFTER_S)
    began = time.monotonic()
    cluster.start()
    print(f"the cluster was started in {time.monotonic() - began:.1f} s")
    yield cluster
    began = time.monotonic()
    cluster.stop()
    print(f"the cluster was stopped in {time.monotonic() - began:.1f} s")


@pytest.fixture
def bench(cluster: Cluster) -> Bench:
    return Bench(cluster)


def test_a_pod_runs_and_its_exit_code_and_output_are_those_of_its_process(bench: Bench) -> None:
    bench.create("seven", "print('said before the end'); exit(7)")
    pod = bench.reaches("seven", "Failed")
    assert pod["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 7
    assert bench.log("seven") == "said before the end\n"

    bench.create("nought", "exit(0)")
    bench.reaches("nought", "Succeeded")


def test_a_killed_process_is_a_failed_pod_that_is_not_started_again(bench: Bench) -> None:
    bench.create("killed", STUBBORN)
    (pid,) = bench.says_ready("killed")
    os.kill(pid, signal.SIGKILL)
    pod = bench.reaches("killed", "Failed")
    status = pod["status"]["containerStatuses"][0]
    assert (status["state"]["terminated"]["exitCode"], status["restartCount"]) == (137, 0)
    assert bench.cluster.node.processes(pod) == []


def test_a_deleted_pod_is_asked_to_end_and_is_gone_only_after_its_process(bench: Bench) -> None:
    bench.create("polite", POLITE, grace_s=int(PATIENCE_S))
    (pid,) = bench.says_ready("polite")
    bench.delete("polite")
    print(f"polite was gone {bench.gone('polite'):.1f} s after its deletion")
    assert not runs(pid)


def test_a_process_that_does_not_end_when_asked_is_killed_after_the_grace(bench: Bench) -> None:
    bench.create("stubborn", STUBBORN)
    (pid,) = bench.says_ready("stubborn")
    bench.delete("stubborn", grace=3)
    deleted = time.monotonic()
    assert (bench.find("stubborn") or {})["metadata"]["deletionGracePeriodSeconds"] == 3
    took = wait_for(lambda: not runs(pid), PATIENCE_S, "its process is gone")
    assert time.monotonic() - deleted >= 2.5
    print(
        f"stubborn was killed {took:.1f} s after its deletion, and gone {bench.gone('stubborn'):.1f} s later"
    )


def test_a_pod_that_is_deleted_without_grace_leaves_the_api_before_its_process_ends(bench: Bench) -> None:
    bench.create("orphan", STUBBORN)
    (pid,) = bench.says_ready("orphan")
    os.kill(pid, signal.SIGSTOP)
    bench.cluster.node.kubelet.pause()
    try:
        bench.delete("orphan", grace=0)
        assert bench.find("orphan") is None
        assert runs(pid)
    finally:
        bench.cluster.node.kubelet.resume()
    took = wait_for(lambda: not runs(pid), PATIENCE_S, "the kubelet ends what the API knows nothing of")
    print(f"the process was gone {took:.1f} s after the kubelet went on")


def test_a_pod_of_a_silent_node_is_still_running_for_the_api_but_not_ready(bench: Bench) -> None:
    bench.create("cut-off", STUBBORN)
    (pid,) = bench.says_ready("cut-off")
    assert bench.condition("cut-off", "Ready") == "True"
    bench.cluster.node.kubelet.pause()
    try:
        silent = wait_for(lambda: bench.condition("cut-off", "Ready") == "False", PATIENCE_S, "it is unready")
        assert bench.reaches("cut-off", "Running")["metadata"].get("deletionTimestamp") is None
        bench.delete("cut-off", grace=1)
        time.sleep(2)
        assert (bench.find("cut-off") or {})["status"]["phase"] == "Running"
        assert runs(pid)
    finally:
        bench.cluster.node.kubelet.resume()
    back = bench.gone("cut-off")
    assert not runs(pid)
    print(f"unready after {silent:.1f} s of silence, gone {back:.1f} s after the kubelet went on")


def test_twenty_workers_run_at_once(bench: Bench, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    ledger.mkdir()
    ledger.chmod(0o777)
    names = [f"worker-{shard}" for shard in range(20)]
    began = time.monotonic()
    for shard, name in enumerate(names):
        bench.create(name, ledger=ledger, environment=identity(shard))
    wait_for(lambda: len(list(ledger.glob("Thing-*"))) == 20, 2 * PATIENCE_S, "all write", every=0.1)
    print(f"20 workers ran after {time.monotonic() - began:.1f} s")
    pods = [bench.reaches(name, "Running") for name in names]
    assert all(bench.cluster.node.processes(pod) for pod in pods)
    for name in names:
        bench.delete(name, grace=1)
    for name in names:
        bench.gone(name)
    print(f"and were gone {time.monotonic() - began:.1f} s after the first was created")


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*/*.yml")), ids=lambda path: path.parent.name)
def test_a_template_of_the_product_runs_as_it_stands(bench: Bench, path: Path) -> None:
    pod = yaml.safe_load(path.read_text())
    container = pod["spec"]["containers"][0]
    container["env"] = [{"name": name, "value": value} for name, value in identity(0).items()]
    bench.cluster.api.operator.create(bench.pods, pod)
    name = pod["metadata"]["name"]
    (pid,) = bench.cluster.node.processes(bench.reaches(name, "Running"))
    assert Path("/proc", str(pid)).stat().st_uid == pod["spec"]["securityContext"]["runAsUser"]
    bench.delete(name, grace=1)
    bench.gone(name)


def test_a_cluster_that_stops_leaves_nothing_and_a_pod_of_a_node_that_comes_back_is_not_run_again(
    tmp_path: Path, cluster: Cluster, bench: Bench
) -> None:
    second = own(tmp_path)
    second.start()
    try:
        other = Bench(second)
        other.create("left", STUBBORN, host_network=False)
        (pid,) = other.says_ready("left")
        assert second.node.cgroups.left()

        second.node.stop()
        assert not runs(pid)
        assert second.node.cgroups.left() == []

        second.node.start()
        status = other.reaches("left", "Failed")["status"]["containerStatuses"][0]
        assert status["state"]["terminated"]["reason"] == "ContainerStatusUnknown"
        assert second.node.containerd.containers() == []
    finally:
        second.stop()
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()
    assert processes_that_name(tmp_path) == []
    # The first cluster has not noticed.
    bench.create("first", "exit(0)")
    bench.reaches("first", "Succeeded")


def identity(shard: int) -> dict[str, str]:
    """Of a worker that finds no server: it goes on asking, which is all that is wanted here."""
    return {
        "SHARDWRIGHT_KIND": "Thing",
        "SHARDWRIGHT_SHARD": str(shard),
        "SHARDWRIGHT_INCARNATION": "1",
        "SHARDWRIGHT_TOKEN": "token",
        "SHARDWRIGHT_URL": "http://127.0.0.1:9",
    }


def runs(pid: int) -> bool:
    return Path("/proc", str(pid)).exists()


def processes_that_name(folder: Path) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if str(folder) in line:
            found.append(line)
    return found

"""What is made of documents that say less than they should, or something else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.errors import Unavailable
from orchestrator.ports import InstanceSeen, Phase, Usage
from orchestrator.runtime.kubernetes_link import Answer, Link
from orchestrator.runtime.kubernetes_phase import Found
from orchestrator.runtime.kubernetes_usage import PodUsage

SINCE = 1_700_000_000.0
LATER, EARLIER = "2023-11-14T22:14:00Z", "2023-11-14T22:13:00Z"


class Saying(Link):
    """Answers each path with what it was given, anything else with 404."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers

    def ask(self, method: str, path: str, query: object = (), body: object = None) -> Answer:
        for part, said in self.answers.items():
            if part in path:
                return Answer(200, said if isinstance(said, bytes) else json.dumps(said).encode())
        return Answer(404, b'{"kind": "Status", "message": "not here"}')


def pod(shard: int, *, phase: Phase = Phase.RUNNING, node: str = "n1") -> Found:
    seen = InstanceSeen(
        kind="Thing", shard=shard, incarnation=4, phase=phase, uid=f"uid-{shard}", since=SINCE
    )
    return Found(f"iota-dac-{shard}", 1, "worker", seen, node)


def used(answers: dict[str, Any], *pods: Found) -> dict[int, Usage]:
    return PodUsage(Saying(answers), "iota").measure(pods or (pod(1),))


def metrics(*items: Any) -> dict[str, Any]:
    return {"metrics.k8s.io": {"items": list(items)}}


def item(name: str = "iota-dac-1", at: str = LATER, **usage: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "timestamp": at, "containers": [{"name": "w", "usage": usage}]}


def test_the_containers_of_a_pod_are_one_instance() -> None:
    two = item(cpu="1500000n", memory="10Ki")
    two["containers"].append({"name": "other", "usage": {"cpu": "250m", "memory": "1Mi"}})
    found = used(metrics(two))[1]
    assert (found.incarnation, found.cpu, found.memory) == (4, 252, 10 * 1024 + 1024 * 1024)


def test_what_was_measured_before_the_pod_began_is_of_another() -> None:
    assert used(metrics(item(at=EARLIER, cpu="1", memory="1"))) == {}


@pytest.mark.parametrize("wrong", ["-1", "NaN", "much", None, True, [], {}])
def test_an_amount_that_is_none_is_not_known_and_the_other_counts(wrong: Any) -> None:
    found = used(metrics(item(cpu=wrong, memory="1Mi")))[1]
    assert (found.cpu, found.memory) == (None, 1024 * 1024)


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        7,
        {"metadata": []},
        {"metadata": {"name": "iota-dac-9"}},
        {"metadata": {"name": "iota-dac-1"}, "timestamp": "yesterday"},
    ],
)
def test_what_is_no_measure_is_passed_over(said: Any) -> None:
    found = used(metrics(said, item("iota-dac-2", cpu="1", memory="1")), pod(1), pod(2))
    assert list(found) == [2]


@pytest.mark.parametrize("containers", [None, 7, [], ["x"], [{"usage": 3}]])
def test_a_measure_without_figures_says_nothing(containers: Any) -> None:
    found = used(metrics({**item(), "containers": containers}))[1]
    assert (found.cpu, found.memory) == (None, None)


def test_an_answer_of_the_metrics_api_that_is_none_leaves_the_kubelets() -> None:
    summary = {"pods": [{"podRef": {"uid": "uid-1"}, "memory": {"time": LATER, "workingSetBytes": 5}}]}
    found = used({"metrics.k8s.io": b"<html>", "nodes/n1/proxy": summary})[1]
    assert (found.cpu, found.memory) == (None, 5)


@pytest.mark.parametrize("summary", [{}, {"pods": 7}, {"pods": [7, {"podRef": 3}]}, b"nothing"])
def test_a_summary_that_says_nothing_of_ours_is_nothing_known(summary: Any) -> None:
    assert used({"nodes/n1/proxy": summary}) == {}


def summary(cpu: int, memory: int) -> dict[str, Any]:
    return {
        "podRef": {"uid": "uid-1"},
        "cpu": {"time": LATER, "usageNanoCores": cpu},
        "memory": {"time": LATER, "workingSetBytes": memory},
    }


def test_zeros_of_a_container_that_was_not_measured_yet_are_no_measure() -> None:
    found = used({"nodes/n1/proxy": {"pods": [summary(0, 0)]}})[1]
    assert (found.cpu, found.memory) == (None, None)
    fresh = item(cpu="0", memory="0")
    assert used(metrics(fresh))[1] == found
    fresh["containers"].append({"name": "measured", "usage": {"cpu": "250m", "memory": "1Mi"}})
    assert used(metrics(fresh))[1] == found, "the sum of what is known would be too little"


def test_who_does_nothing_uses_no_processor() -> None:
    found = used({"nodes/n1/proxy": {"pods": [summary(0, 4096)]}})[1]
    assert (found.cpu, found.memory) == (0, 4096)
    assert used(metrics(item(cpu="0", memory="4Ki")))[1] == found


def test_one_node_that_does_not_answer_hides_only_its_own_pods() -> None:
    summary = {"pods": [{"podRef": {"uid": "uid-1"}, "cpu": {"time": LATER, "usageNanoCores": 5_000_000}}]}
    found = used({"nodes/n1/proxy": summary}, pod(1), pod(2, node="n2"))
    assert {shard: usage.cpu for shard, usage in found.items()} == {1: 5}
    with pytest.raises(Unavailable, match=r"kubelet of n2 does not answer either: not here"):
        used({}, pod(2, node="n2"))


def test_pods_that_do_not_run_are_not_asked_for() -> None:
    assert used({}, pod(1, phase=Phase.PENDING), pod(2, phase=Phase.ENDED)) == {}

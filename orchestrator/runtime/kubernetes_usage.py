"""What pods use: from the metrics API, and where there is none from the kubelets of their nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from orchestrator.errors import Unavailable
from orchestrator.ports import Phase, Usage
from orchestrator.runtime.kubernetes_link import Link
from orchestrator.runtime.kubernetes_phase import Found, seconds
from orchestrator.runtime.quantity import quantity

METRICS = "/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods"
SUMMARY = "/api/v1/nodes/{node}/proxy/stats/summary"


@dataclass(frozen=True, slots=True)
class PodUsage:
    """Blocking; on the link's threads. Every call raises Unavailable."""

    link: Link
    namespace: str

    def measure(self, pods: Sequence[Found]) -> dict[int, Usage]:
        """By shard, what those of the pods use of which something is known.

        Raises Unavailable, also where both sources are closed to us, and says why for each.
        """
        running = {one.name: one for one in pods if one.seen.phase in (Phase.RUNNING, Phase.STOPPING)}
        if not running:
            return {}
        answer = self.link.ask("GET", METRICS.format(namespace=self.namespace))
        if answer.is_good and isinstance(answer.body.get("items"), list):
            return dict(_of_metrics(answer.body["items"], running))
        return self._of_nodes(running, f"the metrics API (metrics.k8s.io) does not answer: {answer.said}")

    def _of_nodes(self, running: Mapping[str, Found], why: str) -> dict[int, Usage]:
        by_uid = {one.seen.uid: one for one in running.values()}
        found: dict[int, Usage] = {}
        refused: list[str] = []
        for node in sorted({one.node for one in running.values() if one.node}):
            query = [("only_cpu_and_memory", "true")]
            answer = self.link.ask("GET", SUMMARY.format(node=node), query)
            if answer.is_good:
                found.update(_of_summary(answer.body.get("pods"), by_uid))
            else:
                refused.append(f"the kubelet of {node} does not answer either: {answer.said}")
        if refused and not found:
            raise Unavailable(f"what pods use is not measured: {'; '.join([why, refused[0]])}")
        return found


def _of_metrics(items: Sequence[Any], running: Mapping[str, Found]) -> Iterator[tuple[int, Usage]]:
    for item in map(_object, items):
        one = running.get(str(_object(item.get("metadata")).get("name")))
        at = _time(item.get("timestamp"))
        # A pod that took the name of another has not been measured before it began.
        if one is None or at < one.seen.since:
            continue
        used = [_object(_object(part).get("usage")) for part in _list(item.get("containers"))]
        yield one.seen.shard, _usage(one, at, [(each.get("cpu"), each.get("memory")) for each in used])


def _of_summary(pods: Any, by_uid: Mapping[str, Found]) -> Iterator[tuple[int, Usage]]:
    for pod in map(_object, _list(pods)):
        one = by_uid.get(str(_object(pod.get("podRef")).get("uid")))
        if one is None:
            continue
        cpu, memory = _object(pod.get("cpu")), _object(pod.get("memory"))
        at = max(_time(cpu.get("time")), _time(memory.get("time")))
        amounts = _nano(cpu.get("usageNanoCores")), memory.get("workingSetBytes")
        yield one.seen.shard, _usage(one, at, [amounts])


def _usage(one: Found, at: float, parts: Sequence[tuple[object, object]]) -> Usage:
    """``parts``: processor and memory of each. Of what it has not measured yet a kubelet tells zeros."""
    measured = [(quantity(cpu), quantity(memory)) for cpu, memory in parts]
    cpu = [None if not used and memory == 0 else used for used, memory in measured]
    memory = [used or None for _, used in measured]
    return Usage(incarnation=one.seen.incarnation, at=at, cpu=_sum(cpu, 1000), memory=_sum(memory, 1))


def _nano(value: object) -> object:
    return f"{value}n" if isinstance(value, int) else None


def _sum(amounts: Sequence[Fraction | None], factor: int) -> int | None:
    """The sum in units of 1/factor; None where one of them is not known: it would be too little."""
    known = [amount for amount in amounts if amount is not None and amount >= 0]
    return round(sum(known) * factor) if known and len(known) == len(amounts) else None


def _time(text: object) -> float:
    try:
        return seconds(str(text)) if text else 0.0
    except ValueError:
        return 0.0


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()

"""The counters of the process as metrics: what stands before the first dot names the family."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, Metric

_LABELS: Mapping[str, tuple[str, ...]] = {
    "plans": ("result", "reason"),
    "runs": ("state", "reason"),
    "effects": ("effect", "result"),
}
"""Families that tell more than an event."""

_OF_THE_RUNTIME = "effects"


def counter_metrics(counters: Mapping[str, int], *, runtime: str) -> Iterator[Metric]:
    """``decisions.move`` becomes ``shardwright_decisions_total{event="move"}``.

    ``runtime``: what runs the instances of this process; a label of what was asked of it.
    """
    families: dict[str, CounterMetricFamily] = {}
    for name, value in counters.items():
        head, _, event = name.partition(".")
        labels = _LABELS.get(head, ("event",))
        values = event.split(".", len(labels) - 1)
        if len(values) < len(labels):
            values += [""] * (len(labels) - len(values))
        if head == _OF_THE_RUNTIME:
            labels, values = (*labels, "runtime"), [*values, runtime]
        plain = re.sub(r"[^a-z0-9]+", "_", head.lower()).strip("_").removesuffix("_total")
        family = families.get(plain)
        if family is None:
            family = CounterMetricFamily(f"shardwright_{plain}", f"Counted {plain}", labels=labels)
            families[plain] = family
        family.add_metric(values, value)
    yield from families.values()

"""Which metrics the server can have."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

ROOT = Path(__file__).parents[2]
_COUNTER = re.compile(r'counters\[f?"([a-z_]+)[."]')
_COUNTED = re.compile(r'^    "[a-z-]+": "([a-z]+)\.', re.MULTILINE)
_NAMED = re.compile(r"\bshardwright_[a-z_]+")


def counter_names() -> set[str]:
    """Those that are made from the counters of the engine."""
    found = set()
    for path in (ROOT / "orchestrator" / "engine").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        found.update(_COUNTER.findall(text))
        if path.name == "recorder.py":
            found.update(_COUNTED.findall(text))
    return {f"shardwright_{head}_total" for head in found}


def sample_names(exposition: str) -> set[str]:
    """The names under which Prometheus keeps what a server told; buckets and sums of histograms, too."""
    found = set()
    for family in text_string_to_metric_families(exposition):
        found.add(family.name)
        found.update(sample.name for sample in family.samples)
    return found


def named_in(text: str) -> set[str]:
    """The metrics that an expression or a page names."""
    return set(_NAMED.findall(text))

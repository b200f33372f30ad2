"""Whether an alert fires by what a running product tells, as Prometheus itself sees it."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.observability.metric_names import ROOT
from tests.services.promtool import promtool

RULES = ROOT / "deploy" / "observability" / "alerts.yaml"
MINUTES = 60
LOOKED_AT = "50m"
COUNTS = ("_total", "_bucket", "_count", "_sum")
AGES = ("_age_seconds",)

Samples = Mapping[str, float]
"""Values by series, in Prometheus' own notation."""


def samples(exposition: str, instance: str = "a") -> Samples:
    """What a server told, as it is scraped from ``instance``."""
    found = {}
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            if sample.name.startswith("shardwright_"):
                labels = {**sample.labels, "instance": instance}
                inside = ",".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
                found[f"{sample.name}{{{inside}}}"] = sample.value
    return found


def differs(alert: str, before: Samples, now: Samples, *, fires: bool, seconds: float = 0.0) -> str:
    """Empty where the alert fires, or does not, as is asked, when an hour goes on as it is now; else why not.

    Counters grow each minute by what they have grown from ``before`` to ``now``. Ages grow as time does where
    ``seconds`` say how far the two are apart and they have grown by that; all else stays as it is.
    """
    series = [
        {"series": name, "values": f"{value:f}+{_growth(name, value, before, seconds):f}x{MINUTES}"}
        for name, value in now.items()
    ]
    case = {
        "expr": f'max(ALERTS{{alertname="{alert}",alertstate="firing"}})',
        "eval_time": LOOKED_AT,
        "exp_samples": [{"labels": "{}", "value": 1}] if fires else [],
    }
    return _differs({"interval": "1m", "input_series": series, "promql_expr_test": [case]})


def _growth(name: str, value: float, before: Samples, seconds: float) -> float:
    metric = name.partition("{")[0]
    grown = value - before.get(name, 0.0 if metric.endswith(COUNTS) else value)
    if metric.endswith(COUNTS):
        return max(0.0, grown)
    if metric.endswith(AGES) and seconds and grown > 0.5 * seconds:
        return 60.0
    return 0.0


def _differs(test: dict[str, Any]) -> str:
    """What promtool has against it; empty where it is as expected."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "now.yaml"
        # JSON is YAML, and quicker.
        file.write_text(json.dumps({"rule_files": [str(RULES)], "tests": [test]}), encoding="utf-8")
        done = subprocess.run(
            [promtool(), "test", "rules", file], capture_output=True, text=True, timeout=60, check=False
        )
    return done.stdout + done.stderr if done.returncode else ""

"""The alert rules and the dashboard, read by Prometheus' own checker; and that they name what there is."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.api.conftest import Served
from tests.observability.metric_names import ROOT, counter_names, named_in, sample_names
from tests.services.promtool import promtool

RULES = ROOT / "deploy" / "observability" / "alerts.yaml"
DASHBOARD = ROOT / "deploy" / "observability" / "dashboard.json"
KIND = 'kind="Thing"'
LEADER = {'shardwright_leader{instance="a"}': "1x60"}

FIRING: dict[str, dict[str, str]] = {
    "ShardwrightResourcesUnowned": {f'shardwright_coverage_ids{{{KIND},state="unowned"}}': "3x60"},
    "ShardwrightResourcesDoubleOwned": {f'shardwright_coverage_ids{{{KIND},state="double_owned"}}': "1x60"},
    "ShardwrightNobodyLeads": {'shardwright_leader{instance="a"}': "0x60"},
    "ShardwrightCannotDecide": {'shardwright_ready{instance="a"}': "0x60"},
    "ShardwrightDependencyAway": {'shardwright_dependency_up{name="catalog",instance="a"}': "0x60"},
    "ShardwrightAlarms": {f"shardwright_alarms{{{KIND}}}": "2x60"},
    "ShardwrightInstancesLost": {f'shardwright_shards{{{KIND},health="lost"}}': "1x60"},
    "ShardwrightRemovalsHeld": {f'shardwright_resources{{{KIND},state="held"}}': "900x60"},
    "ShardwrightAuditOld": {f"shardwright_audit_age_seconds{{{KIND}}}": "1801x60"},
    "ShardwrightSlowToOwn": {
        f'shardwright_event_to_owned_seconds_bucket{{{KIND},le="5.0"}}': "0x60",
        f'shardwright_event_to_owned_seconds_bucket{{{KIND},le="10.0"}}': "0+10x60",
        f'shardwright_event_to_owned_seconds_bucket{{{KIND},le="+Inf"}}': "0+10x60",
    },
    "ShardwrightPoisonSuspected": {f'shardwright_resources{{{KIND},state="quarantined"}}': "1x60"},
    "ShardwrightFull": {
        f'shardwright_shard_used{{{KIND},shard="0"}}': "95x60",
        f'shardwright_shard_capacity{{{KIND},shard="0"}}': "100x60",
        f"shardwright_shards_wanted{{{KIND}}}": "3x60",
        f"shardwright_instances_maximum{{{KIND}}}": "3x60",
    },
    "ShardwrightHistoryLost": {'shardwright_journal_total{event="dropped"}': "0+1x60"},
}
"""For each alert the series that make it fire; Prometheus' notation, one value a minute."""

CALM = {
    f'shardwright_coverage_ids{{{KIND},state="unowned"}}': "0x60",
    f'shardwright_coverage_ids{{{KIND},state="double_owned"}}': "0x60",
    'shardwright_ready{instance="a"}': "1x60",
    'shardwright_dependency_up{name="catalog",instance="a"}': "1x60",
    f"shardwright_alarms{{{KIND}}}": "0x60",
    f'shardwright_shards{{{KIND},health="ok"}}': "3x60",
    f'shardwright_resources{{{KIND},state="held"}}': "0x60",
    f'shardwright_resources{{{KIND},state="quarantined"}}': "0x60",
    f"shardwright_audit_age_seconds{{{KIND}}}": "200x60",
    f'shardwright_event_to_owned_seconds_bucket{{{KIND},le="0.1"}}': "0+10x60",
    f'shardwright_event_to_owned_seconds_bucket{{{KIND},le="+Inf"}}': "0+10x60",
    f'shardwright_shard_used{{{KIND},shard="0"}}': "95x60",
    f'shardwright_shard_capacity{{{KIND},shard="0"}}': "100x60",
    f"shardwright_shards_wanted{{{KIND}}}": "3x60",
    f"shardwright_instances_maximum{{{KIND}}}": "9x60",
    'shardwright_journal_total{event="unavailable"}': "0+1x60",
}


def alerts() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    rules: list[dict[str, Any]] = group["rules"]
    return rules


def expressions() -> list[str]:
    """Of the dashboard, with its variables filled in."""
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    asked = [target["expr"] for panel in panels for target in panel["targets"]]
    return [each.replace("$kind", ".*").replace("$__rate_interval", "1m") for each in asked]


def checked(*arguments: str | Path) -> None:
    done = subprocess.run([promtool(), *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def firing_test(series: dict[str, str], names: list[str], *, fires: str | None) -> dict[str, Any]:
    cases = []
    for name in names:
        case: dict[str, Any] = {"eval_time": "40m", "alertname": name}
        if name == fires:
            rule = next(rule for rule in alerts() if rule["alert"] == name)
            case["exp_alerts"] = [{"exp_labels": {"severity": rule["labels"]["severity"]}}]
        cases.append(case)
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "alert_rule_test": cases,
    }


def test_each_alert_has_a_case_in_which_it_fires() -> None:
    assert sorted(FIRING) == sorted(rule["alert"] for rule in alerts())


def test_no_alert_fires_while_all_is_well(tmp_path: Path) -> None:
    calm = firing_test({**LEADER, **CALM}, list(FIRING), fires=None)
    file = tmp_path / "calm.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "tests": [calm]}))
    checked("test", "rules", file)


@pytest.mark.parametrize("name", sorted(FIRING))
def test_an_alert_fires_when_it_should(tmp_path: Path, name: str) -> None:
    series = {**LEADER, **FIRING[name]}
    test = {
        "interval": "1m",
        "input_series": [{"series": one, "values": values} for one, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{name}",alertstate="firing"}})',
                "eval_time": "40m",
                "exp_samples": [{"labels": "{}", "value": 1}],
            }
        ],
    }
    file = tmp_path / "firing.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "tests": [test]}))
    checked("test", "rules", file)


def test_the_dashboard_asks_in_the_language_of_prometheus(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": each} for number, each in enumerate(expressions())]
    file = tmp_path / "panels.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    checked("check", "rules", file)


async def test_each_metric_that_is_named_exists(served: Served) -> None:
    async with served.get("/metrics") as answer:
        there = sample_names(await answer.text()) | counter_names()
    for where, text in (
        ("alerts.yaml", RULES.read_text(encoding="utf-8")),
        ("dashboard.json", DASHBOARD.read_text(encoding="utf-8")),
        ("docs/metrics.md", (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")),
    ):
        assert not named_in(text) - there, where


async def test_each_metric_is_explained(served: Served) -> None:
    async with served.get("/metrics") as answer:
        text = await answer.text()
    families = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    page = named_in((ROOT / "docs" / "metrics.md").read_text(encoding="utf-8"))
    of_the_double = {"shardwright_weird_name_total"}
    assert families - of_the_double <= page

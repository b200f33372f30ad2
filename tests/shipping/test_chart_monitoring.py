"""What the chart makes for the Prometheus operator."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from release.tree import ROOT
from tests.observability.test_rules import checked
from tests.services.helm import Helm, Object
from tests.shipping.chart import CHART, NAMESPACE, made, one


def test_monitoring_takes_all_rules_and_finds_each_server(program: Helm) -> None:
    on = {"enabled": True}
    objects = made(program, serviceMonitor=on, prometheusRule=on)
    rules = yaml.safe_load((ROOT / "deploy" / "observability" / "alerts.yaml").read_text())
    for found, rule in zip(rules_of(objects), rules["groups"][0]["rules"], strict=True):
        added = rule["labels"] | {"namespace": NAMESPACE}
        same = {
            **found,
            "expr": re.sub(r'{namespace="shardwright"}|namespace="shardwright",', "", found["expr"]),
        }
        assert same == {**rule, "labels": added}
        metrics = re.findall(r"shardwright_[a-z_]+", rule["expr"])
        assert len(re.findall(r'shardwright_[a-z_]+{namespace="shardwright"', found["expr"])) == len(metrics)
    monitor = one(objects, "ServiceMonitor")["spec"]
    services = [
        each
        for each in objects
        if each["kind"] == "Service"
        and monitor["selector"]["matchLabels"].items() <= each["metadata"]["labels"].items()
    ]
    assert [each["spec"]["clusterIP"] for each in services] == ["None"]
    assert monitor["endpoints"][0]["port"] in [port["name"] for port in services[0]["spec"]["ports"]]
    assert not {"ServiceMonitor", "PrometheusRule"} & {each["kind"] for each in made(program)}


def test_an_installation_that_is_well_does_not_hide_the_trouble_of_another(
    program: Helm, tmp_path: Path
) -> None:
    objects = made(program, prometheusRule={"enabled": True, "runbooks": "https://code.example.org/of-us/"})
    assert all(
        rule["annotations"]["runbook_url"].startswith("https://code.example.org/of-us/docs/runbooks.md#")
        for rule in rules_of(objects)
    )
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(one(objects, "PrometheusRule")["spec"]))
    series = {"shardwright_leader": "0x60", "shardwright_ready": "0x60"}
    ours = [{"series": f'{name}{{namespace="{NAMESPACE}"}}', "values": v} for name, v in series.items()]
    theirs = [{"series": f'{name}{{namespace="other"}}', "values": "1x60"} for name in series]
    labels = f'{{namespace="{NAMESPACE}"}}'
    asked = {
        "expr": 'count by (namespace) (ALERTS{alertstate="firing"})',
        "eval_time": "40m",
        "exp_samples": [{"labels": labels, "value": 2}],
    }
    test = {"interval": "1m", "input_series": [*ours, *theirs], "promql_expr_test": [asked]}
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump({"rule_files": ["rules.yaml"], "tests": [test]}))
    checked("check", "rules", tmp_path / "rules.yaml")
    checked("test", "rules", file)


def rules_of(objects: list[Object]) -> list[Object]:
    (group,) = one(objects, "PrometheusRule")["spec"]["groups"]
    rules: list[Object] = group["rules"]
    return rules


def test_a_packed_chart_has_the_rules_in_it(program: Helm, tmp_path: Path) -> None:
    # In the tree they are a link to a file outside of the chart.
    program("package", str(CHART), "--destination", str(tmp_path))
    (packed,) = tmp_path.glob("*.tgz")
    values = {"prometheusRule": {"enabled": True}}
    objects = program.template(packed, values, name="shardwright", namespace=NAMESPACE)
    assert one(objects, "PrometheusRule")["spec"]["groups"]

"""What the chart makes of its values, without a cluster."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from release.tree import ROOT
from tests.services.helm import Helm, Object, kustomized
from tests.shipping.chart import BASE, CHART, OVERLAY, WORKERS, config_of, laid_out, made, one

Values = Mapping[str, Any]


def checked(objects: list[Object], folder: Path) -> subprocess.CompletedProcess[str]:
    """What ``shardwright config check`` says in the first server's pod."""
    return subprocess.run(
        [sys.executable, "-m", "orchestrator.cli", "config", "check"],
        env={**laid_out(objects, folder), "PYTHONPATH": str(ROOT)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_helm_finds_nothing_to_complain_of(program: Helm) -> None:
    assert "0 chart(s) failed" in program("lint", "--strict", str(CHART))


def test_the_chart_starts_the_version_that_it_comes_with() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    version = re.search(r"^version = (.*)$", (ROOT / "setup.cfg").read_text(), re.MULTILINE)
    assert version is not None and chart["appVersion"] == chart["version"] == version[1]


@pytest.mark.parametrize("of", ["chart", "base", "overlay"])
def test_the_configuration_can_be_used_and_nothing_in_it_is_odd(
    program: Helm, tmp_path: Path, of: str
) -> None:
    sources = {"base": BASE, "overlay": OVERLAY}
    objects = made(program) if of == "chart" else kustomized(sources[of])
    done = checked(objects, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "note:" not in done.stderr
    settings = [line.split() for line in done.stdout.splitlines()]
    assert ["api.url", "https://shardwright-0.shardwright-replicas.shardwright.svc.cluster.local:8080"] in [
        line[:2] for line in settings
    ]


def test_a_configuration_that_cannot_be_used_is_found_in_what_was_rendered(
    program: Helm, tmp_path: Path
) -> None:
    done = checked(made(program, config={"mqtt": {"tls": None}, "api": {"prot": 1}}), tmp_path)
    assert done.returncode != 0 and "api.prot" in done.stderr


def test_the_overlay_differs_from_the_base_in_hosts_and_replicas_alone() -> None:
    # It replaces the file whole, so what is left out there has the server's own default.
    base, overlay = ((folder / "config.yaml").read_text() for folder in (BASE, OVERLAY))
    ours, site = yaml.safe_load(base), yaml.safe_load(overlay.replace(".corp.example.org", ".example.org"))
    urls = site["worker"].pop("urls")
    assert urls[:2] == ours["worker"].pop("urls")
    assert site == ours


def test_all_replicas_share_users_and_history(program: Helm) -> None:
    for objects in (made(program), kustomized(BASE), kustomized(OVERLAY)):
        config = yaml.safe_load(config_of(objects))
        assert config["journal"]["url"] == config["access"]["url"]
        assert config["journal"]["url"].startswith("postgresql+psycopg://")


def test_each_server_has_an_address_that_workers_are_told(program: Helm) -> None:
    objects = made(program, replicas=3, fullnameOverride="iota", clusterDomain="corp.internal")
    urls = yaml.safe_load(config_of(objects))["worker"]["urls"]
    assert urls == [f"https://iota-{n}.iota-replicas.shardwright.svc.corp.internal:8080" for n in range(3)]
    stateful = one(objects, "StatefulSet")
    assert stateful["spec"]["serviceName"] == one(objects, "Service", "iota-replicas")["metadata"]["name"]


def test_what_the_values_say_beats_what_the_chart_adds(program: Helm) -> None:
    config = {"worker": {"urls": ["https://one.example.org"]}, "api": {"port": 9000}}
    objects = made(program, config=config)
    found = yaml.safe_load(config_of(objects))
    assert found["worker"]["urls"] == ["https://one.example.org"]
    assert (found["api"]["port"], found["api"]["host"]) == (9000, "0.0.0.0")
    container = one(objects, "StatefulSet")["spec"]["template"]["spec"]["containers"][0]
    assert container["ports"] == [{"name": "api", "containerPort": 9000}]
    policy = one(objects, "NetworkPolicy", namespace=WORKERS)
    assert policy["spec"]["egress"][0]["ports"] == [{"protocol": "TCP", "port": 9000}]


def test_templates_that_name_no_image_have_that_of_the_workers(program: Helm) -> None:
    own = {"spec": {"containers": [{"name": "a", "image": "own:1"}], "imagePullSecrets": [{"name": "own"}]}}
    workers = {"image": "registry.example.org/worker:2", "imagePullSecrets": ["pull"]}
    text = "kind: Pod # as it is\n"
    objects = made(program, workers=workers, podTemplates={"own.yml": own, "text.yml": text})
    data = one(objects, "ConfigMap", "shardwright-templates")["data"]
    pod = yaml.safe_load(data["iota-dac.yml"])["spec"]
    assert [each["image"] for each in pod["containers"]] == ["registry.example.org/worker:2"]
    assert pod["imagePullSecrets"] == [{"name": "pull"}]
    assert yaml.safe_load(data["own.yml"]) == own
    assert data["text.yml"] == text
    assert "imagePullSecrets" not in one(objects, "StatefulSet")["spec"]["template"]["spec"]


def test_great_numbers_stay_numbers(program: Helm) -> None:
    kinds = {"Thing": {"ceiling": {"resources": 1_000_000}, "elastic": {"capacity": {"memory": 536_870_912}}}}
    thing = yaml.safe_load(config_of(made(program, config={"kinds": kinds})))["kinds"]["Thing"]
    assert (thing["ceiling"]["resources"], thing["elastic"]["capacity"]["memory"]) == (1_000_000, 536_870_912)


def test_a_changed_configuration_or_template_restarts_the_servers(program: Helm) -> None:
    def digest(**values: Any) -> str:
        template = one(made(program, **values), "StatefulSet")["spec"]["template"]
        return str(template["metadata"]["annotations"]["checksum/config"])

    before = digest()
    assert digest(replicas=3) != before, "each is told of all"
    assert digest(config={"log": {"level": "debug"}}) != before
    assert digest(workers={"image": "another:1"}) != before
    changed = {"iota-dac.yml": {"metadata": {"labels": {"team": "iota"}}}}
    assert digest(podTemplates=changed) != before
    assert digest(trust={"certificates": "another"}) != before
    assert digest(service={"port": 8443}) == before


def test_the_server_is_told_of_no_service_by_its_environment(program: Helm) -> None:
    # A Service that is called shardwright gives SHARDWRIGHT_PORT, which is not a setting.
    pod = one(made(program), "StatefulSet")["spec"]["template"]["spec"]
    assert pod["enableServiceLinks"] is False


def test_a_certificate_of_cert_manager_has_the_names_that_are_asked(program: Helm) -> None:
    manager = {"enabled": True, "issuerRef": {"name": "company"}, "dnsNames": ["shardwright.example.org"]}
    objects = made(program, tls={"certManager": manager})
    names = one(objects, "Certificate")["spec"]["dnsNames"]
    for url in yaml.safe_load(config_of(objects))["worker"]["urls"]:
        host = url.removeprefix("https://").partition(":")[0]
        assert f"*.{host.partition('.')[2]}" in names
    assert {"shardwright.shardwright.svc", "shardwright.example.org"} <= set(names)


def test_each_value_is_explained() -> None:
    page = (CHART / "README.md").read_text(encoding="utf-8")
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert not [name for name in top(values) if f"`{name}`" not in page]


def top(values: Values, before: str = "") -> Iterator[str]:
    """Names of values, dotted, down to where the words of Kubernetes and of the server begin."""
    for name, value in values.items():
        whole = before + name
        is_foreign = whole in ("config", "podTemplates", "resources", "workers.quota", "podDisruptionBudget")
        if isinstance(value, dict) and value and not is_foreign:
            yield from top(value, f"{whole}.")
        else:
            yield whole


def test_kustomize_says_the_same_as_the_chart(program: Helm) -> None:
    charted = {name_of(each): bare(each) for each in made(program, namespace={"create": True})}
    plain = {name_of(each): bare(each) for each in kustomized(BASE)}
    assert charted.keys() == plain.keys()
    for name, found in charted.items():
        assert found == plain[name], name


def name_of(found: Object) -> tuple[str, str, str]:
    metadata = found["metadata"]
    return found["kind"], metadata.get("namespace", ""), re.sub(r"-[a-z0-9]{10}$", "", metadata["name"])


def bare(found: Object) -> Object:
    """Without what only says who made it, and with the texts of configuration read."""
    text = re.sub(r"\b(shardwright-(?:config|templates))-[a-z0-9]{10}\b", r"\1", yaml.safe_dump(found))
    copy: Object = yaml.safe_load(text)
    metadata = copy["metadata"]
    metadata.pop("annotations", None)
    for label in ("app.kubernetes.io/managed-by", "app.kubernetes.io/version", "helm.sh/chart"):
        metadata["labels"].pop(label, None)
    if copy["kind"] == "StatefulSet":
        copy["spec"]["template"]["metadata"].pop("annotations", None)
    if copy["kind"] == "ConfigMap":
        copy["data"] = {name: yaml.safe_load(text) for name, text in copy["data"].items()}
    return copy

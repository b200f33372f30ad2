"""The page on Kubernetes can be followed: each command that needs no node, on a real API, in its order.

Its two ways make the same objects, so each begins with an empty cluster.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.product.transcript import Step, Written, steps, unlike
from tests.services.certificates import Authority
from tests.services.helm import helm
from tests.shipping.chart import CHART, NAMESPACE, ROOT, config_of, keys_to_give, one

PAGE = ROOT / "docs" / "kubernetes-install.md"
FOR_A_NODE = ("rollout", "exec", "port-forward")
MOST_S = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout, with the files that the reader has from elsewhere."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "deploy").symlink_to(ROOT / "deploy")
    for name in keys_to_give() - {"worker-key"}:
        (folder / name).write_text("given")
    (folder / "registry.json").write_text('{"auths": {}}')
    authority = Authority(tmp_path / "keys", "authority")
    pair = authority.vouch("server", "DNS:shardwright.shardwright.svc")
    (folder / "server.pem").write_text(pair.with_suffix(".crt").read_text())
    (folder / "server.key").write_text(pair.with_suffix(".key").read_text())
    (folder / "ca.pem").write_text(authority.ca.read_text())
    return folder


@pytest.mark.parametrize(("is_plain", "least"), [(False, 12), (True, 8)], ids=["helm", "kustomize"])
def test_the_page_can_be_followed_to_its_end(
    folder: Path, environment: dict[str, str], is_plain: bool, least: int
) -> None:
    run = 0
    for step in steps(PAGE):
        if (step.line in plain_lines()) is not is_plain:
            continue
        if isinstance(step, Written):
            (folder / step.path).write_text(step.text)
        elif not set(step.command.split()[:5]).intersection(FOR_A_NODE):
            follow(step, folder, environment)
            run += 1
    assert run >= least


def test_the_sample_of_values_names_images_of_the_registry_and_one_database(tmp_path: Path) -> None:
    sample = next(step.text for step in steps(PAGE) if isinstance(step, Written))
    values = yaml.safe_load(sample)
    objects = helm(tmp_path).template(CHART, values, name="shardwright", namespace=NAMESPACE)
    server = one(objects, "StatefulSet")["spec"]["template"]["spec"]
    templates = one(objects, "ConfigMap", "shardwright-templates")["data"].values()
    for pod in (server, *(yaml.safe_load(text)["spec"] for text in templates)):
        assert all(each["image"].startswith("registry.corp.example/") for each in pod["containers"])
        assert pod["imagePullSecrets"] == [{"name": "pull"}]
    config = config_of(objects)
    assert "example.org" not in config
    assert config.count("url: postgresql+psycopg://shardwright@db.corp.example/") == 3


def plain_lines() -> range:
    """Where the page goes the way without Helm."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    first = lines.index("## By kustomize")
    return range(first, next(n for n in range(first + 1, len(lines)) if lines[n].startswith("## ")))


def follow(step: Step, folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["sh", "-c", step.command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=MOST_S,
        check=False,
    )
    said = done.stdout + done.stderr
    where = f"{PAGE.name}:{step.line}: {step.command}\n{said[-3000:]}"
    assert done.returncode == 0, where
    assert not unlike(step.output, said), where

"""The page on Kubernetes can be followed: each command that needs no node, on a real API, in its order."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.product.transcript import Step, Written, steps, unlike
from tests.services import helm_install, kubernetes_api
from tests.services.certificates import Authority
from tests.services.helm import require
from tests.shipping.chart import ROOT, keys_to_give

PAGE = ROOT / "docs" / "kubernetes-install.md"
FOR_A_NODE = ("rollout", "exec", "port-forward")
MOST_S = 60


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Of an administrator with an empty cluster and the programs that the page calls."""
    require()
    api = kubernetes_api.own(tmp_path / "api")
    api.start()
    yield {
        **os.environ,
        "PATH": f"{helm_install.place()}:{os.environ['PATH']}",
        "KUBECONFIG": str(api.kubeconfig("admin")),
        "HOME": str(tmp_path),
    }
    api.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout, with the files that the reader has from elsewhere."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "deploy").symlink_to(ROOT / "deploy")
    for name in keys_to_give() - {"worker-key"}:
        (folder / name).write_text("given")
    authority = Authority(tmp_path / "keys", "authority")
    pair = authority.vouch("server", "DNS:shardwright.shardwright.svc")
    (folder / "server.pem").write_text(pair.with_suffix(".crt").read_text())
    (folder / "server.key").write_text(pair.with_suffix(".key").read_text())
    (folder / "ca.pem").write_text(authority.ca.read_text())
    return folder


def test_the_page_can_be_followed_to_its_end(folder: Path, environment: dict[str, str]) -> None:
    run = 0
    for step in steps(PAGE):
        if isinstance(step, Written):
            (folder / step.path).write_text(step.text)
        elif not set(step.command.split()[:5]).intersection(FOR_A_NODE):
            follow(step, folder, environment)
            run += 1
    assert run >= 10


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

"""The pod in which a backup is put back, made by the page's own command on a real API."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import Any

import pytest

from tests.services.require import missing
from tests.shipping.chart import ROOT

PAGE = ROOT / "docs" / "backup.md"


@pytest.fixture(autouse=True)
def _jq() -> None:
    if shutil.which("jq") is None:
        missing("jq", "it is not installed; make services")


def said(command: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    assert "Warning" not in done.stderr, done.stderr
    return done.stdout


def test_the_pod_has_what_the_servers_have_and_is_let_in(environment: dict[str, str]) -> None:
    said("kubectl apply -f deploy/kubernetes/base/namespaces.yaml", environment)
    said("kubectl apply -k deploy/kubernetes/base", environment)
    text = PAGE.read_text(encoding="utf-8").partition("### On Kubernetes")[2]
    (command,) = re.findall(r"```sh\n(kubectl .*?)```", text.partition("\n### ")[0], re.DOTALL)
    # The namespace has the level restricted, which refuses a pod or warns of it.
    said(command, environment)
    pod = _of("pod shardwright-restore", environment)
    server = _of("statefulset shardwright", environment)["spec"]["template"]
    assert pod["metadata"]["labels"] == server["metadata"]["labels"], "the network lets it out"
    ours, theirs = pod["spec"]["containers"][0], server["spec"]["containers"][0]
    assert {key: ours[key] for key in ("image", "env", "securityContext")} == {
        key: theirs[key] for key in ("image", "env", "securityContext")
    }
    wanted = {mount["name"] for mount in theirs["volumeMounts"]}
    assert wanted <= {volume["name"] for volume in pod["spec"]["volumes"]}
    assert pod["spec"]["serviceAccountName"] == "shardwright"
    assert pod["spec"]["automountServiceAccountToken"] is True
    assert "livenessProbe" not in ours and ours["command"][0] == "python"


def _of(what: str, environment: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said(f"kubectl -n shardwright get {what} -o json", environment))
    return found

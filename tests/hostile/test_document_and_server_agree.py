"""Schemathesis, with all its checks, against a running server: as nobody, and as a worker with its token."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.product.product import Product
from tests.product.server import ROOT
from tests.product.workers import HandWorker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
SECONDS, SEED = 40, "7"
STREAM, SYNC = "/v1/api/events/stream", "/v1/worker/{kind}/{shard}/sync"

BREAKING = ("/v1/api/leader/resign", "/v1/api/kinds/{kind}/instances/kill")
"""What breaks something on purpose: every other answer would be that nobody leads. tests/product has it."""

KNOWN = """
[parameters]
resource = "Thing"
kind = "Thing"
shard = 0
id = "thing-000001"

# Whether a wish fits depends on how many resources there are, and on the settings of the kind: no schema can
# say that.
[[operations]]
include-path-regex = "/v1/api/(orchestrations/[^/]+/(orchestrate|orchestrations)|kinds/[^/]+/plans)$"
checks.positive_data_acceptance.expected-statuses = ["200", "404", "409", "422", "503"]

[[operations]]
include-path-regex = "/v1/api/kinds/[^/]+/(shards|pins|quarantine)/[^/]+$"
checks.positive_data_acceptance.expected-statuses = ["200", "404", "409", "422", "503"]
"""
SIGNED = """
[[operations]]
include-path = "{path}"
headers = {{ Authorization = "Bearer {token}" }}
# It answers for the shard of its token alone; whoever claims what is not known yet shall come again (503).
checks.not_a_server_error.expected-statuses = ["2xx", "4xx", "503"]
checks.positive_data_acceptance.expected-statuses = ["200", "401", "404", "409", "410", "503"]
"""


def test_nobody_gets_an_answer_that_the_document_does_not_promise(shared: Product, tmp_path: Path) -> None:
    # A stream has no end to wait for; tests/api has it.
    left_out = [word for path in (STREAM, *BREAKING) for word in ("--exclude-path", path)]
    said = _run(shared, tmp_path, KNOWN, *left_out, "--max-time", str(SECONDS))
    assert _generated(said) > 500, said


def test_a_worker_gets_no_answer_that_the_document_does_not_promise(shared: Product, tmp_path: Path) -> None:
    found = next(one for one in shared.instances("Thing") if one["shard"] == 0)
    worker = HandWorker(shared, "Thing", 0, found["incarnation"])
    signed = KNOWN + SIGNED.format(path=SYNC, token=worker.token)
    hooks = {"SCHEMATHESIS_HOOKS": "tests.hostile.own_shard", "INCARNATION": str(worker.incarnation)}
    # An exchange that brings nothing new is held open for seconds.
    limits = ("--phases", "examples,coverage,fuzzing", "-n", "15", "--max-time", str(SECONDS))
    said = _run(shared, tmp_path, signed, "--include-path", SYNC, *limits, hooks=hooks)
    assert _generated(said) > 30, said
    assert "Authentication failed" not in said


def test_the_server_is_whole_after_it(shared: Product) -> None:
    shared.settle()
    assert "failed" not in shared.said()
    # What one who holds a worker's token claims of its shard is believed of that shard alone.
    shared.assert_served_once(within=30.0)


def _run(
    product: Product, folder: Path, config: str, *words: str, hooks: dict[str, str] | None = None
) -> str:
    """What it said, after a run that found nothing."""
    file = folder / "schemathesis.toml"
    file.write_text(config)
    command = [SCHEMATHESIS, "--config-file", file, "run", f"{product.url}/openapi.json"]
    common = ["--checks", "all", "--seed", SEED, "--continue-on-failure", "--request-timeout", "30"]
    ended = subprocess.run(
        [*command, *common, *words, "--no-color"],
        capture_output=True,
        text=True,
        timeout=280,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(hooks or {})},
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-8000:] + ended.stderr[-2000:]
    print(json.dumps({"generated": _generated(ended.stdout), "seed": SEED}))
    return ended.stdout


def _generated(said: str) -> int:
    found = re.search(r"(\d+) generated", said)
    assert found is not None, said
    return int(found[1])

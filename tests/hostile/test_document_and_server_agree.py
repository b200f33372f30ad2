"""Schemathesis, with all its checks, against running servers: open, as each role, as a worker."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shardwright_client import Client
from tests.product.product import Product
from tests.product.server import ROOT
from tests.product.workers import HandWorker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
SECONDS, SEED = 30, "7"
STREAM, SYNC = "/v1/api/events/stream", "/v1/worker/{kind}/{shard}/sync"

BREAKING = ("/v1/api/leader/resign", "/v1/api/kinds/{kind}/instances/kill")
"""What breaks something on purpose: every other answer would be that nobody leads. tests/product has it."""

ALL = '["200", "401", "403", "404", "409", "412", "422", "429", "503"]'
"""What a wish that fits the schema may get: no schema can say which conditions hold, nor what there is."""

KNOWN = """
[parameters]
resource = "Thing"
kind = "Thing"
shard = 0
id = "thing-000001"
"""
WRITES = f"""
[[operations]]
include-method = ["POST", "PUT", "PATCH", "DELETE"]
exclude-path = "{SYNC}"
checks.positive_data_acceptance.expected-statuses = {ALL}

# A cursor is what a list has given, and any other text is refused.
[[operations]]
include-method = "GET"
include-path-regex = "/(resources|audit|logs)$"
checks.positive_data_acceptance.expected-statuses = {ALL}
"""
SIGNED = """
[[operations]]
include-path = "{path}"
headers = {{ Authorization = "Bearer {token}" }}
# It answers for the shard of its token alone; whoever claims what is not known yet shall come again (503).
checks.not_a_server_error.expected-statuses = ["2xx", "4xx", "503"]
checks.positive_data_acceptance.expected-statuses = ["200", "401", "404", "409", "410", "503"]
"""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A server with accounts; whoever asks as often as a generator does is not asked to wait."""
    limits = {f"SHARDWRIGHT_ACCESS__LIMITS__{name}": "null" for name in ("REQUESTS", "WRITES")}
    server = Product(tmp_path_factory.mktemp("guarded"), {"SHARDWRIGHT_ACCESS__MODE": "accounts", **limits})
    try:
        server.start()
        yield server
    finally:
        assert not server.clean_up()
        assert "Traceback" not in server.said(), server.said()[-4000:]


def token(product: Product, role: str) -> str:
    password = (product.data / "admin-password").read_text().strip()
    admin = Client(product.url).sign_in("admin", password, token_name="test")["token"]
    if role == "admin":
        return str(admin)
    made = product.call(
        "POST",
        "/v1/api/tokens",
        {"name": role, "grants": [role]},
        headers={"Authorization": f"Bearer {admin}"},
    )
    return str(made.json["token"])


def left_out(*paths: str) -> list[str]:
    # A stream has no end to wait for; tests/api has it.
    return [word for path in (STREAM, *paths) for word in ("--exclude-path", path)]


def test_an_open_server_gives_no_answer_that_the_document_does_not_promise(
    shared: Product, tmp_path: Path
) -> None:
    without = (*left_out(*BREAKING), "--max-time", str(SECONDS))
    said = _run(shared, tmp_path, KNOWN + WRITES, *without, *of_the_document(shared, tmp_path))
    assert _generated(said) > 5, said


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
def test_no_role_gets_an_answer_that_the_document_does_not_promise(
    guarded: Product, tmp_path: Path, role: str
) -> None:
    bearer = f'headers = {{ Authorization = "Bearer {token(guarded, role)}" }}\n'
    # Who revokes the token that he asks with, or locks the only admin out, is asked to sign in from then on.
    own = ("/v1/api/tokens/{token}", "/v1/api/users/{user}", "/v1/api/session", "/v1/api/session/password")
    without = left_out(*BREAKING, *own, SYNC)
    limits = ("--max-time", str(SECONDS // 2))
    document = of_the_document(guarded, tmp_path, token(guarded, "viewer"))
    said = _run(guarded, tmp_path, bearer + KNOWN + WRITES, *without, *limits, *document, left="ignored_auth")
    assert _generated(said) > 5, said


def test_without_a_credential_nothing_is_answered_but_what_is_for_everybody(
    guarded: Product, tmp_path: Path
) -> None:
    document = of_the_document(guarded, tmp_path, token(guarded, "viewer"))
    limits = ("--max-time", str(SECONDS // 2))
    # On loopback the metrics are for everybody.
    said = _run(guarded, tmp_path, KNOWN + WRITES, *left_out(SYNC, "/metrics"), *limits, *document)
    assert _generated(said) > 5, said


def test_a_worker_gets_no_answer_that_the_document_does_not_promise(shared: Product, tmp_path: Path) -> None:
    found = next(one for one in shared.instances("Thing") if one["shard"] == 0)
    worker = HandWorker(shared, "Thing", 0, found["incarnation"])
    signed = KNOWN + SIGNED.format(path=SYNC, token=worker.token)
    hooks = {"SCHEMATHESIS_HOOKS": "tests.hostile.own_shard", "INCARNATION": str(worker.incarnation)}
    # An exchange that brings nothing new is held open for seconds.
    limits = ("--phases", "examples,coverage,fuzzing", "-n", "15", "--max-time", str(SECONDS))
    said = _run(shared, tmp_path, signed, "--include-path", SYNC, *limits, hooks=hooks)
    assert _generated(said) > 5, said
    assert "Authentication failed" not in said


def test_the_server_is_whole_after_it(shared: Product) -> None:
    shared.settle()
    assert "failed" not in shared.said()
    # What one who holds a worker's token claims of its shard is believed of that shard alone.
    shared.assert_served_once(within=30.0)


def of_the_document(product: Product, folder: Path, bearer: str = "") -> tuple[str, ...]:
    """The document without conditions, of which none that is made up holds; tests/api has these."""
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    document = product.call("GET", "/openapi.json", headers=headers).json
    for item in document["paths"].values():
        for operation in item.values():
            given = operation.get("parameters", [])
            operation["parameters"] = [one for one in given if not one["name"].startswith("If-")]
    (folder / "openapi.json").write_text(json.dumps(document))
    return ("--url", product.url)


def _run(
    product: Product,
    folder: Path,
    config: str,
    *words: str,
    hooks: dict[str, str] | None = None,
    left: str = "",
) -> str:
    """What it said, after a run that found nothing. ``left``: a check that is left out."""
    file, document = folder / "schemathesis.toml", folder / "openapi.json"
    file.write_text(config)
    where = document if document.exists() else f"{product.url}/openapi.json"
    command = [SCHEMATHESIS, "--config-file", file, "run", where]
    # What a trial says that it would make is not there afterwards.
    without = ",".join(filter(None, ("ensure_resource_availability", left)))
    common = ["--checks", "all", "--seed", SEED, "--continue-on-failure", "--request-timeout", "30"]
    common += ["--exclude-checks", without]
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

"""The ten risks of OWASP's API Security Top 10 of 2023, a test each; docs/reliability.md has them as a table.

Nobody signs in yet but workers: what needs users and roles is not tested here.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.product.product import Product
from tests.product.workers import HandWorker

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
ORCHESTRATE = "/v1/api/orchestrations/Thing/orchestrate"
SECRET_FIELDS = ("password", "token", "key", "secret")


@pytest.fixture
def worker(shared: Product) -> HandWorker:
    """One that holds the token of a live instance, and may speak for its shard."""
    found = next(one for one in shared.instances("Thing") if one["state"] == "live")
    return HandWorker(shared, "Thing", found["shard"], found["incarnation"])


def test_api1_a_token_opens_the_shard_that_it_was_made_for_and_no_other(
    shared: Product, worker: HandWorker
) -> None:
    beat = {"incarnation": worker.incarnation, "generation": -1, "pending": []}
    for kind, shard, incarnation in (
        ("Rule", worker.shard, worker.incarnation),
        ("Thing", worker.shard + 1, worker.incarnation),
        ("Thing", worker.shard, worker.incarnation + 1),
    ):
        other = HandWorker(shared, kind, shard, incarnation)
        assert other.send(beat | {"incarnation": incarnation}, token=worker.token).status == 401


def test_api2_no_token_no_other_scheme_and_no_near_miss_is_let_in(worker: HandWorker) -> None:
    path = f"/v1/worker/Thing/{worker.shard}/sync"
    beat = {"incarnation": worker.incarnation, "generation": -1, "pending": []}
    token = worker.token
    for given in (
        {},
        {"Authorization": token},
        {"Authorization": f"Basic {token}"},
        {"Authorization": f"Bearer {token[:-1]}"},
        {"Authorization": f"Bearer {token}0"},
        {"Authorization": f"Bearer {token.upper()}"},
        {"Authorization": f"Bearer {'é' * 64}"},
        {"Authorization": "Bearer null"},
        {"Cookie": f"token={token}"},
    ):
        headers = {name: value.encode().decode("latin-1") for name, value in given.items()}
        answer = worker.product.call("POST", path, beat, headers=headers)
        assert (answer.status, answer.json["title"]) == (401, "Unauthorized"), given
        assert token not in answer.text
    in_the_query = worker.product.call("POST", f"{path}?token={token}&access_token={token}", beat)
    assert in_the_query.status == 401


def test_api3_a_field_that_is_not_named_is_neither_taken_nor_given(shared: Product) -> None:
    commit = shared.kind("Thing")["commit"]
    for field in ("initInstances", "paused", "commit", "__proto__", "plan_id", "resource_per_instance"):
        answer = shared.post(ORCHESTRATE, {field: 3})
        assert answer.status == 400 and "is not known" in answer.json["detail"]
    assert shared.kind("Thing")["commit"] == commit
    for path in ("/v1/api/overview", "/v1/api/instances", "/v1/api/kinds/Thing"):
        names = {name.lower() for name in re.findall(r'"(\w+)":', shared.get(path).text)}
        assert not [name for name in names if any(secret in name for secret in SECRET_FIELDS)]


def test_api4_what_one_client_can_use_up_is_bounded(shared: Product) -> None:
    for path, status in (
        ("/v1/api/events?limit=501", 422),
        ("/v1/api/instances/Thing/0/logs?lines=2001", 422),
        (f"/v1/api/resources?id={'x' * 40_000}", 400),
    ):
        assert shared.get(path).status == status
    assert shared.call("POST", ORCHESTRATE, b" " * 70_000).status == 413
    assert shared.call("POST", ORCHESTRATE, b"[" * 60_000).status == 400
    with _streams(shared, 301) as heads:
        refused = [head for head in heads if not head.startswith(b"HTTP/1.1 200 ")]
        assert len(refused) == 1 and refused[0].startswith(b"HTTP/1.1 429 ")
        assert b"retry-after: " in refused[0].lower()
        assert shared.get("/v1/api/kinds/Thing").status == 200


def test_api5_a_function_is_reached_by_its_own_method_and_path_only(shared: Product) -> None:
    for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        answer = shared.call("GET", ORCHESTRATE, headers={header: "POST"})
        assert answer.status == 405
    for path in ("/v1/api/orchestrations/Thing/orchestrate/", "//v1/api/kinds", "/v1/API/kinds", "/admin"):
        assert shared.get(path).status == 404
    given = {"X-Original-URL": "/v1/api/kinds", "X-Rewrite-URL": "/v1/api/kinds"}
    assert shared.call("GET", "/nothing", headers=given).status == 404


def test_api6_a_flow_that_costs_is_taken_in_turn_and_changes_nothing_when_repeated(shared: Product) -> None:
    wish = {"resourcePerInstance": 190}
    assert shared.post(ORCHESTRATE, wish).status == 200
    shared.settle()
    commit, owners = shared.kind("Thing")["commit"], shared.served_by("Thing")
    with ThreadPoolExecutor(20) as many:
        answers = list(many.map(lambda _: shared.post(ORCHESTRATE, wish), range(40)))
    assert {answer.status for answer in answers} == {200}
    assert not any(answer.json["changed"] for answer in answers)
    assert (shared.kind("Thing")["commit"], shared.served_by("Thing")) == (commit, owners)


def test_api7_no_request_makes_the_server_call_anybody(shared: Product) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as trap:
        trap.settimeout(0.2)
        address = f"http://127.0.0.1:{trap.getsockname()[1]}/"
        for header in (
            "X-Forwarded-Host",
            "X-Forwarded-For",
            "Referer",
            "Forwarded",
            "X-Shardwright-Asked-By",
        ):
            assert shared.call("GET", "/v1/api/kinds/Thing", headers={header: address}).status == 200
        for field in ("url", "callback", "webhook"):
            assert shared.post(ORCHESTRATE, {field: address}).status == 400
        shared.get(f"/v1/api/resources?id={address}")
        shared.get(f"/v1/api/kinds/{address.replace('/', '%2F')}")
        with pytest.raises(TimeoutError):
            trap.accept()


def test_api8_nothing_is_told_of_the_inside_and_every_answer_is_guarded(shared: Product) -> None:
    port = int(shared.url.rpartition(":")[2])
    for line in (b"GET /nothing", b"TRACE /", b"DEBUG /livez", b"GET /v1/api/kinds?x=1", b"GET /livez"):
        head, _, body = _asked(port, line + b" HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port).partition(
            b"\r\n\r\n"
        )
        headers = {
            name.lower(): value
            for name, _, value in (row.partition(": ") for row in head.decode().split("\r\n"))
        }
        assert headers["server"] == "shardwright"
        assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in headers
        assert not re.search(rb"Traceback|aiohttp|[Pp]ython|site-packages|\.py", head + body)


def test_api9_the_document_is_whole_and_there_is_one_version(shared: Product) -> None:
    document = shared.get("/openapi.json").json
    assert all(path.startswith("/v1/") or path.count("/") == 1 for path in document["paths"])
    for path, methods in document["paths"].items():
        # A path of the document is there: it refuses another method by naming those that it has.
        filled = re.sub(r"{\w+}", "x", path)
        other = next(method for method in ("PATCH", "PUT") if method.lower() not in methods)
        assert shared.call(other, filled).status == 405, path
    for path in (
        "/v0/api/kinds",
        "/v2/api/kinds",
        "/api/kinds",
        "/debug",
        "/docs/",
        "/.git/config",
        "/config.yaml",
    ):
        assert shared.get(path).status == 404


def test_api10_what_other_systems_send_is_checked_as_what_strangers_send(shared: Product) -> None:
    # The rest of this row: tests/product/test_hostile_mqtt.py, test_hostile_ids.py, test_zookeeper_edited.py.
    shared.sql(
        'INSERT INTO "Thing" (id, name, created) VALUES (?, ?, ?)', "a\x1b[2J", "", "2026-01-01 00:00:00"
    )
    try:
        assert shared.post("/v1/api/kinds/Thing/resync").status == 200
        assert "a\x1b[2J" not in shared.served_ids("Thing")
        assert "\x1b" not in shared.get("/v1/api/kinds/Thing").text
    finally:
        shared.sql('DELETE FROM "Thing" WHERE id = ?', "a\x1b[2J")
        shared.post("/v1/api/kinds/Thing/resync")
    shared.settle()


def test_the_page_lists_these_tests_and_no_other() -> None:
    section = PAGE.read_text("utf-8").partition("## Hostile clients")[2].partition("\n## ")[0]
    listed = re.findall(r"`(test_api\d+_\w+)`", section)
    here = [name for name in globals() if re.match(r"test_api\d+_", name)]
    assert listed == here and len(here) == 10


@contextmanager
def _streams(product: Product, count: int) -> Iterator[list[bytes]]:
    """So many open streams; how the answer to each begins."""
    port = int(product.url.rpartition(":")[2])
    asked = b"GET /v1/api/events/stream HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port
    opened, heads = [], []
    try:
        for _ in range(count):
            opened.append(socket.create_connection(("127.0.0.1", port), timeout=20.0))
            opened[-1].sendall(asked)
            heads.append(opened[-1].recv(4096))
        yield heads
    finally:
        for one in opened:
            one.close()


def _asked(port: int, request: bytes) -> bytes:
    with closing(socket.create_connection(("127.0.0.1", port), timeout=20.0)) as one:
        one.sendall(request)
        said = b""
        while b"\r\n\r\n" not in said:
            said += one.recv(65_536)
        return said

"""Uploads without end, one key from many hands at once, conditions of any size."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.product.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

UPLOAD = 100 * 1024 * 1024
PIECE = b"x" * 65536
PATHS = (
    "/v1/api/kinds/Thing/resync",
    "/v1/api/kinds/Thing/plans",
    "/v1/api/session",
    "/v1/worker/Thing/0/sync",
)


@contextmanager
def connected(product: Product) -> Iterator[http.client.HTTPConnection]:
    parts = urlsplit(product.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        yield connection
    finally:
        connection.close()


def resident(product: Product) -> int:
    """Bytes of memory that the server holds."""
    assert product.server is not None
    return int(Path(f"/proc/{product.server.pid}/statm").read_text("ascii").split()[1]) * 4096


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("is_told", [True, False], ids=["with its length", "in chunks"])
def test_an_upload_of_100_mb_is_refused_and_fills_nothing(shared: Product, path: str, is_told: bool) -> None:
    before = resident(shared)
    headers = {"Content-Type": "application/json", "Idempotency-Key": "upload", "Authorization": "Bearer x"}
    headers |= {"Content-Length": str(UPLOAD)} if is_told else {"Transfer-Encoding": "chunked"}
    sent = 0
    with connected(shared) as connection:
        connection.putrequest("POST", path)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        assert connection.sock is not None
        try:
            while sent < UPLOAD:
                piece = PIECE if is_told else b"%x\r\n%s\r\n" % (len(PIECE), PIECE)
                connection.sock.sendall(piece)
                sent += len(PIECE)
        except (TimeoutError, ConnectionError):
            # It does not listen to the end.
            assert sent < UPLOAD
        try:
            answer = connection.getresponse()
            assert answer.status in (413, 401), answer.read()
        except ConnectionError:
            assert sent < UPLOAD
    assert resident(shared) - before < UPLOAD // 4
    assert shared.get("/livez").status == 200


def test_of_one_key_from_many_hands_at_once_one_is_carried_out(shared: Product) -> None:
    def ask(_: int) -> tuple[int, str]:
        answer = shared.call(
            "POST", "/v1/api/kinds/Thing/plans", {"note": "many"}, headers={"Idempotency-Key": "many-hands"}
        )
        return answer.status, answer.text

    before = len(shared.get("/v1/api/kinds/Thing/plans").json["items"])
    with ThreadPoolExecutor(16) as hands:
        answers = list(hands.map(ask, range(16)))
    assert {status for status, _ in answers} <= {200, 409}
    assert len({text for status, text in answers if status == 200}) == 1
    assert len(shared.get("/v1/api/kinds/Thing/plans").json["items"]) == before + 1
    assert ask(0)[0] == 200


@pytest.mark.parametrize("name", ["If-Match", "If-None-Match", "Idempotency-Key"])
@pytest.mark.parametrize(
    "value", ['"' + "x" * 7000 + '"', ",".join(['"a"'] * 2000), "\t", "'; DROP TABLE idempotency; --", "\xff"]
)
def test_a_header_of_any_text_is_refused_or_holds(shared: Product, name: str, value: str) -> None:
    path = "/v1/api/kinds/Thing/pause?dryRun=true"
    with connected(shared) as connection:
        connection.putrequest("POST", path)
        connection.putheader(name, value.encode("latin-1"))
        connection.putheader("Content-Length", "0")
        connection.endheaders()
        answer = connection.getresponse()
        assert answer.status in (200, 400, 412), answer.read()
        assert b"Traceback" not in answer.read()
    assert shared.kind("Thing")["paused"] is False


def test_the_server_is_whole_after_all_that(shared: Product) -> None:
    shared.settle()
    shared.assert_served_once(within=30.0)

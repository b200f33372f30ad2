"""Clients that send slowly, too much or never, and more of them than there may be files."""

from __future__ import annotations

import json
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

import pytest

from tests.product.conftest import NewProduct
from tests.product.processes import until
from tests.product.product import Product

HEAD = b"POST /v1/api/orchestrations/Thing/orchestrate?dryRun=true HTTP/1.1\r\nHost: HOST\r\n"
JSON = b"Content-Type: application/json\r\n"
BODY_S, HEADERS_S = 20.0, 75.0
FILES = 300


@pytest.mark.slow
def test_headers_and_a_body_that_trickle_in_are_cut_off_and_nobody_waits_for_them(shared: Product) -> None:
    port = _port(shared)
    host = b"127.0.0.1:%d" % port
    began = time.monotonic()
    with ExitStack() as stack:
        headers = [stack.enter_context(_connected(port)) for _ in range(100)]
        bodies = [stack.enter_context(_connected(port)) for _ in range(100)]
        for one in headers:
            one.sendall(HEAD.replace(b"HOST", host))
        for one in bodies:
            one.sendall(HEAD.replace(b"HOST", host) + JSON + b"Content-Length: 60000\r\n\r\n")
        for what, those, drip, within in (
            ("bodies", bodies, b" ", BODY_S),
            ("headers", headers, b"X-a: b\r\n", HEADERS_S),
        ):
            answers = []
            while len(answers) < len(those):
                waited = time.monotonic() - began
                assert waited < within + 25.0, f"{len(those) - len(answers)} of the {what} are open"
                for one in [*headers, *bodies]:
                    _drip(one, drip if one in those else b"")
                answers = [said for one in those if (said := _ended(one)) is not None]
                asked = time.monotonic()
                assert shared.get("/v1/api/kinds/Thing").status == 200
                assert time.monotonic() - asked < 5.0
                time.sleep(1.0)
            assert time.monotonic() - began > within - 2.0
            if what == "bodies":
                assert all(said.startswith(b"HTTP/1.1 408 ") for said in answers)
                assert b"did not come within 20 s" in answers[0]
    assert "Traceback" not in shared.said()


@pytest.mark.slow
def test_more_connections_than_there_may_be_do_not_keep_the_server_from_its_work(
    new_product: NewProduct,
) -> None:
    product = new_product()
    with _fewer_files(FILES):
        product.launch()
    until(product.is_ready, 60.0, what="it is ready")
    product.settle()
    with ExitStack() as stack:
        for _ in range(2 * FILES):
            stack.enter_context(_connected(_port(product))).sendall(b"GET /livez HTTP/1.1\r\nHost: h\r\nX")
        for path in ("/livez", "/readyz", "/v1/api/kinds/Thing"):
            assert product.get(path).status == 200
        assert (
            product.post("/v1/api/orchestrations/Thing/orchestrate", {"resourcePerInstance": 150}).status
            == 200
        )
        product.settle()
        product.assert_served_once(within=20.0)
    assert "150 connections are open: those without a request are ended" in product.said()
    assert product.stop() == 0


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n\r\n", {400, 414}),
        (b"GET /?" + b"a=b&" * 20_000 + b" HTTP/1.1\r\n\r\n", {400, 414}),
        (b"GET /livez HTTP/1.1\r\nHost: HOST\r\nX-a: " + b"b" * 100_000 + b"\r\n\r\n", {400, 431}),
        (b"GET /livez HTTP/1.1\r\nHost: HOST\r\n" + b"X-a: b\r\n" * 50_000 + b"\r\n", {400, 431}),
        (b"GET /livez HTTP/1.1\r\nHost: HOST\r\n" + b"c" * 40_000 + b": d\r\n\r\n", {400, 431}),
        (HEAD + JSON + b"Content-Length: 999999999999\r\n\r\n", {413}),
        (HEAD + JSON + b"Content-Length: -1\r\n\r\n", {400}),
        (HEAD + JSON + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}", {400}),
        (HEAD + JSON + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
        (HEAD + JSON + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", {400, 413}),
        (b"GET http://elsewhere.example/livez HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n", {421}),
        (b"GET /livez HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n", {421}),
        (b"CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n", {400, 404, 405, 421}),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 404, 421, 505}),
    ],
    ids=lambda value: repr(value[:34]) if isinstance(value, bytes) else "",
)
def test_a_request_that_is_too_large_or_says_two_things_at_once_is_refused(
    shared: Product, request_: bytes, status: set[int]
) -> None:
    with _connected(_port(shared)) as one:
        one.settimeout(20.0)
        # It may refuse what has not come to its end yet.
        with suppress(OSError):
            one.sendall(request_.replace(b"HOST", b"127.0.0.1:%d" % _port(shared)))
        said = b""
        try:
            while b"\r\n\r\n" not in said and (part := one.recv(65_536)):
                said += part
        except ConnectionResetError:
            assert said or len(request_) > 30_000
    if said:
        assert int(said.split()[1]) in status, said[:300]
        head, _, body = said.partition(b"\r\n\r\n")
        assert b"application/problem+json" in head
        assert not body or json.loads(body)["detail"]
    assert shared.get("/livez").status == 200


def _port(product: Product) -> int:
    return int(product.url.rpartition(":")[2])


@contextmanager
def _connected(port: int) -> Iterator[socket.socket]:
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10.0)) as one:
        yield one


def _drip(one: socket.socket, drip: bytes) -> None:
    one.setblocking(False)
    try:
        one.send(drip)
    except OSError:
        return  # it was cut off


def _ended(one: socket.socket) -> bytes | None:
    """What was answered before the end, or None while the connection is open and silent."""
    one.setblocking(False)
    try:
        return one.recv(65_536, socket.MSG_PEEK)
    except BlockingIOError:
        return None
    except OSError:
        return b""


@contextmanager
def _fewer_files(count: int) -> Iterator[None]:
    """What is started meanwhile may open so many files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

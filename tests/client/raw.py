"""A server that answers what it is told to, in turn, and writes down what it was asked; it can break off."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

CUT = object()
"""An answer that ends in the middle."""
NOTHING = object()
"""The connection is closed without an answer."""


@dataclass
class Raw:
    """``answers``: in turn; the last one again and again. Each is a document, CUT, NOTHING, bytes, or
    (status, document, headers).
    """

    answers: list[Any] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    url: str = ""

    def keys(self) -> list[str | None]:
        return [headers.get("Idempotency-Key") for _, _, headers, _ in self.asked]

    def next(self) -> Any:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def raw(*answers: Any, tls: ssl.SSLContext | None = None) -> Iterator[Raw]:
    double = Raw(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            double.asked.append((self.command, self.path, dict(self.headers), body))
            answer = double.next()
            if answer is NOTHING:
                return
            status, document, headers = answer if isinstance(answer, tuple) else (200, answer, {})
            is_cut = document is CUT
            content = (
                b'{"a":'
                if is_cut
                else document
                if isinstance(document, bytes)
                else json.dumps(document).encode()
            )
            self.send_response(status)
            self.send_header("Content-Length", str(len(content) + (100 if is_cut else 0)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = True

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A handshake that the client gives up is what a test wants."""

    server = Quiet(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    double.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()


def problem(status: int, detail: str, *reasons: str, **headers: str) -> tuple[int, Any, dict[str, str]]:
    document = {"title": "Title", "status": status, "detail": detail, "reasons": list(reasons) or [detail]}
    return status, document, headers

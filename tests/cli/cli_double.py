"""A double of the API: fixed answers over real HTTP, and a record of what was asked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class ApiDouble:
    """``answers``: path without its query -> document, or (status, document), or bytes of a stream."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    url: str = ""

    def start(self) -> ThreadingHTTPServer:
        double = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(None)

            def do_POST(self) -> None:
                self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def do_PUT(self) -> None:
                self.do_POST()

            def do_PATCH(self) -> None:
                self.do_POST()

            def do_DELETE(self) -> None:
                self.answer(None)

            def answer(self, body: Any) -> None:
                double.asked.append((self.command, self.path, body))
                found = double.answers.get(self.path.partition("?")[0], (404, {"title": "Not Found"}))
                status, document = found if isinstance(found, tuple) else (200, found)
                content = document if isinstance(document, bytes) else json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return server


def problem(status: int, detail: str, *reasons: str) -> tuple[int, dict[str, Any]]:
    """A refusal, as the API words it."""
    titles = {404: "Not Found", 409: "Conflict", 422: "Unprocessable Entity", 503: "Service Unavailable"}
    return status, {
        "title": titles[status],
        "status": status,
        "detail": detail,
        "reasons": reasons or (detail,),
    }

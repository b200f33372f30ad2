"""Stands between a client and the Kubernetes API, and does to its requests what a bad day does."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from tests.runtime.kubelet import certificate

Matches = Callable[[str, str], bool]
"""Of a method and a path with its query."""


class Fault:
    """What befalls the next ``times`` requests that match.

    ``status``: answered with it instead. ``is_sent``: the API gets the request all the same. ``status`` None:
    the answer is lost, and the connection with it. ``rewrite``: the path that is sent on instead.
    ``body``: what is answered instead of a sentence.
    """

    def __init__(
        self,
        matches: Matches,
        *,
        status: int | None = None,
        is_sent: bool = False,
        times: int = 1,
        rewrite: Callable[[str], str] | None = None,
        body: bytes = b"",
    ) -> None:
        self.matches = matches
        self.status = status
        self.is_sent = is_sent
        self.times = times
        self.rewrite = rewrite
        self.body = body


class Gate:
    """``kubeconfig``: signs in as the user of the one that was given, through the gate.

    ``requests``: every method and path that came. ``open``: while it is cleared, nothing passes, either
    way, on old connections and new ones.
    """

    def __init__(self, folder: Path, kubeconfig: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        authority, pair = certificate()
        config = yaml.safe_load(kubeconfig.read_text())
        cluster = config["clusters"][0]["cluster"]
        self.target = urlsplit(cluster["server"]).netloc
        self.requests: list[tuple[str, str]] = []
        self.faults: list[Fault] = []
        self.open = threading.Event()
        self.open.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"gate": self}))
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        cluster.pop("certificate-authority-data", None)
        cluster["server"] = f"https://127.0.0.1:{self._server.server_address[1]}"
        cluster["certificate-authority"] = str(authority)
        self.kubeconfig = folder / "gate.kubeconfig"
        self.kubeconfig.write_text(json.dumps(config))
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def fault(self, matches: Matches, **what: Any) -> None:
        self.faults.append(Fault(matches, **what))

    def close(self) -> None:
        self.open.set()
        self._server.shutdown()
        self._server.server_close()

    def take(self, method: str, path: str) -> Fault | None:
        self.requests.append((method, path))
        for fault in self.faults:
            if fault.times > 0 and fault.matches(method, path):
                fault.times -= 1
                return fault
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    gate: Gate

    def handle(self) -> None:
        try:
            super().handle()
        except (OSError, http.client.HTTPException):
            self.close_connection = True

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.gate.take(self.command, self.path)
        self.gate.open.wait()
        if fault is not None and fault.rewrite is not None:
            self._pass(fault.rewrite(self.path), body)
        elif fault is None:
            self._pass(self.path, body)
        else:
            if fault.is_sent:
                upstream = self._upstream(self.path, body)
                upstream.getresponse().read()
                upstream.close()
            if fault.status is None:
                self.close_connection = True
                return
            said = {"kind": "Status", "message": f"told to answer {fault.status}", "reason": "Told"}
            self._head(fault.status, {"Content-Type": "application/json", "Retry-After": "1"})
            self._chunks([fault.body or json.dumps(said).encode()])

    do_GET = do_POST = do_DELETE = _serve

    def _pass(self, path: str, body: bytes) -> None:
        upstream = self._upstream(path, body)
        try:
            answer = upstream.getresponse()
            self._head(answer.status, {"Content-Type": answer.getheader("Content-Type", "")})
            self._chunks(iter(lambda: answer.read1(65536), b""))
        finally:
            upstream.close()

    def _upstream(self, path: str, body: bytes) -> http.client.HTTPSConnection:
        # The test trusts the API; only the client that is tested must check whom it speaks to.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        upstream = http.client.HTTPSConnection(self.gate.target, context=context, timeout=30)
        names = ("Authorization", "Content-Type", "Accept")
        headers = {name: self.headers[name] for name in names if name in self.headers}
        upstream.request(self.command, path, body or None, headers)
        return upstream

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _chunks(self, chunks: Any) -> None:
        for chunk in chunks:
            self.gate.open.wait()
            self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:
        return

"""A small identity provider on loopback: keys made here, a document of them, and switches for its moods."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Mapping
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

AUDIENCE = "shardwright"


@cache
def rsa_key(which: str = "one", bits: int = 2048) -> rsa.RSAPrivateKey:
    """Another one for each name, made once."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        # Not by way of HTTPServer, which asks the DNS for the name of the loopback.
        TCPServer.server_bind(self)


class Issuer:
    """``keys``: private keys by key id, whose public halves it shows. Start it, and stop it."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {"one": rsa_key()}
        self.extra: list[object] = []
        self.asked: list[str] = []
        self.status = 200
        self.body: bytes | None = None
        self.wait = threading.Event()
        self.wait.set()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.wait.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def claims(self, **changed: object) -> dict[str, object]:
        """Those of a good token; a claim that is changed to None is left out."""
        now = int(time.time())
        good = {"iss": self.url, "aud": AUDIENCE, "sub": "alice", "iat": now, "exp": now + 300}
        return {name: value for name, value in (good | changed).items() if value is not None}

    def token(
        self,
        kid: str | None = "one",
        algorithm: str = "RS256",
        key: Any = None,
        headers: Mapping[str, object] | None = None,
        **changed: object,
    ) -> str:
        named = {} if kid is None else {"kid": kid}
        signing = key if key is not None else self.keys[kid or "one"]
        return jwt.encode(
            self.claims(**changed), signing, algorithm=algorithm, headers={**named, **(headers or {})}
        )

    def public_pem(self, kid: str = "one") -> bytes:
        pem: bytes = (
            self.keys[kid]
            .public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
        return pem

    def documents(self) -> dict[str, object]:
        shown = [_jwk(kid, key) for kid, key in self.keys.items()]
        return {
            "/keys": {"keys": [*shown, *self.extra]},
            "/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": f"{self.url}/keys"},
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked.append(self.path)
                issuer.wait.wait(30)
                found = issuer.documents().get(self.path)
                body = issuer.body if issuer.body is not None else json.dumps(found).encode()
                self.send_response(404 if found is None else issuer.status)
                if issuer.status in (301, 302):
                    self.send_header("Location", f"{issuer.url}/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except ConnectionError:
                    return

            def log_message(self, format: str, *args: object) -> None:
                return

        return Handler


def unsigned(header: Mapping[str, object], claims: Mapping[str, object], signature: bytes = b"") -> str:
    """A token put together by hand, as who forges one does."""
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def _jwk(kid: str, key: Any) -> dict[str, Any]:
    public = key.public_key()
    if isinstance(key, rsa.RSAPrivateKey):
        return {**RSAAlgorithm.to_jwk(public, as_dict=True), "kid": kid, "use": "sig"}
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return {**ECAlgorithm.to_jwk(public, as_dict=True), "kid": kid, "alg": "ES256"}
    assert isinstance(key, ed25519.Ed25519PrivateKey)
    return {**OKPAlgorithm.to_jwk(public, as_dict=True), "kid": kid}

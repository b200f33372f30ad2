"""The same exchange over https: session tickets make a TLS socket readable before any answer has come."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Orchestrator, Start

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")


def test_an_acknowledgement_abandons_an_exchange_over_tls_too(
    orchestrator: Orchestrator, start: Start, tmp_path: Path
) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost"
    made += f" -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {certificate}"
    subprocess.run(["openssl", *made.split()], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    orchestrator.server.socket = context.wrap_socket(orchestrator.server.socket, server_side=True)
    orchestrator.assign("a")
    start(
        SHARDWRIGHT_URL=orchestrator.url.replace("http:", "https:"),
        SSL_CERT_FILE=str(certificate),
        SHARDWRIGHT_TEST_RELEASE_DELAY="0.3",
    )
    orchestrator.wait(lambda beat: (beat["load"]["held"], beat["load"]["acquiring"]) == (1, 0))
    generation = orchestrator.assign()
    orchestrator.terms["interval"] = 30.0
    orchestrator.wait(lambda beat: beat["generation"] == generation and beat["pending"] == ["a"])
    began = time.monotonic()
    orchestrator.wait(lambda beat: beat["generation"] == generation and beat["pending"] == [])
    assert 0.1 < time.monotonic() - began < 1.5

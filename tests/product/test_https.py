"""A server that ends TLS itself: for people, for workers and for its own probe."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.product.conftest import NewProduct
from tests.product.product import Product
from tests.services.certificates import Authority

pytestmark = pytest.mark.slow


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    made = Authority(tmp_path / "authority")
    # What Python's own clients trust: those of this test, and the workers of the product.
    monkeypatch.setenv("SSL_CERT_FILE", str(made.ca))
    return made


def pair(authority: Authority, name: str, folder: Path) -> dict[str, str]:
    both = authority.vouch(name, "IP:127.0.0.1")
    key, certificate = folder / "server.key", folder / "server.pem"
    key.write_text(both.with_suffix(".key").read_text())
    certificate.write_text(both.with_suffix(".crt").read_text())
    return {
        "SHARDWRIGHT_API__TLS__CERTIFICATE": str(certificate),
        "SHARDWRIGHT_API__TLS__KEY": str(key),
    }


def shown(product: Product, authority: Authority) -> str:
    """The name in the certificate that a new connection is shown."""
    port = urlsplit(product.described()["api"]).port
    context = ssl.create_default_context(cafile=str(authority.ca))
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as link,
    ):
        found = link.getpeercert()
    assert found is not None
    return str(dict(part[0] for part in found["subject"])["commonName"])


def test_people_workers_and_the_probe_speak_https(
    new_product: NewProduct, authority: Authority, tmp_path: Path
) -> None:
    product = new_product(pair(authority, "first", tmp_path))
    product.start()
    product.settle()
    assert product.described()["api"].startswith("https://127.0.0.1:")
    assert product.get("/livez").status == 200
    assert product.cli("status").code == 0
    assert shown(product, authority) == "first"
    assert product.stop() == 0


def test_plain_http_is_not_answered(new_product: NewProduct, authority: Authority, tmp_path: Path) -> None:
    product = new_product(pair(authority, "first", tmp_path))
    product.start()
    port = urlsplit(product.described()["api"]).port
    with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
        link.sendall(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        try:
            answer = link.recv(100)
        except ConnectionResetError:
            answer = b""
    assert b"200" not in answer


def test_a_certificate_that_cannot_be_used_is_named(
    new_product: NewProduct, authority: Authority, tmp_path: Path
) -> None:
    given = pair(authority, "first", tmp_path)
    Path(given["SHARDWRIGHT_API__TLS__KEY"]).write_text("no key")
    product = new_product(given)
    product.launch()
    assert product.server is not None and product.server.wait(60) == 1
    assert "api.tls: certificate" in product.said() and "cannot be used" in product.said()

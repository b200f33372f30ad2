"""The certificate that is served, and how it is renewed."""

from __future__ import annotations

import asyncio
import os
import ssl
from pathlib import Path

import pytest

from orchestrator.bootstrap.certificate import ServedCertificate
from orchestrator.errors import ConfigError
from orchestrator.settings.server import ServerTls
from tests.services.certificates import Authority


def write(authority: Authority, name: str, folder: Path) -> ServerTls:
    both = authority.vouch(name, "IP:127.0.0.1")
    files = ServerTls(certificate=folder / "server.pem", key=folder / "server.key")
    files.key.write_text(both.with_suffix(".key").read_text())
    files.certificate.write_text(both.with_suffix(".crt").read_text())
    return files


async def shown(served: ServedCertificate, client: ssl.SSLContext) -> str:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=served.context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client, server_hostname="127.0.0.1")
        found = writer.get_extra_info("peercert")
        writer.close()
        await writer.wait_closed()
    return str(dict(part[0] for part in found["subject"])["commonName"])


async def test_new_connections_are_shown_the_renewed_certificate(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    served = ServedCertificate(write(authority, "first", tmp_path))
    client = ssl.create_default_context(cafile=str(authority.ca))
    assert await shown(served, client) == "first"
    write(authority, "second", tmp_path)
    assert await shown(served, served.own_client()) == "first"
    served.look()
    assert await shown(served, client) == "second"
    assert await shown(served, served.own_client()) == "second"


async def test_half_a_pair_leaves_what_is_served(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    files = write(authority, "first", tmp_path)
    served = ServedCertificate(files)
    client = ssl.create_default_context(cafile=str(authority.ca))
    second = authority.vouch("second", "IP:127.0.0.1")
    files.certificate.write_text(second.with_suffix(".crt").read_text())
    served.look()
    assert await shown(served, client) == "first"
    files.key.write_text(second.with_suffix(".key").read_text())
    os.utime(files.key, ns=(1, 1))
    served.look()
    assert await shown(served, client) == "second", "the other half came"


def test_what_is_no_certificate_is_named(tmp_path: Path) -> None:
    files = ServerTls(certificate=tmp_path / "none.pem", key=tmp_path / "none.key")
    with pytest.raises(ConfigError, match=r"none\.pem .* cannot be used"):
        ServedCertificate(files)

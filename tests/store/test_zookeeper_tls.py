"""Whom the store believes to be ZooKeeper, and how it proves who it is itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from orchestrator.core.decisions import Committed
from orchestrator.errors import Permanent, Unavailable
from orchestrator.store.zookeeper_options import ZookeeperTls
from tests.contract.changes import lead, step
from tests.services.certificates import Authority
from tests.services.waiting import accepts, free_ports, wait_for
from tests.services.zookeeper import own
from tests.services.zookeeper_stores import Stores, opening


@pytest.fixture
async def stores() -> AsyncIterator[Stores]:
    async with opening() as stores:
        yield stores


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def serve(folder: Path, authority: Authority, alternative: str, client_auth: str) -> Iterator[str]:
    port = free_ports(1)[0]
    keys = authority.vouch(f"server-{client_auth}-{port}", alternative)
    secure = {
        "secureClientPort": str(port),
        "secureClientPortAddress": "127.0.0.1",
        "serverCnxnFactory": "org.apache.zookeeper.server.NettyServerCnxnFactory",
        "ssl.keyStore.location": str(keys),
        "ssl.trustStore.location": str(authority.ca),
        "ssl.clientAuth": client_auth,
        "authProvider.x509": "org.apache.zookeeper.server.auth.X509AuthenticationProvider",
    }
    server = own(folder, **secure)
    server.start()
    try:
        wait_for(lambda: accepts(port), 10, "the port for TLS is served")
        yield f"127.0.0.1:{port}"
    finally:
        server.stop()


@pytest.fixture(scope="module")
def address(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Asks its clients for certificates."""
    yield from serve(tmp_path_factory.mktemp("server"), authority, "IP:127.0.0.1", "need")


@pytest.fixture(scope="module")
def misnamed(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Has the certificate of another host."""
    yield from serve(tmp_path_factory.mktemp("misnamed"), authority, "DNS:elsewhere.example", "none")


async def test_a_server_of_the_right_name_and_authority_is_used_and_may_ask_who_we_are(
    stores: Stores, authority: Authority, address: str
) -> None:
    ours = authority.vouch("orchestrator", "DNS:orchestrator")
    tls = ZookeeperTls(ca=authority.ca, certificate=ours, key=ours)
    store = await stores.open(address, tls=tls, private=True)
    assert await store.commit(step(None), await lead(store)) == Committed()
    stranger = authority.vouch("stranger", "DNS:stranger")
    other = await stores.open(address, tls=ZookeeperTls(ca=authority.ca, certificate=stranger, key=stranger))
    with pytest.raises(Permanent, match="no authorization"):
        await other.load("Thing")


async def test_a_server_of_another_name_is_not_spoken_to(
    stores: Stores, authority: Authority, misnamed: str
) -> None:
    store = await stores.open(misnamed, tls=ZookeeperTls(ca=authority.ca), within=1)
    with pytest.raises(Unavailable, match="IP address mismatch"):
        await store.kinds()
    careless = await stores.open(misnamed, tls=ZookeeperTls(ca=authority.ca, check_hostname=False))
    assert list(await careless.kinds()) == []


async def test_a_server_of_another_authority_is_not_spoken_to(
    stores: Stores, misnamed: str, tmp_path: Path
) -> None:
    tls = ZookeeperTls(ca=Authority(tmp_path).ca, check_hostname=False)
    store = await stores.open(misnamed, tls=tls, within=1)
    with pytest.raises(Unavailable, match="certificate verify failed"):
        await store.kinds()


async def test_a_server_that_speaks_no_tls_is_not_spoken_to(
    stores: Stores, authority: Authority, tmp_path: Path
) -> None:
    server = own(tmp_path)
    server.start()
    try:
        store = await stores.open(server.address, tls=ZookeeperTls(ca=authority.ca), within=1)
        with pytest.raises(Unavailable, match="no connection"):
            await store.kinds()
        await store.close()
    finally:
        server.stop()


async def test_certificates_that_cannot_be_read_are_named(stores: Stores, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    for tls in (ZookeeperTls(ca=broken), ZookeeperTls(certificate=broken)):
        with pytest.raises(Permanent, match=str(broken)):
            await stores.open("127.0.0.1:1", tls=tls, within=0)

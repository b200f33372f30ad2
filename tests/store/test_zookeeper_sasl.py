"""Proving who we are by SASL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from orchestrator.core.decisions import Committed
from orchestrator.errors import Permanent, Unavailable
from orchestrator.store.zookeeper_options import ZookeeperOptions
from tests.contract.changes import lead, step
from tests.services.require import missing
from tests.services.zookeeper import own
from tests.services.zookeeper_stores import Stores, opening

JAAS = """Server {
  org.apache.zookeeper.server.auth.DigestLoginModule required user_ann="right";
};
"""
ANN = {"mechanism": "DIGEST-MD5", "username": "ann", "password": "right"}


@pytest.fixture
async def stores() -> AsyncIterator[Stores]:
    async with opening() as stores:
        yield stores


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if find_spec("puresasl") is None:
        missing("SASL", "the package pure-sasl is not installed")
    folder: Path = tmp_path_factory.mktemp("sasl")
    (folder / "jaas.conf").write_text(JAAS)
    provider = {"authProvider.sasl": "org.apache.zookeeper.server.auth.SASLAuthenticationProvider"}
    server = own(
        folder, properties={"java.security.auth.login.config": str(folder / "jaas.conf")}, **provider
    )
    server.start()
    yield server.address
    server.stop()


async def test_what_we_create_with_sasl_is_ours_alone(stores: Stores, address: str) -> None:
    store = await stores.open(address, sasl=ANN)
    assert await store.commit(step(None), await lead(store)) == Committed()
    stranger = await stores.open(address)
    with pytest.raises(Permanent, match="no authorization"):
        await stranger.load("Thing")


async def test_a_refused_password_is_said_and_does_not_end_the_trying(stores: Stores, address: str) -> None:
    store = await stores.open(address, sasl={**ANN, "password": "wrong"}, within=1, session_timeout_s=4)
    said: list[str] = []
    for _ in range(20):
        with pytest.raises(Unavailable) as refused:
            await store.kinds()
        said.append(str(refused.value))
        await asyncio.sleep(0.05)
    # kazoo calls itself connected for the moment before it proves who it is.
    assert sum("SASL authentication failed" in words for words in said) > 10, said


@pytest.mark.skipif(find_spec("puresasl") is not None, reason="pure-sasl is installed")
async def test_sasl_without_its_package_is_refused_at_once(stores: Stores) -> None:
    assert ZookeeperOptions(hosts="a:1", sasl=ANN).is_private
    with pytest.raises(Permanent, match="pure-sasl"):
        await stores.open("127.0.0.1:1", sasl=ANN, within=0)

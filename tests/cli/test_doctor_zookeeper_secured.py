"""Doctor signs in to an ensemble with TLS or SASL as a server would, and names what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.services import zookeeper
from tests.services.certificates import Authority
from tests.services.require import missing
from tests.services.waiting import accepts, free_ports, wait_for

JAAS = """Server {
  org.apache.zookeeper.server.auth.DigestLoginModule required user_ann="right";
};
"""


@pytest.fixture
def ask(shardwright: Any, home: Path) -> Any:
    """What doctor says of ZooKeeper with these keys in its configuration."""

    def asked(**keys: Any) -> tuple[int, dict[str, dict[str, Any]]]:
        store = {"engine": "zookeeper", "zookeeper": keys}
        written = {"store": store, "api": {"port": 0}, "mqtt": {"port": 0}}
        (home / "config.yaml").write_text(json.dumps(written))
        ended = shardwright("doctor", "-o", "json")
        assert "hunter2" not in ended.out + ended.err
        return ended.code, {each["name"]: each for each in json.loads(ended.out)}

    return asked


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def encrypted(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with TLS, which asks nobody for a certificate."""
    port = free_ports(1)[0]
    secure = {
        "secureClientPort": str(port),
        "secureClientPortAddress": "127.0.0.1",
        "serverCnxnFactory": "org.apache.zookeeper.server.NettyServerCnxnFactory",
        "ssl.keyStore.location": str(authority.vouch("server", "IP:127.0.0.1")),
        "ssl.trustStore.location": str(authority.ca),
        "ssl.clientAuth": "none",
    }
    server = zookeeper.own(tmp_path_factory.mktemp("encrypted"), **secure)
    server.start()
    try:
        wait_for(lambda: accepts(port), 30, "the port for TLS is served")
        yield f"127.0.0.1:{port}"
    finally:
        server.stop()


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that knows the account ann by SASL."""
    if find_spec("puresasl") is None:
        missing("SASL", "the package pure-sasl is not installed")
    folder = tmp_path_factory.mktemp("signed")
    (folder / "jaas.conf").write_text(JAAS)
    provider = {"authProvider.sasl": "org.apache.zookeeper.server.auth.SASLAuthenticationProvider"}
    properties = {"java.security.auth.login.config": str(folder / "jaas.conf")}
    server = zookeeper.own(folder, properties=properties, **provider)
    server.start()
    yield server.address
    server.stop()


def test_a_server_with_tls_is_used_and_tells_its_release(
    ask: Any, authority: Authority, encrypted: str
) -> None:
    code, found = ask(hosts=encrypted, tls={"ca": str(authority.ca)})
    assert (code, found["zookeeper"]["ok"]) == (0, True)
    assert " is version 3." in found["zookeeper server 1"]["detail"]


def test_an_authority_that_is_not_trusted_is_named_as_the_reason(
    ask: Any, encrypted: str, tmp_path: Path
) -> None:
    code, found = ask(hosts=encrypted, tls={"ca": str(Authority(tmp_path, "other").ca)})
    assert (code, found["zookeeper"]["ok"]) == (1, False)
    assert "certificate verify failed" in found["zookeeper"]["detail"]


def test_an_account_that_sasl_accepts_is_used_and_one_that_it_refuses_is_named(ask: Any, signed: str) -> None:
    account = {"hosts": signed, "mechanism": "sasl", "username": "ann"}
    code, found = ask(**account, password="right")
    assert (code, found["zookeeper"]["ok"]) == (0, True)
    code, found = ask(**account, password="hunter2")
    assert (code, found["zookeeper"]["ok"]) == (1, False)
    assert "SASL authentication failed" in found["zookeeper"]["detail"]

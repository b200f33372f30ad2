"""The subscriber and the publisher's link over TLS: who is believed, and what is said of whom is not."""

from __future__ import annotations

import asyncio
import dataclasses
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from notify.endpoint import Endpoint, Tls
from notify.message import encode
from notify.publisher.link import Link
from orchestrator.errors import ConfigError
from orchestrator.ports import Connected
from tests.services import mosquitto
from tests.services.certificates import Authority
from tests.services.mosquitto_server import Mosquitto
from tests.services.waiting import wait_for

from .mosquitto_tools import LONG, connected, publish, reading, told


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def broker(tmp_path: Path, authority: Authority) -> Iterator[Mosquitto]:
    identity = authority.vouch("broker", "IP:127.0.0.1")
    with mosquitto.running(tmp_path, certificates=(authority.ca, identity)) as broker:
        yield broker


def client_tls(authority: Authority, **fields: object) -> Tls:
    identity = str(authority.vouch("client", "DNS:client"))
    known = {"ca_file": str(authority.ca), "certificate_file": identity, "key_file": identity}
    return Tls(**{**known, **fields})  # type: ignore[arg-type]


async def test_messages_arrive_over_a_link_on_which_both_show_certificates(
    broker: Mosquitto, authority: Authority
) -> None:
    async with reading(broker.endpoint(client_tls(authority))) as reader:
        await connected(reader)
        await asyncio.to_thread(publish, broker, encode("c", "Thing", ["a"]))
        await reader.until(lambda: bool(reader.hints), LONG)


async def test_a_broker_of_another_authority_is_refused(
    broker: Mosquitto, authority: Authority, tmp_path: Path
) -> None:
    other = Authority(tmp_path / "other", "other")
    async with reading(broker.endpoint(client_tls(authority, ca_file=str(other.ca)))) as reader:
        await told(reader, "certificate verify failed")
        assert not reader.of(Connected)


async def test_a_broker_under_another_host_name_is_refused_unless_names_do_not_count(
    broker: Mosquitto, authority: Authority
) -> None:
    strict = dataclasses.replace(broker.endpoint(client_tls(authority)), host="localhost")
    async with reading(strict) as reader:
        await told(reader, "not valid for 'localhost'")
        assert not reader.of(Connected)
    lax = dataclasses.replace(strict, tls=client_tls(authority, check_hostname=False))
    async with reading(lax) as reader:
        await connected(reader)


async def test_a_client_without_a_certificate_is_refused_and_told(
    broker: Mosquitto, authority: Authority
) -> None:
    anonymous = client_tls(authority, certificate_file=None, key_file=None)
    async with reading(broker.endpoint(anonymous)) as reader:
        await told(reader, str(broker.endpoint(anonymous)))
        await asyncio.sleep(0.5)
        assert not reader.of(Connected)


async def test_without_an_authority_the_systems_own_are_trusted_and_no_others(
    broker: Mosquitto, authority: Authority
) -> None:
    async with reading(broker.endpoint(client_tls(authority, ca_file=None))) as reader:
        await told(reader, "certificate verify failed")
    blind = client_tls(authority, ca_file=None, insecure_skip_verify=True)
    async with reading(broker.endpoint(blind)) as reader:
        await connected(reader)


async def test_plain_text_to_a_port_of_tls_is_no_connection(broker: Mosquitto) -> None:
    plain = dataclasses.replace(broker.endpoint(), port=broker.tls_port)
    async with reading(plain) as reader:
        await told(reader, "is disconnected")
        assert not reader.of(Connected)


def test_the_publishers_link_believes_the_same_brokers(
    broker: Mosquitto, authority: Authority, tmp_path: Path
) -> None:
    def link(endpoint: Endpoint) -> Link:
        return Link(endpoint, lambda: None, (0.1, 0.4))

    good, bad = (
        link(broker.endpoint(client_tls(authority))),
        link(broker.endpoint(client_tls(authority, ca_file=str(Authority(tmp_path / "x", "x").ca)))),
    )
    for each in (good, bad):
        each.open()
    try:
        wait_for(lambda: good.is_up, LONG, "the link stands")
        assert good.publish([b"{}"], 10) == [True]
        assert bad.publish([b"{}"], 1) == [False]
        assert not bad.is_up
    finally:
        for each in (good, bad):
            each.close()


def test_files_that_cannot_be_used_are_named(authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.pem cannot be used"):
        Tls(ca_file=str(tmp_path / "absent.pem")).context()
    identity, locked = authority.vouch("locked", "DNS:locked"), tmp_path / "locked.key"
    subprocess.run(
        ["openssl", "rsa", "-aes256", "-passout", "pass:secret", "-in", identity, "-out", locked],
        check=True,
        capture_output=True,
    )
    with pytest.raises(ConfigError, match=r"locked\.key cannot be used"):
        Tls(certificate_file=str(identity), key_file=str(locked)).context()

"""Credentials and certificates: those that fit are taken, the others refused in a sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from heartbeat.kafka_options import KafkaOptions
from orchestrator.errors import Permanent
from tests.heartbeat.kafka_scene import PATIENCE_S, listening, with_topic
from tests.services.certificates import Authority
from tests.services.kafka import Account, own
from tests.services.waiting import until

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

ACCOUNT = Account("orchestrator", "open-sesame")


@dataclass(frozen=True, slots=True)
class Protected:
    """``right``: options with which the broker takes us."""

    right: KafkaOptions
    authority: Authority
    stranger: Authority


@pytest.fixture(scope="module")
def protected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Protected]:
    folder = tmp_path_factory.mktemp("kafka-protected")
    authority, stranger = Authority(folder / "known"), Authority(folder / "stranger", "stranger")
    server = own(folder / "server", account=ACCOUNT, certificate=authority.vouch("broker", "IP:127.0.0.1"))
    server.start()
    chosen = with_topic(server.bootstrap)
    right = replace(
        chosen,
        bootstrap=(server.secured,),
        security_protocol="sasl_ssl",
        username=ACCOUNT.name,
        password=ACCOUNT.password,
        ca=authority.ca,
    )
    yield Protected(right, authority, stranger)
    server.stop()


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
async def test_the_right_password_over_tls_is_taken(protected: Protected, mechanism: str) -> None:
    async with listening(replace(protected.right, sasl_mechanism=mechanism)) as channel:
        await channel.proves_itself()


async def test_a_wrong_password_is_said_and_never_shown(protected: Protected) -> None:
    wrong = replace(protected.right, password="guessed-wrongly")
    assert "guessed-wrongly" not in repr(wrong)
    async with listening(wrong) as channel:
        await until(lambda: "invalid credentials" in channel.beats.fault, PATIENCE_S, "the reason")
        await asyncio.sleep(1.5)
        assert "invalid credentials" in channel.beats.fault
        assert "guessed-wrongly" not in channel.beats.fault
        assert channel.beats.proven() is None


async def test_a_broker_that_no_trusted_authority_vouches_for_is_refused(protected: Protected) -> None:
    async with listening(replace(protected.right, ca=protected.stranger.ca)) as channel:
        await until(lambda: "certificate verify failed" in channel.beats.fault, PATIENCE_S, "the reason")
        assert channel.beats.proven() is None


async def test_a_broker_under_another_name_is_refused_unless_names_are_not_checked(
    tmp_path: Path, protected: Protected
) -> None:
    server = own(tmp_path, account=ACCOUNT, certificate=protected.authority.vouch("other", "DNS:elsewhere"))
    await asyncio.to_thread(server.start)
    try:
        with_topic(server.bootstrap, topic=protected.right.topic)
        elsewhere = replace(protected.right, bootstrap=(server.secured,))
        async with listening(elsewhere) as channel:
            await until(lambda: "certificate verify failed" in channel.beats.fault, PATIENCE_S, "the reason")
        async with listening(replace(elsewhere, check_hostname=False)) as channel:
            await channel.proves_itself()
    finally:
        server.stop()


async def test_a_certificate_of_ours_is_shown_where_it_is_asked_for(
    tmp_path: Path, protected: Protected
) -> None:
    authority = protected.authority
    server = own(tmp_path, certificate=authority.vouch("asking", "IP:127.0.0.1"), clients=authority.ca)
    await asyncio.to_thread(server.start)
    try:
        chosen = with_topic(server.bootstrap)
        bare = replace(chosen, bootstrap=(server.secured,), security_protocol="ssl", ca=authority.ca)
        async with listening(bare) as channel:
            await until(lambda: "cannot be used" in channel.beats.fault, PATIENCE_S, "refused")
        ours = replace(bare, certificate=authority.vouch("us", "DNS:orchestrator"))
        async with listening(ours) as channel:
            await channel.proves_itself()
    finally:
        server.stop()


async def test_a_file_that_is_no_certificate_is_named(tmp_path: Path, protected: Protected) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    async with listening(replace(protected.right, ca=empty)) as channel:
        await until(lambda: str(empty) in channel.beats.fault, PATIENCE_S, "the file")


def test_options_that_cannot_be_meant_are_refused() -> None:
    with pytest.raises(Permanent, match="at least one broker"):
        KafkaOptions(bootstrap=())
    with pytest.raises(Permanent, match="plaintext, ssl, sasl_plaintext, sasl_ssl"):
        KafkaOptions(bootstrap=("a:1",), security_protocol="tls")
    with pytest.raises(Permanent, match="at most half"):
        KafkaOptions(bootstrap=("a:1",), window_s=5, canary_interval_s=5)

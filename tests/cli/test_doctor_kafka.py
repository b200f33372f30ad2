"""Doctor looks at the topic of the heartbeats, and says why beats there could not be trusted."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient

from tests.services import kafka
from tests.services.waiting import free_ports

pytestmark = [pytest.mark.usefixtures("swept"), pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")]


@pytest.fixture
def swept() -> Iterator[None]:
    """kafka-python drops sockets that failed to connect without closing them: not into another test."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def address() -> str:
    return kafka.shared()


def topic(address: str, **configs: str) -> str:
    """A new topic of two partitions."""
    name = kafka.new_name()
    admin = KafkaAdminClient(bootstrap_servers=address)
    try:
        wanted = {"num_partitions": 2, "replication_factor": 1, "configs": configs}
        admin.create_topics({name: wanted}, wait_for_metadata=True)
    finally:
        admin.close()
    return name


BROKERS_TIME = {"message.timestamp.type": "LogAppendTime"}


@pytest.fixture
def ask(shardwright: Any, home: Path) -> Any:
    """What doctor says of Kafka with these keys in its configuration."""

    def asked(bootstrap: str, **keys: Any) -> tuple[int, list[dict[str, Any]]]:
        wanted = {"bootstrap": [bootstrap], **keys}
        written = {"kafka": wanted, "api": {"port": 0}, "mqtt": {"port": 0}}
        (home / "config.yaml").write_text(json.dumps(written))
        ended = shardwright("doctor", "-o", "json")
        assert "hunter2" not in ended.out + ended.err
        return ended.code, [each for each in json.loads(ended.out) if each["name"] == "kafka"]

    return asked


def test_a_topic_with_the_brokers_time_is_well(ask: Any, address: str) -> None:
    name = topic(address, **BROKERS_TIME)
    code, (found,) = ask(address, topic=name)
    assert (code, found["ok"], found["warns"]) == (0, True, False)
    assert found["detail"] == f"{address}: topic {name} has 2 partitions"


def test_a_topic_with_the_producers_time_is_a_warning(ask: Any, address: str) -> None:
    code, (_, doubt) = ask(address, topic=topic(address))
    assert (code, doubt["warns"]) == (0, True)
    assert "bear the clocks of their producers" in doubt["detail"]


def test_a_topic_that_forgets_sooner_than_is_read_back_is_a_warning(ask: Any, address: str) -> None:
    code, (_, doubt) = ask(address, topic=topic(address, **BROKERS_TIME, **{"retention.ms": "30000"}))
    assert (code, doubt["warns"]) == (0, True)
    assert "keeps records for 30 s, less than kafka.window" in doubt["detail"]
    assert doubt["mend"] == "set retention.ms to 120000 or more"


def test_a_topic_that_takes_no_beats_is_trouble(ask: Any, address: str) -> None:
    name = topic(address, **BROKERS_TIME, **{"min.insync.replicas": "2"})
    code, (found,) = ask(address, topic=name)
    assert (code, found["ok"]) == (1, False)
    assert found["detail"].startswith(f"partition 0, 1 of {name} has fewer replicas in step")


def test_a_topic_that_is_not_there_is_trouble_and_is_not_made(ask: Any, address: str) -> None:
    name = kafka.new_name()
    for _ in range(2):
        code, (found,) = ask(address, topic=name)
        assert (code, found["ok"]) == (1, False)
        assert found["detail"] == f"there is no topic {name}"
        assert f"make the topic {name}" in found["mend"]


def test_brokers_that_are_not_there_are_trouble_within_the_time_of_a_probe(ask: Any) -> None:
    began = time.monotonic()
    code, (found,) = ask(f"127.0.0.1:{free_ports(1)[0]}")
    assert time.monotonic() - began < 20
    assert (code, found["ok"]) == (1, False)
    assert "kafka (bootstrap, security, account, tls)" in found["mend"]


def test_a_broker_that_does_not_ask_for_an_account_refuses_one(ask: Any, address: str) -> None:
    account = {"security": "sasl_plaintext", "username": "ann", "password": "hunter2"}
    code, (found,) = ask(address, **account)
    assert (code, found["ok"]) == (1, False)

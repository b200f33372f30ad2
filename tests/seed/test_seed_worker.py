"""The worker that knows the seed's contract only: it serves what the store names, and beats."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kazoo.client import KazooClient

from shardwright_worker.audit import read_ledgers
from tests.heartbeat.kafka_scene import listening, with_topic
from tests.services.kafka import shared as kafka
from tests.services.waiting import wait_for
from tests.services.zookeeper import shared as zookeeper
from tests.services.zookeeper_client import operator

WORKER = Path(__file__).with_name("seed_worker.py")
PATIENCE_S = 30.0


@pytest.fixture
def eyes() -> Iterator[KazooClient]:
    with operator(zookeeper()) as client:
        yield client


@pytest.fixture
def ended() -> Iterator[list[subprocess.Popen[bytes]]]:
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait(10)


def write(client: KazooClient, path: str, ids: list[object], times: int) -> None:
    transaction = client.transaction()
    transaction.set_data(f"{path}/resources", json.dumps({"ids": ids, "releasing": []}).encode())
    transaction.set_data(f"{path}/_reload", json.dumps({"times": times}).encode())
    assert all(not isinstance(result, Exception) for result in transaction.commit())


def served(folder: Path) -> set[str]:
    return {hold.id for history in read_ledgers(folder) for hold in history.holds if hold.open}


async def test_it_serves_what_its_list_names_and_beats_as_the_seed_does(
    eyes: KazooClient, ended: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    root, chosen = f"/test-{secrets.token_hex(6)}", with_topic(kafka(), partitions=2)
    path, ledgers = f"{root}/Thing/3", tmp_path / "ledgers"
    for name, said in (("resources", {"ids": ["a", 5]}), ("_reload", {"times": 1})):
        eyes.create(f"{path}/{name}", json.dumps(said).encode(), makepath=True)
    environment = {
        "INSTANCE_ID": "3",
        "SEED_ZOOKEEPER": zookeeper(),
        "SEED_ROOT": root,
        "SEED_KAFKA": kafka(),
        "SEED_TOPIC": chosen.topic,
        "SEED_INTERVAL": "0.5",
        "SHARDWRIGHT_LEDGER_DIR": str(ledgers),
    }
    async with listening(chosen) as channel:
        worker = subprocess.Popen([sys.executable, "-W", "ignore", str(WORKER)], env=environment)
        ended.append(worker)
        wait_for(lambda: served(ledgers) == {"a", "5"}, PATIENCE_S, "the first list")
        await channel.hears(3)
        assert channel.heard[0].incarnation is None
    write(eyes, path, ["b", 5], 2)
    wait_for(lambda: served(ledgers) == {"b", "5"}, PATIENCE_S, "the second list")
    for name in ("resources", "_reload", ""):
        eyes.delete(f"{path}/{name}".rstrip("/"))
    wait_for(lambda: served(ledgers) == set(), PATIENCE_S, "nothing once its node is gone")
    worker.terminate()
    assert worker.wait(PATIENCE_S) == 0

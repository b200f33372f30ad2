"""Workers that know the seed's contract alone are placed, told, watched and replaced by the product."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer
from kazoo.client import KazooClient

from tests.product.processes import runs, until
from tests.product.seed_kind import DEADLINE_S, KIND, RELEASE_WAIT_S, SERVICES, SeedProduct
from tests.services import zookeeper
from tests.services.kafka_install import absent as no_kafka
from tests.services.mix import Mix
from tests.services.require import missing
from tests.services.zookeeper_client import operator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]

THINGS = 90


@pytest.fixture(scope="module")
def mix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mix]:
    zookeeper.require_program()
    if (reason := no_kafka()) is not None:
        missing("Kafka", reason)
    mix = Mix(tmp_path_factory.mktemp("services"), SERVICES)
    try:
        for _ in mix.start():
            pass
        yield mix
    finally:
        mix.stop()


@pytest.fixture(scope="module")
def eyes(mix: Mix) -> Iterator[KazooClient]:
    with operator(mix.running["zookeeper"].address) as client:
        yield client


@contextmanager
def ended(product: SeedProduct) -> Iterator[SeedProduct]:
    with ExitStack() as stack:
        stack.callback(product.end)
        yield product
    assert "Traceback" not in product.said(), product.said()[-4000:]


@pytest.fixture(scope="module")
def seeded(mix: Mix, eyes: KazooClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeedProduct]:
    """One that runs, whose every test leaves all served."""
    with ended(SeedProduct(tmp_path_factory.mktemp("seeded") / "product", mix, eyes, "seeded")) as product:
        product.fill(THINGS)
        product.start()
        product.until_served()
        yield product


@contextmanager
def saying(seeded: SeedProduct, said: dict[str, Any]) -> Iterator[None]:
    """Somebody who beats so, five times a second."""
    producer = KafkaProducer(bootstrap_servers=list(seeded.kafka.bootstrap))
    over = threading.Event()

    def beat() -> None:
        while not over.wait(0.2):
            stamp = str(int(time.time()))
            producer.send(seeded.kafka.topic, json.dumps({"Timestamp": stamp, **said}).encode())

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(10)
        producer.close(timeout=5)


def replaced(seeded: SeedProduct, number: int, before: int, within: float) -> float:
    """Wait until the shard has a later instance; the seconds that took."""
    began = time.monotonic()
    until(lambda: seeded.incarnations()[number] > before, within, what=f"instance {number} is replaced")
    return time.monotonic() - began


def test_what_is_created_and_deleted_in_the_catalog_reaches_the_workers(seeded: SeedProduct) -> None:
    assert len(seeded.owners()) == THINGS
    assert seeded.incarnations().keys() == {0, 1, 2}
    before = seeded.times()
    assert seeded.cli("demo", "add", KIND, "1", "-o", "json").code == 0
    until(lambda: len(seeded.owners()) == THINGS + 1, 15.0, what="it is owned")
    grown = {n: times - before[n] for n, times in seeded.times().items() if times != before[n]}
    assert list(grown.values()) == [1], "one watch fires, once"
    seeded.until_served()
    assert seeded.cli("demo", "remove", KIND, "1", "-o", "json").code == 0
    until(lambda: len(seeded.owners()) == THINGS, 15.0, what="it is owned by nobody")
    seeded.until_served()


def test_an_orchestration_moves_ids_after_the_release_wait_and_nobody_serves_twice(
    seeded: SeedProduct,
) -> None:
    for each, shards in ((20, 5), (1000, 3)):
        before, began = seeded.owners(), time.monotonic()
        answer = seeded.post(f"/v1/api/orchestrations/{KIND}/orchestrate", {"resourcePerInstance": each})
        assert answer.status == 200, answer.text
        until(lambda n=shards: len(seeded.numbers()) == n, 40.0, what=f"{shards} shards")  # type: ignore[misc]
        seeded.settle(KIND)
        assert time.monotonic() - began >= RELEASE_WAIT_S
        after = seeded.owners()
        assert all(len(numbers) == 1 for numbers in after.values())
        assert 0 < sum(after[one] != before[one] for one in before) <= THINGS // 2
        seeded.until_served()
        assert max(shard["used"] for shard in seeded.shards().values()) == THINGS // shards
    assert not seeded.audit(KIND).double_served


def test_a_killed_worker_is_replaced_though_somebody_beats_in_its_name(seeded: SeedProduct) -> None:
    before, pid = seeded.incarnations()[1], seeded.pids(KIND)[KIND, 1]
    with saying(seeded, {"resource": KIND, "instanceId": "1"}):
        time.sleep(1.0)
        os.kill(pid, signal.SIGKILL)
        replaced(seeded, 1, before, 10.0)
        seeded.until_served()
    assert seeded.pids(KIND)[KIND, 1] != pid
    assert not any(reason == "silent" for _, reason in seeded.stops())


def test_a_worker_that_hangs_is_found_by_its_silence_and_replaced(seeded: SeedProduct) -> None:
    before, pid = seeded.incarnations(), seeded.pids(KIND)[KIND, 2]
    predecessor = {"resource": KIND, "instanceId": "2", "incarnation": before[2] - 1}
    with saying(seeded, predecessor):
        os.kill(pid, signal.SIGSTOP)
        took = replaced(seeded, 2, before[2], 40.0)
    assert took > DEADLINE_S - 1.5
    assert not runs(pid)
    seeded.until_served()
    assert seeded.stops()[0] == (2, "silent")
    assert {n for n, one in seeded.incarnations().items() if one != before[n]} == {2}
    assert not seeded.audit(KIND).double_served


def test_beats_that_are_forged_or_garbled_change_nothing_and_are_counted(seeded: SeedProduct) -> None:
    before, counted = seeded.incarnations(), seeded.counters()
    stamp = str(int(time.time()))
    ahead = int(1000 * (time.time() + 86_400))
    genuine = {"resource": KIND, "instanceId": "0", "Timestamp": stamp}
    producer = KafkaProducer(bootstrap_servers=list(seeded.kafka.bootstrap))
    for forged in (
        {**genuine, "instanceId": "77"},
        {**genuine, "resource": "Nothing"},
        {**genuine, "incarnation": 10**9, "generation": 1, "pending": []},
    ):
        producer.send(seeded.kafka.topic, json.dumps(forged).encode())
    for garbled in (
        b"",
        b"\xff\x00not json",
        b"[" * 100_000,
        json.dumps({**genuine, "instanceId": -1}).encode(),
        json.dumps({**genuine, "Timestamp": "soon"}).encode(),
    ):
        producer.send(seeded.kafka.topic, garbled)
    producer.send(seeded.kafka.topic, json.dumps(genuine).encode(), timestamp_ms=ahead)
    producer.flush(10)
    producer.close(timeout=5)

    def more(name: str) -> int:
        return seeded.counters().get(name, 0) - counted.get(name, 0)

    until(lambda: (more("beats.unknown"), more("beats.malformed")) == (3, 5), 15.0, what="they are counted")
    seeded.until_served()
    assert seeded.incarnations() == before


def test_kafka_away_for_longer_than_the_deadline_costs_no_instance(seeded: SeedProduct, mix: Mix) -> None:
    before, stops = seeded.incarnations(), seeded.stops()
    kafka = mix.running["kafka"].service
    began = time.monotonic()
    kafka.kill()
    time.sleep(DEADLINE_S - 1.0)
    assert not seeded.misserved(KIND)
    kafka.start()
    assert time.monotonic() - began > DEADLINE_S
    until(lambda: seeded.hears(), 40.0, what="the channel proves itself", every=0.2)
    time.sleep(DEADLINE_S + 1.0)
    assert (seeded.incarnations(), seeded.stops()) == (before, stops)
    seeded.until_served()


def test_a_tree_of_the_seeds_orchestrator_is_served_as_it_stands(
    mix: Mix, eyes: KazooClient, tmp_path: Path
) -> None:
    lists: dict[int, list[Any]] = {0: [1, 2, 3, 4], 1: [5, "6", 7], 4: ["8", 9, 10]}
    with ended(SeedProduct(tmp_path / "product", mix, eyes, "adopted")) as product:
        product.fill(ids=[str(number) for number in range(1, 11)])
        for number, ids in lists.items():
            path = f"{product.root}/{KIND}/{number}"
            eyes.create(path, json.dumps({"used": len(ids), "count": 5000}).encode(), makepath=True)
            eyes.create(f"{path}/resources", json.dumps({"ids": ids}).encode())
            eyes.create(f"{path}/_reload", json.dumps({"times": 3}).encode())
            eyes.create(f"{path}/tmp", b"")
        before = product.owners()
        product.start()
        product.until_served()
        assert product.owners() == before
        assert {n: product.read(f"{n}/resources")["ids"] for n in product.numbers()} == lists
        assert product.times() == {0: 3, 1: 3, 4: 3}
        assert product.served_by(KIND) == {one: numbers[0] for one, numbers in before.items()}
        assert product.cli("demo", "add", KIND, "1").code == 0
        until(lambda: len(product.owners()) == 11, 15.0, what="the new one is owned")
        product.until_served()
        kept = {one: numbers for one, numbers in product.owners().items() if one in before}
        assert kept == before
        assert sorted(product.times().values()) == [3, 3, 4]

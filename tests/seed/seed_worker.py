"""``python seed_worker.py``: a worker that knows the first orchestrator's contract and nothing newer.

It is told its number (``INSTANCE_ID``), reads ``{root}/{kind}/{number}/resources`` from ZooKeeper, reads it
again whenever ``_reload`` changes, serves what it names and nothing once it is gone, and beats on Kafka. It
acknowledges nothing and knows of no incarnation. What it serves it writes into a ledger where it is told a
folder (``SHARDWRIGHT_LEDGER_DIR``), for whoever looks whether all is served once.

``SEED_ZOOKEEPER``, ``SEED_KAFKA``: ``host:port[,...]``; without the latter it does not beat. ``SEED_ROOT``,
``SEED_KIND``, ``SEED_TOPIC``, ``SEED_INTERVAL`` (seconds) default to what the seed has.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError
from kazoo.client import KazooClient, KazooState
from kazoo.exceptions import ConnectionLoss, NoNodeError, SessionExpiredError
from kazoo.retry import KazooRetry

from shardwright_worker.identity import Identity
from shardwright_worker.ledger import Ledger
from shardwright_worker.protocol import Token

ALIVE_S = 0.2


class SeedWorker:
    """One process. ``run`` returns when it is told to stop."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._number = int(environment["INSTANCE_ID"])
        self._kind = environment.get("SEED_KIND", "Thing")
        root = environment.get("SEED_ROOT", "/iota/orchestration")
        self._path = f"{root}/{self._kind}/{self._number}"
        self._servers = environment["SEED_ZOOKEEPER"]
        self._brokers = environment.get("SEED_KAFKA", "")
        self._topic = environment.get("SEED_TOPIC", "HeartBeat")
        self._interval = float(environment.get("SEED_INTERVAL", "60"))
        self._ledger = _ledger(environment, self._kind, self._number)
        self._serves: set[str] = set()
        self._changed = threading.Event()
        self._stopped = threading.Event()

    def stop(self, *_: object) -> None:
        self._stopped.set()
        self._changed.set()

    def run(self) -> None:
        retry = KazooRetry(max_tries=-1, max_delay=2)
        client = KazooClient(self._servers, connection_retry=retry)
        client.add_listener(self._connection)
        client.start(timeout=60)
        threads = [threading.Thread(target=each, daemon=True) for each in (self._beat, self._live)]
        for thread in threads:
            thread.start()
        self._note("start")
        try:
            while not self._stopped.is_set():
                self._changed.clear()
                # Without an answer it serves what it serves; the connection's return is a change.
                with suppress(ConnectionLoss, SessionExpiredError):
                    self._serve(*self._read(client))
                self._changed.wait()
        finally:
            self._serve({}, 0)
            self._note("end")
            client.stop()
            client.close()

    def _connection(self, state: str) -> None:
        # What changed while the connection was away set no watch off.
        if state == KazooState.CONNECTED:
            self._changed.set()

    def _read(self, client: KazooClient) -> tuple[set[str], int]:
        """What to serve, and the transaction that said so."""
        try:
            client.get(f"{self._path}/_reload", watch=lambda _: self._changed.set())
            body, stat = client.get(f"{self._path}/resources")
        except NoNodeError:
            if client.exists(f"{self._path}/_reload", watch=lambda _: self._changed.set()):
                self._changed.set()
            return set(), 0
        return {str(one) for one in json.loads(body)["ids"]}, stat.mzxid

    def _serve(self, wanted: Any, at: int) -> None:
        for resource in sorted(self._serves - set(wanted)):
            self._serves.discard(resource)
            self._note("release", resource)
        for resource in sorted(set(wanted) - self._serves):
            self._serves.add(resource)
            self._note("acquire", resource, Token(at, 0))

    def _beat(self) -> None:
        producer = None
        while self._brokers and not self._stopped.is_set():
            try:
                producer = producer or self._producer()
                producer.send(self._topic, self._says())
            except KafkaError as failed:
                print(f"no beat: {failed}", file=sys.stderr)
            self._stopped.wait(self._interval)

    def _producer(self) -> KafkaProducer:
        # A broker that is back is to hear of us in time: a deadline leaves half an interval.
        return KafkaProducer(
            bootstrap_servers=self._brokers.split(","), reconnect_backoff_max_ms=int(500 * self._interval)
        )

    def _says(self) -> bytes:
        stamp = str(int(time.time()))
        said = {"resource": self._kind, "instanceId": str(self._number), "Timestamp": stamp}
        return json.dumps(said).encode()

    def _live(self) -> None:
        while not self._stopped.wait(ALIVE_S):
            self._note("alive")

    def _note(self, verb: str, resource: str | None = None, token: Token | None = None) -> None:
        if self._ledger is not None:
            self._ledger.write(verb, resource, token)


def _ledger(environment: Mapping[str, str], kind: str, number: int) -> Ledger | None:
    folder = environment.get("SHARDWRIGHT_LEDGER_DIR")
    if not folder:
        return None
    return Ledger(Path(folder), Identity(kind, number, 0, url="", token=""))


def main() -> int:
    worker = SeedWorker(os.environ)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, worker.stop)
    worker.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())

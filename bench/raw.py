"""What the parts of the path cost by themselves: a transaction, a SELECT by primary key, an MQTT hop."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from typing import Protocol as Interface

from paho.mqtt.client import Client

from bench.pacing import paced
from bench.publisher import body_of
from bench.table import KIND, TABLE
from notify.client import new_client, stop_client
from notify.endpoint import Endpoint
from orchestrator.core.draft import Draft
from orchestrator.core.hints import Claim, plan_hints
from orchestrator.core.model import Chunk, KindState, Protocol, Shard
from orchestrator.core.policy import KindPolicy, Limits
from orchestrator.core.traits import PLAIN
from orchestrator.core.view import View
from orchestrator.store.layout import Layout
from orchestrator.store.operations import Check, Set
from orchestrator.store.sqlite_file import SCHEMA
from orchestrator.store.transaction import encode_transaction


class Source(Interface):
    """An application that announces changes."""

    def publish(self, rows: Sequence[str], rate: float) -> list[float]:
        """Announce the creation of each; gives the ``time.perf_counter()`` of each."""


ARRIVAL_S = 15.0
WARM_UP = 100


def transactions(folder: Path, rows: Sequence[str], rate: float, count: int) -> list[float]:
    """Seconds of each of so many transactions, of the bytes that one assignment writes, paced."""
    bodies = bodies_of_assignment(rows)
    took = []
    with _file(folder / "raw.db", bodies) as connection:
        for number in paced(rate, count + WARM_UP):
            begun = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("SELECT version FROM documents WHERE path = 'leader'").fetchone()
            for path, body in bodies:
                connection.execute(
                    "UPDATE documents SET body = ?, version = version + 1 WHERE path = ? AND version = ?",
                    (body, path, number),
                )
            connection.execute("COMMIT")
            took.append(time.perf_counter() - begun)
    return took[WARM_UP:]


def selects(catalog: Path, wanted: Sequence[str], rate: float) -> list[float]:
    """Seconds of each SELECT of one row, paced, on one connection."""
    took = []
    with closing(sqlite3.connect(catalog)) as connection:
        for number in paced(rate, len(wanted)):
            begun = time.perf_counter()
            connection.execute(f"SELECT id FROM {TABLE} WHERE id = ?", (wanted[number],)).fetchone()
            took.append(time.perf_counter() - begun)
    return took


async def hops(endpoint: Endpoint, source: Source, rows: Sequence[str], rate: float) -> list[float]:
    """Seconds from each publication to a paho callback that does nothing else, paced."""
    arrived: dict[bytes, float] = {}
    subscribed = asyncio.Event()
    loop = asyncio.get_running_loop()
    client = new_client(endpoint, None, (0.2, 1.0))
    subscribe_with(client, endpoint.topic, lambda: loop.call_soon_threadsafe(subscribed.set))

    def on_message(_client: Any, _userdata: Any, message: Any) -> None:
        arrived.setdefault(bytes(message.payload), time.perf_counter())

    client.on_message = on_message
    client.connect_async(endpoint.host, endpoint.port)
    client.loop_start()
    try:
        async with asyncio.timeout(ARRIVAL_S):
            await subscribed.wait()
        published = await asyncio.to_thread(source.publish, rows, rate)
        with suppress(TimeoutError):
            async with asyncio.timeout(ARRIVAL_S):
                while len(arrived) < len(rows):
                    await asyncio.sleep(0.01)
    finally:
        await asyncio.to_thread(stop_client, client)
    pairs = zip(map(body_of, rows), published, strict=True)
    return [arrived[body] - at for body, at in pairs if body in arrived]


def subscribe_with(client: Client, topic: str, then: Callable[[], object]) -> None:
    """Subscribe when connected; ``then`` is called on paho's thread when that was granted."""

    def on_connect(*_: Any) -> None:
        client.subscribe(topic, qos=1)

    def on_subscribe(*_: Any) -> None:
        then()

    client.on_connect = on_connect
    client.on_subscribe = on_subscribe


def bodies_of_assignment(rows: Sequence[str]) -> list[tuple[str, bytes]]:
    """The documents that the assignment of one id writes, with a chunk that is half full."""
    half = KindPolicy().chunk_size // 2
    shard = Shard(number=0, capacity=(5000,), chunks=(Chunk(ids=tuple(rows[:half])),))
    view = View.of(KindState(kind=KIND, shards=1), {0: shard})
    draft = Draft(view, KindPolicy(), lambda: "op-00000000", Limits())
    plan_hints(draft, {rows[half]: Claim.CREATED}, {rows[half]: PLAIN}, Limits(), wall=0.0)
    (transaction,) = draft.plan().transactions
    operations = encode_transaction(transaction, Layout(), Protocol.V1, 0)
    assert isinstance(operations[0], Check)
    return [(one.path, one.body) for one in operations if isinstance(one, Set)]


@contextmanager
def _file(path: Path, bodies: Sequence[tuple[str, bytes]]) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(SCHEMA)
        connection.execute("DELETE FROM documents")
        rows = [("leader", 0, b""), *((name, 0, body) for name, body in bodies)]
        connection.executemany("INSERT INTO documents VALUES (?, ?, ?)", rows)
        yield connection

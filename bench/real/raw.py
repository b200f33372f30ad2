"""What ZooKeeper costs by itself, through a bare kazoo client: transactions, and many nodes at once."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Semaphore
from typing import Any

from kazoo.client import KazooClient

from bench.pacing import paced

WARM_UP = 100
IN_FLIGHT = 64
TRANSACTIONS_IN_FLIGHT = 4
CONNECT_S = 10.0
REPLY_S = 30.0

Body = tuple[str, bytes]


@contextmanager
def client(hosts: str) -> Iterator[KazooClient]:
    bare = KazooClient(hosts=hosts)
    bare.start(timeout=CONNECT_S)
    try:
        yield bare
    finally:
        bare.stop()
        bare.close()


def transactions(hosts: str, bodies: Sequence[bytes], rate: float, count: int) -> list[float]:
    """Seconds of each of so many transactions that set these nodes, one after the other, paced."""
    took = []
    with client(hosts) as bare:
        root = f"/raw-{secrets.token_hex(4)}"
        paths = [f"{root}/{number}" for number in range(len(bodies))]
        for path, body in zip(paths, bodies, strict=True):
            bare.create(path, body, makepath=True)
        for _ in paced(rate, count + WARM_UP):
            begun = time.perf_counter()
            request = bare.transaction()
            for path, body in zip(paths, bodies, strict=True):
                request.set_data(path, body)
            request.commit()
            took.append(time.perf_counter() - begun)
    return took[WARM_UP:]


def written(hosts: str, batches: Sequence[Sequence[Body]]) -> tuple[str, float]:
    """Create nodes of these relative paths and bodies, a batch a transaction, pipelined.

    Gives the root below which they are, and the seconds that it took.
    """
    with client(hosts) as bare:
        root = f"/raw-{secrets.token_hex(4)}"
        bare.create(root, b"")
        begun = time.perf_counter()
        _pipelined(
            [lambda batch=batch: _created(bare, root, batch) for batch in batches], TRANSACTIONS_IN_FLIGHT
        )
        return root, time.perf_counter() - begun


def read(hosts: str, root: str, paths: Sequence[str]) -> float:
    """Seconds in which these nodes below the root are read and their JSON is parsed, pipelined."""
    with client(hosts) as bare:
        begun = time.perf_counter()
        for body, _ in _pipelined(
            [lambda path=path: bare.get_async(f"{root}{path}") for path in paths], IN_FLIGHT
        ):
            if body:
                json.loads(body)
        return time.perf_counter() - begun


def _created(bare: KazooClient, root: str, batch: Sequence[Body]) -> Any:
    request = bare.transaction()
    for path, body in batch:
        request.create(f"{root}{path}", body)
    return request.commit_async()


def _pipelined(calls: Sequence[Callable[[], Any]], most: int) -> list[Any]:
    slots = Semaphore(most)
    pending = []
    for call in calls:
        slots.acquire(timeout=REPLY_S)
        answer = call()
        answer.rawlink(lambda _: slots.release())
        pending.append(answer)
    answers = [answer.get(timeout=REPLY_S) for answer in pending]
    for answer in answers:
        refused = [one for one in answer if isinstance(one, Exception)] if isinstance(answer, list) else []
        if refused:
            raise refused[0]
    return answers

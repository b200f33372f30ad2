"""The application that announces changes: a process of its own with a plain paho client, QoS 1."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bench.pacing import paced
from bench.table import TABLE
from notify.client import new_client, stop_client
from notify.endpoint import Endpoint
from notify.message import encode

CONNECT_S = 10.0
IN_FLIGHT = 20_000


class Publisher:
    """Connected and waiting; made by ``publisher``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def publish(self, rows: Sequence[str], rate: float) -> list[float]:
        """Announce the creation of each; gives the ``time.perf_counter()`` of each call.

        That clock is the system's, the same in every process.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"rows": list(rows), "rate": rate}) + "\n")
        self._process.stdin.flush()
        times: list[float] = json.loads(self._process.stdout.readline())
        return times


@contextmanager
def publisher(endpoint: Endpoint, topic: str) -> Iterator[Publisher]:
    told = {
        "host": endpoint.host,
        "port": endpoint.port,
        "username": endpoint.username,
        "password": endpoint.password,
        "topic": topic,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.publisher"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(told) + "\n")
        process.stdin.flush()
        if process.stdout.readline() != "ready\n":
            raise RuntimeError("the publisher did not connect")
        yield Publisher(process)
    finally:
        process.kill()
        process.wait()


def body_of(row: str) -> bytes:
    """The message that announces a new row."""
    return encode("c", TABLE, [row], instance={"id": row, "name": "a thing"})


def main() -> None:
    endpoint = Endpoint(**json.loads(sys.stdin.readline()))
    client = new_client(endpoint, None, (0.2, 1.0))
    client.max_inflight_messages_set(IN_FLIGHT)
    client.connect(endpoint.host, endpoint.port)
    client.loop_start()
    deadline = time.monotonic() + CONNECT_S
    while not client.is_connected() and time.monotonic() < deadline:
        time.sleep(0.01)
    print("ready" if client.is_connected() else "not connected", flush=True)
    for line in sys.stdin:
        print(json.dumps(_publish(client, endpoint.topic, json.loads(line))), flush=True)
    stop_client(client)


def _publish(client: Any, topic: str, order: dict[str, Any]) -> list[float]:
    rows = order["rows"]
    bodies = [body_of(row) for row in rows]
    times = []
    for number in paced(order["rate"], len(rows)):
        times.append(time.perf_counter())
        client.publish(topic, bodies[number], qos=1)
    return times


if __name__ == "__main__":
    main()

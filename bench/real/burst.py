"""A publisher that costs next to nothing: QoS 1 over a plain socket, in a process of its own.

With a library's publisher on the same cores, its pace would be measured and not the receiver's.
"""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from bench.child import BrokenError
from bench.publisher import body_of
from notify.endpoint import Endpoint

KEEPALIVE_S = 600
MOST = 60_000
"""Each message has a number of 16 bits until it is acknowledged."""

DEADLINE_S = 120.0
AT_ONCE = 64


class Burst:
    """Publishes to one topic of a broker."""

    def __init__(self, endpoint: Endpoint, topic: str) -> None:
        self._told = {
            "host": endpoint.host,
            "port": endpoint.port,
            "username": endpoint.username,
            "password": endpoint.password,
            "topic": topic,
        }

    def publish(self, rows: Sequence[str], rate: float = 0.0) -> list[float]:
        """Announce the creation of each row; ``rate`` 0: as fast as the broker takes it.

        Gives the ``time.perf_counter()`` of each. Returns when the broker has acknowledged all.
        """
        done = subprocess.run(
            [sys.executable, "-m", "bench.real.burst"],
            input=json.dumps({**self._told, "rows": list(rows), "rate": rate}),
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        if done.returncode:
            raise BrokenError(f"the publisher failed: {done.stderr[-500:]}")
        times: list[float] = json.loads(done.stdout)
        return times


def main() -> None:
    told = json.load(sys.stdin)
    rows = told["rows"]
    topic = told["topic"].encode()
    packets = [
        _packet(0x32, _text(topic) + struct.pack(">H", number % MOST + 1) + body_of(row))
        for number, row in enumerate(rows)
    ]
    with socket.create_connection((told["host"], told["port"])) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(_connect(told["username"], told["password"]))
        if connection.recv(4) != b"\x20\x02\x00\x00":
            raise SystemExit("the broker refused the connection")
        acknowledged = threading.Thread(target=_acknowledgements, args=(connection, len(rows)))
        acknowledged.start()
        times = _sent(connection, packets, told["rate"])
        acknowledged.join()
    print(json.dumps(times))


def _sent(connection: socket.socket, packets: Sequence[bytes], rate: float) -> list[float]:
    """Each when it is due, whatever became of the others; what is due together goes together."""
    times: list[float] = []
    begun = time.perf_counter()
    while len(times) < len(packets):
        start, now = len(times), time.perf_counter()
        end = min(len(packets), int((now - begun) * rate) + 1 if rate else start + AT_ONCE)
        if end == start:
            time.sleep(max(0.0, begun + start / rate - now))
            continue
        times += [now] * (end - start)
        connection.sendall(b"".join(packets[start:end]))
    return times


def _acknowledgements(connection: socket.socket, count: int) -> None:
    missing = 4 * count
    while missing > 0 and (data := connection.recv(65536)):
        missing -= len(data)


def _connect(username: str | None, password: str | None) -> bytes:
    flags = 0x02 | (0x80 if username else 0) | (0x40 if password else 0)
    payload = _text(b"bench-burst")
    for part in (username, password):
        payload += _text(part.encode()) if part else b""
    return _packet(0x10, _text(b"MQTT") + bytes([4, flags]) + struct.pack(">H", KEEPALIVE_S) + payload)


def _text(value: bytes) -> bytes:
    return struct.pack(">H", len(value)) + value


def _packet(kind: int, rest: bytes) -> bytes:
    length, size = len(rest), bytearray()
    while True:
        length, digit = divmod(length, 128)
        size.append(digit | (0x80 if length else 0))
        if not length:
            return bytes([kind]) + bytes(size) + rest


if __name__ == "__main__":
    main()

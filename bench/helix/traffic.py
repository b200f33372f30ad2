"""What a ZooKeeper was asked to do between two looks: transactions, and bytes that it received."""

from __future__ import annotations

import socket
from dataclasses import dataclass

WORDS_S = 5.0


@dataclass(frozen=True, slots=True)
class Traffic:
    transactions: int
    received: int

    def since(self, before: Traffic) -> dict[str, int]:
        return {
            "transactions": self.transactions - before.transactions,
            "bytes": self.received - before.received,
        }


def traffic(hosts: str) -> Traffic:
    """Since the server started: the counter in its last transaction's number, and that of ``mntr``."""
    counter = next(line for line in _said(hosts, b"srvr") if line.startswith("Zxid: "))
    received = next(line for line in _said(hosts, b"mntr") if line.startswith("zk_bytes_received_count"))
    return Traffic(int(counter.split()[1], 16) & 0xFFFFFFFF, int(float(received.split()[1])))


def _said(hosts: str, words: bytes) -> list[str]:
    host, _, port = hosts.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=WORDS_S) as connection:
        connection.sendall(words)
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode().splitlines()

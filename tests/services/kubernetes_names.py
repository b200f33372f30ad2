"""The names of a cluster for the pods of a test, as its DNS gives them: services, and the pods behind them.

No proxy runs on the node, so the name of any service leads to its pods, not to an address of the service.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Sequence
from typing import cast

from tests.services.kubernetes_client import Operator

DOMAIN = "cluster.local"
PORT = 53

Find = Callable[[str], Sequence[str] | None]
"""The addresses of a name in lower case, without the last dot; None: there is no such name."""

_HEADER = struct.Struct("!HHHHHH")
_ANSWER = struct.Struct("!HHHIH4s")
_QUESTION = struct.Struct("!HH")
_ADDRESS, _INTERNET = 1, 1
_GOOD, _NO_SUCH_NAME = 0x8400, 0x8403
_TTL_S = 1
_NAME_OF_QUESTION = 0xC00C


class Names(asyncio.DatagramProtocol):
    """Answers what is sent to it over UDP."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        task = asyncio.create_task(self._answer(data, addr))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, data: bytes, addr: tuple[str, int]) -> None:
        said = await asyncio.to_thread(answer, data, self._find)
        if said and self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(said, addr)


def answer(query: bytes, find: Find) -> bytes:
    """The answer to one message; empty where it is no question that can be read, or ``find`` fails."""
    try:
        number, flags, questions, *_ = _HEADER.unpack_from(query)
        name, end = _name(query, _HEADER.size)
        kind, family = _QUESTION.unpack_from(query, end)
    except (struct.error, IndexError, UnicodeDecodeError):
        return b""
    if questions != 1:
        return b""
    try:
        found = find(name)
    except OSError:
        # The client asks again, as it does where a packet was lost.
        return b""
    addresses = (found or ()) if (kind, family) == (_ADDRESS, _INTERNET) else ()
    records = [
        _ANSWER.pack(_NAME_OF_QUESTION, _ADDRESS, _INTERNET, _TTL_S, 4, socket.inet_aton(one))
        for one in addresses
    ]
    # Whether recursion was wanted is repeated.
    said = (_NO_SUCH_NAME if found is None else _GOOD) | (flags & 0x0100)
    head = _HEADER.pack(number, said, 1, len(records), 0, 0)
    return head + query[_HEADER.size : end + _QUESTION.size] + b"".join(records)


def pods_of_services(operator: Operator) -> Find:
    """What ``SERVICE.NAMESPACE.svc.cluster.local`` and ``POD.SERVICE...`` lead to in this cluster."""

    def find(name: str) -> Sequence[str] | None:
        labels = name.removesuffix(f".svc.{DOMAIN}").split(".")
        if not name.endswith(f".svc.{DOMAIN}") or len(labels) not in (2, 3):
            return None
        *host, service, namespace = labels
        slices = operator.get(
            f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
            f"?labelSelector=kubernetes.io%2Fservice-name%3D{service}"
        )
        found = [
            address
            for one in slices["items"]
            if one["addressType"] == "IPv4"
            for endpoint in one.get("endpoints") or ()
            if endpoint["conditions"].get("ready") and (not host or endpoint.get("hostname") == host[0])
            for address in endpoint["addresses"]
        ]
        return found or None

    return find


def _name(message: bytes, at: int) -> tuple[str, int]:
    """The name that begins there, and where what follows it begins."""
    labels = []
    while length := message[at]:
        labels.append(message[at + 1 : at + 1 + length].decode("ascii").lower())
        at += 1 + length
    return ".".join(labels), at + 1

"""Packets of MQTT 3.1.1 written by hand, and clients that read them from a pair of sockets."""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from notify.buffered import BufferedSocket
from notify.receiver import Receiver

PINGRESP = b"\xd0\x00"


def packet(first: int, rest: bytes) -> bytes:
    length, size = len(rest), bytearray()
    while True:
        length, digit = divmod(length, 128)
        size.append(digit | (0x80 if length else 0))
        if not length:
            return bytes([first]) + bytes(size) + rest


def published(topic: str, payload: bytes, number: int = 0, flags: int = 0) -> bytes:
    """A PUBLISH, of quality 1 when it has a number; ``flags``: 1 retained, 8 sent again."""
    name = topic.encode()
    rest = struct.pack(">H", len(name)) + name + (struct.pack(">H", number) if number else b"") + payload
    return packet(0x30 | flags | (2 if number else 0), rest)


def drained(link: socket.socket) -> bytes:
    """All that came until now."""
    link.setblocking(False)
    said = b""
    with suppress(BlockingIOError):
        while more := link.recv(65536):
            said += more
    return said


class Peer:
    """A client that is connected to ``link``, run by hand."""

    def __init__(self, client: Client, ours: socket.socket, link: socket.socket) -> None:
        self.client = client
        self.link = link
        self.payloads: list[bytes] = []
        client._sock = BufferedSocket(ours) if isinstance(client, Receiver) else ours
        client.suppress_exceptions = True

    def give(self, data: bytes) -> None:
        """Send it, and let the client read it as paho's loop would, or end the connection."""
        self.link.setblocking(False)
        while data and self.client.socket() is not None:
            with suppress(BlockingIOError):
                data = data[self.link.send(data) :]
            self._read()

    def _read(self) -> None:
        while (ours := self.client.socket()) is not None:
            pending = ours.pending() if isinstance(ours, BufferedSocket) else 0
            if not pending and not select.select([ours], [], [], 0)[0]:
                return
            self.client.loop_read()

    def answered(self) -> bytes:
        """What the client has sent."""
        return drained(self.link)


@contextmanager
def peer_of(sort: type[Client], topic: str) -> Iterator[Peer]:
    ours, link = socket.socketpair()
    ours.setblocking(False)
    client = sort(CallbackAPIVersion.VERSION2, protocol=MQTTv311)
    peer = Peer(client, ours, link)
    if isinstance(client, Receiver):
        client.listen(topic, lambda _client, payloads: peer.payloads.extend(payloads))
    else:
        client.on_message = lambda _client, _data, message: (
            peer.payloads.append(bytes(message.payload)) if message.topic == topic else None
        )
    try:
        yield peer
    finally:
        client._sock_close()
        ours.close()
        link.close()

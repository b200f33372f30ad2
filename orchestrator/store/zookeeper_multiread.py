"""Many nodes read by one request, which ZooKeeper can do since 3.6 and kazoo cannot.

Half a million ids are thousands of nodes, and each request costs the client a fifth of a millisecond.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kazoo.exceptions import EXCEPTIONS
from kazoo.protocol.serialization import (
    GetChildren,
    GetData,
    MultiHeader,
    int_struct,
    multiheader_struct,
    read_buffer,
    read_string,
    stat_struct,
    write_string,
)
from kazoo.protocol.states import ZnodeStat

from orchestrator.store.zookeeper_client import Client

NO_WATCH = b"\x00"
ERROR = -1


class MultiRead:
    """A request in the form that kazoo sends; ``one`` is the request that is made for each path."""

    type = 22

    def __init__(self, one: Any, paths: Sequence[str]) -> None:
        self._one = one
        self._paths = paths

    def serialize(self) -> bytes:
        head = MultiHeader(self._one.type, False, -1).serialize()
        parts = [head + write_string(path) + NO_WATCH for path in self._paths]
        return b"".join([*parts, multiheader_struct.pack(-1, True, -1)])

    def deserialize(self, reply: bytes, offset: int) -> list[Any]:
        """For each path what the single request would answer, or its error."""
        answers: list[Any] = []
        while True:
            header, offset = MultiHeader.deserialize(reply, offset)
            if header.done:
                return answers
            if header.type == ERROR:
                answers.append(EXCEPTIONS[int_struct.unpack_from(reply, offset)[0]]())
                offset += int_struct.size
            else:
                answer, offset = _node(reply, offset) if self._one is GetData else _names(reply, offset)
                answers.append(answer)


def _node(reply: bytes, offset: int) -> tuple[Any, int]:
    body, offset = read_buffer(reply, offset)
    stat = ZnodeStat._make(stat_struct.unpack_from(reply, offset))
    return (body or b"", stat), offset + stat_struct.size


def _names(reply: bytes, offset: int) -> tuple[Any, int]:
    count = int_struct.unpack_from(reply, offset)[0]
    offset += int_struct.size
    names = []
    for _ in range(count):
        name, offset = read_string(reply, offset)
        names.append(name)
    return names, offset


def get_all(client: Client, paths: Sequence[str]) -> Any:
    """The body and the stat of each."""
    return _send(client, GetData, paths)


def names_all(client: Client, paths: Sequence[str]) -> Any:
    """The names below each."""
    return _send(client, GetChildren, paths)


def _send(client: Client, one: Any, paths: Sequence[str]) -> Any:
    answered = client.handler.async_result()
    client._call(MultiRead(one, paths), answered)
    return answered

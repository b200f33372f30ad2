"""ZooKeeper's own transaction log: every change that an ensemble ever agreed on, in its order. Pure.

Written by hand from the format of the server (jute), so that nothing of the product or of its client judges
itself: a header, then entries of checksum, length, transaction and the end mark ``B``.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MAGIC = b"ZKLG"
HEADER = 16
END = 0x42

CREATE, DELETE, SET, MULTI, CHECK = 1, 2, 5, 14, 13
CREATES = (CREATE, 15, 19, 21)
CLOSE_SESSION, FAILED = -11, -1


class BrokenLogError(ValueError):
    """A file is not such a log, or a record in its midst is damaged; the message names it."""


@dataclass(frozen=True, slots=True)
class Change:
    """``kind``: create, set, delete or check; for a set and a check ``version`` is the node's after it."""

    kind: str
    path: str
    body: bytes = b""
    version: int = 0
    ephemeral: bool = False


@dataclass(frozen=True, slots=True)
class Transaction:
    """All of it happened, or, where it ``failed``, nothing. ``at``: seconds of the leader's wall clock.

    ``ended``: the session closed with it, and with that its ephemeral nodes went.
    """

    zxid: int
    session: int
    at: float
    changes: tuple[Change, ...] = ()
    failed: bool = False
    ended: bool = False


class Jute:
    """Reads what the server's serialisation wrote."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def integer(self) -> int:
        return int(self._take(">i"))

    def long(self) -> int:
        return int(self._take(">q"))

    def flag(self) -> bool:
        return bool(self._take(">?"))

    def buffer(self) -> bytes:
        length = self.integer()
        if length < 0:
            return b""
        if length > len(self._data) - self._at:
            raise BrokenLogError("a field is longer than its record")
        self._at += length
        return self._data[self._at - length : self._at]

    def text(self) -> str:
        return self.buffer().decode()

    def acls(self) -> None:
        for _ in range(self.integer()):
            self.integer()
            self.text()
            self.text()

    def _take(self, form: str) -> int | bool:
        try:
            (found,) = struct.unpack_from(form, self._data, self._at)
        except struct.error as exc:
            raise BrokenLogError("a record ends too early") from exc
        self._at += struct.calcsize(form)
        answer: int | bool = found
        return answer


def read_log(path: Path) -> Iterator[Transaction]:
    """One file. A torn end is left out: the server was killed while it wrote, and told nobody.

    Raises BrokenLogError, OSError.
    """
    data = path.read_bytes()
    if data and data[:4] != MAGIC:
        raise BrokenLogError(f"{path} is no transaction log")
    at = HEADER
    while at + 12 <= len(data):
        checksum, length = struct.unpack_from(">qi", data, at)
        record = data[at + 12 : at + 12 + length]
        end = at + 12 + length
        # What was made room for and never written is zeros.
        if length <= 0 or end >= len(data) or data[end] != END or zlib.adler32(record) != checksum:
            return
        at = end + 1
        yield decode(record)


def decode(record: bytes) -> Transaction:
    """Raises BrokenLogError."""
    jute = Jute(record)
    session, _, zxid, milliseconds, kind = (
        jute.long(),
        jute.integer(),
        jute.long(),
        jute.long(),
        jute.integer(),
    )
    changes: tuple[Change, ...] = ()
    failed = kind == FAILED
    if kind == MULTI:
        parts = [(jute.integer(), jute.buffer()) for _ in range(jute.integer())]
        failed = any(each == FAILED for each, _ in parts)
        changes = () if failed else tuple(_change(each, Jute(body)) for each, body in parts)
    elif kind in CREATES or kind in (DELETE, SET):
        changes = (_change(kind, jute),)
    return Transaction(zxid, session, milliseconds / 1e3, changes, failed, kind == CLOSE_SESSION)


def _change(kind: int, jute: Jute) -> Change:
    path = jute.text()
    if kind in CREATES:
        body = jute.buffer()
        jute.acls()
        return Change("create", path, body, 0, kind in (CREATE, 15) and jute.flag())
    if kind == SET:
        return Change("set", path, jute.buffer(), jute.integer())
    if kind == CHECK:
        return Change("check", path, version=jute.integer())
    if kind == DELETE:
        return Change("delete", path)
    raise BrokenLogError(f"a transaction of kind {kind} is not known here")


def merged(folders: list[Path]) -> tuple[list[Transaction], list[str]]:
    """The transactions of all members by number, and where two members tell different stories.

    A member that was away, or was sent a snapshot, lacks some; a majority has each.
    """
    found: dict[int, Transaction] = {}
    wrong: list[str] = []
    for folder in folders:
        for path in sorted(folder.rglob("log.*")):
            told = [one for one in read_log(path) if found.setdefault(one.zxid, one) != one]
            wrong += [f"members differ on transaction {one.zxid:#x}" for one in told]
    return [found[zxid] for zxid in sorted(found)], wrong

"""The buffered socket on real sockets: little is asked of the system, and nothing is lost or kept."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from notify.buffered import BufferedSocket

from .wire import drained


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    yield ours, theirs
    ours.close()
    theirs.close()


class Counted:
    """A socket that counts its calls."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> object:
        self.calls.append(name)
        return getattr(self._link, name)


def test_many_small_reads_ask_the_system_once(pair: tuple[socket.socket, socket.socket]) -> None:
    counted = Counted(pair[0])
    link = BufferedSocket(counted)  # type: ignore[arg-type]
    pair[1].sendall(b"abcdef")
    assert [link.recv(1), link.recv(2), link.recv(100)] == [b"a", b"bc", b"def"]
    assert counted.calls == ["recv"]
    with pytest.raises(BlockingIOError):
        link.recv(1)


def test_many_small_writes_are_one(pair: tuple[socket.socket, socket.socket]) -> None:
    counted = Counted(pair[0])
    link = BufferedSocket(counted)  # type: ignore[arg-type]
    for _ in range(100):
        assert link.send(b"\x40\x02\x00\x01") == 4
    assert (link.unsent, drained(pair[1])) == (400, b"")
    link.flush()
    assert (link.unsent, drained(pair[1])) == (0, b"\x40\x02\x00\x01" * 100)
    assert counted.calls == ["send"]


def test_what_was_read_and_not_asked_for_is_pending(pair: tuple[socket.socket, socket.socket]) -> None:
    link = BufferedSocket(pair[0])
    assert link.pending() == 0
    pair[1].sendall(b"abc")
    assert link.recv(1) == b"a"
    assert link.pending() == 2
    link.recv(2)
    assert link.pending() == 0


def test_what_the_system_does_not_take_stays_and_goes_in_order(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    pair[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    link = BufferedSocket(pair[0])
    data = bytes(n % 251 for n in range(3_000_000))
    link.send(data)
    link.flush()
    assert 0 < link.unsent < len(data)
    link.send(b"the end")
    received = b""
    for _ in range(100_000):
        received += drained(pair[1])
        if not link.unsent:
            break
        link.flush()
    assert received + drained(pair[1]) == data + b"the end"


def test_the_end_of_the_stream_comes_after_what_was_sent(pair: tuple[socket.socket, socket.socket]) -> None:
    link = BufferedSocket(pair[0])
    pair[1].sendall(b"abc")
    pair[1].close()
    assert link.recv(100) == b"abc"
    assert [link.recv(1), link.recv(1)] == [b"", b""]
    assert link.pending() == 1, "so that whoever asks before waiting reads the end"


def test_a_failure_to_send_is_raised_by_the_next_read(pair: tuple[socket.socket, socket.socket]) -> None:
    link = BufferedSocket(pair[0])
    pair[1].close()
    link.send(b"x")
    link.flush()
    assert (link.unsent, link.pending()) == (0, 1)
    with pytest.raises(BrokenPipeError):
        link.recv(1)


def test_closing_sends_what_was_gathered_and_may_be_repeated(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    link = BufferedSocket(pair[0])
    link.send(b"good bye")
    link.close()
    link.close()
    assert drained(pair[1]) == b"good bye"
    assert link.fileno() == -1

"""The stream: read item by item, and gone on with where it broke."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shardwright_client import Client, Item, NotAllowed, Unavailable, Unexpected
from shardwright_client.sse import items
from tests.client.raw import NOTHING, problem, raw


def lines(*given: tuple[str, str, Any]) -> bytes:
    return b"".join(
        f"id: {id_}\nevent: {event}\ndata: {json.dumps(data)}\n\n".encode() for id_, event, data in given
    )


class Enough(Exception):
    """Ends a stream that has no end."""


def test_items_are_read_whatever_stands_between_them() -> None:
    told = b': a comment\n\nretry: 5\n\nid: 7\ndata: {"a":\ndata:  1}\n\nevent: x\n\ndata: {"cut": 1}\n'
    assert list(items(told.splitlines(keepends=True))) == [Item(id="7", event="message", data={"a": 1})]


def test_a_stream_that_breaks_is_gone_on_with_after_its_last_item() -> None:
    first = (200, lines(("", "hello", {}), ("5", "journal", {"n": 5})), {})
    second = (200, lines(("", "hello", {}), ("6", "journal", {"n": 6}), ("6", "summary", {})), {})
    broke: list[Any] = []
    seen = []
    with raw(first, NOTHING, problem(503, "nobody leads"), second) as server:
        client = Client(server.url, sleep=lambda _: None)
        with pytest.raises(Enough):
            for item in client.follow(broke=broke.append):
                seen.append((item.event, item.id))
                if item.event == "summary":
                    raise Enough
        resumed = [headers.get("Last-Event-Id") for _, _, headers, _ in server.asked]
    assert seen == [("hello", ""), ("journal", "5"), ("hello", ""), ("journal", "6"), ("summary", "6")]
    assert resumed == [None, "5", "5", "5"]
    # One break, however many attempts it took.
    assert broke == [None]


def test_the_first_answer_decides_whether_there_is_anything_to_follow() -> None:
    with raw(problem(503, "nobody leads")) as server, pytest.raises(Unavailable):
        next(Client(server.url).follow())
    with raw(problem(401, "sign in")) as server, pytest.raises(NotAllowed):
        next(Client(server.url).follow())


def test_who_is_refused_later_is_not_tried_again() -> None:
    with raw((200, lines(("1", "hello", {})), {}), problem(403, "no more")) as server:
        found = Client(server.url, sleep=lambda _: None).follow()
        assert next(found).id == "1"
        with pytest.raises(NotAllowed):
            next(found)


def test_it_gives_up_when_nobody_answers_for_too_long() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    with raw((200, lines(("1", "hello", {})), {}), NOTHING) as server:
        found = Client(server.url, sleep=sleep).follow(give_up_s=5.0, clock=lambda: now[0])
        next(found)
        with pytest.raises(Unavailable):
            next(found)
    assert 5.0 < now[0] < 10.0


@pytest.mark.parametrize("content", [b"data: no json\n\n", b"data: [1]\n\n"])
def test_another_stream_is_unexpected(content: bytes) -> None:
    with raw((200, content, {})) as server, pytest.raises(Unexpected, match="is not Shardwright's"):
        next(Client(server.url).stream())

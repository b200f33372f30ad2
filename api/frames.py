"""Items of the live stream as server-sent events: written once, joined once for all who want the same."""

from __future__ import annotations

import json
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from api.shapes.news import news_shape
from orchestrator.engine.facade import FeedItem

BRIEF = 10
"""Lines of the journal of a kind that a brief stream shows at once; the others are counted."""

JOINED = 64
"""Blocks that are kept for readers who are as far as somebody else."""

MOST_JOINED = 1_000


class Lines(StrEnum):
    """How much of the journal a reader wants."""

    ALL = "all"
    BRIEF = "brief"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Wanted:
    """``kinds``: only these; None: all."""

    lines: Lines = Lines.ALL
    kinds: frozenset[str] | None = None


class Frames:
    """Of one application."""

    def __init__(self, audit_bound: float) -> None:
        self._audit_bound = audit_bound
        self._joined: OrderedDict[tuple[int, int, Wanted, bool], bytes] = OrderedDict()

    def block(self, items: Sequence[FeedItem], wanted: Wanted, *, is_chunk: bool = False) -> bytes:
        """What a reader is sent of these items, which have followed one another; may be empty.

        ``is_chunk``: as one chunk of an answer of HTTP/1.1.
        """
        if items[0].event == "reload" or len(items) > MOST_JOINED:
            # it has the id of an item that others are sent; or somebody comes back alone after a while
            return self._join(items, wanted, is_chunk)
        key = items[0].id, items[-1].id, wanted, is_chunk
        known = self._joined.get(key)
        if known is None:
            known = self._joined[key] = self._join(items, wanted, is_chunk)
            if len(self._joined) > JOINED:
                self._joined.popitem(last=False)
        return known

    def _join(self, items: Sequence[FeedItem], wanted: Wanted, is_chunk: bool) -> bytes:
        frames = [one.frame or self._written(one) for one in _chosen(items, wanted)]
        if is_chunk and frames:
            frames = [b"%x\r\n" % sum(map(len, frames)), *frames, b"\r\n"]
        return b"".join(frames)

    def _written(self, item: FeedItem) -> bytes:
        data = item.data
        if isinstance(data, dict):
            text = json.dumps(data).encode()
        else:
            text = news_shape(data, self._audit_bound).model_dump_json(by_alias=True).encode()
            # what was written is kept for the others, and need not be kept twice
            item.data = None
        item.frame = framed(item.event, text, item.id)
        return item.frame


def framed(event: str, data: bytes, number: int | None = None) -> bytes:
    """``data``: one line."""
    head = b"" if number is None else b"id: %d\n" % number
    return b"%sevent: %s\ndata: %s\n\n" % (head, event.encode(), data)


def _chosen(items: Sequence[FeedItem], wanted: Wanted) -> Sequence[FeedItem]:
    if wanted.kinds is not None:
        kinds = wanted.kinds
        items = [one for one in items if one.kind is None or one.kind in kinds]
    if wanted.lines is Lines.ALL:
        return items
    if wanted.lines is Lines.NONE:
        return [one for one in items if one.event != "journal"]
    return _brief(items)


def _brief(items: Sequence[FeedItem]) -> list[FeedItem]:
    """Of each kind the latest few lines, before them how many of which verb there were beside these."""
    many = Counter(one.kind for one in items if one.event == "journal")
    over = {kind: count - BRIEF for kind, count in many.items() if count > BRIEF}
    if not over:
        return list(items)
    counted: dict[str | None, Counter[str]] = {kind: Counter() for kind in over}
    found: list[FeedItem] = []
    for one in items:
        left = over.get(one.kind, 0) if one.event == "journal" else 0
        if not left:
            found.append(one)
            continue
        over[one.kind] = left - 1
        counted[one.kind][str(one.data["verb"])] += 1
        if left == 1:
            data = {"asOf": one.data["at"], "kind": one.kind, "counted": dict(counted[one.kind])}
            # with the id of the last that it counts: who goes on after it misses none
            found.append(FeedItem(id=one.id, event="counted", data=data, kind=one.kind))
    return found

"""How items of the live stream are written, for one reader and for many."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from api.frames import BRIEF, Frames, Lines, Wanted
from orchestrator.engine.answers.news import DependencyNews, KindNews, ShardNews
from orchestrator.engine.facade import FeedItem
from tests.api.facade_double import FacadeDouble, feed_item, kind, line, shard


def read(block: bytes) -> list[tuple[int, str, dict[str, Any]]]:
    found = []
    for text in block.decode().removesuffix("\n\n").split("\n\n") if block else []:
        number, event, data = (part.partition(": ")[2] for part in text.split("\n"))
        found.append((int(number), event, json.loads(data)))
    return found


def journal(count: int, of: str = "Thing") -> list[FeedItem]:
    items = [feed_item(line(number, kind=of)) for number in range(1, count + 1)]
    return [replace(one, kind=of) for one in items]


def block(items: list[FeedItem], **wanted: Any) -> list[tuple[int, str, dict[str, Any]]]:
    return read(Frames(600.0).block(items, Wanted(**wanted)))


def test_an_item_is_written_once_and_a_block_joined_once() -> None:
    frames, items = Frames(600.0), journal(3)
    first = frames.block(items, Wanted())
    assert [number for number, _, _ in read(first)] == [1, 2, 3]
    assert frames.block(items, Wanted()) is first
    assert frames.block(items[1:], Wanted()) == items[1].frame + items[2].frame


def test_a_chunk_says_its_length_and_nothing_is_no_chunk() -> None:
    frames, items = Frames(600.0), journal(3)
    plain = frames.block(items, Wanted())
    chunk = frames.block(items, Wanted(), is_chunk=True)
    assert chunk == b"%x\r\n%b\r\n" % (len(plain), plain)
    assert frames.block(items, Wanted(), is_chunk=True) is chunk
    assert frames.block(items, Wanted(lines=Lines.NONE), is_chunk=True) == b""


def test_a_brief_reader_gets_the_latest_lines_and_the_count_of_the_others() -> None:
    items = journal(BRIEF + 20)
    found = block(items, lines=Lines.BRIEF)
    assert [event for _, event, _ in found] == ["counted"] + ["journal"] * BRIEF
    assert found[0][2] == {"asOf": 1_700_000_020.0, "kind": "Thing", "counted": {"assign": 20}}
    assert [number for number, _, _ in found] == [20, *range(21, 21 + BRIEF)]
    assert block(items[:BRIEF], lines=Lines.BRIEF) == block(items[:BRIEF])


def test_a_brief_reader_is_shown_each_kind() -> None:
    loud, quiet = journal(BRIEF + 20), FeedItem(id=99, event="journal", data={"verb": "move"}, kind="Rule")
    assert block([*loud, quiet], lines=Lines.BRIEF)[-1][0] == 99


def test_a_reader_without_the_journal_gets_the_rest() -> None:
    items = [*journal(3), FeedItem(id=4, event="reload", data={})]
    assert block(items, lines=Lines.NONE) == [(4, "reload", {})]


def test_a_reader_of_one_kind_gets_nothing_of_another() -> None:
    items = [*journal(1), *journal(1, "Rule"), FeedItem(id=3, event="reload", data={})]
    assert [data.get("kind") for _, _, data in block(items, kinds=frozenset({"Rule"}))] == ["Rule", None]
    assert block(journal(2), kinds=frozenset()) == []


def test_news_are_written_as_the_lists_show_them() -> None:
    dependencies = FacadeDouble().overview().dependencies
    items = [
        FeedItem(id=1, event="summary", data=KindNews(as_of=7.0, status=kind(shards=0)), kind="Thing"),
        FeedItem(id=2, event="shards", data=ShardNews(as_of=7.5, kind="Thing", shards=[shard(3)], gone=[9])),
        FeedItem(id=3, event="deps", data=DependencyNews(as_of=8.0, dependencies=dependencies)),
    ]
    (_, _, summary), (_, _, shards), (_, _, deps) = block(items)
    assert (summary["asOf"], summary["kind"], summary["verdict"]) == (7.0, "Thing", "yes")
    assert (shards["items"][0]["number"], shards["items"][0]["beatAge"], shards["gone"]) == (3, 1.2, [9])
    assert [one["name"] for one in deps["items"]] == ["store", "catalog"]

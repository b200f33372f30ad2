"""A kind of 500,000 ids on 100 shards, played by a double of the facade behind the real API and real HTTP.

To bring so many to their shards takes the product itself minutes; what is tested here is what a browser makes
of them.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from orchestrator.engine.answers.news import KindNews, ShardNews
from orchestrator.engine.answers.reads import Listed, ListedResource, ResourcePage, ResourceQuery
from orchestrator.engine.facade import FeedItem
from tests.api.facade_double import Counts, FacadeDouble, kind
from tests.api.queue_reading import QueueReading

SHARDS = 100
EACH = 5_000
IDS = SHARDS * EACH


def resource_id(number: int) -> str:
    return f"thing-{number:06d}"


@dataclass
class BigFacade(FacadeDouble):
    """``move`` lets ids leave one shard for another; readers of the stream are told as by the product."""

    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1_000))

    def __post_init__(self) -> None:
        status = kind(shards=SHARDS, resource_per_instance=6_000)
        rows = tuple(replace(one, used=EACH, count=6_000) for one in status.shards)
        counts = Counts(catalog=IDS, owned=IDS, arriving=0, moving=0, held=0, unowned=0)
        self.world = {"Thing": replace(status, shards=rows, counts=counts), "Rule": kind("Rule", SHARDS)}
        self.lines = []

    def put(self, event: str, news: object) -> None:
        item = FeedItem(id=next(self.ids), event=event, data=news, kind="Thing")
        for queue in self.waiting:
            queue.put(item)

    def stream(self, after: int | None, wake: Callable[[], None]) -> QueueReading:
        return QueueReading(self.waiting, wake)

    def move(self, step: int, at_once: int = 500) -> None:
        """The next ``at_once`` ids are on their way, those of the step before have come."""
        status = self.world["Thing"]
        rows = list(status.shards)
        changed = []
        for offset in range(10):
            source, target = (10 * step + offset) % SHARDS, (10 * step + offset + 50) % SHARDS
            many = at_once // 10
            rows[source] = replace(
                rows[source], releasing=many, used=rows[source].used - many, beat_age=step % 5 + 0.1
            )
            rows[target] = replace(rows[target], arriving=many, used=rows[target].used + many)
            changed += [rows[source], rows[target]]
        counts = Counts(catalog=IDS, owned=IDS - at_once, arriving=0, moving=at_once, held=0, unowned=0)
        self.world["Thing"] = replace(status, shards=tuple(rows), counts=counts, commit=status.commit + 1)
        now = time.time()
        self.put("shards", ShardNews(as_of=now, kind="Thing", shards=changed, gone=()))
        self.put("summary", KindNews(as_of=now, status=replace(self.world["Thing"], shards=())))

    def change(self, step: int) -> None:
        """One shard is heard of, and has one id more."""
        status = self.world["Thing"]
        rows = list(status.shards)
        number = step * 7 % SHARDS
        rows[number] = replace(rows[number], used=rows[number].used + 1, beat_age=0.0)
        self.world["Thing"] = replace(status, shards=tuple(rows))
        self.put("shards", ShardNews(as_of=time.time(), kind="Thing", shards=[rows[number]], gone=()))

    async def resource_page(self, wanted: ResourceQuery) -> ResourcePage | None:
        self.calls.append(("resources", wanted))
        first = 0 if wanted.shard is None else wanted.shard * EACH
        last = IDS if wanted.shard is None else first + EACH
        begin = first if wanted.after is None else int(wanted.after.removeprefix("thing-")) + 1
        items = tuple(
            ListedResource(id=resource_id(number), state=Listed.OWNED, shard=number // EACH)
            for number in range(begin, min(begin + wanted.limit, last))
        )
        more = begin + wanted.limit < last
        return ResourcePage(items=items, next=items[-1].id if more else None, total=last - first)

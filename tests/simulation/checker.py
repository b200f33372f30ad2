"""The documents of a world; every change of them is judged by the rules at the moment of the write."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from orchestrator.core.decisions import Conflict, Deposed
from orchestrator.core.model import Shard
from orchestrator.core.placement import pins
from orchestrator.core.poison import quarantine
from orchestrator.core.policy import KindPolicy
from orchestrator.ports import Loaded
from orchestrator.store.document import Document, encode
from orchestrator.store.layout import chunk_of, reload_of, resources_of, scratch_of
from orchestrator.store.layout_document import decode_layout
from orchestrator.store.memory import MemoryDocuments
from orchestrator.store.migration import MIGRATION
from orchestrator.store.operations import Check, Create, Operation, Set
from orchestrator.store.tree import decode_tree
from tests.simulation.ledger import Ledger
from tests.simulation.loop import PROCESS
from tests.simulation.rules import Rules, Seen
from tests.simulation.story import Story

__all__ = ["Seen", "WatchedDocuments"]

REMEMBERED = 6
"""How many writes back a reader of a follower may be."""


class WatchedDocuments(MemoryDocuments):
    """Documents whose every change is judged. ``on_seen``: told of each kind that changed.

    ``writes``: transactions that were applied to any kind, whether or not their answer has come.
    ``past``: all documents as they were after the last writes. ``watchers``: told of each kind that was
    written to, as the watches of a store would. ``epoch``: of the last write. ``migration``: what reads them
    all.
    """

    def __init__(
        self,
        story: Story,
        ledger: Ledger,
        now: Callable[[], float],
        policy: KindPolicy | None = None,
        most_operations: int = 500,
    ) -> None:
        super().__init__()
        self.migration = MIGRATION
        self.seen: dict[str, Seen] = {}
        self.last_write = 0.0
        self.writes = 0
        self.on_seen: Callable[[str, Seen | None, Seen, int], None] = lambda kind, before, after, epoch: None
        self.watchers: list[Callable[[str], None]] = []
        self.past: deque[Mapping[str, Document]] = deque(maxlen=REMEMBERED)
        self._story = story
        self._rules = Rules(story, ledger, policy or KindPolicy())
        self._now = now
        self.epoch = 0
        self._most = most_operations

    def apply(self, operations: Sequence[Operation]) -> Conflict | Deposed | None:
        holder = self._holder()
        refused = super().apply(operations)
        if refused is not None:
            return refused
        epoch = int(_members(self.documents[self.layout.leader].body)["epoch"])
        self._story.require(epoch >= self.epoch, f"S6: the epoch fell from {self.epoch} to {epoch}")
        if epoch > self.epoch > 0:
            self._story.meet("epoch changed")
        self.epoch = epoch
        size = len(operations)
        self._story.require(
            size <= self._most, f"S18: a transaction of {size} operations, at most {self._most}"
        )
        if any(one.path.startswith(self.layout.kinds + "/") for one in operations):
            writer = PROCESS.get().split("#")[0]
            self._story.require(writer in (holder, ""), f"S6: {writer} wrote while {holder} holds the office")
            self.last_write = self._now()
            self.writes += 1
        self._judge(operations)
        return None

    def _judge(self, operations: Sequence[Operation]) -> None:
        state = self.layout.kinds + "/"
        written = [one.path for one in operations if not isinstance(one, Check)]
        for kind in [path.removeprefix(state) for path in written if path.startswith(state)]:
            prefix = self.layout.shards(kind) + "/"
            numbers = {
                path.removeprefix(prefix).split("/", 1)[0] for path in written if path.startswith(prefix)
            }
            self._look_at(kind, {int(number) for number in numbers})
        self.past.append(dict(self.documents))

    def _holder(self) -> str:
        document = self.documents.get(self.layout.leader)
        return "" if document is None else str(_members(document.body)["holder"])

    def by_hand(self, path: str, change: Callable[[dict[str, object]], dict[str, object]]) -> None:
        """Write a document as a person with a store client would."""
        old = self.documents[path]
        body = json.dumps(change(json.loads(old.body))).encode()
        assert super().apply([Set(path, body, old.version)]) is None
        if path.startswith(self.layout.kinds + "/"):
            self._look_at(path[len(self.layout.kinds) + 1 :], None)

    async def recall(self, kind: str, documents: Mapping[str, Document]) -> Loaded | None:
        """The kind as it stood in older documents."""
        return decode_tree(kind, self._of(kind, documents), self.layout, None)

    def load(self, kind: str) -> Loaded | None:
        return decode_tree(kind, self._of(kind, self.documents), self.layout, None)

    def _of(self, kind: str, documents: Mapping[str, Document]) -> dict[str, Document]:
        state = self.layout.kind(kind)
        below = (self.layout.shards(kind) + "/", self.layout.papers(kind) + "/")
        found = {p: d for p, d in documents.items() if p == state or p.startswith(below)}
        return self.migration.all_raised(found, self.layout.root)

    def begin_with(self, layout: int) -> None:
        """Of an empty store: the layout that it has, whoever comes to lead first."""
        document = encode({"layout": layout})
        assert super().apply([Create(self.layout.layout, document)]) is None

    @property
    def written(self) -> int:
        """The layout in which whoever leads writes."""
        return decode_layout(self.layout.layout, self.documents.get(self.layout.layout)).written

    def _look_at(self, kind: str, touched: set[int] | None) -> None:
        """Judge the kind as it is now. ``touched``: the shards that may differ; None: any."""
        before = self.seen.get(kind)
        if before is None or touched is None:
            loaded = self.load(kind)
            assert loaded is not None
            touched = set(loaded.shards) | (set() if before is None else set(before.loaded.shards))
        else:
            loaded = self._load_again(kind, before.loaded, touched)
        after = self._rules.judge(kind, before, loaded, touched)
        for number in touched & loaded.shards.keys():
            self._check_count(kind, loaded.shards[number])
        self.seen[kind] = after
        self.on_seen(kind, before, after, self.epoch)
        for watcher in list(self.watchers):
            watcher(kind)

    def _load_again(self, kind: str, before: Loaded, touched: set[int]) -> Loaded:
        """Only what was written to is decoded."""
        # of the papers the rules ask for these only
        papers = (self.layout.paper(kind, name) for name in (quarantine.PAPER, pins.PAPER))
        paths = [self.layout.kind(kind), *papers]
        for number in touched:
            shard = self.layout.shard(kind, number)
            paths += [shard, reload_of(shard), resources_of(shard), scratch_of(shard)]
            at = 0
            while chunk_of(shard, at) in self.documents:
                paths.append(chunk_of(shard, at))
                at += 1
        documents = {path: self.documents[path] for path in paths if path in self.documents}
        part = decode_tree(kind, self.migration.all_raised(documents, self.layout.root), self.layout, None)
        assert part is not None
        kept = {number: shard for number, shard in before.shards.items() if number not in touched}
        return Loaded(state=part.state, shards=kept | dict(part.shards), papers=part.papers)

    def _check_count(self, kind: str, shard: Shard) -> None:
        path = self.layout.shard(kind, shard.number)
        says = json.loads(self.documents[path].body)["used"]
        self._story.require(says == shard.used, f"S3: {path} says {says}, has {shard.used}")


@lru_cache(maxsize=16)
def _members(body: bytes) -> Mapping[str, Any]:
    """Of the leader's document, which is asked for twice with every write and seldom changes."""
    members: Mapping[str, Any] = json.loads(body)
    return members

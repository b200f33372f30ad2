"""The rules that hold in every state of the store, checked at every write."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from orchestrator.core.model import Instance, Shard
from orchestrator.core.plan import Conflict, Deposed
from orchestrator.ports import Loaded
from orchestrator.store.document import Document
from orchestrator.store.memory import MemoryDocuments
from orchestrator.store.operations import Check, Operation, Set
from orchestrator.store.tree import decode_tree
from tests.simulation.ledger import Ledger
from tests.simulation.loop import PROCESS
from tests.simulation.story import Story

CHUNK = 128
Where = dict[str, tuple[int, int | None]]
"""Each id with the shard it stands on and, when it is releasing, where it goes (-1: deleted)."""


@dataclass
class Seen:
    """One kind as it was after the last write."""

    loaded: Loaded
    owned: dict[str, int] = field(default_factory=dict)
    releasing: dict[str, tuple[int, int | None]] = field(default_factory=dict)


class WatchedDocuments(MemoryDocuments):
    """Documents whose every change is judged. ``on_seen``: told of each kind that changed.

    ``max_instances``: bound of active shards in every state.
    """

    def __init__(self, story: Story, ledger: Ledger, now: Callable[[], float]) -> None:
        super().__init__()
        self.seen: dict[str, Seen] = {}
        self.last_write = 0.0
        self.on_seen: Callable[[str, Seen | None, Seen], None] = lambda kind, before, after: None
        self._story = story
        self._ledger = ledger
        self._now = now
        self._epoch = 0

    def apply(self, operations: Sequence[Operation]) -> Conflict | Deposed | None:
        holder = self._holder()
        refused = super().apply(operations)
        if refused is not None:
            return refused
        epoch = int(json.loads(self.documents[self.layout.leader].body)["epoch"])
        self._story.require(epoch >= self._epoch, f"the epoch fell from {self._epoch} to {epoch}")
        self._epoch = epoch
        first = operations[0]
        if isinstance(first, Check) and first.path == self.layout.leader:
            writer = PROCESS.get().split("#")[0]
            self._story.require(writer in (holder, ""), f"S6: {writer} wrote while {holder} holds the office")
            self.last_write = self._now()
        for operation in operations:
            if operation.path.startswith(self.layout.kinds + "/") and not isinstance(operation, Check):
                self._look_at(operation.path[len(self.layout.kinds) + 1 :])
        return None

    def _holder(self) -> str:
        document = self.documents.get(self.layout.leader)
        return "" if document is None else str(json.loads(document.body)["holder"])

    def by_hand(self, path: str, change: Callable[[dict[str, object]], dict[str, object]]) -> None:
        """Write a document as a person with a store client would."""
        old = self.documents[path]
        body = json.dumps(change(json.loads(old.body))).encode()
        assert super().apply([Set(path, body, old.version)]) is None
        if path.startswith(self.layout.kinds + "/"):
            self._look_at(path[len(self.layout.kinds) + 1 :])

    def load(self, kind: str) -> Loaded | None:
        state, prefix = self.layout.kind(kind), self.layout.shards(kind) + "/"
        found = {p: d for p, d in self.documents.items() if p == state or p.startswith(prefix)}
        self._check_counts(found)
        return decode_tree(kind, found, self.layout, None)

    def _check_counts(self, found: dict[str, Document]) -> None:
        for path, document in found.items():
            if path.rsplit("/", 1)[-1].isdigit() and path.count("/") == 4:
                body = json.loads(document.body)
                chunks = [d for p, d in found.items() if p.startswith(f"{path}/resources/")]
                used = sum(len(json.loads(chunk.body)["ids"]) for chunk in chunks)
                self._story.require(body["used"] == used, f"S3: {path} says {body['used']}, has {used}")

    def _look_at(self, kind: str) -> None:
        loaded = self.load(kind)
        assert loaded is not None
        after = Seen(loaded)
        for shard in loaded.shards.values():
            self._index(kind, shard, after)
        before = self.seen.get(kind)
        self.seen[kind] = after
        if before is not None:
            self._compare(kind, before, after)
        active = sum(1 for shard in loaded.shards.values() if shard.is_active)
        most = loaded.state.max_instances
        self._story.require(active <= most, f"S4: {active} active shards of {kind}, at most {most}")
        self.on_seen(kind, before, after)

    def _index(self, kind: str, shard: Shard, after: Seen) -> None:
        for chunk in shard.chunks:
            self._story.require(chunk.size <= CHUNK, f"a chunk of {kind}/{shard.number} has {chunk.size}")
        for resource_id in shard.ids():
            self._once(kind, resource_id, after)
            after.owned[resource_id] = shard.number
        for _, entry in shard.entries():
            for resource_id in entry.ids:
                self._once(kind, resource_id, after)
                after.releasing[resource_id] = (shard.number, entry.to)

    def _once(self, kind: str, resource_id: str, after: Seen) -> None:
        twice = resource_id in after.owned or resource_id in after.releasing
        self._story.require(not twice, f"S1: {resource_id} of {kind} stands twice in the store")

    def _compare(self, kind: str, before: Seen, after: Seen) -> None:
        old, new = before.loaded, after.loaded
        self._story.require(new.state.commit >= old.state.commit, f"the commit of {kind} fell")
        self._story.require(
            new.state.next_incarnation >= old.state.next_incarnation, f"the counter of {kind} fell"
        )
        for number, shard in new.shards.items():
            if number in old.shards:
                self._compare_shards(kind, old.shards[number], shard)
            elif shard.incarnation:
                fresh = shard.incarnation >= old.state.next_incarnation
                self._story.require(fresh, f"{kind}/{number} begins with incarnation {shard.incarnation}")
        for resource_id, number in before.owned.items():
            stays = after.owned.get(resource_id) == number or (
                after.releasing.get(resource_id, (None,))[0] == number
            )
            self._story.require(stays, f"{resource_id} of {kind} left {number} without being released")
        for resource_id, (number, to) in before.releasing.items():
            goes = after.owned.get(resource_id, number) == number or self._is_free(kind, resource_id, number)
            self._story.require(goes, f"{resource_id} of {kind} was held on {number} when it moved on")
            if to is None and after.owned.get(resource_id) == number:
                free = self._is_free(kind, resource_id, number)
                self._story.require(free, f"deleted {resource_id} of {kind} came back while it was held")

    def _is_free(self, kind: str, resource_id: str, number: int) -> bool:
        return resource_id not in self._ledger.held_by_shard(kind, number)

    def _compare_shards(self, kind: str, old: Shard, new: Shard) -> None:
        name = f"{kind}/{new.number}"
        changed = set(old.ids()) != set(new.ids())
        grown = new.generation - old.generation
        self._story.require(grown == changed, f"S5: the generation of {name} grew by {grown}")
        self._story.require(new.incarnation >= old.incarnation, f"the incarnation of {name} fell")
        step = (old.instance, new.instance)
        allowed = {
            (Instance.NONE, Instance.LIVE),
            (Instance.LIVE, Instance.STOPPING),
            (Instance.STOPPING, Instance.NONE),
        }
        self._story.require(step[0] is step[1] or step in allowed, f"{name} went {step[0]} to {step[1]}")
        begins = step == (Instance.NONE, Instance.LIVE)
        self._story.require(
            (new.incarnation > old.incarnation) == begins, f"{name}: incarnation {new.incarnation}, {step}"
        )
        if step == (Instance.STOPPING, Instance.NONE):
            held = self._ledger.held_by_shard(kind, new.number)
            self._story.require(not held, f"{name} is said to have ended, and holds {sorted(held)[:5]}")

"""ZooKeeper as the model sees it: versioned documents that apply a transaction as a whole or not at all.

Encoding, decoding and the answer to a transaction are the product's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from orchestrator.core.decisions import Conflict, Deposed, Transaction
from orchestrator.core.model import Protocol
from orchestrator.core.view import View
from orchestrator.ports import Loaded
from orchestrator.store import codec, leadership, transaction, tree
from orchestrator.store.document import Document
from orchestrator.store.layout import Layout
from orchestrator.store.leadership import Leader
from orchestrator.store.memory import MemoryDocuments
from orchestrator.store.operations import Create, Delete, Operation
from tests.model.table import Remembered, Table

KIND = "Thing"
LAYOUT = Layout()
Multi = tuple[Operation, ...]


class Ensemble:
    """States of the documents are numbers; 0 is the empty store."""

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol
        self._tables: Table[dict[str, Document]] = Table(lambda found: frozenset(found.items()))
        self._multis: Table[Multi] = Table(lambda found: found)
        self._documents = MemoryDocuments()
        self.apply = Remembered(self._apply)
        self.load = Remembered(self._load)
        self.leader = Remembered(self._leader)
        self.queue = Remembered(self._queue)
        self.doubled = Remembered(self._doubled)
        self.encode = Remembered(self._encode)
        self.empty = self._tables.number({})

    def multi(self, *operations: Operation) -> int:
        return self._multis.number(operations)

    def enter(self, documents: int, node: str) -> int:
        """A candidate queues."""
        return self.must(documents, self.multi(Create(node, b"")))

    def leave(self, documents: int, node: str) -> int:
        """A session ends, and the candidate's node with it."""
        return self.must(documents, self.multi(Delete(node, 0)))

    def restored(self, documents: int, copy: int) -> int:
        """The kind as it stands in the copy, under a commit later than any before."""
        path, prefix = LAYOUT.kind(KIND), LAYOUT.shards(KIND) + "/"
        now, then = self.load[(documents,)], self.load[(copy,)]
        assert now is not None and then is not None
        state = replace(then.state, commit=now.state.commit + 1)
        found = {p: d for p, d in self._tables[documents].items() if p != path and not p.startswith(prefix)}
        found |= {p: d for p, d in self._tables[copy].items() if p.startswith(prefix)}
        found[path] = Document(codec.encode_kind(state), now.state.version + 1)
        return self._tables.number(found)

    def must(self, documents: int, multi: int) -> int:
        answer = self.apply[documents, multi]
        assert isinstance(answer, int), answer
        return answer

    def _apply(self, documents: int, multi: int) -> int | Conflict | Deposed:
        self._documents.documents = dict(self._tables[documents])
        refused = self._documents.apply(self._multis[multi])
        return self._tables.number(self._documents.documents) if refused is None else refused

    def _encode(self, wanted: Transaction, office_version: int) -> int:
        return self.multi(*transaction.encode_transaction(wanted, LAYOUT, self._protocol, office_version))

    def _load(self, documents: int) -> Loaded | None:
        state, prefix = LAYOUT.kind(KIND), LAYOUT.shards(KIND) + "/"
        found = {
            path: document
            for path, document in self._tables[documents].items()
            if path == state or path.startswith(prefix)
        }
        return tree.decode_tree(KIND, found, LAYOUT, self._protocol)

    def _leader(self, documents: int) -> Leader | None:
        return leadership.decode_leader(LAYOUT.leader, self._tables[documents].get(LAYOUT.leader))

    def _queue(self, documents: int) -> Sequence[str]:
        prefix = LAYOUT.election + "/"
        return tuple(sorted(path for path in self._tables[documents] if path.startswith(prefix)))

    def _doubled(self, documents: int) -> Sequence[str]:
        """Ids that stand in two places of the store."""
        loaded = self.load[(documents,)]
        return () if loaded is None else tuple(sorted(View.of(loaded.state, loaded.shards).duplicates))

"""The store as a dictionary: for tests and the simulated world. Deterministic, no thread, no clock.

Several ``MemoryStore`` share one ``MemoryDocuments``, as several orchestrators share an ensemble.
Candidates queue for the office; the first of those whose session lives may take it.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from orchestrator.core.decisions import CommitResult, Committed, Conflict, Deposed, Transaction
from orchestrator.core.model import Protocol, Revision
from orchestrator.errors import Unavailable
from orchestrator.ports import Candidate, Held, Loaded, Office, Span, StoreLayout
from orchestrator.store.codec import decode_revision
from orchestrator.store.document import Document
from orchestrator.store.layout import ROOT, Layout
from orchestrator.store.layout_document import declaring, decode_layout, unfit
from orchestrator.store.leadership import Leader, Nonces, decode_leader, fencing, taking, vacating
from orchestrator.store.migration import MIGRATION, Migration, in_batches
from orchestrator.store.operations import ANY, Check, Create, Delete, Operation, Set, refusal
from orchestrator.store.transaction import encode_transaction
from orchestrator.store.tree import decode_tree, kinds_among, protocol_of


class MemoryDocuments:
    """Versioned documents by path, and the queue of candidates."""

    def __init__(self, root: str = ROOT) -> None:
        self.layout = Layout(root)
        self.documents: dict[str, Document] = {}
        self.candidates: list[str] = []
        self.said: dict[str, Candidate] = {}
        self.moved_up = asyncio.Event()
        self._sessions = 0

    def new_session(self) -> str:
        self._sessions += 1
        return f"session{self._sessions}"

    def drop(self, candidate: str) -> None:
        """Take a candidate out of the queue, and wake those behind it."""
        if candidate in self.candidates:
            self.candidates.remove(candidate)
            self.moved_up.set()
            self.moved_up = asyncio.Event()

    def apply(self, operations: Sequence[Operation]) -> Conflict | Deposed | None:
        """Run all operations in order, or none: then the answer says which was refused."""
        changed: dict[str, Document | None] = {}
        for operation in operations:
            path = operation.path
            old = changed[path] if path in changed else self.documents.get(path)
            version = None if old is None else old.version
            if isinstance(operation, Create):
                if old is not None:
                    return refusal(operation, version, self.layout.leader)
                changed[path] = Document(operation.body, 0)
                continue
            if version is None or operation.version not in (version, ANY):
                return refusal(operation, version, self.layout.leader)
            if isinstance(operation, Set):
                changed[path] = Document(operation.body, version + 1)
            elif isinstance(operation, Delete):
                changed[path] = None
            else:
                assert isinstance(operation, Check)
        for path, document in changed.items():
            if document is None:
                del self.documents[path]
            else:
                self.documents[path] = document
        return None


class MemoryStore:
    """One orchestrator's handle. ``protocols``: what the workers of each kind can do.

    ``lease_until``: what ``valid_until`` promises while the session lives; for a world that ends
    sessions by its clock to set, always before it ends one.
    """

    def __init__(
        self,
        documents: MemoryDocuments,
        protocols: Mapping[str, Protocol],
        migration: Migration = MIGRATION,
    ) -> None:
        self._shared = documents
        self._migration = migration
        self._layout = documents.layout
        self._protocols = protocols
        self._session = documents.new_session()
        self._nonces = Nonces(self._session)
        self._closed = False
        self.lease_until = math.inf

    async def campaign(self, holder: str, url: str) -> Office | Held:
        self._require_open()
        candidates = self._shared.candidates
        found, layout = self._leader(), self._layout_now()
        if fault := unfit(layout, self.span):
            self.expire()
            held = found.held if found is not None else Held(holder="", url="", epoch=0)
            return replace(held, unfit=fault)
        if self._session not in candidates:
            candidates.append(self._session)
        self._shared.said[self._session] = Candidate(holder=holder, url=url, span=self.span)
        if candidates[0] != self._session:
            return found.held if found is not None else Held(holder="", url="", epoch=0)
        operation, office = taking(self._layout.leader, found, holder, url, self._nonces.next())
        refused = self._shared.apply([operation])
        assert refused is None, "nothing runs between the read and the write"
        return replace(office, layout=layout.written)

    async def vacancy(self, within: float) -> None:
        moved_up = self._shared.moved_up
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await moved_up.wait()

    async def resign(self, office: Office) -> None:
        self._require_open()
        self._shared.apply([vacating(self._layout.leader, office, self._nonces.next())])
        self.expire()

    async def leader(self) -> Held | None:
        self._require_open()
        found = self._leader()
        return found.held if found is not None and found.holder else None

    def valid_until(self, office: Office) -> float:
        return self.lease_until if self._session in self._shared.candidates else -math.inf

    async def fence(self, office: Office) -> Office | Deposed:
        self._require_open()
        if self._session not in self._shared.candidates:
            return Deposed(detail="the session of this candidate has ended")
        nonce = self._nonces.next()
        answer = fencing(self._layout.leader, self._leader(), office, self._nonces.owns, nonce)
        if isinstance(answer, (Office, Deposed)):
            return answer
        operation, renewed = answer
        refused = self._shared.apply([operation])
        assert refused is None, "nothing runs between the read and the write"
        return renewed

    async def kinds(self) -> Sequence[str]:
        self._require_open()
        return kinds_among(self._shared.documents, self._layout)

    async def load(self, kind: str) -> Loaded | None:
        self._require_open()
        state = self._layout.kind(kind)
        below = (self._layout.shards(kind) + "/", self._layout.papers(kind) + "/")
        documents = {
            path: self._migration.raised(path, self._layout.root, document)
            for path, document in self._shared.documents.items()
            if path == state or path.startswith(below)
        }
        return decode_tree(kind, documents, self._layout, self._protocols.get(kind))

    async def revision(self, kind: str, number: int) -> Revision | None:
        self._require_open()
        path = self._layout.revision(kind, number)
        document = self._shared.documents.get(path)
        if document is None:
            return None
        return decode_revision(kind, number, path, self._migration.raised(path, self._layout.root, document))

    async def commit(self, transaction: Transaction, office: Office) -> CommitResult:
        self._require_open()
        protocol = protocol_of(transaction.kind, self._protocols)
        operations = encode_transaction(transaction, self._layout, protocol, office.version)
        operations = self._migration.lowered(operations, self._layout.root, office.layout)
        return self._shared.apply(operations) or Committed()

    @property
    def span(self) -> Span:
        return self._migration.span

    async def layout(self) -> StoreLayout:
        self._require_open()
        return self._layout_now()

    async def declare(self, before: StoreLayout, after: StoreLayout, office: Office) -> CommitResult:
        self._require_open()
        operations = [self._check(office), declaring(self._layout.layout, before, after)]
        return self._shared.apply(operations) or Committed()

    async def convert(self, kind: str, office: Office) -> CommitResult:
        self._require_open()
        documents = {
            path: document
            for path, document in self._shared.documents.items()
            if self._layout.is_of(kind, path)
        }
        writes = self._migration.outdated(documents, self._layout.root, office.layout)
        for operations in in_batches(writes, self._check(office)):
            if refused := self._shared.apply(operations):
                return refused
        return Committed()

    async def candidates(self) -> Sequence[Candidate]:
        self._require_open()
        return [self._shared.said[session] for session in self._shared.candidates]

    async def close(self) -> None:
        self.expire()
        self._closed = True

    def expire(self) -> None:
        """End the candidacy, as the end of a session does; the next campaign queues again."""
        self._shared.drop(self._session)

    def _check(self, office: Office) -> Check:
        return Check(self._layout.leader, office.version)

    def _layout_now(self) -> StoreLayout:
        path = self._layout.layout
        return decode_layout(path, self._shared.documents.get(path))

    def _leader(self) -> Leader | None:
        path = self._layout.leader
        return decode_leader(path, self._shared.documents.get(path))

    def _require_open(self) -> None:
        if self._closed:
            raise Unavailable("the store is closed")

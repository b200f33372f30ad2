"""The embedded store: one SQLite file, one server. Same documents and versions as in ZooKeeper.

Writes run on one thread of their own, reads on another, so the event loop never waits for a disk
and a long load holds up no commit. The office is always free to the server that has the directory
locked; its version is checked in every commit all the same.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from orchestrator.core.decisions import Ambiguous, CommitResult, Committed, Deposed, Transaction
from orchestrator.core.model import Protocol, Revision
from orchestrator.errors import Unavailable
from orchestrator.ports import Candidate, Held, Loaded, Office, Span, StoreLayout
from orchestrator.store.codec import decode_revision
from orchestrator.store.data_directory import DirectoryLock, require_local
from orchestrator.store.document import Document
from orchestrator.store.erasing import Erasing
from orchestrator.store.layout import ROOT, Layout
from orchestrator.store.layout_document import declaring
from orchestrator.store.migration import MIGRATION, Migration, in_batches
from orchestrator.store.operations import Check, Operation
from orchestrator.store.sqlite_file import Connect, RefusedError, SqliteFile, UncertainError, connect
from orchestrator.store.sqlite_office import SqliteOffice
from orchestrator.store.transaction import encode_transaction
from orchestrator.store.tree import decode_tree, kinds_among, protocol_of

Result = TypeVar("Result")


class SqliteStore:
    """Made by ``open``. ``protocols``: what the workers of each kind can do."""

    def __init__(
        self,
        path: Path,
        protocols: Mapping[str, Protocol],
        *,
        root: str = ROOT,
        lock: DirectoryLock | None = None,
        connect: Connect = connect,
        migration: Migration = MIGRATION,
    ) -> None:
        self._migration = migration
        self._layout = Layout(root)
        self._protocols = protocols
        self._lock = lock
        self._writer, self._reader = (SqliteFile(path, writes=w, connect=connect) for w in (True, False))
        self._office = SqliteOffice(self._writer, self._reader, self._layout, migration.span)
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="store-write")
        self._read_thread = ThreadPoolExecutor(1, thread_name_prefix="store-read")
        self._closed = False

    @classmethod
    async def open(
        cls,
        path: Path,
        protocols: Mapping[str, Protocol],
        *,
        root: str = ROOT,
        lock: bool = True,
        connect: Connect = connect,
        migration: Migration = MIGRATION,
    ) -> SqliteStore:
        """Open or create the file and keep its directory locked until ``close``.

        ``lock`` False lets several stores share the file: the last to campaign holds the office, so
        that ``valid_until`` promises nothing.
        Raises Permanent when the directory or the file cannot be used, Unavailable when not now.
        """
        require_local(path.parent)
        held = DirectoryLock(path.parent) if lock else None
        store = cls(path, protocols, root=root, lock=held, connect=connect, migration=migration)
        try:
            await store._writing(store._writer.open)
            await store._reading(store._reader.open)
        except BaseException:
            await store.close()
            raise
        return store

    async def campaign(self, holder: str, url: str) -> Office | Held:
        return await self._writing(lambda: self._office.campaign(holder, url))

    async def vacancy(self, within: float) -> None:
        await asyncio.sleep(within)

    async def resign(self, office: Office) -> None:
        await self._writing(lambda: self._office.resign(office))

    async def leader(self) -> Held | None:
        return await self._reading(self._office.held)

    def valid_until(self, office: Office) -> float:
        return math.inf if self._lock is not None and not self._closed else -math.inf

    async def fence(self, office: Office) -> Office | Deposed:
        return await self._writing(lambda: self._office.fence(office))

    async def kinds(self) -> Sequence[str]:
        return await self._reading(self._kinds)

    async def load(self, kind: str) -> Loaded | None:
        return await self._reading(lambda: self._load(kind))

    async def revision(self, kind: str, number: int) -> Revision | None:
        return await self._reading(lambda: self._revision(kind, number))

    async def commit(self, transaction: Transaction, office: Office) -> CommitResult:
        return await self._writing(lambda: self._commit(transaction, office))

    @property
    def span(self) -> Span:
        return self._migration.span

    async def layout(self) -> StoreLayout:
        return await self._reading(self._office.layout)

    async def declare(self, before: StoreLayout, after: StoreLayout, office: Office) -> CommitResult:
        operation = declaring(self._layout.layout, before, after)
        return await self._writing(lambda: self._apply([self._check(office), operation]))

    async def convert(self, kind: str, office: Office) -> CommitResult:
        return await self._writing(lambda: self._convert(kind, office))

    async def candidates(self) -> Sequence[Candidate]:
        candidate = self._office.candidate
        return [] if candidate is None else [candidate]

    async def disown(self, kind: str, office: Office) -> None:
        await self._writing(lambda: self._disown(kind, office))

    async def erase(self, kind: str, office: Office, *, state: bool = True) -> None:
        await self._writing(lambda: self._erase(kind, office, state=state))

    async def close(self) -> None:
        """Finish what was begun, then free the file and its directory. May be repeated."""
        if self._closed:
            return
        self._closed = True
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._read_thread, self._reader.close)
        await loop.run_in_executor(self._write_thread, self._writer.close)
        self._read_thread.shutdown()
        self._write_thread.shutdown()
        if self._lock is not None:
            self._lock.release()

    # --- on the threads ---

    def _commit(self, transaction: Transaction, office: Office) -> CommitResult:
        protocol = protocol_of(transaction.kind, self._protocols)
        operations = encode_transaction(transaction, self._layout, protocol, office.version)
        return self._apply(self._migration.lowered(operations, self._layout.root, office.layout))

    def _apply(self, operations: Sequence[Operation]) -> CommitResult:
        try:
            with self._writer.transaction():
                self._writer.apply(operations, self._layout.leader)
        except RefusedError as refused:
            return refused.answer
        except UncertainError as exc:
            return Ambiguous(detail=str(exc))
        return Committed()

    def _convert(self, kind: str, office: Office) -> CommitResult:
        with self._writer.transaction():
            documents = dict(self._documents(self._writer, kind))
            documents.update(self._writer.below(self._layout.revisions(kind) + "/"))
        writes = self._migration.outdated(documents, self._layout.root, office.layout)
        for operations in in_batches(writes, self._check(office)):
            answer = self._apply(operations)
            if not isinstance(answer, Committed):
                return answer
        return Committed()

    def _disown(self, kind: str, office: Office) -> Erasing:
        with self._writer.transaction():
            found = self._writer.get(self._layout.kind(kind))
        one = Erasing(self._layout, self._migration, kind, found, office)
        self._take(kind, one.disowning())
        return one

    def _erase(self, kind: str, office: Office, *, state: bool) -> None:
        one = self._disown(kind, office)
        with self._writer.transaction():
            paths = [path for parent in one.parents for path in self._writer.paths(f"{parent}/")]
        for operations in one.removing(paths, state=state):
            self._take(kind, operations)

    def _take(self, kind: str, operations: Sequence[Operation]) -> None:
        answer = self._apply(operations)
        if not isinstance(answer, Committed):
            raise Unavailable(f"{kind} was not erased ({answer.detail}); try again")

    def _documents(self, file: SqliteFile, kind: str) -> Mapping[str, Document]:
        """Of the kind, without its papers and revisions; inside a transaction."""
        state = self._layout.kind(kind)
        documents = dict(file.below(self._layout.shards(kind) + "/"))
        found = file.get(state)
        return documents if found is None else {**documents, state: found}

    def _check(self, office: Office) -> Check:
        return Check(self._layout.leader, office.version)

    def _kinds(self) -> list[str]:
        with self._reader.transaction():
            paths = self._reader.paths(self._layout.root + "/")
        return kinds_among(paths, self._layout)

    def _load(self, kind: str) -> Loaded | None:
        with self._reader.transaction():
            documents = dict(self._documents(self._reader, kind))
            documents.update(self._reader.below(self._layout.papers(kind) + "/"))
        documents = self._migration.all_raised(documents, self._layout.root)
        return decode_tree(kind, documents, self._layout, self._protocols.get(kind))

    def _revision(self, kind: str, number: int) -> Revision | None:
        path = self._layout.revision(kind, number)
        with self._reader.transaction():
            document = self._reader.get(path)
        if document is None:
            return None
        return decode_revision(kind, number, path, self._migration.raised(path, self._layout.root, document))

    async def _writing(self, work: Callable[[], Result]) -> Result:
        return await self._on(self._write_thread, work)

    async def _reading(self, work: Callable[[], Result]) -> Result:
        return await self._on(self._read_thread, work)

    async def _on(self, thread: ThreadPoolExecutor, work: Callable[[], Result]) -> Result:
        if self._closed:
            raise Unavailable("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(thread, work)

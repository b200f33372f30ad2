"""The store in ZooKeeper: the office by ephemeral nodes, ownership in versioned transactions.

The event loop never waits for ZooKeeper: replies come back to it from kazoo's thread, and a kind is
read on a thread of ours. Nothing that may have been done is sent again on its own.
"""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress

from orchestrator.core.decisions import Ambiguous, CommitResult, Committed, Deposed, Transaction
from orchestrator.core.model import Protocol, Revision
from orchestrator.errors import Unavailable
from orchestrator.ports import Candidate, Held, Loaded, Office, Span, StoreLayout
from orchestrator.store.codec import decode_revision
from orchestrator.store.document import Document
from orchestrator.store.layout import Layout
from orchestrator.store.layout_document import declaring
from orchestrator.store.migration import MIGRATION, Migration, in_batches
from orchestrator.store.operations import Check, Operation
from orchestrator.store.transaction import encode_transaction
from orchestrator.store.tree import decode_tree, kinds_among, protocol_of
from orchestrator.store.zookeeper_erasing import disown, erase
from orchestrator.store.zookeeper_errors import NoReplyError
from orchestrator.store.zookeeper_link import Link
from orchestrator.store.zookeeper_multi import Refused, answer_to, sent_checked
from orchestrator.store.zookeeper_nodes import Nodes
from orchestrator.store.zookeeper_office import ZookeeperOffice
from orchestrator.store.zookeeper_options import ZookeeperOptions
from orchestrator.store.zookeeper_pipeline import Pipeline
from orchestrator.store.zookeeper_pulse import keep
from orchestrator.store.zookeeper_scratch import emptying_scratch
from orchestrator.store.zookeeper_tree import below, read_kind

FEW_CHANGES = 4
FEW_IDS = 500
"""Up to these a hop to a thread would take longer than encoding them takes."""


class ZookeeperStore:
    """Made by ``open``. ``protocols``: what the workers of each kind can do."""

    def __init__(
        self,
        options: ZookeeperOptions,
        protocols: Mapping[str, Protocol],
        migration: Migration = MIGRATION,
    ) -> None:
        self._options = options
        self._migration = migration
        self._layout = Layout(options.root)
        self._protocols = protocols
        self._link = Link(options)
        self._nodes = Nodes(self._link)
        self._office = ZookeeperOffice(self._link, self._nodes, self._layout, migration.span)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._closed = False
        self._pulse = asyncio.get_running_loop().create_task(
            keep(self._link, self._office.candidacy, options.root, options.session_timeout_s)
        )

    @classmethod
    async def open(
        cls,
        options: ZookeeperOptions,
        protocols: Mapping[str, Protocol],
        *,
        within: float = 0.0,
        migration: Migration = MIGRATION,
    ) -> ZookeeperStore:
        """Begin to connect, and wait up to ``within`` seconds for it; ZooKeeper may also come later.

        Until then every call raises Unavailable. Raises Permanent when the options cannot be used.
        """
        store = cls(options, protocols, migration)
        await store.connected(within)
        return store

    async def connected(self, within: float = 0.0) -> bool:
        """Whether there is a session, after waiting for one this many seconds at most."""
        return await self._link.up(within)

    @property
    def candidate(self) -> str | None:
        """The path of the own election node; None when this store is no candidate, as far as it knows."""
        return self._office.candidacy.path

    async def campaign(self, holder: str, url: str) -> Office | Held:
        self._require_open()
        return await self._office.campaign(holder, url)

    async def vacancy(self, within: float) -> None:
        await self._office.candidacy.turn(within)

    async def resign(self, office: Office) -> None:
        self._require_open()
        await self._office.resign(office)

    async def leader(self) -> Held | None:
        self._require_open()
        found = await self._office.leader()
        return found.held if found is not None and found.holder else None

    def valid_until(self, office: Office) -> float:
        return -math.inf if self._closed else self._office.valid_until(office)

    async def fence(self, office: Office) -> Office | Deposed:
        self._require_open()
        return await self._office.fence(office)

    async def kinds(self) -> Sequence[str]:
        self._require_open()
        root, kinds = self._layout.root, self._layout.kinds
        written = [f"{kinds}/{name}" for name in await self._nodes.names(kinds)]
        parents = [f"{root}/{name}" for name in await self._nodes.names(root) if not name.startswith("_")]
        # A parent without shards is only where shards may come.
        children = await asyncio.gather(*map(self._nodes.names, parents))
        shards = [f"{parent}/{names[0]}" for parent, names in zip(parents, children, strict=True) if names]
        return kinds_among([*written, *shards], self._layout)

    async def load(self, kind: str) -> Loaded | None:
        self._require_open()
        self._layout.kind(kind)
        return await self._link.in_thread(lambda: self._load(kind))

    async def revision(self, kind: str, number: int) -> Revision | None:
        self._require_open()
        path = self._layout.revision(kind, number)
        document = await self._nodes.get(path)
        if document is None:
            return None
        return decode_revision(kind, number, path, self._migration.raised(path, self._layout.root, document))

    async def commit(self, transaction: Transaction, office: Office) -> CommitResult:
        self._require_open()
        # Sent in the order in which they were given, though only some are encoded on a thread.
        async with self._turns[transaction.kind]:
            operations = await self._encoded(transaction, office)
            await self._nodes.ensure(*self._layout.containers(transaction.kind))
            answer = sent_checked(self._link, operations)
        return await self._answered(answer)

    @property
    def span(self) -> Span:
        return self._migration.span

    async def layout(self) -> StoreLayout:
        self._require_open()
        return await self._office.layout()

    async def declare(self, before: StoreLayout, after: StoreLayout, office: Office) -> CommitResult:
        self._require_open()
        operation = declaring(self._layout.layout, before, after)
        return await self._answered(sent_checked(self._link, [self._check(office), operation]))

    async def convert(self, kind: str, office: Office) -> CommitResult:
        self._require_open()

        def batches() -> list[tuple[Operation, ...]]:
            writes = self._migration.outdated(self._documents(kind), self._layout.root, office.layout)
            return list(in_batches(writes, self._check(office)))

        for operations in await self._link.in_thread(batches):
            answer = await self._answered(sent_checked(self._link, operations))
            if not isinstance(answer, Committed):
                return answer
        return Committed()

    async def candidates(self) -> Sequence[Candidate]:
        self._require_open()
        return await self._office.candidacy.all()

    async def _answered(self, answer: Awaitable[Refused | None]) -> CommitResult:
        try:
            refused = await answer
        except NoReplyError as exc:
            return Ambiguous(detail=str(exc))
        if refused is None:
            return Committed()
        self._nodes.forget()
        return await answer_to(self._link, refused, self._layout.leader)

    async def disown(self, kind: str, office: Office) -> None:
        self._require_open()
        await disown(self._link, self._nodes, self._layout, self._migration, kind, office)

    async def erase(self, kind: str, office: Office, *, state: bool = True) -> None:
        self._require_open()
        one = await disown(self._link, self._nodes, self._layout, self._migration, kind, office)
        await erase(self._link, self._nodes, one, state=state)

    async def close(self) -> None:
        """End the session, so that the office is free at once. May be repeated."""
        if self._closed:
            return
        self._closed = True
        self._pulse.cancel()
        with suppress(asyncio.CancelledError):
            await self._pulse
        await self._link.close()

    async def _encoded(self, transaction: Transaction, office: Office) -> tuple[Operation, ...]:
        protocol = protocol_of(transaction.kind, self._protocols)

        def encoded() -> tuple[Operation, ...]:
            encoded = encode_transaction(transaction, self._layout, protocol, office.version)
            return self._migration.lowered(encoded, self._layout.root, office.layout)

        changed = sum(decision.count for decision in transaction.decisions)
        few = len(transaction.changes) <= FEW_CHANGES and changed <= FEW_IDS
        operations = encoded() if few else await self._link.in_thread(encoded)
        if any(change.after is None for change in transaction.changes):
            operations = await emptying_scratch(self._nodes, operations)
        return operations

    def _load(self, kind: str) -> Loaded | None:
        """On a thread."""
        pipeline = Pipeline(self._link, self._options.session_timeout_s)
        pipeline.catch_up(self._layout.root)
        documents = read_kind(pipeline, self._layout, kind)
        documents = self._migration.all_raised(documents, self._layout.root)
        return decode_tree(kind, documents, self._layout, self._protocols.get(kind))

    def _documents(self, kind: str) -> dict[str, Document]:
        """Of the kind and its revisions. On a thread."""
        pipeline = Pipeline(self._link, self._options.session_timeout_s)
        pipeline.catch_up(self._layout.root)
        return read_kind(pipeline, self._layout, kind) | below(pipeline, self._layout.revisions(kind))

    def _check(self, office: Office) -> Check:
        return Check(self._layout.leader, office.version)

    def _require_open(self) -> None:
        if self._closed:
            raise Unavailable("the store is closed")

"""The Catalog port on SQL databases, through SQLAlchemy on a small pool of threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from sqlalchemy.engine import Engine

from orchestrator.catalog.attempt import Attempt
from orchestrator.catalog.connecting import open_engine
from orchestrator.catalog.direct import DirectLookup
from orchestrator.catalog.kind import CatalogKind
from orchestrator.catalog.reading import KindReader
from orchestrator.core.traits import Traits
from orchestrator.errors import Unavailable, UnknownKind
from orchestrator.ports import Listing

__all__ = ["CatalogKind", "SqlCatalog"]

_T = TypeVar("_T")


class SqlCatalog:
    """The catalogs of all kinds. Point each at its primary: a replica may lag, and lack what exists."""

    def __init__(
        self,
        kinds: Mapping[str, CatalogKind],
        *,
        lookup_deadline_s: float = 5.0,
        listing_deadline_s: float = 60.0,
        threads: int = 4,
    ) -> None:
        """Nothing is connected yet. Raises ConfigError for an address that cannot be used."""
        self._lookup_deadline_s = lookup_deadline_s
        self._listing_deadline_s = listing_deadline_s
        self._engines: dict[str, Engine] = {}
        self._readers: dict[str, KindReader] = {}
        self._direct: dict[str, DirectLookup] = {}
        for kind, source in kinds.items():
            engine = self._engines.get(source.url) or open_engine(source.url, connections=threads)
            self._engines[source.url] = engine
            self._readers[kind] = KindReader(kind, source, engine)
            self._direct[kind] = DirectLookup(engine, described=source.has_traits)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="catalog")

    async def lookup(self, kind: str, ids: Collection[str]) -> Mapping[str, Traits]:
        """Those of ``ids`` that exist, each with its weight and labels. Raises Unavailable, UnknownKind."""
        reader = self._reader(kind)
        asked = tuple(ids)
        if not asked:
            return {}
        direct = self._direct[kind]
        try:
            found = await direct.lookup(asked, reader.shape, self._lookup_deadline_s)
        except TimeoutError as exc:
            raise _late(kind, self._lookup_deadline_s) from exc
        if found is not None:
            return found
        answer = await self._run(kind, lambda attempt: reader.lookup(asked, attempt), self._lookup_deadline_s)
        if direct.wants(reader.shape):
            with suppress(RuntimeError):  # closed meanwhile
                self._threads.submit(direct.open, asyncio.get_running_loop())
        return answer

    async def listing(self, kind: str) -> Listing:
        """Every id of the kind in one consistent read. Raises Unavailable, UnknownKind."""
        return await self._run(kind, self._reader(kind).listing, self._listing_deadline_s)

    async def check(self, kind: str) -> str | None:
        """A sentence that says why the kind cannot be read, or None. Raises UnknownKind."""
        try:
            return await self._run(kind, self._reader(kind).check, self._lookup_deadline_s)
        except Unavailable as exc:
            return str(exc)

    async def close(self) -> None:
        """Let go of the connections; a statement under way ends by its own deadline."""
        for direct in self._direct.values():
            direct.close()
        self._threads.shutdown(wait=False, cancel_futures=True)
        for engine in self._engines.values():
            engine.dispose()

    def _reader(self, kind: str) -> KindReader:
        if kind not in self._readers:
            raise UnknownKind(
                f"the kind {kind!r} has no catalog, those that have: {', '.join(self._readers)}"
            )
        return self._readers[kind]

    async def _run(self, kind: str, read: Callable[[Attempt], _T], deadline_s: float) -> _T:
        attempt = Attempt(deadline_s)
        try:
            future = asyncio.get_running_loop().run_in_executor(self._threads, read, attempt)
        except RuntimeError as exc:
            raise Unavailable(f"the catalog of {kind} is closed") from exc
        try:
            # The statement's own deadline comes first; this one is for a database that stands still.
            # Not wait_for, which forgets that it was cancelled when the answer comes at the same moment.
            async with asyncio.timeout(deadline_s + 0.5):
                return await future
        except TimeoutError as exc:
            attempt.cut()
            raise _late(kind, deadline_s) from exc
        except asyncio.CancelledError:
            # Nobody waits for it any more: its thread is for others.
            attempt.cut()
            raise


def _late(kind: str, deadline_s: float) -> Unavailable:
    return Unavailable(f"the catalog of {kind} did not answer within {deadline_s:g} s")

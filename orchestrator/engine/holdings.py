"""What the engine has at hand to answer from: the term of office, or what the store was found to hold."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

from orchestrator.engine.feed import Feed
from orchestrator.engine.leadership import Leadership
from orchestrator.engine.lookout import Lookout
from orchestrator.engine.patience import Patience
from orchestrator.engine.reads.directory import Directory
from orchestrator.engine.recollection import Recalled, Recollection
from orchestrator.engine.setup import KindSetup, Surroundings
from orchestrator.engine.steward import Steward
from orchestrator.engine.store_identity import InMemory, StoreIdentity
from orchestrator.engine.term import Term
from orchestrator.errors import NotNow, UnknownKind
from orchestrator.ports import Journal, Notifications, Store


class Holdings:
    """``term``: what this server holds while it is in office; None while it follows."""

    def __init__(
        self,
        *,
        version: str,
        holder: str,
        store: Store,
        journal: Journal,
        notifications: Notifications,
        kinds: Sequence[KindSetup],
        around: Surroundings,
        identity: StoreIdentity | None = None,
    ) -> None:
        self.version = version
        self.counters: Counter[str] = Counter()
        self.term: Term | None = None
        self.leadership = Leadership(store, around.clock, holder)
        self._holder = holder
        self._store = store
        self._journal = journal
        self._notifications = notifications
        self._setups = {setup.kind: setup for setup in kinds}
        self._around = around
        self._identity = identity if identity is not None else InMemory()
        self._feed = Feed()
        self._patience = Patience("the journal")
        self._started_at = around.clock.wall()
        self._lookout = Lookout(around.clock, around.own_url)
        self._recollection = Recollection(store, self._setups, around)
        self._directories: dict[str, Directory] = {}

    @property
    def opened(self) -> asyncio.Event:
        """Set once the term of office has opened or refused every kind; not while this server follows."""
        return asyncio.Event() if self.term is None else self.term.opened

    @property
    def closed_kinds(self) -> Mapping[str, str]:
        """Kinds that the term cannot lead, and why."""
        return {} if self.term is None else self.term.closed_kinds

    @property
    def _stewards(self) -> Mapping[str, Steward]:
        return {} if self.term is None else self.term.stewards

    def _known_kinds(self) -> list[str]:
        return list(self._recollection.kinds if self.term is None else self._stewards)

    def _recalled(self, kind: str) -> Recalled | None:
        return self._recollection.kinds.get(kind) if self.term is None else None

    def _age(self, known: Recalled) -> float:
        return self._around.clock.monotonic() - known.read_at

    def _setup(self, kind: str) -> KindSetup:
        if kind not in self._setups:
            raise UnknownKind(f"there is no kind {kind[:64]!r}; there are: {', '.join(sorted(self._setups))}")
        return self._setups[kind]

    def _steward(self, kind: str) -> Steward:
        steward = self._stewards.get(kind)
        if steward is not None:
            return steward
        self._setup(kind)
        if kind in self.closed_kinds:
            raise NotNow(self.closed_kinds[kind])
        if self.term is None:
            raise NotNow(self._lookout.why(self._holder))
        raise NotNow(f"{kind} is not loaded yet")

    def _changeable(self, kind: str) -> Steward:
        steward = self._steward(kind)
        if not self.leadership.holds():
            raise NotNow(self.leadership.why_doubt)
        if not steward.ready.is_set():
            raise NotNow(f"{kind} is not ready yet: {steward.tenure.findings.waiting or 'starting'}")
        return steward

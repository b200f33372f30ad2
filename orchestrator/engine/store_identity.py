"""Which store this installation writes to: decided by the first leader, adopted by everybody else."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Protocol

from orchestrator.core.model import KindState
from orchestrator.errors import Permanent
from orchestrator.ports import Store


class StoreIdentity(Protocol):
    """What this replica remembers, beyond its own end."""

    @property
    def known(self) -> str:
        """The id of the store; empty when this replica never saw one."""

    @property
    def source(self) -> str:
        """What says so, for people: a file, a setting."""

    def remember(self, store_id: str) -> None:
        """Write it down; harmless when it is known already. Raises Permanent when that cannot be done."""


class InMemory:
    """An identity that is forgotten with the process."""

    source = "memory"

    def __init__(self, known: str = "") -> None:
        self.known = known

    def remember(self, store_id: str) -> None:
        self.known = self.known or store_id


async def decide(store: Store, kinds: Sequence[str], identity: StoreIdentity, fresh: str = "") -> str:
    """The id under which this leader writes. Requires: the office is held, so that nobody else decides.

    ``fresh``: the id that a new store gets; empty: any.

    An empty store where there was one before has lost its data: to begin anew on it would forget who
    owns what. Raises Permanent then, and Unavailable.
    """
    held = await store.kinds()
    if identity.known:
        if not held:
            raise Permanent(
                f"the store is empty, and {identity.source} says that it held {identity.known}:"
                f" put its data back (import), or remove {identity.source} to begin anew, and start again"
            )
        return identity.known
    return await find(store, [*kinds, *held]) or fresh or secrets.token_hex(8)


async def find(store: Store, kinds: Sequence[str]) -> str:
    """The id that the store holds with any of these kinds; empty when none has one.

    Raises Unavailable, and Permanent for a document that cannot be read, or a kind that is imported in part.
    """
    for kind in dict.fromkeys(kinds):
        loaded = await store.load(kind)
        if loaded is not None:
            require_finished(loaded.state)
            if loaded.state.store_id:
                return loaded.state.store_id
    return ""


def require_finished(state: KindState) -> None:
    """Raises Permanent for a kind of which an import has written a part: the rest of its ids is not known."""
    if state.is_unfinished:
        raise Permanent(f"{state.kind} was imported in part only: run that import again")


async def require_nobody_elses(store: Store, store_id: str, kind: str) -> None:
    """Whether a kind that the store does not hold may be begun there, beside what it holds.

    Raises Permanent where another kind is another store's, or imported in part; Unavailable.
    """
    for other in await store.kinds():
        loaded = None if other == kind else await store.load(other)
        if loaded is None:
            continue
        require_finished(loaded.state)
        if loaded.state.store_id not in ("", store_id):
            raise Permanent(
                f"the store holds {other} of store {loaded.state.store_id!r}, this orchestrator's is"
                f" {store_id!r}: {kind} is not begun there"
            )

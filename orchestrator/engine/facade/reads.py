"""The facade: pages of resources, and a search in all kinds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from orchestrator.engine.answers.reads import FoundResource, ResourcePage, ResourceQuery


class ReadsFacade(Protocol):
    """With no leader both answer what the store holds."""

    async def resource_page(self, wanted: ResourceQuery) -> ResourcePage | None:
        """A page of the resources of a kind; None: it has no such shard. Raises UnknownKind, NotNow."""

    async def search(self, text: str, *, kinds: Collection[str], limit: int) -> Sequence[FoundResource]:
        """In these kinds the id itself, then ids that begin with it, where it is long enough."""

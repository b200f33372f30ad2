"""The part of the facade's double that is about lists of resources and searches."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from orchestrator.engine.answers.reads import (
    FoundResource,
    Listed,
    ListedResource,
    ResourcePage,
    ResourceQuery,
)


class ReadsDouble:
    """The resources of a kind are those that somebody owns."""

    async def resource_page(self: Any, wanted: ResourceQuery) -> ResourcePage | None:
        self.calls.append(("resources", wanted))
        self._may_fail()
        if wanted.shard is not None and all(
            one.number != wanted.shard for one in self._known(wanted.kind).shards
        ):
            return None
        self._known(wanted.kind)
        found = sorted(i for kind, i in self.owners if kind == wanted.kind and i.startswith(wanted.prefix))
        kept = [i for i in found if wanted.after is None or i > wanted.after]
        items = tuple(
            ListedResource(id=i, state=Listed.OWNED, shard=self.owners[wanted.kind, i][0])
            for i in kept[: wanted.limit]
        )
        more = len(kept) > wanted.limit
        return ResourcePage(items=items, next=items[-1].id if more else None, total=len(found))

    async def search(self: Any, text: str, *, kinds: Collection[str], limit: int) -> Sequence[FoundResource]:
        self.calls.append(("search", (text, sorted(kinds), limit)))
        self._may_fail()
        return [
            FoundResource(kind=kind, id=i, shard=self.owners[kind, i][0], state=Listed.OWNED)
            for kind, i in sorted(self.owners, key=lambda one: (one[1] != text, one))
            if i.startswith(text) and kind in kinds
        ][:limit]

"""What the engine answers to those who page through resources, or look for one."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from orchestrator.engine.answers.reads import FoundResource, ListedResource, ResourcePage, ResourceQuery
from orchestrator.engine.holdings import Holdings
from orchestrator.engine.reads.directory import Directory
from orchestrator.engine.reads.pages import beginning_with, page
from orchestrator.engine.reads.states import LedStates, States, StoredStates

SHORT = 3
"""A text with fewer characters is looked for as it is: too much begins with it."""


class ReadsFront(Holdings):
    """``orchestrator.engine.facade.reads``."""

    async def resource_page(self, wanted: ResourceQuery) -> ResourcePage | None:
        states = self._states(wanted.kind)
        if wanted.shard is not None and wanted.shard not in states.view.shards:
            return None
        return await page(wanted, states, self._directory(wanted.kind))

    async def search(self, text: str, *, kinds: Collection[str], limit: int) -> Sequence[FoundResource]:
        exact: list[FoundResource] = []
        others: list[FoundResource] = []
        for kind in sorted(set(kinds).intersection(self._known_kinds())):
            states = self._states(kind)
            found = [one] if (one := states.of(text)) is not None else []
            exact += [_found(kind, one) for one in found]
            if len(text) >= SHORT and len(others) < limit:
                more = await beginning_with(text, limit + 1, states, self._directory(kind))
                others += [_found(kind, one) for one in more if one.id != text]
        return [*exact, *others][:limit]

    def _states(self, kind: str) -> States:
        if (known := self._recalled(kind)) is not None:
            return StoredStates(known.view)
        steward = self._steward(kind)
        return LedStates(steward.tenure, steward.supervisor)

    def _directory(self, kind: str) -> Directory:
        if kind not in self._directories:
            self._directories[kind] = Directory(self._around.offload)
        return self._directories[kind]


def _found(kind: str, one: ListedResource) -> FoundResource:
    return FoundResource(kind=kind, id=one.id, shard=one.shard, state=one.state)

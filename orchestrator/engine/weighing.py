"""What the instances of a kind report of the weight of their ids, and the catalog read with it.

It is forgotten with the office: a new leader counts what the catalog says until it is told again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from orchestrator.core.decisions import ShardChange
from orchestrator.core.reported import Reported
from orchestrator.core.traits import Traits
from orchestrator.core.view import touched_entries
from orchestrator.ports import Beat, Listing

if TYPE_CHECKING:
    from orchestrator.core.model import Shard
    from orchestrator.engine.tenure import Tenure

IMPOSSIBLE = "beats.impossible-weight"
"""Reported weights that were left out: no such number, no such dimension, or of an id that is not theirs."""

WITHIN_S = 1.0
"""Reports come with every beat of every instance: they wake nobody more often."""

MOST_AT_ONCE = 1_000
"""Ids that one pass takes over, so that nobody else waits long for the loop."""


class Weighing:
    """``names``: the dimensions in which instances are asked to weigh their ids; none: they are not."""

    def __init__(self, tenure: Tenure) -> None:
        policy = tenure.setup.policy
        self.names = policy.reported
        self.reported = Reported(policy.dimensions, policy.reported)
        self._tenure = tenure
        self._timer: asyncio.TimerHandle | None = None

    # --- the catalog, as it counts here ---

    async def listing(self) -> Listing:
        """Every id of the kind, with the weights that count at the moment each is looked at.

        Raises Unavailable.
        """
        setup = self._tenure.setup
        found = await setup.catalog.listing(setup.kind)
        return replace(found, weights=self.reported.over(found.weights)) if self.names else found

    async def lookup(self, ids: Collection[str]) -> Mapping[str, Traits]:
        """Those of ``ids`` that exist, with the weights that count, and their labels. Raises Unavailable."""
        setup = self._tenure.setup
        return self.reported.over_traits(await setup.catalog.lookup(setup.kind, ids))

    # --- what is reported ---

    def hear(self, shard: Shard, beat: Beat) -> None:
        """Take what a beat of the shard's current incarnation says of ids that stand there."""
        if not beat.weights and not beat.unweighable:
            return
        index, refused = self._tenure.view.index, beat.unweighable
        for resource_id, values in beat.weights.items():
            place = index.get(resource_id)
            if place is None or place.shard != shard.number:
                refused += len(values)
            else:
                refused += self.reported.take(resource_id, values)
        if refused:
            self._tenure.recorder.counters[IMPOSSIBLE] += refused
        if self.reported.has_news and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(WITHIN_S, self._wake)

    def take_over(self) -> None:
        """Have the view know what was reported since. For the reconciler alone, before it plans."""
        if not self.reported.has_news:
            return
        view, changed = self._tenure.view, dict[str, Traits]()
        for resource_id in self.reported.news(MOST_AT_ONCE):
            known = view.weight(resource_id)
            weight = self.reported.weigh(resource_id, known)
            if weight != known:
                changed[resource_id] = Traits(weight, view.labels.get(resource_id, ()))
        view.learn(changed)
        self._tenure.beside("record", self._tenure.record.weighed, changed)
        if self.reported.has_news:
            self._tenure.inbox.wake()

    def committed(self, changes: Iterable[ShardChange]) -> None:
        """Forget what was let go of, and stands nowhere any more."""
        if self.reported.is_empty:
            return
        index = self._tenure.view.index
        for change in changes:
            if change.before is None:
                continue
            for entry in touched_entries(change.before, change.after):
                self.reported.forget(i for i in entry.ids if i not in index)

    def compared(self, missing: Collection[str]) -> None:
        """Forget what stands nowhere and is not listed. ``missing``: what stands nowhere and is."""
        if not self.reported.is_empty:
            told = frozenset(self.reported.ids())
            self.reported.forget(told.difference(self._tenure.view.index).difference(missing))

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wake(self) -> None:
        self._timer = None
        self._tenure.inbox.wake()

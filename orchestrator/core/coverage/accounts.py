"""How many ids are not as they should be and for how long: named one by one, or by whole shards.

The cost of an event follows the ids that it names. Seconds are summed over ids: ten ids for two seconds
are twenty. Moments are monotonic seconds; one that lies before the latest counts as the latest.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from orchestrator.core.coverage.spells import Spells

ENDED_AT_MOST = 500


@dataclass(slots=True)
class Named:
    """One id in a state. ``shard``: that owns it in the store, None: none does.

    ``generation``: of that shard, from which on the id is its. ``since``: in this state.
    """

    state: str
    since: float
    why: str
    shard: int | None
    generation: int


@dataclass(slots=True)
class Mark:
    """A whole shard in a state: ``used`` ids, of which those that are named count by themselves."""

    state: str
    since: float
    why: str
    used: int


class Accounts:
    """An id is in one state at a time. Beyond ``named_at_most`` ids are counted without a name (``unnamed``).

    ``ended``: by id, for how long it was in a state that it is not in any more, whichever that was.
    """

    def __init__(self, now: float, *, named_at_most: int, window: float) -> None:
        self.named: dict[str, Named] = {}
        self.marks: dict[int, Mark] = {}
        self.unnamed: Counter[str] = Counter()
        self.ended = Spells(now, window=window, most=ENDED_AT_MOST)
        self._most = named_at_most
        self._within: dict[int, int] = {}
        self._count: dict[str, int] = {}
        self._seconds: dict[str, float] = {}
        self._at = now

    def count(self, state: str) -> int:
        """How many ids are in the state now."""
        return self._count.get(state, 0)

    def seconds(self, state: str, now: float) -> float:
        """The sum over all ids of the time in the state, up to now."""
        running = self.count(state) * max(0.0, now - self._at)
        return self._seconds.get(state, 0.0) + running

    def whole(self, shard: int) -> int:
        """How many ids of a marked shard its mark stands for; 0: it is not marked."""
        mark = self.marks.get(shard)
        return 0 if mark is None else max(0, mark.used - self._within.get(shard, 0))

    def name(
        self,
        resource_id: str,
        state: str,
        now: float,
        why: str,
        *,
        since: float | None = None,
        shard: int | None = None,
        generation: int = 0,
    ) -> bool:
        """The id is in the state from now on, or goes on to be, at this place; False: no room for its name.

        ``since``: it was so for longer, which is counted already as part of a mark.
        """
        self._pass(now)
        known = self.named.get(resource_id)
        if known is None:
            if len(self.named) >= self._most:
                return False
            begun = self._at if since is None else since
            self.named[resource_id] = Named(state, begun, why, shard, generation)
            self._add(state, 1)
            self._settle(shard, 1)
            return True
        if known.state != state:
            self._add(known.state, -1)
            self._add(state, 1)
            self.ended.add(resource_id, self._at - known.since, self._at)
            known.state, known.since = state, self._at
        if known.shard != shard:
            self._settle(known.shard, -1)
            known.shard = shard
            self._settle(shard, 1)
        known.generation, known.why = generation, why
        return True

    def strike(self, resource_id: str, now: float) -> Named | None:
        """The id is as it should be, or nobody's concern any more."""
        known = self.named.pop(resource_id, None)
        if known is not None:
            self._pass(now)
            self._add(known.state, -1)
            self._settle(known.shard, -1)
            self.ended.add(resource_id, max(0.0, self._at - known.since), self._at)
        return known

    def group(self, state: str, shard: int, count: int, now: float) -> None:
        """So many ids of the shard more, or fewer, that somebody else can name: its mark stands for fewer."""
        self._pass(now)
        self._add(state, count)
        self._settle(shard, count)

    def add_unnamed(self, state: str, count: int, now: float) -> None:
        """So many ids more, or fewer, without a name."""
        self._pass(now)
        count = max(count, -self.unnamed[state])
        self.unnamed[state] += count
        self._add(state, count)

    def mark(self, shard: int, state: str, used: int, now: float, why: str) -> None:
        """All ids of the shard that are not named are in the state, or go on to be."""
        self._pass(now)
        known = self.marks.get(shard)
        if known is not None and known.state == state:
            self.resize(shard, used, now)
            known.why = why
            return
        self.unmark(shard, now)
        self.marks[shard] = Mark(state, self._at, why, used)
        self._add(state, self.whole(shard))

    def resize(self, shard: int, used: int, now: float) -> None:
        """A marked shard has so many ids now."""
        known = self.marks.get(shard)
        if known is not None and known.used != used:
            self._pass(now)
            self._add(known.state, -self.whole(shard))
            known.used = used
            self._add(known.state, self.whole(shard))

    def unmark(self, shard: int, now: float) -> None:
        """The shard as a whole is as it should be; those of its ids that are named stay named."""
        known = self.marks.get(shard)
        if known is not None:
            self._pass(now)
            self._add(known.state, -self.whole(shard))
            del self.marks[shard]

    def _settle(self, shard: int | None, change: int) -> None:
        """So many more of the shard's ids are named: its mark stands for fewer."""
        if shard is None:
            return
        mark = self.marks.get(shard)
        before = self.whole(shard)
        within = self._within.get(shard, 0) + change
        if within:
            self._within[shard] = within
        else:
            self._within.pop(shard, None)
        if mark is not None:
            self._add(mark.state, self.whole(shard) - before)

    def _add(self, state: str, change: int) -> None:
        self._count[state] = self._count.get(state, 0) + change

    def _pass(self, now: float) -> None:
        elapsed = now - self._at
        if elapsed > 0.0:
            for state, count in self._count.items():
                if count:
                    self._seconds[state] = self._seconds.get(state, 0.0) + count * elapsed
            self._at = now

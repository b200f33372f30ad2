"""The coverage ledger: who is served by nobody, three witnesses held against each other as things happen.

The catalog says what exists, the store who shall serve it, and each instance what it does serve. Only
what does not agree is kept: ids by name, and whole shards whose instance is away. Pure; see docs/coverage.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from orchestrator.core.coverage.accounts import Accounts
from orchestrator.core.coverage.arrival import Arrival, Serving
from orchestrator.core.coverage.cover import ARRIVING, BETWEEN, DOUBTED, MISSING, WAITING, Cover
from orchestrator.core.coverage.doubled import Doubled

NAMED_AT_MOST = 20_000
WINDOW_S = 3600.0


LONG_S = 1.0
"""What took no longer to be acknowledged is not remembered by name."""


class Ledger:
    """The accounts of one kind. ``acknowledges``: its workers say what they hold, else it is assumed.

    ``open``: of ids that nobody serves (UNOWNED) or of which that is not known (UNKNOWN); ``doubles``: of
    those that two serve. Every method takes the moment at which it became so.
    """

    def __init__(
        self,
        now: float,
        *,
        acknowledges: bool = True,
        named_at_most: int = NAMED_AT_MOST,
        window: float = WINDOW_S,
    ) -> None:
        self.began = now
        self.open = Accounts(now, named_at_most=named_at_most, window=window)
        self.doubles = Doubled(now, named_at_most=named_at_most, window=window)
        self._acknowledges = acknowledges
        self._shards: dict[int, Serving] = {}
        self._missing: set[str] = set()
        self._missing_unnamed = 0

    def cover(self, number: int) -> Cover | None:
        """How the shard's instance stands; None: the ledger has not been told of the shard."""
        known = self._shards.get(number)
        return None if known is None else known.cover

    # --- instances ---

    def stand(
        self, number: int, cover: Cover, now: float, *, used: int, leaving: Iterable[str] = (), why: str = ""
    ) -> None:
        """The shard's instance is there (COVERED), away, or not known.

        ``used``: how many ids the shard owns. ``leaving``: those that it gives to other shards; one that
        acknowledges says itself which of them it still holds.
        """
        shard = self._shards.setdefault(number, Serving())
        shard.cover = cover
        if cover is Cover.COVERED:
            self.open.unmark(number, now)
            if self._acknowledges:
                return
            self._arrive(shard, number, None, now)
            cover, why = Cover.UNOWNED, BETWEEN
        else:
            self.open.mark(number, cover, used, now, why)
        for resource_id in leaving:
            self._worsen(resource_id, cover, why, now)

    def gone(self, number: int, now: float) -> None:
        """The shard is no more."""
        self.open.unmark(number, now)
        self.doubles.unmark(number, now)
        shard = self._shards.pop(number, None)
        for arrival in () if shard is None else shard.arriving:
            self.open.group(Cover.UNOWNED, number, -len(arrival), now)

    def acknowledge(
        self, number: int, generation: int, now: float, *, free: Iterable[str] = (), held: Iterable[str] = ()
    ) -> None:
        """The instance has applied the generation. ``free``: of the ids that the shard gives to others, those
        that it has let go of; ``held``: those that it has not. Requires: the shard is covered.
        """
        shard = self._shards.get(number)
        if shard is None:
            return
        if shard.arriving:
            self._arrive(shard, number, generation, now)
        for resource_id in held:
            self.open.strike(resource_id, now)
        for resource_id in free:
            self._worsen(resource_id, Cover.UNOWNED, BETWEEN, now)

    def _worsen(self, resource_id: str, cover: Cover, why: str, now: float) -> None:
        """The id is so, unless it is known to be unowned already."""
        known = self.open.named.get(resource_id)
        if known is None or known.state == Cover.UNKNOWN:
            self.open.name(resource_id, cover, now, why)

    def _arrive(self, shard: Serving, number: int, generation: int | None, now: float) -> None:
        """What was assigned up to the generation (None: all) is served."""
        named = self.open.named
        while shard.arriving and (generation is None or shard.arriving[0].generation <= generation):
            arrival = shard.arriving.popleft()
            self.open.group(Cover.UNOWNED, number, -len(arrival), now)
            if now - arrival.since >= LONG_S:
                for resource_id in arrival.ids - arrival.left:
                    self.open.ended.add(resource_id, now - arrival.since, now)
            for resource_id in arrival.known:
                known = named.get(resource_id)
                if known is not None and (known.shard, known.generation) == (number, arrival.generation):
                    self.open.strike(resource_id, now)

    def arrivals(self) -> Iterator[tuple[int, Arrival]]:
        """What has not been acknowledged, with the number of its shard."""
        for number, shard in self._shards.items():
            for arrival in shard.arriving:
                yield number, arrival

    def since(self, resource_id: str, number: int | None) -> tuple[str, float, str] | None:
        """State of the id, since when, and why; None: it is served. ``number``: of its shard in the store."""
        known = self.open.named.get(resource_id)
        if known is not None:
            return known.state, known.since, known.why
        if number is None or number not in self._shards:
            return None
        arrival = self._shards[number].arrival(resource_id)
        if arrival is not None:
            return Cover.UNOWNED, arrival.since, ARRIVING
        mark = self.open.marks.get(number)
        return None if mark is None else (mark.state, mark.since, mark.why)

    # --- the store ---

    def assign(
        self, number: int, ids: Collection[str], generation: int, used: int, now: float, *, fold: bool = True
    ) -> None:
        """The shard got these ids at the generation, and owns so many now.

        ``fold``: where its instance is away, they are no longer told apart from the shard's other ids.
        """
        shard = self._shards.setdefault(number, Serving())
        is_there = shard.cover is Cover.COVERED
        named = self.open.named
        if self._missing:
            self._missing.difference_update(ids)
            self._place_unnamed(ids, now)
        known = tuple(i for i in ids if i in named) if named else ()
        if is_there and not self._acknowledges:
            for resource_id in known:
                self.open.strike(resource_id, now)
            return
        why = ARRIVING if is_there else WAITING
        for resource_id in known:
            self.open.name(resource_id, Cover.UNOWNED, now, why, shard=number, generation=generation)
        fresh = frozenset[str]() if fold and not is_there else frozenset(ids)
        if known:
            fresh = fresh.difference(known)
        if fresh or known:
            shard.arriving.append(Arrival(generation, now, fresh, known))
            self.open.group(Cover.UNOWNED, number, len(fresh), now)
        self.open.resize(number, used, now)

    def withdraw(
        self, number: int, *, deleted: Iterable[str], leaving: Iterable[str], used: int, now: float
    ) -> None:
        """The shard is to let go of these: for good, or for another shard; it owns so many now."""
        shard = self._shards.setdefault(number, Serving())
        for resource_id in deleted:
            if self._leave(shard, number, resource_id, now) is None:
                self.open.strike(resource_id, now)
        mark = self.open.marks.get(number)
        for resource_id in leaving:
            known = self.open.named.get(resource_id)
            arrival = self._leave(shard, number, resource_id, now)
            if known is not None:
                self.open.name(resource_id, known.state, now, known.why)
            elif arrival is not None:
                self.open.name(resource_id, Cover.UNOWNED, now, ARRIVING, since=arrival.since)
            elif mark is not None:
                self.open.name(resource_id, mark.state, now, mark.why, since=mark.since)
            elif not self._acknowledges:
                self.open.name(resource_id, Cover.UNOWNED, now, BETWEEN)
        self.open.resize(number, used, now)

    def _leave(self, shard: Serving, number: int, resource_id: str, now: float) -> Arrival | None:
        """Take the id out of what the shard has yet to acknowledge; None: it is not among that."""
        arrival = shard.arrival(resource_id) if shard.arriving else None
        if arrival is not None:
            arrival.left.add(resource_id)
            self.open.group(Cover.UNOWNED, number, -1, now)
        return arrival

    # --- the catalog ---

    def miss(self, ids: Iterable[str], now: float, *, known: bool = True) -> None:
        """The store has these nowhere, and the catalog lists them (or, not ``known``, cannot be asked)."""
        state, why = (Cover.UNOWNED, MISSING) if known else (Cover.UNKNOWN, DOUBTED)
        waiting = iter(ids)
        for resource_id in waiting:
            held = self.open.named.get(resource_id)
            if held is not None and (resource_id not in self._missing or held.state == Cover.UNOWNED):
                continue
            if not self.open.name(resource_id, state, now, why):
                break
            self._missing.add(resource_id)
        else:
            return
        if known:
            unnamed = 1 + sum(1 for resource_id in waiting if resource_id not in self.open.named)
            self._missing_unnamed += unnamed
            self.open.add_unnamed(state, unnamed, now)

    def miss_only(self, ids: Collection[str], now: float) -> None:
        """As ``miss``; the catalog lists no others that are nowhere."""
        self._strike_unnamed(self._missing_unnamed, now)
        self.strike(self._missing.difference(ids), now)
        self.miss(ids, now)

    def strike(self, ids: Iterable[str], now: float) -> None:
        """The store has these ids nowhere, and the catalog does not list them."""
        for resource_id in ids:
            if resource_id in self._missing:
                self._missing.discard(resource_id)
                self.open.strike(resource_id, now)

    @property
    def missing(self) -> Collection[str]:
        """The ids that are known to stand nowhere in the store."""
        return self._missing

    def _place_unnamed(self, ids: Iterable[str], now: float) -> None:
        """These found a place: some may be missing ones without a name."""
        if self._missing_unnamed:
            self._strike_unnamed(sum(1 for i in ids if i not in self.open.named), now)

    def _strike_unnamed(self, count: int, now: float) -> None:
        count = min(count, self._missing_unnamed)
        self._missing_unnamed -= count
        self.open.add_unnamed(Cover.UNOWNED, -count, now)

    def drop(self, ids: Iterable[str], now: float) -> None:
        """These stand nowhere any more, since the catalog does not list them."""
        for resource_id in ids:
            self.open.strike(resource_id, now)

"""Who served what, judged from the workers' ledgers, beside what the catalog says was to be served. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.chaos.findings import Finding
from tests.chaos.history import Moment

FOR_EVER = float("inf")
LAG_S = 10.0
"""How much older than a commit the look at the catalog may be that it rests on."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A process served an id, in seconds of the wall clock."""

    kind: str
    id: str
    process: str
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the catalog came or went."""

    at: float
    kind: str
    id: str
    there: bool


Spans = Mapping[tuple[str, str], Sequence[tuple[float, float]]]


def lives(changes: Iterable[Change]) -> Spans:
    """When each row was in the catalog, in order."""
    found: defaultdict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for change in sorted(changes, key=lambda one: one.at):
        spans = found[change.kind, change.id]
        is_there = bool(spans) and spans[-1][1] == FOR_EVER
        if change.there and not is_there:
            spans.append((change.at, FOR_EVER))
        elif not change.there and is_there:
            spans[-1] = (spans[-1][0], change.at)
    return found


def twice(holds: Iterable[Hold]) -> list[Finding]:
    """S7: two processes never serve an id at once."""
    found = []
    for (kind, id), those in _by_id(holds).items():
        last = those[0]
        for hold in those[1:]:
            if hold.process != last.process and hold.since < last.until:
                text = f"{id} of {kind} by {last.process} and {hold.process}"
                found.append(
                    Finding("S7", hold.since, f"{text}, {min(last.until, hold.until) - hold.since:.3f} s")
                )
            last = max(last, hold, key=lambda one: one.until)
    return found


@dataclass(frozen=True, slots=True)
class Gap:
    """An id that was to be served was not, from ``since`` to ``until``."""

    kind: str
    id: str
    since: float
    until: float

    @property
    def seconds(self) -> float:
        return self.until - self.since


def gaps(holds: Iterable[Hold], spans: Spans, since: float, until: float) -> Iterator[Gap]:
    """Every stretch within the given time in which a row was in the catalog and its id served by nobody."""
    served = _by_id(holds)
    for (kind, id), each in spans.items():
        those = served.get((kind, id), [])
        for begin, end in each:
            at, last = max(begin, since), min(end, until)
            for hold in those:
                if hold.since > at and hold.since <= last:
                    yield Gap(kind, id, at, hold.since)
                at = max(at, hold.until)
            if at < last:
                yield Gap(kind, id, at, last)


def strange(moments: Iterable[Moment], spans: Spans, *, clock_s: float = 1.0) -> list[Finding]:
    """S2 and no wipe: what was placed was in the catalog shortly before, what was let go of was not.

    ``clock_s``: how far the clocks of catalog and store may differ, a row's commit included.
    """
    found = []
    for moment in moments:
        begins, ends = [], []
        for begin, end in spans.get((moment.kind, moment.id), ()):
            begins.append(begin)
            ends.append(end)
        since, until = moment.at - LAG_S, moment.at + clock_s
        # Rows are there one after another: it was there at some time when one began before the end of
        # the time and did not end before its begin.
        was_there = bisect_right(begins, until) > bisect_left(ends, since)
        always = any(begin < since and end > until for begin, end in zip(begins, ends, strict=True))
        if moment.gone and always:
            text = f"{moment.id} of {moment.kind} was taken away and was in the catalog all along"
            found.append(Finding("no wipe", moment.at, text))
        elif not moment.gone and not was_there:
            text = f"{moment.id} of {moment.kind} was placed and was not in the catalog"
            found.append(Finding("S2", moment.at, text))
    return found


def _by_id(holds: Iterable[Hold]) -> dict[tuple[str, str], list[Hold]]:
    found: defaultdict[tuple[str, str], list[Hold]] = defaultdict(list)
    for hold in holds:
        found[hold.kind, hold.id].append(hold)
    for those in found.values():
        those.sort(key=lambda one: one.since)
    return found

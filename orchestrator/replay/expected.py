"""How long instances took, as far as the recording tells: to begin, to end, to let go of an id."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from orchestrator.replay.inputs import Decided, Heard, Pass
from orchestrator.replay.recording import Recording

BEGIN_S, END_S, LET_GO_S = 2.0, 1.0, 0.2
"""Where the recording tells nothing."""

SAME_WITHIN_S = 120.0
"""What was recorded so long after is taken for the answer to the same event; later it is another one's."""

NEVER = float("inf")


class Expected:
    """Delays in seconds: what was recorded for the same event where there was one, else the usual."""

    def __init__(self, recording: Recording) -> None:
        self._heard: dict[int, list[float]] = defaultdict(list)
        self._fenced: dict[int, list[float]] = defaultdict(list)
        self._freed: dict[tuple[int, str], list[float]] = defaultdict(list)
        let_go: dict[int, list[float]] = defaultdict(list)
        for one in recording.inputs:
            if isinstance(one, Heard):
                self._heard[one.shard].append(one.at)
            elif isinstance(one, Pass):
                for number in one.fenced:
                    self._fenced[number].append(one.at)
                for number, ids in one.free.items():
                    let_go[number].append(one.at)
                    for resource_id in ids:
                        self._freed[number, resource_id].append(one.at)
        self._kept: set[tuple[int, str]] = set()
        if recording.end is not None:
            for shard in recording.end.shards.values():
                self._kept.update((shard.number, i) for _, entry in shard.entries() for i in entry.ids)
        decisions = recording.decisions
        self.begin_s = _usual(_times(decisions, "start"), self._heard, BEGIN_S)
        self.end_s = _usual(_times(decisions, "stop"), self._fenced, END_S)
        self.let_go_s = _usual(_times(decisions, "release"), let_go, LET_GO_S)

    def heard(self, shard: int, at: float) -> float:
        """When an instance that begins then answers for the first time."""
        return _next(self._heard.get(shard, ()), at, at + self.begin_s)

    def fenced(self, shard: int, at: float) -> float:
        """When the end of an instance that is stopped then is proven."""
        return _next(self._fenced.get(shard, ()), at, at + self.end_s)

    def freed(self, shard: int, resource_id: str, at: float) -> float:
        """When an id that is to be let go of then is; NEVER within the recording where it was not."""
        name = shard, resource_id
        found = _next(self._freed.get(name, ()), at, NEVER)
        return found if found != NEVER or name in self._kept else at + self.let_go_s


def _next(times: Sequence[float], at: float, otherwise: float) -> float:
    position = bisect_left(times, at)
    if position < len(times) and times[position] - at <= SAME_WITHIN_S:
        return times[position]
    return otherwise


def _times(decisions: Iterable[Decided], verb: str) -> Mapping[int, list[float]]:
    found: dict[int, list[float]] = defaultdict(list)
    for one in decisions:
        if one.verb == verb and one.shard is not None:
            found[one.shard].append(one.at)
    return found


def _usual(begun: Mapping[int, list[float]], ended: Mapping[int, list[float]], otherwise: float) -> float:
    """The median of the waits between what began on a shard and what came of it next."""
    waits = []
    for number, times in begun.items():
        for at in times:
            until = _next(ended.get(number, ()), at, NEVER)
            if until != NEVER:
                waits.append(until - at)
    return median(waits) if waits else otherwise

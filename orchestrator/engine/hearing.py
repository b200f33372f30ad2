"""Which beats of a channel count: those of the instance that the store has, and of no earlier one."""

from __future__ import annotations

from collections import Counter

from orchestrator.core.model import Protocol
from orchestrator.engine.tenure import Tenure
from orchestrator.ports import Beat

UNKNOWN = "beats.unknown"
"""Of a kind or a shard that is not here, or of an incarnation not begun yet: forged, or somebody else's."""
NAMELESS = "beats.nameless"
"""Without an incarnation, from a kind whose workers have one."""
OUTDATED = "beats.outdated"
"""Of an instance that is over: it runs on, or its last words came late."""

IMPOSSIBLE = "beats.impossible-load"
"""Values of a load that cannot be true and were left out: negative, or no number."""


def hear(tenure: Tenure | None, beat: Beat, counters: Counter[str]) -> None:
    """Take a beat of a channel that decides by itself; one that does not count is only counted.

    It acknowledges nothing, whatever it says: only an exchange does.
    """
    shard = None if tenure is None else tenure.shard(beat.shard)
    if tenure is None or shard is None or tenure.setup.beats_over_http:
        counters[UNKNOWN] += 1
    elif beat.incarnation is None and tenure.setup.policy.protocol is not Protocol.SEED:
        counters[NAMELESS] += 1
    elif tenure.roster.is_outdated(shard, beat):
        counters[OUTDATED] += 1
        tenure.beside("coverage", tenure.coverage.turned_away, beat)
    elif beat.incarnation is not None and beat.incarnation > shard.incarnation:
        counters[UNKNOWN] += 1
    else:
        if beat.impossible:
            counters[IMPOSSIBLE] += beat.impossible
        tenure.beside("weights", tenure.weighing.hear, shard, beat)
        is_first = not tenure.roster.member(shard).accepted
        tenure.roster.heard(shard, beat, counts=True, acknowledges=False)
        if is_first and tenure.setup.policy.protocol is Protocol.SEED:
            tenure.beside("record", tenure.record.heard, shard)
        if is_first and tenure.view.state.rebalance is not None:
            # an orchestration waits for whoever is awake; the runtime's word of it comes later, as no news
            tenure.inbox.wake()
        tenure.beside("coverage", tenure.coverage.heard, shard)

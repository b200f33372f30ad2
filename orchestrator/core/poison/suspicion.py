"""Which ids may have ended their instances: what several of those that crashed had in common.

Only ends that nobody asked for count. Where most of a kind crashes and no id was everywhere, it is not an
id: a template, a node or a service beneath is to blame.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from signal import SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGTERM

from orchestrator.core.model import Protocol
from orchestrator.core.poison.quarantine import is_quarantined
from orchestrator.core.policy import PoisonPolicy

__all__ = ["Crash", "Suspicion", "common_cause", "is_crash", "is_quarantined", "suspect"]

COMPARED = 16
"""Crashes of other shards, the latest ones, that one is compared with."""

_EXIT = re.compile(r"(?:^|: )exit code (\d+)")
_SIGNAL = re.compile(r"^ended by (?:SIG[A-Z]+|signal \d+)$")
_ASKED = (SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGKILL)
_BY_SIGNAL = 128
_OF_THE_SDK = frozenset({3, 4, 5, 6})
"""How a worker of ours ends itself: over, refused, its lease spent, nobody there."""
_OF_THE_NODE = ("Evicted", "Preempt", "NodeLost", "NodeShutdown", "Terminated:", "Shutdown")


def is_crash(detail: str, protocol: Protocol) -> bool:
    """Whether the runtime's words tell of an end that the application brought about itself.

    Not so: an orderly end, a signal with which somebody stops a process, a node that takes its pods down,
    and an end of which nothing is known. Running out of one's own memory is.
    """
    if any(word in detail for word in _OF_THE_NODE):
        return False
    if _SIGNAL.match(detail):
        return detail.removeprefix("ended by ") not in {number.name for number in _ASKED}
    found = _EXIT.search(detail)
    if found is None:
        return False
    code = int(found[1])
    if code == 0 or (protocol is Protocol.V1 and code in _OF_THE_SDK):
        return False
    return code - _BY_SIGNAL not in _ASKED or "OOMKilled" in detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """One unexpected end. ``at``: monotonic seconds; ``wall``: of the epoch; ``lived``: None is unknown.

    ``held``: what the instance held, as the tuples of its chunks; ``known``: what an instance of the shard
    had lived with before that, in the same form; None: nobody has seen one live.
    """

    shard: int
    incarnation: int
    at: float
    wall: float
    lived: float | None
    detail: str
    held: tuple[tuple[str, ...], ...]
    known: tuple[tuple[str, ...], ...] | None = None

    def ids(self) -> Iterator[str]:
        for block in self.held:
            yield from block

    def fresh(self) -> frozenset[str] | None:
        """Ids that came since an instance of the shard had lived; None: that is not known."""
        if self.known is None:
            return None
        old = {id(block) for block in self.known}
        changed = {i for block in self.held if id(block) not in old for i in block}
        return frozenset(changed.difference(i for block in self.known for i in block))


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """``first``: the stronger suspects, perhaps none; ``everyone``: all that the shard held in each crash.

    ``moved``: the stronger ones were with instances of several shards that crashed.
    """

    shard: int
    first: tuple[str, ...]
    everyone: tuple[str, ...]
    moved: bool
    crashes: tuple[Crash, ...]


def suspect(crashes: Sequence[Crash], policy: PoisonPolicy) -> Suspicion | None:
    """Whom the last of these crashes makes suspicious; None while there are too few of them.

    ``crashes``: those within the policy's window, oldest first; the last one's shard is looked at.
    """
    last = crashes[-1]
    own = [one for one in crashes if one.shard == last.shard]
    others = [one for one in crashes if one.shard != last.shard][-COMPARED:]
    travelled = _travelled(last, own, others, policy)
    if travelled:
        involved = tuple(one for one in crashes if one in own or not travelled.isdisjoint(one.ids()))
        return Suspicion(
            shard=last.shard,
            first=tuple(i for i in last.ids() if i in travelled),
            everyone=tuple(last.ids()),
            moved=True,
            crashes=involved,
        )
    if len(own) < policy.after:
        return None
    everywhere = frozenset(own[0].ids()).intersection(*(one.ids() for one in own[1:]))
    everyone = tuple(i for i in last.ids() if i in everywhere)
    came = [fresh for one in own if (fresh := one.fresh()) is not None]
    first: frozenset[str] = frozenset.intersection(*came) if len(came) == len(own) else frozenset()
    return Suspicion(
        shard=last.shard,
        first=tuple(i for i in everyone if i in first),
        everyone=everyone,
        moved=False,
        crashes=tuple(own),
    )


def _travelled(
    last: Crash, own: Sequence[Crash], others: Sequence[Crash], policy: PoisonPolicy
) -> frozenset[str]:
    """Ids that crashed instances of several shards held, often enough; of these the most widely seen."""
    if len(own) + len(others) < policy.after or not others:
        return frozenset()
    here = frozenset(last.ids())
    shards: dict[str, set[int]] = {}
    times: Counter[str] = Counter()
    for one in others:
        for resource_id in here.intersection(one.ids()):
            shards.setdefault(resource_id, {last.shard}).add(one.shard)
            times[resource_id] += 1
    if not shards:
        return frozenset()
    for one in own:
        times.update(i for i in one.ids() if i in shards)
    enough = {i for i in shards if times[i] >= policy.after}
    most = max((len(shards[i]) for i in enough), default=0)
    return frozenset(i for i in enough if len(shards[i]) == most)


def common_cause(crashes: Sequence[Crash], active: int) -> str:
    """Why it is no id: more than half of the shards crashed and none was in all; empty: it may be one."""
    latest = {one.shard: one for one in crashes}
    if len(latest) < 2 or 2 * len(latest) <= active:
        return ""
    shared: frozenset[str] | None = None
    for number in latest:
        held = frozenset(i for one in crashes if one.shard == number for i in one.ids())
        shared = held if shared is None else shared & held
        if not shared:
            return f"instances of {len(latest)} of {active} shards crashed and held no id in common"
    return ""

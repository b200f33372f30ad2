"""Wall clocks are stepped, as a time server does: of orchestrators, workers, a member of the store."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.chaos.clocks import Clocks
from tests.chaos.of_leaders import TAKES_OVER_S, follows
from tests.chaos.scenario import Scenario
from tests.chaos.sight import BUSY_S, Sight, pid_of
from tests.chaos.world import DEADLINE_S, KINDS
from tests.product.outage import missed
from tests.product.processes import until
from tests.services import wall_clock

HOUR = 3600.0
BIT = 5.0
SERVED_S = 10.0 + BUSY_S
REPLACED_S = 40.0

Set = Callable[[float], None]
"""Sets a clock, or some, ahead of the machine's by so many seconds."""


class Steps:
    """``waits``: how long the changes around each step took to be served."""

    def __init__(self, sight: Sight) -> None:
        self._sight, self._catalog, self._chance = sight, sight.world.catalog, sight.world.chance
        self._added: list[str] = []
        self.waits: list[float] = []

    def amid_changes(self, step: Callable[[], None]) -> None:
        """Rows come and go before and after it, and are served in time."""
        self._catalog.remove("Thing", self._added)
        self._added = self._catalog.add("Thing", 10)
        # Anywhere between the notification and the workers' acknowledgement.
        time.sleep(self._chance.uniform(0.0, 0.15))
        step()
        began = time.monotonic()
        self._added += self._catalog.add("Thing", 5)
        self._catalog.add("Rule")
        until(lambda: not self._sight.wrong(), SERVED_S, what="the changes are served", every=0.2)
        self.waits.append(time.monotonic() - began)

    def each(self, set_clock: Set, *aheads: float) -> None:
        """Each is undone before the next; a great one stands for longer than silence may last."""
        for ahead in aheads:
            self.amid_changes(lambda a=ahead: set_clock(a))  # type: ignore[misc]
            if abs(ahead) > DEADLINE_S:
                time.sleep(DEADLINE_S + 1.0)
            self.all_heard()
            self.amid_changes(lambda: set_clock(0.0))
            self.all_heard()

    def all_heard(self) -> None:
        until(lambda: not _unheard(self._sight), DEADLINE_S, what="every instance is heard")


def clock_steps(sight: Sight) -> str:
    if (reason := wall_clock.absent()) is not None:
        return f"left out: {reason}"
    clocks = sight.world.clocks
    assert clocks is not None, "instances are no processes"
    try:
        return _stepped(sight, clocks)
    finally:
        clocks.set_right()


def _stepped(sight: Sight, clocks: Clocks) -> str:
    before, stops, epoch, steps = sight.incarnations(), sight.stops(), sight.epoch(), Steps(sight)
    leader = sight.leader()
    its_clock, other_clock = (clocks.of(one.data.parent.name) for one in (leader, sight.other(leader)))

    for replica in sight.world.replicas:
        assert clocks.of(replica.data.parent.name).is_of(pid_of(replica)), replica.url
    for kind in KINDS:
        assert all(clocks.of(kind).is_of(pid) for pid in sight.pids(kind).values()), kind

    def of_workers(ahead: float) -> None:
        for kind in KINDS:
            clocks.of(kind).set(ahead)

    steps.each(its_clock.set, BIT, -BIT, HOUR, -HOUR)
    steps.each(other_clock.set, HOUR, -HOUR)
    steps.each(of_workers, BIT, HOUR, -HOUR)
    with _of_a_member(sight, clocks) as of_member:
        steps.each(of_member, HOUR, -HOUR)
    assert sight.epoch() == epoch, "the office changed though its holder was well"
    its_clock.set(HOUR)
    other_clock.set(-HOUR)
    took = _handed_over(sight, steps)
    assert sight.epoch() == epoch + 1, "the office changed more than once"
    assert sight.incarnations() == before, "an instance was replaced"
    assert sight.stops() == stops, "an instance was stopped"
    # Its clock is an hour behind, and silence is measured all the same.
    replaced = _one_falls_silent(sight)
    steps.amid_changes(clocks.set_right)
    steps.all_heard()
    return (
        f"{len(steps.waits)} steps, changes around each served after {max(steps.waits):.1f} s at most; none"
        f" changed the leader; two hours from the former's clock the other led {took:.1f} s after its end;"
        f" nothing was stopped but an instance that fell silent, served anew after {replaced:.1f} s"
    )


@contextmanager
def _of_a_member(sight: Sight, clocks: Clocks) -> Iterator[Set]:
    """Sets the clock of a member of the store that follows: the judge goes by that of the one that leads."""
    member = sight.world.zookeeper.follower()
    clock, program = clocks.of("member"), member._program
    plain = list(program.argv)
    told = [f"{name}={value}" for name, value in clock.environment.items()]
    try:
        _again(member, ["env", *told, *plain])
        # env becomes the server.
        assert clock.is_of(program._process.pid)
        yield clock.set
        assert member.mode() == "follower", "the store changed its leader"
    finally:
        clock.set(0.0)
        _again(member, plain)


def _again(member: object, argv: list[str]) -> None:
    member.kill()  # type: ignore[attr-defined]
    member._program.argv = argv  # type: ignore[attr-defined]
    member.start()  # type: ignore[attr-defined]


def _handed_over(sight: Sight, steps: Steps) -> float:
    """Seconds from the leader's orderly end until the other decides; the former follows in the end."""
    leader = sight.leader()
    other = sight.other(leader)
    began = time.monotonic()
    leader.program.stop(within=20.0)
    try:
        until(lambda: sight.decides(other), TAKES_OVER_S, what="the other decides")
        took = time.monotonic() - began
    finally:
        leader.start()
    leader.wait_ready()
    until(lambda: follows(leader), 30.0, what="the former one follows")
    steps.amid_changes(lambda: None)
    steps.all_heard()
    return took


def _one_falls_silent(sight: Sight) -> float:
    """Seconds until what it served is served by its successor; no other instance is touched."""
    before, stops = sight.incarnations(), sight.stops()
    shard, pid = sight.world.chance.choice(sorted(sight.pids("Thing").items()))
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    try:
        # Its ledger looks like that of one who lives for a moment.
        time.sleep(DEADLINE_S / 2)
        until(lambda: not sight.wrong(), REPLACED_S, what="all is served without it", every=0.4)
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    after = sight.incarnations()
    others = [key for key in after if after[key] != before[key] and key != ("Thing", shard)]
    assert not others, f"replaced too: {others}"
    more = [line for line in sight.journal("Thing", "stop") if line["sequence"] not in stops]
    assert [(line["shard"], line["reason"]) for line in more] == [(shard, "silent")], more
    return time.monotonic() - began


def _unheard(sight: Sight) -> list[object]:
    """The live instances whose last beat is old, and the channel if it is not proven."""
    old = [
        (one["name"], one["beatAge"])
        for kind in KINDS
        for one in sight.instances(kind)
        if one["state"] == "live" and (one["beatAge"] is None or one["beatAge"] > DEADLINE_S / 2)
    ]
    away = missed(sight.leader(), "kafka")
    return [*old, *([away] if away else [])]


CLOCK_STEPS = Scenario(
    name="clock-steps",
    did="wall clocks stepped by 5 s and by an hour, to and fro, amid changes: of the leader, the follower,"
    " all workers, a member of the store; then the leader ends, its successor's clock two hours behind its"
    " own, and an instance falls silent",
    run=clock_steps,
    unserved_s=REPLACED_S,
)

"""Leaders that stand still, are cut off, or are replaced while the catalog changes."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.chaos.netns import FAULTS
from tests.chaos.scenario import Scenario
from tests.chaos.sight import BUSY_S, Sight, pid_of
from tests.chaos.world import SESSION_S
from tests.product.outage import ask
from tests.product.processes import until
from tests.services.development import Replica

TAKES_OVER_S = SESSION_S + 2.0 + BUSY_S
WRITES = ("/v1/api/kinds/Thing/resync", "/v1/api/orchestrations/Rule/orchestrate")


def frozen_leader(times: int) -> Callable[[Sight], str]:
    """The judge of the store says whether any write of the frozen one was accepted after its successor's."""

    def run(sight: Sight) -> str:
        before, waits = sight.incarnations(), []
        for turn in range(times):
            leader = sight.leader()
            other = sight.other(leader)
            sight.world.catalog.add("Thing", 20)
            # Anywhere between the notification and the workers' acknowledgement.
            time.sleep(sight.world.chance.uniform(0.0, 0.15))
            leader.program.pause()
            began = time.monotonic()
            try:
                until(lambda o=other: sight.decides(o), TAKES_OVER_S, what="the other decides")  # type: ignore[misc]
                waits.append(time.monotonic() - began)
                sight.world.catalog.add("Rule" if turn % 2 else "Thing")
                epoch = _epoch(other)
            finally:
                leader.program.resume()
            answers = {ask(leader, path, "POST").status for path in WRITES}
            assert answers <= {200, 202, 409, 503}, answers
            until(lambda one=leader: follows(one), 30.0, what="the woken one follows")  # type: ignore[misc]
            assert _epoch(other) == epoch, "the office changed though its holder was well"
        assert sight.incarnations() == before, "an instance was replaced"
        return f"{times} times no stale write was accepted; the other led after {max(waits):.1f} s at most"

    return run


def two_replicas_split(sight: Sight) -> str:
    """The leader loses the store and keeps its workers."""
    before, waits = sight.incarnations(), []
    faults = ["half open", "refused", *(FAULTS if sight.world.namespace else ())]
    for fault in faults:
        leader = sight.leader()
        other = sight.other(leader)
        began = time.monotonic()
        _cut(sight, leader, fault)
        try:
            until(lambda o=other: sight.decides(o), TAKES_OVER_S, what="the other decides")  # type: ignore[misc]
            waits.append(time.monotonic() - began)
            assert not sight.leads(leader), "two lead"
            sight.world.catalog.add("Thing", 5)
            until(lambda: not sight.wrong(), 30.0, what="what was added is served", every=0.4)
        finally:
            _heal(sight, leader)
        until(lambda one=leader: follows(one), 40.0, what="the one cut off follows")  # type: ignore[misc]
    assert sight.incarnations() == before, "an instance was replaced"
    return f"{', '.join(faults)}: the other led after {max(waits):.1f} s at most; never two"


def _cut(sight: Sight, replica: Replica, fault: str) -> None:
    lines = sight.world.links(replica)
    if sight.world.namespace is not None and fault in FAULTS:
        sight.world.namespace.cut([line.port for line in lines], fault)
        return
    for line in lines:
        if fault == "half open":
            line.hold()
        else:
            line.refuse()
            line.reset()


def _heal(sight: Sight, replica: Replica) -> None:
    if sight.world.namespace is not None:
        sight.world.namespace.heal()
    for line in sight.world.links(replica):
        line.heal()


def rolling_upgrade(times: int) -> Callable[[Sight], str]:
    def run(sight: Sight) -> str:
        before, stops, took = sight.incarnations(), [], []
        with sight.churn(10.0, times * 6.0, seed=sight.world.chance.randrange(10**6)):
            for _ in range(times):
                for replica in sight.world.replicas:
                    began = time.monotonic()
                    replica.program.stop(within=20.0)
                    stops.append(time.monotonic() - began)
                    replica.start()
                    replica.wait_ready()
                    took.append(time.monotonic() - began)
        assert sight.incarnations() == before, "an instance was replaced"
        assert max(stops) < 15.0, f"an orderly stop took {max(stops):.1f} s"
        sight.rest_with_a_person()
        return f"{2 * times} restarts, each ready again after {max(took):.1f} s at most; no instance replaced"

    return run


def follows(replica: Replica) -> bool:
    try:
        place = ask(replica, "/readyz?verbose").body["standing"]
    except OSError:
        return False
    return place["role"] == "follower" and bool(place["leader"])


def _epoch(replica: Replica) -> int:
    return int(ask(replica, "/readyz?verbose").body["standing"]["epoch"])


SPLIT = Scenario(
    name="two-replicas-split",
    did="the leader loses the store and keeps its workers: half open, RST, and DROP and RST of the kernel",
    run=two_replicas_split,
    unserved_s=30.0,
)


def frozen(times: int) -> Scenario:
    return Scenario(
        name="frozen-leader",
        did=f"{times} x SIGSTOP of the leader amid changes, SIGCONT after its successor wrote",
        run=frozen_leader(times),
        unserved_s=30.0,
    )


def rolling(times: int) -> Scenario:
    return Scenario(
        name="rolling-upgrade",
        did=f"{times} x both orchestrators ended and started in turn, 10 changes a second",
        run=rolling_upgrade(times),
        unserved_s=30.0,
    )


__all__ = ["SPLIT", "follows", "frozen", "pid_of", "rolling"]

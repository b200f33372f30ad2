"""The store swallows its replies, goes away as a whole, and comes back without its data."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable

from tests.chaos.lines import is_change_of_a_kind
from tests.chaos.scenario import Scenario
from tests.chaos.sight import Sight
from tests.product.outage import ask, missed
from tests.product.processes import until

ORCHESTRATE = "/v1/api/orchestrations/Thing/orchestrate"
READ = "/v1/api/kinds/Thing/resources/thing-000001"


def ambiguous_commit(times: int) -> Callable[[Sight], str]:
    """The judge of the store says whether each change was made once."""

    def run(sight: Sight) -> str:
        waits, met = [], {"swallowed": 0, "lost": 0}
        for turn in range(times):
            lines = sight.world.links(sight.leader())
            which = "lost" if turn % 2 else "swallowed"
            for line in lines:
                (line.lose_request if turn % 2 else line.swallow_reply)(is_change_of_a_kind)
            began = time.monotonic()
            (name,) = sight.world.catalog.add("Thing")
            until(lambda w=which, ls=lines: any(getattr(one, w) for one in ls), 20.0, what=which)  # type: ignore[misc]
            met[which] += 1
            for line in lines:
                line.lose_request(lambda _: False)
                line.swallow_reply(lambda _: False)
            until(
                lambda n=name: any(one.id == n for one in sight.holds()),  # type: ignore[misc]
                60.0,
                what="it is served",
                every=0.3,
            )
            waits.append(time.monotonic() - began)
        told = f"{met['swallowed']} replies swallowed, {met['lost']} requests lost"
        return f"{told}; each id placed once and served after {max(waits):.1f} s at most"

    return run


def outage(seconds: float) -> Callable[[Sight], str]:
    """All members at once."""

    def run(sight: Sight) -> str:
        before, replicas = sight.incarnations(), sight.world.replicas
        began, ages = time.time(), []
        for server in sight.world.zookeeper.servers:
            server.kill()
        try:
            until(lambda: all(missed(one, "zookeeper") for one in replicas), 20.0, what="both say it")
            while time.time() - began < seconds:
                for replica in replicas:
                    read = ask(replica, READ)
                    assert read.status == 200 and read.took < 5.0, (read.status, read.took)
                    ages.append(read.age)
                refused = ask(replicas[0], ORCHESTRATE, "POST")
                assert refused.status == 503 and refused.took < 10.0, refused
                time.sleep(1.0)
            gap = max(sight.gaps(began, time.time()), key=lambda one: one.seconds, default=None)
        finally:
            for server in sight.world.zookeeper.servers:
                server.start(wait=False)
            for server in sight.world.zookeeper.servers:
                server.wait_ready(60)
        assert gap is None or gap.seconds < 1.0, f"served by nobody: {gap}"
        assert None not in ages, "an answer without its age"
        sight.settle()
        assert sight.incarnations() == before, "an instance was replaced"
        return f"{seconds:g} s: every id served on, {len(ages)} reads answered with their age, writes 503"

    return run


def data_loss(sight: Sight) -> str:
    before, world = sight.incarnations(), sight.world
    for server in world.zookeeper.servers:
        server.kill()
    for folder in world.store_folders:
        folder.rename(folder.with_name("saved"))
    for server in world.zookeeper.servers:
        server.start(wait=False)
    for server in world.zookeeper.servers:
        server.wait_ready(60)
    try:
        until(
            lambda: any(missed(one, "zookeeper", "empty") for one in world.replicas),
            60.0,
            what="one says that the store is empty",
        )
        assert all(ask(one, ORCHESTRATE, "POST").status == 503 for one in world.replicas)
        time.sleep(5.0)
        assert not sight.wrong(), "what was served is served on"
    finally:
        for server in world.zookeeper.servers:
            server.kill()
        for folder in world.store_folders:
            shutil.rmtree(folder)
            folder.with_name("saved").rename(folder)
        for server in world.zookeeper.servers:
            server.start(wait=False)
        for server in world.zookeeper.servers:
            server.wait_ready(60)
    sight.settle()
    assert sight.incarnations() == before, "an instance was replaced"
    return "said and refused (503); all served on; whole once the data was back"


def ambiguous(times: int) -> Scenario:
    return Scenario(
        name="ambiguous-commit",
        did=f"{times} x the reply to a commit swallowed, or the request lost, and the connection cut",
        run=ambiguous_commit(times),
        unserved_s=60.0,
    )


OUTAGE = Scenario(
    name="zk-outage-30s-fail-static",
    did="all three members killed for 30 s",
    run=outage(30.0),
    unserved_s=30.0,
)
DATA_LOSS = Scenario(
    name="zk-data-loss",
    did="all three members lose their data; later it is put back",
    run=data_loss,
    unserved_s=30.0,
)

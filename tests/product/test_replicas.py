"""Two orchestrators as processes on a real ensemble of ZooKeeper: one leads, the other takes over."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.engine.tokens import worker_token
from tests.product.processes import until
from tests.product.replicas import SESSION_S, Pair, Replica, alive, pair

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

BUSY_S = 3.0
"""What a machine that does other things at the same time may add to a bound."""


@pytest.fixture
def replicas(tmp_path: Path) -> Iterator[Pair]:
    with pair(tmp_path) as made:
        made.start()
        yield made


def exchange(replica: Replica, *, shard: int = 0, generation: int = -1) -> int:
    """The status of a worker's exchange, with the token of its incarnation."""
    found = next(one for one in replica.instances("Thing") if one["shard"] == shard)
    return _exchange(replica, found["incarnation"], shard, generation)


def _exchange(replica: Replica, incarnation: int, shard: int = 0, generation: int = -1) -> int:
    key = bytes.fromhex(replica.environment["SHARDWRIGHT_WORKER__KEY"])
    token = worker_token(key, "Thing", shard, incarnation)
    beat = {"incarnation": incarnation, "generation": generation, "pending": [], "more": False, "load": {}}
    headers = {"Authorization": f"Bearer {token}"}
    return replica.call("POST", f"/v1/worker/Thing/{shard}/sync", beat, headers=headers).status


def test_a_follower_answers_as_the_leader_does_and_both_know_one_store(replicas: Pair) -> None:
    first, second = replicas.both
    assert (first.place()["role"], second.place()["role"]) == ("leader", "follower")
    assert second.place()["url"] == first.url
    assert second.get("/v1/api/overview").json["holder"] == first.place()["holder"]
    name = second.add_thing()
    path = f"/v1/api/orchestrations/Thing/{name}/instances"
    until(lambda: second.get(path).status == 200 and second.get(path).json["runIn"], 10.0, what="it is owned")
    assert first.get(path).json["runIn"] == second.get(path).json["runIn"]
    plan = second.post("/v1/api/orchestrations/Thing/orchestrate?dryRun=true")
    assert plan.status == 200 and plan.json["dryRun"]
    assert exchange(second) == 200
    until(lambda: (second.data / "store-id").exists(), 30.0, what="the follower has learnt whose store it is")
    assert (second.data / "store-id").read_text() == (first.data / "store-id").read_text()


def test_after_kill_9_the_other_decides_within_the_session_and_two_seconds(replicas: Pair) -> None:
    first, second = replicas.both
    pids = first.pids()
    first.kill_server()
    name = second.add_thing()
    began = time.monotonic()
    kind = until(
        lambda: (found := second.get("/v1/api/kinds/Thing")).status == 200 and found.json,
        2.0,
        what="an answer",
    )
    assert kind["age"] is not None and sum(shard["used"] for shard in kind["shards"]) >= 2000
    assert second.post("/v1/api/kinds/Thing/resync").status == 503
    until(second.decides, SESSION_S + 2.0 + BUSY_S, what="the second decides", every=0.02)
    took = time.monotonic() - began
    print(f"decided {took:.2f} s after kill -9, sessions last {SESSION_S:g} s")
    until(lambda: name in second.served_ids("Thing") | first.served_ids("Thing"), 15.0, what="it is served")
    replicas.until_served_once()
    until(lambda: second.pids() == pids, 10.0, what="no instance was replaced")
    first.start()
    until(lambda: first.place()["role"] == "follower", 10.0, what="the first follows")


def test_an_orderly_stop_hands_over_in_two_seconds_and_leaves_the_instances_alone(replicas: Pair) -> None:
    first, second = replicas.both
    pids = first.pids()
    assert first.server is not None
    began = time.monotonic()
    first.server.terminate()
    until(second.decides, 2.0 + BUSY_S, what="the second decides", every=0.02)
    took = time.monotonic() - began
    assert first.server.wait(20.0) == 0, first.said()
    print(f"handed over in {took:.2f} s")
    assert alive(pids)
    until(lambda: second.pids() == pids, 10.0, what="all instances are adopted")
    name = second.add_thing()
    until(lambda: name in first.served_ids("Thing"), 15.0, what="it is served")
    replicas.until_served_once()
    second.terminate()
    assert alive(pids), "nor does the end of the last one end them"
    second.start()
    until(second.decides, 20.0, what="it leads again")
    until(lambda: second.pids() == pids, 10.0, what="all instances are adopted")


def test_a_leader_that_was_frozen_does_nothing_when_it_wakes_and_follows(replicas: Pair) -> None:
    first, second = replicas.both
    pids, incarnation = first.pids(), int(first.instances("Thing")[0]["incarnation"])
    for _ in range(2):
        leader, other = (first, second) if first.leads() else (second, first)
        leader.freeze()
        until(other.decides, SESSION_S + 2.0 + BUSY_S, what="the other decides")
        name = other.add_thing()
        until(lambda name=name: name in first.served_ids("Thing"), 15.0, what="it is served")  # type: ignore[misc]
        epoch, commit = other.place()["epoch"], other.kind("Thing")["commit"]
        leader.thaw()
        # Until it has heard that it was deposed it refuses; after that it passes on.
        answers = {_exchange(leader, incarnation) for _ in range(3)}
        assert answers <= {200, 409, 503}
        until(lambda leader=leader: _follows(leader), 30.0, what="it follows")  # type: ignore[misc]
        known = leader.place()
        assert (known["role"], known["leader"], known["epoch"]) == (
            "follower",
            other.place()["holder"],
            epoch,
        )
        assert (other.place()["epoch"], other.kind("Thing")["commit"]) == (epoch, commit)
    replicas.until_served_once()
    until(lambda: second.pids() == pids, 10.0, what="no instance was replaced")


def _follows(replica: Replica) -> bool:
    place = replica.place()
    return place["role"] == "follower" and bool(place["leader"])


def test_two_that_start_at_once_on_an_empty_ensemble_agree(tmp_path: Path) -> None:
    with pair(tmp_path) as made:
        for one in made.both:
            one.launch()
        until(lambda: any(one.is_up() and one.leads() for one in made.both), 60.0, what="one leads")
        files = [one.data / "store-id" for one in made.both]
        until(lambda: all(file.exists() for file in files), 60.0, what="both know the store")
        assert len({file.read_text() for file in files}) == 1
        assert sum(one.leads() for one in made.both) == 1
        made.first.settle()
        made.until_served_once()

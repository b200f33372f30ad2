"""The drill ``restart-leader`` with two replicas: the other one leads, and no instance feels it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.product.processes import until
from tests.product.replicas import SESSION_S, Pair, Replica, pair

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

GAP_S = SESSION_S + 10.0
"""An office that is given up is free at once; a busy machine may still take this long."""


@pytest.fixture
def replicas(tmp_path: Path) -> Iterator[Pair]:
    with pair(tmp_path) as made:
        made.start()
        yield made


def test_the_other_replica_leads_after_the_drill_and_no_instance_ends(replicas: Pair) -> None:
    first, second = replicas.both
    pids, incarnations = first.pids(), _incarnations(first)
    epochs = [first.place()["epoch"]]
    # Asked of a follower and of a leader: whoever is asked, it is the leader who goes.
    for asked, leader, other in ((second, first, second), (second, second, first)):
        until(lambda leader=leader: leader.decides(), 30.0, what="it leads")  # type: ignore[misc]
        leader.settle()
        card = _drill(asked)
        assert card["epochs"][0] == epochs[-1]
        assert card["epochs"][1] > card["epochs"][0]
        until(lambda other=other: other.decides(), 30.0, what="the other decides")  # type: ignore[misc]
        until(lambda leader=leader: leader.place()["role"] == "follower", 30.0, what="it follows")  # type: ignore[misc]
        epochs.append(other.place()["epoch"])
        assert card["epochs"][1] == epochs[-1]
        until(lambda other=other: other.pids() == pids, 30.0, what="all instances are known to it")  # type: ignore[misc]
        assert _incarnations(other) == incarnations
    name = first.add_thing()
    until(lambda: name in first.served_ids("Thing"), 15.0, what="a new resource is served")
    replicas.until_served_once()


def _drill(replica: Replica) -> dict[str, Any]:
    """The report card, passed."""
    done = replica.cli(
        "drill",
        "restart-leader",
        "--yes",
        "--gap",
        f"{GAP_S:g}",
        "--within",
        "100",
        "--server",
        replica.url,
        "-o",
        "json",
        timeout=150.0,
    )
    assert done.code == 0, done
    card: dict[str, Any] = done.json
    figures = {row["name"]: row for row in card["figures"]}
    print({name: row["value"] for name, row in figures.items()})
    assert card["passed"] is True
    assert 0.0 < figures["led again"]["value"] <= GAP_S
    assert figures["led again"]["goal"] == GAP_S
    for name in ("instances restarted", "moved", "double-owned since"):
        assert (figures[name]["value"], figures[name]["met"]) == (0.0, True), figures[name]
    return card


def _incarnations(replica: Replica) -> dict[tuple[str, int], int]:
    return {(one["kind"], one["shard"]): one["incarnation"] for one in replica.instances()}

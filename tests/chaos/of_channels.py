"""Heartbeats and notifications fail: silence proves nothing, and no message is needed or believed."""

from __future__ import annotations

import json
import time
from typing import Any

from paho.mqtt.publish import multiple

from tests.chaos.scenario import Scenario
from tests.chaos.sight import BUSY_S, Sight
from tests.chaos.world import DEADLINE_S, KINDS, RESYNC_S
from tests.product.outage import missed
from tests.product.processes import until

AWAY_S = 3 * DEADLINE_S
REPLAYS = 20
LAST_LOOK_S = 8.0


def kafka_outage(sight: Sight) -> str:
    world = sight.world

    def kill() -> None:
        world.second_kafka.kill()
        world.kafka.kill()

    def start() -> None:
        world.kafka.start()
        world.second_kafka.start()

    return _silent(sight, kill, start, "both brokers")


def silent_partition(sight: Sight) -> str:
    second = sight.world.second_kafka
    return _silent(sight, second.pause, second.resume, "the broker of partition 1")


def _silent(sight: Sight, fault: object, heal: object, what: str) -> str:
    assert callable(fault) and callable(heal)
    before, stops = sight.incarnations(), sight.stops()
    fault()
    try:
        told = until(lambda: missed(sight.leader(), "kafka"), 20.0, what="it says that beats are not heard")
        time.sleep(AWAY_S)
        assert not sight.wrong(), "served on"
    finally:
        heal()
    until(lambda: not missed(sight.leader(), "kafka"), 120.0, what="the channel proves itself", every=0.3)
    time.sleep(DEADLINE_S + 1.0)
    assert sight.incarnations() == before, "an instance was replaced"
    assert sight.stops() == stops, "an instance was stopped"
    assert told
    return f"{what} silent for {AWAY_S:g} s, deadline {DEADLINE_S:g} s: no instance stopped"


def mqtt_all_lost(sight: Sight) -> str:
    world = sight.world
    names = []
    old = {kind: sorted(world.catalog.ids(kind))[:4] for kind in KINDS}
    world.mosquitto.kill()
    try:
        until(lambda: missed(sight.leader(), "mosquitto"), 20.0, what="it says so")
        for kind in KINDS:
            names += world.catalog.add(kind, 5, announced=False)
            world.catalog.remove(kind, old[kind], announced=False)
        took = until(
            lambda: not sight.wrong() and time.monotonic(), RESYNC_S + BUSY_S, what="all is found", every=0.3
        )
    finally:
        world.mosquitto.start()
    assert took
    until(lambda: not missed(sight.leader(), "mosquitto"), 30.0, what="it is connected again")
    return f"{len(names)} new and 8 deleted rows, told by nobody: found by the resync (each {RESYNC_S:g} s)"


def mqtt_resurrect(sight: Sight) -> str:
    """The judges say whether one that is deleted was placed, or one that lives was taken away."""
    world = sight.world
    before = sight.incarnations()
    dead = world.catalog.add("Thing", 3) + world.catalog.add("Rule", 3)
    until(lambda: not sight.wrong(), 30.0, what="they are served", every=0.3)
    for kind in KINDS:
        world.catalog.remove(kind, [one for one in dead if one.startswith(kind.lower())])
    said: list[dict[str, Any]] = []
    for kind in KINDS:
        gone = [one for one in dead if one.startswith(kind.lower())]
        living = sorted(world.catalog.ids(kind))[:10]
        for _ in range(REPLAYS):
            said += [{"o": "c", "t": kind, "k": one} for one in gone]
            said += [{"o": "bc", "t": kind, "keys": gone}, {"o": "bd", "t": kind, "keys": living}]
            said += [{"o": "d", "t": kind, "k": one} for one in living[:3]]
    world.chance.shuffle(said)
    for _ in range(2):
        multiple(
            [("cm/notify", json.dumps(one).encode(), 1, False) for one in said],
            hostname=world.mosquitto.host,
            port=world.mosquitto.port,
            auth={"username": world.mosquitto.username, "password": world.mosquitto.password},
        )
        time.sleep(3.0)
        until(lambda: not sight.wrong(), 30.0, what="the dead are gone, the living are served", every=0.3)
    # A message is a witness until its ids have been looked at for the last time.
    time.sleep(LAST_LOOK_S)
    assert not sight.wrong() and sight.incarnations() == before
    return f"{2 * len(said)} old messages in disorder: no deleted id came back, no living one went"


KAFKA_OUTAGE = Scenario(
    name="kafka-outage-no-kills",
    did=f"both brokers of Kafka killed for {AWAY_S:g} s",
    run=kafka_outage,
    unserved_s=1.0,
)
SILENT_PARTITION = Scenario(
    name="kafka-one-silent-partition",
    did=f"the broker of one of three partitions stopped (SIGSTOP) for {AWAY_S:g} s",
    run=silent_partition,
    unserved_s=1.0,
)
ALL_LOST = Scenario(
    name="mqtt-all-lost",
    did="Mosquitto killed, rows come and go meanwhile, announced by nobody",
    run=mqtt_all_lost,
    unserved_s=RESYNC_S + BUSY_S,
)
RESURRECT = Scenario(
    name="mqtt-resurrect",
    did="creations of deleted ids and deletions of living ones replayed, shuffled",
    run=mqtt_resurrect,
    unserved_s=10.0,
)

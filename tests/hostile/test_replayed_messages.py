"""Messages and beats that were true once, said again: the catalog and the incarnation decide, not they."""

from __future__ import annotations

import json

from paho.mqtt.client import Client

from tests.hostile.publisher import publisher
from tests.product.processes import until
from tests.product.product import Product
from tests.product.workers import HandWorker

TIMES = 200
INSERT = "INSERT INTO \"Thing\" (id, name, created) VALUES (?, '', '2026-01-01 00:00:00')"


def test_a_creation_said_again_brings_nothing_back_and_a_deletion_takes_nothing_away(shared: Product) -> None:
    with publisher(shared) as client:
        shared.sql(INSERT, "replayed")
        _say(client, "c", 1)
        until(lambda: "replayed" in shared.served_ids("Thing"), 30.0, what="it is served")
        _say(client, "d", TIMES)
        _heard(shared, client)
        assert "replayed" in shared.served_ids("Thing")
        shared.sql('DELETE FROM "Thing" WHERE id = ?', "replayed")
        _say(client, "d", 1)
        until(lambda: "replayed" not in shared.served_ids("Thing"), 30.0, what="it is released")
        _say(client, "c", TIMES)
        _say(client, "u", TIMES)
        _heard(shared, client)
    assert "replayed" not in shared.served_ids("Thing")
    shared.settle()
    shared.assert_served_once(within=20.0)


def test_a_beat_said_again_completes_no_hand_over_and_is_outdone_by_the_next(shared: Product) -> None:
    before = {one["number"]: one for one in shared.kind("Thing")["shards"]}
    old = {
        number: {"incarnation": one["incarnation"], "generation": one["generation"], "pending": []}
        for number, one in before.items()
    }
    answer = shared.post("/v1/api/orchestrations/Thing/orchestrate", {"resourcePerInstance": 150})
    assert answer.status == 200 and answer.json["moves"] > 0
    for _ in range(5):
        for number, beat in old.items():
            worker = HandWorker(shared, "Thing", number, beat["incarnation"])
            assert worker.send(beat).status in (200, 409)
    shared.settle()
    until(lambda: _all_acknowledged(shared), 30.0, what="each worker has spoken for itself again")
    shared.assert_served_once(within=30.0)


def _all_acknowledged(shared: Product) -> bool:
    return all(one["acknowledged"] == one["generation"] for one in shared.kind("Thing")["shards"])


def _say(client: Client, operation: str, times: int) -> None:
    payload = json.dumps({"o": operation, "t": "Thing", "k": {"id": "replayed"}}).encode()
    sent = [client.publish("cm/notify", payload, qos=1) for _ in range(times)]
    for one in sent:
        one.wait_for_publish(30.0)


def _heard(shared: Product, client: Client) -> None:
    """All that was said before was heard and looked at."""
    before = shared.counters()["notifications.received"]
    client.publish("cm/notify", b'{"o":"u","t":"Rule","k":"rule-000001"}', qos=1).wait_for_publish(20.0)
    until(lambda: shared.counters()["notifications.received"] > before, 20.0, what="the last one came")
    assert shared.post("/v1/api/kinds/Thing/resync").status == 200
    shared.settle()

"""Settings that go together badly are told of, and do not stop a start."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.settings import advice, load

KUBERNETES = {"runtime.engine": "kubernetes"}
ZOOKEEPER = {
    "store.engine": "zookeeper",
    "store.zookeeper.mechanism": "digest",
    "store.zookeeper.username": "u",
    "store.zookeeper.password": "p",
    "worker.key": "k",
    "mqtt.embedded": False,
    "runtime.directory": "/instances",
    "worker.urls": ["https://a", "https://b"],
    "access.url": "postgresql://h/db",
}
SEED = {"kinds.Thing.protocol": "seed", "kinds.Thing.heart": False}


def test_the_defaults_need_no_advice() -> None:
    assert advice(load(None, {})) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({**KUBERNETES, "worker.urls": ["https://a"]}, "run one replica"),
        (
            {**KUBERNETES, **ZOOKEEPER, "worker.urls": []},
            "which is their own loopback; give worker.urls or api.url",
        ),
        ({**KUBERNETES, **ZOOKEEPER, "worker.urls": ["http://127.0.0.1:1"]}, "their own loopback"),
        ({**KUBERNETES, **ZOOKEEPER, "worker.urls": [], "api.port": 0}, "reach the server at none"),
        ({**ZOOKEEPER, "worker.urls": []}, "give the addresses of all replicas"),
        ({**ZOOKEEPER, "access.url": None}, "each replica on a machine of its own knows other users"),
        ({**ZOOKEEPER, "worker.key": None}, "worker.key is not given"),
        ({**ZOOKEEPER, "mqtt.embedded": True}, "each replica has a broker of its own"),
        ({**ZOOKEEPER, "api.host": "0.0.0.0"}, "give each its own api.url"),
        (
            {key: value for key, value in ZOOKEEPER.items() if "zookeeper." not in key},
            "store.zookeeper.mechanism is none",
        ),
        ({**ZOOKEEPER, "store.zookeeper.readers": ["world:anyone"]}, "can read who owns what"),
        (SEED, "protocol of Thing is seed, whose workers read ZooKeeper, and store.engine is sqlite"),
        ({**ZOOKEEPER, **SEED}, "store.zookeeper.readers names nobody"),
    ],
)
def test_what_goes_together_badly_is_told(options: dict[str, Any], said: str) -> None:
    (told,) = advice(load(None, {}, options))
    assert said in told


def test_an_embedded_broker_with_pods_is_nothing_to_speak_of() -> None:
    options = {**KUBERNETES, **ZOOKEEPER, "mqtt.embedded": True, "worker.urls": ["https://a"]}
    assert not any("kubernetes" in told for told in advice(load(None, {}, options)))

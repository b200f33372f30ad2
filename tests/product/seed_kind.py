"""The product on ZooKeeper, Kafka and Mosquitto, with a kind whose workers know the seed's contract alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kazoo.client import KazooClient

from heartbeat.kafka_options import KafkaOptions
from heartbeat.kafka_topic import create_topic
from orchestrator.demo import database
from tests.product.processes import until
from tests.product.product import Product
from tests.services.mix import Mix, merged, write

SERVICES = ("zookeeper", "kafka", "mosquitto")
WORKER = Path(__file__).parents[1] / "seed" / "seed_worker.py"
KIND = "Thing"

INTERVAL_S = 1.0
DEADLINE_S = 6.0
RELEASE_WAIT_S = 1.5
HEALTH = {
    "interval": INTERVAL_S,
    "deadline": DEADLINE_S,
    "startup_grace": 25.0,
    "window": 2.0,
    "kill_ratio": 1.0,
    "stable_after": 2.0,
}


class SeedProduct(Product):
    """Not started yet. ``eyes``: a client of ZooKeeper that is not ours."""

    def __init__(self, folder: Path, mix: Mix, eyes: KazooClient, name: str) -> None:
        """``name``: of its root in ZooKeeper and of its topics."""
        self._mix = mix
        self.eyes = eyes
        self.root = f"/{name}/orchestration"
        self.kafka = KafkaOptions(bootstrap=(mix.running["kafka"].service.bootstrap,), topic=f"beats-{name}")
        create_topic(self.kafka)
        folder.mkdir()
        config, template = folder / "config.yaml", folder / "pod-template.yml"
        write(self._template(), template)
        write(self._settings(template, f"cm/{name}"), config)
        port = mix.running["mosquitto"].service.port
        super().__init__(folder, {"SHARDWRIGHT_CONFIG": str(config), "SHARDWRIGHT_MQTT__PORT": str(port)})

    def fill(self, things: int = 0, ids: Iterable[str] = ()) -> None:
        """A catalog of so many things of the demo, and of these."""
        engine = database.open_database(f"sqlite:///{self.catalog}")
        database.fill(engine, things=things, rules=0)
        engine.dispose()
        for one in ids:
            self.sql(
                'INSERT INTO "Thing" (id, name, created) VALUES (?, ?, ?)', one, one, "2026-01-01 00:00:00"
            )

    def end(self) -> None:
        """The server before its instances, which go on without it."""
        if self.server is not None and self.server.poll() is None:
            self.kill_server()
        self.clean_up()

    # --- what is so ---

    def until_served(self, within: float = 40.0) -> None:
        """Wait until exactly the ids of the catalog are served, by one process each, and all beat."""

        def missing() -> object:
            return self.misserved(KIND) or [one for one in self.shards().values() if one["health"] != "ok"]

        until(lambda: not missing(), within, what=f"all is served: {missing()}", every=0.2)

    def hears(self) -> bool:
        """Whether the channel of the beats proves itself."""
        told = self.get("/v1/api/overview").json["dependencies"]
        return next(bool(one["ok"]) for one in told if one["name"] == f"heartbeats {KIND}")

    def shards(self) -> dict[int, dict[str, Any]]:
        return {one["number"]: one for one in self.kind(KIND)["shards"]}

    def incarnations(self) -> dict[int, int]:
        return {number: one["incarnation"] for number, one in self.shards().items()}

    def read(self, path: str) -> dict[str, Any]:
        """A document below the kind, as the seed's worker decodes it."""
        found: dict[str, Any] = json.loads(self.eyes.get(f"{self.root}/{KIND}/{path}")[0])
        return found

    def times(self) -> dict[int, int]:
        return {number: self.read(f"{number}/_reload")["times"] for number in self.numbers()}

    def owners(self) -> dict[str, list[int]]:
        """The shards whose list names an id."""
        found: dict[str, list[int]] = {}
        for number in self.numbers():
            for one in self.read(f"{number}/resources")["ids"]:
                found.setdefault(str(one), []).append(number)
        return found

    def numbers(self) -> list[int]:
        return sorted(int(name) for name in self.eyes.get_children(f"{self.root}/{KIND}"))

    def stops(self) -> list[tuple[int, str]]:
        """The shard and the reason of each instance that was stopped, the latest first."""
        lines = self.get(f"/v1/api/events?kind={KIND}&verb=stop&limit=100").json["items"]
        return [(one["shard"], one["reason"]) for one in lines]

    # --- inside ---

    def _settings(self, template: Path, topic: str) -> dict[str, Any]:
        parts = [dict(self._mix.running[name].settings) for name in SERVICES]
        kind = {
            "protocol": "seed",
            "template": str(template),
            "init_instances": 3,
            "max_instances": 8,
            "release_wait": RELEASE_WAIT_S,
            "health": HEALTH,
        }
        ours = {
            "mqtt": {"topic": topic},
            "kafka": {"topic": self.kafka.topic, "window": 60.0, "canary_interval": 0.5},
            "store": {"zookeeper": {"root": self.root}},
            "runtime": {"directory": str(template.parent / "data"), "stop_grace": 2.0},
        }
        for part in parts:
            part.pop("kinds", None)
            part.pop("runtime", None)
        return {**merged([*parts, ours]), "kinds": {KIND: kind}}

    def _template(self) -> dict[str, Any]:
        told = {
            "SEED_ZOOKEEPER": self._mix.running["zookeeper"].address,
            "SEED_ROOT": self.root,
            "SEED_KAFKA": self.kafka.place,
            "SEED_TOPIC": self.kafka.topic,
            "SEED_INTERVAL": f"{INTERVAL_S:g}",
        }
        container = {
            "name": "seed",
            "command": ["python", "-W", "ignore", str(WORKER)],
            "env": [{"name": name, "value": value} for name, value in told.items()],
        }
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "iota-dac"},
            "spec": {"containers": [container]},
        }

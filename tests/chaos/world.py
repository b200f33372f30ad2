"""The world that chaos befalls: two orchestrators on real services, each link to them through a proxy."""

from __future__ import annotations

import random
import secrets
import shutil
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import NewTopic

from tests.chaos.catalog import Catalog
from tests.chaos.clocks import Clocks
from tests.chaos.lines import Line, Lines
from tests.chaos.netns import Namespace, absent
from tests.product.processes import end, inside
from tests.services import wall_clock
from tests.services.development import Replica
from tests.services.kafka_server import KafkaServer
from tests.services.kubernetes_worker import worker_pod_template
from tests.services.mix import KINDS as NAMES
from tests.services.mix import Mix, merged, write
from tests.services.waiting import free_ports

SERVICES = ("zookeeper", "kafka", "mosquitto", "postgres")
THINGS, RULES = 600, 120
KINDS = tuple(NAMES)
SESSION_S = 4.0
DEADLINE_S = 6.0
RESYNC_S = 15.0
TOPIC = "beats"
SEED_WORKER = Path(__file__).parents[1] / "seed" / "seed_worker.py"
HEALTH = {
    "interval": 1.0,
    "deadline": DEADLINE_S,
    "startup_grace": 20.0,
    "window": 6.0,
    "stable_after": 5.0,
}


class World:
    """``start`` brings all of it up. ``chance``: where every random choice of a fault comes from.

    ``Thing`` is served by workers of the SDK, ``Rule`` by workers that know the seed's contract alone; both
    beat on Kafka, whose partition 1 lives on a broker of its own. ``pods``: instances are pods of a real
    node, and all of them workers of the SDK; else they are processes of this machine.
    """

    def __init__(self, folder: Path, chance: random.Random, *, pods: bool = False) -> None:
        self.folder, self.chance, self.pods = folder, chance, pods
        self._services = (*SERVICES, "kubernetes") if pods else SERVICES
        self.ledger = folder / "services" / "ledger"
        self.replicas: list[Replica] = []
        self.stores: list[list[Line]] = []
        """Of each replica, its links to the members of the ensemble."""
        self.brokers: list[Line] = []
        self.databases: list[Line] = []
        self.templates = {kind: folder / f"{kind}.yml" for kind in KINDS}
        self.lines = Lines()
        self.clocks: Clocks | None = None
        """Of ``replica-1`` and ``replica-2`` and of the workers of each kind; none for pods, or without C."""
        self.namespace: Namespace | None = None
        """Through which the orchestrators reach the store; none where the machine does not allow it."""
        self.mix = Mix(folder / "services", self._services, zookeepers=3)
        self._stack = ExitStack()

    def start(self) -> None:
        """Raises RuntimeError when a service cannot be had here."""
        (self.folder / "services").mkdir(parents=True)
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self._stack.callback(self.lines.close)
        if not self.pods and wall_clock.absent() is None:
            self.clocks = Clocks(self.folder)
        self._make_namespace()
        self._stack.callback(self.mix.stop)
        for _ in self.mix.start():
            pass
        self.second_kafka = KafkaServer(self.folder / "services" / "kafka-2", joins=self.kafka)
        self._stack.callback(self.second_kafka.stop)
        self.second_kafka.start()
        self._make_topic()
        self.catalog = Catalog(self.postgres.url, self.mosquitto.endpoint())
        self.catalog.make(things=THINGS, rules=RULES)
        for kind in KINDS:
            self.write_template(kind)
        ports = free_ports(2)
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        key = secrets.token_hex(32)
        for number, port in enumerate(ports, 1):
            config = self.folder / f"config-{number}.yaml"
            own = {"access": {"mode": "open"}, "worker": {"urls": urls, "key": key}}
            write(merged([self._settings(), own]), config)
            environment = self._clock(f"replica-{number}")
            self.replicas.append(Replica(self.folder / f"replica-{number}", config, port, environment))
        # What the last of them leaves behind goes on without it.
        self._stack.callback(self._end_replicas)
        for replica in self.replicas:
            replica.start()
            replica.wait_ready()

    def stop(self) -> None:
        self._stack.close()

    # --- parts ---

    @property
    def zookeeper(self) -> Any:
        return self.mix.running["zookeeper"].service

    @property
    def kafka(self) -> Any:
        return self.mix.running["kafka"].service

    @property
    def mosquitto(self) -> Any:
        return self.mix.running["mosquitto"].service

    @property
    def postgres(self) -> Any:
        return self.mix.running["postgres"].service

    @property
    def store_folders(self) -> list[Path]:
        """The data of each member of the ensemble."""
        return [self.folder / "services" / "zookeeper" / str(n) / "data" for n in (1, 2, 3)]

    def links(self, replica: Replica) -> list[Line]:
        """Of this replica to the store."""
        return self.stores[self.replicas.index(replica)]

    def write_template(self, kind: str, *before: str, **environment: str) -> None:
        """The pod template; ``before``: shell that runs before the worker does."""
        told = {**self._clock(kind), **environment}
        program = ["python", "-m", "shardwright_worker.reference"]
        if self._is_seed(kind):
            program = ["python", "-W", "ignore", str(SEED_WORKER)]
            told |= {
                "SEED_ZOOKEEPER": self.mix.running["zookeeper"].address,
                "SEED_KIND": kind,
                "SEED_KAFKA": self._bootstrap,
                "SEED_TOPIC": TOPIC,
                "SEED_INTERVAL": f"{HEALTH['interval']:g}",
            }
        words = ["sh", "-c", "; ".join([*before, 'exec "$@"']), "worker", *program] if before else program
        ledger = self.ledger if self.pods else None
        text = worker_pod_template(
            NAMES[kind], ledger=ledger, environment=told, grace_s=5, command=tuple(words)
        )
        self.templates[kind].write_text(text)

    # --- inside ---

    @property
    def _bootstrap(self) -> str:
        return f"{self.kafka.bootstrap},{self.second_kafka.bootstrap}"

    def _clock(self, whose: str) -> Mapping[str, str]:
        return {} if self.clocks is None else self.clocks.of(whose).environment

    def _make_namespace(self) -> None:
        if absent() is None:
            made = Namespace()
            self._stack.callback(made.stop)
            with suppress(RuntimeError):
                made.start()
                self.namespace = made

    def _make_topic(self) -> None:
        admin = KafkaAdminClient(bootstrap_servers=self.kafka.bootstrap)
        try:
            where = {0: [1], 1: [2], 2: [1]}
            admin.create_topics([NewTopic(TOPIC, replica_assignments=where)])
        finally:
            admin.close()

    def _settings(self) -> dict[str, Any]:
        """Of one more replica, whose links are its own."""
        stores = [
            self.lines.open(
                one.address, framed=True, where=None if self.namespace is None else self.namespace.listen()
            )
            for one in self.zookeeper.servers
        ]
        broker = self.lines.open(f"{self.mosquitto.host}:{self.mosquitto.port}")
        database = self.lines.open(f"127.0.0.1:{self.postgres.port}")
        self.stores.append(stores)
        self.brokers.append(broker)
        self.databases.append(database)
        url = self.postgres.url.replace(f":{self.postgres.port}/", f":{database.port}/")
        parts: list[dict[str, Any]] = [dict(self.mix.running[name].settings) for name in self._services]
        kinds: dict[str, dict[str, Any]] = {"Thing": {"init_instances": 4}, "Rule": {"init_instances": 3}}
        if self._is_seed("Rule"):
            kinds["Rule"] |= {"protocol": "seed", "release_wait": 1.5}
        ours = {
            # The way through the namespace is none of the loopback.
            "allow_unprotected_links": True,
            "store": {
                "zookeeper": {"hosts": ",".join(one.address for one in stores), "session_timeout": SESSION_S}
            },
            "mqtt": {"port": broker.port},
            "catalog": {"url": url},
            "journal": {"url": url},
            "kafka": {"bootstrap": self._bootstrap.split(","), "topic": TOPIC, "canary_interval": 0.5},
            "runtime": {"stop_grace": 3.0, "allow_privileged": True},
            "worker": {"away_limit": 240.0, "ledger": True},
            "resync": {"interval": RESYNC_S},
            "kinds": {
                kind: {**more, "health": HEALTH, "max_instances": 100, "template": str(self.templates[kind])}
                for kind, more in kinds.items()
            },
        }
        return merged([*parts, ours])

    def _is_seed(self, kind: str) -> bool:
        return kind == "Rule" and not self.pods

    def _end_replicas(self) -> None:
        for replica in self.replicas:
            replica.program.resume()
            replica.program.kill()
        for pid in inside(self.folder / "services" / "instances"):
            end(pid)

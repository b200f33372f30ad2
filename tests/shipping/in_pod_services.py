"""What an orchestrator in a pod leans on: the real services of this machine, led to its pods."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from heartbeat.kafka_options import KafkaOptions
from heartbeat.kafka_topic import create_topic
from orchestrator.demo import database
from tests.services.certificates import Authority
from tests.services.kafka_server import Account, KafkaServer
from tests.services.kubernetes_bridge import Bridge
from tests.services.kubernetes_names import pods_of_services
from tests.services.kubernetes_node import Cluster
from tests.services.kubernetes_orchestrator import packages, write_server_image
from tests.services.kubernetes_server import SERVICE
from tests.services.mosquitto_server import Mosquitto
from tests.services.postgres_server import Postgres
from tests.services.waiting import free_ports
from tests.services.zookeeper_server import ZookeeperServer

IMAGES = "SHARDWRIGHT_TEST_IMAGES"
"""A folder with server.tar and worker.tar, as ``docker save`` writes what ``deploy/image`` builds."""

TOPIC = "HeartBeat"
ACCOUNT = Account("shardwright", "a-password-of-kafka")
API = 443


def given() -> list[Path]:
    """The images of the product that were built elsewhere; none: those of the tests do."""
    folder = os.environ.get(IMAGES)
    return [Path(folder, name) for name in ("server.tar", "worker.tar")] if folder else []


class Services:
    """A cluster of one node, ZooKeeper, Kafka, Mosquitto and PostgreSQL. ``start`` raises RuntimeError.

    Each is led to pods by its port with TLS alone; all certificates are of ``authority``.
    ``folder``: one that any user may enter.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bridge = Bridge()
        self.authority = Authority(folder / "authority")
        self.cluster = Cluster(
            folder / "cluster", dns=self.bridge.address, more=None if given() else packages()
        )
        pair = self.authority.vouch("services", f"IP:{self.bridge.address},IP:127.0.0.1")
        self.zookeeper_port = free_ports(1)[0]
        self.zookeeper = ZookeeperServer(folder / "zookeeper", settings=self._encryption(pair))
        self.kafka = KafkaServer(folder / "kafka", account=ACCOUNT, certificate=pair)
        port = self.kafka.secured.rpartition(":")[2]
        self.kafka.advertised_secured = f"{self.bridge.address}:{port}"
        self.mosquitto = Mosquitto(
            folder / "mosquitto",
            certificates=(self.authority.ca, pair),
            settings={"max_queued_messages": "0"},
        )
        self.postgres = Postgres(folder / "postgres", certificate=pair)
        self._stack = ExitStack()

    def start(self) -> None:
        self._up(self.bridge)
        kafka = int(self.kafka.secured.rpartition(":")[2])
        for port in (self.zookeeper_port, kafka, self.mosquitto.tls_port, self.postgres.port):
            self.bridge.lead(port)
        with ThreadPoolExecutor() as beside:
            started = [
                beside.submit(self._up, service)
                for service in (self.cluster, self.kafka, self.zookeeper, self.postgres, self.mosquitto)
            ]
        for one in started:
            one.result()
        api = int(self.cluster.api.url.rpartition(":")[2])
        self.bridge.lead(api, address=SERVICE, entrance=API)
        self.bridge.name(pods_of_services(self.cluster.api.operator))
        create_topic(KafkaOptions(bootstrap=(self.kafka.bootstrap,), topic=TOPIC))
        database.prepare(self.postgres.url)
        for image in given() or [self._lean_image()]:
            self.cluster.node.containerd.load(image)

    def stop(self) -> None:
        """End it all. May be repeated."""
        self._stack.close()

    def _lean_image(self) -> Path:
        """The server's, whose programs the node lends; the worker's is there."""
        path = self.folder / "server.tar"
        write_server_image(path)
        return path

    def _encryption(self, pair: Path) -> dict[str, str]:
        return {
            "secureClientPort": str(self.zookeeper_port),
            "secureClientPortAddress": "127.0.0.1",
            "serverCnxnFactory": "org.apache.zookeeper.server.NettyServerCnxnFactory",
            "ssl.keyStore.location": str(pair),
            "ssl.trustStore.location": str(self.authority.ca),
        }

    def _up(self, service: Any) -> None:
        # Before it has started: what came up half-way is ended too.
        self._stack.callback(service.stop)
        service.start()

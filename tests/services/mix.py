"""Any mix of the real services, and what the product's configuration says of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import make_url

from heartbeat.kafka_options import KafkaOptions
from heartbeat.kafka_topic import create_topic
from tests.services.kafka_server import KafkaServer
from tests.services.kubernetes_node import Cluster
from tests.services.kubernetes_worker import worker_pod_template
from tests.services.mosquitto_server import Mosquitto
from tests.services.mysql_server import Mysql
from tests.services.postgres_server import Postgres
from tests.services.zookeeper_server import ZookeeperEnsemble, ZookeeperServer

KINDS = {"Thing": "iota-dac", "Rule": "iota-rules-engine"}
SESSION_S = 6.0
TOPIC = "HeartBeat"
NAMESPACE = "shardwright"

Section = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Running:
    """A service that runs: what a person may want to know of it, and its share of the configuration."""

    name: str
    service: Any
    address: str
    settings: Section


class Mix:
    """``start`` brings the services up one by one; ``stop`` ends them in the opposite order."""

    def __init__(self, folder: Path, names: tuple[str, ...], *, zookeepers: int = 1) -> None:
        self.running: dict[str, Running] = {}
        self._folder = folder
        self._names = names
        self._zookeepers = zookeepers
        self._stack = ExitStack()
        self._starts: dict[str, Callable[[Path], Running]] = {
            "zookeeper": self._zookeeper,
            "kafka": self._kafka,
            "mosquitto": self._mosquitto,
            "postgres": self._postgres,
            "mysql": self._mysql,
            "kubernetes": self._kubernetes,
        }

    def start(self) -> Iterator[Running]:
        """Raises RuntimeError when a service cannot be had here."""
        for name in self._starts:
            if name in self._names:
                folder = self._folder / name
                folder.mkdir(parents=True)
                self.running[name] = self._starts[name](folder)
                yield self.running[name]

    def stop(self) -> None:
        self._stack.close()

    def _up(self, service: Any) -> Any:
        # Before it has started: what came up half-way is ended too.
        self._stack.callback(service.stop)
        service.start()
        return service

    def _zookeeper(self, folder: Path) -> Running:
        service = self._up(ZookeeperServer(folder) if self._zookeepers == 1 else ZookeeperEnsemble(folder))
        at = {"hosts": service.address, "session_timeout": SESSION_S}
        settings = {
            "store": {"engine": "zookeeper", "zookeeper": at},
            "runtime": {"directory": str(self._folder)},
        }
        return Running("zookeeper", service, service.address, settings)

    def _kafka(self, folder: Path) -> Running:
        service = self._up(KafkaServer(folder))
        create_topic(KafkaOptions(bootstrap=(service.bootstrap,), topic=TOPIC))
        kinds = {kind: {"channel": "kafka"} for kind in KINDS}
        at = {"bootstrap": [service.bootstrap], "topic": TOPIC}
        return Running("kafka", service, service.bootstrap, {"kafka": at, "kinds": kinds})

    def _mosquitto(self, folder: Path) -> Running:
        # As many as come are kept: by default the broker drops all after the first thousand.
        service = self._up(Mosquitto(folder, settings={"max_queued_messages": "0"}))
        at = {
            "embedded": False,
            "host": service.host,
            "port": service.port,
            "username": service.username,
            "password": service.password,
        }
        return Running("mosquitto", service, f"mqtt://{service.host}:{service.port}", {"mqtt": at})

    def _postgres(self, folder: Path) -> Running:
        service = self._up(Postgres(folder))
        return Running("postgres", service, _shown(service.url), _database(service.url))

    def _mysql(self, folder: Path) -> Running:
        service = self._up(Mysql(folder))
        return Running("mysql", service, _shown(service.url), _database(service.url))

    def _kubernetes(self, folder: Path) -> Running:
        service = self._up(Cluster(folder))
        kubeconfig = service.api.kubeconfig("admin")
        namespace = service.api.namespace(NAMESPACE)
        ledger = self._folder / "ledger"
        ledger.mkdir()
        # The user of the pods is nobody of this machine.
        ledger.chmod(0o777)
        kinds = {}
        for kind, name in KINDS.items():
            template = folder / f"{name}.yml"
            template.write_text(worker_pod_template(name, ledger=ledger, grace_s=5))
            kinds[kind] = {"template": str(template)}
        at = {"kubeconfig": str(kubeconfig), "namespace": namespace}
        return Running(
            "kubernetes",
            service,
            str(kubeconfig),
            {
                # The worker is the machine's own Python, mounted into an empty image.
                "runtime": {"engine": "kubernetes", "kubernetes": at, "allow_privileged": True},
                "kinds": kinds,
            },
        )


def _shown(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)


def _database(url: str) -> Section:
    return {"catalog": {"url": url}, "journal": {"url": url}}


def merged(parts: Sequence[Section]) -> dict[str, Any]:
    """One configuration of several: sections are joined, of two values the later one counts."""
    whole: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            known = whole.get(key)
            both = isinstance(known, dict) and isinstance(value, Mapping)
            whole[key] = merged([known, value]) if both else value
    return whole


def write(settings: Section, path: Path) -> None:
    """Write a configuration, for the eyes of this user only."""
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(dict(settings), sort_keys=False))

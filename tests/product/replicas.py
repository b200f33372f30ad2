"""Two orchestrators of one installation: an ensemble of three, one catalog, one broker, one machine."""

from __future__ import annotations

import json
import secrets
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from notify.broker import EmbeddedBroker
from notify.endpoint import Endpoint
from orchestrator.demo import DemoTarget
from orchestrator.demo.database import application, prepare
from orchestrator.demo.models import Thing
from tests.product.processes import runs, until
from tests.product.product import Product
from tests.services import zookeeper
from tests.services.waiting import free_ports

SESSION_S = 4.0


class Replica(Product):
    """One of them. ``catalog`` and ``broker``: those of the installation."""

    def __init__(self, folder: Path, environment: dict[str, str], catalog: Path, endpoint: Endpoint) -> None:
        super().__init__(folder, environment)
        self._catalog, self._endpoint = catalog, endpoint

    @property
    def catalog(self) -> Path:
        return self._catalog

    def endpoint(self) -> Endpoint:
        return self._endpoint

    def demo_target(self) -> DemoTarget:
        return DemoTarget(catalog_url=f"sqlite:///{self.catalog}", endpoint=self.endpoint())

    def place(self) -> dict[str, Any]:
        """Where this very server stands, whoever leads."""
        found: dict[str, Any] = self.get("/readyz?verbose").json["standing"]
        return found

    def leads(self) -> bool:
        try:
            return bool(self.place()["leads"])
        except OSError:
            return False

    def decides(self) -> bool:
        """Whether it leads and would carry out what is asked of it."""
        return self.leads() and self.post("/v1/api/orchestrations/Rule/orchestrate?dryRun=true").status == 200

    def add_thing(self) -> str:
        """A row that its application announces."""
        name = f"new-{secrets.token_hex(4)}"
        with application(self.demo_target()) as running, running.sessions.begin() as session:
            session.add(Thing(id=name))
        return name

    def freeze(self) -> None:
        assert self.server is not None
        self.server.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.server is not None
        self.server.send_signal(signal.SIGCONT)

    def terminate(self) -> float:
        """Stop it as a supervisor does; the seconds until it was gone."""
        assert self.server is not None
        began = time.monotonic()
        self.server.terminate()
        assert self.server.wait(20.0) == 0, self.said()
        return time.monotonic() - began


class Pair:
    """``first`` leads once ``settle`` has returned."""

    def __init__(self, first: Replica, second: Replica) -> None:
        self.first, self.second = first, second

    @property
    def both(self) -> tuple[Replica, Replica]:
        return self.first, self.second

    def start(self) -> None:
        """The first leads, the second follows, all is served."""
        self.first.start()
        until(self.first.decides, 60.0, what="the first leads")
        self.second.start()
        until(lambda: self.second.place()["leader"], 20.0, what="the second knows the first")
        self.first.settle()

    def until_served_once(self, within: float = 30.0) -> None:
        """All is served by one process each, by the ledgers, which say also whether it ever was otherwise."""
        self.first.assert_served_once(within=within)


@contextmanager
def pair(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[Pair]:
    """Not started yet. Fails when either leaves a traceback. ``environment``: settings of both."""
    ensemble = zookeeper.ensemble(folder / "zookeeper")
    broker = EmbeddedBroker(password=secrets.token_hex(8))
    catalog = folder / "catalog.db"
    prepare(f"sqlite:///{catalog}")
    with ExitStack() as stack:
        stack.callback(ensemble.stop)
        ensemble.start()
        stack.callback(broker.stop)
        broker.start()
        replicas = _replicas(folder, ensemble.address, broker.endpoint(), catalog)
        for one in replicas:
            one.environment |= environment or {}
        stack.callback(_clean_up, replicas)
        yield Pair(*replicas)
    for one in replicas:
        assert "Traceback" not in one.said(), one.said()[-4000:]


def _replicas(folder: Path, hosts: str, endpoint: Endpoint, catalog: Path) -> tuple[Replica, Replica]:
    ports = free_ports(2)
    assert endpoint.password is not None and endpoint.username is not None
    common = {
        "SHARDWRIGHT_STORE__ENGINE": "zookeeper",
        "SHARDWRIGHT_STORE__ZOOKEEPER__HOSTS": hosts,
        "SHARDWRIGHT_STORE__ZOOKEEPER__SESSION_TIMEOUT": f"{SESSION_S:g}",
        "SHARDWRIGHT_CATALOG__URL": f"sqlite:///{catalog}",
        "SHARDWRIGHT_MQTT__EMBEDDED": "false",
        "SHARDWRIGHT_MQTT__HOST": endpoint.host,
        "SHARDWRIGHT_MQTT__PORT": str(endpoint.port),
        "SHARDWRIGHT_MQTT__USERNAME": endpoint.username,
        "SHARDWRIGHT_MQTT__PASSWORD": endpoint.password,
        "SHARDWRIGHT_WORKER__KEY": secrets.token_hex(32),
        "SHARDWRIGHT_WORKER__URLS": json.dumps([f"http://127.0.0.1:{port}" for port in ports]),
        "SHARDWRIGHT_KINDS__THING__INIT_INSTANCES": "3",
        "SHARDWRIGHT_KINDS__RULE__INIT_INSTANCES": "3",
    }
    replicas = []
    for name, port in zip(("first", "second"), ports, strict=True):
        (folder / name).mkdir()
        environment = {**common, "SHARDWRIGHT_API__PORT": str(port)}
        replicas.append(Replica(folder / name, environment, catalog, endpoint))
    first, second = replicas
    _share_processes(first, second)
    return first, second


def _clean_up(replicas: tuple[Replica, Replica]) -> None:
    """End the servers before the instances, which go on without them, and which any of them would replace."""
    for one in replicas:
        if one.server is not None and one.server.poll() is None:
            one.kill_server()
    for one in replicas:
        one.clean_up()


def _share_processes(first: Replica, second: Replica) -> None:
    """Whoever leads must see every process of this machine that belongs to the installation."""
    for one in (first, second):
        one.environment["SHARDWRIGHT_RUNTIME__DIRECTORY"] = str(first.data)
    for one in (first.data / "ledger", second.data):
        one.mkdir(parents=True)
    (second.data / "ledger").symlink_to(first.data / "ledger")


def alive(pids: dict[tuple[str, int], int]) -> bool:
    return all(runs(pid) for pid in pids.values())

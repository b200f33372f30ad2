"""Kafka as a native program: one node that is broker and controller, or a broker that joins it."""

from __future__ import annotations

import base64
import shutil
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.services.java import SMALL
from tests.services.kafka_install import install
from tests.services.program import Program
from tests.services.waiting import accepts, free_ports

HEAP = "-Xmx256m"
LOGGING = """\
rootLogger.level=warn
rootLogger.appenderRef.output.ref=output
appender.output.type=Console
appender.output.name=output
appender.output.layout.type=PatternLayout
appender.output.layout.pattern=%d{ISO8601} %p %c{1} %m%n
"""


@dataclass(frozen=True, slots=True)
class Account:
    """Who may sign in at the listener ``secured``, by SCRAM-SHA-512 or PLAIN."""

    name: str
    password: str


class KafkaServer:
    """One node with its data in ``folder``. ``start`` returns when it serves.

    ``bootstrap``: the address of the listener that admits anybody. ``secured``: that of the one that asks
    for the ``account``, encrypted where a ``certificate`` (key and certificate in one PEM) is given, and
    then asking for a certificate vouched for by ``clients`` where that is given; empty without either.
    ``joins``: the node whose cluster this one is to be a broker of. Topics are not made by being named.
    """

    def __init__(
        self,
        folder: Path,
        *,
        joins: KafkaServer | None = None,
        account: Account | None = None,
        certificate: Path | None = None,
        clients: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        plain, secured, control = free_ports(3)
        self.bootstrap = f"127.0.0.1:{plain}"
        self.secured = f"127.0.0.1:{secured}" if account or certificate else ""
        self.advertised = self.bootstrap
        """Where clients are sent after their first question; another address puts a proxy in between."""
        self.advertised_secured = self.secured
        """The same of the listener ``secured``."""
        self.number = 1 if joins is None else joins.number + 1
        self.cluster = _new_id() if joins is None else joins.cluster
        self.controller = f"127.0.0.1:{control}" if joins is None else joins.controller
        self._is_controller = joins is None
        self._account = account
        self._certificate = certificate
        self._clients = clients
        self._settings = settings or {}
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._data = folder / "data"
        self._config = folder / "server.properties"
        self._program: Program | None = None

    @property
    def port(self) -> int:
        return int(self.bootstrap.rpartition(":")[2])

    def start(self, *, wait: bool = True) -> None:
        """Raises RuntimeError when it cannot be had here or does not come up."""
        if self._program is None:
            self._program = self._prepare(install())
        self._program.start()
        if wait:
            self.wait_ready()

    def wait_ready(self, within: float = 60) -> float:
        """Wait until it serves. Returns the seconds it took; raises RuntimeError with what it said."""
        assert self._program is not None
        return self._program.wait_ready(lambda: accepts(self.port), within, "Kafka serves")

    def pause(self) -> None:
        assert self._program is not None
        self._program.pause()

    def resume(self) -> None:
        assert self._program is not None
        self._program.resume()

    def kill(self) -> None:
        if self._program is not None:
            self._program.kill()

    def restart(self, *, wipe: bool = False, wait: bool = True) -> None:
        """Kill it and start it again on the same ports, with its data or without."""
        self.kill()
        if wipe:
            shutil.rmtree(self._data)
            self._program = None
        self.start(wait=wait)

    def stop(self) -> None:
        # An orderly end takes seconds, and nobody needs what it saves.
        if self._program is not None:
            self._program.stop(within=0.5)

    def _prepare(self, jars: Path) -> Program:
        logging = self._folder / "log4j2.properties"
        logging.write_text(LOGGING)
        lines = {**self._properties(), **self._settings}
        self._config.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
        java = ["java", *SMALL, HEAP, f"-Dlog4j2.configurationFile={logging}", "-cp", f"{jars}/*"]
        if not self._data.exists():
            self._format(java)
        return Program([*java, "kafka.Kafka", str(self._config)], self._folder)

    def _format(self, java: list[str]) -> None:
        argv = [
            *java,
            "kafka.tools.StorageTool",
            "format",
            f"--cluster-id={self.cluster}",
            "-c",
            str(self._config),
        ]
        if self._account is not None:
            signs = f"name={self._account.name},password={self._account.password}"
            argv += ["--add-scram", f"SCRAM-SHA-512=[{signs}]"]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"Kafka's storage was not formatted: {done.stdout}{done.stderr}")

    def _properties(self) -> dict[str, str]:
        listeners = {"PLAINTEXT": self.bootstrap}
        protocols = {"PLAINTEXT": "PLAINTEXT", "CONTROLLER": "PLAINTEXT"}
        advertised = {"PLAINTEXT": self.advertised}
        if self.secured:
            listeners["SECURED"], advertised["SECURED"] = self.secured, self.advertised_secured
            kind = "SASL_" if self._account else ""
            protocols["SECURED"] = kind + ("SSL" if self._certificate else "PLAINTEXT")
        if self._is_controller:
            listeners["CONTROLLER"] = self.controller
        return {
            "process.roles": "broker,controller" if self._is_controller else "broker",
            "node.id": str(self.number),
            "controller.quorum.voters": f"1@{self.controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": ",".join(f"{name}://{at}" for name, at in listeners.items()),
            "advertised.listeners": ",".join(f"{name}://{at}" for name, at in advertised.items()),
            "listener.security.protocol.map": ",".join(f"{name}:{is_}" for name, is_ in protocols.items()),
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": str(self._data),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            **self._sign_in(),
            **self._encryption(),
        }

    def _sign_in(self) -> dict[str, str]:
        if self._account is None:
            return {}
        at, module = "listener.name.secured", "org.apache.kafka.common.security"
        account = f'user_{self._account.name}="{self._account.password}"'
        return {
            "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
            f"{at}.sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
            f"{at}.scram-sha-512.sasl.jaas.config": f"{module}.scram.ScramLoginModule required;",
            f"{at}.plain.sasl.jaas.config": f"{module}.plain.PlainLoginModule required {account};",
        }

    def _encryption(self) -> dict[str, str]:
        if self._certificate is None:
            return {}
        asks = {} if self._clients is None else {
            "ssl.client.auth": "required",
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self._clients),
        }  # fmt: skip
        return {"ssl.keystore.type": "PEM", "ssl.keystore.location": str(self._certificate), **asks}


def _new_id() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")

"""Real services that ask for passwords, and a server that is given them; each password can be found again."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from sqlalchemy import make_url

from heartbeat.kafka_options import KafkaOptions
from heartbeat.kafka_topic import create_topic
from orchestrator.demo import database
from tests.product.product import Product
from tests.services import kafka_install, mosquitto_server, postgres_server, zookeeper
from tests.services.kafka_server import Account, KafkaServer
from tests.services.mix import write
from tests.services.mosquitto_server import Mosquitto
from tests.services.postgres import execute
from tests.services.postgres_server import Postgres
from tests.services.require import missing
from tests.services.zookeeper_server import ZookeeperServer

ACCOUNT = "shardwright"
SECRETS = {
    "mosquitto": "Zq1-mosquitto-p@ss w/rd%41",
    "zookeeper": "Zq2-zookeeper-p@ss w/rd%41",
    "kafka": "Zq3-kafka-pass-word",
    "postgres": "Zq4-postgres-p@ss:w/rd%41",
    "worker": "5a7135" * 11,
}
"""Each is found nowhere but where somebody gave it away."""


def traces(secrets: dict[str, str]) -> dict[str, tuple[bytes, ...]]:
    """What to look for: the secret as it is, quoted as in an address, packed as in a header."""
    found = {}
    for name, secret in secrets.items():
        packed = [base64.b64encode(text.encode()) for text in (secret, f"{ACCOUNT}:{secret}")]
        # The end of a packed text depends on what follows it.
        plain = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), secret.partition(" ")[0]}
        found[name] = (*(one.encode() for one in plain), *(one.rstrip(b"=")[:-1] for one in packed))
    return found


@dataclass
class Stack:
    folder: Path
    zookeeper: ZookeeperServer
    kafka: KafkaServer
    mosquitto: Mosquitto
    postgres: Postgres

    def settings(self, secrets: dict[str, str]) -> dict[str, Any]:
        """The configuration with these secrets, right or wrong ones."""
        url = make_url(self.postgres.url).set(password=secrets["postgres"])
        address = url.render_as_string(hide_password=False)
        return {
            "data_dir": str(self.folder / "product" / "data"),
            "allow_unprotected_links": True,
            "log": {"level": "debug"},
            "runtime": {"directory": str(self.folder / "product" / "data")},
            "store": {
                "engine": "zookeeper",
                "zookeeper": {
                    "hosts": self.zookeeper.address,
                    "session_timeout": 4.0,
                    "mechanism": "digest",
                    "username": ACCOUNT,
                    "password": secrets["zookeeper"],
                },
            },
            "kafka": {
                "bootstrap": [self.kafka.secured],
                "security": "sasl_plaintext",
                "username": ACCOUNT,
                "password": secrets["kafka"],
            },
            "mqtt": {
                "embedded": False,
                "host": self.mosquitto.host,
                "port": self.mosquitto.port,
                "username": self.mosquitto.username,
                "password": secrets["mosquitto"],
            },
            "catalog": {"url": address},
            "journal": {"url": address},
            "worker": {"key": secrets["worker"]},
            # The server signs in at Kafka for Rule, whose workers are given no account and so are not heard.
            "kinds": {"Thing": _kind("iota-dac", "http"), "Rule": _kind("iota-rules-engine", "kafka")},
        }

    def product(self, secrets: dict[str, str]) -> Product:
        """Not started yet."""
        config = self.folder / "config.yaml"
        write(self.settings(secrets), config)
        (self.folder / "product").mkdir(exist_ok=True)
        product = Product(self.folder / "product", {"SHARDWRIGHT_CONFIG": str(config)})
        del product.environment["SHARDWRIGHT_MQTT__PORT"], product.environment["SHARDWRIGHT_DATA_DIR"]
        return product


@contextmanager
def stack() -> Iterator[Stack]:
    """All of it started; skips the test where one cannot be had."""
    zookeeper.require_program()
    for name, reason in (
        ("Kafka", kafka_install.absent()),
        ("Mosquitto", mosquitto_server.absent()),
        ("PostgreSQL", postgres_server.absent()),
    ):
        if reason is not None:
            missing(name, reason)
    # PostgreSQL runs as another user, who may not enter the folders that pytest makes.
    folder = Path("/var/tmp") / f"shardwright-secrets-{os.getpid()}"
    with ExitStack() as closing:
        folder.mkdir()
        closing.callback(shutil.rmtree, folder, ignore_errors=True)
        keeper, postgres = ZookeeperServer(folder / "zookeeper"), Postgres(folder / "postgres")
        mosquitto = Mosquitto(folder / "mosquitto")
        mosquitto.password = SECRETS["mosquitto"]
        kafka = KafkaServer(folder / "kafka", account=Account(ACCOUNT, SECRETS["kafka"]))
        for service in (keeper, kafka, mosquitto, postgres):
            closing.callback(service.stop)
            service.start()
        create_topic(KafkaOptions(bootstrap=(kafka.bootstrap,), topic="HeartBeat"))
        execute(postgres.url, f"ALTER USER {ACCOUNT} PASSWORD '{SECRETS['postgres']}'")
        given = make_url(postgres.url).set(password=SECRETS["postgres"])
        postgres.url = given.render_as_string(hide_password=False)
        database.prepare(postgres.url)
        yield Stack(folder, keeper, kafka, mosquitto, postgres)


def _kind(name: str, channel: str) -> dict[str, Any]:
    return {
        "instance_name": name,
        "template": f"templates/{name}/pod-template.yml",
        "init_instances": 3,
        "channel": channel,
    }

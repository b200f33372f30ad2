"""What is given to the chart for a test: values, and the secrets that it refers to."""

from __future__ import annotations

from typing import Any

import yaml
from sqlalchemy import make_url

from tests.services.helm import Object
from tests.shipping.chart import CHART, NAMESPACE, WORKERS
from tests.shipping.in_pod_services import ACCOUNT, TOPIC, Services
from tests.shipping.in_pod_templates import with_ledger

NAME = "shardwright"
REPLICAS = 2
INSTANCES = {"Thing": 7, "Rule": 3}
SESSION_S = 6.0
PATIENT = {"deadline": 90, "startup_grace": 90}
"""No worker is replaced because a machine that is busy with other things held up its beats."""

PORT = 8080
PASSWORD, WORKER_KEY = "a-password-of-the-tests", "a-key-of-the-tests-that-is-long-enough"
SECRETS = "/run/secrets/shardwright"
CA = "/etc/shardwright/tls/ca.pem"
"""Where the chart puts the secrets that it is given, and whom to trust."""

KAFKA = "kafka"


def values(services: Services) -> Object:
    defaults = yaml.safe_load((CHART / "values.yaml").read_text())
    shipped = defaults["podTemplates"]["iota-dac.yml"]
    return {
        "replicas": REPLICAS,
        # There is one node, and nothing to fetch an image from.
        "antiAffinity": "preferred",
        "image": {"pullPolicy": "Never"},
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
        "trust": {"certificates": services.authority.ca.read_text()},
        "config": _config(services),
        "podTemplates": {
            "iota-dac.yml": with_ledger(shipped, "iota-dac"),
            "iota-rules-engine.yml": with_ledger(shipped, "iota-rules-engine", _beats(services)),
        },
    }


def _config(services: Services) -> Object:
    """On top of what the chart says."""
    at = services.bridge.address
    url = make_url(services.postgres.url)._replace(host=at, password=None)
    proven = url.update_query_dict({"sslmode": "verify-full", "sslrootcert": CA})
    database = proven.render_as_string(hide_password=False)
    broker = services.mosquitto
    client = {"ca": CA, "certificate": f"{SECRETS}/client.pem", "key": f"{SECRETS}/client.key"}
    return {
        "access": {"url": database},
        "catalog": {"url": database},
        "journal": {"url": database},
        "store": {
            "zookeeper": {"hosts": f"{at}:{services.zookeeper_port}", "session_timeout": SESSION_S},
        },
        "kafka": {
            "bootstrap": [services.kafka.advertised_secured],
            "topic": TOPIC,
            "security": "sasl_ssl",
            "username": ACCOUNT.name,
            "password_file": f"{SECRETS}/kafka-password",
            "tls": {"ca": CA},
        },
        "mqtt": {"host": at, "port": broker.tls_port, "username": broker.username, "tls": client},
        "runtime": {"stop_grace": 5},
        "worker": {"away_limit": 600},
        "kinds": {
            "Thing": {"init_instances": INSTANCES["Thing"], "health": PATIENT},
            "Rule": {
                "table": "Rule",
                "instance_name": "iota-rules-engine",
                "template": "/etc/shardwright/templates/iota-rules-engine.yml",
                "channel": "kafka",
                "init_instances": INSTANCES["Rule"],
                "health": PATIENT,
            },
        },
    }


def _beats(services: Services) -> list[Object]:
    """The environment of a worker that beats on Kafka."""
    said = {
        "BOOTSTRAP": services.kafka.advertised_secured,
        "TOPIC": TOPIC,
        "SECURITY": "sasl_ssl",
        "USERNAME": ACCOUNT.name,
        "CA": CA,
    }
    password = {"secretKeyRef": {"name": KAFKA, "key": "password"}}
    return [
        *({"name": f"SHARDWRIGHT_KAFKA_{key}", "value": value} for key, value in said.items()),
        {"name": "SHARDWRIGHT_KAFKA_PASSWORD", "valueFrom": password},
    ]


def account_of_workers() -> Object:
    """The secret that the templates of kinds on Kafka refer to."""
    return plain("Secret", KAFKA, {"namespace": WORKERS}, stringData={"password": ACCOUNT.password})


def secrets(services: Services) -> list[Object]:
    names = f"DNS:*.{NAME}-replicas.{NAMESPACE}.svc.cluster.local,DNS:{NAME}.{NAMESPACE}.svc"
    authority = services.authority
    client = authority.vouch("client", "DNS:shardwright")
    pair = authority.vouch("server", names)
    certificate = {
        "tls.crt": pair.with_suffix(".crt").read_text(),
        "tls.key": pair.with_suffix(".key").read_text(),
    }
    passwords = {
        "admin-password": PASSWORD,
        "worker-key": WORKER_KEY,
        "zookeeper-password": "a-password-of-zookeeper",
        "kafka-password": ACCOUNT.password,
        "client.pem": client.with_suffix(".crt").read_text(),
        "client.key": client.with_suffix(".key").read_text(),
        "mqtt-password": services.mosquitto.password,
        "postgres-password": str(make_url(services.postgres.url).password),
    }
    return [
        plain("Secret", NAME, stringData=passwords),
        plain("Secret", f"{NAME}-tls", type="kubernetes.io/tls", stringData=certificate),
    ]


def plain(kind: str, name: str, metadata: Object | None = None, **more: Any) -> Object:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, **(metadata or {})}, **more}

"""What the services of compose.yaml need beside their images: ``secrets``, ``catalog``, ``room``."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import signal
import sys
from pathlib import Path

SERVER = 10001
"""As whom the server's image runs."""

ITERATIONS = 101
"""Of Mosquitto's own passwords; this one is drawn by lot, so that nobody can guess it anyhow."""


def make_secrets(root: Path = Path("/")) -> None:
    """Write what is not there yet. The volumes are those of ``secrets`` in compose.yaml."""
    server, database, broker = root / "secrets", root / "database", root / "broker"
    for folder in (server, root / "instances"):
        os.chown(folder, SERVER, SERVER)
        folder.chmod(0o700)
    for name in ("admin-password", "zookeeper-password", "worker-key"):
        _once(server / name, secrets.token_urlsafe(32))
    password = _once(database / "password", secrets.token_urlsafe(32), mode=0o444)
    # libpq takes no file that others may read.
    _once(server / "pgpass", f"*:*:*:shardwright:{password}")
    password = _once(broker / "password", secrets.token_urlsafe(32), mode=0o444)
    _once(server / "mqtt-password", password)
    _once(broker / "accounts", f"shardwright:{_hashed(password)}", mode=0o444)


def make_catalog() -> None:
    """Fill the demo's catalog and make the topic, where they are not there."""
    from heartbeat.kafka_options import KafkaOptions
    from heartbeat.kafka_topic import create_topic
    from orchestrator.demo import database
    from orchestrator.settings import load

    settings = load(Path("config.yaml"), os.environ)
    database.prepare(settings.catalog_url)
    create_topic(KafkaOptions(bootstrap=tuple(settings.kafka.bootstrap), topic=settings.kafka.topic))


def keep_room() -> None:
    """Wait for the end, and leave no zombies of those whose parents have ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # The kernel lets process number 1 ignore what it does not handle.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        signal.pause()


def _once(path: Path, text: str, *, mode: int = 0o400) -> str:
    """Write the file unless it is there; returns what it holds."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}")
        new.write_text(text + "\n", encoding="utf-8")
        if mode == 0o400:
            os.chown(new, SERVER, SERVER)
        new.chmod(mode)
        new.replace(path)
    return path.read_text(encoding="utf-8").strip()


def _hashed(password: str) -> str:
    """As ``mosquitto_passwd`` writes it."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return "$".join(("", "7", str(ITERATIONS), *(base64.b64encode(each).decode() for each in (salt, digest))))


if __name__ == "__main__":
    {"secrets": make_secrets, "catalog": make_catalog, "room": keep_room}[sys.argv[1]]()

"""What the configuration says of ZooKeeper, as the store takes it."""

from __future__ import annotations

from orchestrator.settings.store import Zookeeper
from orchestrator.settings.tls import KeyedTls
from orchestrator.store.zookeeper_options import ZookeeperOptions, ZookeeperTls

SASL_MECHANISM = "DIGEST-MD5"


def options_of(settings: Zookeeper) -> ZookeeperOptions:
    """Raises ConfigError when the file of a secret cannot be read, Permanent for what cannot be meant."""
    username, password = settings.username, settings.given_password()
    return ZookeeperOptions(
        hosts=settings.hosts,
        session_timeout_s=settings.session_timeout,
        root=settings.root,
        digest=f"{username}:{password}" if settings.mechanism == "digest" else None,
        sasl={"mechanism": SASL_MECHANISM, "username": username or "", "password": password or ""}
        if settings.mechanism == "sasl"
        else None,
        tls=_tls(settings.tls) if settings.tls is not None else None,
        readers=settings.readers,
    )


def _tls(settings: KeyedTls) -> ZookeeperTls:
    files = dict(settings.files)
    return ZookeeperTls(
        ca=files.get("ca"),
        certificate=files.get("certificate"),
        key=files.get("key"),
        key_password=settings.given_key_password("store.zookeeper.tls"),
        check_hostname=settings.check_hostname,
    )

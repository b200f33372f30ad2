"""What may be meant, but seldom is: settings that go together badly. Nothing here stops a start."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from orchestrator.settings.address import is_any, is_loopback
from orchestrator.settings.model import Settings


def advice(settings: Settings) -> list[str]:
    """A sentence each."""
    return [*_replicas(settings), *_reach(settings), *_accounts(settings), *_seed(settings)]


def _replicas(settings: Settings) -> Iterator[str]:
    if settings.store.engine == "sqlite":
        if settings.runtime.engine == "kubernetes":
            yield (
                "store.engine is sqlite, which one server uses alone: run one replica, with data_dir on a "
                "volume that outlives its pod; several need store.engine zookeeper"
            )
        return
    if settings.worker.key is None and settings.worker.key_file is None:
        yield (
            "worker.key is not given: each server makes one of its own in data_dir, and a new leader with "
            "another refuses all running workers; give every replica the same worker.key_file"
        )
    if not settings.worker.urls and (settings.runtime.engine == "process" or settings.api.url is not None):
        yield (
            "worker.urls is not given: each worker is told the one server that started it, and finds no "
            "other when that is gone; give the addresses of all replicas"
        )
    if settings.mqtt.embedded:
        yield (
            "mqtt.embedded is true with store.engine zookeeper: each replica has a broker of its own, and "
            "only the leader's is listened to; set mqtt.embedded to false where there are several"
        )
    if settings.access.mode == "accounts" and settings.access_url.startswith("sqlite"):
        yield (
            "access.url and journal.url are no PostgreSQL with store.engine zookeeper: each replica on a "
            "machine of its own knows other users, and the leader refuses a follower's; give access.url"
        )
    if settings.api.url is None and is_any(settings.api.host):
        yield (
            f"api.host is {settings.api.host} and api.url is not given: other replicas are told a loopback "
            "address, and cannot pass requests on to the leader; give each its own api.url"
        )


def _reach(settings: Settings) -> Iterator[str]:
    if settings.runtime.engine != "kubernetes":
        return
    addresses = settings.worker.urls or ((settings.api_url,) if settings.api_url else ())
    if all(is_loopback(urlsplit(address).hostname or "") for address in addresses):
        told = ", ".join(addresses) or "none"
        yield (
            f"runtime.engine is kubernetes, and pods would be told to reach the server at {told}, which is "
            "their own loopback; give worker.urls or api.url"
        )


def _accounts(settings: Settings) -> Iterator[str]:
    zookeeper = settings.store.zookeeper
    if settings.store.engine == "zookeeper" and zookeeper.mechanism == "none":
        yield (
            "store.zookeeper.mechanism is none: whoever reaches the ensemble can change who owns what; "
            "set it to digest or sasl"
        )
    for reader in zookeeper.readers if settings.store.engine == "zookeeper" else ():
        if reader.startswith("world:"):
            yield f"store.zookeeper.readers has {reader}: whoever reaches the ensemble can read who owns what"


def _seed(settings: Settings) -> Iterator[str]:
    seed = [name for name, kind in settings.kinds.items() if kind.protocol == "seed"]
    if not seed:
        return
    named, zookeeper = " and ".join(seed), settings.store.zookeeper
    if settings.store.engine == "sqlite":
        yield (
            f"protocol of {named} is seed, whose workers read ZooKeeper, and store.engine is sqlite: they "
            "never learn what they own; set it to zookeeper"
        )
    elif zookeeper.mechanism != "none" and not zookeeper.readers:
        yield (
            f"protocol of {named} is seed, whose workers read ZooKeeper, and store.zookeeper.readers names "
            "nobody: they may not read what our account writes; name theirs"
        )

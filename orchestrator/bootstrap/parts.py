"""Adapters made from the configuration, in the order in which they depend on each other."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from heartbeat.http import HttpHeartbeats
from notify.broker import EmbeddedBroker
from notify.endpoint import Endpoint
from notify.mqtt import MqttNotifications
from notify.password import stored_password
from orchestrator.bootstrap.mqtt import endpoint_of
from orchestrator.bootstrap.runtimes import runtime
from orchestrator.catalog.kind import CatalogKind
from orchestrator.catalog.sqlalchemy import SqlCatalog
from orchestrator.demo import database as demo_database
from orchestrator.engine.setup import KindSetup
from orchestrator.errors import ConfigError, Permanent
from orchestrator.ports import Clock, ErasableStore, Heartbeats, Runtime
from orchestrator.settings import KindSettings, Settings
from orchestrator.store.journal import SqlJournal
from orchestrator.store.sqlite import SqliteStore

__all__ = [
    "broker",
    "catalog",
    "heartbeats",
    "kafka_heartbeats",
    "kind_setup",
    "notifications",
    "opened_journal",
    "opened_store",
    "runtime",
    "unique_name",
]

PROBE_S = 1.0

_drawn = random.Random()
"""Seeded by the system once. Asking it for each name gives the interpreter's lock away in the event loop."""

IN_FLIGHT = 4
"""Transactions of a kind that ZooKeeper is given at once: it carries out those of a session in order."""

CONNECT_S = 5.0
"""How long a start waits for ZooKeeper before it goes on without: it may come later."""


@asynccontextmanager
async def opened_store(settings: Settings) -> AsyncIterator[ErasableStore]:
    store = await _store(settings)
    try:
        yield store
    finally:
        await store.close()


async def _store(settings: Settings) -> ErasableStore:
    protocols = {name: kind.protocol for name, kind in settings.kinds.items()}
    if settings.store.engine == "sqlite":
        return await SqliteStore.open(settings.store_path, protocols)
    try:
        from orchestrator.bootstrap.zookeeper import options_of
        from orchestrator.store.zookeeper import ZookeeperStore
    except ImportError as error:
        raise ConfigError(
            "store.engine is zookeeper, which needs the extra 'zookeeper':"
            " pip install 'shardwright[zookeeper]'"
        ) from error
    return await ZookeeperStore.open(options_of(settings.store.zookeeper), protocols, within=CONNECT_S)


@asynccontextmanager
async def opened_journal(settings: Settings) -> AsyncIterator[SqlJournal]:
    journal = await SqlJournal.open(
        settings.journal_url, max_lines=settings.journal.max_lines, required=False
    )
    try:
        yield journal
    finally:
        await journal.close()


@asynccontextmanager
async def broker(settings: Settings, earlier: int = 0) -> AsyncIterator[Endpoint]:
    """Where notifications are had: our own broker, running for as long as this lasts, or the one named.

    ``earlier``: the port that publishers may still know; taken when any free one will do.
    """
    mqtt = settings.mqtt
    if not mqtt.embedded:
        yield endpoint_of(mqtt)
        return
    password = mqtt.given_password()
    try:
        own = await _started_broker(settings, password, mqtt.port or earlier)
    except Permanent:
        if mqtt.port or not earlier:
            raise
        own = await _started_broker(settings, password, 0)
    try:
        yield own.endpoint(mqtt.topic)
    finally:
        await asyncio.to_thread(own.stop)


async def _started_broker(settings: Settings, password: str | None, port: int) -> EmbeddedBroker:
    own = EmbeddedBroker(
        password=password or stored_password(settings.data_dir),
        username=settings.mqtt.username,
        host=settings.mqtt.host,
        port=port,
        topics=(settings.mqtt.topic,),
    )
    await asyncio.to_thread(own.start)
    return own


@asynccontextmanager
async def notifications(settings: Settings, endpoint: Endpoint) -> AsyncIterator[MqttNotifications]:
    columns = {kind.table: kind.id_column for kind in settings.kinds.values()}
    adapter = MqttNotifications(endpoint, id_column=columns)
    try:
        yield adapter
    finally:
        await adapter.close()


@asynccontextmanager
async def catalog(settings: Settings) -> AsyncIterator[SqlCatalog]:
    if settings.fills_demo_catalog:
        await asyncio.to_thread(demo_database.prepare, settings.catalog_url)
    adapter = SqlCatalog(
        {
            name: CatalogKind(
                url=settings.kind_catalog_url(name),
                table=kind.table,
                id_column=kind.id_column,
                weights=kind.weight_columns,
                labels=kind.label_columns,
                filter=kind.filter,
            )
            for name, kind in settings.kinds.items()
        }
    )
    try:
        yield adapter
    finally:
        await adapter.close()


@asynccontextmanager
async def heartbeats(clock: Clock) -> AsyncIterator[HttpHeartbeats]:
    channel = HttpHeartbeats(clock, interval_s=PROBE_S)
    try:
        yield channel
    finally:
        await channel.close()


@asynccontextmanager
async def kafka_heartbeats(settings: Settings, clock: Clock) -> AsyncIterator[Heartbeats | None]:
    """The channel on Kafka, reading, where a kind's beats decide there; else None."""
    if not any(kind.beats_on_kafka for kind in settings.kinds.values()):
        yield None
        return
    try:
        from heartbeat.kafka import KafkaHeartbeats
        from orchestrator.bootstrap.kafka import options_of as kafka_options
    except ImportError as error:
        raise ConfigError(
            "kafka.bootstrap is given, which needs the extra 'kafka': pip install 'shardwright[kafka]'"
        ) from error
    channel = KafkaHeartbeats(kafka_options(settings.kafka), clock)
    channel.start()
    try:
        yield channel
    finally:
        await channel.close()


def kind_setup(
    name: str,
    kind: KindSettings,
    settings: Settings,
    *,
    catalog: SqlCatalog,
    runtime: Runtime,
    heartbeats: Heartbeats,
) -> KindSetup:
    """Raises ConfigError when the template cannot be read or used."""
    return KindSetup(
        kind=name,
        table=kind.table,
        instance_name=kind.instance_name,
        template=_template(name, kind, allow_privileged=settings.runtime.allow_privileged),
        catalog=catalog,
        runtime=runtime,
        heartbeats=heartbeats,
        policy=kind.policy(),
        health=kind.health_policy(stop_grace=settings.runtime.stop_grace),
        max_instances=kind.max_instances,
        resource_per_instance=kind.resource_per_instance,
        beats_over_http=not kind.beats_on_kafka,
        environment=_where_to_beat(kind, settings),
        resync_interval=settings.resync.interval,
        look_again_after=tuple(settings.resync.after_contradiction),
        settings=recorded_settings(kind),
        plan_expire=settings.plans.expire,
        plans_kept=settings.plans.keep,
        in_flight=IN_FLIGHT if settings.store.engine == "zookeeper" else 1,
    )


def recorded_settings(kind: KindSettings) -> dict[str, Any]:
    """What a recording holds of them; where nothing is reported an earlier version reads it, too."""
    unsaid = {"catalog_url", "filter"} | (set() if kind.reported_weights else {"reported_weights"})
    return kind.model_dump(mode="json", exclude=unsaid)


def _where_to_beat(kind: KindSettings, settings: Settings) -> dict[str, str]:
    if not kind.beats_on_kafka:
        return {}
    from orchestrator.bootstrap.kafka import options_of

    return options_of(settings.kafka).worker_environment(kind.health.interval)


def unique_name(prefix: str) -> str:
    """Another one at each call, on every replica. They are no secret: the journal shows them."""
    return f"{prefix}-{_drawn.getrandbits(32):08x}"


def _template(name: str, kind: KindSettings, *, allow_privileged: bool) -> str:
    from orchestrator.runtime.template import validate

    path = kind.template_file
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"kinds.{name}.template {path} cannot be read: {error}") from error
    faults = validate(text, allow_privileged=allow_privileged)
    if faults:
        raise ConfigError(f"kinds.{name}.template {path} cannot be used: {'; '.join(faults)}")
    return text

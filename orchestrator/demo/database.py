"""The demo's database: opened, filled once, and connected to the broker through the publisher."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, insert, inspect, select
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from notify.publisher import Endpoint, Relay, install, prepare_sqlite
from orchestrator.demo.models import Base, DeviceMeta, ProtocolMeta, Rule, Thing, resource_id
from orchestrator.errors import Permanent

THINGS = 2_000
RULES = 300
_METAS = ("modbus", "mqtt", "opc-ua", "coap", "bacnet")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTarget:
    """Where the demo's application works: its catalog and the broker that it announces to."""

    catalog_url: str = field(repr=False)
    endpoint: Endpoint


def open_database(url: str) -> Engine:
    """An engine with the demo's tables, made where they are missing."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        database = make_url(url).database
        if database:
            Path(database).parent.mkdir(parents=True, exist_ok=True)
        prepare_sqlite(engine)
    Base.metadata.create_all(engine)
    return engine


def fill(engine: Engine, *, things: int = THINGS, rules: int = RULES) -> bool:
    """Fill an empty database in one transaction, announcing nothing; False when there was something in it.

    For an engine of ``open_database``.
    """
    with engine.begin() as connection:
        if connection.execute(select(ProtocolMeta.id).limit(1)).first() is not None:
            return False
        for model, kind, count in ((Thing, "Thing", things), (Rule, "Rule", rules)):
            rows = [{"id": resource_id(kind, n), "name": f"{kind} {n}"} for n in range(1, count + 1)]
            if rows:
                connection.execute(insert(model), rows)
        for meta in (ProtocolMeta, DeviceMeta):
            connection.execute(insert(meta), [{"id": name, "version": 1} for name in _METAS])
    return True


def prepare(url: str) -> None:
    """Make the demo's catalog and fill it, unless it is there. Raises Permanent when that cannot be done."""
    try:
        engine = open_database(url)
        try:
            fill(engine)
        finally:
            engine.dispose()
    except DBAPIError as error:
        where = make_url(url).render_as_string(hide_password=True)
        raise Permanent(f"the demo's catalog {where} cannot be filled: {error.orig}") from error


def is_ours(url: str) -> bool:
    """Whether the database is one that ``prepare`` filled. Raises Permanent when that cannot be found out."""
    file = make_url(url).database if make_url(url).get_backend_name() == "sqlite" else None
    if file and not Path(file).is_file():
        return False  # SQLite would make it
    engine = create_engine(url)
    try:
        if not set(Base.metadata.tables) <= set(inspect(engine).get_table_names()):
            return False
        with engine.connect() as connection:
            return set(connection.scalars(select(ProtocolMeta.id))) >= set(_METAS)
    except DBAPIError as error:
        where = make_url(url).render_as_string(hide_password=True)
        raise Permanent(f"the catalog {where} cannot be read: {error.orig}") from error
    finally:
        engine.dispose()


@dataclass(frozen=True, slots=True)
class Application:
    """The running demo application: its sessions announce what they commit."""

    sessions: sessionmaker[Session]
    relay: Relay


@contextmanager
def application(target: DemoTarget, *, drain_s: float = 10.0) -> Iterator[Application]:
    """Run the application with its relay; on leaving it waits up to ``drain_s`` for the last messages.

    What is not out by then stays in the outbox, for the next relay.
    """
    engine = open_database(target.catalog_url)
    try:
        sessions = sessionmaker(engine)
        with Relay(engine, target.endpoint, install(sessions)) as relay:
            yield Application(sessions, relay)
            relay.drain(drain_s)
    finally:
        engine.dispose()

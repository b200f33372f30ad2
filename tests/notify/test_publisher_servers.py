"""The outbox under concurrent transactions of real servers: nothing is skipped, nothing gets stuck."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType

import psycopg
import pymysql
import pytest
from sqlalchemy import create_engine, delete, event, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker

from notify.publisher import Relay, create_outbox, install
from tests.services import mosquitto, mysql, postgres
from tests.services.mosquitto_server import Mosquitto

from .conftest import Reader
from .mosquitto_tools import LONG, QUICK, connected, reading
from .test_publisher import Base, Thing, announced


@pytest.fixture(params=[postgres, mysql], ids=["postgresql", "mysql"])
def service(request: pytest.FixtureRequest) -> ModuleType:
    return request.param


@pytest.fixture
def engine(service: ModuleType) -> Iterator[Engine]:
    engine = create_engine(service.shared(), pool_size=20)
    Base.metadata.create_all(engine)
    create_outbox(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    sessions = sessionmaker(engine)
    install(sessions)
    return sessions


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto.running(tmp_path) as broker:
        yield broker


@pytest.fixture
async def reader(broker: Mosquitto) -> AsyncIterator[Reader]:
    async with reading(broker.endpoint()) as reader:
        await connected(reader)
        yield reader


def relay_of(engine: Engine, broker: Mosquitto) -> Relay:
    return Relay(engine, broker.endpoint(), poll_s=0.05, reconnect_s=QUICK)


def named(reader: Reader) -> list[str]:
    return [name for hint in reader.hints for name in hint.ids]


async def test_a_transaction_that_began_first_and_commits_last_is_published(
    engine: Engine, sessions: sessionmaker[Session], broker: Mosquitto, reader: Reader
) -> None:
    early, late = sessions(), sessions()
    with relay_of(engine, broker) as relay:
        early.add(Thing(id="early"))
        early.flush()
        late.add(Thing(id="late"))
        late.commit()
        await reader.until(lambda: named(reader) == ["late"], LONG)
        await asyncio.sleep(0.3)
        early.commit()
        await reader.until(lambda: named(reader) == ["late", "early"], LONG)
        assert await asyncio.to_thread(relay.drain, LONG)
    early.close()
    late.close()


async def test_what_is_rolled_back_is_never_published(
    engine: Engine, sessions: sessionmaker[Session], broker: Mosquitto, reader: Reader
) -> None:
    with relay_of(engine, broker):
        session = sessions()
        session.add(Thing(id="never"))
        session.flush()
        await asyncio.sleep(0.3)
        session.rollback()
        session.close()
        with sessions.begin() as after:
            after.add(Thing(id="after"))
        await reader.until(lambda: bool(reader.hints), LONG)
        assert named(reader) == ["after"]


async def test_many_writers_and_several_relays_publish_all_of_it(
    engine: Engine, sessions: sessionmaker[Session], broker: Mosquitto, reader: Reader
) -> None:
    def write(writer: int) -> None:
        for n in range(40):
            with sessions() as session, session.begin():
                session.add(Thing(id=f"{writer}-{n}"))
                session.flush()
                if n % 10 == 9:
                    session.rollback()

    writers = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    with relay_of(engine, broker), relay_of(engine, broker), relay_of(engine, broker) as last:
        for writer in writers:
            writer.start()
        for writer in writers:
            await asyncio.to_thread(writer.join)
        assert await asyncio.to_thread(last.drain, LONG)
        expected = {f"{writer}-{n}" for writer in range(6) for n in range(40) if n % 10 != 9}
        await reader.until(lambda: set(named(reader)) == expected, LONG)


async def test_a_relay_cut_off_between_publishing_and_removing_publishes_again(
    service: ModuleType, engine: Engine, sessions: sessionmaker[Session], broker: Mosquitto, reader: Reader
) -> None:
    relay = relay_of(engine, broker)
    publish, cuts = relay._link.publish, []

    def publish_and_lose_the_database(messages: list[bytes], timeout_s: float) -> list[bool]:
        acknowledged = publish(messages, timeout_s)
        if not cuts:
            cuts.append(acknowledged)
            cut_off(service, engine)
        return acknowledged

    relay._link.publish = publish_and_lose_the_database
    with sessions.begin() as session:
        session.add(Thing(id="twice"))
    with relay:
        await reader.until(lambda: len(reader.hints) == 2, LONG)
        assert await asyncio.to_thread(relay.drain, LONG)
    assert (named(reader), cuts, relay.failures) == (["twice", "twice"], [[True]], 1)


def cut_off(service: ModuleType, engine: Engine) -> None:
    """End all other sessions in the database."""
    url, name = engine.url.render_as_string(hide_password=False), engine.url.database
    if service is postgres:
        others = f"datname = '{name}' AND pid <> pg_backend_pid()"
        service.execute(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
        return
    with engine.execution_options().connect() as connection:
        found = connection.exec_driver_sql(
            f"SELECT id FROM information_schema.processlist WHERE db = '{name}' AND id <> CONNECTION_ID()"
        ).scalars()
        for number in found.all():
            connection.exec_driver_sql(f"KILL {number}")


async def test_no_writer_waits_for_a_broker_that_stands_still(
    engine: Engine, sessions: sessionmaker[Session], broker: Mosquitto, reader: Reader
) -> None:
    with relay_of(engine, broker) as relay:
        await reader.until(lambda: relay._link.is_up, LONG)
        broker.pause()
        with sessions.begin() as session:
            session.add(Thing(id="first"))
        await asyncio.sleep(1)
        began = time.monotonic()
        for n in range(20):
            with sessions.begin() as session:
                session.add(Thing(id=f"more-{n}"))
        assert time.monotonic() - began < 5
        broker.resume()
        assert await asyncio.to_thread(relay.drain, LONG)
        await reader.until(lambda: len(set(named(reader))) == 21, LONG)


def test_a_bulk_change_names_the_rows_that_it_touches_whatever_others_do_meanwhile(
    service: ModuleType, engine: Engine, sessions: sessionmaker[Session]
) -> None:
    """Between finding the ids and the statement itself another transaction tries to swap the rows."""
    with Session(engine) as session, session.begin():
        session.add_all([Thing(id="a", name="on"), Thing(id="b", name="off")])
    url = engine.url.render_as_string(hide_password=False)
    tried = []

    def swap(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("DELETE") or tried:
            return
        quote = '"' if service is postgres else "`"
        rows = f"UPDATE {quote}Thing{quote} SET name = CASE name WHEN 'on' THEN 'off' ELSE 'on' END"
        wait = "SET lock_timeout = 300" if service is postgres else "SET innodb_lock_wait_timeout = 1"
        try:
            service.execute(url, *([f"{wait}; {rows}"] if service is postgres else [wait, rows]))
        except (psycopg.Error, pymysql.Error) as exc:
            tried.append(str(exc))
        else:
            tried.append("swapped")

    event.listen(engine, "before_cursor_execute", swap)
    with sessions.begin() as session:
        session.execute(delete(Thing).where(Thing.name == "on"))
    event.remove(engine, "before_cursor_execute", swap)
    with Session(engine) as session:
        left = set(session.scalars(select(Thing.id)))
    assert len(tried) == 1
    said = {name for _, _, ids in announced(engine) for name in ids}
    assert said == {"a", "b"} - left

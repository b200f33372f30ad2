"""The outbox: what a committed change announces, and what a rolled-back one does not."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from sqlalchemy import String, create_engine, delete, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.schema import CreateTable

from notify.broker import EmbeddedBroker
from notify.message import decode
from notify.publisher import Relay, create_outbox, install, prepare_sqlite
from notify.publisher.outbox import OUTBOX
from orchestrator.ports import Notification, Witness
from tests.services import mysql, postgres

from .conftest import Reader

CREATED, UPDATED, DELETED = Witness.CREATED, Witness.UPDATED, Witness.DELETED


class Base(DeclarativeBase):
    pass


class Thing(Base):
    __tablename__ = "Thing"
    __notify__: ClassVar = {"c": True, "u": True, "d": True}
    id: Mapped[str] = mapped_column(String(700), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), default="")


class Numbered(Base):
    __tablename__ = "Numbered"
    __notify__: ClassVar = {"c": True, "d": True, "instance": False}
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), default="")


class Silent(Base):
    __tablename__ = "Silent"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path / 'app.db'}")
        prepare_sqlite(engine)
    else:
        service = {"postgresql": postgres, "mysql": mysql}[request.param]
        engine = create_engine(service.shared(), pool_pre_ping=True)
    Base.metadata.create_all(engine)
    create_outbox(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    sessions = sessionmaker(engine)
    install(sessions)
    return sessions


def raw_outbox(engine: Engine) -> list[bytes]:
    with engine.connect() as connection:
        return list(connection.execute(select(OUTBOX.c.message).order_by(OUTBOX.c.id)).scalars())


def announced(engine: Engine) -> list[tuple[str, Witness, tuple[str, ...]]]:
    columns = {"Numbered": "number"}
    hints: list[Notification] = [decode(raw, id_column=columns) for raw in raw_outbox(engine)]
    assert all(hint.stamp is not None and abs(hint.stamp - time.time()) < 60 for hint in hints)
    return [(hint.table, hint.witness, hint.ids) for hint in hints]


def filled(sessions: sessionmaker[Session], engine: Engine, count: int) -> None:
    with sessions.begin() as session:
        session.add_all([Thing(id=f"t{n:04}", name="old") for n in range(count)])
    with engine.begin() as connection:
        connection.execute(delete(OUTBOX))


def test_single_rows_are_announced_with_their_values(sessions, engine) -> None:
    with sessions.begin() as session:
        session.add(Thing(id="a", name="first"))
    with sessions.begin() as session:
        session.get(Thing, "a").name = "second"
    with sessions.begin() as session:
        session.delete(session.get(Thing, "a"))
    assert announced(engine) == [("Thing", w, ("a",)) for w in (CREATED, UPDATED, DELETED)]
    assert b'"instance":{"id":"a","name":"first"}' in raw_outbox(engine)[0]
    assert b'"o":"d"' in raw_outbox(engine)[2]


def test_several_rows_of_one_flush_share_messages_of_500_ids(sessions, engine) -> None:
    with sessions.begin() as session:
        session.add_all([Thing(id=f"t{n:04}") for n in range(1201)])
    assert [len(ids) for _, _, ids in announced(engine)] == [500, 500, 201]
    assert all(b'"o":"bc"' in raw for raw in raw_outbox(engine))


def test_long_ids_share_fewer_a_message_and_an_unusable_one_is_left_out(sessions, engine) -> None:
    with sessions.begin() as session:
        session.add_all([Thing(id=f"{n:04}" + "设" * 160) for n in range(500)] + [Thing(id="x" * 600)])
    raws = raw_outbox(engine)
    assert 1 < len(raws) < 20
    assert max(map(len, raws)) < 200_000
    assert sum(len(ids) for _, _, ids in announced(engine)) == 500


def test_postgresql_relays_skip_rows_that_another_holds() -> None:
    query = select(OUTBOX.c.id).with_for_update(skip_locked=True)
    assert "FOR UPDATE SKIP LOCKED" in str(query.compile(dialect=postgresql.dialect()))
    assert "BIGSERIAL" in str(CreateTable(OUTBOX).compile(dialect=postgresql.dialect()))


def test_only_declared_models_and_operations_are_announced(sessions, engine) -> None:
    with sessions.begin() as session:
        session.add_all([Silent(id="s"), Numbered(number=1)])
    with sessions.begin() as session:
        session.get(Numbered, 1).name = "x"
        session.execute(update(Numbered).values(name="y"))
        session.execute(delete(Silent))
    assert announced(engine) == [("Numbered", CREATED, ("1",))]
    assert b"instance" not in raw_outbox(engine)[0]


def test_a_row_that_did_not_change_is_not_announced(sessions, engine) -> None:
    filled(sessions, engine, 1)
    with sessions.begin() as session:
        session.get(Thing, "t0000").name = "old"
    assert announced(engine) == []


def test_a_changed_primary_key_is_one_gone_and_one_new(sessions, engine) -> None:
    filled(sessions, engine, 1)
    with sessions.begin() as session:
        session.get(Thing, "t0000").id = "t9"
    assert announced(engine) == [("Thing", DELETED, ("t0000",)), ("Thing", CREATED, ("t9",))]


def test_a_rollback_announces_nothing(sessions, engine) -> None:
    with sessions() as session:
        session.add(Thing(id="a"))
        session.flush()
        session.execute(delete(Thing))
        session.rollback()
    assert announced(engine) == []


def test_a_rolled_back_savepoint_announces_nothing_of_its_own(sessions, engine) -> None:
    with sessions.begin() as session:
        with session.begin_nested() as savepoint:
            session.add(Thing(id="a"))
            session.flush()
            savepoint.rollback()
        with session.begin_nested():
            session.add(Thing(id="b"))
    assert announced(engine) == [("Thing", CREATED, ("b",))]


def test_a_failed_flush_announces_nothing(sessions, engine) -> None:
    filled(sessions, engine, 1)
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"), sessions.begin() as session:
        session.add_all([Thing(id="t1"), Thing(id="t0000")])
    assert announced(engine) == []


def test_a_bulk_update_names_the_rows_that_matched_before_it(sessions, engine) -> None:
    filled(sessions, engine, 3)
    with sessions.begin() as session:
        session.execute(update(Thing).where(Thing.id != "t0001", Thing.name == "old").values(name="new"))
    assert announced(engine) == [("Thing", UPDATED, ("t0000", "t0002"))]


def test_a_bulk_delete_names_its_rows_and_none_when_none_matched(sessions, engine) -> None:
    filled(sessions, engine, 3)
    with sessions.begin() as session:
        session.execute(delete(Thing).where(Thing.id.in_(["t0000", "t0002", "gone"])))
        session.execute(delete(Thing).where(Thing.id == "gone"))
        session.query(Thing).filter_by(id="t0001").delete()
    assert announced(engine) == [("Thing", DELETED, ("t0000", "t0002")), ("Thing", DELETED, ("t0001",))]


def test_an_update_by_primary_key_names_its_rows(sessions, engine) -> None:
    filled(sessions, engine, 3)
    with sessions.begin() as session:
        session.execute(update(Thing), [{"id": "t0000", "name": "x"}, {"id": "t0002", "name": "x"}])
    assert announced(engine) == [("Thing", UPDATED, ("t0000", "t0002"))]


@pytest.mark.parametrize("form", ["parameters", "values", "one", "one parameter"])
def test_a_bulk_insert_names_the_ids_that_it_was_given(sessions, engine, form: str) -> None:
    with sessions.begin() as session:
        if form == "parameters":
            session.execute(insert(Thing), [{"id": "a"}, {"id": "b"}])
        elif form == "values":
            session.execute(insert(Thing).values([{"id": "a", "name": ""}, {"id": "b", "name": ""}]))
        elif form == "one":
            session.execute(insert(Thing).values(id="a"))
        else:
            session.execute(insert(Thing).returning(Thing.id), {"id": "a"})
    ids = ("a", "b") if form in ("parameters", "values") else ("a",)
    assert announced(engine) == [("Thing", CREATED, ids)]


def test_an_insert_whose_ids_the_database_chooses_asks_for_a_resync(sessions, engine) -> None:
    with sessions.begin() as session:
        session.execute(insert(Numbered), [{"name": "a"}, {"name": "b"}])
        session.execute(insert(Thing).from_select(["id", "name"], select(Silent.id, Silent.id)))
    # Not every database tells how many rows were copied: then a resync is asked for in vain.
    assert ("Numbered", CREATED, ()) in announced(engine)
    assert {ids for _, _, ids in announced(engine)} == {()}


def test_sessions_that_were_not_installed_announce_nothing(sessions, engine) -> None:
    with Session(engine) as session, session.begin():
        session.add(Thing(id="a"))
        session.execute(update(Thing).values(name="x"))
    assert announced(engine) == []


def test_installing_twice_announces_once(sessions, engine) -> None:
    assert install(sessions) is install(sessions)
    with sessions.begin() as session:
        session.add(Thing(id="a"))
    assert len(announced(engine)) == 1


def test_an_unknown_key_in_the_declaration_is_refused(sessions) -> None:
    class Other(DeclarativeBase):
        pass

    class Wrong(Other):
        __tablename__ = "Wrong"
        __notify__: ClassVar = {"create": True}
        id: Mapped[str] = mapped_column(primary_key=True)

    with pytest.raises(ValueError, match=r"Wrong\.__notify__"), sessions() as session:
        session.execute(delete(Wrong))


async def test_a_commit_reaches_the_subscriber_in_milliseconds(
    sessions, engine, broker: EmbeddedBroker, reader: Reader
) -> None:
    relay = Relay(engine, broker.endpoint(), install(sessions), poll_s=30)
    with relay:
        took = []
        for n in range(30):
            began = time.perf_counter()
            with sessions.begin() as session:
                session.add(Thing(id=f"a{n}"))
            await reader.until(lambda n=n: len(reader.hints) == n + 1)
            took.append(time.perf_counter() - began)
        assert relay.drain(5)
    assert [hint.ids[0] for hint in reader.hints] == [f"a{n}" for n in range(30)]
    assert relay.published == 30
    assert sorted(took)[15] < 0.1


async def test_a_commit_of_another_process_is_found_by_polling(
    sessions, engine, broker: EmbeddedBroker, reader: Reader
) -> None:
    with Relay(engine, broker.endpoint(), poll_s=0.1):
        with sessions.begin() as session:
            session.add(Thing(id="a"))
        await reader.until(lambda: len(reader.hints) == 1)


async def test_the_order_survives_a_broker_restart_and_nothing_is_lost(
    sessions, engine, broker: EmbeddedBroker, reader: Reader
) -> None:
    with Relay(engine, broker.endpoint(), install(sessions), poll_s=0.1, reconnect_s=(0.1, 0.2)) as relay:
        for n in range(40):
            if n == 15:
                broker.stop()
            if n == 25:
                broker.start()
                await reader.until(lambda: reader.notifications.reconnects == 1)
            with sessions.begin() as session:
                session.add(Thing(id=f"a{n:02}"))
        assert relay.drain(10)
        await reader.until(lambda: any(hint.ids == ("a39",) for hint in reader.hints))
    seen = [hint.ids[0] for hint in reader.hints]
    first_seen = list(dict.fromkeys(seen))
    # Those that the broker took just before it stopped may be missing: the resync after Connected finds them.
    assert first_seen == sorted(first_seen)
    assert set(first_seen) >= {f"a{n:02}" for n in range(25, 40)}


async def test_a_process_killed_right_after_its_commit_is_announced_by_the_next_relay(
    tmp_path, engine, broker: EmbeddedBroker, reader: Reader
) -> None:
    script = textwrap.dedent(
        f"""
        import os, signal
        from sqlalchemy import String, create_engine
        from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker
        from notify.publisher import install, prepare_sqlite

        class Base(DeclarativeBase): pass
        class Thing(Base):
            __tablename__ = "Thing"
            __notify__ = {{"c": True}}
            id: Mapped[str] = mapped_column(String(64), primary_key=True)
            name: Mapped[str] = mapped_column(String(64), default="")

        engine = create_engine({engine.url.render_as_string(hide_password=False)!r})
        if engine.dialect.name == "sqlite":
            prepare_sqlite(engine)
        sessions = sessionmaker(engine)
        install(sessions)
        with sessions.begin() as session:
            session.add(Thing(id="survivor"))
        left = sessions()
        left.add(Thing(id="uncommitted"))
        left.flush()
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], check=False)
    assert ended.returncode == -signal.SIGKILL
    with Relay(engine, broker.endpoint(), poll_s=0.05) as relay:
        await reader.until(lambda: bool(reader.hints))
        assert relay.drain(5)
    assert [hint.ids for hint in reader.hints] == [("survivor",)]


async def test_two_relays_publish_everything_at_least_once(
    sessions, engine, broker: EmbeddedBroker, reader: Reader
) -> None:
    with Relay(engine, broker.endpoint(), poll_s=0.02), Relay(engine, broker.endpoint(), poll_s=0.02) as last:
        for n in range(50):
            with sessions.begin() as session:
                session.add(Thing(id=f"a{n}"))
        assert last.drain(10)
        await reader.until(lambda: len({hint.ids for hint in reader.hints}) == 50)


def test_a_relay_without_a_broker_keeps_the_rows(sessions, engine, broker: EmbeddedBroker) -> None:
    broker.stop()
    with Relay(engine, broker.endpoint(), install(sessions), poll_s=0.02) as relay:
        with sessions.begin() as session:
            session.add(Thing(id="a"))
        assert not relay.drain(0.3)
        assert relay.backlog() == 1

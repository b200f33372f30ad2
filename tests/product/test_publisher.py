"""A foreign application with the five lines of docs/publisher.md, against the running product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import String, create_engine, delete
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from notify.publisher import Relay, create_outbox, install, prepare_sqlite
from tests.product.conftest import NewProduct
from tests.product.processes import until
from tests.product.product import Product

pytestmark = pytest.mark.slow


class Base(DeclarativeBase):
    pass


class Thing(Base):
    __tablename__ = "Thing"
    __notify__ = {"c": True, "u": True, "d": True}  # noqa: RUF012
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    site: Mapped[str] = mapped_column(String(64), default="")


class Rule(Base):
    __tablename__ = "Rule"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)


@dataclass
class Application:
    product: Product
    sessions: sessionmaker[Session]
    relay: Relay

    def owned(self) -> int:
        return int(self.product.kind("Thing")["counts"]["owned"])

    def received(self) -> int:
        return self.product.counters().get("notifications.received", 0)


@pytest.fixture
def application(new_product: NewProduct, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    url = f"sqlite:///{tmp_path_factory.mktemp('application')}/own.db"
    engine = create_engine(url)
    try:
        prepare_sqlite(engine)
        Base.metadata.create_all(engine)
        product = new_product({"SHARDWRIGHT_CATALOG__URL": url})
        product.start()
        yield from _running(product, engine)
    finally:
        engine.dispose()


def _running(product: Product, engine: Engine) -> Iterator[Application]:
    create_outbox(engine)
    Sessions = sessionmaker(engine)
    bell = install(Sessions)
    relay = Relay(engine, product.endpoint(), bell).start()
    try:
        yield Application(product, Sessions, relay)
    finally:
        relay.stop()


def test_committed_changes_are_owned_and_released_and_rolled_back_ones_never_announced(
    application: Application,
) -> None:
    with application.sessions.begin() as session:
        session.add_all([Thing(id=f"site/a {n}") for n in range(500)])
    until(lambda: application.owned() == 500, 20.0, what="500 things are owned")
    assert application.relay.drain(10.0)
    before = application.received()
    assert before >= 1

    with application.sessions() as session:
        session.add(Thing(id="never"))
        session.flush()
        session.execute(delete(Thing))
        session.rollback()
    assert application.relay.backlog() == 0

    with application.sessions.begin() as session:
        session.execute(delete(Thing).where(Thing.id.in_([f"site/a {n}" for n in range(200)])))
        session.get_one(Thing, "site/a 300").site = "elsewhere"
    until(lambda: application.owned() == 300, 20.0, what="300 things are left")
    events = application.product.get("/v1/api/events?limit=500").json["items"]
    assert not any("never" in event["ids"] for event in events)
    # one message for the 200 of the statement and one for the changed row
    assert application.relay.drain(10.0)
    until(lambda: application.received() >= before + 2, 10.0, what="both messages came")
    assert application.received() == before + 2
    assert application.product.kind("Thing")["counts"]["held"] == 0
    assert application.product.stop() == 0

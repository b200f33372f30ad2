"""The catalog in PostgreSQL, with triggers that write down when each row came and went."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import psycopg
from sqlalchemy import make_url

from notify.endpoint import Endpoint
from orchestrator.demo import DemoTarget
from orchestrator.demo.database import application, fill, open_database
from orchestrator.demo.models import Rule, Thing
from tests.chaos.service import Change

TRIGGERS = """
CREATE TABLE presence (at double precision, kind text, id text, there boolean);
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO presence VALUES (extract(epoch FROM clock_timestamp()), TG_TABLE_NAME,
        CASE TG_OP WHEN 'INSERT' THEN NEW.id ELSE OLD.id END, TG_OP = 'INSERT');
    RETURN NULL;
END $$;
CREATE TRIGGER noted AFTER INSERT OR DELETE ON "Thing" FOR EACH ROW EXECUTE FUNCTION noted();
CREATE TRIGGER noted AFTER INSERT OR DELETE ON "Rule" FOR EACH ROW EXECUTE FUNCTION noted();
"""
MODELS = {"Thing": Thing, "Rule": Rule}


class Catalog:
    """``url``: of the database; ``endpoint``: the broker that the application announces to."""

    def __init__(self, url: str, endpoint: Endpoint) -> None:
        self.url, self._endpoint = url, endpoint
        self._address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._made = 0

    def make(self, *, things: int, rules: int) -> None:
        engine = open_database(self.url)
        self.sql(TRIGGERS)
        fill(engine, things=things, rules=rules)
        engine.dispose()

    def sql(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        """One statement, announced to nobody."""
        with closing(psycopg.connect(self._address, autocommit=True, connect_timeout=10)) as connection:
            found = connection.execute(text, values or None)
            return found.fetchall() if found.description else []

    def ids(self, kind: str) -> frozenset[str]:
        return frozenset(row[0] for row in self.sql(f'SELECT id FROM "{kind}"'))

    def add(self, kind: str, count: int = 1, *, announced: bool = True) -> list[str]:
        """New rows; their ids."""
        self._made += count
        names = [f"{kind.lower()}-new-{self._made - n}" for n in range(count)]
        if announced:
            with application(self._target()) as running, running.sessions.begin() as session:
                session.add_all(MODELS[kind](id=name) for name in names)
        else:
            more = ", created" if kind == "Thing" else ""
            now = ", now()" if kind == "Thing" else ""
            for name in names:
                self.sql(f"INSERT INTO \"{kind}\" (id, name{more}) VALUES (%s, ''{now})", name)
        return names

    def remove(self, kind: str, ids: list[str], *, announced: bool = True) -> None:
        if not announced:
            self.sql(f'DELETE FROM "{kind}" WHERE id = ANY(%s)', ids)
            return
        with application(self._target()) as running, running.sessions.begin() as session:
            for one in ids:
                session.delete(session.get_one(MODELS[kind], one))

    def changes(self) -> list[Change]:
        return [Change(*row) for row in self.sql("SELECT at, kind, id, there FROM presence")]

    def _target(self) -> DemoTarget:
        return DemoTarget(catalog_url=self.url, endpoint=self._endpoint)

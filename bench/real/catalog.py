"""A catalog in PostgreSQL, a database for each run, and what it costs to read it with the bare driver."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from contextlib import closing

import psycopg

from bench.pacing import paced
from bench.table import TABLE

DRIVER = "+psycopg"
WARM_UP = 50


class PostgresTable:
    """``url``: as SQLAlchemy takes it, of a database in which ``make`` has made the table."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._address = url.replace(DRIVER, "")

    @classmethod
    def make(cls, server: str, rows: Sequence[str]) -> PostgresTable:
        """A new database of these rows on the server whose URL this is."""
        name = f"bench_{secrets.token_hex(4)}"
        with closing(psycopg.connect(server.replace(DRIVER, ""), autocommit=True)) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        made = cls(f"{server.rpartition('/')[0]}/{name}")
        with closing(psycopg.connect(made._address)) as connection, connection:
            connection.execute(f'CREATE TABLE "{TABLE}" (id VARCHAR(64) PRIMARY KEY, name VARCHAR(64))')
        made.add(rows)
        with closing(psycopg.connect(made._address, autocommit=True)) as connection:
            connection.execute(f'VACUUM ANALYZE "{TABLE}"')
        return made

    def add(self, rows: Sequence[str]) -> None:
        with (
            closing(psycopg.connect(self._address)) as connection,
            connection,
            connection.cursor().copy(f'COPY "{TABLE}" FROM STDIN') as copy,
        ):
            for row in rows:
                copy.write_row((row, f"thing {row[:8]}"))

    def remove(self, row: str) -> None:
        with closing(psycopg.connect(self._address, autocommit=True)) as connection:
            connection.execute(f'DELETE FROM "{TABLE}" WHERE id = %s', (row,))

    def selects(self, wanted: Sequence[str], rate: float) -> list[float]:
        """Seconds of each SELECT of one row by its key, paced, on one connection."""
        took = []
        with closing(psycopg.connect(self._address, autocommit=True)) as connection:
            statement = f'SELECT id FROM "{TABLE}" WHERE id = %s'
            for row in wanted[:WARM_UP]:
                connection.execute(statement, (row,)).fetchone()
            for number in paced(rate, len(wanted)):
                begun = time.perf_counter()
                connection.execute(statement, (wanted[number],)).fetchone()
                took.append(time.perf_counter() - begun)
        return took

    def listing(self) -> float:
        """Seconds in which the bare driver reads every id."""
        with closing(psycopg.connect(self._address)) as connection:
            begun = time.perf_counter()
            connection.execute(f'SELECT id FROM "{TABLE}" ORDER BY id').fetchall()
            return time.perf_counter() - begun

"""A SQL database that one thread of its own speaks to, so that the event loop never waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc as sa_errors

from orchestrator.errors import Unavailable
from orchestrator.store.sql_engine import BUSY_TIMEOUT_MS, cut, explained, open_engine
from orchestrator.store.sql_schema import Schema, prepare

ANSWER_WITHIN_S = 3.0
Result = TypeVar("Result")


class SqlThread:
    """Connects at first use, and makes the tables of ``schema`` then.

    ``of``: what is kept there, for the errors. ``also``: done with the tables in the transaction that
    made or found them, again where that failed. ``is_durable``: a commit survives a power failure also
    in SQLite.
    """

    def __init__(
        self,
        url: str,
        schema: Schema,
        *,
        of: str,
        also: Callable[[sa.Connection], None] | None = None,
        is_durable: bool = False,
        answer_within_s: float | None = None,
    ) -> None:
        """Raises Permanent for an address that cannot be used, ConfigError without its driver."""
        self._engine = open_engine(url, BUSY_TIMEOUT_MS, of=of)
        self._schema = schema
        self._of = of
        self._also = also
        self._is_durable = is_durable
        self._answer_within_s = ANSWER_WITHIN_S if answer_within_s is None else answer_within_s
        self._link: Any = None
        sa.event.listen(self._engine, "connect", self._linked)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=of.replace(" ", "-"))
        self._is_prepared = False
        self._is_carrying_on = False
        self._closed = False

    @property
    def is_file(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    async def open(self, *, required: bool) -> None:
        """Make the tables now.

        ``required``: whether the database must answer now; else it may come later, and is prepared then.
        What is raised closes it: Permanent when it cannot be used, Unavailable when it does not answer.
        """
        try:
            await self.run(self._touch)
        except Unavailable:
            if required:
                await self.close()
                raise
        except BaseException:
            await self.close()
            raise

    async def run(self, work: Callable[[], Result]) -> Result:
        """Work on the thread, after all that was given before. Raises Unavailable, and what it raises."""
        if self._closed:
            raise Unavailable(f"the {self._of} is closed")
        running = asyncio.get_running_loop().run_in_executor(self._thread, work)
        try:
            # Not wait_for, which forgets that it was cancelled when the answer comes at the same moment.
            async with asyncio.timeout(self._answer_within_s):
                return await running
        except TimeoutError as exc:
            if self._is_carrying_on:
                # Cut off, a step over many rows would begin again and never come to its end.
                raise Unavailable(
                    f"the tables of the {self._of} are being carried on to another version"
                ) from exc
            cut(self._link)
            raise Unavailable(
                f"the database of the {self._of} did not answer within {self._answer_within_s:g} s"
            ) from exc

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """On the thread only. Raises Unavailable and Permanent."""
        try:
            with self.bare_transaction() as connection:
                if not self._is_prepared:
                    prepare(connection, self._schema, carry=self._carry)
                    if self._also is not None:
                        self._also(connection)
                yield connection
        finally:
            self._is_carrying_on = False
        self._is_prepared = True

    @contextmanager
    def bare_transaction(self) -> Iterator[sa.Connection]:
        """``transaction`` whatever the tables are like."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except sa_errors.DBAPIError as exc:
            raise explained(exc, of=self._of) from exc
        except sa_errors.TimeoutError as exc:
            raise Unavailable(f"the database of the {self._of} does not answer: {exc}") from exc

    async def close(self) -> None:
        """Finish what was begun and let go of the database. May be repeated."""
        if self._closed:
            return
        self._closed = True
        letting_go = asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        done, _ = await asyncio.wait({letting_go}, timeout=self._answer_within_s)
        if not done:
            cut(self._link)
        await letting_go
        self._thread.shutdown()

    def _carry(self, connection: sa.Connection, schema: Schema, to: str) -> None:
        from orchestrator.store.sql_migration import migrate

        self._is_carrying_on = True
        migrate(connection, schema, to)

    def _touch(self) -> None:
        with self.transaction():
            pass

    def _linked(self, connection: Any, _record: object) -> None:
        self._link = connection
        if self._is_durable and self.is_file:
            cursor = connection.cursor()
            cursor.execute("PRAGMA synchronous = FULL")
            cursor.close()

"""A connection of PostgreSQL whose answers come to the event loop itself: a lookup without a thread.

A lookup is asked in each pass of the engine. Through a thread and SQLAlchemy it takes ten times the CPU
time, all of it under the interpreter's one lock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, any_, literal_column
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TEXT, VARCHAR

from orchestrator.catalog.idtype import IdType
from orchestrator.catalog.shape import Shape

ROWS = 2
"""The status of a result that holds rows (``PGRES_TUPLES_OK``)."""

_LISTS = {IdType.TEXT: "text[]", IdType.INTEGER: "bigint[]", IdType.UUID: "uuid[]"}


class BrokenLaneError(Exception):
    """No answer; the lane is closed. Whoever asked must ask another way, which tells what is wrong."""


class Lane:
    """One question at a time. ``errors``: those of the driver, by which the connection says that it is lost.

    Requires: the connection is in no transaction and nobody else's.
    """

    def __init__(self, connection: Any, errors: type[Exception]) -> None:
        self._loop = asyncio.get_running_loop()
        self._connection = connection
        self._wire = connection.pgconn
        self._errors = errors
        self._answer: asyncio.Future[Any] | None = None
        self._result: Any = None
        self._socket = self._wire.socket
        self.is_closed = False
        self._wire.nonblocking = 1
        self._loop.add_reader(self._socket, self._readable)

    @property
    def is_free(self) -> bool:
        return self._answer is None and not self.is_closed

    async def ask(self, statement: bytes, values: bytes, within: float) -> list[str]:
        """The first column of each row. Requires: the lane is free.

        Raises BrokenLaneError, TimeoutError. After either, or when cancelled, the lane is closed.
        """
        answer = self._answer = self._loop.create_future()
        limit = self._loop.call_later(within, _expire, answer)
        try:
            self._wire.send_query_params(statement, [values])
            self._flush()
            result = await answer
        except BaseException as error:
            # What is under way is answered on this connection, to nobody.
            answer.cancel()
            self.close()
            if isinstance(error, self._errors):
                raise BrokenLaneError(str(error)) from error
            raise
        finally:
            limit.cancel()
            self._answer = None
        return [result.get_value(row, 0).decode() for row in range(result.ntuples)]

    def close(self) -> None:
        """May be repeated."""
        if self.is_closed:
            return
        self.is_closed = True
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._connection.close()
        self._break("the connection was closed")

    def _flush(self) -> None:
        """What does not fit into the socket at once is sent as soon as there is room."""
        try:
            is_more = self._wire.flush()
        except self._errors as error:
            self._break(str(error))
            return
        if is_more:
            self._loop.add_writer(self._socket, self._flush)
        else:
            self._loop.remove_writer(self._socket)

    def _readable(self) -> None:
        try:
            self._wire.consume_input()
            while not self._wire.is_busy():
                result = self._wire.get_result()
                if result is None:
                    break
                self._result = result
            else:
                return
        except self._errors as error:
            # Between two questions it is how a server says goodbye.
            self._break(str(error))
            self.close()
            return
        result, self._result = self._result, None
        if result is None:
            return
        if result.status == ROWS:
            if self._answer is not None and not self._answer.done():
                self._answer.set_result(result)
        else:
            self._break(result.error_message.decode(errors="replace").strip())
            self.close()

    def _break(self, why: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(BrokenLaneError(why))


def statement_for(shape: Shape) -> bytes | None:
    """The lookup with one parameter, the list of ids; None for a column that is not compared as plain text,
    number or UUID."""
    plain = shape.id_type is not IdType.TEXT or type(shape.id.type) in (TEXT, VARCHAR)
    if not plain or shape.id_type not in _LISTS:
        return None
    wanted: Any = literal_column(f"$1::{_LISTS[shape.id_type]}")
    query = shape.query.where(shape.id == any_(wanted))
    return worded(query)


def worded(query: Select[Any]) -> bytes:
    """The statement as libpq takes it, with a percent sign as it is: psycopg has it written twice."""
    dialect: Any = postgresql.dialect
    return str(query.compile(dialect=dialect(paramstyle="numeric_dollar"))).encode()


def list_of(values: Collection[Any]) -> bytes:
    """Values as PostgreSQL writes a list."""
    quoted = (str(value).replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return ('{"' + '","'.join(quoted) + '"}').encode() if values else b"{}"


def _expire(answer: asyncio.Future[Any]) -> None:
    if not answer.done():
        answer.set_exception(TimeoutError())

"""Ids read from PostgreSQL in pages: it finds the next one while the last is taken over.

Only where the database tells different ids apart as we do, and where nothing but the id is read.
"""

from __future__ import annotations

import select
from collections.abc import Sequence
from typing import Any

from sqlalchemy import CHAR, Connection, literal_column

from orchestrator.catalog.idtype import IdType
from orchestrator.catalog.lane import ROWS, worded
from orchestrator.catalog.shape import Shape


def listed(connection: Connection, shape: Shape, page_size: int) -> list[str] | None:
    """All ids of the snapshot that the connection reads; None where they cannot be read so.

    Raises the driver's errors; the connection is lost with them.
    """
    if connection.dialect.driver != "psycopg" or shape.id_type is not IdType.TEXT or shape.ties:
        return None
    raw: Any = connection.connection.driver_connection
    if isinstance(shape.id.type, CHAR) or raw.info.encoding != "utf-8":
        return None
    page = shape.query.order_by(shape.id).limit(literal_column(str(page_size)))
    first = worded(page.where(shape.id.is_not(None)))
    following = worded(page.where(shape.id > literal_column("$1")))
    driver: Any = connection.dialect.loaded_dbapi
    rows = driver.adapt.Transformer(raw)
    ids: list[str] = []
    try:
        _ask(raw.pgconn, first, [])
        while True:
            answer = _answer(raw.pgconn)
            if answer.status != ROWS:
                raise driver.errors.error_from_result(answer)
            count = answer.ntuples
            if count == page_size:
                _ask(raw.pgconn, following, [answer.get_value(count - 1, 0)])
            rows.set_pgresult(answer)
            ids += [one for (one,) in rows.load_rows(0, count, tuple)]
            if count < page_size:
                return ids
    except BaseException:
        # What is under way is answered on this connection, to nobody.
        connection.invalidate()
        raise


def _ask(wire: Any, statement: bytes, values: Sequence[bytes]) -> None:
    wire.send_query_params(statement, values)
    while wire.flush():
        _wait(wire, select.POLLOUT)


def _answer(wire: Any) -> Any:
    """The last result of what was asked. Waits without the interpreter's lock, unlike ``get_result``."""
    answer = None
    while True:
        while wire.is_busy():
            _wait(wire, select.POLLIN)
            wire.consume_input()
        result = wire.get_result()
        if result is None:
            return answer
        answer = result


def _wait(wire: Any, event: int) -> None:
    ready = select.poll()
    ready.register(wire.socket, event)
    ready.poll()

"""Lookups of one kind on a lane of its own, where its database and its columns let."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection
from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from orchestrator.catalog.lane import BrokenLaneError, Lane, list_of, statement_for
from orchestrator.catalog.shape import Shape
from orchestrator.core.traits import PLAIN, Traits

MOST = 5_000
"""Ids in one question; a longer list would hold the event loop while it is written and read."""

AGAIN_AFTER_S = 30.0
"""How long lookups go the ordinary way when no connection for a lane could be had."""

log = logging.getLogger(__name__)


class DirectLookup:
    """``lookup`` answers None as long as there is no lane; ``open`` makes one, once it is known how to ask.

    ``described``: the kind has weights or labels, which are read the ordinary way.
    """

    def __init__(self, engine: Engine, *, described: bool) -> None:
        self._engine = engine
        dialect = engine.dialect
        self._is_possible = (dialect.name, dialect.driver) == ("postgresql", "psycopg") and not described
        self._shape: Shape | None = None
        self._statement: bytes | None = None
        self._lane: Lane | None = None
        self._opening = False
        self._not_before = 0.0
        self._closed = False

    async def lookup(
        self, ids: Collection[str], shape: Shape | None, within: float
    ) -> dict[str, Traits] | None:
        """Those of ``ids`` that exist; None: ask the ordinary way, which also tells what is wrong.

        Raises TimeoutError.
        """
        lane, statement = self._lane, self._statement
        if lane is None or shape is None or shape is not self._shape or statement is None:
            return None
        if not lane.is_free or len(ids) > MOST:
            return None
        wanted = set(ids)
        try:
            found = await lane.ask(statement, list_of(shape.id_type.values(ids)), within)
        except BrokenLaneError as error:
            log.info("the catalog is asked the ordinary way: %s", error)
            return None
        # A database that ignores case would return an id that nobody asked for.
        return {one: PLAIN for one in found if one in wanted}

    def wants(self, shape: Shape | None) -> bool:
        """Whether there should be a lane and is none."""
        if not self._is_possible or shape is None or self._opening or self._closed:
            return False
        if shape is not self._shape:
            self._shape, self._statement = shape, statement_for(shape)
        if self._statement is None or time.monotonic() < self._not_before:
            return False
        return self._lane is None or self._lane.is_closed

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """On a thread: connect, as the engine connects, and hand the connection to the loop."""
        self._opening = True
        try:
            made = self._engine.raw_connection()
            connection: Any = made.driver_connection
            # From here on it is none of the pool's.
            made.detach()
            connection.autocommit = True
            if connection.info.encoding != "utf-8":
                # An address that asks for another: the lane would look for other ids than it is asked for.
                self._is_possible = False
                connection.close()
                return
        except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error, OSError) as error:
            log.info("no connection for lookups of their own: %s", str(error).splitlines()[0])
            self._not_before = time.monotonic() + AGAIN_AFTER_S
            return
        finally:
            self._opening = False
        try:
            loop.call_soon_threadsafe(self._take, connection)
        except RuntimeError:
            connection.close()

    def close(self) -> None:
        self._closed = True
        if self._lane is not None:
            self._lane.close()

    def _take(self, connection: Any) -> None:
        if self._closed or (self._lane is not None and not self._lane.is_closed):
            connection.close()
            return
        self._lane = Lane(connection, self._engine.dialect.loaded_dbapi.Error)

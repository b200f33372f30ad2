"""Publishes the outbox in order, and removes a row once the broker has acknowledged it."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from types import TracebackType

from sqlalchemy import delete, func, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from notify.endpoint import Endpoint
from notify.message import numbered
from notify.publisher.bell import Bell
from notify.publisher.link import IN_FLIGHT, Link
from notify.publisher.outbox import OUTBOX
from notify.publisher.sqlite import READ_ONLY

_log = logging.getLogger(__name__)

_LOCKING_DIALECTS = {"postgresql", "mysql", "mariadb", "oracle"}


class Relay:
    """A thread that empties the outbox of one database into one topic.

    Several relays may run: a row may then be published twice, and none is lost. ``published`` counts
    acknowledged messages, ``failures`` the rounds that the database or the broker did not answer.
    """

    def __init__(
        self,
        engine: Engine,
        endpoint: Endpoint,
        bell: Bell | None = None,
        *,
        poll_s: float = 1.0,
        acknowledge_s: float = 10.0,
        reconnect_s: tuple[float, float] = (0.5, 15.0),
    ) -> None:
        """``bell`` is what ``install`` returned, for a relay in the process that commits; else it polls."""
        self._engine = engine
        self._poll_s = poll_s
        self._acknowledge_s = acknowledge_s
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._link = Link(endpoint, self._wake.set, reconnect_s)
        self._thread: threading.Thread | None = None
        self._locks = engine.dialect.name in _LOCKING_DIALECTS
        self._name = secrets.token_hex(4)
        self._number = 0
        self._numbers: dict[int, int] = {}
        self.published = 0
        self.failures = 0
        if bell is not None:
            bell.listen(self._wake)

    def start(self) -> Relay:
        """Begin; returns itself."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._run, name="outbox-relay", daemon=True)
            self._thread.start()
        return self

    def stop(self) -> None:
        """End after the round under way; what is left in the outbox stays there."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def drain(self, timeout_s: float) -> bool:
        """Wait until the outbox is empty; says whether it is. Raises SQLAlchemyError."""
        deadline = time.monotonic() + timeout_s
        while self.backlog():
            if time.monotonic() >= deadline:
                return False
            self._wake.set()
            time.sleep(0.02)
        return True

    def backlog(self) -> int:
        """How many messages wait. Raises SQLAlchemyError."""
        with self._engine.connect().execution_options(**READ_ONLY) as connection:
            return int(connection.execute(select(func.count()).select_from(OUTBOX)).scalar_one())

    def __enter__(self) -> Relay:
        return self.start()

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        self._link.open()
        try:
            while not self._stopping.is_set():
                self._wake.wait(self._poll_s)
                self._wake.clear()
                if not self._link.is_alive():
                    _log.warning("the publisher's MQTT thread died: the client is rebuilt")
                    self._link.reopen()
                self._empty()
        finally:
            self._link.close()

    def _empty(self) -> None:
        try:
            while not self._stopping.is_set() and self._link.is_up and self._round():
                pass
        except SQLAlchemyError as exc:
            self.failures += 1
            _log.warning("the outbox cannot be read or written, next attempt in %g s: %s", self._poll_s, exc)

    def _round(self) -> bool:
        """Publish one batch; says whether there may be more."""
        query = select(OUTBOX.c.id, OUTBOX.c.message).order_by(OUTBOX.c.id).limit(IN_FLIGHT)
        if self._locks:
            # Another relay skips these rows while this one publishes them.
            with self._engine.connect() as connection:
                # MySQL's own level also locks the gap at the end: every writer would wait for the broker.
                connection = connection.execution_options(isolation_level="READ COMMITTED")
                with connection.begin():
                    rows = connection.execute(query.with_for_update(skip_locked=True)).all()
                    done = self._published([(int(row.id), bytes(row.message)) for row in rows])
                    if done:
                        connection.execute(delete(OUTBOX).where(OUTBOX.c.id.in_(done)))
        else:
            # No transaction is held while the broker answers: here it would block every writer.
            with self._engine.connect().execution_options(**READ_ONLY) as connection:
                rows = connection.execute(query).all()
            done = self._published([(int(row.id), bytes(row.message)) for row in rows])
            if done:
                with self._engine.begin() as connection:
                    connection.execute(delete(OUTBOX).where(OUTBOX.c.id.in_(done)))
        if len(done) < len(rows):
            self.failures += 1
            return False
        return len(rows) == IN_FLIGHT

    def _published(self, rows: list[tuple[int, bytes]]) -> list[int]:
        if not rows:
            return []
        messages = [numbered(message, self._name, self._number_of(row)) for row, message in rows]
        acknowledged = self._link.publish(messages, self._acknowledge_s)
        done = [number for (number, _), was in zip(rows, acknowledged, strict=True) if was]
        for number in done:
            del self._numbers[number]
        # Counted before the rows go, so that whoever finds the outbox empty reads the full number.
        self.published += len(done)
        return done

    def _number_of(self, row: int) -> int:
        """The number of the row's message, the same at each attempt."""
        known = self._numbers.get(row)
        if known is None:
            self._number += 1
            known = self._numbers[row] = self._number
            if len(self._numbers) > 2 * IN_FLIGHT:
                # Another relay took it.
                del self._numbers[next(iter(self._numbers))]
        return known

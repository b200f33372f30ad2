"""The outbox: messages of changes that are committed (or rolled back) together with the changes."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, MetaData, Table, insert
from sqlalchemy.dialects.mysql import MEDIUMBLOB
from sqlalchemy.engine import Engine

NAME = "shardwright_outbox"


def outbox_table(metadata: MetaData) -> Table:
    """The outbox as a table of ``metadata``, for migrations that are made from the metadata."""
    if NAME in metadata.tables:
        return metadata.tables[NAME]
    return Table(
        NAME,
        metadata,
        # SQLite numbers rows by itself only in a column of exactly this type.
        Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
        Column("message", LargeBinary().with_variant(MEDIUMBLOB, "mysql", "mariadb"), nullable=False),
        sqlite_autoincrement=True,
    )


OUTBOX = outbox_table(MetaData())


def create_outbox(engine: Engine) -> None:
    """Create the table where it is missing."""
    OUTBOX.create(engine, checkfirst=True)


def append(connection: Connection, messages: Iterable[bytes]) -> None:
    """Add messages in order, in the connection's own transaction."""
    for message in messages:
        # One statement a row: several relays and servers agree that ids are given in order.
        connection.execute(insert(OUTBOX), {"message": message})

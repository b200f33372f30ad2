"""The tables in SQL that a configuration names, and their versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchestrator.errors import Permanent
from orchestrator.settings import Settings
from orchestrator.store import accounts_tables, alert_book, audit_tables, idempotency, journal_tables
from orchestrator.store.sql_engine import is_missing_file
from orchestrator.store.sql_migration import change_version
from orchestrator.store.sql_schema import Schema, version_of
from orchestrator.store.sql_thread import SqlThread


@dataclass(frozen=True, slots=True)
class Versioned:
    """``found``: the version of tables that are there, None: there are none (yet)."""

    name: str
    url: str
    found: str | None
    wanted: str


async def table_versions(settings: Settings) -> list[Versioned]:
    """Of all tables; makes and changes nothing. Raises Permanent, Unavailable and ConfigError."""
    return [
        Versioned(name=schema.name, url=url, found=await _version(url, schema), wanted=schema.version)
        for schema, url in _tables(settings)
    ]


async def migrate_tables(
    settings: Settings, to: Mapping[str, str], *, dry_run: bool = False
) -> list[Versioned]:
    """Carry tables that are there to the versions of ``to``, by name; what changed.

    ``dry_run``: carry them there and back out again, to see that it works. Each part is changed in one
    transaction. Raises Permanent for a name or a version that is not known, before anything is changed.
    """
    named = {schema.name: (schema, url) for schema, url in _tables(settings)}
    for name in to:
        if name not in named:
            raise Permanent(f"there are no tables of {name!r} here; there are {', '.join(named)}")
    changed = []
    for name, version in to.items():
        schema, url = named[name]
        found = None if is_missing_file(url) else await _carried(url, schema, version, dry_run)
        if found not in (None, version):
            changed.append(Versioned(name=name, url=url, found=found, wanted=version))
    return changed


def _tables(settings: Settings) -> Iterator[tuple[Schema, str]]:
    yield journal_tables.SCHEMA, settings.journal_url
    for schema in (audit_tables.SCHEMA, idempotency.SCHEMA, alert_book.SCHEMA):
        yield schema, settings.audit_url
    if settings.access.mode == "accounts":
        yield accounts_tables.SCHEMA, settings.access_url


async def _version(url: str, schema: Schema) -> str | None:
    if is_missing_file(url):
        return None
    thread = SqlThread(url, schema, of=schema.name)

    def look() -> str | None:
        with thread.bare_transaction() as connection:
            return version_of(connection, schema)

    try:
        return await thread.run(look)
    finally:
        await thread.close()


async def _carried(url: str, schema: Schema, to: str, dry_run: bool) -> str | None:
    # A step over many rows takes its time, and whoever gave the order waits for it.
    thread = SqlThread(url, schema, of=schema.name, answer_within_s=3600.0)

    def carry() -> str | None:
        with thread.bare_transaction() as connection:
            found = change_version(connection, schema, to)
            if dry_run:
                connection.rollback()
            return found

    try:
        return await thread.run(carry)
    finally:
        await thread.close()

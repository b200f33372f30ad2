"""Tables carried from version to version, by the steps in ``migrations``."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any, Final

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from orchestrator.errors import Permanent
from orchestrator.store.sql_schema import Schema, mark, take_turn, version_of, version_table

_ALONE: Final = Lock()
"""Alembic's operations are those of the process: of two threads one would change the other's tables."""

STEPS: Final = Path(__file__).with_name("migrations")


def versions(schema: Schema) -> list[str]:
    """All that there are, the oldest first."""
    return [each.revision for each in reversed(list(_script(schema).walk_revisions()))]


def change_version(connection: sa.Connection, schema: Schema, to: str) -> str | None:
    """``migrate`` in turn with all others; the version that there was, None: there are no tables.

    Raises Permanent for a version that is unknown here, of the tables or to go to.
    """
    take_turn(connection)
    found = version_of(connection, schema)
    known = versions(schema)
    for version in (to, found):
        if version is not None and version not in known:
            raise Permanent(
                f"{schema.name} has no version {version} that this program knows; it knows {', '.join(known)}"
            )
    if found is not None and found != to:
        migrate(connection, schema, to)
    return found


def migrate(connection: sa.Connection, schema: Schema, to: str) -> None:
    """Carry tables that are there to version ``to``, whether it is later or earlier."""
    found = version_of(connection, schema)
    if found is None:
        raise Permanent(f"there are no tables of {schema.name}")
    mark(connection, schema, found)
    script = _script(schema)
    known = versions(schema)
    is_up = known.index(to) > known.index(found)

    def steps(revision: Any, _context: object) -> Any:
        return script._upgrade_revs(to, revision) if is_up else script._downgrade_revs(to, revision)

    with _ALONE, EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(connection=connection, version_table=version_table(schema).name)
        environment.run_migrations()


def _script(schema: Schema) -> ScriptDirectory:
    return ScriptDirectory(str(STEPS), version_locations=[str(STEPS / schema.name)])

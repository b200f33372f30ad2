"""``shardwright database``: the versions of the tables, seen and changed where no server runs."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

from orchestrator.core.audit_trail import AuditLine, Outcome
from orchestrator.ports.audit import AuditFilter
from orchestrator.store.audit import SqlAuditTrail
from tests.cli.conftest import Shardwright

LINE = AuditLine(at=1.0, actor="ann", source="token", method="POST", route="/v1/x", outcome=Outcome.DONE)


def trail_with_a_line(home: Path) -> None:
    async def write() -> None:
        trail = await SqlAuditTrail.open(f"sqlite:///{home / 'data' / 'audit.db'}")
        await trail.append([LINE])
        await trail.close()

    (home / "data").mkdir()
    asyncio.run(write())


def lines(home: Path) -> int:
    async def read() -> int:
        trail = await SqlAuditTrail.open(f"sqlite:///{home / 'data' / 'audit.db'}")
        found = await trail.read(AuditFilter(limit=10))
        await trail.close()
        return len(found)

    return asyncio.run(read())


def has_index(home: Path) -> bool:
    with closing(sqlite3.connect(home / "data" / "audit.db")) as database:
        wanted = "SELECT count(*) FROM sqlite_master WHERE name = 'audit_by_target'"
        return bool(database.execute(wanted).fetchone()[0])


def test_a_look_at_the_versions_makes_no_database(shardwright: Shardwright, home: Path) -> None:
    done = shardwright("database", "versions", "--output", "json")
    assert done.code == 0
    found = {one["part"]: one for one in json.loads(done.out)}
    assert {*found} == {"journal", "audit", "idempotency", "alert_book", "accounts"}
    assert all(one["version"] is None for one in found.values())
    assert not (home / "data").exists() or not [*(home / "data").glob("*.db")]


def test_tables_go_back_a_step_and_forward_again_with_what_they_hold(
    shardwright: Shardwright, home: Path
) -> None:
    trail_with_a_line(home)
    tried = shardwright("database", "migrate", "--to", "audit=1.1", "--dry-run")
    assert (tried.code, tried.out) == (0, "audit would go from 1.2 to 1.1\n")
    assert has_index(home)
    back = shardwright("database", "migrate", "--to", "audit=1.1")
    assert (back.code, back.out) == (0, "audit went from 1.2 to 1.1\n")
    assert not has_index(home)
    again = shardwright("database", "migrate")
    assert (again.code, again.out) == (0, "audit went from 1.1 to 1.2\n")
    assert has_index(home)
    assert lines(home) == 1
    assert shardwright("database", "migrate").out == "nothing to change\n"


def test_what_names_no_part_or_no_version_is_refused_with_what_there_is(
    shardwright: Shardwright, home: Path
) -> None:
    trail_with_a_line(home)
    unknown = shardwright("database", "migrate", "--to", "audits=1.1")
    assert unknown.code == 1
    assert "no tables of 'audits' here; there are journal, audit" in unknown.err
    version = shardwright("database", "migrate", "--to", "audit=3.0")
    assert version.code == 1
    assert "audit has no version 3.0 that this program knows; it knows 1.1, 1.2" in version.err
    shapeless = shardwright("database", "migrate", "--to", "audit")
    assert shapeless.code == 2
    assert "PART=VERSION" in shapeless.err
    assert has_index(home)

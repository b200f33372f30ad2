"""``shardwright audit``."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator.core.audit_trail import AuditLine, Head, Outcome, chained, document
from orchestrator.store.audit import SqlAuditTrail

PATH = "/v1/api/audit"


def lines(count: int = 5) -> list[AuditLine]:
    one = AuditLine(
        at=1_700_000_000.5,
        actor="ann",
        source="token",
        remote="10.0.0.7",
        method="POST",
        route="/v1/api/kinds/{kind}/pause",
        kind="Thing",
        outcome=Outcome.DONE,
        status=200,
        before={"paused": False},
        after={"paused": True},
    )
    return chained([replace(one, request_id=f"r-{n}") for n in range(count)], Head())


def written(file: Path, found: Sequence[dict[str, Any]]) -> Path:
    file.write_text("".join(json.dumps(one) + "\n" for one in found))
    return file


def page(found: Sequence[AuditLine], last: AuditLine | None = None) -> dict[str, Any]:
    last = last or found[-1]
    head = {"sequence": last.sequence, "hash": last.hash}
    return {"items": [document(one) for one in found], "next": None, "head": head}


def test_the_trail_is_printed_oldest_first_with_who_what_and_how_it_ended(api: Any, shardwright: Any) -> None:
    first, second = lines(2)
    refused = replace(second, outcome=Outcome.REFUSED, status=403, detail="no\nrole", count=7, actor="")
    api.answers[PATH] = page([refused, first])
    ended = shardwright("audit", "list", "--server", api.url)
    assert ended.code == 0, ended.err
    one, other = ended.out.splitlines()
    assert one.endswith(
        'ann@10.0.0.7 POST /v1/api/kinds/{kind}/pause Thing {"paused":false} -> {"paused":true} done 200'
    )
    assert "nobody@10.0.0.7" in other and other.endswith('refused 403 (7 alike) "no\\nrole"')


def test_a_whole_trail_is_said_to_be_whole_with_its_head(api: Any, shardwright: Any) -> None:
    found = lines()
    api.answers[PATH] = page(found)
    ended = shardwright("audit", "verify", "--server", api.url, "--head", found[2].hash)
    assert (ended.code, ended.out) == (0, f"5 lines fit; head {found[-1].hash}\n"), ended.err
    data = shardwright("audit", "verify", "--server", api.url, "-o", "json")
    assert json.loads(data.out) == {"lines": 5, "head": found[-1].hash}


def test_the_first_line_that_does_not_fit_is_named_and_costs_the_exit_code(
    api: Any, shardwright: Any
) -> None:
    found = lines()
    api.answers[PATH] = page([*found[:2], replace(found[2], actor="eve"), *found[3:]])
    ended = shardwright("audit", "verify", "--server", api.url)
    assert ended.code == 1
    assert "does not fit at line 3: what it says is not what was written" in ended.err
    assert f"2 lines before it fit; the last has the hash {found[1].hash}" in ended.err


def test_a_cut_end_shows_by_the_head_of_the_trail_and_by_one_that_was_kept(
    api: Any, shardwright: Any
) -> None:
    found = lines()
    api.answers[PATH] = page(found[:3], found[-1])
    # The double gives the same page again: its lines do not follow on themselves.
    assert shardwright("audit", "verify", "--server", api.url).code == 1
    api.answers[PATH] = page(found[:3])
    assert shardwright("audit", "verify", "--server", api.url).code == 0
    ended = shardwright("audit", "verify", "--server", api.url, "--head", found[-1].hash)
    assert ended.code == 1
    assert "its end was cut off" in ended.err


def test_an_exported_trail_is_checked_without_any_server(home: Path, shardwright: Any) -> None:
    found = [document(one) for one in lines()]
    assert shardwright("audit", "verify", "--file", written(home / "good", found)).code == 0
    assert shardwright("audit", "verify", "--file", written(home / "gap", [*found[:1], *found[2:]])).code == 1
    for name, text in (("no-line", '{"a": 1}\n'), ("no-json", "what\n"), ("deep", "[" * 100_000)):
        (home / name).write_text(text)
        ended = shardwright("audit", "verify", "--file", home / name)
        assert ended.code == 1 and "Traceback" not in ended.err
    assert shardwright("audit", "verify", "--file", home / "absent").code == 1
    assert shardwright("audit", "verify", "--file", written(home / "empty", [])).code == 0


def test_a_head_that_is_no_hash_is_a_mistake_of_the_caller(home: Path, shardwright: Any) -> None:
    assert shardwright("audit", "verify", "--head", "latest").code == 2
    assert shardwright("audit", "verify", "--local", "--file", "x").code == 2


@pytest.fixture
def database(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That of a server which ran here, with five lines."""
    monkeypatch.setenv("SHARDWRIGHT_DATA_DIR", str(home / "data"))
    (home / "data").mkdir()
    file = home / "data" / "audit.db"

    async def fill() -> None:
        trail = await SqlAuditTrail.open(f"sqlite:///{file}")
        await trail.append(lines())
        await trail.close()

    asyncio.run(fill())
    return file


def test_the_database_itself_is_checked_and_exported_where_no_server_runs(
    database: Path, home: Path, shardwright: Any
) -> None:
    assert shardwright("audit", "verify", "--local").out.startswith("5 lines fit; head ")
    assert shardwright("audit", "export", "--local", "--to", "out").code == 0
    assert shardwright("audit", "verify", "--file", "out").out.startswith("5 lines fit")
    assert shardwright("audit", "export", "--local", "--to", "out").code == 1
    with closing(sqlite3.connect(database)) as raw:
        raw.executescript("DROP TRIGGER audit_update; UPDATE audit SET actor = 'eve' WHERE sequence = 4")
    ended = shardwright("audit", "verify", "--local")
    assert ended.code == 1 and "at line 4" in ended.err
    with closing(sqlite3.connect(database)) as raw:
        raw.executescript("UPDATE audit SET outcome = 'never' WHERE sequence = 2")
    ended = shardwright("audit", "verify", "--local")
    assert ended.code == 1 and "line 2" in ended.err


def test_where_no_trail_was_ever_written_that_is_said(home: Path, shardwright: Any) -> None:
    ended = shardwright("audit", "verify", "--local")
    assert ended.code == 1 and "there is no audit trail" in ended.err
    assert not (home / "data").exists()

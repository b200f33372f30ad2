"""The journal's database as a file: what outlives a restart, and what cannot be used."""

from __future__ import annotations

import asyncio
import sqlite3
from itertools import pairwise
from pathlib import Path

import pytest

from orchestrator.errors import Permanent, Unavailable
from orchestrator.ports import JournalFilter, JournalLine
from orchestrator.store.journal import SqlJournal


def lines(count: int, **fields: object) -> list[JournalLine]:
    known: dict[str, object] = {"kind": "Thing", "verb": "assign", "reason": "created", "count": 1}
    return [JournalLine(at=float(n), **{**known, **fields}) for n in range(count)]  # type: ignore[arg-type]


def url(path: Path) -> str:
    return f"sqlite:///{path}"


async def test_sequences_go_on_after_a_restart_and_a_smaller_bound_prunes(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    first = await SqlJournal.open(url(path), max_lines=100)
    await first.append(lines(80, ids=("a",)))
    await first.close()
    second = await SqlJournal.open(url(path), max_lines=20)
    (written,) = await second.append(lines(1))
    assert written.sequence == 81
    kept = await second.read(JournalFilter(limit=1000))
    assert (kept[0].sequence, len(kept)) == (81, 19)
    await second.close()
    with sqlite3.connect(path) as connection:
        (subjects,) = connection.execute("SELECT count(*) FROM journal_subjects").fetchone()
    connection.close()
    assert subjects == 18


async def test_pruning_goes_in_steps(tmp_path: Path) -> None:
    journal = await SqlJournal.open(url(tmp_path / "journal.db"), max_lines=100)
    held: list[int] = []
    for _ in range(25):
        await journal.append(lines(5))
        held.append(len(await journal.read(JournalFilter(limit=1000))))
    await journal.close()
    assert max(held) == 100
    assert sum(1 for now, after in pairwise(held) if after < now) <= 3


async def test_a_batch_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    journal = await SqlJournal.open(url(tmp_path / "journal.db"))
    with pytest.raises(Exception, match="JSON serializable"):
        await journal.append([*lines(2), *lines(1, data={"x": object()})])
    (written,) = await journal.append(lines(1))
    assert written.sequence == 1
    await journal.close()


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(Permanent, match="not a database"):
        await SqlJournal.open(url(path))


async def test_a_directory_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="unable to open"):
        await SqlJournal.open(url(tmp_path / "missing" / "journal.db"))


@pytest.mark.parametrize("bad", ["", "nonsense", "nodb://x/y", "postgresql+nodriver://user:secret@h/db"])
async def test_a_url_of_no_known_database_is_refused_without_being_repeated(bad: str) -> None:
    with pytest.raises(Permanent) as caught:
        await SqlJournal.open(bad)
    assert "secret" not in str(caught.value)


async def test_a_database_locked_by_another_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.store.sql_thread.BUSY_TIMEOUT_MS", 20)
    path = tmp_path / "journal.db"
    journal = await SqlJournal.open(url(path))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        await journal.append(lines(1))
    other.execute("ROLLBACK")
    other.close()
    assert (await journal.append(lines(1)))[0].sequence == 1
    await journal.close()


async def test_appends_from_many_tasks_get_numbers_without_gaps(tmp_path: Path) -> None:
    journal = await SqlJournal.open(url(tmp_path / "journal.db"))
    batches = await asyncio.gather(*(journal.append(lines(7)) for _ in range(40)))
    assert sorted(entry.sequence for batch in batches for entry in batch) == list(range(1, 281))
    await journal.close()


async def test_two_journals_on_one_database_share_the_numbers(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    one, other = await SqlJournal.open(url(path)), await SqlJournal.open(url(path))
    batches = await asyncio.gather(*(journal.append(lines(3)) for _ in range(20) for journal in (one, other)))
    assert sorted(entry.sequence for batch in batches for entry in batch) == list(range(1, 121))
    await one.close()
    await other.close()

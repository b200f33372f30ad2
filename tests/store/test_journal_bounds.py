"""The payloads in a database: bounded by bytes, the oldest go first, their lines stay."""

from __future__ import annotations

import random
from pathlib import Path

from orchestrator.ports import JournalFilter, JournalLine
from orchestrator.store.journal import SqlJournal

BOUND = 200_000


def line(n: int, size: int) -> JournalLine:
    noise = random.Random(n).randbytes(size).hex()
    return JournalLine(
        at=float(n), kind="Thing", verb="input-hints", reason="input", payload=({"n": n, "noise": noise},)
    )


async def filled(url: str) -> SqlJournal:
    journal = await SqlJournal.open(url, max_lines=1000, max_payload_bytes=BOUND)
    for n in range(100):
        await journal.append([line(n, 4000)])
    return journal


async def test_the_oldest_payloads_go_when_all_are_too_large(tmp_path: Path) -> None:
    journal = await filled(f"sqlite:///{tmp_path / 'journal.db'}")
    found = await journal.recorded("Thing", after=0, limit=1000)
    has = [bool(one.body) for one in found]
    assert len(found) == 100
    assert has == sorted(has), "those that are left are the newest"
    assert 0.5 * BOUND < sum(len(one.body) * 4 // 3 for one in found) <= BOUND
    assert len(await journal.read(JournalFilter(limit=1000))) == 100
    await journal.close()


async def test_what_is_held_is_counted_anew_after_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'journal.db'}"
    await (await filled(url)).close()
    journal = await SqlJournal.open(url, max_lines=1000, max_payload_bytes=BOUND)
    for n in range(100, 150):
        await journal.append([line(n, 4000)])
    found = await journal.recorded("Thing", after=0, limit=1000)
    assert sum(len(one.body) * 4 // 3 for one in found) <= BOUND
    assert found[-1].body
    await journal.close()


async def test_one_that_is_larger_than_the_bound_alone_does_not_stay(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'journal.db'}"
    journal = await SqlJournal.open(url, max_lines=1000, max_payload_bytes=BOUND)
    await journal.append([line(1, 400_000), line(2, 100)])
    await journal.append([line(3, 100)])
    found = await journal.recorded("Thing", after=0, limit=10)
    assert [bool(one.body) for one in found] == [False, True, True]
    await journal.close()


async def test_a_journal_of_an_earlier_version_gets_its_table(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "journal.db"
    journal = await SqlJournal.open(f"sqlite:///{path}")
    await journal.append([line(1, 10)])
    await journal.close()
    with sqlite3.connect(path) as database:
        # It had neither, and said no version.
        database.execute("DROP TABLE journal_payloads")
        database.execute("DROP TABLE journal_version")
    database.close()
    journal = await SqlJournal.open(f"sqlite:///{path}")
    await journal.append([line(2, 10)])
    found = await journal.recorded("Thing", after=0, limit=10)
    assert [bool(one.body) for one in found] == [False, True]
    await journal.close()

"""The journal in PostgreSQL: shared by several orchestrators, and away for a while."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from orchestrator.errors import Permanent, Unavailable
from orchestrator.ports import JournalFilter, JournalLine
from orchestrator.store.journal import SqlJournal
from tests.services import postgres


def lines(count: int, actor: str = "") -> list[JournalLine]:
    return [
        JournalLine(at=float(n), kind="Thing", verb="assign", reason="created", actor=actor, ids=(f"id-{n}",))
        for n in range(count)
    ]


async def test_several_that_open_an_empty_database_at_once_all_succeed() -> None:
    url = postgres.shared()
    journals = await asyncio.gather(*(SqlJournal.open(url) for _ in range(8)))
    written = await asyncio.gather(*(journal.append(lines(1)) for journal in journals))
    assert sorted(entry.sequence for (entry,) in written) == list(range(1, 9))
    for journal in journals:
        await journal.close()


async def test_batches_of_several_replicas_get_numbers_without_gaps_and_stay_together() -> None:
    url = postgres.shared()
    journals = await asyncio.gather(*(SqlJournal.open(url, max_lines=500) for _ in range(4)))
    batches = await asyncio.gather(
        *(journal.append(lines(5, f"{n}")) for n, journal in enumerate(journals) for _ in range(20))
    )
    numbers = sorted(entry.sequence for batch in batches for entry in batch)
    assert numbers == list(range(1, 401))
    assert all(
        [e.sequence for e in batch] == list(range(batch[0].sequence, batch[0].sequence + 5))
        for batch in batches
    )
    assert len(await journals[0].read(JournalFilter(limit=1000))) == 400
    await asyncio.gather(*(journal.append(lines(50)) for journal in journals))
    assert len(await journals[0].read(JournalFilter(limit=1000))) <= 500
    for journal in journals:
        await journal.close()


async def test_a_reader_that_follows_the_numbers_misses_no_line() -> None:
    url = postgres.shared()
    writers = await asyncio.gather(*(SqlJournal.open(url) for _ in range(3)))
    reader = await SqlJournal.open(url)
    writing = asyncio.gather(*(journal.append(lines(3)) for journal in writers for _ in range(30)))
    seen: list[int] = []
    while len(seen) < 270:
        after = seen[-1] if seen else 0
        found = await reader.read(JournalFilter(after=after, limit=1000))
        seen += [entry.sequence for entry in reversed(found)]
        assert seen == list(range(1, len(seen) + 1))
    await writing
    for journal in (*writers, reader):
        await journal.close()


async def test_a_server_that_is_away_is_unavailable_and_written_to_again_when_it_is_back() -> None:
    with postgres.own() as server:
        with pytest.raises(Unavailable, match="does not answer"):
            await SqlJournal.open(server.url)
        await asyncio.to_thread(server.start)
        journal = await SqlJournal.open(server.url)
        await journal.append(lines(3))
        server.kill()
        for _ in range(2):
            with pytest.raises(Unavailable, match="does not answer"):
                await journal.append(lines(1))
        await asyncio.to_thread(server.start)
        (written,) = await journal.append(lines(1))
        assert written.sequence == 4
        await journal.close()


async def test_a_journal_that_may_come_later_is_prepared_when_it_has_come() -> None:
    with postgres.own() as server:
        server.kill()
        with pytest.raises(Unavailable):
            await SqlJournal.open(server.url)
        journal = await SqlJournal.open(server.url, required=False)
        with pytest.raises(Unavailable):
            await journal.append(lines(1))
        server.start()
        assert [entry.sequence for entry in await journal.append(lines(2))] == [1, 2]
        assert len(await journal.read(JournalFilter(limit=10))) == 2
        await journal.close()


async def test_a_server_that_stands_still_is_unavailable_and_its_thread_is_free_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("orchestrator.store.journal.ANSWER_WITHIN_S", 1.0)
    with postgres.own() as server:
        server.start()
        journal = await SqlJournal.open(server.url)
        server.pause()
        for _ in range(2):
            with pytest.raises(Unavailable, match="did not answer within 1 s"):
                await journal.append(lines(1))
        server.resume()
        async with asyncio.timeout(40):
            while True:
                try:
                    await journal.append(lines(1))
                    break
                except Unavailable:
                    await asyncio.sleep(0.1)
        await journal.close()


async def test_a_wrong_password_is_said_without_repeating_it() -> None:
    with pytest.raises(Unavailable, match="password authentication failed") as refused:
        await SqlJournal.open(postgres.shared().replace(":s3cret@", ":Wr0ng@"))
    assert "Wr0ng" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
async def test_an_address_needs_no_driver(scheme: str) -> None:
    journal = await SqlJournal.open(postgres.shared().replace("postgresql+psycopg", scheme))
    assert len(await journal.append(lines(1))) == 1
    await journal.close()


async def test_another_database_is_refused() -> None:
    with pytest.raises(Permanent, match="SQLite or in PostgreSQL, not in mysql"):
        await SqlJournal.open("mysql+pymysql://u:secret@h/d")


def test_a_driver_that_is_missing_is_named_with_its_extra() -> None:
    asked = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from orchestrator.store.sql_engine import open_engine\n"
        "from orchestrator.errors import ConfigError\n"
        "try: open_engine('postgresql://u:secret@h/d', 1, of='journal')\n"
        "except ConfigError as error: print(error)\n"
    )
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)
    assert "pip install 'shardwright[postgresql]'" in said.stdout, said.stderr
    assert "secret" not in said.stdout

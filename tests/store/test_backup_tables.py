"""Rows of the databases as lines, and back: into SQLite and PostgreSQL, from either."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from orchestrator.core.access import Grant, Role
from orchestrator.errors import Permanent
from orchestrator.ports import JournalFilter, JournalLine
from orchestrator.ports.accounts import Session, Token, User
from orchestrator.ports.audit import AuditFilter
from orchestrator.replay.packing import unpack
from orchestrator.store.accounts import SqlAccounts
from orchestrator.store.audit import SqlAuditTrail
from orchestrator.store.backup_parts import SQL_PARTS, Room, dumped, misfit, room
from orchestrator.store.backup_tables import count, load, rows_of
from orchestrator.store.journal import SqlJournal
from tests.contract.audits import line
from tests.services import postgres

NewUrl = Callable[[str], str]
KINDS = ("sqlite", "postgresql")


@pytest.fixture
def new_url(tmp_path: Path) -> NewUrl:
    made: list[str] = []

    def url(kind: str) -> str:
        made.append(f"sqlite:///{tmp_path / f'{len(made)}.db'}")
        return postgres.shared() if kind == "postgresql" else made[-1]

    return url


def entry(number: int) -> JournalLine:
    return JournalLine(
        at=number + 0.125,
        kind="Thing",
        verb="move",
        reason="balance",
        shard=number,
        to=None if number % 2 else 7,
        detail="ü \\ud800",
        data={"n": number, "deep": {"list": [1, None, "x"]}},
        ids=tuple(f"{case}-{number}-{n}" for n, case in enumerate(("id", "ID", "éa", "z", "Ab"))),
        payload=[{"seen": [number]}],
    )


async def a_journal(url: str) -> None:
    journal = await SqlJournal.open(url)
    await journal.append([entry(number) for number in range(1200)])
    await journal.close()


async def a_trail(url: str) -> None:
    trail = await SqlAuditTrail.open(url)
    await trail.append([line(number, before={"ü": [number]}) for number in range(30)])
    await trail.begin(line(99))
    await trail.close()


async def some_accounts(url: str) -> None:
    accounts = await SqlAccounts.open(url)
    grants = (Grant(Role.OPERATOR, "Thing"), Grant(Role.VIEWER))
    await accounts.add_user(User(name="ann", password="hash", grants=grants, created=1.5, changed=2.5))
    token = Token(id="t", name="ci", owner="ann", digest="d", grants=grants, created=1.0, expires=9e9)
    await accounts.add_token(token)
    session = Session(
        digest="s",
        name="ann",
        source="password",
        token=None,
        grants=grants,
        created=1.0,
        used=1.0,
        expires=9e9,
    )
    await accounts.add_session(session, idle=60.0)
    await accounts.close()


FILLED = {"journal": a_journal, "audit": a_trail, "accounts": some_accounts}
OPENED = {"journal": SqlJournal.open, "audit": SqlAuditTrail.open, "accounts": SqlAccounts.open}


async def put(url: str, name: str, lines: Sequence[bytes]) -> None:
    opened = await OPENED[name](url)
    await opened.close()
    part = SQL_PARTS[name]
    load(url, part.tables, lines, part.of, emptied=part.emptied, raised=part.raised)


@pytest.mark.parametrize("source", KINDS)
@pytest.mark.parametrize("target", KINDS)
async def test_every_part_comes_over_as_it_was(source: str, target: str, new_url: NewUrl) -> None:
    for name, fill in FILLED.items():
        one, other = new_url(source), new_url(target)
        await fill(one)
        lines = list(dumped(one, SQL_PARTS[name]))
        assert room(other, SQL_PARTS[name], lines) is Room.EMPTY
        await put(other, name, lines)
        assert list(dumped(other, SQL_PARTS[name])) == lines
        assert room(other, SQL_PARTS[name], lines) is Room.SAME


async def test_a_restored_journal_goes_on_with_the_next_number(new_url: NewUrl) -> None:
    one, other = new_url("sqlite"), new_url("postgresql")
    await a_journal(one)
    await put(other, "journal", list(dumped(one, SQL_PARTS["journal"])))
    journal = await SqlJournal.open(other)
    (found,) = await journal.read(JournalFilter(resource_id="ID-7-1"))
    assert (found.sequence, found.data) == (8, entry(7).data)
    (added,) = await journal.append([entry(0)])
    assert added.sequence == 1201
    (recorded,) = await journal.recorded("Thing", after=6, limit=1)
    assert (recorded.line.sequence, unpack(recorded.body)) == (7, list(entry(6).payload))
    await journal.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_no_sequence_of_a_journal_is_given_twice(new_url: NewUrl, kind: str) -> None:
    url, part = new_url(kind), SQL_PARTS["journal"]
    await a_journal(url)
    lines = list(dumped(url, part))
    journal = await SqlJournal.open(url)
    await journal.append([entry(7), entry(8)])
    await journal.close()
    assert room(url, part, lines) is Room.TAKEN
    await put(url, "journal", lines)
    assert room(url, part, lines) is Room.SAME, "but for the number that follows"
    journal = await SqlJournal.open(url)
    (added,) = await journal.append([entry(0)])
    assert added.sequence == 1203
    await journal.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_restored_trail_fits_and_goes_on(new_url: NewUrl, kind: str) -> None:
    one, other = new_url("sqlite"), new_url(kind)
    await a_trail(one)
    lines = list(dumped(one, SQL_PARTS["audit"]))
    assert misfit(lines) is None
    await put(other, "audit", lines)
    trail = await SqlAuditTrail.open(other)
    # What was being done when the backup was made: nobody knows how it ended.
    (unknown,) = await trail.abandoned(9e9)
    assert unknown.request_id == "r-99"
    await trail.append([line(31)])
    found = await trail.read(AuditFilter(limit=100))
    assert [each.sequence for each in found] == list(range(32, 0, -1))
    await trail.close()
    assert misfit(list(dumped(other, SQL_PARTS["audit"]))) is None
    assert room(other, SQL_PARTS["audit"], lines) is Room.SAME, "it goes on from that of the backup"


async def test_another_trail_is_in_the_way(new_url: NewUrl) -> None:
    one, other = new_url("sqlite"), new_url("sqlite")
    await a_trail(one)
    trail = await SqlAuditTrail.open(other)
    await trail.append([line(number, actor="bob") for number in range(40)])
    await trail.close()
    assert room(other, SQL_PARTS["audit"], list(dumped(one, SQL_PARTS["audit"]))) is Room.TAKEN


async def test_a_trail_that_was_changed_in_the_file_is_found(new_url: NewUrl) -> None:
    url = new_url("sqlite")
    await a_trail(url)
    lines = list(dumped(url, SQL_PARTS["audit"]))
    for number, one in enumerate(lines):
        if b'"r-7"' in one:
            lines[number] = one.replace(b'"alice"', b'"mallo"')
    found = misfit(lines)
    assert found is not None and found.sequence == 8
    assert misfit(lines[:-5]) is not None, "the head names a line that is not there"


async def test_sessions_that_ended_do_not_begin_again(new_url: NewUrl) -> None:
    one, other = new_url("sqlite"), new_url("sqlite")
    await some_accounts(one)
    await some_accounts(other)
    lines = list(dumped(one, SQL_PARTS["accounts"]))
    assert b'"s"' not in b"".join(lines)
    await put(other, "accounts", lines)
    accounts = await SqlAccounts.open(other)
    assert await accounts.session("s") is None
    assert (await accounts.token("t")) is not None
    (ann,) = await accounts.users()
    assert [str(grant) for grant in ann.grants] == ["operator:Thing", "viewer"]
    await accounts.close()


async def test_rows_that_do_not_fit_change_nothing(new_url: NewUrl) -> None:
    url = new_url("sqlite")
    await some_accounts(url)
    before = list(dumped(url, SQL_PARTS["accounts"]))
    part = SQL_PARTS["accounts"]
    twice = [*before[:2], before[1]]
    with pytest.raises(Permanent, match="the database of the account register cannot be used"):
        load(url, part.tables, twice, part.of, emptied=part.emptied)
    assert list(dumped(url, part)) == before


async def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'absent.db'}"
    assert list(dumped(url, SQL_PARTS["journal"])) == []
    assert count(url, SQL_PARTS["journal"].counted, "journal") == 0
    assert list(tmp_path.iterdir()) == []


USERS = {"table": "access_users", "columns": [c.name for c in SQL_PARTS["accounts"].tables[0].columns]}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([b"{"], "line 1 is not JSON"),
        ([b"[1]"], "line 1: not a row of any table"),
        ([b"{}"], "line 1: a table with its columns"),
        ([json.dumps(USERS | {"table": "x"}).encode()], "line 1: this version knows no table 'x'"),
        (
            [json.dumps(USERS | {"columns": [*USERS["columns"], "face"]}).encode()],
            "no column 'face' of access_users: restore with the one that wrote it",
        ),
        ([json.dumps(USERS | {"columns": ["name"]}).encode()], "access_users lacks the column 'changed'"),
        ([json.dumps(USERS).encode(), b"[1]"], "line 2: not a row of access_users"),
        ([json.dumps(USERS).encode(), b"3"], "line 2: not a row of access_users"),
    ],
)
def test_lines_that_are_no_rows_are_refused_by_their_number(lines: list[bytes], said: str) -> None:
    with pytest.raises(Permanent, match=said):
        list(rows_of(lines, SQL_PARTS["accounts"].tables))

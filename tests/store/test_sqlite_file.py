"""The embedded store as a file on a disk: what outlives a crash, what cannot be used, what fails half-way."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.core.decisions import Ambiguous, Committed, Conflict, Transaction
from orchestrator.core.model import KindState, Protocol
from orchestrator.errors import Permanent, Unavailable
from orchestrator.ports import Office
from orchestrator.store.data_directory import require_local
from orchestrator.store.sqlite import SqliteStore

PROTOCOLS = {"Thing": Protocol.V1}
CHILD = Path(__file__).with_name("committing_process.py")


def kind(commit: int = 1) -> Transaction:
    before = None if commit == 1 else KindState(kind="Thing", commit=commit - 1, version=commit - 2)
    after = KindState(kind="Thing", commit=commit, version=commit - 1)
    return Transaction(op=f"op{commit}", before=before, after=after)


async def lead(store: SqliteStore) -> Office:
    office = await store.campaign("one", "")
    assert isinstance(office, Office)
    return office


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


# --- crashes ---


@pytest.mark.parametrize("after_commits", [1, 7, 60])
async def test_every_acknowledged_commit_outlives_kill_9(path: Path, after_commits: int) -> None:
    child = subprocess.Popen([sys.executable, str(CHILD), str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    acknowledged = 0
    for line in child.stdout:
        acknowledged = int(line)
        if acknowledged == after_commits:
            os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert acknowledged >= after_commits
    store = await SqliteStore.open(path, PROTOCOLS)
    loaded = await store.load("Thing")
    assert loaded is not None
    found = loaded.state.commit
    assert found in (acknowledged, acknowledged + 1)
    assert list(loaded.shards[0].ids()) == [f"{found}-{n}" for n in range(128)]
    assert loaded.shards[0].versions.head == loaded.state.version == found - 1
    assert (await lead(store)).epoch == 2
    await store.close()


# --- one server a directory ---


async def test_a_second_server_is_refused_with_the_directory_and_the_process_that_has_it(path: Path) -> None:
    first = await SqliteStore.open(path, PROTOCOLS)
    with pytest.raises(
        Permanent, match=rf"{path.parent} is in use by another server \(process {os.getpid()}\)"
    ):
        await SqliteStore.open(path, PROTOCOLS)
    await first.close()
    second = await SqliteStore.open(path, PROTOCOLS)
    await second.close()


async def test_the_office_is_safe_for_as_long_as_the_directory_is_locked(path: Path) -> None:
    store = await SqliteStore.open(path, PROTOCOLS)
    office = await lead(store)
    assert store.valid_until(office) == math.inf
    await store.close()
    assert store.valid_until(office) == -math.inf


async def test_the_directory_of_a_killed_server_is_free(path: Path) -> None:
    child = subprocess.Popen([sys.executable, str(CHILD), str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    child.stdout.readline()
    with pytest.raises(Permanent, match=f"process {child.pid}"):
        await SqliteStore.open(path, PROTOCOLS)
    child.kill()
    child.wait()
    child.stdout.close()
    store = await SqliteStore.open(path, PROTOCOLS)
    await store.close()


async def test_the_directory_is_free_again_when_opening_failed(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)
    for _ in range(2):
        with pytest.raises(Permanent, match="is not a SQLite database"):
            await SqliteStore.open(path, PROTOCOLS)
    path.unlink()
    store = await SqliteStore.open(path, PROTOCOLS)
    await store.close()


# --- what cannot be used ---


async def test_a_missing_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="does not exist"):
        await SqliteStore.open(tmp_path / "missing" / "store.db", PROTOCOLS)


async def test_a_directory_in_place_of_the_file_is_refused(path: Path) -> None:
    path.mkdir()
    with pytest.raises(Permanent, match="cannot be opened"):
        await SqliteStore.open(path, PROTOCOLS)


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """Permissions mean nothing to root, so lay its power down for the test."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    yield
    os.seteuid(was)


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """One that any user may reach."""
    with tempfile.TemporaryDirectory(prefix="store-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        yield directory
        directory.chmod(0o755)


async def test_a_read_only_directory_is_refused(open_directory: Path, unprivileged: None) -> None:
    if os.access(open_directory, os.W_OK, effective_ids=True):
        open_directory.chmod(0o555)
    with pytest.raises(Permanent, match="cannot be written"):
        await SqliteStore.open(open_directory / "store.db", PROTOCOLS)


async def test_a_read_only_file_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = await SqliteStore.open(path, PROTOCOLS)
    await store.close()

    def read_only(path: Path) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)

    with pytest.raises(Permanent, match="cannot be written"):
        await SqliteStore.open(path, PROTOCOLS, connect=read_only)


async def test_a_file_of_another_format_is_refused_and_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(Permanent, match="format 99"):
        await SqliteStore.open(path, PROTOCOLS)


async def test_a_file_damaged_in_its_middle_is_refused_when_read(path: Path) -> None:
    store = await SqliteStore.open(path, PROTOCOLS)
    office = await lead(store)
    for commit in range(1, 30):
        assert await store.commit(kind(commit), office) == Committed()
    await store.close()
    body = bytearray(path.read_bytes())
    body[4096:] = os.urandom(len(body) - 4096)
    path.write_bytes(body)
    store = await SqliteStore.open(path, PROTOCOLS)
    with pytest.raises(Permanent, match="damaged"):
        await store.load("Thing")
    await store.close()


@pytest.mark.parametrize(
    ("mounts", "refused"),
    [
        ("/dev/sda / ext4 rw 0 0", None),
        ("/dev/sda / ext4 rw 0 0\nhost:/x /srv nfs4 rw 0 0", None),
        ("host:/x / nfs4 rw 0 0", "nfs4"),
        ("/dev/sda / ext4 rw 0 0\nhost:/x {parent} nfs rw 0 0", "nfs"),
        ("host:/x / nfs4 rw 0 0\n/dev/sdb {parent} ext4 rw 0 0", None),
        ("/dev/sdb {parent} ext4 rw 0 0\n//host/x {parent} cifs rw 0 0", "cifs"),
        ("nonsense\n\n", None),
    ],
)
def test_a_network_file_system_is_refused(tmp_path: Path, mounts: str, refused: str | None) -> None:
    data = tmp_path / "data"
    data.mkdir()
    table = tmp_path / "mounts"
    table.write_text(mounts.format(parent=tmp_path))
    if refused is None:
        require_local(data, table)
        return
    with pytest.raises(Permanent, match=rf"network file system \({refused}\)"):
        require_local(data, table)


# --- failures half-way ---


class Failing(sqlite3.Connection):
    """Fails the statements that begin with a given word, before or after they were run."""

    fail: dict[str, tuple[int, bool]]

    def execute(self, sql: str, *rest: Any) -> sqlite3.Cursor:
        code, run_first = self.fail.get(sql.split()[0], (0, False))
        if code == 0:
            return super().execute(sql, *rest)
        if run_first:
            super().execute(sql, *rest)
        error = sqlite3.OperationalError("made to fail")
        error.sqlite_errorcode = code
        raise error


@pytest.fixture
def failures() -> dict[str, tuple[int, bool]]:
    return {}


@pytest.fixture
async def store(path: Path, failures: dict[str, tuple[int, bool]]) -> AsyncIterator[SqliteStore]:
    def connect(path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, factory=Failing)
        connection.fail = failures
        return connection

    store = await SqliteStore.open(path, PROTOCOLS, connect=connect)
    yield store
    await store.close()


@pytest.mark.parametrize("applied", [False, True])
async def test_a_commit_that_is_not_confirmed_is_ambiguous_and_settled_by_a_fence(
    store: SqliteStore, failures: dict[str, tuple[int, bool]], applied: bool
) -> None:
    office = await lead(store)
    failures["COMMIT"] = (sqlite3.SQLITE_IOERR, applied)
    assert isinstance(await store.commit(kind(1), office), Ambiguous)
    with pytest.raises(Unavailable):
        await store.fence(office)
    failures.clear()
    renewed = await store.fence(office)
    assert isinstance(renewed, Office)
    loaded = await store.load("Thing")
    assert (loaded is not None) is applied
    expected = Conflict if applied else Committed
    assert isinstance(await store.commit(kind(1), renewed), expected)


@pytest.mark.parametrize("statement", ["BEGIN", "INSERT", "SELECT"])
@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR])
async def test_a_failure_before_the_commit_is_unavailable_and_writes_nothing(
    store: SqliteStore, failures: dict[str, tuple[int, bool]], statement: str, code: int
) -> None:
    office = await lead(store)
    failures[statement] = (code, False)
    with pytest.raises(Unavailable, match="made to fail"):
        await store.commit(kind(1), office)
    failures.clear()
    assert await store.load("Thing") is None
    assert await store.commit(kind(1), office) == Committed()


async def test_a_commit_refused_as_busy_was_not_done(
    store: SqliteStore, failures: dict[str, tuple[int, bool]]
) -> None:
    office = await lead(store)
    failures["COMMIT"] = (sqlite3.SQLITE_BUSY, False)
    with pytest.raises(Unavailable):
        await store.commit(kind(1), office)
    failures.clear()
    assert await store.commit(kind(1), office) == Committed()


async def test_a_rollback_that_fails_too_leaves_the_store_usable(
    store: SqliteStore, failures: dict[str, tuple[int, bool]]
) -> None:
    office = await lead(store)
    failures.update({"INSERT": (sqlite3.SQLITE_FULL, False), "ROLLBACK": (sqlite3.SQLITE_IOERR, False)})
    with pytest.raises(Unavailable):
        await store.commit(kind(1), office)
    failures.clear()
    assert await store.commit(kind(1), office) == Committed()


async def test_a_write_lock_held_elsewhere_is_unavailable_after_the_wait(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.store.sqlite_file.BUSY_TIMEOUT_MS", 20)
    store = await SqliteStore.open(path, PROTOCOLS)
    office = await lead(store)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        await store.commit(kind(1), office)
    assert await store.load("Thing") is None, "reads go on meanwhile"
    other.execute("ROLLBACK")
    other.close()
    assert await store.commit(kind(1), office) == Committed()
    await store.close()


@pytest.mark.parametrize("replaced", [False, True])
async def test_a_file_that_was_taken_away_takes_no_more_commits(path: Path, replaced: bool) -> None:
    store = await SqliteStore.open(path, PROTOCOLS)
    office = await lead(store)
    path.rename(path.with_name("away"))
    if replaced:
        path.touch()
    with pytest.raises(Unavailable, match="replaced" if replaced else "gone"):
        await store.commit(kind(1), office)
    with pytest.raises(Unavailable):
        await store.load("Thing")
    await store.close()


async def test_commits_from_many_tasks_happen_one_after_another(path: Path) -> None:
    store = await SqliteStore.open(path, PROTOCOLS)
    office = await lead(store)
    answers = await asyncio.gather(*(store.commit(kind(commit), office) for commit in range(1, 51)))
    assert answers == [Committed()] * 50
    await store.close()


async def test_a_commit_under_way_is_finished_by_close(path: Path) -> None:
    store = await SqliteStore.open(path, PROTOCOLS)
    office = await lead(store)
    under_way = asyncio.ensure_future(store.commit(kind(1), office))
    await asyncio.sleep(0)
    await store.close()
    assert await under_way == Committed()

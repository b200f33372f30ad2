"""Backup and restore as commands: what they say, what they refuse, and that a refusal changes nothing."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator.core.audit_trail import AuditLine, Outcome
from orchestrator.core.decisions import Committed, ShardChange, Transaction
from orchestrator.core.model import Chunk, Instance, KindState, Protocol, Revision, Shard, ShardVersions
from orchestrator.core.papers import Paper, PaperChange
from orchestrator.engine.store_identity import require_nobody_elses
from orchestrator.errors import Permanent, Unavailable
from orchestrator.ports import InstanceSeen, JournalFilter, JournalLine, Loaded, Office, Phase, Store
from orchestrator.store.audit import SqlAuditTrail
from orchestrator.store.journal import SqlJournal
from orchestrator.store.sqlite import SqliteStore
from tests.cli.kept import SHARD

V1 = {"Thing": Protocol.V1, "Rule": Protocol.V1}
STATE = KindState(kind="Thing", commit=5, store_id="first", next_incarnation=10)
PLAN = Paper(name="plan.7", body=b'{"open": true}')
ONLY_THING = "kinds:\n  Thing:\n    table: Thing\n"


def embedded(home: Path, work: Callable[[Store], Awaitable[Any]], lock: bool = True) -> Any:
    async def run() -> Any:
        store = await SqliteStore.open(home / "data" / "store.db", V1, lock=lock)
        try:
            return await work(store)
        finally:
            await store.close()

    (home / "data").mkdir(exist_ok=True)
    return asyncio.run(run())


async def written(store: Store) -> Loaded:
    office = await store.campaign("one", "http://one")
    assert isinstance(office, Office)
    transaction = Transaction(
        op="op",
        before=None,
        after=STATE,
        changes=(ShardChange(before=None, after=SHARD),),
        revision=Revision(kind="Thing", number=1, digest="d", template="t"),
        papers=(PaperChange(before=None, after=PLAN),),
    )
    assert await store.commit(transaction, office) == Committed()
    await store.resign(office)
    loaded = await store.load("Thing")
    assert loaded is not None
    return loaded


def history(home: Path, *, lines: int = 3) -> None:
    async def run() -> None:
        trail = await SqlAuditTrail.open(f"sqlite:///{home / 'data' / 'audit.db'}")
        journal = await SqlJournal.open(f"sqlite:///{home / 'data' / 'journal.db'}")
        for number in range(lines):
            asked = AuditLine(
                at=float(number), actor="ann", source="token", method="POST", route="/x", outcome=Outcome.DONE
            )
            await trail.append([asked])
            await journal.append(
                [JournalLine(at=1.0, kind="Thing", verb="move", reason="balance", ids=("a",))]
            )
        await trail.close()
        await journal.close()

    asyncio.run(run())


@pytest.fixture
def installed(home: Path) -> Loaded:
    loaded = embedded(home, written)
    history(home)
    assert isinstance(loaded, Loaded)
    return loaded


def lost(home: Path) -> None:
    """The disk of the installation is gone."""
    (home / "data").rename(home / f"lost-{time.monotonic_ns()}")


def test_all_comes_back_and_no_number_is_given_again(shardwright: Any, home: Path, installed: Loaded) -> None:
    ended = shardwright("backup", "b.tgz")
    assert (ended.code, ended.out) == (0, ""), ended.err
    assert ended.err.splitlines()[0] == "Thing  1 shards, 2 ids, commit 5"
    assert (home / "b.tgz").stat().st_mode & 0o077 == 0
    lost(home)
    began = time.time()
    ended = shardwright("restore", "b.tgz")
    assert (ended.code, ended.out) == (0, ""), ended.err
    assert "the store is first now" in ended.err.splitlines()

    after = embedded(home, lambda store: store.load("Thing"))
    shard = after.shards[4]
    assert (list(shard.ids()), shard.incarnation) == (["a", "ü"], 9)
    assert shard.generation > 100_000_000, "so that an instance that stayed is told all its ids"
    assert shard.instance is Instance.LIVE
    assert after.papers["plan.7"].body == PLAN.body
    assert after.state.commit >= began * 1_000_000
    assert after.state.next_incarnation >= began * 1_000

    async def told() -> Any:
        journal = await SqlJournal.open(f"sqlite:///{home / 'data' / 'journal.db'}")
        lines = await journal.read(JournalFilter(resource_id="a"))
        await journal.close()
        return [line.sequence for line in lines]

    assert asyncio.run(told()) == [3, 2, 1]
    verified = shardwright("audit", "verify", "--local")
    assert verified.code == 0 and verified.out.startswith("4 lines fit"), verified
    exported = shardwright("audit", "export", "--local").out.splitlines()
    last = json.loads(exported[-1])
    assert (last["route"], last["target"], last["outcome"]) == ("shardwright restore", "b.tgz", "done")
    assert sorted(last["after"]["parts"]) == ["assignments", "audit", "journal"]


def test_the_next_leader_has_a_greater_epoch(shardwright: Any, home: Path, installed: Loaded) -> None:
    shardwright("backup", "b.tgz")
    lost(home)
    assert shardwright("restore", "b.tgz").code == 0

    async def led(store: Store) -> Any:
        return await store.campaign("two", "")

    office = embedded(home, led)
    assert isinstance(office, Office) and office.epoch > time.time() // 3600


def test_a_server_that_runs_is_neither_asked_nor_disturbed(shardwright: Any, home: Path) -> None:
    async def run(store: Store) -> Any:
        before = await written(store)
        files = {one.name for one in (home / "data").iterdir()}
        ended = await asyncio.to_thread(shardwright, "backup", "b.tgz")
        assert await store.load("Thing") == before
        assert {one.name for one in (home / "data").iterdir()} == files
        refused = await asyncio.to_thread(shardwright, "restore", "b.tgz", "--replace")
        return ended, refused

    ended, refused = embedded(home, run)
    assert ended.code == 0, ended.err
    assert [one.name for one in home.glob(".*")] == []
    assert refused.code == 1
    assert "is in use by another server" in refused.err


def test_what_is_there_is_in_the_way_until_a_person_lets_go_of_it(
    shardwright: Any, home: Path, installed: Loaded
) -> None:
    shardwright("backup", "b.tgz")
    history(home, lines=1)
    ended = shardwright("restore", "b.tgz")
    assert ended.code == 3
    assert ended.err.splitlines() == [
        "nothing was changed: choose what to put back with --part, or put it in the place of all that with"
        " --replace",
        "  - the journal there holds something else",
        "  - the store holds Thing already",
    ] or ended.err.splitlines()[1:] == [
        "  - the store holds Thing already",
        "  - the journal there holds something else",
    ]
    assert embedded(home, lambda store: store.load("Thing")) == installed
    ended = shardwright("restore", "b.tgz", "--replace")
    assert ended.code == 0, ended.err
    assert "audit trail  stands there already" in ended.err, "it goes on from that of the backup"
    assert shardwright("audit", "verify", "--local").out.startswith("5 lines fit")
    with closing(sqlite3.connect(home / "data" / "journal.db")) as journal:
        assert journal.execute("SELECT count(*) FROM journal").fetchone() == (3,)
    after = embedded(home, lambda store: store.load("Thing"))
    assert list(after.shards[4].ids()) == ["a", "ü"] and after.state.store_id == "first"


def test_a_trail_of_something_else_is_never_replaced(shardwright: Any, home: Path, installed: Loaded) -> None:
    shardwright("backup", "b.tgz")
    lost(home)
    embedded(home, lambda store: store.kinds())

    async def other() -> None:
        trail = await SqlAuditTrail.open(f"sqlite:///{home / 'data' / 'audit.db'}")
        line = AuditLine(at=7.0, actor="eve", source="token", method="", route="/y", outcome=Outcome.DONE)
        await trail.append([line])
        await trail.close()

    asyncio.run(other())
    ended = shardwright("restore", "b.tgz", "--replace")
    assert ended.code == 3
    assert "the audit trail there is another one, and is never replaced" in ended.err
    assert embedded(home, lambda store: store.kinds()) == []
    ended = shardwright("restore", "b.tgz", "--part", "assignments", "--part", "journal")
    assert ended.code == 0, ended.err
    assert embedded(home, lambda store: store.kinds()) == ["Thing"]


def test_parts_are_chosen(shardwright: Any, home: Path, installed: Loaded) -> None:
    assert shardwright("backup", "b.tgz", "--part", "audit").code == 0
    ended = shardwright("restore", "b.tgz", "--part", "assignments")
    assert (ended.code, ended.err) == (1, "b.tgz holds no assignments; it holds audit\n")
    assert shardwright("backup", "c.tgz", "--part", "nothing").code == 2
    shardwright("backup", "all.tgz")
    (home / "data" / "store.db").unlink()
    ended = shardwright("restore", "all.tgz", "--part", "assignments")
    assert ended.code == 0, ended.err
    assert "journal" not in ended.err


def test_an_empty_installation_has_nothing_to_back_up(shardwright: Any, home: Path) -> None:
    ended = shardwright("backup", "b.tgz")
    assert ended.code == 1 and "there is nothing to back up" in ended.err
    embedded(home, lambda store: store.kinds())
    ended = shardwright("backup", "b.tgz")
    assert (ended.code, ended.err) == (1, "the store is empty: there is nothing to back up\n")
    assert [one.name for one in home.iterdir()] == ["data"]


def test_a_part_that_a_person_names_must_be_there(shardwright: Any, home: Path) -> None:
    embedded(home, written)
    ended = shardwright("backup", "b.tgz", "--part", "audit")
    assert ended.code == 1
    assert ended.err.startswith("there is no audit trail to back up at sqlite:///"), ended.err
    assert ended.err.endswith("data/audit.db\n")
    assert [one.name for one in home.iterdir()] == ["data"]
    ended = shardwright("backup", "b.tgz")
    assert ended.code == 0
    assert "audit: there is none" in ended.err.splitlines()


def test_a_kind_that_is_not_configured_is_backed_up_and_told(shardwright: Any, home: Path) -> None:
    embedded(home, two_kinds)
    (home / "config.yaml").write_text(ONLY_THING)
    ended = shardwright("backup", "b.tgz")
    assert ended.code == 0, ended.err
    assert "Rule is not configured here" in ended.err


def test_no_file_is_overwritten_and_no_folder_made(shardwright: Any, home: Path, installed: Loaded) -> None:
    (home / "kept").write_text("kept")
    ended = shardwright("backup", "kept")
    assert (ended.code, ended.err) == (1, "the backup cannot be written: kept is there already\n")
    assert (home / "kept").read_text() == "kept"
    ended = shardwright("backup", "nowhere/b")
    assert ended.err == "the backup cannot be written: nowhere is no folder\n"


def test_a_file_that_is_no_backup_changes_nothing(shardwright: Any, home: Path, installed: Loaded) -> None:
    shardwright("backup", "b.tgz")
    lost(home)
    whole = (home / "b.tgz").read_bytes()
    (home / "cut.tgz").write_bytes(whole[: len(whole) // 2])
    shardwright("backup", "x")
    for name, said in (("cut.tgz", "cut off"), ("absent", "absent cannot be read")):
        ended = shardwright("restore", name)
        assert ended.code == 1 and said in ended.err
        assert not (home / "data").exists()


def test_a_trail_that_does_not_fit_is_told_and_not_put_back(
    shardwright: Any, home: Path, installed: Loaded
) -> None:
    with closing(sqlite3.connect(home / "data" / "audit.db")) as trail, trail:
        trail.execute("DROP TRIGGER audit_update")
        trail.execute("UPDATE audit SET actor = 'eve' WHERE sequence = 2")
    ended = shardwright("backup", "b.tgz")
    assert ended.code == 1
    assert "the backup is written, and its audit trail does not fit: line 2" in ended.err
    lost(home)
    ended = shardwright("restore", "b.tgz")
    assert ended.code == 1 and "does not fit at line 2" in ended.err and "--part" in ended.err
    assert not (home / "data").exists()
    assert shardwright("restore", "b.tgz", "--part", "assignments").code == 0


def test_a_clock_behind_the_backup_is_refused(
    shardwright: Any, home: Path, installed: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    shardwright("backup", "b.tgz")
    lost(home)
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    ended = shardwright("restore", "b.tgz")
    assert ended.code == 1 and "the clock of this machine is behind" in ended.err


def test_another_installations_backup_is_not_taken_for_ours(
    shardwright: Any, home: Path, installed: Loaded
) -> None:
    shardwright("backup", "b.tgz")
    lost(home)
    (home / "data").mkdir()
    (home / "data" / "store-id").write_text("second\n")
    ended = shardwright("restore", "b.tgz")
    assert ended.code == 3 and "the backup is of another installation: it was store first" in ended.err
    ended = shardwright("restore", "b.tgz", "--new-identity")
    assert ended.code == 0 and "the store is second now" in ended.err


# --- instances ---


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[InstanceSeen]:
    """What the runtime says runs."""
    found: list[InstanceSeen] = []

    async def observe(self: object, kind: str) -> list[InstanceSeen]:
        return [one for one in found if one.kind == kind]

    monkeypatch.setattr("orchestrator.runtime.process.ProcessRuntime.observe", observe)
    return found


RUNS = InstanceSeen(kind="Thing", shard=4, incarnation=9, phase=Phase.RUNNING, uid="77:1")


@pytest.mark.parametrize("phase", [one for one in Phase if one is not Phase.ENDED])
def test_while_an_instance_may_run_nothing_is_put_back(
    shardwright: Any, home: Path, installed: Loaded, seen: list[InstanceSeen], phase: Phase
) -> None:
    shardwright("backup", "b.tgz")
    lost(home)
    seen.append(replace(RUNS, phase=phase))
    ended = shardwright("restore", "b.tgz")
    assert ended.code == 3
    assert ended.err.startswith(
        "1 instances may still run, and may have been given other resources since: end"
    )
    assert "Thing/4 incarnation 9 (77:1)" in ended.err
    assert embedded(home, lambda store: store.kinds()) == []
    seen[0] = replace(RUNS, phase=Phase.ENDED)
    assert shardwright("restore", "b.tgz").code == 0


def test_an_instance_of_a_kind_younger_than_the_backup_is_in_the_way(
    shardwright: Any, home: Path, installed: Loaded, seen: list[InstanceSeen]
) -> None:
    shardwright("backup", "b.tgz")
    lost(home)
    seen.append(replace(RUNS, kind="Rule"))
    ended = shardwright("restore", "b.tgz")
    assert ended.code == 3 and "Rule/4 incarnation 9 (77:1)" in ended.err, ended.err
    ended = shardwright("restore", "b.tgz", "--instances", "kept")
    assert ended.code == 3 and "Rule/4 runs incarnation 9, the backup knows no such kind" in ended.err
    assert embedded(home, lambda store: store.kinds()) == []


def test_an_instance_of_a_kind_that_only_the_store_knows_is_in_the_way(
    shardwright: Any, home: Path, installed: Loaded, seen: list[InstanceSeen]
) -> None:
    shardwright("backup", "b.tgz")
    embedded(home, rule)
    (home / "config.yaml").write_text(ONLY_THING)
    seen.append(replace(RUNS, kind="Rule"))
    ended = shardwright("restore", "b.tgz", "--replace")
    assert ended.code == 3 and "Rule/4 incarnation 9" in ended.err, ended.err


def test_instances_that_the_backup_knows_may_be_kept_and_others_not(
    shardwright: Any, home: Path, installed: Loaded, seen: list[InstanceSeen]
) -> None:
    shardwright("backup", "b.tgz")
    lost(home)
    for one, said in (
        (replace(RUNS, incarnation=10), "Thing/4 runs incarnation 10, the backup knows incarnation 9"),
        (replace(RUNS, shard=5), "Thing/5 runs incarnation 9, the backup knows no such shard"),
    ):
        seen[:] = [RUNS, one]
        ended = shardwright("restore", "b.tgz", "--instances", "kept")
        assert ended.code == 3
        assert ended.err.startswith("1 instances are not those of the backup: end them first: nothing was")
        assert said in ended.err
    seen[:] = [RUNS]
    assert shardwright("restore", "b.tgz", "--instances", "kept").code == 0


def test_where_it_is_not_known_what_runs_a_person_has_to_say_so(
    shardwright: Any, home: Path, installed: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    shardwright("backup", "b.tgz")
    lost(home)
    monkeypatch.setenv("SHARDWRIGHT_RUNTIME__ENGINE", "kubernetes")
    monkeypatch.setenv("SHARDWRIGHT_RUNTIME__KUBERNETES__NAMESPACE", "iot")
    monkeypatch.setenv("SHARDWRIGHT_RUNTIME__KUBERNETES__KUBECONFIG", str(home / "absent"))
    ended = shardwright("restore", "b.tgz")
    assert ended.code == 4 and ended.err.startswith("it is not known which instances run: "), ended.err
    assert "--instances ended" in ended.err
    assert shardwright("restore", "b.tgz", "--instances", "ended").code == 0


# --- cut off in the middle ---


async def two_kinds(store: Store) -> None:
    await written(store)
    await rule(store)


async def rule(store: Store) -> None:
    office = await store.campaign("one", "http://one")
    assert isinstance(office, Office)
    state = replace(STATE, kind="Rule")
    shards = tuple(
        ShardChange(before=None, after=replace(SHARD, number=n, chunks=(Chunk(ids=(f"r{n}",)),)))
        for n in range(3)
    )
    transaction = Transaction(op="op", before=None, after=state, changes=shards)
    assert await store.commit(transaction, office) == Committed()
    await store.resign(office)


def test_wherever_it_is_cut_off_the_same_command_goes_on(
    shardwright: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded(home, two_kinds)
    history(home)
    shardwright("backup", "b.tgz")
    real = SqliteStore.commit
    cuts = 0
    for after in range(20):
        lost(home)
        left = after

        async def commit(self: SqliteStore, *given: Any) -> Any:
            nonlocal left
            if not left:
                raise Unavailable("cut off")
            left -= 1
            return await real(self, *given)

        with monkeypatch.context() as cut:
            cut.setattr(SqliteStore, "commit", commit)
            ended = shardwright("restore", "b.tgz")
        if ended.code == 0:
            break
        cuts += 1
        assert (ended.code, ended.err.splitlines()[-1]) == (4, "cut off")
        served = embedded(home, lambda store: loaded_kinds(store))
        assert all(one.state.is_unfinished or len(one.shards) in (1, 3) for one in served)
        ended = shardwright("restore", "b.tgz")
        assert ended.code == 0, ended.err
        rule, thing = embedded(home, lambda store: loaded_kinds(store))
        assert [list(shard.ids()) for shard in rule.shards.values()] == [["r0"], ["r1"], ["r2"]]
        assert list(thing.shards[4].ids()) == ["a", "ü"]
        assert rule.state.store_id == thing.state.store_id == "first"
    assert cuts >= 8


async def loaded_kinds(store: Store) -> list[Loaded]:
    found = [await store.load(kind) for kind in await store.kinds()]
    return [one for one in found if one is not None]


def test_a_replacement_that_was_cut_off_is_served_by_nobody_and_goes_on(
    shardwright: Any, home: Path, installed: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    shardwright("backup", "b.tgz", "--part", "assignments")

    async def fails(self: SqliteStore, *given: Any) -> Any:
        raise Unavailable("cut off")

    with monkeypatch.context() as cut:
        cut.setattr(SqliteStore, "commit", fails)
        assert shardwright("restore", "b.tgz", "--replace").code == 4
    (left,) = embedded(home, lambda store: loaded_kinds(store))
    assert left.state.is_unfinished and not left.shards
    assert shardwright("restore", "b.tgz", "--replace").code == 0
    (thing,) = embedded(home, lambda store: loaded_kinds(store))
    assert list(thing.shards[4].ids()) == ["a", "ü"]


@pytest.mark.parametrize("before", ["Thing and Rule", "Rule"])
def test_wherever_a_replacement_is_cut_off_no_kind_is_begun_anew_and_it_goes_on(
    shardwright: Any, home: Path, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    embedded(home, two_kinds if before == "Thing and Rule" else written)
    shardwright("backup", "b.tgz", "--part", "assignments")
    real = SqliteStore._apply
    cuts = 0
    for after in range(40):
        lost(home)
        embedded(home, two_kinds if before == "Thing and Rule" else rule)
        left = after

        def apply(self: SqliteStore, *given: Any) -> Any:
            nonlocal left
            if not left:
                raise Unavailable("cut off")
            left -= 1
            return real(self, *given)

        with monkeypatch.context() as cut:
            cut.setattr(SqliteStore, "_apply", apply)
            ended = shardwright("restore", "b.tgz", "--replace")
        if ended.code == 0:
            break
        cuts += 1
        assert ended.code == 4, ended.err
        states = embedded(home, lambda store: embedded_states(store))
        assert any(one.startswith("import-") for one in states.values()) or after == 0, (after, states)
        if after and "Thing" not in states:
            embedded(home, refuses_to_begin_a_thing)
        assert shardwright("restore", "b.tgz", "--replace").code == 0
        check(home, before)
    assert cuts >= 8
    check(home, before)


def check(home: Path, before: str) -> None:
    loaded = embedded(home, lambda store: loaded_kinds(store))
    kinds = ["Rule", "Thing"] if before == "Thing and Rule" else ["Thing"]
    assert [one.state.kind for one in loaded] == kinds
    assert [one.state.store_id for one in loaded] == ["first"] * len(kinds)
    assert list(loaded[-1].shards[4].ids()) == ["a", "ü"]


async def refuses_to_begin_a_thing(store: Store) -> None:
    with pytest.raises(Permanent):
        await require_nobody_elses(store, "first", "Thing")


async def embedded_states(store: Any) -> dict[str, str]:
    """Whose each kind is, also where the rest of it cannot be read."""
    with closing(sqlite3.connect("data/store.db")) as file:
        rows = file.execute("SELECT path, body FROM documents WHERE path LIKE '%/\\_kinds/%' ESCAPE '\\'")
        return {path.rpartition("/")[2]: json.loads(body)["storeId"] for path, body in rows}


def test_numbers_go_on_from_those_of_what_is_replaced(
    shardwright: Any, home: Path, installed: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    shardwright("backup", "b.tgz", "--part", "assignments")
    lost(home)
    ahead = replace(STATE, commit=10**16, next_incarnation=10**14)

    async def later(store: Store) -> None:
        office = await store.campaign("one", "")
        assert isinstance(office, Office)
        shards = (ShardChange(before=None, after=SHARD),)
        transaction = Transaction(op="op", before=None, after=ahead, changes=shards)
        assert await store.commit(transaction, office) == Committed()

    embedded(home, later)

    async def fails(self: SqliteStore, *given: Any) -> Any:
        raise Unavailable("cut off")

    # What was erased before it was cut off has told its numbers, too.
    with monkeypatch.context() as cut:
        cut.setattr(SqliteStore, "commit", fails)
        assert shardwright("restore", "b.tgz", "--replace").code == 4
    assert shardwright("restore", "b.tgz", "--replace").code == 0
    (thing,) = embedded(home, lambda store: loaded_kinds(store))
    assert thing.state.commit > ahead.commit
    assert thing.state.next_incarnation >= ahead.next_incarnation


# --- what cannot be written ---


def test_what_cannot_be_written_is_refused_before_anything_is_changed(shardwright: Any, home: Path) -> None:
    embedded(home, two_kinds)
    history(home)
    shardwright("backup", "b.tgz")
    history(home, lines=1)

    def there() -> Any:
        with closing(sqlite3.connect(home / "data" / "journal.db")) as journal:
            lines = journal.execute("SELECT count(*) FROM journal").fetchone()
        return lines, embedded(home, lambda store: loaded_kinds(store))

    before = there()
    (home / "config.yaml").write_text(ONLY_THING)
    ended = shardwright("restore", "b.tgz", "--replace")
    assert (ended.code, ended.err) == (
        1,
        "the kind 'Rule' is not configured here, so it is not imported\n",
    )
    (home / "config.yaml").unlink()
    assert there() == before


def test_a_shard_too_large_for_its_protocol_is_refused_before_anything_is_changed(
    shardwright: Any, home: Path
) -> None:
    many = Chunk(ids=tuple(f"{n:05}-{'x' * 100}" for n in range(6000)))

    async def large(store: Store) -> Any:
        office = await store.campaign("one", "")
        assert isinstance(office, Office)
        chunks = tuple(Chunk(ids=many.ids[n : n + 100]) for n in range(0, 6000, 100))
        half = Shard(number=4, capacity=(9000,), chunks=chunks[:30])
        made = Transaction(op="op", before=None, after=STATE, changes=(ShardChange(before=None, after=half),))
        assert await store.commit(made, office) == Committed()
        versions = ShardVersions(head=1, resources=1)
        grown = replace(half, chunks=chunks, versions=versions)
        changes = (ShardChange(before=half, after=grown),)
        after = replace(STATE, commit=6, version=1)
        assert (
            await store.commit(Transaction(op="op", before=STATE, after=after, changes=changes), office)
            == Committed()
        )

    embedded(home, large)
    shardwright("backup", "b.tgz")
    before = embedded(home, lambda store: embedded_states(store))
    (home / "config.yaml").write_text(ONLY_THING + "    protocol: seed\n    heart: false\n")
    ended = shardwright("restore", "b.tgz", "--replace")
    assert ended.code == 1 and "shard 4 is too large for one document of the store" in ended.err, ended.err
    assert embedded(home, lambda store: embedded_states(store)) == before == {"Thing": "first"}

"""Each judge is given a history in which its rule is broken, and must find it; a good one it lets pass."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.history import StoreJudge
from tests.chaos.service import Change as Row
from tests.chaos.service import Hold, gaps, lives, strange, twice
from tests.chaos.txnlog import MULTI, BrokenLogError, Change, Transaction, merged, read_log

ROOT = "/iota/orchestration"
LEADER, KIND = f"{ROOT}/_leader", f"{ROOT}/_kinds/Thing"
FIRST, SECOND = 11, 22


class Store:
    """Writes a history as an orchestrator would; every value may be made wrong."""

    def __init__(self) -> None:
        self.log: list[Transaction] = []
        self._versions: dict[str, int] = {}
        self._commit = 0

    def write(self, session: int, *changes: Change, at: float = 0.0) -> None:
        self.log.append(Transaction(len(self.log) + 1, session, at or 100.0 + len(self.log), changes))

    def put(self, path: str, body: Any) -> Change:
        version = self._versions[path] = self._versions.get(path, -1) + 1
        return Change("set" if version else "create", path, json.dumps(body).encode(), version)

    def office(self, session: int, epoch: int, holder: str | None = None) -> None:
        holder = f"h{session}" if holder is None else holder
        self.write(session, self.put(LEADER, {"epoch": epoch, "holder": holder, "nonce": ""}))

    def change(self, session: int, *changes: Change, at: float = 0.0, **state: Any) -> None:
        self._commit += 1
        told = {"commit": self._commit, "nextIncarnation": 9, "maxInstances": 3, **state}
        check = Change("check", LEADER, version=self._versions[LEADER] + 1)
        self.write(session, check, self.put(KIND, told), *changes, at=at)

    def shard(
        self, number: int, ids: Sequence[str], *, used: int | None = None, times: int | None = 0, **more: Any
    ) -> list[Change]:
        path = f"{ROOT}/Thing/{number}"
        head = {"incarnation": number + 1, "instance": "none", "state": "active", **more}
        releasing = head.pop("releasing", [])
        made = [
            self.put(path, {"used": len(ids) if used is None else used, **head}),
            self.put(f"{path}/resources/0", {"ids": list(ids), "releasing": releasing}),
        ]
        return made + ([self.put(f"{path}/_reload", {"times": times})] if times is not None else [])


@pytest.fixture
def store() -> Store:
    """One leader, two shards, three ids."""
    made = Store()
    made.office(FIRST, 1)
    made.change(FIRST, *made.shard(0, ["a", "b"]), *made.shard(1, ["c"]))
    return made


def found(store: Store) -> set[str]:
    judge = StoreJudge()
    judge.feed(store.log)
    return {finding.rule for finding in judge.findings}


def leaving(to: int | None, *ids: str) -> list[dict[str, Any]]:
    return [{"g": 1, "to": to, "ids": list(ids)}]


def test_a_hand_over_a_death_and_a_new_leader_are_no_findings(store: Store) -> None:
    store.change(FIRST, *store.shard(0, ["a"], times=1, releasing=leaving(1, "b")))
    store.office(SECOND, 2)
    store.change(SECOND, *store.shard(0, ["a"], times=None), *store.shard(1, ["c", "b"], times=1))
    for step, incarnation in (("live", 8), ("stopping", 8), ("none", 8), ("live", 9)):
        store.change(SECOND, *store.shard(0, ["a"], times=None, instance=step, incarnation=incarnation))
    assert found(store) == set()


def test_an_id_in_two_shards_is_found_in_the_one_state_in_which_it_is_so(store: Store) -> None:
    store.change(FIRST, *store.shard(1, ["c", "a"], times=1))
    store.change(FIRST, *store.shard(1, ["c"], times=2, releasing=leaving(None, "a")))
    assert "S1" in found(store)


def test_an_id_that_is_released_and_owned_at_once_is_found(store: Store) -> None:
    store.change(FIRST, *store.shard(0, ["a", "b"], times=None, releasing=leaving(1, "b")))
    assert "S1" in found(store)


def test_an_id_that_leaves_without_being_released_is_found(store: Store) -> None:
    store.change(FIRST, *store.shard(0, ["a"], times=1))
    assert found(store) == {"S1"}


def test_a_count_that_is_wrong_is_found(store: Store) -> None:
    store.change(FIRST, *store.shard(0, ["a", "b"], times=None, used=3))
    assert found(store) == {"S3"}


def test_more_shards_than_are_allowed_are_found(store: Store) -> None:
    store.change(FIRST, maxInstances=1)
    assert found(store) == {"S4"}


@pytest.mark.parametrize("times", [None, 0, 2])
def test_a_generation_that_does_not_grow_by_one_with_the_ids_is_found(
    store: Store, times: int | None
) -> None:
    store.change(FIRST, *store.shard(0, ["a", "b", "d"], times=times))
    assert found(store) == {"S5"}


def test_a_generation_that_grows_without_a_change_is_found(store: Store) -> None:
    store.change(FIRST, *store.shard(0, ["a", "b"], times=1))
    assert found(store) == {"S5"}


def test_a_write_of_a_deposed_leader_is_found(store: Store) -> None:
    store.office(SECOND, 2)
    store.change(FIRST, *store.shard(0, ["a", "b", "d"], times=1))
    assert found(store) == {"S6"}


def test_a_write_that_does_not_look_at_the_office_is_found(store: Store) -> None:
    store.change(FIRST)
    last = store.log.pop()
    store.write(FIRST, *last.changes[1:])
    assert found(store) == {"S6"}
    old = Change("check", LEADER, version=0)
    store.log[-1] = Transaction(len(store.log), FIRST, 1.0, (old, *last.changes[1:]))
    assert found(store) == {"S6"}


@pytest.mark.parametrize("epoch", [1, 3])
def test_an_epoch_that_does_not_grow_by_one_is_found(store: Store, epoch: int) -> None:
    store.office(SECOND, epoch)
    assert found(store) == {"S6"}


def test_an_office_may_be_renewed_left_and_taken_anew(store: Store) -> None:
    store.office(FIRST, 1)
    store.office(FIRST, 1, holder="")
    store.office(SECOND, 2)
    store.change(SECOND)
    assert found(store) == set()


def test_a_write_after_the_office_was_left_is_found(store: Store) -> None:
    store.office(FIRST, 1, holder="")
    store.change(FIRST)
    assert found(store) == {"S6"}


def test_an_office_that_a_stranger_renews_or_leaves_is_found(store: Store) -> None:
    store.office(SECOND, 1, holder=f"h{FIRST}")
    assert found(store) == {"S6"}


def test_an_incarnation_that_is_used_again_is_found(store: Store) -> None:
    for step, incarnation in (("live", 5), ("stopping", 5), ("none", 5)):
        store.change(FIRST, *store.shard(0, ["a", "b"], times=None, instance=step, incarnation=incarnation))
    assert found(store) == set()
    store.change(FIRST, *store.shard(0, ["a", "b"], times=None, instance="live", incarnation=5))
    assert found(store) == {"incarnation"}


def test_an_instance_that_is_live_again_without_having_ended_is_found(store: Store) -> None:
    store.change(FIRST, *store.shard(0, ["a", "b"], times=None, instance="live", incarnation=5))
    store.change(FIRST, *store.shard(0, ["a", "b"], times=None, instance="live", incarnation=6))
    assert found(store) == {"incarnation"}


def test_a_commit_that_is_given_twice_is_found(store: Store) -> None:
    store.change(FIRST, commit=1)
    assert found(store) == {"commit"}


def test_a_transaction_that_is_too_large_is_found(store: Store) -> None:
    store.write(FIRST, Change("check", LEADER, version=1), store.put(KIND + "x", {"a": "x" * 600_000}))
    assert "S18" in found(store)


def test_what_failed_changed_nothing_and_is_counted_where_a_former_leader_tried(store: Store) -> None:
    store.office(SECOND, 2)
    store.log.append(Transaction(99, FIRST, 1.0, (), failed=True))
    judge = StoreJudge()
    judge.feed(store.log)
    assert (judge.findings, judge.counted.refused, judge.counted.offices) == ([], 1, 2)


# --- against the catalog ---


def moments(store: Store, *rows: Row) -> list[str]:
    judge = StoreJudge()
    judge.feed(store.log)
    return [one.rule for one in strange(judge.moments, lives(rows))]


def there(*ids: str, at: float = 0.0) -> list[Row]:
    return [Row(at, "Thing", one, True) for one in ids]


def test_an_id_that_is_taken_away_though_its_row_is_there_is_found(store: Store) -> None:
    store.change(FIRST, *store.shard(0, ["a"], times=1, releasing=leaving(None, "b")))
    assert moments(store, *there("a", "b", "c")) == ["no wipe"]
    assert moments(store, *there("a", "b", "c"), Row(101.0, "Thing", "b", False)) == []


def test_an_id_that_is_placed_long_after_its_row_has_gone_is_found(store: Store) -> None:
    store.change(FIRST, *store.shard(1, ["c", "x"], times=1), at=200.0)
    assert moments(store, *there("a", "b", "c")) == ["S2"]
    gone = Row(150.0, "Thing", "x", False)
    assert moments(store, *there("a", "b", "c", "x"), gone) == ["S2"]
    assert moments(store, *there("a", "b", "c", "x"), gone, *there("x", at=199.0)) == []
    assert moments(store, *there("a", "b", "c", "x"), Row(195.0, "Thing", "x", False)) == []


# --- the ledgers ---


def hold(process: str, since: float, until: float) -> Hold:
    return Hold("Thing", "a", process, since, until)


def test_two_that_serve_at_once_are_found_however_short_and_inside_a_longer_hold() -> None:
    assert twice([hold("p", 0, 5), hold("q", 5, 9), hold("q", 9, 10)]) == []
    assert [one.rule for one in twice([hold("p", 0, 5), hold("q", 4.999, 9)])] == ["S7"]
    assert len(twice([hold("p", 0, 9), hold("q", 1, 2), hold("r", 3, 4)])) == 2


def test_every_stretch_in_which_nobody_served_is_measured_within_the_time_and_the_row_s_life() -> None:
    spans = lives([*there("a", at=1.0), Row(20.0, "Thing", "a", False)])
    served = [hold("p", 2, 5), hold("q", 8, 12)]
    assert [(one.since, one.until) for one in gaps(served, spans, 0, 100)] == [(1, 2), (5, 8), (12, 20)]
    assert [(one.since, one.until) for one in gaps(served, spans, 6, 10)] == [(6, 8)]
    assert [one.seconds for one in gaps([], spans, 0, 10)] == [9]
    assert list(gaps(served, spans, 9, 11)) == []


# --- the log itself ---


def record(zxid: int, body: bytes = b"{}") -> bytes:
    path = b"/a"
    create = (
        struct.pack(">i", 2) + path + struct.pack(">i", len(body)) + body + struct.pack(">i?i", 0, False, 1)
    )
    parts = struct.pack(">iii", 1, 1, len(create)) + create
    found = struct.pack(">qiqqi", 7, 1, zxid, 1500, MULTI) + parts
    return struct.pack(">qi", zlib.adler32(found), len(found)) + found + b"B"


def written(folder: Path, *records: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "log.1"
    path.write_bytes(b"ZKLG" + bytes(12) + b"".join(records) + bytes(64))
    return path


def test_the_log_is_read_up_to_where_it_was_written_and_no_torn_end_is_believed(tmp_path: Path) -> None:
    whole = list(read_log(written(tmp_path, record(1), record(2))))
    assert whole == [Transaction(n, 7, 1.5, (Change("create", "/a", b"{}"),)) for n in (1, 2)]
    torn = bytearray(record(2))
    torn[40] ^= 1
    assert list(read_log(written(tmp_path, record(1), bytes(torn)))) == whole[:1]
    (tmp_path / "other").write_bytes(b"what is this")
    with pytest.raises(BrokenLogError):
        list(read_log(tmp_path / "other"))


def test_members_complete_each_other_and_may_not_differ(tmp_path: Path) -> None:
    written(tmp_path / "1", record(1), record(2))
    written(tmp_path / "2", record(2), record(3))
    found, differ = merged([tmp_path / "1", tmp_path / "2"])
    assert ([one.zxid for one in found], differ) == ([1, 2, 3], [])
    written(tmp_path / "2", record(2, b"[]"))
    assert merged([tmp_path / "1", tmp_path / "2"])[1] == ["members differ on transaction 0x2"]

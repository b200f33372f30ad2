"""What the audit finds in ledgers, and what it does not hold against anyone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shardwright_worker.audit import audit, main
from shardwright_worker.holds import BrokenLedger, read_ledgers

SECOND = 1_000_000_000


def write(directory: Path, name: str, *lines: tuple[float, str] | tuple[float, str, str, int]) -> None:
    """Lines are (seconds, verb) or (seconds, verb, id, commit); the incarnation is in the name."""
    incarnation = int(name.rsplit("-", 2)[1])
    with (directory / f"{name}.jsonl").open("w") as ledger:
        for line in lines:
            entry: dict[str, object] = {
                "at": int(line[0] * SECOND),
                "verb": line[1],
                "incarnation": incarnation,
            }
            if len(line) == 4:
                entry |= {"id": line[2], "commit": line[3]}
            ledger.write(json.dumps(entry) + "\n")


def test_an_id_handed_over_is_clean_and_served_by_its_new_owner(tmp_path: Path) -> None:
    write(tmp_path, "Thing-0-1-9", (1, "start"), (2, "acquire", "a", 5), (3, "release", "a", 5), (9, "alive"))
    write(tmp_path, "Thing-1-2-9", (1, "start"), (4, "acquire", "a", 6), (9, "alive"))
    report = audit(read_ledgers(tmp_path), expected=["a"], at=9 * SECOND)
    assert report.is_clean
    assert report.served == {"Thing": {"a": ("Thing-1-2-9",)}}


def test_an_acquire_before_the_other_release_is_an_overlap(tmp_path: Path) -> None:
    write(tmp_path, "Thing-0-1-9", (1, "start"), (2, "acquire", "a", 5), (5, "release", "a", 5))
    write(tmp_path, "Thing-1-2-9", (1, "start"), (4, "acquire", "a", 6), (9, "alive"))
    [overlap] = audit(read_ledgers(tmp_path), at=9 * SECOND).double_served
    assert (overlap.kind, overlap.id, overlap.first, overlap.second) == (
        "Thing",
        "a",
        "Thing-0-1-9",
        "Thing-1-2-9",
    )
    assert (overlap.since, overlap.until) == (4 * SECOND, 5 * SECOND)


def test_a_sign_of_life_is_evidence_of_everything_not_released(tmp_path: Path) -> None:
    write(tmp_path, "Thing-0-1-9", (1, "start"), (2, "acquire", "a", 5), (6, "alive"))
    write(tmp_path, "Thing-0-2-9", (3, "start"), (4, "acquire", "a", 6), (9, "alive"))
    assert audit(read_ledgers(tmp_path), at=9 * SECOND).double_served


def test_the_holds_of_a_dead_process_end_with_its_last_line(tmp_path: Path) -> None:
    write(tmp_path, "Thing-0-1-9", (1, "start"), (2, "acquire", "a", 5), (3, "alive"))
    write(tmp_path, "Thing-0-2-9", (4, "start"), (5, "acquire", "a", 6), (9, "alive"))
    assert audit(read_ledgers(tmp_path), expected=["a"], at=9 * SECOND).is_clean


def test_two_live_holders_are_double_now(tmp_path: Path) -> None:
    write(tmp_path, "Thing-0-1-9", (1, "start"), (2, "acquire", "a", 5), (9, "alive"))
    write(tmp_path, "Thing-1-2-9", (1, "start"), (3, "acquire", "a", 6), (9, "alive"))
    report = audit(read_ledgers(tmp_path), at=9 * SECOND)
    assert report.double_now == (("Thing", "a"),)


def test_the_same_id_of_two_kinds_is_two_ids(tmp_path: Path) -> None:
    write(tmp_path, "Thing-0-1-9", (1, "start"), (2, "acquire", "a", 5), (9, "alive"))
    write(tmp_path, "Rule-0-1-9", (1, "start"), (2, "acquire", "a", 5), (9, "alive"))
    assert audit(read_ledgers(tmp_path), at=9 * SECOND).is_clean


@pytest.mark.parametrize("last", [(7.9, "alive"), (8.9, "end")])
def test_an_id_of_a_silent_or_ended_process_is_unserved(tmp_path: Path, last: tuple[float, str]) -> None:
    write(tmp_path, "Thing-0-1-9", (1, "start"), (2, "acquire", "a", 5), last)
    report = audit(read_ledgers(tmp_path), expected=["a", "b"], at=9 * SECOND)
    assert report.unserved == ("a", "b")


def test_a_hand_over_under_way_is_excused_for_the_time_to_settle(tmp_path: Path) -> None:
    write(tmp_path, "Thing-0-1-9", (1, "start"), (2, "acquire", "a", 5), (7, "release", "a", 5), (9, "alive"))
    histories = read_ledgers(tmp_path)
    assert audit(histories, expected=["a", "b"], at=9 * SECOND, settled_after=3).unserved == ("b",)
    assert audit(histories, expected=["a", "b"], at=9 * SECOND, settled_after=1).unserved == ("a", "b")
    assert audit(histories, expected=["a", "b"], at=9 * SECOND, settled_after=10).unserved == ()


def test_a_lower_token_after_a_higher_one_is_backwards(tmp_path: Path) -> None:
    write(tmp_path, "Thing-0-7-9", (1, "start"), (2, "acquire", "a", 6), (3, "release", "a", 6), (9, "alive"))
    write(tmp_path, "Thing-1-8-9", (1, "start"), (4, "acquire", "a", 5), (9, "alive"))
    [backwards] = audit(read_ledgers(tmp_path), at=9 * SECOND).backwards
    assert (backwards.token, backwards.earlier_token) == ((5, 8), (6, 7))


def test_a_lower_incarnation_with_a_later_commit_is_not_backwards(tmp_path: Path) -> None:
    write(tmp_path, "Thing-0-7-9", (1, "start"), (2, "acquire", "a", 5), (3, "release", "a", 5), (9, "alive"))
    write(tmp_path, "Thing-1-2-9", (1, "start"), (4, "acquire", "a", 6), (9, "alive"))
    assert audit(read_ledgers(tmp_path), at=9 * SECOND).is_clean


def test_a_kind_with_hyphens_is_read_from_the_right(tmp_path: Path) -> None:
    write(tmp_path, "iota-rules.v2-3-12-4711", (1, "start"))
    [history] = read_ledgers(tmp_path)
    assert (history.kind, history.shard, history.incarnation) == ("iota-rules.v2", 3, 12)


def test_a_second_start_in_one_file_is_another_process(tmp_path: Path) -> None:
    write(tmp_path, "Thing-0-1-1", (1, "start"), (2, "acquire", "a", 5), (3, "start"), (4, "alive"))
    first, second = read_ledgers(tmp_path)
    assert [hold.until for hold in first.holds] == [2 * SECOND]
    assert second.holds == []


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, "Thing-0-1-9", (1, "start"), (2, "acquire", "a", 5))
    with (tmp_path / "Thing-0-1-9.jsonl").open("a") as ledger:
        ledger.write('{"at": 3000000000, "ver')
    [history] = read_ledgers(tmp_path)
    assert history.last == 2 * SECOND


@pytest.mark.parametrize(
    "line", ["nonsense", "[]", '{"at": 1}', '{"at": "1", "verb": "alive"}', '{"at": 1, "verb": "x"}']
)
def test_a_broken_line_is_named_and_not_skipped(tmp_path: Path, line: str) -> None:
    (tmp_path / "Thing-0-1-9.jsonl").write_text(line + "\n")
    with pytest.raises(BrokenLedger, match=r"Thing-0-1-9\.jsonl:1"):
        read_ledgers(tmp_path)


def test_the_state_at_an_earlier_moment_ignores_what_came_later(tmp_path: Path) -> None:
    write(tmp_path, "Thing-0-1-9", (1, "start"), (2, "acquire", "a", 5), (3, "release", "a", 5), (4, "end"))
    report = audit(read_ledgers(tmp_path, until=2 * SECOND), expected=["a"], at=2 * SECOND)
    assert report.is_clean


def test_the_command_reports_json_and_says_by_its_exit_code_what_it_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "Thing-0-1-9", (1, "start"), (2, "acquire", "a", 5), (9, "alive"))
    expected = tmp_path / "ids"
    expected.write_text("a\n\n")
    common = [str(tmp_path), "--kind", "Thing", "--at", str(9 * SECOND), "--expect", str(expected)]
    assert main(common) == 0
    assert json.loads(capsys.readouterr().out)["served"] == {"Thing": {"a": ["Thing-0-1-9"]}}
    expected.write_text("a\nb\n")
    assert main(common) == 1
    assert json.loads(capsys.readouterr().out)["unserved"] == ["b"]


def test_the_command_refuses_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "absent")]) == 2
    write(tmp_path, "Thing-0-1-9", (1, "start"))
    write(tmp_path, "Rule-0-1-9", (1, "start"))
    (tmp_path / "ids").write_text("a\n")
    assert main([str(tmp_path), "--expect", str(tmp_path / "ids")]) == 2
    assert "--kind" in capsys.readouterr().err

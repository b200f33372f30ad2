"""History recorded into a file and run again, through the command line."""

from __future__ import annotations

import gzip
import json
import re
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cli_double import ApiDouble

from orchestrator.cli.replay import verdict
from orchestrator.replay.packing import pack
from orchestrator.replay.run import as_recorded
from tests.cli.conftest import Shardwright
from tests.replay.days import SHORT, lines_of, policy_of, recording_of


@pytest.fixture
def file(home: Path) -> Path:
    path = home / "day.gz"
    path.write_bytes(gzip.compress(b"".join(lines_of())))
    return path


def test_a_replay_shows_a_column_for_each_run(shardwright: Shardwright, file: Path) -> None:
    done = shardwright(
        "replay", str(file), "--against", "strategy=even", "--against", "strategy=weighted,moves.floor=7"
    )
    assert done.code == 0, done.err
    header = next(line for line in done.out.splitlines() if "recorded  " in line)
    names = ["recorded", "strategy=even", "strategy=weighted, moves.floor=7"]
    assert re.split(r"\s{2,}", header.strip()) == names
    assert "end where the recording has them" in done.out
    for row in ("placed", "moved", "unowned, id-seconds", "max/mean of messages, end"):
        assert any(line.startswith(row) for line in done.out.splitlines())


def test_the_same_replay_prints_the_same(shardwright: Shardwright, file: Path) -> None:
    words = ("replay", str(file), "--set", "strategy=weighted", "-o", "json")
    first, second = shardwright(*words), shardwright(*words)
    assert first.out == second.out
    found = json.loads(first.out)
    assert [run["name"] for run in found["runs"]] == ["recorded", "strategy=weighted"]
    assert found["runs"][0]["differences"]["elsewhere"] == 0


def test_a_run_that_was_set_right_at_a_checkpoint_is_not_called_the_recorded_one() -> None:
    recording = recording_of(SHORT)
    replayed = as_recorded(recording, policy_of(recording))
    assert replayed.differences is not None
    left = replace(replayed, differences=replace(replayed.differences, elsewhere=0, adopted=2))
    said = verdict(left)
    assert "set right at checkpoints: 2" in said[0]
    assert "end where the recording has them" not in " ".join(said)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--set", "strategy=best"), "strategy is 'best', allowed: even, weighted or sticky"),
        (("--set", "moves.rato=1"), "moves.rato is not a setting; did you mean moves.ratio?"),
        (("--set", "moves.ratio=7"), "moves.ratio is 7, allowed: 0 to 1"),
        (("--against", "strategy=even,max_instances=2"), "max_instances is 2, allowed: 3 to 100"),
        (("--set", "weight_columns.x=y"), "weight_columns cannot be changed"),
    ],
)
def test_settings_that_are_none_are_refused_by_name(
    shardwright: Shardwright, file: Path, words: tuple[str, ...], why: str
) -> None:
    done = shardwright("replay", str(file), *words)
    assert done.code == (3 if "cannot be changed" in why else 2)
    assert why in " ".join(done.err.split())


def test_words_that_are_no_setting_are_usage(shardwright: Shardwright, file: Path) -> None:
    assert shardwright("replay", str(file), "--set", "strategy").code == 2


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty"),
        (b"hello\n", "this is no recording"),
        (gzip.compress(b"hello\n", mtime=0), "this is no recording"),
        (b'{"format":"shardwright-recording","version":9}\n', "replays version 1"),
        (b"\x1f\x8bspoiled", "the file is empty"),
    ],
)
def test_a_file_that_is_no_recording_is_refused(
    shardwright: Shardwright, home: Path, content: bytes, why: str
) -> None:
    (home / "file").write_bytes(content)
    done = shardwright("replay", "file")
    assert done.code == 1
    assert why in done.err
    assert "Traceback" not in done.err


def test_a_file_that_is_not_there_is_told(shardwright: Shardwright) -> None:
    done = shardwright("replay", "nowhere.gz")
    assert (done.code, "cannot be read" in done.err) == (1, True)


def test_a_file_that_is_cut_off_is_used_and_told(shardwright: Shardwright, file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-2000])
    done = shardwright("replay", str(file))
    assert done.code == 0, done.err
    assert "cut off" in done.err or "cannot be read" in done.err
    assert "no end to compare" in done.out


# --- recording ---


def served(api: ApiDouble, entries: list[dict[str, Any]]) -> None:
    """The day's lines as a server gives them."""
    items = []
    for number, entry in enumerate(entries, start=1):
        payload = entry.get("payload")
        items.append(
            {
                "sequence": number,
                "at": entry["at"],
                "verb": entry["verb"],
                "reason": entry.get("reason", "input"),
                "shard": entry.get("shard"),
                "to": entry.get("to"),
                "count": entry.get("count", 0),
                "op": entry.get("op", ""),
                "detail": f"mark {number}" if entry["verb"] == "input-checkpoint" else "",
                "payload": None if payload is None else b64encode(pack(payload)).decode(),
            }
        )
    marks = [one for one in items if one["verb"] == "input-checkpoint"]
    kind = "/v1/api/kinds/Thing/recording"
    api.answers = {
        f"{kind}/checkpoints": {"kind": "Thing", "name": marks[-1]["detail"], "ids": 3},
        kind: {"items": items, "next": items[-1]["sequence"]},
        "/v1/api/events": {"items": marks[::-1], "next": None},
    }


def entries_of() -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines_of()[1:-1]]


def test_an_export_can_be_replayed(shardwright: Shardwright, api: ApiDouble, home: Path) -> None:
    served(api, entries_of())
    done = shardwright("record", "export", "out.gz", "--kind", "Thing", "--server", api.url)
    assert done.code == 0, done.err
    assert gzip.decompress((home / "out.gz").read_bytes()) == b"".join(lines_of())
    assert shardwright("replay", "out.gz").code == 0


def test_a_file_that_is_there_is_not_written_over(
    shardwright: Shardwright, api: ApiDouble, home: Path
) -> None:
    served(api, entries_of())
    (home / "out.gz").write_text("mine")
    done = shardwright("record", "export", "out.gz", "--server", api.url)
    assert (done.code, (home / "out.gz").read_text()) == (1, "mine")
    assert "out.gz cannot be written: it is there already; name another file" in done.err


def test_an_age_that_is_none_is_usage(shardwright: Shardwright, api: ApiDouble) -> None:
    for age in ("yesterday", "5", "-1h", "h"):
        done = shardwright("record", "export", "out.gz", f"--since={age}", "--server", api.url)
        assert done.code == 2, age


def test_a_server_that_recorded_nothing_is_told(shardwright: Shardwright, api: ApiDouble, home: Path) -> None:
    served(api, entries_of())
    api.answers["/v1/api/events"] = {"items": [], "next": None}
    done = shardwright("record", "export", "out.gz", "--server", api.url)
    assert done.code == 1
    assert "nothing of Thing is recorded yet" in done.err
    assert not (home / "out.gz").exists()


def test_a_recording_can_be_begun_on_purpose(shardwright: Shardwright, api: ApiDouble) -> None:
    served(api, entries_of())
    done = shardwright("record", "start", "Thing", "--server", api.url)
    assert (done.code, "a recording can begin here" in done.out) == (0, True)

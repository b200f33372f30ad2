"""The file of a backup: whole and true, or refused with a sentence."""

from __future__ import annotations

import gzip
import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.core.model import Chunk, KindState, Releasing, Shard
from orchestrator.errors import Permanent
from orchestrator.store.archive import Archive, KindArchive
from orchestrator.store.backup import Backup, write_backup
from orchestrator.store.backup_numbers import epoch_after, renumbered

PARTS = {"audit": [b"[1]\n", b"[2]\n"], "assignments": [b'{"a":1}\n'] * 50}


def written(path: Path) -> Path:
    write_backup(path, PARTS.items(), at=1_700_000_000.5, version="0.1.0")
    return path


def repacked(path: Path, **changed: bytes | None) -> Path:
    """The archive with other members under sums that are not theirs; None: without that one."""
    out = path.with_name("other")
    with tarfile.open(path) as source, tarfile.open(out, "w:gz") as target:
        for member in source:
            content = source.extractfile(member)
            assert content is not None
            body = changed.get(member.name.partition(".")[0], content.read())
            if body is None:
                continue
            file = out.with_name("member")
            file.write_bytes(body)
            target.add(file, member.name)
    return out


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    file = written(tmp_path / "b")
    backup = Backup.open(file)
    assert dict(backup.manifest.parts) == {"audit": 2, "assignments": 50}
    assert (backup.manifest.at, backup.manifest.version) == (1_700_000_000.5, "0.1.0")
    assert {part: list(backup.lines(part)) for part in PARTS} == PARTS
    with pytest.raises(Permanent, match="holds no journal"):
        list(backup.lines("journal"))


def test_it_is_for_its_owners_eyes_and_takes_no_others_place(tmp_path: Path) -> None:
    file = written(tmp_path / "b")
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    with pytest.raises(FileExistsError):
        write_backup(file, [("audit", [b"[3]\n"])], at=1.0, version="v")
    assert file.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["b"]


def test_one_that_fails_on_its_way_leaves_nothing(tmp_path: Path) -> None:
    def lines() -> Iterator[bytes]:
        yield b"[1]\n"
        raise OSError("the database is gone")

    with pytest.raises(OSError, match="is gone"):
        write_backup(tmp_path / "b", [("audit", lines())], at=1.0, version="v")
    assert list(tmp_path.iterdir()) == []


def test_a_part_without_lines_is_left_out(tmp_path: Path) -> None:
    write_backup(tmp_path / "b", [("audit", []), ("journal", [b"{}\n"])], at=1.0, version="v")
    assert dict(Backup.open(tmp_path / "b").manifest.parts) == {"journal": 1}


def test_wherever_it_is_cut_off_it_is_refused(tmp_path: Path) -> None:
    whole = written(tmp_path / "b").read_bytes()
    # The last bytes are gzip's own sums, which say nothing that ours do not.
    for length in range(0, len(whole) - 12, 3):
        cut = tmp_path / "cut"
        cut.write_bytes(whole[:length])
        with pytest.raises(Permanent, match=r"cut off|is no backup"):
            Backup.open(cut)


def test_whichever_byte_is_changed_it_is_refused_or_the_same(tmp_path: Path) -> None:
    tar = gzip.decompress(written(tmp_path / "b").read_bytes())
    refused = 0
    for place in range(0, len(tar), 97):
        other = tmp_path / "other"
        other.write_bytes(gzip.compress(tar[:place] + bytes([tar[place] ^ 1]) + tar[place + 1 :], 1))
        try:
            backup = Backup.open(other)
        except Permanent:
            refused += 1
        else:
            assert {part: list(backup.lines(part)) for part in PARTS} == PARTS, place
    assert refused > 10


def test_the_sums_are_those_that_sha256sum_checks(tmp_path: Path) -> None:
    with tarfile.open(written(tmp_path / "b")) as archive:
        (tmp_path / "out").mkdir()
        for member in archive:
            held = archive.extractfile(member)
            assert held is not None
            (tmp_path / "out" / member.name).write_bytes(held.read())
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path / "out", check=False
    )
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SHA256SUMS": None}, "cut off: it does not end with its checksums"),
        ({"audit": b"[9]\n"}, "was changed: its checksums"),
        ({"audit": None}, "was changed: its checksums"),
        ({"manifest": None}, "is no backup of shardwright"),
        ({"manifest": b"{"}, "its manifest is not JSON"),
        ({"manifest": b'{"is": "other"}'}, "is no backup of shardwright"),
        (
            {"manifest": json.dumps({"is": "shardwright-backup", "format": 2, "version": "0.9"}).encode()},
            "has format 2, written by 0.9; this version reads 1: use that version",
        ),
    ],
)
def test_what_is_no_true_backup_is_refused_with_the_reason(
    tmp_path: Path, changed: dict[str, bytes | None], said: str
) -> None:
    with pytest.raises(Permanent, match=said):
        Backup.open(repacked(written(tmp_path / "b"), **changed))


@pytest.mark.parametrize(
    "body", [b"", b"text\n", gzip.compress(b"text\n", mtime=0)], ids=["empty", "text", "gzip"]
)
def test_another_file_is_said_to_be_none(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "b").write_bytes(body)
    with pytest.raises(Permanent, match=r"b is no backup of shardwright"):
        Backup.open(tmp_path / "b")


# --- numbers ---


def test_no_number_that_may_have_been_given_is_given_again() -> None:
    state = KindState(kind="Thing", commit=40, next_incarnation=31)
    archive = Archive(kinds={"Thing": KindArchive(state=state, revisions=(), shards={})}, digest="d")
    first, second = (renumbered(archive, at).kinds["Thing"].state for at in (1e9, 1e9 + 1))
    assert state.commit < first.commit and state.next_incarnation < first.next_incarnation
    # Even where the same file is restored again a second later, and much was done in between.
    assert second.commit - first.commit >= 100_000
    assert second.next_incarnation - first.next_incarnation >= 1_000
    far = renumbered(archive, 4e9).kinds["Thing"].state
    assert far.commit < 2**53, "exact wherever a number is a double"
    again = renumbered(renumbered(archive, 4e9), 1e9).kinds["Thing"].state
    assert (again.commit, again.next_incarnation) == (far.commit + 1, far.next_incarnation + 1)


def test_whoever_stayed_has_applied_no_generation_that_is_told_after() -> None:
    leaving = (
        Releasing(generation=3, to=1, ids=("b",)),
        Releasing(generation=5, to=None, ids=("c",)),
        Releasing(generation=5, to=1, ids=("d",)),
    )
    shard = Shard(number=0, capacity=(9,), generation=5, chunks=(Chunk(ids=("a",), releasing=leaving),))
    kind = KindArchive(state=KindState(kind="Thing"), revisions=(), shards={0: shard})
    archive = Archive(kinds={"Thing": kind}, digest="d")
    first = renumbered(archive, 1.8e9).kinds["Thing"].shards[0]
    second = renumbered(archive, 1.8e9 + 60).kinds["Thing"].shards[0]
    assert 5 < first.generation < second.generation < 2**31
    assert renumbered(archive, 3.7e9).kinds["Thing"].shards[0].generation < 2**31
    assert renumbered(archive, 1.0).kinds["Thing"].shards[0].generation == 6
    # What was let go of may have been given back after the backup: only this generation proves it.
    assert first.chunks == (
        Chunk(
            ids=("a",),
            releasing=(
                Releasing(generation=first.generation, to=1, ids=("b", "d")),
                Releasing(generation=first.generation, to=None, ids=("c",)),
            ),
        ),
    )


def test_an_epoch_leaves_room_for_the_numbers_of_its_stream() -> None:
    assert epoch_after(3, 1_800_000_000.0) == 500_000
    assert epoch_after(600_000, 1_800_000_000.0) == 600_001
    assert epoch_after(1, 4e9) << 32 < 2**53

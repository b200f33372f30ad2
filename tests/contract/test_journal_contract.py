"""What every journal does alike: order, numbers, filters, bounds."""

from __future__ import annotations

import pytest

from orchestrator.errors import Unavailable
from orchestrator.ports import JournalFilter, JournalLine
from tests.contract.journals import Open, open_journal

__all__ = ["open_journal"]


def line(n: int = 0, **fields: object) -> JournalLine:
    known: dict[str, object] = {"at": float(n), "kind": "Thing", "verb": "assign", "reason": "created"}
    return JournalLine(**{**known, **fields})  # type: ignore[arg-type]


async def test_lines_come_back_whole_and_newest_first(open_journal: Open) -> None:
    journal = await open_journal(1000)
    full = line(
        1, shard=3, to=0, count=900, ids=("a", "ключ", "🦊"), detail="d", op="op-1", actor="ann",
        data={"nested": {"list": [1, None, True, "é"]}},
    )  # fmt: skip
    written = await journal.append([full, line(2)])
    assert [entry.sequence for entry in written] == [1, 2]
    assert list(await journal.read(JournalFilter())) == [written[1], written[0]]
    assert written[0].ids == full.ids


async def test_sequences_go_on_over_batches(open_journal: Open) -> None:
    journal = await open_journal(1000)
    sequences: list[int] = []
    for size in (1, 5, 0, 300):
        sequences += [entry.sequence for entry in await journal.append([line(n) for n in range(size)])]
    assert sequences == list(range(1, 307))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (JournalFilter(), [4, 3, 2, 1]),
        (JournalFilter(kind="Rule"), [2]),
        (JournalFilter(kind="Nothing"), []),
        (JournalFilter(shard=7), [3, 1]),
        (JournalFilter(shard=0), [4]),
        (JournalFilter(resource_id="x"), [4, 2, 1]),
        (JournalFilter(resource_id="x", kind="Thing"), [4, 1]),
        (JournalFilter(resource_id="X"), []),
        (JournalFilter(resource_id="%"), []),
        (JournalFilter(verb="release"), [3]),
        (JournalFilter(reason="created"), [4, 3, 2, 1]),
        (JournalFilter(reason="Created"), []),
        (JournalFilter(since=2.0), [4, 3, 2]),
        (JournalFilter(until=2.0), [1]),
        (JournalFilter(since=2.0, until=3.5, limit=1), [3]),
        (JournalFilter(since=2.0**63), []),
        (JournalFilter(before=3), [2, 1]),
        (JournalFilter(after=2), [4, 3]),
        (JournalFilter(after=1, before=4, limit=1), [3]),
        (JournalFilter(limit=2), [4, 3]),
        (JournalFilter(limit=0), []),
        (JournalFilter(limit=-1), []),
        (JournalFilter(limit=2**70), [4, 3, 2, 1]),
        (JournalFilter(shard=2**40), []),
        (JournalFilter(before=2**70, after=-(2**70)), [4, 3, 2, 1]),
    ],
)
async def test_a_filter_finds_what_it_names(
    open_journal: Open, wanted: JournalFilter, found: list[int]
) -> None:
    journal = await open_journal(1000)
    await journal.append(
        [
            line(1, shard=7, ids=("x", "y")),
            line(2, kind="Rule", shard=1, ids=("x",)),
            line(3, verb="release", shard=1, to=7, ids=("z",)),
            line(4, shard=0, ids=("x", "x")),
        ]
    )
    assert [entry.sequence for entry in await journal.read(wanted)] == found


async def test_no_more_than_the_newest_lines_are_kept(open_journal: Open) -> None:
    journal = await open_journal(50)
    last = 0
    for batch in (1, 49, 1, 7, 120, 3):
        last = (await journal.append([line(n, ids=(f"id{n}",)) for n in range(batch)]))[-1].sequence
        kept = [entry.sequence for entry in await journal.read(JournalFilter(limit=1000))]
        assert kept == list(range(last, last - len(kept), -1))
        assert len(kept) <= 50
        assert len(kept) >= min(last, 40)


async def test_a_line_that_is_gone_is_not_found_by_its_id(open_journal: Open) -> None:
    journal = await open_journal(10)
    await journal.append([line(ids=("old",))])
    await journal.append([line(n) for n in range(30)])
    assert list(await journal.read(JournalFilter(resource_id="old"))) == []


HOSTILE = ["", "\x00", "a\x00b", "\ud800", "x" * 100_000, "'; --", "\n", "é"]


async def test_ids_that_are_none_are_written_and_found(open_journal: Open) -> None:
    journal = await open_journal(100)
    for resource_id in HOSTILE:
        await journal.append([line(ids=(resource_id,))])
    for number, resource_id in enumerate(HOSTILE, start=1):
        found = await journal.read(JournalFilter(resource_id=resource_id))
        assert [(entry.sequence, entry.ids) for entry in found] == [(number, (resource_id,))]


async def test_a_line_of_128_ids_is_found_by_each(open_journal: Open) -> None:
    journal = await open_journal(100)
    ids = tuple(f"id-{n}" for n in range(128))
    await journal.append([line(ids=ids, count=5000)])
    for resource_id in ids:
        assert len(await journal.read(JournalFilter(resource_id=resource_id))) == 1


async def test_a_closed_journal_is_unavailable_and_may_be_closed_again(open_journal: Open) -> None:
    journal = await open_journal(100)
    await journal.close()
    await journal.close()
    with pytest.raises(Unavailable, match="closed"):
        await journal.append([line()])
    with pytest.raises(Unavailable, match="closed"):
        await journal.read(JournalFilter())

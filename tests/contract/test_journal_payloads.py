"""What every journal does alike with the payloads of inputs: kept apart, given back whole, bounded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.ports import JournalFilter, JournalLine, Recorded
from orchestrator.replay.packing import unpack
from tests.contract.journals import Open, open_journal

__all__ = ["open_journal"]


def line(n: int, *payload: dict[str, Any], kind: str = "Thing") -> JournalLine:
    return JournalLine(at=float(n), kind=kind, verb="input-hints", reason="input", payload=payload)


def parts(found: Sequence[Recorded]) -> list[list[dict[str, Any]]]:
    return [unpack(one.body) if one.body else [] for one in found]


async def test_payloads_come_back_whole_and_oldest_first(open_journal: Open) -> None:
    journal = await open_journal(1000)
    odd = {"ids": ["ключ", "🦊", "a\x00b", "\ud800", "x" * 5000], "n": [1, None, True]}
    await journal.append([line(1, odd, {"two": 2}), line(2), line(3, {"n": 3}), line(4, kind="Rule")])
    found = await journal.recorded("Thing", after=0, limit=10)
    assert [one.line.sequence for one in found] == [1, 2, 3]
    assert parts(found) == [[odd, {"two": 2}], [], [{"n": 3}]]
    assert [one.line.sequence for one in await journal.recorded("Thing", after=1, limit=1)] == [2]
    assert list(await journal.recorded("Thing", after=3, limit=10)) == []


async def test_readers_of_lines_do_not_get_payloads(open_journal: Open) -> None:
    journal = await open_journal(1000)
    await journal.append([line(1, {"n": 1})])
    assert [one.payload for one in await journal.read(JournalFilter())] == [()]


async def test_a_payload_goes_with_its_line(open_journal: Open) -> None:
    journal = await open_journal(50)
    for start in range(0, 200, 10):
        await journal.append([line(n, {"n": n}) for n in range(start, start + 10)])
    found = await journal.recorded("Thing", after=0, limit=1000)
    assert 40 <= len(found) <= 50
    assert parts(found) == [[{"n": n}] for n in range(200 - len(found), 200)]


async def test_a_payload_as_large_as_a_kind_is_kept(open_journal: Open) -> None:
    journal = await open_journal(50)
    ids = [f"{n:032x}" for n in range(300_000)]
    await journal.append(
        [line(1, *({"ids": ids[start : start + 5000]} for start in range(0, len(ids), 5000)))]
    )
    await journal.append([line(2, {"n": 2})])
    found = await journal.recorded("Thing", after=0, limit=10)
    assert [i for part in parts(found)[0] for i in part["ids"]] == ids

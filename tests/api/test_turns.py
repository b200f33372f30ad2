"""How the readers of the live stream have their turns, played without connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import cast

import pytest

from api.frames import Frames
from api.reader import Reader
from api.turns import SLICE, TURNS, Turn, Turns

PACE = 0.05


class Scripted:
    """A reader that is given blocks, and notes what it was written."""

    def __init__(self, *blocks: bytes) -> None:
        self.blocks = list(blocks)
        self.got: list[bytes] = []
        self.is_behind = False
        self.ended: list[BaseException | None] = []
        self.on_write: Callable[[], None] = lambda: None

    def take(self, frames: Frames) -> bytes | None:
        return self.blocks.pop(0) if self.blocks else None

    def write(self, block: bytes) -> None:
        self.got.append(block)
        self.on_write()

    def keeps_up(self, now: float, patience: float) -> bool:
        return not self.is_behind

    def end(self, error: BaseException | None) -> None:
        self.ended.append(error)


def joined(turn: Turn, *readers: Scripted) -> None:
    for one in readers:
        turn.join(cast(Reader, one))


def gone(turn: Turn, *readers: Scripted) -> None:
    for one in readers:
        turn.leave(cast(Reader, one))


async def until(claim: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not claim():
            await asyncio.sleep(0.005)


def a_turn() -> Turn:
    return Turn(Frames(600.0), PACE, 0.0, 5.0)


async def test_a_reader_that_joins_is_sent_at_once_what_it_missed() -> None:
    turn, reader = a_turn(), Scripted(b"missed", b"later")
    joined(turn, reader)
    assert reader.got == [b"missed"]
    await until(lambda: reader.got == [b"missed", b"later"])
    gone(turn, reader)


async def test_all_of_a_turn_take_before_the_first_is_written_to() -> None:
    turn, readers = a_turn(), [Scripted(b"") for _ in range(3 * SLICE)]
    joined(turn, *readers)
    taken: list[int] = []
    for one in readers:
        one.blocks = [b"next"]
        one.on_write = lambda: taken.append(sum(not each.blocks for each in readers))
    turn.wake()
    await until(lambda: len(taken) == len(readers))
    assert set(taken) == {len(readers)}
    gone(turn, *readers)


async def test_whoever_waits_for_the_loop_comes_between_a_few_readers_and_the_next() -> None:
    turn, readers = a_turn(), [Scripted(b"") for _ in range(5 * SLICE)]
    joined(turn, *readers)
    await asyncio.sleep(3 * PACE)
    written: list[int] = []
    at_turns_of_others: list[int] = []
    loop = asyncio.get_running_loop()

    def other() -> None:
        at_turns_of_others.append(len(written))
        if len(written) < len(readers):
            loop.call_soon(other)

    for one in readers:
        one.blocks = [b"next"]
        one.on_write = lambda: written.append(1)
    readers[0].on_write = lambda: (written.append(1), loop.call_soon(other))  # type: ignore[func-returns-value]
    turn.wake()
    await until(lambda: len(written) == len(readers))
    await asyncio.sleep(0)
    steps = [0, *at_turns_of_others]
    assert max(after - before for before, after in pairwise(steps)) <= SLICE
    gone(turn, *readers)


async def test_a_reader_that_is_behind_is_left_out_and_goes_on_without_news() -> None:
    turn, slow, quick = a_turn(), Scripted(), Scripted()
    joined(turn, slow, quick)
    slow.is_behind, slow.blocks, quick.blocks = True, [b"1"], [b"1"]
    turn.wake()
    await until(lambda: quick.got == [b"1"])
    await asyncio.sleep(2 * PACE)
    assert slow.got == []
    slow.is_behind = False
    await until(lambda: slow.got == [b"1"])
    gone(turn, slow, quick)


async def test_a_reader_that_left_ends_alone() -> None:
    turn, left, other = a_turn(), Scripted(), Scripted()
    joined(turn, left, other)

    def broken() -> None:
        raise ConnectionResetError("left")

    left.on_write = broken
    left.blocks, other.blocks = [b"1"], [b"1"]
    turn.wake()
    await until(lambda: other.got == [b"1"] and bool(left.ended))
    assert isinstance(left.ended[0], ConnectionResetError)
    gone(turn, left, other)


async def test_a_turn_that_fails_ends_its_readers_and_serves_those_that_come_after() -> None:
    turn, reader = a_turn(), Scripted()
    joined(turn, reader)

    def broken() -> None:
        raise RuntimeError("broken")

    reader.on_write, reader.blocks = broken, [b"1"]
    turn.wake()
    await until(lambda: bool(reader.ended))
    assert isinstance(reader.ended[0], RuntimeError)
    gone(turn, reader)
    after = Scripted()
    joined(turn, after)
    after.blocks = [b"2"]
    turn.wake()
    await until(lambda: after.got == [b"2"])
    gone(turn, after)


async def test_nothing_to_show_is_not_written_and_the_next_is() -> None:
    turn, reader = a_turn(), Scripted()
    joined(turn, reader)
    reader.blocks = [b"", b"seen"]
    turn.wake()
    await until(lambda: reader.got == [b"seen"])
    gone(turn, reader)


@pytest.mark.parametrize("count", [1, TURNS, 3 * TURNS])
async def test_readers_are_dealt_to_the_turns_evenly(count: int) -> None:
    turns, found = Turns(Frames(600.0), PACE, 5.0), []
    for _ in range(count):
        turn, reader = turns.least(), Scripted()
        joined(turn, reader)
        found.append((turn, reader))
    assert {len(turn) for turn, _ in found} == {(count + TURNS - 1) // TURNS}
    for turn, reader in found:
        gone(turn, reader)

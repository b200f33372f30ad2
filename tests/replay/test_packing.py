"""Parts that are packed come back as they were, however much each of them holds."""

from __future__ import annotations

import json
import zlib

import pytest

from orchestrator.replay.packing import PIECE, pack, unpack

SIZES = (0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 1)


@pytest.mark.parametrize("odd", ["", '"', "\\", "\n", "\x7f", "中"])
@pytest.mark.parametrize("size", SIZES)
def test_what_is_written_in_pieces_is_the_same_text_as_in_one_go(size: int, odd: str) -> None:
    ids = [f"thing-{number}{odd}" for number in range(size)]
    part = {
        "ids": ids,
        "weights": {one: [1, at] for at, one in enumerate(ids)},
        "shown": tuple(ids),
        "mixed": [*ids, *range(size)],
        "at": 1.5,
    }
    body = pack([part, {}])
    text = json.dumps(part, separators=(",", ":")) + "\n{}\n"
    assert zlib.decompress(body) == text.encode("ascii")
    assert unpack(body) == [{**part, "shown": ids}, {}]

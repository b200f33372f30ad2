"""What an input holds beside its line of the journal: plain JSON values, small enough to be kept."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

Part = Mapping[str, Any]

LEVEL = 1

PIECE = 5_000
"""Values of a list that are encoded at once: half a million ids in one go take the interpreter 80 ms."""

MAX_UNPACKED = 256 * 1024 * 1024
"""Bytes beyond which a body is not unpacked: it is none of ours."""


_UNESCAPED = bytes(code for code in range(ord(" "), ord("~") + 1) if chr(code) not in '"\\')
"""Of these JSON writes each as it is."""


def pack(parts: Iterable[Part]) -> bytes:
    """Parts as bytes, piece by piece, so that no part holds the interpreter for long."""
    press = zlib.compressobj(LEVEL)
    packed = [press.compress(piece.encode()) for part in parts for piece in _line(part)]
    return b"".join(packed) + press.flush()


def unpack(body: bytes) -> list[dict[str, Any]]:
    """The parts that ``pack`` was given. Raises ValueError, a sentence, for anything else."""
    try:
        unpress = zlib.decompressobj()
        text = unpress.decompress(body, MAX_UNPACKED)
    except zlib.error as exc:
        raise ValueError(f"the body of a recorded input cannot be unpacked: {exc}") from exc
    if not unpress.eof:
        raise ValueError("the body of a recorded input is cut off or too large")
    parts = [json.loads(line) for line in text.splitlines()]
    if not all(isinstance(part, dict) for part in parts):
        raise ValueError("the body of a recorded input holds something that is no object")
    return parts


def _line(part: Part) -> Iterator[str]:
    """One line of JSON; values of many ids in pieces."""
    yield "{"
    for number, (name, value) in enumerate(part.items()):
        yield f"{',' if number else ''}{_text(name)}:"
        if isinstance(value, list | tuple) and len(value) > PIECE:
            yield from _pieces("[]", (_listed(value[at : at + PIECE]) for at in range(0, len(value), PIECE)))
        elif isinstance(value, dict) and len(value) > PIECE:
            items = iter(value.items())
            parts = (dict(islice(items, PIECE)) for _ in range(0, len(value), PIECE))
            yield from _pieces("{}", (_text(part)[1:-1] for part in parts))
        else:
            yield _text(value)
    yield "}\n"


def _pieces(brackets: str, pieces: Iterable[str]) -> Iterator[str]:
    yield brackets[0]
    for number, piece in enumerate(pieces):
        yield f"{',' if number else ''}{piece}"
    yield brackets[1]


def _listed(values: Sequence[Any]) -> str:
    """What a list of these has between its brackets. Ids without escapes are joined: half of the time."""
    try:
        text = "".join(values)
    except TypeError:
        return _text(list(values))[1:-1]
    if not text.isascii() or text.encode().translate(None, delete=_UNESCAPED):
        return _text(list(values))[1:-1]
    return '"' + '","'.join(values) + '"'


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)

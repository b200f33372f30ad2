"""What an input holds beside its line of the journal: plain JSON values, small enough to be kept."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

Part = Mapping[str, Any]

LEVEL = 1
MAX_UNPACKED = 256 * 1024 * 1024
"""Bytes beyond which a body is not unpacked: it is none of ours."""


def pack(parts: Iterable[Part]) -> bytes:
    """Parts as bytes, one after the other, so that no part holds the interpreter for long."""
    press = zlib.compressobj(LEVEL)
    packed = [press.compress(_line(part)) for part in parts]
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


def _line(part: Part) -> bytes:
    return json.dumps(part, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"

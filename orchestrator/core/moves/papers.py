"""The papers ``moves.<n>.<k>`` of a plan: its ids by pair of shards, compressed, in their order."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from orchestrator.core.decisions import Move
from orchestrator.core.papers import Paper
from orchestrator.core.plans.papers import LAYOUT, dump, load
from orchestrator.core.plans.proposal import Proposal

MAX_BYTES = 190 * 1024
"""Of one paper."""

AT_ONCE = 8_000
"""Ids that are compressed together at first; fewer where they do not fit."""

_MOST_UNPACKED = 16 * 1024 * 1024


def part_name(number: int, part: int) -> str:
    return f"moves.{number}.{part}"


def encode_moves(moves: Sequence[Move]) -> list[bytes]:
    """The papers that hold these moves, in order, each within its size."""
    return [
        body for start in range(0, len(moves), AT_ONCE) for body in _parts(moves[start : start + AT_ONCE])
    ]


def decode_moves(body: bytes) -> list[Move]:
    """Raises ValueError."""
    packed = load("the moves", body).text("zlib")
    try:
        opener = zlib.decompressobj()
        plain = opener.decompress(base64.b64decode(packed, validate=True), _MOST_UNPACKED)
        if not opener.eof:
            raise ValueError("the moves are cut off, or too many")
        groups = json.loads(plain)
    except (zlib.error, ValueError, RecursionError) as error:
        raise ValueError(f"the moves cannot be unpacked: {error}") from error
    return list(_unpacked(groups))


def moves_of(papers: Mapping[str, Paper], proposal: Proposal) -> list[Move]:
    """All moves of a plan. Raises ValueError where a paper of them is missing or damaged."""
    found: list[Move] = []
    for part in range(proposal.parts):
        paper = papers.get(part_name(proposal.number, part))
        if paper is None:
            raise ValueError(f"part {part} of the moves of plan {proposal.number} is missing")
        found.extend(decode_moves(paper.body))
    if len(found) != proposal.moves:
        raise ValueError(f"plan {proposal.number} has {len(found)} moves, its head says {proposal.moves}")
    return found


def with_parts(proposal: Proposal, moves: Sequence[Move]) -> tuple[Proposal, list[bytes]]:
    """The plan as it is stored with these moves, and their papers."""
    parts = encode_moves(moves)
    return replace(proposal, moves=len(moves), parts=len(parts)), parts


def _parts(moves: Sequence[Move]) -> Iterator[bytes]:
    body = dump({"layout": LAYOUT, "zlib": base64.b64encode(zlib.compress(_packed(moves))).decode("ascii")})
    if len(body) <= MAX_BYTES or len(moves) == 1:
        yield body
        return
    half = len(moves) // 2
    yield from _parts(moves[:half])
    yield from _parts(moves[half:])


def _packed(moves: Iterable[Move]) -> bytes:
    groups: list[tuple[int, int, list[str]]] = []
    for move in moves:
        if not groups or groups[-1][:2] != (move.source, move.target):
            groups.append((move.source, move.target, []))
        groups[-1][2].append(move.id)
    # One by one: all moves of a large kind in one go hold the interpreter for a tenth of a second.
    return b"[" + b",".join(map(_group, groups)) + b"]"


def _group(group: tuple[int, int, list[str]]) -> bytes:
    return json.dumps(group, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def _unpacked(groups: object) -> Iterator[Move]:
    for group in groups if isinstance(groups, list) else [None]:
        if not (isinstance(group, list) and len(group) == 3 and isinstance(group[2], list)):
            raise ValueError("the moves are not groups of a shard, a shard and ids")
        source, target, ids = group
        if not all(type(n) is int and n >= 0 for n in (source, target)):
            raise ValueError("the moves name a shard that is no number")
        if not all(isinstance(i, str) for i in ids):
            raise ValueError("the moves name an id that is no text")
        yield from (Move(i, source, target) for i in ids)

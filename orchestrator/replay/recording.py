"""A recording as a file: lines of JSON, a header, then inputs and decisions in their order, then the end.

Pure: whoever opens the file gives its lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from orchestrator.replay.inputs import Cut, Decided, Input, Pass, Taken, Wish, input_of
from orchestrator.replay.packing import unpack
from orchestrator.replay.state import Checkpoint

NAME = "shardwright-recording"
VERSION = 1


class NotARecording(ValueError):
    """The file cannot be replayed; a sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """``start``: the kind before the first of ``inputs``; ``end``: after the last, None where the recording
    is cut off. ``until``: wall clock of the last line. ``doubts``: what is missing of it, sentences.
    """

    kind: str
    since: float
    until: float
    start: Checkpoint
    inputs: tuple[Input, ...]
    decisions: tuple[Decided, ...]
    end: Checkpoint | None
    doubts: tuple[str, ...] = ()


def write_recording(kind: str, entries: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """The lines of a file, each with its end. ``entries``: as ``entry`` makes them."""
    yield _line({"format": NAME, "version": VERSION, "kind": kind})
    count = 0
    for entry in entries:
        count += 1
        yield _line(entry)
    yield _line({"end": count})


def entry(
    *, at: float, verb: str, reason: str, shard: int | None, to: int | None, count: int, op: str, body: bytes
) -> dict[str, Any]:
    """A line of the journal as a line of the file. ``body``: its payload as it is packed; empty: none.

    Raises ValueError for a body that is none.
    """
    line: dict[str, Any] = {"at": at, "verb": verb}
    if body:
        return {**line, "payload": unpack(body)}
    more = {"reason": reason, "shard": shard, "to": to, "count": count, "op": op}
    return {**line, **{name: value for name, value in more.items() if value is not None}}


def read_recording(lines: Iterable[bytes]) -> Recording:
    """Raises NotARecording. One that is cut off is read up to its last whole line, and says so."""
    entries: list[dict[str, Any]] = []
    doubts: list[str] = []
    kind = ""
    number, is_whole = 0, False
    found = iter(lines)
    while True:
        try:
            line = next(found, None)
        except EOFError:
            line = None
        if line is None:
            break
        number += 1
        entry = _entry(line)
        if number == 1:
            kind = _kind(entry)
        elif entry is None:
            doubts.append(f"line {number} cannot be read: the recording is used up to the line before it")
            break
        elif "end" in entry:
            is_whole = entry["end"] == len(entries)
            break
        else:
            entries.append(entry)
    if not number:
        raise NotARecording("the file is empty; what is wanted is a recording by `shardwright record export`")
    if not is_whole and not doubts:
        doubts.append(f"the recording is cut off after {len(entries)} lines, and is used as far as it goes")
    return _recording(kind, entries, doubts)


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and line.endswith(b"\n") else None


def _kind(header: dict[str, Any] | None) -> str:
    if header is None or header.get("format") != NAME:
        raise NotARecording("this is no recording; wanted is a file written by `shardwright record export`")
    if header.get("version") != VERSION:
        raise NotARecording(
            f"the recording is of version {header.get('version')!r}, this program replays version {VERSION}"
        )
    return str(header.get("kind", ""))


def _recording(kind: str, entries: list[dict[str, Any]], doubts: list[str]) -> Recording:
    inputs: list[Input] = []
    decisions: list[Decided] = []
    places: dict[tuple[str, int], int] = {}
    series: tuple[str, int] | None = None
    since = until = 0.0
    for entry in entries:
        try:
            at = float(entry["at"])
            if "payload" not in entry:
                if str(entry["verb"]).startswith("input-"):
                    # Noted without what it was: the number of the next input tells.
                    continue
                if inputs:
                    decisions.append(_decided(at, entry))
                    until = at
                continue
            part = entry["payload"][0]
            one = input_of(at, entry["payload"])
        except (KeyError, TypeError, IndexError, ValueError) as exc:
            raise NotARecording(f"an entry of the recording cannot be used: {exc}") from exc
        if not inputs and not isinstance(one, Taken):
            continue
        if (gap := _gap(series, part, one)) is not None:
            doubts.append(f"{gap} at {at:.0f}: what happened then is not replayed")
        series = str(part.get("series")), int(part["n"])
        since, until = (at if not inputs else since), at
        if isinstance(one, Cut):
            _cut_off(inputs, places.get((series[0], one.of)), one)
            continue
        places[series] = len(inputs)
        inputs.append(one)
    if not inputs:
        raise NotARecording("the recording holds no checkpoint: there is nothing to begin from")
    first, last = inputs[0], inputs[-1]
    assert isinstance(first, Taken)
    is_ended = isinstance(last, Taken) and len(inputs) > 1
    return Recording(
        kind=kind or first.checkpoint.state.kind,
        since=since,
        until=until,
        start=first.checkpoint,
        inputs=tuple(inputs[1:-1] if is_ended else inputs[1:]),
        decisions=tuple(decisions),
        end=last.checkpoint if isinstance(last, Taken) and is_ended else None,
        doubts=tuple(doubts),
    )


def _cut_off(inputs: list[Input], place: int | None, cut: Cut) -> None:
    """Have the input say so, where the recording holds it."""
    if place is not None and isinstance(one := inputs[place], Pass | Wish):
        inputs[place] = replace(one, cut=cut)


def _gap(series: tuple[str, int] | None, part: Mapping[str, Any], one: Input | Cut) -> str | None:
    """What is missing between an input and the one before it."""
    if series is None:
        return None
    name, number = series
    if part.get("series") != name:
        return "another orchestrator took over" if isinstance(one, Taken) else "inputs are missing"
    missing = int(part["n"]) - number - 1
    return f"{missing} inputs are missing" if missing else None


def _decided(at: float, entry: Mapping[str, Any]) -> Decided:
    return Decided(
        at=at,
        verb=str(entry["verb"]),
        reason=str(entry["reason"]),
        shard=entry.get("shard"),
        to=entry.get("to"),
        count=int(entry.get("count", 0)),
        op=str(entry.get("op", "")),
    )


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"

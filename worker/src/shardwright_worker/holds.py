"""Reads ledgers back into what each process held, and when."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .protocol import Token


class BrokenLedger(ValueError):
    """A file is not a ledger; the message names it and the line."""


@dataclass(slots=True)
class Hold:
    """One process held one id from ``since`` to ``until`` (boot-time nanoseconds).

    ``until`` is the last evidence: the release, or the last line of a process that never released it
    (then it is ``open``, unless the process wrote that it ended).
    """

    id: str
    token: Token
    since: int
    until: int
    open: bool = True


@dataclass(slots=True)
class History:
    """All that one process wrote down. ``ended``: it says itself that it ended."""

    process: str
    kind: str
    shard: int
    incarnation: int
    first: int
    last: int
    ended: bool = False
    holds: list[Hold] = field(default_factory=list)


def read_ledgers(directory: Path, *, kind: str | None = None, until: int | None = None) -> list[History]:
    """Read every ledger below ``directory`` (of one kind; up to a moment), in the order of their names.

    A torn last line is left out: the process was killed while it wrote. Raises BrokenLedger, OSError.
    """
    return [
        history
        for path in sorted(directory.glob("*.jsonl"))
        for history in _read(path, until)
        if kind is None or history.kind == kind
    ]


def _read(path: Path, until: int | None) -> Iterator[History]:
    history: History | None = None
    held: dict[str, Hold] = {}
    lines = path.read_bytes().split(b"\n")
    for number, text in enumerate(lines[:-1], 1):
        line = _line(path, number, text)
        at: int = line["at"]
        if until is not None and at > until:
            break
        # A second start in one file: the pid came round again; in containers it is always 1.
        if history is None or line["verb"] == "start":
            if history is not None:
                yield _closed(history, held)
            history, held = _history(path, number, at), {}
        history.last = at
        _take(history, held, line, at)
    if history is not None:
        yield _closed(history, held)


def _take(history: History, held: dict[str, Hold], line: dict[str, Any], at: int) -> None:
    match line["verb"]:
        # Acquired again without a release: the first attempt raised, and has been held ever since.
        case "acquire" if line["id"] not in held:
            held[line["id"]] = Hold(line["id"], Token(line["commit"], line["incarnation"]), at, at)
        case "release" if line["id"] in held:
            hold = held.pop(line["id"])
            hold.until, hold.open = at, False
            history.holds.append(hold)
        case "end":
            history.ended = True


def _closed(history: History, held: dict[str, Hold]) -> History:
    for hold in held.values():
        hold.until = history.last
        hold.open = not history.ended
        history.holds.append(hold)
    return history


def _history(path: Path, number: int, at: int) -> History:
    # From the right: a kind may contain hyphens, the rest cannot.
    parts = path.stem.rsplit("-", 3)
    if len(parts) != 4 or not parts[0] or not all(part.isdecimal() for part in parts[1:]):
        raise BrokenLedger(f"{path.name}: the name is not kind-shard-incarnation-pid.jsonl")
    process = path.stem if number == 1 else f"{path.stem}:{number}"
    return History(process, parts[0], int(parts[1]), int(parts[2]), at, at)


_FIELDS: dict[str, dict[str, type]] = {
    "start": {"at": int},
    "acquire": {"at": int, "id": str, "commit": int, "incarnation": int},
    "release": {"at": int, "id": str},
    "alive": {"at": int},
    "end": {"at": int},
}


def _line(path: Path, number: int, text: bytes) -> dict[str, Any]:
    try:
        line = json.loads(text)
        fields = _FIELDS[line["verb"]]
        if all(type(line[name]) is type_ for name, type_ in fields.items()):
            return dict(line)
    except (ValueError, KeyError, TypeError) as wrong:
        raise BrokenLedger(f"{path.name}:{number}: {type(wrong).__name__}: {wrong}") from wrong
    raise BrokenLedger(f"{path.name}:{number}: a field has the wrong type")

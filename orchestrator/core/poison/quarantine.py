"""The paper of the ids that are set apart: who is in it, since when, until when, and on what evidence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from orchestrator.core.model import id_fault
from orchestrator.core.papers import Paper

if TYPE_CHECKING:
    from orchestrator.core.overlay import Overlay

PAPER = "quarantine"

MOST = 60
"""Entries of a kind, those by hand included: with the longest ids and evidence they still fit a paper."""

MOST_LINES = 5
LONGEST_LINE = 160
LONGEST_BY = 100
"""Both in bytes."""

LATEST = 253_000_000_000
"""The highest number in an entry: seconds of the epoch of which a calendar still knows the date."""

BY_ITSELF = "shardwright"
"""Who set an id apart that nobody was asked about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One id that is set apart. Times are wall-clock seconds.

    ``times``: how often it was in a row. ``tried``: since when it is placed again, to be watched; None: it
    is placed nowhere.
    """

    since: float
    until: float
    by: str
    evidence: tuple[str, ...] = ()
    times: int = 1
    tried: float | None = None

    @property
    def is_automatic(self) -> bool:
        return self.by == BY_ITSELF

    def __post_init__(self) -> None:
        lines = tuple(_plain(line, LONGEST_LINE) for line in self.evidence[-MOST_LINES:])
        object.__setattr__(self, "evidence", lines)
        object.__setattr__(self, "by", _plain(self.by, LONGEST_BY))


def _plain(text: str, most: int) -> str:
    """Without what JSON writes in six bytes, and cut to size."""
    printable = "".join(c if c.isprintable() else "?" for c in text[:most])
    return printable.encode(errors="replace")[:most].decode(errors="ignore")


Quarantine = Mapping[str, Entry]


def encode_quarantine(entries: Quarantine) -> bytes:
    """The body of the paper."""
    plain = {
        resource_id: {
            "since": entry.since,
            "until": entry.until,
            "by": entry.by,
            "evidence": list(entry.evidence),
            "times": entry.times,
            "tried": entry.tried,
        }
        for resource_id, entry in sorted(entries.items())
    }
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


def decode_quarantine(body: bytes) -> dict[str, Entry]:
    """Raises ValueError, a sentence, for what this was not written by."""
    try:
        plain = json.loads(body)
    except (ValueError, RecursionError) as wrong:
        raise ValueError(f"the paper {PAPER} is not JSON: {wrong}") from wrong
    if not isinstance(plain, dict):
        raise ValueError(f"the paper {PAPER} holds no object")
    return {resource_id: _entry(resource_id, fields) for resource_id, fields in plain.items()}


def _entry(resource_id: str, fields: object) -> Entry:
    if not isinstance(fields, dict):
        raise ValueError(f"the paper {PAPER} says nothing of {resource_id[:64]!r}")
    if (fault := id_fault(resource_id)) is not None:
        raise ValueError(f"the paper {PAPER} names {resource_id[:64]!r}, which is no id: {fault}")
    evidence = fields.get("evidence")
    if not isinstance(evidence, list) or not all(isinstance(line, str) for line in evidence):
        raise ValueError(f"the paper {PAPER} has no lines of evidence for {resource_id[:64]!r}")
    if not isinstance(fields.get("by"), str):
        raise ValueError(f"the paper {PAPER} does not say who set {resource_id[:64]!r} apart")
    times = _number(resource_id, fields, "times")
    return Entry(
        since=_number(resource_id, fields, "since"),
        until=_number(resource_id, fields, "until"),
        by=fields["by"],
        evidence=tuple(evidence),
        times=int(times),
        tried=None if fields.get("tried") is None else _number(resource_id, fields, "tried"),
    )


def _number(resource_id: str, fields: Mapping[str, Any], name: str) -> float:
    value = fields.get(name)
    # comparisons with NaN are false
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LATEST:
        raise ValueError(f"the paper {PAPER} has no number as {name} of {resource_id[:64]!r}")
    return value


class _Read(NamedTuple):
    entries: Quarantine
    apart: frozenset[str]
    fault: str


@lru_cache(maxsize=64)
def _read(body: bytes) -> _Read:
    try:
        entries = decode_quarantine(body)
    except ValueError as wrong:
        # Somebody else wrote it. It keeps nobody apart then, rather than the whole kind from being served.
        return _Read({}, frozenset(), f"{wrong}; it keeps no resource apart")
    return _Read(entries, frozenset(i for i, entry in entries.items() if entry.tried is None), "")


def _of(paper: Paper | None) -> _Read:
    return _Read({}, frozenset(), "") if paper is None else _read(paper.body)


def quarantine_in(papers: Mapping[str, Paper]) -> Quarantine:
    """All entries of a kind; none where the paper cannot be read."""
    return _of(papers.get(PAPER)).entries


def apart_in(papers: Mapping[str, Paper]) -> frozenset[str]:
    """The ids of a kind that nothing may own now."""
    return _of(papers.get(PAPER)).apart


def fault_in(papers: Mapping[str, Paper]) -> str:
    """Why the paper cannot be read, a sentence; empty when it can."""
    return _of(papers.get(PAPER)).fault


def apart(draft: Overlay) -> frozenset[str]:
    """The ids that nothing may own."""
    return _of(draft.paper(PAPER)).apart


def is_quarantined(draft: Overlay, resource_id: str) -> bool:
    """Whether the id is to be placed nowhere."""
    return resource_id in apart(draft)


def without(draft: Overlay, ids: Iterable[str]) -> list[str]:
    """Those of the ids that may be placed."""
    kept_out = apart(draft)
    return [i for i in ids if i not in kept_out] if kept_out else list(ids)

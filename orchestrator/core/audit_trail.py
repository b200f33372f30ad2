"""The audit trail as a chain: what a line says, and its hash over all that came before it. Pure.

The hash of a line is SHA-256, in hex, of its ``document`` without ``hash``, as JSON in ASCII, with the keys
sorted and no spaces. The line holds the hash before it, so whoever changes, removes or adds a line in the
middle has to change all that follow, and with them the head that others know.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

GENESIS: Final = "0" * 64
"""What stands as the hash before the first line."""

MOST_TEXT: Final = 2048
MOST_DETAILS: Final = 16 * 1024
"""Characters of ``before`` and of ``after``, as JSON; longer ones are replaced by their size and hash."""


class Outcome(StrEnum):
    """How it ended.

    ``SHOWN``: a dry run, nothing was changed. ``REFUSED``: by us (4xx). ``FAILED``: 5xx; it may be done in
    part. ``UNKNOWN``: the server ended before it could say.
    """

    DONE = "done"
    SHOWN = "shown"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """Who asked for what, from where, and what became of it.

    ``at``: wall-clock seconds at which it was asked. ``route``: the path with its variables unfilled.
    ``count``: so many alike, of which ``at`` and ``request_id`` are those of the last. ``sequence``,
    ``previous`` and ``hash`` are given by the trail.
    """

    at: float
    actor: str
    source: str
    method: str
    route: str
    outcome: Outcome
    status: int | None = None
    remote: str = ""
    request_id: str = ""
    kind: str = ""
    target: str = ""
    plan: int | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    detail: str = ""
    count: int = 1
    sequence: int = 0
    previous: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last line of a trail."""

    sequence: int = 0
    hash: str = GENESIS


def document(line: AuditLine) -> dict[str, Any]:
    """The line as it is shown, exported and hashed."""
    return {
        "sequence": line.sequence,
        "at": line.at,
        "actor": line.actor,
        "source": line.source,
        "remote": line.remote,
        "requestId": line.request_id,
        "method": line.method,
        "route": line.route,
        "kind": line.kind,
        "target": line.target,
        "plan": line.plan,
        "before": line.before,
        "after": line.after,
        "status": line.status,
        "outcome": line.outcome.value,
        "detail": line.detail,
        "count": line.count,
        "previous": line.previous,
        "hash": line.hash,
    }


def hash_of(shown: Mapping[str, Any]) -> str:
    """The hash that a document of a line must have. Raises ValueError for what is no JSON."""
    return _digest({name: value for name, value in shown.items() if name != "hash"})


def tidy(line: AuditLine) -> AuditLine:
    """The line as every database stores and gives it back: bounded, of plain text and plain JSON."""
    return replace(
        line,
        at=round(float(line.at), 6),
        actor=_text(line.actor),
        source=_text(line.source),
        method=_text(line.method, 40),
        route=_text(line.route),
        remote=_text(line.remote),
        request_id=_text(line.request_id),
        kind=_text(line.kind),
        target=_text(line.target),
        before=_plain(line.before),
        after=_plain(line.after),
        detail=_text(line.detail),
    )


def chained(lines: Iterable[AuditLine], head: Head) -> list[AuditLine]:
    """The lines, which are tidy, as they follow on ``head``."""
    done: list[AuditLine] = []
    for line in lines:
        numbered = replace(line, sequence=head.sequence + 1, previous=head.hash, hash="")
        done.append(replace(numbered, hash=hash_of(document(numbered))))
        head = Head(sequence=done[-1].sequence, hash=done[-1].hash)
    return done


def canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _digest(value: object) -> str:
    return hashlib.sha256(canonical(value).encode("ascii")).hexdigest()


def _plain(value: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if value is None:
        return None
    try:
        text = canonical(value)
    except (TypeError, ValueError):
        # A number without end, say; the line matters more.
        return {"left out": "it is no plain JSON"}
    if len(text) > MOST_DETAILS:
        return {"left out": len(text), "sha256": hashlib.sha256(text.encode("ascii")).hexdigest()}
    plain: Mapping[str, Any] = json.loads(text)
    return plain


def _text(text: str, most: int = MOST_TEXT) -> str:
    if not text.isascii() or "\0" in text:
        # Lone surrogates and NUL, which no database stores as text.
        text = text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
    return text if len(text) <= most else text[: most - 1] + "…"

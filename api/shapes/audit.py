"""The audit trail as documents."""

from __future__ import annotations

from typing import Any

from api.shapes.base import Shape


class AuditLineShape(Shape):
    """Who asked for what (``method``, ``route``, ``target``), from where, and what became of it.

    ``outcome``: done, shown (a dry run, or an answer given again), refused, failed, unknown (the server ended
    before it could say). ``source``: password, token, oidc, session, open, recovery (on the server's own
    machine); empty: nobody was signed in. ``count``: so many alike, of which this is the last. ``hash``:
    SHA-256 of the line without ``hash``, as JSON in ASCII with sorted keys and no spaces; ``previous``: that
    of the line before.
    """

    sequence: int
    at: float
    actor: str
    source: str
    remote: str
    request_id: str
    method: str
    route: str
    kind: str
    target: str
    plan: int | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    status: int | None
    outcome: str
    detail: str
    count: int
    previous: str
    hash: str


class AuditHeadShape(Shape):
    """The last line."""

    sequence: int
    hash: str


class AuditShape(Shape):
    """``next``: the ``before`` (the ``after``, where that was asked for) of the page that follows."""

    items: tuple[AuditLineShape, ...]
    next: int | None
    head: AuditHeadShape

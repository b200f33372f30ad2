"""What a handler tells the audit trail of what it does; all else the trail knows of the request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Told:
    """``actor``: who it is about, where nobody is signed in."""

    plan: int | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    target: str | None = None
    actor: str | None = None


TOLD = web.RequestKey("told", Told)


def audited(
    request: web.Request,
    *,
    plan: int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    target: str | None = None,
    actor: str | None = None,
) -> None:
    """Add to the line of this request. ``before`` and ``after``: plain JSON, without secrets."""
    said = {"plan": plan, "before": before, "after": after, "target": target, "actor": actor}
    given = {name: value for name, value in said.items() if value is not None}
    request[TOLD] = replace(request.get(TOLD, Told()), **given)

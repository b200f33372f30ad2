"""The line of the audit trail that a request and its answer make."""

from __future__ import annotations

import json
import re

from aiohttp import web

from api.access.keys import PRINCIPAL
from api.audited import TOLD, Told
from api.headers import REQUEST_ID
from api.hop import ASKED_BY, PASSED_BY
from api.idempotency import REPLAYED
from api.problem import MEDIA_TYPE
from api.query import asks_for_dry_run
from api.remote import remote_of
from orchestrator.core.access import NOBODY
from orchestrator.core.audit_trail import AuditLine, Outcome

_NAME = re.compile(r"[\w.:%-]{1,100}", re.ASCII)
_KIND = ("kind", "resource")


def line_of(request: web.Request, answer: web.StreamResponse | None, at: float) -> AuditLine:
    """``answer`` None: it is only about to be done. ``at``: wall-clock seconds at which it was asked."""
    told = request.get(TOLD, Told())
    principal = request.get(PRINCIPAL, NOBODY)
    values = request.match_info
    named = [f"{name} {value}" for name, value in values.items() if name not in _KIND]
    number = values.get("plan", "")
    outcome = Outcome.UNKNOWN if answer is None else _outcome(request, answer)
    return AuditLine(
        at=at,
        actor=principal.name or told.actor or "",
        source=principal.source,
        remote=_remote(request),
        request_id=request.get(REQUEST_ID, ""),
        method=request.method,
        route=_route(request),
        kind=next((values[name] for name in _KIND if name in values), ""),
        target=told.target or " ".join(named),
        plan=told.plan
        or (int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None),
        before=told.before,
        after=told.after if outcome in (Outcome.DONE, Outcome.SHOWN) else None,
        status=None if answer is None else answer.status,
        outcome=outcome,
        detail="" if answer is None else _detail(answer),
    )


def _remote(request: web.Request) -> str:
    own = remote_of(request)
    by, asked = (request.headers.get(name, "") for name in (PASSED_BY, ASKED_BY))
    # Anybody can say that he passes something on: so his own address stands there as well.
    return f"{asked} by {own}" if _NAME.fullmatch(by) and _NAME.fullmatch(asked) else own


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return request.path if resource is None else resource.canonical


def _outcome(request: web.Request, answer: web.StreamResponse) -> Outcome:
    if answer.status >= 500:
        return Outcome.FAILED
    if answer.status >= 400:
        return Outcome.REFUSED
    is_shown = asks_for_dry_run(request) or REPLAYED in answer.headers
    return Outcome.SHOWN if is_shown else Outcome.DONE


def _detail(answer: web.StreamResponse) -> str:
    if REPLAYED in answer.headers:
        return "the answer of an earlier request with the same key"
    if answer.content_type != MEDIA_TYPE or not isinstance(answer, web.Response):
        return ""
    if not isinstance(answer.body, bytes):
        return ""
    return str(json.loads(answer.body)["detail"])

"""The audit trail, for who may read all of it."""

from __future__ import annotations

import json

from aiohttp import hdrs, web

from api.auditing import AUDITING
from api.parameters import Choice, Whole
from api.problem import Problem
from api.query import KIND, read_query
from api.route import Parameter, Route
from api.shapes.audit import AuditShape
from orchestrator.core.access import Role
from orchestrator.core.audit_trail import Outcome, document
from orchestrator.ports.audit import AuditFilter

MOST = 500
_ACTOR = Parameter(name="actor", schema={"type": "string"}, description="only what they asked")
_TARGET = Parameter(name="target", schema={"type": "string"}, description="only what was done to this")
_REQUEST = Parameter(name="request", schema={"type": "string"}, description="only the request of this id")
_OUTCOME = Choice(name="outcome", description="only what ended so", of=Outcome, usual=None)
_BEFORE = Whole(name="before", description="only lines older than this sequence", usual=None)
_AFTER = Whole(name="after", description="only newer lines, and the oldest first", usual=None)
_LIMIT = Whole(name="limit", description="how many lines", least=1, most=MOST, usual=100)
_QUERY = (KIND, _ACTOR, _TARGET, _REQUEST, _OUTCOME, _BEFORE, _AFTER, _LIMIT)


async def lines(request: web.Request) -> web.Response:
    values = read_query(request, _QUERY)
    trail = request.app[AUDITING].trail
    limit = _LIMIT.read(values)
    wanted = AuditFilter(
        actor=values.get(_ACTOR.name),
        kind=values.get(KIND.name),
        target=values.get(_TARGET.name),
        request_id=values.get(_REQUEST.name),
        outcome=_OUTCOME.read(values),
        before=_BEFORE.read(values),
        after=_AFTER.read(values),
        # One more than asked for tells whether there is a next page.
        limit=limit + 1,
    )
    if trail is None:
        raise Problem(503, "this server keeps no audit trail", headers={hdrs.RETRY_AFTER: "60"})
    found = await trail.read(wanted)
    # After the lines: a head that is older than they are would look like a cut.
    head = await trail.head()
    said = {
        "items": [document(line) for line in found[:limit]],
        "next": found[limit - 1].sequence if len(found) > limit else None,
        "head": {"sequence": head.sequence, "hash": head.hash},
    }
    # Not by the shape, which would write numbers and texts in another way than they were hashed.
    return web.Response(body=json.dumps(said).encode(), content_type="application/json")


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/v1/api/audit",
            handler=lines,
            summary="Who changed what, and who was refused, newest first",
            query=_QUERY,
            answer=AuditShape,
            problems=(422, 502, 503),
            role=Role.ADMIN,
            is_local=True,
            head=False,
        ),
    )

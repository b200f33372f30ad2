"""The audit trail, for who may read all of it."""

from __future__ import annotations

import json

from aiohttp import hdrs, web

from api.auditing import AUDITING
from api.problem import Problem
from api.query import KIND, read_query, whole
from api.route import Parameter, Route
from api.shapes.audit import AuditShape
from orchestrator.core.access import Role
from orchestrator.core.audit_trail import Outcome, document
from orchestrator.ports.audit import AuditFilter

MOST = 500
_HIGHEST = 2**63 - 1
_SEQUENCE = {"type": "integer", "minimum": 0, "maximum": _HIGHEST}
_QUERY = (
    KIND,
    Parameter(name="actor", schema={"type": "string"}, description="only what they asked"),
    Parameter(name="target", schema={"type": "string"}, description="only what was done to this"),
    Parameter(name="request", schema={"type": "string"}, description="only the request of this id"),
    Parameter(
        name="outcome",
        schema={"type": "string", "enum": [one.value for one in Outcome]},
        description="only what ended so",
    ),
    Parameter(name="before", schema=_SEQUENCE, description="only lines older than this sequence"),
    Parameter(name="after", schema=_SEQUENCE, description="only newer lines, and the oldest first"),
    Parameter(
        name="limit",
        schema={"type": "integer", "minimum": 1, "maximum": MOST, "default": 100},
        description="how many lines",
    ),
)


async def lines(request: web.Request) -> web.Response:
    values = read_query(request, _QUERY)
    trail = request.app[AUDITING].trail
    outcome = values.get("outcome")
    if outcome is not None and outcome not in list(Outcome):
        raise Problem(422, f"outcome is {outcome[:80]!r}; allowed: {', '.join(Outcome)}")
    limit = whole(values, "limit", least=1, most=MOST) or 100
    wanted = AuditFilter(
        actor=values.get("actor"),
        kind=values.get(KIND.name),
        target=values.get("target"),
        request_id=values.get("request"),
        outcome=outcome,
        before=whole(values, "before", least=0, most=_HIGHEST),
        after=whole(values, "after", least=0, most=_HIGHEST),
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
            problems=(400, 422, 502, 503),
            role=Role.ADMIN,
            is_local=True,
            head=False,
        ),
    )

"""The journal, newest first."""

from __future__ import annotations

from aiohttp import web

from api.options import FACADE
from api.query import KIND, read_query, whole
from api.route import Parameter, Route
from api.shapes.system import EventShape, EventsShape
from orchestrator.ports import JournalFilter

_MOST = 500
_HIGHEST = 2**63 - 1
_QUERY = (
    KIND,
    Parameter(
        name="shard",
        schema={"type": "integer", "minimum": 0, "maximum": _HIGHEST},
        description="only this shard",
    ),
    Parameter(name="id", schema={"type": "string"}, description="only lines that name this resource"),
    Parameter(name="verb", schema={"type": "string"}, description="only this verb"),
    Parameter(
        name="before",
        schema={"type": "integer", "minimum": 0, "maximum": _HIGHEST},
        description="only lines older than this sequence",
    ),
    Parameter(
        name="limit",
        schema={"type": "integer", "minimum": 1, "maximum": _MOST, "default": 100},
        description="how many lines",
    ),
)


async def events(request: web.Request) -> web.Response:
    values = read_query(request, _QUERY)
    limit = whole(values, "limit", least=1, most=_MOST) or 100
    wanted = JournalFilter(
        kind=values.get("kind"),
        shard=whole(values, "shard", least=0, most=_HIGHEST),
        resource_id=values.get("id"),
        verb=values.get("verb"),
        before=whole(values, "before", least=0, most=_HIGHEST),
        # One more than asked for tells whether there is a next page.
        limit=limit + 1,
    )
    lines = await request.app[FACADE].events(wanted)
    items = tuple(EventShape.of(line) for line in lines[:limit])
    return EventsShape(items=items, next=items[-1].sequence if len(lines) > limit else None).reply()


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/v1/api/events",
            handler=events,
            summary="Inputs and decisions, newest first",
            query=_QUERY,
            answer=EventsShape,
            problems=(400, 422, 503),
            reads_kinds=False,
        ),
    )

"""The journal, newest first."""

from __future__ import annotations

from aiohttp import web

from api.options import FACADE
from api.parameters import Whole
from api.query import KIND, read_query
from api.route import Parameter, Route
from api.shapes.system import EventShape, EventsShape
from orchestrator.ports import JournalFilter

_MOST = 500
_SHARD = Whole(name="shard", description="only this shard", usual=None)
_ID = Parameter(name="id", schema={"type": "string"}, description="only lines that name this resource")
_VERB = Parameter(name="verb", schema={"type": "string"}, description="only this verb")
_REASON = Parameter(name="reason", schema={"type": "string"}, description="only this reason")
_SINCE = Whole(name="since", description="only lines of this second of the epoch or later", usual=None)
_UNTIL = Whole(name="until", description="only lines of before this second of the epoch", usual=None)
_BEFORE = Whole(name="before", description="only lines older than this sequence", usual=None)
_LIMIT = Whole(name="limit", description="how many lines", least=1, most=_MOST, usual=100)
_QUERY = (KIND, _SHARD, _ID, _VERB, _REASON, _SINCE, _UNTIL, _BEFORE, _LIMIT)


async def events(request: web.Request) -> web.Response:
    values = read_query(request, _QUERY)
    limit = _LIMIT.read(values)
    wanted = JournalFilter(
        kind=values.get(KIND.name),
        shard=_SHARD.read(values),
        resource_id=values.get(_ID.name),
        verb=values.get(_VERB.name),
        reason=values.get(_REASON.name),
        since=_SINCE.read(values),
        until=_UNTIL.read(values),
        before=_BEFORE.read(values),
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
            problems=(422,),
            reads_kinds=False,
        ),
    )

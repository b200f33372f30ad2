"""A kind's recording, for replays."""

from __future__ import annotations

from aiohttp import web

from api.actor import actor_of
from api.audited import audited
from api.body import read_shape
from api.kinds import NoWish
from api.options import FACADE, OPTIONS
from api.query import DRY_RUN, read_dry_run, read_query, whole
from api.route import Parameter, Route
from api.shapes.recording import CheckpointShape, RecordedShape, RecordingShape

_MOST = 1000
_HIGHEST = 2**63 - 1
_QUERY = (
    Parameter(
        name="after",
        schema={"type": "integer", "minimum": 0, "maximum": _HIGHEST, "default": 0},
        description="only lines later than this sequence",
    ),
    Parameter(
        name="limit",
        schema={"type": "integer", "minimum": 1, "maximum": _MOST, "default": _MOST},
        description="at most so many lines; fewer come where they are large",
    ),
)


async def recording(request: web.Request) -> web.Response:
    values = read_query(request, _QUERY)
    after = whole(values, "after", least=0, most=_HIGHEST) or 0
    limit = whole(values, "limit", least=1, most=_MOST) or _MOST
    found = await request.app[FACADE].recorded(request.match_info["kind"], after=after, limit=limit)
    items = tuple(RecordedShape.of_line(one) for one in found)
    return RecordingShape(items=items, next=items[-1].sequence if items else None).reply()


async def checkpoint(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    await read_shape(request, NoWish, request.app[OPTIONS].body_limit)
    taken = await request.app[FACADE].checkpoint(
        request.match_info["kind"], actor=actor_of(request), dry_run=dry_run
    )
    audited(request, after={"name": taken.name})
    return CheckpointShape.of(taken).reply()


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/v1/api/kinds/{kind}/recording",
            handler=recording,
            summary="All that the kind took in and decided, oldest first, with whole inputs",
            query=_QUERY,
            answer=RecordingShape,
            problems=(400, 404, 422, 503),
            reads_kinds=False,
            head=False,
        ),
        Route(
            method="POST",
            path="/v1/api/kinds/{kind}/recording/checkpoints",
            handler=checkpoint,
            summary="Write the whole kind into the journal, for a recording to begin or to end with",
            query=(DRY_RUN,),
            body=NoWish,
            answer=CheckpointShape,
            problems=(400, 404, 413, 415, 422, 503),
        ),
    )

"""A kind's recording, for replays."""

from __future__ import annotations

from aiohttp import web

from api.actor import actor_of
from api.audited import audited
from api.body import read_shape
from api.options import FACADE
from api.parameters import Whole
from api.query import DRY_RUN, read_dry_run, read_query
from api.route import Route
from api.shapes.base import NoWish
from api.shapes.recording import CheckpointShape, RecordedShape, RecordingShape

_MOST = 1000
_AFTER = Whole(name="after", description="only lines later than this sequence", usual=0)
_LIMIT = Whole(
    name="limit",
    description="at most so many lines; fewer come where they are large",
    least=1,
    most=_MOST,
    usual=_MOST,
)


async def recording(request: web.Request) -> web.Response:
    values = read_query(request, (_AFTER, _LIMIT))
    after, limit = _AFTER.read(values), _LIMIT.read(values)
    found = await request.app[FACADE].recorded(request.match_info["kind"], after=after, limit=limit)
    items = tuple(RecordedShape.of_line(one) for one in found)
    return RecordingShape(items=items, next=items[-1].sequence if items else None).reply()


async def checkpoint(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    await read_shape(request, NoWish)
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
            query=(_AFTER, _LIMIT),
            answer=RecordingShape,
            problems=(422,),
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
            problems=(422,),
        ),
    )

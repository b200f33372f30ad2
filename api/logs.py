"""What instances wrote: the last lines, what came after those, or what the one before wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiohttp import web

from api.cursor import opened, scope_of, sealed
from api.log_cursor import lines_after, place_after
from api.options import FACADE
from api.parameters import Flag, Whole
from api.problem import Problem
from api.query import read_query
from api.route import Parameter, Route
from api.shapes.system import LogsShape
from api.shard_number import no_such_shard, shard_number

_MOST = 2000
_LONGEST = 8192
_LINES = Whole(name="lines", description="how many of the last lines", least=1, most=_MOST, usual=200)
_AFTER = Parameter(
    name="after", schema={"type": "string"}, description="``next`` of an earlier answer: only what came since"
)
_PREVIOUS = Flag(name="previous", description="what the instance before this one wrote")


async def logs(request: web.Request) -> web.Response:
    values = read_query(request, (_LINES, _AFTER, _PREVIOUS))
    facade, kind, shard = request.app[FACADE], request.match_info["kind"], shard_number(request)
    lines, previous, after = _LINES.read(values), _PREVIOUS.read(values), values.get(_AFTER.name)
    if previous and after is not None:
        raise Problem(422, "after and previous exclude each other: what has ended writes nothing more")
    if all(one.number != shard for one in facade.shards(kind)):
        raise Problem(404, no_such_shard(kind, shard))
    if previous:
        before = await facade.previous_logs(kind, shard, lines=lines)
        if before is None:
            raise Problem(404, f"nothing is kept of the instance that ran shard {shard} of {kind} before")
        return LogsShape(kind=kind, shard=shard, items=_cut(before)).reply()
    scope = scope_of("logs", kind, shard)
    place = None if after is None else opened(scope, after, _AFTER.name)
    wrote = await facade.logs(kind, shard, lines=lines if place is None else _MOST)
    new = wrote if place is None else await asyncio.to_thread(_since, place, wrote)
    shown = wrote[-lines:] if new is None else new[-lines:]
    return LogsShape(
        kind=kind,
        shard=shard,
        items=_cut(shown),
        next=sealed(scope, place_after(wrote)),
        complete=place is None or (new is not None and len(new) <= lines),
    ).reply()


def _since(place: str, wrote: Sequence[str]) -> Sequence[str] | None:
    """Raises Problem (422)."""
    try:
        return lines_after(place, wrote)
    except ValueError:
        raise Problem(422, "after was not given by this list; begin without one") from None


def _cut(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(line.encode(errors="replace")[:_LONGEST].decode(errors="ignore") for line in lines)


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/v1/api/instances/{kind}/{shard}/logs",
            handler=logs,
            summary="The last lines that an instance wrote, or what it wrote since",
            query=(_LINES, _AFTER, _PREVIOUS),
            answer=LogsShape,
            problems=(422,),
            head=False,
        ),
    )

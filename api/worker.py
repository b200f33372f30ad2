"""The exchange of workers (docs/worker-protocol.md): a beat comes in, an assignment goes out."""

from __future__ import annotations

import json
from typing import Annotated, Any

from aiohttp import hdrs, web
from pydantic import BaseModel, Field

from api.beat import HIGHEST, LONGEST_ID, LONGEST_NAME, MOST_LOADS, MOST_PENDING, decode_beat
from api.body import decode_json, read_bytes, require_json
from api.options import FACADE, OPTIONS
from api.problem import Problem
from api.route import Route
from api.shapes.base import Shape
from api.shard_number import shard_number
from orchestrator.core.reported import MOST_IDS
from orchestrator.core.traits import MAX_WEIGHT
from orchestrator.engine.answers import Assignment, Turned


class BeatShape(BaseModel):
    """What a worker says; unknown fields are ignored."""

    incarnation: int = Field(ge=0, le=HIGHEST)
    generation: int = Field(ge=-1, le=HIGHEST)
    pending: list[Annotated[str, Field(min_length=1, max_length=LONGEST_ID)]] = Field(
        max_length=MOST_PENDING, description=f"released ids still held, each at most {LONGEST_ID} bytes"
    )
    more: bool = False
    load: dict[Annotated[str, Field(max_length=LONGEST_NAME)], Annotated[int, Field(ge=0, le=HIGHEST)]] = (
        Field(default_factory=dict, max_length=MOST_LOADS)
    )
    # Of no type: what is anything else is left out too, and costs nobody his beat.
    weights: Any = Field(
        default=None,
        description=f"of at most {MOST_IDS} ids that it holds, each with numbers from 0 to {MAX_WEIGHT:.0e}"
        " by dimension; what cannot be a weight is left out and counted",
    )


class WeighShape(Shape):
    """The dimensions in which a worker is asked to weigh its ids, and the term of the leader that asks."""

    dimensions: list[str]
    term: int


class AssignmentShape(Shape):
    """``whole``: ``ids`` is all; else ``add`` and ``remove`` lead from generation ``base`` to this one."""

    generation: int
    commit: int
    lease: float
    interval: float
    on_loss: str
    away_limit: float | None
    whole: bool
    ids: list[str] | None = None
    base: int | None = None
    add: list[str] | None = None
    remove: list[str] | None = None
    weigh: WeighShape | None = None


def encode_assignment(assignment: Assignment) -> bytes:
    """The answer as the SDK reads it."""
    said: dict[str, object] = {
        "generation": assignment.generation,
        "commit": assignment.commit,
        "lease": assignment.lease,
        "interval": assignment.interval,
        "onLoss": assignment.on_loss.value,
        "awayLimit": assignment.away_limit,
        "whole": assignment.whole,
    }
    if assignment.whole:
        said["ids"] = assignment.ids
    else:
        said |= {"base": assignment.base, "add": assignment.add, "remove": assignment.remove}
    if assignment.weigh:
        said["weigh"] = {"dimensions": assignment.weigh, "term": assignment.term}
    return json.dumps(said, separators=(",", ":")).encode()


async def sync(request: web.Request) -> web.Response:
    facade, options = request.app[FACADE], request.app[OPTIONS]
    kind, shard = request.match_info["kind"], shard_number(request)
    # Before the body: a stranger's body is not worth reading.
    token = _bearer(request)
    body = await read_bytes(request, options.worker_body_limit)
    received = options.monotonic()
    require_json(request)
    beat = decode_beat(decode_json(body), kind, shard, received)
    if beat.incarnation is None or not facade.worker_token_fits(kind, shard, beat.incarnation, token):
        raise _unauthorised("the token is not that of this shard and incarnation")
    answer = await facade.exchange(beat)
    if isinstance(answer, Turned):
        headers: dict[str, str] = {hdrs.RETRY_AFTER: "1"} if answer.status == 503 else {}
        raise Problem(answer.status, answer.detail, headers=headers)
    return web.Response(body=encode_assignment(answer), content_type="application/json")


def _bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or not token.isascii():
        raise _unauthorised("a bearer token is needed")
    return token


def _unauthorised(detail: str) -> Problem:
    return Problem(401, detail, headers={hdrs.WWW_AUTHENTICATE: "Bearer"})


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="POST",
            path="/v1/worker/{kind}/{shard}/sync",
            handler=sync,
            summary="A worker's exchange: it beats and acknowledges, and gets its assignment",
            body=BeatShape,
            answer=AssignmentShape,
            problems=(401, 409, 410),
            security=True,
            is_for_workers=True,
        ),
    )

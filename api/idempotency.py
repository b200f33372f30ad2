"""``Idempotency-Key``: the same wish sent again is not carried out again, whoever leads by then."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Awaitable, Sequence

from aiohttp import hdrs, web

from api.access.keys import PRINCIPAL
from api.body import read_bytes
from api.options import FACADE, OPTIONS
from api.problem import MEDIA_TYPE, Problem, document
from api.query import asks_for_dry_run
from api.route import Handler, Route
from orchestrator.core.access import NOBODY
from orchestrator.errors import Doubtful, Permanent, ShardwrightError, Unavailable, UnknownKind
from orchestrator.ports.idempotency import Begun, Idempotency, KeptAnswer

logger = logging.getLogger(__name__)

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
_KEY = re.compile(r"[!-~]{1,200}")
_PASSING = frozenset({401, 403, 408, 413, 415, 429})
"""Refusals that say nothing of the wish itself: it may be sent again under the same key."""

_RETRY: dict[str, str] = {hdrs.RETRY_AFTER: "1"}

UNDER_WAY_S = 60.0
"""Longer than that no request is under way on a server: its end is not known, and will not be."""


class Keyed:
    """The handler of a mutation, which minds the key of a request."""

    def __init__(self, route: Route, handler: Handler) -> None:
        self._handler = handler
        self._keeps_answer = route.keeps_answer

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        options = request.app[OPTIONS]
        given = request.headers.getall(HEADER, ())
        key = _key(given)
        if key is None or options.idempotency is None or asks_for_dry_run(request):
            return await self._handler(request)
        principal = _principal(request)
        by = request.app[FACADE].standing().holder
        begun = Begun(digest=await _digest(request), at=options.wall(), by=by)
        try:
            found = await options.idempotency.begin(principal, key, begun)
        except (Unavailable, Permanent) as error:
            why = f"{error}; nothing was done, since the key could not be kept"
            raise Problem(503, f"{why}: send it again, or without {HEADER}", headers=_RETRY) from error
        if found is not None:
            return _again(found, begun)
        return await self._first(request, options.idempotency, principal, key)

    async def _first(
        self, request: web.Request, store: Idempotency, principal: str, key: str
    ) -> web.StreamResponse:
        try:
            response = await self._handler(request)
        except Exception as refused:
            answer = _of_refusal(refused)
            if answer is None:
                await _minded(store.abandon(principal, key), key)
            else:
                await _minded(store.finish(principal, key, answer), key)
            raise
        await _minded(store.finish(principal, key, self._of(response)), key)
        return response

    def _of(self, response: web.StreamResponse) -> KeptAnswer:
        body = response.body if isinstance(response, web.Response) else None
        return KeptAnswer(
            status=response.status,
            media_type=response.content_type,
            tag=response.headers.get(hdrs.ETAG, ""),
            body=body if isinstance(body, bytes) and self._keeps_answer else None,
        )


def _of_refusal(refused: Exception) -> KeptAnswer | None:
    """None: nothing was carried out, and the same wish may come again under its key."""
    if isinstance(refused, UnknownKind):
        refused = Problem(404, str(refused))
    if isinstance(refused, Problem):
        if refused.status >= 500 or refused.status in _PASSING:
            return None
        return KeptAnswer(status=refused.status, media_type=MEDIA_TYPE, body=document(refused))
    if isinstance(refused, ShardwrightError) and not isinstance(refused, Doubtful):
        return None
    return KeptAnswer(status=500)


def _again(found: Begun, now: Begun) -> web.Response:
    """The answer to a key that was used before. Raises Problem (409, 422)."""
    if found.digest != now.digest:
        raise Problem(422, f"this {HEADER} was used for another request; take a new one for each wish")
    answer = found.answer
    if answer is None:
        if now.at - found.at < UNDER_WAY_S:
            said = f"a request with this {HEADER} is under way since {now.at - found.at:.0f} s"
            raise Problem(409, said, headers=_RETRY)
        raise _unknown(f"the server that took it ({found.by}) ended before it had answered")
    if answer.status >= 500:
        raise _unknown("the answer was that nobody knows")
    if answer.body is None:
        raise Problem(
            409,
            f"the request with this {HEADER} was answered with {answer.status}, and that answer is not kept:"
            " it was too long, or holds a secret that is shown once",
        )
    headers = {REPLAYED: "true"} | ({hdrs.ETAG: answer.tag} if answer.tag else {})
    return web.Response(
        status=answer.status, body=answer.body, content_type=answer.media_type, headers=headers
    )


def _unknown(why: str) -> Problem:
    return Problem(
        409,
        f"whether the request with this {HEADER} was carried out is not known: {why};"
        " look, and take a new key if it was not",
    )


def _key(given: Sequence[str]) -> str | None:
    """None: the request has none. Raises Problem (400)."""
    if not given:
        return None
    if len(given) > 1 or not _KEY.fullmatch(given[0]):
        raise Problem(400, f"{HEADER} is not one word of at most 200 visible ASCII characters")
    return given[0]


def _principal(request: web.Request) -> str:
    # Two who are called alike may prove it in different ways.
    principal = request.get(PRINCIPAL, NOBODY)
    return f"{principal.source}:{principal.name}"


async def _digest(request: web.Request) -> str:
    """Of all that a request asks: its method, target, conditions and body. Raises Problem (400, 408, 413)."""
    body = await read_bytes(request, request.app[OPTIONS].body_limit)
    conditions = (request.headers.get(name, "") for name in (hdrs.IF_MATCH, hdrs.IF_NONE_MATCH))
    heads = (request.method, request.raw_path, *conditions)
    return hashlib.sha256("\0".join(heads).encode(errors="replace") + b"\0" + body).hexdigest()


async def _minded(work: Awaitable[None], key: str) -> None:
    """Who asked is answered all the same: what was done is done."""
    try:
        await work
    except ShardwrightError as error:
        logger.warning("what became of the request under the key %s is not kept: %s", key, error)

"""``ETag``, ``If-Match``, ``If-None-Match``: no change of what somebody else has changed meanwhile."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import hdrs, web

from api.body import read_bytes
from api.options import OPTIONS
from api.problem import Problem, shortened
from api.route import Handler, Route, Version

_TAG = re.compile(r'(?:W/)?"[!#-~\x80-\uffff]*"')
_TAGS = re.compile(rf"\s*(?:{_TAG.pattern})(?:\s*,\s*(?:{_TAG.pattern}))*\s*")
_LONGEST = 4096


def tag_of(*values: object) -> str:
    """The tag of these values, as a header has it; equal values have equal tags, on every server."""
    text = json.dumps(values, sort_keys=True, default=str)
    return f'"{hashlib.sha256(text.encode(errors="replace")).hexdigest()[:24]}"'


class Turns:
    """One turn at a time for each thing that is changed: nobody comes between the look and the change."""

    def __init__(self) -> None:
        self._locks: dict[tuple[str, ...], tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def turn(self, thing: tuple[str, ...]) -> AsyncIterator[None]:
        lock, waiting = self._locks.get(thing, (asyncio.Lock(), 0))
        self._locks[thing] = lock, waiting + 1
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks[thing]
            if waiting == 1:
                del self._locks[thing]
            else:
                self._locks[thing] = lock, waiting - 1


class Versioned:
    """A handler of what has a version: says it, and for a mutation minds the conditions of the request."""

    def __init__(self, route: Route, version: Version, handler: Handler, turns: Turns) -> None:
        self._version = version
        self._handler = handler
        self._turns = turns
        self._is_write = route.is_write

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        if not self._is_write:
            return await self._tagged(request, await self._handler(request))
        # Whoever sends slowly shall not keep the turn from others meanwhile.
        await read_bytes(request, request.app[OPTIONS].body_limit)
        async with self._turns.turn(_thing(request, self._version)):
            if hdrs.IF_MATCH in request.headers or hdrs.IF_NONE_MATCH in request.headers:
                _judge(request, await self._current(request))
            return await self._tagged(request, await self._handler(request))

    async def _current(self, request: web.Request) -> str | None:
        found = self._version(request)
        return found if found is None or isinstance(found, str) else await found

    async def _tagged(self, request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
        tag = await self._current(request)
        if tag is not None and not response.prepared:
            response.headers[hdrs.ETAG] = tag
        return response


class Unversioned:
    """A handler of a mutation of what has no version: a condition that nobody would mind is refused."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        for name in (hdrs.IF_MATCH, hdrs.IF_NONE_MATCH):
            if name in request.headers:
                raise Problem(400, f"{name} says nothing here: what this changes has no version")
        return await self._handler(request)


def _thing(request: web.Request, version: Version) -> tuple[str, ...]:
    """What a mutation may change the version of: what has an id is by itself, all else is of its kind.

    A plan that is carried out or a shard that is drained gives the kind another version, too.
    """
    values = request.match_info
    kind = values.get("kind") or values.get("resource")
    if kind is None:
        return (version.__name__, *values.values())
    return (kind, version.__name__, values["id"]) if "id" in values else (kind,)


def _judge(request: web.Request, current: str | None) -> None:
    """Raises Problem (400, 412)."""
    wanted = _tags(request, hdrs.IF_MATCH)
    if wanted is not None and (current is None or (wanted != ["*"] and current not in wanted)):
        now = "it is not there" if current is None else f"its ETag is {current} now"
        raise Problem(412, f"{hdrs.IF_MATCH} does not hold: {now}; look at it again")
    unwanted = _tags(request, hdrs.IF_NONE_MATCH)
    if unwanted is not None and current is not None and (unwanted == ["*"] or current in unwanted):
        raise Problem(412, f"{hdrs.IF_NONE_MATCH} does not hold: its ETag is {current} now")


def _tags(request: web.Request, name: str) -> list[str] | None:
    """The tags of a header; None: it was not sent. Raises Problem (400)."""
    given = request.headers.getall(name, None)
    if given is None:
        return None
    text = ",".join(given).strip()
    if text in ("", "*"):
        # A list of no tags is that of none: whose tag was lost on the way shall not change anything.
        return [text] if text else []
    # A tag may hold a comma.
    if len(text) > _LONGEST or not _TAGS.fullmatch(text):
        raise Problem(400, f'{name} is {shortened(text)}; allowed: * or tags in quotes, such as "a1b2"')
    return _TAG.findall(text)
